//! What an option changes: the error of each variant beside that of the method as it is.

use std::collections::HashMap;

use serde::Serialize;

use super::job::JobRecord;
use super::overall::{EVERY_SPLIT, OverallRatio};
use super::pair::Pair;
use super::ratio::{LogRatio, Ratio, RatioEstimate};
use super::setting::MethodSetting;
use super::statistics::Spread;
use super::units::{Unit, by_unit, distinct};
use crate::method::MethodName;

/// A method under one variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The method.
    pub method: MethodName,
    /// Name of the variant.
    pub variant: String,
    /// The option it changes.
    pub key: String,
    /// The option's value in the variant; NaN (`null`) where it is no number, or where pairs differ in it.
    pub value: f64,
    /// The option's value in the method as it is, before any search; NaN (`null`) where it
    /// is no number, or where pairs differ in it.
    pub own: f64,
}

/// A variant over its splits of one pair in one kind of split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantSummary {
    /// What is changed.
    #[serde(flatten)]
    pub change: Change,
    /// Root mean squared errors on the target's test rows.
    pub rmse: Spread,
    /// Mean absolute errors.
    pub mae: Spread,
    /// RMSE relative to that of the method as it is on the same split; `p_holm` is corrected for the number of
    /// variants.
    pub ratio: Ratio,
}

/// A variant over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverallVariant {
    /// What is changed.
    #[serde(flatten)]
    pub change: Change,
    /// RMSE relative to that of the method as it is.
    pub ratio: OverallRatio,
}

/// The variants of a kind of split, or of [`EVERY_SPLIT`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverallVariants {
    /// The kind of split.
    pub split: String,
    /// Each variant.
    pub variants: Vec<OverallVariant>,
}

/// A finished variant with the method as it is on the same split.
struct Paired<'a> {
    record: &'a JobRecord,
    log_ratio: f64,
}

impl Change {
    fn of(setting: &MethodSetting, plain: &MethodSetting) -> Option<Self> {
        let key = &setting.variant.as_ref()?.key;
        Some(Self {
            method: setting.method(),
            variant: setting.variant_name(),
            key: key.clone(),
            value: setting.number(key),
            own: plain.number(key),
        })
    }

    /// Every variant of the pair.
    fn all(pair: &Pair) -> Vec<Self> {
        let settings = &pair.settings;
        let plain = |method: MethodName| {
            let of =
                |setting: &&MethodSetting| setting.method() == method && setting.variant.is_none();
            settings.iter().find(of)
        };
        let changed = settings
            .iter()
            .filter_map(|setting| Self::of(setting, plain(setting.method())?));
        changed.collect()
    }

    /// One change in several pairs: a value that differs between them is none.
    fn join(&mut self, other: &Self) {
        let agreed = |ours: f64, theirs: f64| if ours == theirs { ours } else { f64::NAN };
        self.value = agreed(self.value, other.value);
        self.own = agreed(self.own, other.own);
    }

    fn is_of(&self, record: &JobRecord) -> bool {
        record.job.method == self.method && record.job.variant == self.variant
    }
}

/// The variants of `pair` among `records`, which are all of the pair and of one kind of split.
pub(super) fn variant_summaries(records: &[&JobRecord], pair: &Pair) -> Vec<VariantSummary> {
    let paired = paired(records);
    let summary = |change: Change| {
        let spread = |score: fn(&JobRecord) -> f64| {
            let of_variant = records.iter().filter(|record| change.is_of(record));
            Spread::of(&of_variant.map(|record| score(record)).collect::<Vec<f64>>())
        };
        let of_variant = paired.iter().filter(|paired| change.is_of(paired.record));
        let logs = of_variant.map(|paired| LogRatio {
            seed: paired.record.job.seed,
            fold: paired.record.job.fold,
            log: paired.log_ratio,
        });
        let logs: Vec<LogRatio> = logs.collect();
        VariantSummary {
            rmse: spread(|record| record.test.rmse),
            mae: spread(|record| record.test.mae),
            ratio: Ratio::of(change.method, &logs),
            change,
        }
    };
    let mut summaries: Vec<VariantSummary> = Change::all(pair).into_iter().map(summary).collect();
    RatioEstimate::correct(summaries.iter_mut().map(|s| &mut s.ratio.estimate));
    summaries
}

/// The variants over all pairs: over every kind of split (where there are several), then kind by kind; none
/// without variants.
pub(super) fn overall_variants(
    records: &[&JobRecord],
    pairs: &[Pair],
    unit: Unit,
) -> Vec<OverallVariants> {
    let mut changes: Vec<Change> = Vec::new();
    for change in pairs.iter().flat_map(Change::all) {
        let known = |c: &&mut Change| (c.method, &c.variant) == (change.method, &change.variant);
        match changes.iter_mut().find(known) {
            Some(known) => known.join(&change),
            None => changes.push(change),
        }
    }
    over_pairs(records, &changes, unit)
}

/// Each of the `changes` over the units of the records.
fn over_pairs(records: &[&JobRecord], changes: &[Change], unit: Unit) -> Vec<OverallVariants> {
    if changes.is_empty() {
        return Vec::new();
    }
    let mut kinds = distinct(records.iter().map(|record| record.job.split.as_str()));
    if kinds.len() > 1 {
        kinds.insert(0, EVERY_SPLIT);
    }
    let paired = paired(records);
    let of_kind = |kind: &str| OverallVariants {
        split: kind.to_owned(),
        variants: over(kind, &paired, changes, unit),
    };
    kinds.into_iter().map(of_kind).collect()
}

/// Each change in one kind of split.
fn over(kind: &str, paired: &[Paired<'_>], changes: &[Change], unit: Unit) -> Vec<OverallVariant> {
    let variant = |change: &Change| {
        let own = paired.iter().filter(|paired| {
            let of_kind = kind == EVERY_SPLIT || paired.record.job.split == kind;
            of_kind && change.is_of(paired.record)
        });
        let units = by_unit(own, unit, |paired| paired.record.job.pair.as_str());
        let logs = |unit: &Vec<&Paired<'_>>| unit.iter().map(|paired| paired.log_ratio).collect();
        let logs: Vec<Vec<f64>> = units.iter().map(logs).collect();
        OverallVariant {
            change: change.clone(),
            ratio: OverallRatio::of(change.method, &logs),
        }
    };
    let mut variants: Vec<OverallVariant> = changes.iter().map(variant).collect();
    OverallRatio::correct(variants.iter_mut().map(|v| &mut v.ratio).collect());
    variants
}

/// Variants with what the method as it is came to on the same split.
fn paired<'a>(records: &[&'a JobRecord]) -> Vec<Paired<'a>> {
    fn place(record: &JobRecord) -> (&str, &str, &str, u64, usize) {
        let job = &record.job;
        (
            &job.pair,
            &job.split,
            job.method.as_str(),
            job.seed,
            job.fold,
        )
    }
    let (plain, changed): (Vec<&JobRecord>, Vec<&JobRecord>) = records
        .iter()
        .partition(|record| record.job.variant.is_empty());
    let plain: HashMap<_, f64> = plain
        .iter()
        .map(|record| (place(record), record.test.rmse))
        .collect();
    let paired = changed.into_iter().filter_map(|record| {
        let log_ratio = (record.test.rmse / plain.get(&place(record))?).ln();
        log_ratio
            .is_finite()
            .then_some(Paired { record, log_ratio })
    });
    paired.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::job::Job;
    use crate::method::MethodName;

    fn record(pair: &str, split: &str, variant: &str, fold: usize, rmse: f64) -> JobRecord {
        let plain = JobRecord::of_error(MethodName::Gate, 0, rmse);
        let job = Job {
            pair: pair.to_owned(),
            split: split.to_owned(),
            variant: variant.to_owned(),
            fold,
            ..plain.job
        };
        JobRecord { job, ..plain }
    }

    fn change(variant: &str) -> Change {
        Change {
            method: MethodName::Gate,
            variant: variant.to_owned(),
            key: "delta".to_owned(),
            value: 0.0,
            own: 1.0,
        }
    }

    /// Pair a has the ratios 1/2 and 1/2, pair b has 1; a variant without its plain record does not count.
    #[test]
    fn pairs_are_the_units_of_variants() {
        let records = [
            record("a", "random", "", 0, 2.0),
            record("a", "random", "", 1, 4.0),
            record("b", "scaffold", "", 0, 3.0),
            record("a", "random", "delta=0", 0, 1.0),
            record("a", "random", "delta=0", 1, 2.0),
            record("b", "scaffold", "delta=0", 0, 3.0),
            record("b", "scaffold", "delta=0", 1, 9.0),
            record("b", "scaffold", "delta=9", 0, 6.0),
        ];
        let changes = [change("delta=0"), change("delta=9")];
        let overall = over_pairs(&records.each_ref(), &changes, Unit::Pair);
        let kinds: Vec<&str> = overall
            .iter()
            .map(|overall| overall.split.as_str())
            .collect();
        assert_eq!(kinds, [EVERY_SPLIT, "random", "scaffold"]);
        let ratio = |kind: usize, variant: usize| &overall[kind].variants[variant].ratio;
        assert!((ratio(0, 0).estimate.geometric_mean - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(ratio(0, 0).estimate.wins_ties_losses, [1, 1, 0]);
        // two log-ratios of one sign, and a tie that does not count: 2 of 2²; Holm doubles the smaller of two
        assert_eq!(
            (ratio(0, 0).estimate.p, ratio(0, 0).estimate.p_holm),
            (0.5, 1.0)
        );
        assert!((ratio(0, 1).estimate.geometric_mean - 2.0).abs() < 1e-15);
        assert!((ratio(1, 0).estimate.geometric_mean - 0.5).abs() < 1e-15);
        assert_eq!(ratio(2, 0).estimate.geometric_mean, 1.0);
        assert!(ratio(1, 1).estimate.geometric_mean.is_nan());
    }

    /// Of one pair each division is a unit.
    #[test]
    fn divisions_are_the_units_of_one_pair() {
        let records = [
            record("", "random", "", 0, 2.0),
            record("", "random", "", 1, 2.0),
            record("", "random", "delta=0", 0, 1.0),
            record("", "random", "delta=0", 1, 4.0),
        ];
        let overall = over_pairs(&records.each_ref(), &[change("delta=0")], Unit::Split);
        let ratio = &overall[0].variants[0].ratio;
        assert_eq!(
            (overall.len(), ratio.estimate.wins_ties_losses),
            (1, [1, 0, 1])
        );
        assert!((ratio.estimate.geometric_mean - 1.0).abs() < 1e-15);
    }

    #[test]
    fn pairs_that_differ_in_a_value_have_none() {
        let (mut ours, mut theirs) = (change("delta=x10"), change("delta=x10"));
        (ours.value, theirs.value) = (10.0, 100.0);
        ours.join(&theirs);
        assert!(ours.value.is_nan() && ours.own == 1.0);
    }
}

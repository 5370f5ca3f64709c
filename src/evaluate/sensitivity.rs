//! What an option changes: the error of each variant beside that of the method as it is.

use std::collections::HashMap;

use serde::Serialize;

use super::job::JobRecord;
use super::learner::Learner;
use super::overall::{EVERY_SPLIT, OverallRatio};
use super::pair::Pair;
use super::signed_rank::holm;
use super::statistics::Spread;
use super::summary::Ratio;
use super::variant::Setting;

/// A method under one variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// The method.
    pub method: Learner,
    /// Name of the variant.
    pub variant: String,
    /// The option it changes.
    pub key: String,
    /// The option's value in the variant; `null` where it is no number.
    pub value: f64,
    /// The option's value in the method as it is.
    pub own: f64,
}

/// A variant over its splits of one pair in one kind of split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantSummary {
    /// What is changed.
    #[serde(flatten)]
    pub changed: Changed,
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
    pub changed: Changed,
    /// RMSE relative to that of the method as it is; the units are those of [`Overall`](super::overall::Overall).
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
struct Matched<'a> {
    record: &'a JobRecord,
    log_ratio: f64,
}

impl Changed {
    fn of(setting: &Setting, plain: &Setting) -> Option<Self> {
        let key = &setting.variant.as_ref()?.key;
        Some(Self {
            method: setting.method,
            variant: setting.variant_name(),
            key: key.clone(),
            value: setting.number(key),
            own: plain.number(key),
        })
    }

    /// Every variant of the pair.
    fn all(pair: &Pair) -> Vec<Self> {
        let settings = pair.settings();
        let plain = |method: Learner| {
            let of = |setting: &&Setting| setting.method == method && setting.variant.is_none();
            settings.iter().find(of)
        };
        let changed = settings
            .iter()
            .filter_map(|setting| Self::of(setting, plain(setting.method)?));
        changed.collect()
    }

    fn is_of(&self, record: &JobRecord) -> bool {
        record.job.method == self.method && record.job.variant == self.variant
    }
}

/// The variants of `pair` among `records`, which are all of the pair and of one kind of split.
pub(super) fn variant_summaries(records: &[JobRecord], pair: &Pair) -> Vec<VariantSummary> {
    let matched = matched(records);
    let mut summaries: Vec<VariantSummary> = Changed::all(pair)
        .into_iter()
        .map(|changed| {
            let spread = |score: fn(&JobRecord) -> f64| {
                let own = records.iter().filter(|record| changed.is_of(record));
                Spread::of(&own.map(score).collect::<Vec<f64>>())
            };
            let own = matched
                .iter()
                .filter(|matched| changed.is_of(matched.record));
            let logs: Vec<(u64, usize, f64)> = own
                .map(|m| (m.record.job.seed, m.record.job.fold, m.log_ratio))
                .collect();
            VariantSummary {
                rmse: spread(|record| record.test.rmse),
                mae: spread(|record| record.test.mae),
                ratio: Ratio::of(changed.method, &logs),
                changed,
            }
        })
        .collect();
    let p: Vec<f64> = summaries.iter().map(|summary| summary.ratio.p).collect();
    for (summary, p) in summaries.iter_mut().zip(holm(&p)) {
        summary.ratio.p_holm = p;
    }
    summaries
}

/// The variants over all pairs: over every kind of split (where there are several), then kind by kind; none
/// without variants.
pub(super) fn overall_variants(records: &[JobRecord], pairs: &[Pair]) -> Vec<OverallVariants> {
    let matched = matched(records);
    let mut changes: Vec<Changed> = Vec::new();
    for changed in pairs.iter().flat_map(Changed::all) {
        let known = |c: &Changed| (c.method, &c.variant) == (changed.method, &changed.variant);
        if !changes.iter().any(known) {
            changes.push(changed);
        }
    }
    if changes.is_empty() {
        return Vec::new();
    }
    let mut kinds: Vec<&str> = Vec::new();
    for record in records {
        if !kinds.contains(&record.job.split.as_str()) {
            kinds.push(&record.job.split);
        }
    }
    if kinds.len() > 1 {
        kinds.insert(0, EVERY_SPLIT);
    }
    let of_kind = |kind: &str| OverallVariants {
        split: kind.to_owned(),
        variants: over(kind, &matched, &changes, pairs.len() > 1),
    };
    kinds.into_iter().map(of_kind).collect()
}

/// Each change in one kind of split; `several` pairs are the units, else divisions are.
fn over(
    kind: &str,
    matched: &[Matched<'_>],
    changes: &[Changed],
    several: bool,
) -> Vec<OverallVariant> {
    let variant = |changed: &Changed| {
        let mut units: Vec<(&str, Vec<f64>)> = Vec::new();
        for Matched { record, log_ratio } in matched {
            let job = &record.job;
            if !changed.is_of(record) || (kind != EVERY_SPLIT && job.split != kind) {
                continue;
            }
            match units
                .iter_mut()
                .find(|(pair, _)| several && *pair == job.pair)
            {
                Some((_, logs)) => logs.push(*log_ratio),
                None => units.push((&job.pair, vec![*log_ratio])),
            }
        }
        let logs: Vec<Vec<f64>> = units.into_iter().map(|(_, logs)| logs).collect();
        OverallVariant {
            changed: changed.clone(),
            ratio: OverallRatio::of(changed.method, &logs),
        }
    };
    let mut variants: Vec<OverallVariant> = changes.iter().map(variant).collect();
    OverallRatio::correct(
        variants
            .iter_mut()
            .map(|variant| &mut variant.ratio)
            .collect(),
    );
    variants
}

/// Variants with what the method as it is came to on the same split.
fn matched(records: &[JobRecord]) -> Vec<Matched<'_>> {
    let place = |record: &JobRecord| {
        let job = &record.job;
        (
            job.pair.clone(),
            job.split.clone(),
            job.method.as_str(),
            job.seed,
            job.fold,
        )
    };
    let plain: HashMap<_, f64> = records
        .iter()
        .filter(|record| record.job.variant.is_empty())
        .map(|record| (place(record), record.test.rmse))
        .collect();
    let changed = records
        .iter()
        .filter(|record| !record.job.variant.is_empty());
    changed
        .filter_map(|record| {
            let log_ratio = (record.test.rmse / plain.get(&place(record))?).ln();
            log_ratio
                .is_finite()
                .then_some(Matched { record, log_ratio })
        })
        .collect()
}

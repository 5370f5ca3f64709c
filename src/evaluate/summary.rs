//! Means over the splits of a comparison, and ratios to the first method, paired split by split.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::blocks::{Block, blocks};
use super::evidence_summary::{EvidenceRatio, evidence_ratios};
use super::extrapolation::{Extrapolation, PairDistances};
use super::job::{Job, JobRecord, JobResult};
use super::overall::{Overall, overall};
use super::pair::Pair;
use super::ratio::{LogRatio, Ratio, RatioEstimate, remark_on_few};
use super::statistics::Spread;
use super::tuning::Draw;
use super::uncertainty_summary::{UncertaintySummary, uncertainty_summaries};
use super::units::Unit;
use super::variant_summary::{
    OverallVariants, VariantSummary, overall_variants, variant_summaries,
};
use crate::config::is_default;
use crate::method::MethodName;

/// A comparison in a few numbers: `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonSummary {
    /// Each pair in each kind of split; the only pair's summary stands at the top, beside what is said over all.
    #[serde(flatten, serialize_with = "only_or_all")]
    pub pairs: Vec<PairSummary>,
    /// The unit of resampling of the numbers over all pairs.
    pub unit: Unit,
    /// Methods over all pairs: over every kind of split, then kind by kind.
    pub overall: Vec<Overall>,
    /// Variants of methods over all pairs and kinds of split; none where no option was varied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overall_variants: Vec<OverallVariants>,
    /// Methods without and with labels of other tasks at the test rows, over all pairs; none where
    /// none were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overall_evidence: Vec<EvidenceRatio>,
    /// Jobs that failed, with what they said.
    pub failures: Vec<JobFailure>,
}

fn only_or_all<S: Serializer>(pairs: &[PairSummary], serializer: S) -> Result<S::Ok, S::Error> {
    match pairs {
        [only] if only.pair.is_empty() => only.serialize(serializer),
        _ => BTreeMap::from([("pairs", pairs)]).serialize(serializer),
    }
}

/// One pair in one kind of split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairSummary {
    /// Name of the pair; absent where there is one alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pair: String,
    /// Name of the target task.
    pub target: String,
    /// Names of the source tasks.
    pub sources: Vec<String>,
    /// How the splits were made.
    pub split: String,
    /// Splits that test the rows of an earlier one under another seed; absent where each has rows of its own.
    #[serde(skip_serializing_if = "is_default")]
    pub repeats: usize,
    /// The methods in the order they were named.
    pub methods: Vec<MethodSummary>,
    /// Methods with an option changed; absent without such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantSummary>,
    /// Errors by distance from the training rows; absent where no job has finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extrapolation: Option<Extrapolation>,
    /// Error bars of each method that has any, over all splits; absent without such a method.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncertainty: Vec<UncertaintySummary>,
    /// Methods without and with labels of other tasks at the test rows; absent where none were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRatio>,
}

impl PairSummary {
    /// What to make of splits that share their test rows, if any do.
    pub fn remark_on_repeats(&self) -> Option<String> {
        (self.repeats > 0).then(|| {
            format!(
                "{} of the splits test the same rows as another under another seed: they are repeats, so \
                 standard errors, intervals and p are too small.",
                self.repeats
            )
        })
    }
}

impl ComparisonSummary {
    /// What to make of intervals that rest on few splits, or over all pairs on few of these.
    pub fn remarks_on_intervals(&self) -> Vec<String> {
        let of_methods = self.pairs.iter().flat_map(|pair| &pair.methods);
        let of_methods = of_methods.filter_map(|method| method.ratio.as_ref());
        let of_variants = self.pairs.iter().flat_map(|pair| &pair.variants);
        let of_variants = of_variants.map(|variant| &variant.ratio);
        let over_splits = of_methods.chain(of_variants);
        let over_splits = over_splits.map(|ratio| &ratio.estimate);
        let of_methods = self.overall.iter().flat_map(|overall| &overall.methods);
        let of_methods = of_methods.filter_map(|method| method.ratio.as_ref());
        let of_variants = self.overall_variants.iter().flat_map(|all| &all.variants);
        let over_pairs = of_methods.chain(of_variants.map(|variant| &variant.ratio));
        let over_pairs = over_pairs.map(|ratio| &ratio.estimate);
        let over_pairs = over_pairs.filter(|_| self.unit == Unit::Pair);
        let remarks = [
            remark_on_few(over_splits, Unit::Split),
            remark_on_few(over_pairs, Unit::Pair),
        ];
        remarks.into_iter().flatten().collect()
    }

    /// What `jobs` of `methods` on `pairs` come to; ratios are to the first method.
    pub(super) fn of(
        jobs: &[JobResult],
        failures: Vec<JobFailure>,
        methods: &[MethodName],
        pairs: &[Pair],
    ) -> Self {
        let mut summaries = Vec::new();
        for pair in pairs {
            let mut tables = PairDistances::new(pair);
            for (kind, split) in pair.splits().iter().enumerate() {
                let own = jobs
                    .iter()
                    .filter(|job| job.index.section == summaries.len());
                let own: Vec<&JobResult> = own.collect();
                let records: Vec<&JobRecord> = own.iter().map(|job| &job.record).collect();
                summaries.push(PairSummary {
                    pair: pair.name().to_owned(),
                    target: pair.target().to_owned(),
                    sources: pair.sources(),
                    split: split.name().to_owned(),
                    repeats: pair.repeats(kind),
                    methods: method_summaries(&records, methods),
                    variants: variant_summaries(&records, pair),
                    extrapolation: tables.extrapolation(&own, methods),
                    uncertainty: uncertainty_summaries(&own, methods),
                    evidence: evidence_ratios(&records, methods, Unit::Split),
                });
            }
        }
        let records: Vec<&JobRecord> = jobs.iter().map(|job| &job.record).collect();
        let unit = Unit::of(pairs.len());
        Self {
            pairs: summaries,
            unit,
            overall: overall(&blocks(&records, methods), methods, unit),
            overall_variants: overall_variants(&records, pairs, unit),
            overall_evidence: evidence_ratios(&records, methods, unit),
            failures,
        }
    }
}

/// A job that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobFailure {
    /// The job.
    pub job: Job,
    /// The error that ended the job, as a sentence.
    pub error: String,
}

/// One method over all its splits: scores on the target's test rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodSummary {
    /// The method.
    pub method: MethodName,
    /// Root mean squared errors.
    pub rmse: Spread,
    /// Mean absolute errors.
    pub mae: Spread,
    /// Coefficients of determination.
    pub r2: Spread,
    /// Pearson's correlations.
    pub pearson: Spread,
    /// Spearman's correlations.
    pub spearman: Spread,
    /// Root mean squared errors on the validation rows.
    pub val_rmse: Spread,
    /// The search for options on each split; absent without one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub searches: Vec<SearchSummary>,
    /// RMSE relative to the first method's; absent for the first method itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
}

/// The draws of a search on one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchSummary {
    /// Seed of the split.
    pub seed: u64,
    /// Fold of the split.
    pub fold: usize,
    /// The draws; the one with the smallest validation error was kept.
    pub draws: Vec<Draw>,
}

impl SearchSummary {
    fn of(record: &JobRecord) -> Option<Self> {
        (!record.draws.is_empty()).then(|| Self {
            seed: record.job.seed,
            fold: record.job.fold,
            draws: record.draws.clone(),
        })
    }
}

/// Summaries of `methods` over `records`, ratios to the first of `methods`.
pub fn method_summaries(records: &[&JobRecord], methods: &[MethodName]) -> Vec<MethodSummary> {
    let blocks = blocks(records, methods);
    let mut summaries: Vec<MethodSummary> = methods
        .iter()
        .enumerate()
        .map(|(index, &method)| {
            let own = records.iter().copied();
            let own = own.filter(|r| r.job.method == method && r.job.variant.is_empty());
            let own: Vec<&JobRecord> = own.collect();
            let spread = |score: fn(&JobRecord) -> f64| {
                let values: Vec<f64> = own.iter().map(|record| score(record)).collect();
                Spread::of(&values)
            };
            MethodSummary {
                method,
                rmse: spread(|record| record.test.rmse),
                mae: spread(|record| record.test.mae),
                r2: spread(|record| record.test.r2),
                pearson: spread(|record| record.test.pearson),
                spearman: spread(|record| record.test.spearman),
                val_rmse: spread(|record| record.val.rmse),
                searches: own
                    .iter()
                    .filter_map(|record| SearchSummary::of(record))
                    .collect(),
                ratio: (index > 0).then(|| ratio(&blocks, index, methods[0])),
            }
        })
        .collect();
    let ratios = summaries.iter_mut().filter_map(|m| m.ratio.as_mut());
    RatioEstimate::correct(ratios.map(|ratio| &mut ratio.estimate));
    summaries
}

fn ratio(blocks: &[Block<'_>], method: usize, to: MethodName) -> Ratio {
    let found = |block: &Block<'_>| {
        Some(LogRatio {
            seed: block.seed,
            fold: block.fold,
            log: block.log_ratio(method, 0)?,
        })
    };
    Ratio::of(to, &blocks.iter().filter_map(found).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::MethodName;

    fn record(method: MethodName, seed: u64, rmse: f64) -> JobRecord {
        JobRecord::of_error(method, seed, rmse)
    }

    #[test]
    fn ratios_are_paired_by_split() {
        let [stl, gate] = [MethodName::Stl, MethodName::Gate];
        // gate halves and quarters the error of its own split: geometric mean 8^(-1/2)
        let records = [
            record(stl, 0, 8.0),
            record(stl, 1, 100.0),
            record(stl, 2, 1.0),
            record(gate, 1, 25.0),
            record(gate, 0, 4.0),
        ];
        let summaries = method_summaries(&records.each_ref(), &[stl, gate]);
        assert_eq!(summaries[0].ratio, None);
        assert_eq!(summaries[1].rmse.mean, 14.5);
        let ratio = summaries[1].ratio.as_ref().unwrap();
        assert!((ratio.estimate.geometric_mean - 8_f64.powf(-0.5)).abs() < 1e-15);
        // two values: half width = t(0.95, 1) |difference| / 2, t = 12.7062
        let half = 12.706_204_736 * 2_f64.ln() / 2.0;
        assert!(((ratio.student[1] / ratio.estimate.geometric_mean).ln() - half).abs() < 1e-8);
        assert!(((ratio.estimate.geometric_mean / ratio.student[0]).ln() - half).abs() < 1e-8);
        // resamples of two are between them
        assert!(
            (ratio.estimate.low - 0.25).abs() < 1e-15 && (ratio.estimate.high - 0.5).abs() < 1e-15
        );
        assert_eq!(ratio.pairs.len(), 2);
        assert_eq!(ratio.estimate.wins_ties_losses, [2, 0, 0]);
        // both of one sign: 2 of 4, and nothing to correct for
        assert_eq!((ratio.estimate.p, ratio.estimate.p_holm), (0.5, 0.5));
    }

    #[test]
    fn a_single_pair_has_no_interval() {
        let [stl, gate] = [MethodName::Stl, MethodName::Gate];
        let records = [record(stl, 0, 2.0), record(gate, 0, 1.0)];
        let ratio = method_summaries(&records.each_ref(), &[stl, gate])
            .remove(1)
            .ratio
            .unwrap();
        assert_eq!(ratio.estimate.geometric_mean, 0.5);
        assert!(ratio.estimate.low.is_nan() && ratio.estimate.high.is_nan());
    }
}

//! The error bars of a method over all its splits and seeds: test rows of all of them together.

use serde::Serialize;

use super::job::{JobRecord, JobResult};
use super::levels::{LEVELS, LevelCount};
use super::uncertainty::{LabelledInterval, UncertaintyScores, wide};
use crate::data::Part;
use crate::method::MethodName;

/// Parts of the rows by their trust.
pub const QUARTERS: usize = 4;

/// What the error bars of one method are worth on one pair in one kind of split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UncertaintySummary {
    /// The method.
    pub method: MethodName,
    /// Splits with error bars.
    pub splits: usize,
    /// Scores over their test rows together.
    pub scores: UncertaintyScores,
    /// Mean width of the intervals over that of intervals `μ ± q`, q one number, that hold as many of these labels: below
    /// 1 they know which rows are hard. Infinite (`"inf"`) where one is open.
    #[serde(serialize_with = "wide")]
    pub relative_width: f64,
    /// Geometric mean over the splits of the error expected over that on the test rows, no labels of other tasks given at
    /// them; NaN (`null`) where none was expected.
    pub expected_over_test: f64,
    /// Labels held at each level.
    pub levels: Vec<LevelShare>,
    /// Mean absolute error of each quarter of the rows over that of all, the least trusted first; NaN (`null`) of fewer
    /// rows than quarters.
    pub quarters: [f64; QUARTERS],
}

/// Labels within intervals that are to hold a given share of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LevelShare {
    /// The share that they are to hold.
    pub level: f64,
    /// Number of rows.
    pub n: usize,
    /// The share that they hold.
    pub coverage: f64,
}

/// Of each of `methods`, as it is, that has error bars in `jobs`, which are of one pair in one kind of split.
pub(super) fn uncertainty_summaries(
    jobs: &[&JobResult],
    methods: &[MethodName],
) -> Vec<UncertaintySummary> {
    let of_method = |(setting, &method): (usize, &MethodName)| {
        // variants are behind the methods
        let own = jobs.iter().filter(|job| job.index.setting == setting);
        let own: Vec<&JobResult> = own.copied().collect();
        summary(method, &own)
    };
    methods.iter().enumerate().filter_map(of_method).collect()
}

fn summary(method: MethodName, jobs: &[&JobResult]) -> Option<UncertaintySummary> {
    let jobs = jobs.iter().filter(|job| job.record.uncertainty.is_some());
    let jobs: Vec<&JobResult> = jobs.copied().collect();
    let tested = jobs.iter().flat_map(|job| job.of_part(Part::Test));
    let rows: Vec<LabelledInterval> = tested.filter_map(LabelledInterval::of).collect();
    let scores = UncertaintyScores::of(&rows)?;
    let records: Vec<&JobRecord> = jobs.iter().map(|job| &job.record).collect();
    Some(UncertaintySummary {
        method,
        splits: jobs.len(),
        scores,
        relative_width: match scores.constant_width > 0.0 {
            true => scores.width / scores.constant_width,
            false => f64::NAN,
        },
        expected_over_test: expected_over_test(&records),
        levels: level_shares(&records),
        quarters: quarters(&rows),
    })
}

fn expected_over_test(records: &[&JobRecord]) -> f64 {
    let log = |record: &&JobRecord| {
        let log = (record.expected_rmse? / record.unaided()?.rmse).ln();
        log.is_finite().then_some(log)
    };
    let logs: Vec<f64> = records.iter().filter_map(log).collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}

/// At each level the rows of all records that know of it.
fn level_shares(records: &[&JobRecord]) -> Vec<LevelShare> {
    let share = |level: f64| {
        let counts = records.iter().flat_map(|record| &record.levels);
        let own: Vec<&LevelCount> = counts.filter(|count| count.level == level).collect();
        let n = own.iter().map(|count| count.n).sum();
        let held: usize = own.iter().map(|count| count.held).sum();
        LevelShare {
            level,
            n,
            coverage: held as f64 / n as f64,
        }
    };
    let shares = LEVELS.into_iter().map(share);
    shares.filter(|share| share.n > 0).collect()
}

/// Rows by their trust, those of one trust (or all, where a row has none) by their standard deviations.
fn quarters(rows: &[LabelledInterval]) -> [f64; QUARTERS] {
    let trusted = rows.iter().all(|row| row.bar.trust.is_finite());
    let trust = |row: &LabelledInterval| if trusted { row.bar.trust } else { 0.0 };
    let mut order: Vec<&LabelledInterval> = rows.iter().collect();
    order.sort_by(|a, b| {
        let by_trust = trust(a).total_cmp(&trust(b));
        by_trust.then(b.bar.sd.total_cmp(&a.bar.sd))
    });
    let mean = |rows: &[&LabelledInterval]| {
        rows.iter().map(|row| row.error()).sum::<f64>() / rows.len() as f64
    };
    let all = mean(&order);
    let end = |quarter: usize| quarter * order.len() / QUARTERS;
    std::array::from_fn(|quarter| mean(&order[end(quarter)..end(quarter + 1)]) / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::config::EvidenceUse;
    use crate::evaluate::job::JobIndex;
    use crate::evaluate::outcome::LabelledPrediction;
    use crate::train::{ErrorBar, Prediction};

    /// Errors 1 to 4 about a mean of zero; the interval of each is as far to either side as `bar` says.
    fn tested(error: f64, [sd, half, trust]: [f64; 3]) -> LabelledPrediction {
        LabelledPrediction {
            row: 0,
            task: 0,
            part: Part::Test,
            truth: error,
            prediction: Prediction::of(0.0),
            bar: Some(ErrorBar {
                sd,
                lower: -half,
                upper: half,
                trust,
            }),
        }
    }

    fn job(seed: u64, setting: usize, predictions: Vec<LabelledPrediction>) -> JobResult {
        let count = |level, held| LevelCount {
            level,
            reach: 1.0,
            n: 2,
            held,
        };
        JobResult {
            index: JobIndex {
                pair: 0,
                section: 0,
                setting,
                division: seed as usize,
            },
            record: JobRecord {
                expected_rmse: Some(4.0 * (seed + 1) as f64),
                uncertainty: UncertaintyScores::of_test(&predictions, 0),
                levels: vec![count(0.5, seed as usize), count(0.9, 2)],
                ..JobRecord::of_error(MethodName::Gp, seed, 2.0)
            },
            predictions,
        }
    }

    #[test]
    fn rows_of_all_splits_are_one_set() {
        let jobs = [
            job(0, 0, Vec::new()),
            job(
                0,
                1,
                vec![tested(1.0, [1.0, 2.0, 0.9]), tested(4.0, [9.0, 3.0, 0.1])],
            ),
            job(
                1,
                1,
                vec![tested(2.0, [2.0, 2.0, 0.5]), tested(3.0, [3.0, 5.0, 0.5])],
            ),
            job(2, 2, vec![tested(9.0, [1.0, 1.0, 0.5])]),
        ];
        let methods = [MethodName::Stl, MethodName::Gp];
        let all: Vec<&JobResult> = jobs.iter().collect();
        let found = uncertainty_summaries(&all, &methods);
        let [gp] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((gp.method, gp.splits, gp.scores.n), (MethodName::Gp, 2, 4));
        // three of four are held, by q = 3 as well
        assert_eq!((gp.scores.coverage, gp.scores.width), (0.75, 6.0));
        assert_eq!(gp.relative_width, 1.0);
        // 4 / 2 and 8 / 2
        assert!((gp.expected_over_test - 8_f64.sqrt()).abs() < 1e-14);
        let shares: Vec<(f64, usize, f64)> = gp
            .levels
            .iter()
            .map(|share| (share.level, share.n, share.coverage))
            .collect();
        assert_eq!(shares, [(0.5, 4, 0.25), (0.9, 4, 1.0)]);
        // the mean is 2.5; of one trust the larger deviation comes first
        assert_eq!(gp.quarters, [4.0 / 2.5, 3.0 / 2.5, 2.0 / 2.5, 1.0 / 2.5]);
    }

    #[test]
    fn without_trust_deviations_tell() {
        let row = |error, sd| LabelledInterval::of(&tested(error, [sd, 1.0, f64::NAN])).unwrap();
        let rows = [row(1.0, 1.0), row(1.0, 4.0), row(2.0, 2.0), row(4.0, 3.0)];
        assert_eq!(quarters(&rows), [0.5, 2.0, 1.0, 0.5]);
        assert!(quarters(&rows[..2])[0].is_nan());
    }

    /// What was expected did not know of the labels given.
    #[test]
    fn the_error_expected_is_that_without_evidence() {
        let record = JobRecord::of_error(MethodName::Gp, 0, 1.0);
        let aided = JobRecord {
            expected_rmse: Some(3.0),
            evidence: EvidenceUse::Given,
            without_evidence: Some(JobRecord::of_error(MethodName::Gp, 0, 6.0).test),
            ..record.clone()
        };
        assert!((expected_over_test(&[&aided, &record]) - 0.5).abs() < 1e-15);
        assert!(expected_over_test(&[&record]).is_nan());
    }
}

//! `results.csv`: a row per finished job.

use super::job::{JobRecord, JobResult};
use super::pair::Pair;
use crate::files::{number, table_csv};
use crate::train::config::RunConfig;

/// The columns, in order.
pub const COLUMNS: [&str; 27] = [
    "method",
    "source",
    "target",
    "split",
    "fold",
    "seed",
    "overlap",
    "options",
    "n_train",
    "n_val",
    "n_test",
    "val_rmse",
    "rmse",
    "mae",
    "r2",
    "pearson",
    "spearman",
    "epochs",
    "variant",
    "job",
    "coverage",
    "width",
    "nlpd",
    "crps",
    "sd_error_rank",
    "expected_rmse",
    "evidence",
];

/// A finished job with what its row says beside its scores.
pub struct ResultRow<'a> {
    record: &'a JobRecord,
    config: RunConfig,
    tune: usize,
    sources: Vec<String>,
    target: &'a str,
}

impl<'a> ResultRow<'a> {
    /// A job of `pair`.
    pub(super) fn new(job: &'a JobResult, pair: &'a Pair) -> Self {
        Self {
            record: &job.record,
            config: pair.config(job.index.setting, job.index.division),
            tune: job.record.draws.len(),
            sources: pair.sources(),
            target: pair.target(),
        }
    }
}

/// `results.csv`, a row per finished job: sources are joined by `+`, scores are those of the target's test
/// rows, `options` names what differs from the method's defaults, and how many draws its search had, `variant` the
/// option that a variant changes (blank for the method as it is), and `job` the files in `jobs/`, without their ending.
/// `coverage` to `sd_error_rank` are [scores](super::uncertainty) of error bars on the test rows (intervals for
/// [`COVERAGE`](super::outcome::COVERAGE) of the labels, a mean width of `inf` where one is open), `expected_rmse` the error
/// that was expected of them, all blank where no Gaussian process reads the method; `evidence` is `given` where it was
/// given labels of other tasks at the test rows, else `none`.
pub fn results_csv<'a>(rows: impl IntoIterator<Item = ResultRow<'a>>) -> Vec<u8> {
    let rows = rows.into_iter().map(|row| {
        let ResultRow {
            record,
            config,
            tune,
            sources,
            target,
        } = row;
        let mut given = config.changed_options();
        if tune > 0 {
            let blank = if given.is_empty() { "" } else { " " };
            given += &format!("{blank}tune={tune}");
        }
        let (job, test) = (&record.job, record.test);
        let overlap = config.split.overlap.as_str();
        let names = [
            job.method.as_str(),
            &sources.join("+"),
            target,
            config.split.name(),
        ];
        names
            .map(str::to_owned)
            .into_iter()
            .chain([job.fold.to_string(), job.seed.to_string()])
            .chain([overlap.to_owned(), given])
            .chain([record.n_train, record.val.n, test.n].map(|n| n.to_string()))
            .chain([record.val.rmse, test.rmse, test.mae, test.r2].map(number))
            .chain([test.pearson, test.spearman].map(number))
            .chain([record.epochs.to_string(), job.variant.clone(), job.id()])
            .chain(uncertainty(record).map(number))
            .chain([record.evidence.as_str().to_owned()])
            .collect::<Vec<_>>()
    });
    table_csv(COLUMNS.map(str::to_owned), rows)
}

/// Coverage, width, densities, rank correlation and the error expected; NaN where there are none.
fn uncertainty(record: &JobRecord) -> [f64; 6] {
    let scores = record.uncertainty.map_or([f64::NAN; 5], |scores| {
        [
            scores.coverage,
            scores.width,
            scores.nlpd,
            scores.crps,
            scores.sd_error_rank,
        ]
    });
    let [coverage, width, nlpd, crps, rank] = scores;
    let expected = record.expected_rmse.unwrap_or(f64::NAN);
    [coverage, width, nlpd, crps, rank, expected]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::config::EvidenceUse;
    use crate::evaluate::job::Job;
    use crate::method::MethodName;
    use crate::train::metrics::Scores;

    #[test]
    fn a_row_per_record_in_their_order() {
        let record = JobRecord {
            job: Job {
                pair: String::new(),
                split: "scaffold".to_owned(),
                method: MethodName::Stl,
                variant: "lr=x2".to_owned(),
                seed: 3,
                fold: 1,
            },
            val: Scores::of(&[1.0, 2.0], &[1.0, 3.0]),
            test: Scores::of(&[1.0], &[1.5]),
            epochs: 50,
            expected_rmse: Some(2.5),
            evidence: EvidenceUse::Given,
            ..JobRecord::of_error(MethodName::Stl, 3, 1.0)
        };
        let sources = ["tb".to_owned(), "vc".to_owned()];
        let row = ResultRow {
            record: &record,
            config: RunConfig::default(),
            tune: 3,
            sources: sources.to_vec(),
            target: "tc",
        };
        let text = results_csv([row]);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "method,source,target,split,fold,seed,overlap,options,n_train,n_val,n_test,val_rmse,\
             rmse,mae,r2,pearson,spearman,epochs,variant,job,\
             coverage,width,nlpd,crps,sd_error_rank,expected_rmse,evidence\n\
             stl,tb+vc,tc,scaffold,1,3,strict,tune=3,100,2,1,0.7071067811865476,0.5,0.5,,,,50,lr=x2,\
             stl@lr=x2-seed3-fold1,,,,,,2.5,given\n"
        );
    }
}

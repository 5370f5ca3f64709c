//! `results.csv`: a row per finished job.

use super::job::{Job, JobRecord, JobResult};
use super::pair::Pair;
use super::uncertainty::UncertaintyScores;
use crate::files::{number, table_csv};
use crate::train::config::RunConfig;

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

/// A column, and what a row says there.
type Column = (&'static str, fn(&ResultRow<'_>) -> String);

/// The columns, in order.
#[rustfmt::skip]
const COLUMNS: [Column; 27] = [
    ("method", |row| row.job().method.as_str().to_owned()),
    ("source", |row| row.sources.join("+")),
    ("target", |row| row.target.to_owned()),
    ("split", |row| row.config.split.name().to_owned()),
    ("fold", |row| row.job().fold.to_string()),
    ("seed", |row| row.job().seed.to_string()),
    ("overlap", |row| row.config.split.overlap.as_str().to_owned()),
    ("options", |row| row.options()),
    ("n_train", |row| row.record.n_train.to_string()),
    ("n_val", |row| row.record.val.n.to_string()),
    ("n_test", |row| row.record.test.n.to_string()),
    ("val_rmse", |row| number(row.record.val.rmse)),
    ("rmse", |row| number(row.record.test.rmse)),
    ("mae", |row| number(row.record.test.mae)),
    ("r2", |row| number(row.record.test.r2)),
    ("pearson", |row| number(row.record.test.pearson)),
    ("spearman", |row| number(row.record.test.spearman)),
    ("epochs", |row| row.record.epochs.to_string()),
    ("variant", |row| row.job().variant.clone()),
    ("job", |row| row.job().id()),
    ("coverage", |row| row.of_bars(|scores| scores.coverage)),
    ("width", |row| row.of_bars(|scores| scores.width)),
    ("nlpd", |row| row.of_bars(|scores| scores.nlpd)),
    ("crps", |row| row.of_bars(|scores| scores.crps)),
    ("sd_error_rank", |row| row.of_bars(|scores| scores.sd_error_rank)),
    ("expected_rmse", |row| number(row.record.expected_rmse.unwrap_or(f64::NAN))),
    ("evidence", |row| row.record.evidence.as_str().to_owned()),
];

impl ResultRow<'_> {
    fn job(&self) -> &Job {
        &self.record.job
    }

    /// What differs from the method's defaults, and how many draws its search had.
    fn options(&self) -> String {
        let given = self.config.changed_options();
        let tune = (self.tune > 0).then(|| format!("tune={}", self.tune));
        let all = [given].into_iter().filter(|given| !given.is_empty());
        all.chain(tune).collect::<Vec<_>>().join(" ")
    }

    /// A score of error bars on the test rows; blank where there are none.
    fn of_bars(&self, score: fn(&UncertaintyScores) -> f64) -> String {
        number(self.record.uncertainty.as_ref().map_or(f64::NAN, score))
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
    let rows = rows.into_iter().map(|row| COLUMNS.map(|(_, of)| of(&row)));
    table_csv(COLUMNS.map(|(name, _)| name.to_owned()), rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::config::EvidenceUse;
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

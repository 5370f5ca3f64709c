//! Every division of the rows with the error of each method on it: what methods are compared by.

use super::job::JobRecord;
use crate::method::MethodName;

/// One division of one pair's rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block<'a> {
    pub(super) pair: &'a str,
    pub(super) split: &'a str,
    pub(super) seed: u64,
    pub(super) fold: usize,
    /// RMSE of each method on the target's test rows; NaN where its job has not finished.
    pub(super) rmse: Vec<f64>,
}

/// The divisions of `records` with the methods as they are, in the order of their first record.
pub(super) fn blocks<'a>(records: &[&'a JobRecord], methods: &[MethodName]) -> Vec<Block<'a>> {
    blocks_by(records, methods, |record| record.test.rmse)
}

/// The divisions of `records` with the methods as they are, in the order of their first record,
/// with the error of each record that `error` reads.
pub(super) fn blocks_by<'a>(
    records: &[&'a JobRecord],
    methods: &[MethodName],
    error: fn(&JobRecord) -> f64,
) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for record in records {
        let job = &record.job;
        if !job.variant.is_empty() {
            continue;
        }
        let Some(method) = methods.iter().position(|method| *method == job.method) else {
            continue;
        };
        let same = |block: &Block<'_>| {
            (block.pair, block.split) == (job.pair.as_str(), job.split.as_str())
                && (block.seed, block.fold) == (job.seed, job.fold)
        };
        let at = blocks.iter().position(same).unwrap_or_else(|| {
            blocks.push(Block {
                pair: &job.pair,
                split: &job.split,
                seed: job.seed,
                fold: job.fold,
                rmse: vec![f64::NAN; methods.len()],
            });
            blocks.len() - 1
        });
        blocks[at].rmse[method] = error(record);
    }
    blocks
}

impl Block<'_> {
    /// `ln(RMSE of method / RMSE of other)`; none where one has not finished, or has no error at all.
    pub(super) fn log_ratio(&self, method: usize, other: usize) -> Option<f64> {
        let log = (self.rmse[method] / self.rmse[other]).ln();
        log.is_finite().then_some(log)
    }

    /// Has the method finished, with an error whose logarithm exists?
    pub(super) fn finished(&self, method: usize) -> bool {
        self.rmse[method].is_finite() && self.rmse[method] > 0.0
    }
}

//! How a run is watched and governed, and what it says of every epoch.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::metrics::number_or_nan;
use crate::error::{Error, ErrorKind};

/// How a run is watched and governed; nothing in it changes the result.
#[derive(Clone, Copy)]
pub struct RunControl<'a> {
    /// Told about every epoch.
    pub observer: &'a dyn Observer,
    /// Spreads the shards of a step over the current thread pool; the result is the same.
    pub parallel: bool,
    /// Folder in which resumable state is left while the run lasts.
    pub checkpoint: Option<&'a Path>,
    /// Goes on from the state in that folder, if there is one.
    pub resume: bool,
    /// Stops the run, with a checkpoint, once it is true.
    pub stop: &'a AtomicBool,
}

/// Never set: of runs that nobody stops.
static NEVER: AtomicBool = AtomicBool::new(false);

impl Default for RunControl<'_> {
    /// Watched by nobody, over the current thread pool, without a checkpoint, to its end.
    fn default() -> Self {
        Self {
            observer: &Silent,
            parallel: true,
            checkpoint: None,
            resume: false,
            stop: &NEVER,
        }
    }
}

impl RunControl<'_> {
    /// The error, where it is an interruption as one after which the run goes on from its folder.
    pub(super) fn resumable(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Interrupted { .. } => ErrorKind::Interrupted {
                checkpoint: self.checkpoint.map(Path::to_path_buf),
            }
            .into(),
            _ => error,
        }
    }
}

/// Watches a run.
pub trait Observer: Sync {
    /// An epoch is over.
    fn epoch(&self, progress: &EpochProgress) {
        let _ = progress;
    }

    /// So many runs of the inner validation are over.
    fn inner(&self, finished: usize, runs: usize) {
        let _ = (finished, runs);
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// Where a run stands at the end of an epoch.
#[derive(Clone, Debug)]
pub struct EpochProgress {
    /// Epochs of the whole run.
    pub epochs: usize,
    /// The epoch just finished: its losses and validation error.
    pub record: EpochRecord,
    /// The smallest validation error of this stage of training so far.
    pub best_val_rmse: f64,
    /// What the kept weights would say of the target's validation rows, in their order and in the target's unit;
    /// none during pre-training.
    pub predictions: Vec<f64>,
}

/// One epoch in the history of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean over the steps of each weighted loss term, in the order of the method's terms.
    pub losses: Vec<(String, f64)>,
    /// Mean over the steps of what is watched beside them: the scale of derivatives that the contact
    /// losses are read against, the share of degenerate points.
    #[serde(default)]
    pub readings: Vec<(String, f64)>,
    /// Root mean square error on the target's validation rows, in the target's unit; of a pre-training
    /// epoch, on the sources' validation rows, in standard deviations. NaN where no row validates, because the
    /// length of the training was chosen before.
    #[serde(deserialize_with = "number_or_nan")]
    pub val_rmse: f64,
    /// Is it an epoch of pre-training on the sources?
    #[serde(default)]
    pub pretraining: bool,
    /// Learning rate of the last step.
    pub learning_rate: f64,
}

//! What a method starts from in a comparison, and what it comes to.

use super::config::EvidenceUse;
use super::levels::LevelCount;
use super::outcome::LabelledPrediction;
use crate::data::{Corpus, Partition};
use crate::train::EpochRecord;
use crate::train::config::RunConfig;
use crate::train::metrics::Scores;

/// What a method starts from. All of it is fixed by the job.
#[derive(Clone, Copy, Debug)]
pub struct JobSituation<'a> {
    /// Network and optimisation of this job, its seed included.
    pub config: &'a RunConfig,
    /// Options that a search leaves alone: those of the network that were given, and that of a variant.
    pub held: &'a [String],
    /// The rows of all tasks.
    pub corpus: &'a Corpus,
    /// Parts of the rows, task by task.
    pub partition: &'a Partition,
    /// Whether labels of other tasks are given where the target's held-out rows are predicted.
    pub evidence: EvidenceUse,
}

/// What a method came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// Values for labelled rows of the target, of networks' heads those of the other tasks too, in the tasks' units:
    /// training, validation and test parts, task by task.
    pub predictions: Vec<LabelledPrediction>,
    /// Epochs trained; 0 where there are none.
    pub epochs: usize,
    /// The epoch whose weights were kept, counted from 1; 0 where there are none.
    pub best_epoch: usize,
    /// Every epoch; empty where there are none.
    pub history: Vec<EpochRecord>,
    /// What was chosen on validation rows, as sentences.
    pub notes: Vec<String>,
    /// Root mean square error over inner folds, in the target's unit, where these took the place of validation rows.
    pub inner_rmse: Option<f64>,
    /// The error that a Gaussian process expects of the target's new rows, in its unit.
    pub expected_rmse: Option<f64>,
    /// How many of the target's test labels its intervals hold, by the share that they are to hold.
    pub levels: Vec<LevelCount>,
    /// Whether labels of other tasks were given.
    pub evidence: EvidenceUse,
    /// Scores on the target's test rows where these are not given; none where none were.
    pub without_evidence: Option<Scores>,
}

/// Is the error smaller? What is no number is larger than every number.
pub(super) fn smaller(error: f64, least: f64) -> bool {
    error < least || (least.is_nan() && !error.is_nan())
}

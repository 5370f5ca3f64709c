//! What a comparison runs: a method on the rows of a job, be it one network, several, or none.

use super::outcome::{LabelledPrediction, predictions};
use super::yardstick;
use crate::data::{Corpus, Partition};
use crate::error::Result;
use crate::method::{Family, MethodName};
use crate::train::config::RunConfig;
use crate::train::{EpochRecord, InnerValidation, RunControl, fit};

/// What a method starts from. All of it is fixed by the job.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Network and optimisation of this job, its seed included.
    pub config: &'a RunConfig,
    /// Options that a search leaves alone: those of the network that were given, and that of a variant.
    pub held: &'a [String],
    /// The rows of all tasks.
    pub corpus: &'a Corpus,
    /// Their parts.
    pub partition: &'a Partition,
}

/// What a method came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Values for labelled rows of the target at least, in the tasks' units: training, validation and
    /// test parts, task by task.
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
}

/// Learns from the training rows, chooses by the validation rows, predicts.
///
/// # Errors
/// Those of [`fit`] and [`predictions`]; target labels that are all equal.
pub fn learn(
    method: MethodName,
    situation: &Situation<'_>,
    control: &RunControl<'_>,
) -> Result<Learned> {
    match method.entry().family {
        Family::Regression => yardstick::ridge(situation, control),
        _ => network(situation, control),
    }
}

/// One network, trained once, or after inner validation.
fn network(situation: &Situation<'_>, control: &RunControl<'_>) -> Result<Learned> {
    let Situation {
        config,
        corpus,
        partition,
        ..
    } = *situation;
    let fitted = fit(corpus, partition, &config.model, &config.training, control)?;
    let inner = fitted.inner.as_ref();
    Ok(Learned {
        predictions: predictions(&fitted.model, corpus, &fitted.partition)?,
        epochs: fitted.epochs,
        best_epoch: fitted.best_epoch,
        notes: inner.map_or(Vec::new(), InnerValidation::sentences),
        inner_rmse: inner.map(|inner| inner.winner().rmse),
        history: fitted.history,
    })
}

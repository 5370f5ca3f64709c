//! From rows and options to a trained model.

use super::config::TrainingConfig;
use super::control::RunControl;
use super::inner::fit_network;
use super::model::Model;
use super::readout;
use super::run::Fitted;
use crate::data::{Corpus, Divided, Partition};
use crate::error::Result;
use crate::method::ModelConfig;

/// Trains a model: the union table of all tasks' training rows, in batches, for the configured
/// epochs (more where these would be fewer than `min_steps` steps); the weights of the epoch with
/// the smallest error on the target's validation rows are kept, or their mean along training
/// ([`ModelConfig::average`]).
///
/// With [`TrainingConfig::inner_folds`], with the method `auto`, or where every row trains, the length of the
/// training (and the method) are chosen by [inner validation](super::InnerValidation) instead.
///
/// # Errors
/// A task without training labels, labels that are all equal, a loss that is not finite, a
/// checkpoint that does not fit or cannot be written, an interruption.
pub fn fit(
    corpus: &Corpus,
    partition: &Partition,
    model: &ModelConfig,
    training: &TrainingConfig,
    control: &RunControl<'_>,
) -> Result<Fitted> {
    model.validate_for(corpus.tasks.len())?;
    fit_from(None, corpus.divided(partition), (model, training), control)
}

/// Trains a model on the training rows: from nothing without a `base`, or by adding the target as a
/// task to the trained model `base`.
///
/// Labels that are to be wrong are drawn once, among the rows that train in the end; a run of an inner fold learns
/// from them as far as they are not held out, and is judged by right labels.
pub(super) fn fit_from(
    base: Option<&Model>,
    data: Divided<'_>,
    options: (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    let (model, training) = options;
    training.validate()?;
    match model.reads_by_gp() {
        true => readout::fit(base, data, options, control),
        false => fit_network(base, data, options, control),
    }
}

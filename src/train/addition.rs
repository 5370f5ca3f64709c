//! A trained model and one task more: see [`Gate::extended`](crate::gate::Gate::extended).

use super::config::TrainingConfig;
use super::control::RunControl;
use super::fit::fit_from;
use super::model::Model;
use super::run::Fitted;
use crate::data::{Corpus, Partition};
use crate::error::{Error, Result};
use crate::method::ModelConfig;

/// Adds the target of `corpus` to a trained model: every weight of `base` stays as it is, so that its
/// predictions do to the last bit, and the new task's encoder, transfer, inverse and head are trained
/// against it. `model` may differ from [`Model::config`] in the weights and kinds of losses.
///
/// Other tasks of `corpus` are not looked at.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where `base` has no charts or has the task already,
/// reads other inputs, or has another network or precision; beside those of [`fit`](super::fit).
pub fn add_task(
    base: &Model,
    corpus: &Corpus,
    partition: &Partition,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    model.validate_for(base.tasks().len() + 1)?;
    base.check_addition(&corpus.tasks[corpus.target])?;
    if model.reads_by_gp() {
        return Err(Error::usage(
            "a task is added to frozen networks with a head of its own, and option `head` = gp has none",
            "leave option `head` out",
        ));
    }
    let _ = base.source(&corpus.inputs)?;
    fit_from(
        Some(base),
        corpus.divided(partition),
        (model, training),
        control,
    )
}

impl Model {
    /// Names of the tasks that were added after training, in their order.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.description()
            .added
            .iter()
            .map(|task| task.name.as_str())
    }

    /// Refuses a task that cannot be added.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage): a method without charts, a name that is taken.
    pub fn check_addition(&self, name: &str) -> Result<()> {
        if self.readout().is_some() {
            return Err(Error::usage(
                "a Gaussian process reads the model, over all tasks together: none can be added",
                "train the model with option `head` = network, or train all tasks together",
            ));
        }
        self.description().check_addition(name)
    }
}

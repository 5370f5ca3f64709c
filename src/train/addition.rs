//! A trained model and one task more: see [`Gate::extended`](crate::gate::Gate::extended).

use serde::{Deserialize, Serialize};

use super::config::TrainingConfig;
use super::fit::{Fitted, RunControl, fit_from};
use super::model::{ModelDescription, TrainedModel, Weights};
use super::network::Network;
use crate::data::{Corpus, Partition};
use crate::error::{Error, Result};
use crate::method::{MethodName, ModelConfig};
use crate::tensor::Real;

/// What `model.json` says of a task that was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddedTask {
    /// Its name.
    pub(super) name: String,
    /// The target of the model it was added to.
    pub(super) before: String,
    /// Digest of that model's weights.
    pub(super) frozen_blake3: String,
    /// The network, with the weights of the losses it was trained by.
    pub(super) model: ModelConfig,
    /// The optimisation.
    pub(super) training: TrainingConfig,
}

/// Adds the target of `corpus` to a trained model: every weight of `base` stays as it is, so that its
/// predictions do to the last bit, and the new task's encoder, transfer, inverse and head are trained
/// against it. `model` may differ from [`TrainedModel::config`] in the weights and kinds of losses.
///
/// Other tasks of `corpus` are not looked at.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where `base` has no charts or has the task already,
/// reads other inputs, or has another network or precision; beside those of [`fit`](super::fit).
pub fn add_task(
    base: &TrainedModel,
    corpus: &Corpus,
    partition: &Partition,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    model.validate_for(base.tasks().len() + 1)?;
    let _ = base.source(&corpus.inputs)?;
    let data = (corpus, partition);
    fit_from(Some(base), data, (model, training), control)
}

impl TrainedModel {
    /// Names of the tasks that were added after training, in their order.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.description.added.iter().map(|task| task.name.as_str())
    }

    /// Refuses a task that cannot be added.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage): a method without charts, a name that is taken.
    pub fn check_addition(&self, name: &str) -> Result<()> {
        let method = self.config().method;
        if !method.has_charts() {
            let problem = format!(
                "a model of the method `{}` has no charts to add a task to",
                method.as_str()
            );
            return Err(Error::usage(problem, "train it with --method gate"));
        }
        if self.tasks().iter().any(|task| task == name) {
            let problem = format!("the model has a task `{name}` already");
            let tasks = self.tasks().join(", ");
            let advice = format!("give the new task another name; those taken are {tasks}");
            return Err(Error::usage(problem, advice));
        }
        Ok(())
    }

    /// The description with the corpus' target as one task more.
    fn description_with(
        &self,
        (corpus, partition): (&Corpus, &Partition),
        (model, training): (&ModelConfig, &TrainingConfig),
    ) -> Result<ModelDescription> {
        let name = &corpus.tasks[corpus.target];
        self.check_addition(name)?;
        same_network(self.config(), model)?;
        let mut description = self.description.clone();
        if training.precision != description.training.precision {
            let problem = "--precision is not that of the model a task is added to";
            return Err(Error::usage(problem, "leave --precision out"));
        }
        description.version = env!("CARGO_PKG_VERSION").to_owned();
        description.added.push(AddedTask {
            name: name.clone(),
            before: self.target().to_owned(),
            frozen_blake3: self.digest(),
            model: model.clone(),
            training: training.clone(),
        });
        description.tasks.push(name.clone());
        description.target = name.clone();
        let scaler = corpus.scaler(partition, corpus.target, training.target_transform)?;
        description.scalers.push(scaler);
        Ok(description)
    }

    /// Digest of the weights.
    fn digest(&self) -> String {
        match &self.weights {
            Weights::F32(network) => digest(network),
            Weights::F64(network) => digest(network),
        }
    }
}

fn digest<T: Real>(network: &Network<T>) -> String {
    let bytes = super::checkpoint::to_bytes(network.parameters.values());
    blake3::hash(&bytes).to_hex().to_string()
}

/// Refuses a network of another build than the one that is frozen.
fn same_network(frozen: &ModelConfig, given: &ModelConfig) -> Result<()> {
    let sizes = |c: &ModelConfig| [c.embedding, c.depth, c.hidden, c.latent_dim, c.lf_dim];
    let build = |c: &ModelConfig| (c.readout, c.activation, c.predict_by);
    let same = |method: MethodName| given.method == method;
    if sizes(frozen) == sizes(given) && build(frozen) == build(given) && same(frozen.method) {
        return Ok(());
    }
    Err(Error::usage(
        "the network of a task that is added is that of the model: --method, --embedding, --depth, --readout, \
         --hidden, --latent-dim, --lf-dim, --activation and --predict-by cannot differ",
        "leave them out; weights and kinds of losses may be given",
    ))
}

impl ModelDescription {
    /// The description of a run from nothing, or from a trained model that the target is added to.
    pub(super) fn of_run(
        base: Option<&TrainedModel>,
        (corpus, partition): (&Corpus, &Partition),
        (model, training): (&ModelConfig, &TrainingConfig),
    ) -> Result<Self> {
        match base {
            None => Self::new(corpus, partition, model, training),
            Some(base) => base.description_with((corpus, partition), (model, training)),
        }
    }

    /// The network before the first step; its first matrices are those of `frozen`, if there is any.
    pub(super) fn network_from<T: Real>(&self, frozen: Option<&Network<T>>) -> Network<T> {
        let mut network = self.network::<T>();
        if let Some(frozen) = frozen {
            let weights = frozen.parameters.values();
            network.parameters.values_mut()[..weights.len()].copy_from_slice(weights);
        }
        network
    }

    /// The network with the weights of the losses that came last.
    pub(super) fn newest_model(&self) -> &ModelConfig {
        self.added.last().map_or(&self.model, |task| &task.model)
    }

    /// The optimisation that came last.
    pub(super) fn newest_training(&self) -> &TrainingConfig {
        self.added
            .last()
            .map_or(&self.training, |task| &task.training)
    }

    /// Are the added tasks the last of the tasks, each after a target that was there before?
    pub(super) fn additions_fit(&self) -> bool {
        let Some(first) = self.tasks.len().checked_sub(self.added.len()) else {
            return false;
        };
        let before = |(k, task): (usize, &AddedTask)| {
            task.name == self.tasks[first + k] && self.tasks[..first + k].contains(&task.before)
        };
        let newest = self
            .added
            .last()
            .is_none_or(|task| task.name == self.target);
        let charts = self.added.is_empty() || self.model.method.has_charts();
        newest && charts && self.added.iter().enumerate().all(before)
    }
}

//! Everything about a model but its weights: built once for a run, and read back from `model.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::TrainingConfig;
use super::network::Network;
use super::relevance::Relevance;
use crate::config::Digest;
use crate::data::{Corpus, Divided, FeatureScaler, InputKind, LabelScaler, Part, Partition};
use crate::error::{Error, Result};
use crate::method::{MethodName, ModelConfig};
use crate::tensor::Real;

/// What to do about a folder that holds no model.
pub(super) const ADVICE: &str = "give the folder of a finished `geogate train`";

/// Layout of the model's files; raised when an older program could not read them.
pub(super) const FORMAT: u32 = 1;

/// Everything about a model but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelDescription {
    pub(super) format: u32,
    pub(super) version: String,
    /// The network.
    pub(super) model: ModelConfig,
    /// The optimisation it came from.
    pub(super) training: TrainingConfig,
    /// Tasks the model predicts, in the order of its outputs.
    pub(super) tasks: Vec<String>,
    /// Name of the target.
    pub(super) target: String,
    /// Scaler of each task.
    pub(super) scalers: Vec<LabelScaler>,
    /// Names of the numeric features.
    pub(super) features: Vec<String>,
    /// Whether molecules are read; where it is left out, they are if there are no features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) molecules: Option<bool>,
    /// Scalers of the numeric features, one each.
    pub(super) feature_scaler: FeatureScaler,
    /// What was found of the sources, where they are weighed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) relevance: Vec<Relevance>,
    /// The last of the tasks, where they were added to a trained model, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) added: Vec<AddedTask>,
}

/// What `model.json` says of a task that was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddedTask {
    /// Name of the task.
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

impl ModelDescription {
    /// Refuses a description that this build cannot predict by, read from `path`.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let refused = |problem: &str, advice| Err(Error::model(path, problem, advice));
        if !self.tasks.contains(&self.target)
            || self.tasks.len() != self.scalers.len()
            || !self.additions_fit()
            || !self.tasks_are_distinct()
            || !self.relevance_fits()
        {
            return refused("tasks and scalers do not fit", ADVICE);
        }
        let labels = self.scalers.iter().map(|scaler| (scaler.mean, scaler.std));
        let features = self
            .feature_scaler
            .columns
            .iter()
            .map(|scaler| (scaler.mean, scaler.std));
        if !labels
            .chain(features)
            .all(|(mean, std)| mean.is_finite() && std.is_finite() && std > 0.0)
        {
            return refused(
                "a scaler has no finite mean or no positive deviation",
                ADVICE,
            );
        }
        let inputs = self.inputs();
        if inputs.features.len() != self.feature_scaler.columns.len()
            || inputs == InputKind::default()
        {
            return refused("features and scalers do not fit", ADVICE);
        }
        if inputs.molecules && !cfg!(feature = "molecule") {
            return refused(
                "this build reads no molecules",
                "build with the feature `molecule`",
            );
        }
        let added = self.added.iter().map(|task| &task.model);
        let usable = check_one_network(&self.model).and_then(|()| {
            [&self.model]
                .into_iter()
                .chain(added)
                .try_for_each(ModelConfig::validate)
        });
        let problem = |error| format!("its options do not go together ({error})");
        usable.or_else(|error| refused(&problem(error), ADVICE))
    }

    fn tasks_are_distinct(&self) -> bool {
        (1..self.tasks.len()).all(|k| !self.tasks[..k].contains(&self.tasks[k]))
    }

    /// Are weighed sources those of a method with charts, and not the target?
    fn relevance_fits(&self) -> bool {
        let target = self.added.first().map_or(&self.target, |task| &task.before);
        let of_source = |found: &Relevance| found.source != *target;
        self.relevance.is_empty()
            || self.model.method.has_charts() && self.relevance.iter().all(of_source)
    }

    /// The description of a model to be trained: scalers fitted on training rows only.
    pub(super) fn new(
        corpus: &Corpus,
        partition: &Partition,
        (model, training): (&ModelConfig, &TrainingConfig),
        relevance: Vec<Relevance>,
    ) -> Result<Self> {
        check_one_network(model)?;
        let columns: Vec<usize> = match model.method {
            method if method.is_of_target_alone() => vec![corpus.target],
            _ => (0..corpus.tasks.len()).collect(),
        };
        let scaler = |&task: &usize| corpus.scaler(partition, task, training.target_transform);
        let scalers = columns.iter().map(scaler).collect::<Result<Vec<_>>>()?;
        let trains = |&row: &usize| {
            columns
                .iter()
                .any(|&c| partition.part(row, c) == Part::Train)
        };
        let rows: Vec<usize> = (0..corpus.rows()).filter(trains).collect();
        Ok(Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: model.clone(),
            training: training.clone(),
            tasks: columns
                .iter()
                .map(|&task| corpus.tasks[task].clone())
                .collect(),
            target: corpus.tasks[corpus.target].clone(),
            scalers,
            features: corpus.inputs.feature_names().to_vec(),
            molecules: corpus.inputs.has_both().then_some(true),
            feature_scaler: FeatureScaler::fit(&corpus.inputs, &rows),
            relevance,
            added: Vec::new(),
        })
    }

    /// The corpus' column of each of the model's tasks; none for a frozen task that is not in it.
    pub(super) fn columns(&self, corpus: &Corpus) -> Vec<Option<usize>> {
        let column = |name: &String| corpus.tasks.iter().position(|task| task == name);
        self.tasks.iter().map(column).collect()
    }

    /// Which of the model's tasks is the target.
    pub(super) fn target_index(&self) -> usize {
        self.tasks
            .iter()
            .position(|task| *task == self.target)
            .expect("the target is a task")
    }

    /// What the network reads.
    pub(super) fn inputs(&self) -> InputKind {
        InputKind {
            molecules: self.molecules.unwrap_or(self.features.is_empty()),
            features: self.features.clone(),
        }
    }

    /// The network, freshly initialised.
    pub(super) fn network<T: Real>(&self) -> Network<T> {
        let first = &self.tasks[..self.tasks.len() - self.added.len()];
        let target = self.added.first().map_or(&self.target, |task| &task.before);
        let target = first.iter().position(|task| task == target);
        let tasks = (first, target.expect("the target is a task"));
        let mut network = Network::new(&self.model, &self.inputs(), tasks, self.training.seed);
        if !self.relevance.is_empty() {
            network.weigh(&Relevance::weights(&self.relevance, first));
        }
        for (added, task) in (0..).zip(&self.added) {
            network.extend((&task.name, &task.model), task.training.seed, added);
        }
        network
    }

    /// Changes with anything the run's result depends on: options, inputs, labels, parts.
    pub(super) fn fingerprint(&self, corpus: &Corpus, partition: &Partition) -> String {
        let mut digest = Digest::default();
        digest.value(self);
        partition.digest_into(corpus, &mut digest);
        digest.finish()
    }

    /// The description with the corpus' target as one task more.
    pub(super) fn with_task(
        &self,
        frozen_blake3: String,
        Divided { corpus, partition }: Divided<'_>,
        (model, training): (&ModelConfig, &TrainingConfig),
    ) -> Result<Self> {
        let name = &corpus.tasks[corpus.target];
        self.check_addition(name)?;
        same_network(&self.model, model)?;
        let mut description = self.clone();
        if training.precision != description.training.precision {
            let problem = "option `precision` is not that of the model a task is added to";
            return Err(Error::usage(problem, "leave option `precision` out"));
        }
        description.version = env!("CARGO_PKG_VERSION").to_owned();
        description.added.push(AddedTask {
            name: name.clone(),
            before: self.target.clone(),
            frozen_blake3,
            model: model.clone(),
            training: training.clone(),
        });
        description.tasks.push(name.clone());
        description.target = name.clone();
        let scaler = corpus.scaler(partition, corpus.target, training.target_transform)?;
        description.scalers.push(scaler);
        Ok(description)
    }

    /// Refuses a task that cannot be added.
    pub(super) fn check_addition(&self, name: &str) -> Result<()> {
        if !self.model.method.has_charts() {
            let problem = format!(
                "a model of the method `{}` has no charts to add a task to",
                self.model.method.as_str()
            );
            return Err(Error::usage(
                problem,
                "train it with option `method` = gate",
            ));
        }
        if self.tasks.iter().any(|task| task == name) {
            let problem = format!("the model has a task `{name}` already");
            let tasks = self.tasks.join(", ");
            let advice = format!("give the new task another name; those taken are {tasks}");
            return Err(Error::usage(problem, advice));
        }
        Ok(())
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

/// Refuses a method that is not one network.
pub(super) fn check_one_network(model: &ModelConfig) -> Result<()> {
    if model.method.leaves_model() {
        return Ok(());
    }
    let (problem, advice) = match model.method {
        MethodName::Auto => (
            "`auto` is no network: it chooses one in training",
            "name the method that was chosen",
        ),
        _ => (
            "the method is no network and leaves no model",
            "compare it with `geogate compare`, or choose a network",
        ),
    };
    Err(Error::usage(problem, advice))
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
        "the network of a task that is added is that of the model: option `method`, option `embedding`, option `depth`, option `readout`, \
         option `hidden`, option `latent_dim`, option `lf_dim`, option `activation` and option `predict_by` cannot differ",
        "leave them out; weights and kinds of losses may be given",
    ))
}

//! A trained model: what it predicts, and how it lies on disk.
//!
//! A model folder holds `model.safetensors` (every weight matrix by name) and `model.json`
//! (configuration, tasks, scalers, version, and the checksum of the weights' file).

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::{Deserialize, Serialize};

use super::addition::AddedTask;
use super::batch::Source;
use super::checkpoint::{dtype, from_bytes, to_bytes};
use super::config::{Precision, TrainingConfig};
use super::files::{write_atomically, write_json};
use super::network::Network;
use super::prediction::{Absence, Prediction, Predictions};
use super::relevance::Relevance;
use crate::data::{Corpus, FeatureScaler, Inputs, LabelScaler, Part, Partition, Scaler};
use crate::error::{Error, Result};
use crate::method::{InputKind, MethodName, ModelConfig};
use crate::tensor::Real;

/// Layout of the model's files; raised when an older program could not read them.
const FORMAT: u32 = 1;
/// The weights' file.
const WEIGHTS: &str = "model.safetensors";
/// The description's file.
const DESCRIPTION: &str = "model.json";

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
    /// Names of the numeric features; empty for molecules.
    pub(super) features: Vec<String>,
    /// Their scalers.
    pub(super) feature_scaler: FeatureScaler,
    /// What was found of the sources, where they are weighed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) relevance: Vec<Relevance>,
    /// The last of the tasks, where they were added to a trained model, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) added: Vec<AddedTask>,
}

/// What `model.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(flatten)]
    description: ModelDescription,
    weights_blake3: String,
}

impl ModelDescription {
    /// The description of a model to be trained: scalers fitted on training rows only.
    pub(super) fn new(
        corpus: &Corpus,
        partition: &Partition,
        model: &ModelConfig,
        training: &TrainingConfig,
    ) -> Result<Self> {
        check_one_network(model)?;
        let columns: Vec<usize> = match model.method {
            MethodName::Stl => vec![corpus.target],
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
            feature_scaler: FeatureScaler::fit(&corpus.inputs, &rows),
            relevance: Vec::new(),
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

    fn input_kind(&self) -> InputKind {
        match self.features.len() {
            #[cfg(feature = "molecule")]
            0 => InputKind::Graphs {
                atoms: crate::molecule::ATOM_FEATURES,
                bonds: crate::molecule::BOND_FEATURES,
            },
            features => InputKind::Numeric { features },
        }
    }

    /// The network, freshly initialised.
    pub(super) fn network<T: Real>(&self) -> Network<T> {
        let first = &self.tasks[..self.tasks.len() - self.added.len()];
        let target = self.added.first().map_or(&self.target, |task| &task.before);
        let target = first.iter().position(|task| task == target);
        let tasks = (first, target.expect("the target is a task"));
        let mut network = Network::new(&self.model, self.input_kind(), tasks, self.training.seed);
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
        let mut hasher = blake3::Hasher::new();
        hasher.update(serde_json::to_string(self).unwrap_or_default().as_bytes());
        for (row, identifier) in corpus.identifiers.iter().enumerate() {
            hasher.update(identifier.as_bytes());
            for task in 0..corpus.tasks.len() {
                hasher.update(&corpus.label(row, task).to_le_bytes());
                hasher.update(&[partition.part(row, task) as u8]);
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A network in the precision it was trained in.
pub(super) enum Weights {
    F32(Network<f32>),
    F64(Network<f64>),
}

impl Weights {
    /// The network, if it is one of single precision.
    pub(super) fn single(&self) -> Option<&Network<f32>> {
        match self {
            Self::F32(network) => Some(network),
            Self::F64(_) => None,
        }
    }

    /// The network, if it is one of double precision.
    pub(super) fn double(&self) -> Option<&Network<f64>> {
        match self {
            Self::F64(network) => Some(network),
            Self::F32(_) => None,
        }
    }
}

impl From<Network<f32>> for Weights {
    fn from(network: Network<f32>) -> Self {
        Self::F32(network)
    }
}

impl From<Network<f64>> for Weights {
    fn from(network: Network<f64>) -> Self {
        Self::F64(network)
    }
}

/// A trained network that predicts in the tasks' own units.
pub struct TrainedModel {
    pub(super) description: ModelDescription,
    pub(super) weights: Weights,
}

impl TrainedModel {
    pub(super) fn new(description: ModelDescription, network: impl Into<Weights>) -> Self {
        Self {
            description,
            weights: network.into(),
        }
    }

    /// The model as [`fit`](super::fit) starts it: scalers of the training rows, weights drawn with the
    /// seed, not one step taken. What training has changed is told by comparison with it.
    ///
    /// # Errors
    /// Options out of their range, or labels that cannot be scaled.
    pub fn untrained(
        corpus: &Corpus,
        partition: &Partition,
        model: &ModelConfig,
        training: &TrainingConfig,
    ) -> Result<Self> {
        model.validate_for(corpus.tasks.len())?;
        training.validate()?;
        let description = ModelDescription::new(corpus, partition, model, training)?;
        let weights = match training.precision {
            Precision::F32 => Weights::F32(description.network()),
            Precision::F64 => Weights::F64(description.network()),
        };
        Ok(Self {
            description,
            weights,
        })
    }

    /// Scalers of the numeric features, one each.
    pub(super) fn feature_scalers(&self) -> &[Scaler] {
        &self.description.feature_scaler.columns
    }

    /// Tasks the model predicts, in the order of its outputs.
    pub fn tasks(&self) -> &[String] {
        &self.description.tasks
    }

    /// Name of the target task.
    pub fn target(&self) -> &str {
        &self.description.target
    }

    /// The configuration of the network.
    pub fn config(&self) -> &ModelConfig {
        &self.description.model
    }

    /// What was found of the sources, where they are weighed.
    pub fn relevance(&self) -> &[Relevance] {
        &self.description.relevance
    }

    /// The floating-point format of its weights.
    pub fn precision(&self) -> Precision {
        self.description.training.precision
    }

    /// Names of the numeric features it reads; empty where it reads molecules.
    pub fn features(&self) -> &[String] {
        &self.description.features
    }

    /// Why the task is not predicted, whatever the row; none where it is.
    pub fn absence(&self, task: &str) -> Option<Absence> {
        let of_task = self.relevance().iter().find(|found| found.source == task);
        let off = of_task.is_some_and(|found| found.weight() == 0.0);
        off.then_some(Absence::SwitchedOff)
    }

    /// Predictions for some rows of the inputs, each in its task's own unit.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the inputs are not of the kind
    /// the model was trained on.
    pub fn predict(&self, inputs: &Inputs, rows: &[usize]) -> Result<Predictions> {
        let source = self.source(inputs)?;
        let means = match &self.weights {
            Weights::F32(network) => self.restored(network, source, rows),
            Weights::F64(network) => self.restored(network, source, rows),
        };
        let absences: Vec<Option<Absence>> =
            self.tasks().iter().map(|task| self.absence(task)).collect();
        let values = means.into_iter().zip(absences.into_iter().cycle());
        let values = values.map(|(mean, absence)| {
            absence.map_or_else(|| Prediction::of(mean), Prediction::Absent)
        });
        Ok(Predictions::new(self.tasks(), values.collect()))
    }

    /// The inputs with the model's scaling, if they are of its kind.
    pub(super) fn source<'a>(&'a self, inputs: &'a Inputs) -> Result<Source<'a>> {
        let given = inputs.feature_names();
        if given != self.features() {
            return Err(Error::usage(
                format!(
                    "the model reads {}, the table gives {}",
                    kind(self.features()),
                    kind(given)
                ),
                "give a table with the columns the model was trained on",
            ));
        }
        Ok(Source {
            inputs,
            scaling: &self.description.feature_scaler,
        })
    }

    fn restored<T: Real>(
        &self,
        network: &Network<T>,
        source: Source<'_>,
        rows: &[usize],
    ) -> Vec<f64> {
        let y = network.predict(source, rows);
        let scalers = self.description.scalers.iter().cycle();
        y.as_slice()
            .iter()
            .zip(scalers)
            .map(|(y, scaler)| scaler.restore(y.to_f64()))
            .collect()
    }

    /// Writes the model into a folder that exists.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = match &self.weights {
            Weights::F32(network) => serialised(network, folder)?,
            Weights::F64(network) => serialised(network, folder)?,
        };
        let document = Document {
            description: self.description.clone(),
            weights_blake3: blake3::hash(&bytes).to_hex().to_string(),
        };
        write_atomically(&folder.join(WEIGHTS), &bytes)?;
        write_json(&folder.join(DESCRIPTION), &document)
    }

    /// Reads a model back.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) where the folder holds no model, a
    /// truncated or foreign file, or a model of a later program.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(DESCRIPTION);
        let text = read(&path)?;
        let advice = "give the --out folder of a finished `geogate train`";
        let document: Document = serde_json::from_slice(&text).map_err(|error| {
            Error::model(
                &path,
                format!("not a model's description ({error})"),
                advice,
            )
        })?;
        let description = document.description;
        if description.format != FORMAT {
            let problem = format!("format {} is not {FORMAT}", description.format);
            return Err(Error::model(
                &path,
                problem,
                "use the version of geogate that wrote it",
            ));
        }
        if !description.tasks.contains(&description.target)
            || description.tasks.len() != description.scalers.len()
            || !description.additions_fit()
        {
            return Err(Error::model(&path, "tasks and scalers do not fit", advice));
        }
        check_one_network(&description.model)?;
        description.model.validate()?;
        for task in &description.added {
            task.model.validate()?;
        }
        let path = folder.join(WEIGHTS);
        let bytes = read(&path)?;
        if blake3::hash(&bytes).to_hex().to_string() != document.weights_blake3 {
            let problem = "the checksum differs from the one in model.json: truncated or foreign";
            return Err(Error::model(
                &path,
                problem,
                "restore the file, or train again",
            ));
        }
        let weights = match description.training.precision {
            Precision::F32 => Weights::F32(filled(&description, &path, &bytes)?),
            Precision::F64 => Weights::F64(filled(&description, &path, &bytes)?),
        };
        Ok(Self {
            description,
            weights,
        })
    }
}

/// Refuses a method that is not one network.
fn check_one_network(model: &ModelConfig) -> Result<()> {
    if model.method.is_network() {
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

/// How a list of features is called.
fn kind(features: &[String]) -> String {
    match features {
        [] => "molecules".to_owned(),
        names => format!("the features {}", names.join(", ")),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            let advice = "give the --out folder of a finished `geogate train`";
            Error::model(path, "there is no such file", advice)
        }
        _ => Error::io("read", path, error),
    })
}

fn serialised<T: Real>(network: &Network<T>, folder: &Path) -> Result<Vec<u8>> {
    let failed = |error: safetensors::SafeTensorError| {
        Error::io(
            "write",
            folder.join(WEIGHTS),
            io::Error::other(error.to_string()),
        )
    };
    let arrays: Vec<(String, Vec<usize>, Vec<u8>)> = (network.parameters.iter())
        .map(|(name, rows, cols, entries)| (name.to_owned(), vec![rows, cols], to_bytes(entries)))
        .collect();
    let mut views = Vec::with_capacity(arrays.len());
    for (name, shape, bytes) in &arrays {
        let view = TensorView::new(dtype::<T>(), shape.clone(), bytes).map_err(failed)?;
        views.push((name.as_str(), view));
    }
    let header = HashMap::from([("format".to_owned(), "geogate".to_owned())]);
    safetensors::serialize(views, Some(header)).map_err(failed)
}

/// The network of a description with the weights of a file.
fn filled<T: Real>(
    description: &ModelDescription,
    path: &Path,
    bytes: &[u8],
) -> Result<Network<T>> {
    let bad = |problem: String| Error::model(path, problem, "restore the file, or train again");
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|e| bad(format!("not a safetensors file ({e})")))?;
    let mut network = description.network::<T>();
    let mut values = Vec::with_capacity(network.parameters.values().len());
    for (name, rows, cols, _) in network.parameters.iter() {
        let view = tensors
            .tensor(name)
            .map_err(|_| bad(format!("`{name}` is missing")))?;
        if view.dtype() != dtype::<T>() || view.shape() != [rows, cols] {
            return Err(bad(format!(
                "`{name}` is not {rows} x {cols} of {}",
                T::NAME
            )));
        }
        values.extend(from_bytes::<T>(view.data()));
    }
    network.parameters.values_mut().copy_from_slice(&values);
    Ok(network)
}

//! A trained network: what its heads predict, where it puts molecules, and how it lies on disk.
//!
//! Two files: every weight matrix by name, and a description (configuration, tasks, scalers, version, and the checksum
//! of the weights' file).

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::arrays::{self, checksum, dtype, from_bytes, to_bytes};
use super::batch::Source;
use super::config::{Precision, TrainingConfig};
use super::description::{ADVICE, FORMAT, ModelDescription};
use super::network::Network;
use super::prediction::Absence;
use super::relevance::Relevance;
use crate::data::{Corpus, Divided, Inputs, Partition};
use crate::error::{Error, Result};
use crate::files::names::{DESCRIPTION, FRAMES, WEIGHTS};
use crate::files::{write_atomically, write_json};
use crate::method::ModelConfig;
use crate::tensor::Real;

/// The layout of `model.json` alone: a later one holds what this program does not know.
#[derive(Deserialize)]
struct FormatVersion {
    format: u32,
}

/// What `model.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelDocument {
    #[serde(flatten)]
    description: ModelDescription,
    weights_blake3: String,
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

/// A trained network, that is, a frame of its own: heads predict in the tasks' own units.
pub(super) struct Frame {
    pub(super) description: ModelDescription,
    pub(super) weights: Weights,
}

impl Frame {
    pub(super) fn new(description: ModelDescription, network: impl Into<Weights>) -> Self {
        Self {
            description,
            weights: network.into(),
        }
    }

    /// The frame that training starts from.
    pub(super) fn untrained(
        corpus: &Corpus,
        partition: &Partition,
        model: &ModelConfig,
        training: &TrainingConfig,
    ) -> Result<Self> {
        model.validate_for(corpus.tasks.len())?;
        training.validate()?;
        let description = ModelDescription::new(corpus, partition, (model, training), Vec::new())?;
        let weights = match training.precision {
            Precision::F32 => Weights::F32(description.network()),
            Precision::F64 => Weights::F64(description.network()),
        };
        Ok(Self {
            description,
            weights,
        })
    }

    /// The description of a run from nothing, or from a trained model that the target is added to.
    pub(super) fn describe(
        base: Option<&Self>,
        data: Divided<'_>,
        options: (&ModelConfig, &TrainingConfig),
        relevance: Vec<Relevance>,
    ) -> Result<ModelDescription> {
        match base {
            None => ModelDescription::new(data.corpus, data.partition, options, relevance),
            Some(base) => base.description.with_task(base.digest(), data, options),
        }
    }

    /// Digest of the weights.
    fn digest(&self) -> String {
        match &self.weights {
            Weights::F32(network) => digest(network),
            Weights::F64(network) => digest(network),
        }
    }

    /// Tasks the model predicts, in the order of its outputs.
    pub(super) fn tasks(&self) -> &[String] {
        &self.description.tasks
    }

    /// Why the task is not predicted, whatever the row; none where it is.
    pub(super) fn absence(&self, task: &str) -> Option<Absence> {
        let of_task = self
            .description
            .relevance
            .iter()
            .find(|found| found.source == task);
        let off = of_task.is_some_and(|found| found.weight() == 0.0);
        off.then_some(Absence::SwitchedOff)
    }

    /// What the heads say of some rows, each in its task's own unit: `[rows][tasks]`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the inputs are not of the kind
    /// it was trained on.
    pub(super) fn heads(&self, inputs: &Inputs, rows: &[usize]) -> Result<Vec<f64>> {
        let source = self.source(inputs)?;
        Ok(match &self.weights {
            Weights::F32(network) => self.restored(network, source, rows),
            Weights::F64(network) => self.restored(network, source, rows),
        })
    }

    /// The inputs with the model's scaling, if they are of its kind.
    pub(super) fn source<'a>(&'a self, inputs: &'a Inputs) -> Result<Source<'a>> {
        let (read, given) = (self.description.inputs(), inputs.kind());
        if given != read {
            return Err(Error::usage(
                format!("the model reads {read}, the table gives {given}"),
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

    /// Writes it into two files.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn save(&self, files: &FrameFiles) -> Result<()> {
        let bytes = match &self.weights {
            Weights::F32(network) => serialised(network, &files.weights)?,
            Weights::F64(network) => serialised(network, &files.weights)?,
        };
        let document = ModelDocument {
            description: self.description.clone(),
            weights_blake3: checksum(&bytes),
        };
        write_atomically(&files.weights, &bytes)?;
        write_json(&files.description, &document)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) where there is no such file, a truncated or foreign one, or
    /// one of a later program.
    pub(super) fn load(files: &FrameFiles) -> Result<Self> {
        let path = &files.description;
        let text = read(path)?;
        let unread = |error: serde_json::Error| {
            let problem = format!("not a model's description ({error})");
            Error::model(path, problem, ADVICE)
        };
        let FormatVersion { format } = serde_json::from_slice(&text).map_err(unread)?;
        if format != FORMAT {
            let problem = format!("format {format} is not {FORMAT}");
            let advice = "use the version of geogate that wrote it";
            return Err(Error::model(path, problem, advice));
        }
        let document: ModelDocument = serde_json::from_slice(&text).map_err(unread)?;
        let description = document.description;
        description.check(path)?;
        let path = &files.weights;
        let bytes = read(path)?;
        if checksum(&bytes) != document.weights_blake3 {
            let description = files.description.file_name().unwrap_or_default();
            let problem = format!(
                "the checksum differs from the one in {}: one of the two is truncated, edited or foreign",
                description.display()
            );
            return Err(Error::model(
                path,
                problem,
                "restore both files, or train again",
            ));
        }
        let weights = match description.training.precision {
            Precision::F32 => Weights::F32(filled(&description, path, &bytes)?),
            Precision::F64 => Weights::F64(filled(&description, path, &bytes)?),
        };
        Ok(Self {
            description,
            weights,
        })
    }
}

/// The files of a frame.
pub(super) struct FrameFiles {
    description: PathBuf,
    weights: PathBuf,
}

impl FrameFiles {
    /// Of the first frame of a model, which is all of most.
    pub(super) fn first(folder: &Path) -> Self {
        Self {
            description: folder.join(DESCRIPTION),
            weights: folder.join(WEIGHTS),
        }
    }

    /// Of frame `index` among several.
    pub(super) fn of(folder: &Path, index: usize) -> Self {
        Self::named(&folder.join(FRAMES).join((index + 1).to_string()))
    }

    /// Of this name, without an ending.
    pub(super) fn named(name: &Path) -> Self {
        Self {
            description: name.with_extension("json"),
            weights: name.with_extension("safetensors"),
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::model(path, "there is no such file", ADVICE)
        }
        _ => Error::io("read", path, error),
    })
}

fn serialised<T: Real>(network: &Network<T>, path: &Path) -> Result<Vec<u8>> {
    let arrays: Vec<(String, Vec<usize>, Vec<u8>)> = (network.parameters.iter())
        .map(|(name, rows, cols, entries)| (name.to_owned(), vec![rows, cols], to_bytes(entries)))
        .collect();
    let header = HashMap::from([("format".to_owned(), "geogate".to_owned())]);
    let arrays = arrays.iter();
    let arrays = arrays.map(|(name, shape, bytes)| (name.as_str(), shape.clone(), &bytes[..]));
    arrays::serialised::<T>(path, arrays, header)
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

fn digest<T: Real>(network: &Network<T>) -> String {
    checksum(&to_bytes(network.parameters.values()))
}

//! The state of a run between two epochs, in one file.
//!
//! `checkpoint.safetensors` holds the weights, their mean, the best mean and the optimiser's moments as flat
//! arrays; its header holds the rest as JSON, the fingerprint of configuration and data, and a
//! checksum of the arrays. Written beside and renamed, so it is whole or the former one.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::{Deserialize, Deserializer, Serialize};

use super::arrays::{checksum, dtype, from_bytes, serialised, to_bytes};
use super::control::EpochRecord;
use crate::error::{Error, Result};
use crate::files::{names::CHECKPOINT, write_atomically};
use crate::nn::{Adam, Parameters, WeightAverage};
use crate::tensor::Real;

/// The flat arrays, in this order.
const ARRAYS: [&str; 5] = [
    "weights",
    "average",
    "best",
    "first_moment",
    "second_moment",
];
/// Where the header keeps the state, its fingerprint and the checksum.
const KEYS: [&str; 3] = ["state", "fingerprint", "checksum"];

/// Everything that changes during a run.
#[derive(Clone)]
pub(super) struct State<T> {
    pub(super) at: Standing,
    pub(super) weights: Vec<T>,
    /// Mean of the weights along training: what is validated and kept.
    pub(super) average: WeightAverage<T>,
    /// The mean at the end of the best epoch.
    pub(super) best: Vec<T>,
    pub(super) adam: Adam<T>,
}

/// Where a run stands.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Which stage of the run.
    pub(super) stage: usize,
    /// Epochs of the stage finished.
    pub(super) epoch: usize,
    /// Steps of the plans before.
    steps_before: u64,
    pub(super) best_epoch: usize,
    /// Infinite before the first epoch of a stage; JSON has no number for that.
    #[serde(deserialize_with = "number_or_infinity")]
    pub(super) best_val_rmse: f64,
    pub(super) history: Vec<EpochRecord>,
}

/// The part of the state that is not an array.
#[derive(Serialize, Deserialize)]
struct StateRecord {
    #[serde(flatten)]
    at: Standing,
    steps: u64,
}

fn number_or_infinity<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::INFINITY))
}

impl<T: Real> State<T> {
    /// Before the first epoch; the mean of the weights remembers `memory` steps.
    pub(super) fn new(parameters: &Parameters<T>, weight_decay: f64, memory: u64) -> Self {
        let weights = parameters.values().to_vec();
        let average = WeightAverage::new(&weights, memory);
        let adam = Adam::new(weights.len(), weight_decay);
        let best = weights.clone();
        let at = Standing {
            stage: 0,
            epoch: 0,
            steps_before: 0,
            best_epoch: 0,
            best_val_rmse: f64::INFINITY,
            history: Vec::new(),
        };
        Self {
            at,
            weights,
            average,
            best,
            adam,
        }
    }

    /// Begins the next stage at the best weights of the last, with a fresh optimiser and a mean that remembers
    /// `memory` steps.
    pub(super) fn next_stage(&mut self, weight_decay: f64, memory: u64) {
        self.at.steps_before = self.steps();
        self.at.stage += 1;
        self.at.epoch = 0;
        self.at.best_val_rmse = f64::INFINITY;
        self.weights.copy_from_slice(&self.best);
        self.average = WeightAverage::new(&self.weights, memory);
        self.adam = Adam::new(self.weights.len(), weight_decay);
    }

    /// Steps of all plans so far.
    pub(super) fn steps(&self) -> u64 {
        self.at.steps_before + self.adam.steps()
    }
}

/// The checkpoint's file in a run's folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(CHECKPOINT)
}

/// Writes the state of a run with this fingerprint.
pub(super) fn save<T: Real>(folder: &Path, fingerprint: &str, state: &State<T>) -> Result<()> {
    let path = path(folder);
    let record = StateRecord {
        at: state.at.clone(),
        steps: state.adam.steps(),
    };
    let (first, second) = state.adam.moments();
    let mean = state.average.mean();
    let arrays = [&state.weights, mean, &state.best, first, second].map(|a: &[T]| to_bytes(a));
    let state = serde_json::to_string(&record);
    let state = state.map_err(|error| Error::io("write", &path, error.into()))?;
    let checksum = checksum(&arrays.concat());
    let values = [state, fingerprint.to_owned(), checksum];
    let header: HashMap<String, String> = KEYS.map(str::to_owned).into_iter().zip(values).collect();
    let shape = |bytes: &[u8]| vec![bytes.len() / size_of::<T>()];
    let named = ARRAYS.into_iter().zip(&arrays);
    let named = named.map(|(name, bytes)| (name, shape(bytes), &bytes[..]));
    let bytes = serialised::<T>(&path, named, header)?;
    write_atomically(&path, &bytes)
}

/// The bytes of a checkpoint, if there is one.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// The state left in a folder; `None` where there is none.
///
/// # Errors
/// [`ErrorKind::Model`](crate::error::ErrorKind::Model) where it is damaged or belongs to another
/// configuration, other data or another network.
pub(super) fn load<T: Real>(
    folder: &Path,
    fingerprint: &str,
    (parameters, weight_decay, memories): (usize, f64, &[u64]),
) -> Result<Option<State<T>>> {
    let path = path(folder);
    let Some(bytes) = read(&path)? else {
        return Ok(None);
    };
    let bad = |problem: &str, advice: &str| Error::model(&path, problem, advice);
    let again = "start again with option `force`";
    let damaged = |problem: &str| bad(problem, again);
    let tensors = SafeTensors::deserialize(&bytes).map_err(|_| damaged("not a checkpoint"))?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|_| damaged("no header"))?;
    let header = metadata.metadata().clone().unwrap_or_default();
    let [record, saved_fingerprint, saved_checksum] =
        KEYS.map(|key| header.get(key).map_or("", String::as_str));
    if saved_fingerprint != fingerprint {
        return Err(bad(
            "this checkpoint belongs to other options or other data",
            "give the options of the interrupted run, or start again with option `force`",
        ));
    }
    let record: StateRecord =
        serde_json::from_str(record).map_err(|_| damaged("the state cannot be read"))?;
    let array = |name: &str| {
        let view = tensors
            .tensor(name)
            .map_err(|_| damaged("an array is missing"))?;
        let fits = view.dtype() == dtype::<T>() && view.shape() == [parameters];
        if fits {
            Ok(view.data())
        } else {
            Err(damaged("an array has the wrong shape"))
        }
    };
    let mut arrays: [&[u8]; ARRAYS.len()] = [&[]; ARRAYS.len()];
    for (bytes, name) in arrays.iter_mut().zip(ARRAYS) {
        *bytes = array(name)?;
    }
    if checksum(&arrays.concat()) != saved_checksum {
        return Err(damaged("the checksum does not match"));
    }
    let [weights, average, best, first, second] = arrays.map(from_bytes::<T>);
    let memory = *memories
        .get(record.at.stage)
        .ok_or_else(|| damaged("it belongs to a longer run"))?;
    Ok(Some(State {
        at: record.at,
        weights,
        average: WeightAverage::new(&average, memory),
        best,
        adam: Adam::resume(first, second, record.steps, weight_decay),
    }))
}

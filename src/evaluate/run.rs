//! The main job: tables, training, a model with its scores, a folder on disk.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use super::outcome::{
    CorruptedLabels, LabelledPrediction, Metrics, ReadoutMetrics, history_csv, predictions,
};
use super::prediction_file::predictions_csv;
use crate::data::config::{DataConfig, SplitConfig, SplitName, TaskSource};
use crate::data::{Corpus, Partition};
use crate::error::Result;
use crate::files::names::{HISTORY, METRICS, PREDICTIONS, TIMING};
use crate::files::{OutputFolder, Permission, write_atomically, write_json};
use crate::method::{MethodName, ModelConfig};
use crate::train::config::{RunConfig, TrainingConfig};
use crate::train::{Fitted, Model, RunControl, fit};

/// Which tables are read, which task is the target, and how its rows are divided.
///
/// ```
/// use geogate::Tables;
/// let tables = Tables::of_target("tc")
///     .task("tb", "boiling_point.csv")
///     .task("tc", "critical_temperature.csv");
/// assert_eq!(tables.data.tasks.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// Files, columns and roles.
    pub data: DataConfig,
    /// How rows are divided into training, validation and test parts.
    pub split: SplitConfig,
}

impl Tables {
    /// No table yet, and the task that is to be predicted.
    pub fn of_target(target: impl Into<String>) -> Self {
        let mut tables = Self::default();
        tables.data.target = target.into();
        tables
    }

    /// A task's CSV file, with the columns `smiles` and `value`.
    pub fn task(mut self, name: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        self.data.tasks.push(TaskSource {
            name: name.into(),
            file: file.into(),
            column: None,
        });
        self
    }

    /// One wide CSV file instead, whose numeric columns, but for those that name its rows, are the tasks.
    pub fn wide(mut self, file: impl Into<PathBuf>) -> Self {
        self.data.wide = Some(file.into());
        self
    }

    /// Numeric columns that the model reads.
    pub fn features(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.data.features = names.into_iter().map(Into::into).collect();
        self
    }

    /// How the target's test rows are chosen.
    pub fn split(mut self, split: SplitName) -> Self {
        self.split.split = split;
        self
    }
}

/// How a model is trained: the method with its network, and the optimisation.
///
/// ```
/// use geogate::{MethodName, Training};
/// let mut training = Training::new(MethodName::Gear);
/// training.optimisation.epochs = 20;
/// assert_eq!(training.network.latent_dim, 8);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Training {
    /// The method, and sizes and weights of its network.
    pub network: ModelConfig,
    /// Epochs, learning rate, seed and the like.
    pub optimisation: TrainingConfig,
}

impl Training {
    /// The defaults of a method.
    pub fn new(method: MethodName) -> Self {
        Self {
            network: ModelConfig::of(method),
            ..Self::default()
        }
    }

    /// Reads the tables, divides their rows, trains, predicts and scores.
    ///
    /// # Errors
    /// Tables that cannot be used, options out of range, training that breaks down: see [`Corpus::read`],
    /// [`Partition::holdout`] and [`fit`].
    pub fn fit(&self, tables: &Tables) -> Result<Run> {
        self.fit_with(tables, &RunControl::default())
    }

    /// Reads the tables, divides their rows, trains, predicts and scores, under a `control` that watches
    /// the run and may end it.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); an interruption.
    pub fn fit_with(&self, tables: &Tables, control: &RunControl<'_>) -> Result<Run> {
        let config = RunConfig {
            data: tables.data.clone(),
            split: tables.split.clone(),
            model: self.network.clone(),
            training: self.optimisation.clone(),
            addition: None,
        };
        let (seed, start) = (config.training.seed, Instant::now());
        let corpus = Corpus::read(&config.data, &config.split, seed)?;
        let partition = Partition::holdout(&corpus, &config.split, seed)?;
        let read_seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let fitted = fit(
            &corpus,
            &partition,
            &config.model,
            &config.training,
            control,
        )?;
        let seconds = [read_seconds, start.elapsed().as_secs_f64()];
        Run::new(config, corpus, fitted, seconds)
    }
}

/// A finished run: the model, with what it says of the labelled rows and how good that is.
pub struct Run {
    /// Everything it depends on.
    pub config: RunConfig,
    /// The rows of its tables.
    pub corpus: Corpus,
    /// The model with its history.
    pub fitted: Fitted,
    /// What the model says of every labelled row.
    pub predictions: Vec<LabelledPrediction>,
    /// Scores by task and part.
    pub metrics: Metrics,
    /// Where the time went.
    pub timing: Timing,
}

/// Wall-clock times of a run: `timing.json`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// Reading the tables and making the split.
    pub read_seconds: f64,
    /// Training.
    pub train_seconds: f64,
    /// Predicting the labelled rows.
    pub predict_seconds: f64,
    /// Optimiser steps of the whole run, earlier sessions included.
    pub steps: u64,
    /// Threads of the pool.
    pub threads: usize,
}

impl Run {
    /// Predicts and scores the labelled rows of what was fitted; `seconds` were spent on reading and on training.
    ///
    /// # Errors
    /// Those of [`predictions`].
    pub fn new(
        config: RunConfig,
        corpus: Corpus,
        fitted: Fitted,
        [read_seconds, train_seconds]: [f64; 2],
    ) -> Result<Self> {
        let start = Instant::now();
        let predictions = predictions(&fitted.model, &corpus, &fitted.partition)?;
        let metrics = Metrics {
            final_run: fitted.partition.is_final(),
            inner: fitted.inner.clone(),
            corruption: CorruptedLabels::of(&config.training, fitted.corrupted),
            readout: ReadoutMetrics::of(&fitted.model, &predictions, corpus.target),
            ..Metrics::of(&predictions, &corpus, fitted.history.len())
        };
        let timing = Timing {
            read_seconds,
            train_seconds,
            predict_seconds: start.elapsed().as_secs_f64(),
            steps: fitted.steps,
            threads: rayon::current_num_threads(),
        };
        Ok(Self {
            config,
            corpus,
            fitted,
            predictions,
            metrics,
            timing,
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.fitted.model
    }

    /// Writes the run into a folder that is not there yet: the files of `geogate train` but for its page.
    /// [`Model::load`] and [`Metrics::read`] read it back, `geogate predict` and `geogate geometry` take it.
    ///
    /// # Errors
    /// A folder that is there already, a file that cannot be written.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = OutputFolder::claim(folder.as_ref(), "train", Permission::default())?;
        folder.open(&self.config)?;
        self.write(&folder)?;
        folder.finish().map(drop)
    }

    /// Writes every file of the run but the configuration, which is there already. The metrics come last: with them
    /// the run is finished.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &OutputFolder) -> Result<()> {
        let predictions = predictions_csv(&self.predictions, &self.corpus);
        self.model().save(folder.path())?;
        write_atomically(&folder.file(HISTORY), &history_csv(&self.fitted.history))?;
        write_atomically(&folder.file(PREDICTIONS), &predictions)?;
        write_json(&folder.file(TIMING), &self.timing)?;
        write_json(&folder.file(METRICS), &self.metrics)
    }
}

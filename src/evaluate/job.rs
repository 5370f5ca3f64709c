//! One job of a comparison: a method on one split under one seed.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::outcome::prediction_columns;
use super::tuning::Draw;
use crate::config::Digest;
use crate::data::{Corpus, Part, Partition};
use crate::error::{Error, Result};
use crate::files::names::JOBS;
use crate::method::MethodName;
use crate::train::config::RunConfig;
use crate::train::metrics::Scores;

/// A method on one fold (0 for a holdout split) under one seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name of the pair; empty where there is one alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pair: String,
    /// Name of the split, as `results.csv` has it.
    pub split: String,
    /// The method.
    pub method: MethodName,
    /// Name of the variant, the option changed; empty for the method as it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Seed of sample, split, initialisation and batches.
    pub seed: u64,
    /// The fold that is the test set; 0 for a holdout split.
    pub fold: usize,
}

impl Job {
    /// Name of the job's files in `jobs/`.
    pub fn id(&self) -> String {
        let Self {
            pair,
            split,
            method,
            variant,
            seed,
            fold,
        } = self;
        let variant = if variant.is_empty() {
            String::new()
        } else {
            format!("@{variant}")
        };
        let id = format!("{}{variant}-seed{seed}-fold{fold}", method.as_str());
        if pair.is_empty() {
            return id;
        }
        format!("{pair}-{split}-{id}")
    }

    /// The record of the finished job under `folder`.
    pub fn record_path(&self, folder: &Path) -> PathBuf {
        folder.join(JOBS).join(format!("{}.json", self.id()))
    }

    /// Truth and prediction of the target's test rows, read back from the job's predictions under `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where the file cannot be read or is none of ours.
    pub fn test_predictions(&self, folder: &Path, target: &str) -> Result<Vec<(f64, f64)>> {
        let rows = self.rows(folder)?.into_iter();
        let tested = rows.filter(|row| row.task == target && row.split == Part::Test.name());
        let point = |row: PredictionRow| (row.y_true, row.y_pred.unwrap_or(f64::NAN));
        Ok(tested.map(point).collect())
    }

    /// Every row of the job's predictions under `folder`; errors as of [`Self::test_predictions`].
    pub(super) fn rows(&self, folder: &Path) -> Result<Vec<PredictionRow>> {
        let path = self.predictions_path(folder);
        let bad = |error: csv::Error| Error::io("read", &path, io::Error::other(error));
        let mut reader = csv::Reader::from_path(&path).map_err(bad)?;
        let header = reader.headers().map_err(bad)?.clone();
        let row = |record: csv::Result<csv::StringRecord>| -> csv::Result<PredictionRow> {
            let record = record?;
            let mut row: PredictionRow = record.deserialize(Some(&header))?;
            let conditions = record.iter().skip(prediction_columns::ALL.len());
            row.conditions = conditions.map(str::to_owned).collect();
            Ok(row)
        };
        reader
            .records()
            .map(|record| row(record).map_err(bad))
            .collect()
    }

    /// The job's predictions under `folder`.
    pub fn predictions_path(&self, folder: &Path) -> PathBuf {
        folder.join(JOBS).join(format!("{}.csv", self.id()))
    }
}

/// A row of the predictions, as far as it is read back.
#[derive(Deserialize)]
pub(super) struct PredictionRow {
    /// The molecule, or its features.
    pub(super) smiles: String,
    /// The part it was in.
    pub(super) split: String,
    /// The task.
    pub(super) task: String,
    /// Its label.
    pub(super) y_true: f64,
    /// What was predicted.
    pub(super) y_pred: Option<f64>,
    /// The features beside the molecule, as they are written.
    #[serde(skip)]
    pub(super) conditions: Vec<String>,
}

/// What is kept of a finished job: `jobs/ID.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// The job.
    pub job: Job,
    /// Everything its result depends on: see [`fingerprint`].
    pub fingerprint: String,
    /// Training rows of the target.
    pub n_train: usize,
    /// Scores on the target's validation rows.
    pub val: Scores,
    /// Scores on the target's test rows.
    pub test: Scores,
    /// Epochs trained.
    pub epochs: usize,
    /// Epoch whose weights were kept.
    pub best_epoch: usize,
    /// Errors on the target's validation rows after each epoch of training on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<f64>,
    /// Every draw of the search for options, of which the best was kept; empty without a search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<Draw>,
    /// Wall-clock time.
    pub seconds: f64,
    /// What the method chose on validation rows, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The search for options within a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// Number of draws; 0 is no search.
    pub draws: usize,
    /// Options that it leaves alone.
    pub held: Vec<String>,
}

/// Digest of what a job's result depends on: version of the program, method, search, network and optimisation, and
/// the very rows, labels and parts — not the files' names, so that tables may move.
pub fn fingerprint(
    (method, search): (MethodName, &SearchOptions),
    config: &RunConfig,
    corpus: &Corpus,
    partition: &Partition,
) -> String {
    let mut digest = Digest::default();
    let version = env!("CARGO_PKG_VERSION");
    digest.value(&(version, method, search.draws));
    digest.value(&(&config.model, &config.training));
    digest.value(&(&corpus.tasks, corpus.target));
    if search.draws > 0 {
        digest.value(&search.held);
    }
    partition.digest_into(corpus, &mut digest);
    digest.finish()
}

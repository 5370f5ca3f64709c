//! Predictions of a fitted model for every labelled row, their scores, and the files made of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::EvidenceUse;
pub use super::labelled::{COVERAGE, LabelledPrediction, of_part};
use super::uncertainty::UncertaintyScores;
use super::units::distinct;
use crate::data::{Corpus, Corruption, Divided, Part, Partition};
use crate::error::{Error, Result};
use crate::files::names::METRICS;
pub(crate) use crate::files::{number, table_csv};
use crate::train::config::TrainingConfig;
use crate::train::metrics::{Scores, number_or_nan};
use crate::train::{EpochRecord, Evidence, InnerValidation, Model, Predictions, Readout};

/// The parts that are predicted and scored.
pub const PARTS: [Part; 3] = [Part::Train, Part::Val, Part::Test];

/// Rows of the target with a label that is scored, in the corpus's order, each with its part.
pub(super) fn scored_rows<'a>(
    corpus: &'a Corpus,
    partition: &'a Partition,
) -> impl Iterator<Item = (usize, Part)> + 'a {
    let parts = (0..corpus.rows()).map(|row| (row, partition.part(row, corpus.target)));
    parts.filter(|(_, part)| PARTS.contains(part))
}

/// Predictions for every label in a training, validation or test part of a task the model knows,
/// task by task in the corpus's order, rows in the corpus's order.
///
/// # Errors
/// Those of [`Model::predict`].
pub fn predictions(
    model: &Model,
    corpus: &Corpus,
    partition: &Partition,
) -> Result<Vec<LabelledPrediction>> {
    let data = Divided { corpus, partition };
    let scored = Scored::new(known(model, corpus), data, &PARTS);
    let values = model.predict(&corpus.inputs, &scored.rows)?; // [rows x model tasks]
    Ok(scored.labelled((model, &values), data))
}

/// Predictions for the labels of the target in these `parts`, rows in the corpus's order. Where
/// `evidence` is given to a model that a Gaussian process reads, its validation and test rows are
/// predicted in view of what was [measured](Corpus::measured) of other tasks there, as far as the
/// model has seen none of it, beyond the sample of `max_rows` too. The second result is the number
/// of test rows with such labels.
///
/// # Errors
/// Those of [`Model::predict_given`].
pub fn target_predictions(
    model: &Model,
    data: Divided<'_>,
    parts: &[Part],
    evidence: EvidenceUse,
) -> Result<(Vec<LabelledPrediction>, usize)> {
    let Divided { corpus, partition } = data;
    let mut tasks = known(model, corpus);
    tasks.retain(|known| known.task == corpus.target);
    let scored = Scored::new(tasks, data, parts);
    let given = match (evidence, model.readout()) {
        (EvidenceUse::Given, Some(readout)) => scored.evidence((model, readout), data),
        _ => Vec::new(),
    };
    let values = model.predict_given(&corpus.inputs, &scored.rows, &given)?;
    let mut tested: Vec<usize> = given.iter().map(|one| scored.rows[one.row]).collect();
    tested.dedup();
    tested.retain(|&row| partition.part(row, corpus.target) == Part::Test);
    Ok((scored.labelled((model, &values), data), tested.len()))
}

/// A task that both a corpus and a model have.
#[derive(Clone, Copy)]
struct KnownTask {
    /// Index among the tasks of the corpus.
    task: usize,
    /// Index among the tasks of the model.
    column: usize,
}

/// The tasks of the corpus that the model knows.
fn known(model: &Model, corpus: &Corpus) -> Vec<KnownTask> {
    let column = |name: &String| model.tasks().iter().position(|task| task == name);
    let tasks = corpus.tasks.iter().enumerate();
    tasks
        .filter_map(|(task, name)| {
            let column = column(name)?;
            Some(KnownTask { task, column })
        })
        .collect()
}

/// The rows with a label that is scored.
struct Scored<'a> {
    /// Tasks that are scored.
    tasks: Vec<KnownTask>,
    parts: &'a [Part],
    rows: Vec<usize>,
}

impl<'a> Scored<'a> {
    fn new(tasks: Vec<KnownTask>, data: Divided<'_>, parts: &'a [Part]) -> Self {
        let scored = |row: usize, task: usize| parts.contains(&data.partition.part(row, task));
        let rows = 0..data.corpus.rows();
        Self {
            rows: rows
                .filter(|&row| tasks.iter().any(|known| scored(row, known.task)))
                .collect(),
            tasks,
            parts,
        }
    }

    /// What was measured of other tasks at the target's validation and test rows and the model has not seen.
    fn evidence(
        &self,
        (model, readout): (&Model, &Readout),
        Divided { corpus, partition }: Divided<'_>,
    ) -> Vec<Evidence> {
        let seen = |row, task| partition.part(row, task).is_known();
        let held_out = |row| matches!(partition.part(row, corpus.target), Part::Val | Part::Test);
        let mut others = known(model, corpus);
        others.retain(|known| known.task != corpus.target);
        let rows = self.rows.iter().enumerate();
        let held_out = rows.filter(|&(_, &row)| held_out(row));
        let at = |(place, &row): (usize, &usize)| {
            let evidence = others.iter().filter_map(|&KnownTask { task, column }| {
                let value = corpus.measured(row, task);
                let usable = !seen(row, task) && !value.is_nan() && readout.takes(column, value);
                usable.then_some(Evidence {
                    row: place,
                    task: column,
                    value,
                })
            });
            evidence.collect::<Vec<_>>()
        };
        held_out.flat_map(at).collect()
    }

    fn labelled(
        &self,
        (model, values): (&Model, &Predictions),
        Divided { corpus, partition }: Divided<'_>,
    ) -> Vec<LabelledPrediction> {
        let mut labelled = Vec::new();
        for &KnownTask { task, column } in &self.tasks {
            for (place, &row) in self.rows.iter().enumerate() {
                let part = partition.part(row, task);
                if !self.parts.contains(&part) {
                    continue;
                }
                let prediction = values.at(place, column);
                labelled.push(LabelledPrediction {
                    row,
                    task,
                    part,
                    truth: corpus.label(row, task),
                    prediction,
                    bar: model.error_bar(column, prediction, COVERAGE),
                });
            }
        }
        labelled
    }
}

/// Scores of the predictions of one task and part.
pub fn scores(predictions: &[LabelledPrediction], task: usize, part: Part) -> Scores {
    let both = |found: &LabelledPrediction| (found.truth, found.prediction.mean());
    let (truth, predicted): (Vec<f64>, Vec<f64>) =
        of_part(predictions, task, part).map(both).unzip();
    Scores::of(&truth, &predicted)
}

/// What `metrics.json` says of one part of one task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartMetrics {
    /// Root mean squared error, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
    /// Mean absolute error, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub mae: f64,
    /// Coefficient of determination.
    #[serde(deserialize_with = "number_or_nan")]
    pub r2: f64,
    /// Pearson's correlation.
    #[serde(deserialize_with = "number_or_nan")]
    pub pearson: f64,
    /// Number of rows.
    pub n: usize,
}

impl From<Scores> for PartMetrics {
    fn from(scores: Scores) -> Self {
        Self {
            rmse: scores.rmse,
            mae: scores.mae,
            r2: scores.r2,
            pearson: scores.pearson,
            n: scores.n,
        }
    }
}

/// What `metrics.json` says of one task; a part without rows is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskMetrics {
    /// Training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<PartMetrics>,
    /// Validation rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val: Option<PartMetrics>,
    /// Test rows, of the target alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PartMetrics>,
}

impl TaskMetrics {
    /// The parts there are, with their names.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, PartMetrics)> {
        let metrics = [self.train, self.val, self.test];
        let parts = PARTS.into_iter().zip(metrics);
        parts.filter_map(|(part, metrics)| Some((part.name(), metrics?)))
    }
}

/// The content of `metrics.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Name of the target task.
    pub target: String,
    /// Scores per task and part.
    pub tasks: BTreeMap<String, TaskMetrics>,
    /// Epochs trained.
    pub epochs: usize,
    /// Did every labelled row train, so that none could be scored?
    #[serde(rename = "final", default, skip_serializing_if = "std::ops::Not::not")]
    pub final_run: bool,
    /// The inner validation by which length, or method, were chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<InnerValidation>,
    /// What was done to the target's training labels on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corruption: Option<CorruptedLabels>,
    /// What the Gaussian process that reads the model expects of its errors, and what they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout: Option<ReadoutMetrics>,
}

/// What `metrics.json` says of a Gaussian process for the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadoutMetrics {
    /// The error expected of new rows: that of rows left out.
    #[serde(deserialize_with = "number_or_nan")]
    pub expected_rmse: f64,
    /// How the errors are expected and what they come from, in sentences.
    pub notes: Vec<String>,
    /// What the intervals of [`COVERAGE`] are worth on the test rows; none without such rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<UncertaintyScores>,
}

impl ReadoutMetrics {
    /// Metrics of the Gaussian process that reads a model; none where none does.
    pub fn of(model: &Model, predictions: &[LabelledPrediction], target: usize) -> Option<Self> {
        let readout = model.readout()?;
        Some(Self {
            expected_rmse: readout.expected_rmse(),
            notes: readout.sentences(),
            test: UncertaintyScores::of_test(predictions, target),
        })
    }

    /// The notes, and what the intervals came to on the test rows.
    pub fn sentences(&self) -> Vec<String> {
        let of_test = self.test.as_ref().map(UncertaintyScores::sentence);
        self.notes.iter().cloned().chain(of_test).collect()
    }
}

/// Labels that were corrupted on purpose; scores are taken against the right ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorruptedLabels {
    /// Which share of the target's training labels, and by how much.
    #[serde(flatten)]
    pub corruption: Corruption,
    /// How many labels.
    pub rows: usize,
}

impl CorruptedLabels {
    /// The labels moved in a run; none where `rows` is 0.
    pub fn of(training: &TrainingConfig, rows: usize) -> Option<Self> {
        (rows > 0).then_some(Self {
            corruption: training.corruption(),
            rows,
        })
    }
}

impl Metrics {
    /// The metrics in the folder of a finished run.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where there are none,
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) for a file of something else.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(METRICS);
        let text = fs::read(&path).map_err(|source| Error::io("read", &path, source))?;
        serde_json::from_slice(&text).map_err(|error| {
            let problem = format!("these are no metrics of geogate ({error})");
            Error::model(&path, problem, "start anew with option `force`")
        })
    }

    /// What was chosen and why, in sentences; none where nothing but the best epoch was.
    pub fn sentences(&self) -> Vec<String> {
        let final_run = self.final_run.then(|| {
            "Every labelled row trained: scores are of training rows, and say nothing of new ones.".to_owned()
        });
        let inner = self.inner.as_ref().map(InnerValidation::sentences);
        let readout = self.readout.as_ref().map(ReadoutMetrics::sentences);
        let chosen = inner.into_iter().chain(readout).flatten();
        chosen.chain(final_run).collect()
    }

    /// Scores of `predictions`, whose tasks are those of `corpus`.
    pub fn of(predictions: &[LabelledPrediction], corpus: &Corpus, epochs: usize) -> Self {
        let part = |task, part| {
            let scores = scores(predictions, task, part);
            (scores.n > 0).then(|| scores.into())
        };
        let tasks = (0..corpus.tasks.len())
            .filter(|&task| predictions.iter().any(|prediction| prediction.task == task))
            .map(|task| {
                let metrics = TaskMetrics {
                    train: part(task, Part::Train),
                    val: part(task, Part::Val),
                    test: part(task, Part::Test),
                };
                (corpus.tasks[task].clone(), metrics)
            })
            .collect();
        Self {
            target: corpus.tasks[corpus.target].clone(),
            tasks,
            epochs,
            final_run: false,
            inner: None,
            corruption: None,
            readout: None,
        }
    }
}

/// `history.csv`: `epoch,lr`, a column per loss term, then per reading, `val_rmse`; where there is
/// pre-training, a column `stage` that names it, and blanks for terms that a stage does not have.
pub fn history_csv(history: &[EpochRecord]) -> Vec<u8> {
    let numbers = |record: &EpochRecord| [&record.losses[..], &record.readings].concat();
    let terms = distinct(history.iter().flat_map(numbers).map(|(term, _)| term));
    let several = history.iter().any(|record| record.pretraining);
    let stage = several.then(|| "stage".to_owned());
    let header = ["epoch".to_owned(), "lr".to_owned()]
        .into_iter()
        .chain(terms.iter().cloned())
        .chain(["val_rmse".to_owned()])
        .chain(stage);
    let rows = history.iter().map(|record| {
        let found = numbers(record);
        let of_term = |term: &String| {
            let value = found.iter().find(|(name, _)| name == term);
            value.map_or(String::new(), |(_, value)| number(*value))
        };
        let stage = if record.pretraining {
            "pretraining"
        } else {
            "training"
        };
        [record.epoch.to_string(), number(record.learning_rate)]
            .into_iter()
            .chain(terms.iter().map(of_term))
            .chain([number(record.val_rmse)])
            .chain(several.then(|| stage.to_owned()))
            .collect::<Vec<_>>()
    });
    table_csv(header, rows)
}

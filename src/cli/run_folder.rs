//! The files of a finished run, and its table on stdout.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::table::{TextTable, grouped};
use crate::data::Corpus;
use crate::error::Result;
use crate::evaluate::outcome::{
    CorruptedLabels, LabelledPrediction, Metrics, history_csv, predictions,
};
use crate::evaluate::prediction_file::predictions_csv;
use crate::files::names::{CONFIG, HISTORY, METRICS, PREDICTIONS, REPORT, TIMING};
use crate::files::{OutputFolder, write_atomically, write_json};
use crate::report::run::RunReport;
use crate::report::short;
use crate::train::Fitted;
use crate::train::config::RunConfig;

/// A fitted model with what it says of the labelled rows.
pub(super) struct FinishedRun<'a> {
    pub(super) config: &'a RunConfig,
    pub(super) corpus: &'a Corpus,
    pub(super) fitted: &'a Fitted,
    pub(super) predictions: Vec<LabelledPrediction>,
    pub(super) metrics: Metrics,
}

/// Wall-clock times of a run: `timing.json`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Timing {
    /// Reading the tables and making the split.
    pub(super) read_seconds: f64,
    /// Training.
    pub(super) train_seconds: f64,
    /// Predicting the labelled rows.
    pub(super) predict_seconds: f64,
    /// Optimiser steps of the whole run, earlier sessions included.
    pub(super) steps: u64,
    /// Threads of the pool.
    pub(super) threads: usize,
}

impl<'a> FinishedRun<'a> {
    /// Predicts and scores the labelled rows.
    pub(super) fn new(
        config: &'a RunConfig,
        corpus: &'a Corpus,
        fitted: &'a Fitted,
    ) -> Result<Self> {
        let predictions = predictions(&fitted.model, corpus, &fitted.partition)?;
        let metrics = Metrics {
            whole: fitted.partition.is_whole(),
            inner: fitted.inner.clone(),
            corruption: CorruptedLabels::of(&config.training, fitted.corrupted),
            ..Metrics::of(&predictions, corpus, fitted.epochs)
        };
        Ok(Self {
            config,
            corpus,
            fitted,
            predictions,
            metrics,
        })
    }

    /// Writes every file of the run; `remarks` are paragraphs for the report. The metrics come
    /// last: with them the run is finished.
    pub(super) fn write(
        &self,
        folder: &OutputFolder,
        timing: &Timing,
        remarks: &[String],
    ) -> Result<()> {
        let predictions = predictions_csv(&self.predictions, self.corpus);
        let report = RunReport {
            config: self.config,
            model: self.fitted.model.config(),
            corpus: self.corpus,
            metrics: &self.metrics,
            predictions: &self.predictions,
            history: &self.fitted.history,
            best_epoch: self.fitted.best_epoch,
            remarks,
        };
        self.fitted.model.save(folder.path())?;
        write_atomically(&folder.file(HISTORY), &history_csv(&self.fitted.history))?;
        write_atomically(&folder.file(PREDICTIONS), &predictions)?;
        write_atomically(&folder.file(REPORT), report.html().as_bytes())?;
        write_json(&folder.file(TIMING), timing)?;
        write_json(&folder.file(METRICS), &self.metrics)
    }
}

/// The scores of a run as a table, and where its files are.
pub(super) fn summary(metrics: &Metrics, folder: &Path) -> String {
    let mut table = TextTable::new(2, &["task", "part", "rows", "RMSE", "MAE", "R2", "Pearson"]);
    let target = metrics.tasks.get_key_value(&metrics.target);
    let sources = metrics
        .tasks
        .iter()
        .filter(|(name, _)| **name != metrics.target);
    for (name, task) in target.into_iter().chain(sources) {
        for (part, scores) in task.parts() {
            let scored = [scores.rmse, scores.mae, scores.r2, scores.pearson].map(short);
            let named = [name.clone(), part.to_owned(), grouped(scores.n)];
            table.row(named.into_iter().chain(scored));
        }
    }
    let mut text = table.to_string();
    for sentence in metrics.sentences() {
        write!(text, "\n{sentence}\n").expect("text takes every character");
    }
    let folder = folder.display();
    write!(
        text,
        "\nThe target is {}; RMSE and MAE are in the unit of each task's table.\n\
         {folder} holds the model, {METRICS}, {PREDICTIONS}, {HISTORY}, {CONFIG} and {REPORT}.\n",
        metrics.target
    )
    .expect("text takes every character");
    text
}

//! The files of a finished run, and its table on stdout.

use std::fmt::Write;
use std::path::Path;

use super::table::{TextTable, grouped};
use crate::error::Result;
use crate::evaluate::outcome::Metrics;
use crate::evaluate::run::Run;
use crate::files::names::{CONFIG, HISTORY, METRICS, PREDICTIONS, REPORT};
use crate::files::{OutputFolder, write_atomically};
use crate::report::run::RunReport;
use crate::report::short;

/// Writes every file of a run, its page with these paragraphs among them.
pub(super) fn write(run: &Run, folder: &OutputFolder, remarks: &[String]) -> Result<()> {
    let report = RunReport { run, remarks };
    write_atomically(&folder.file(REPORT), report.html().as_bytes())?;
    run.write(folder)
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

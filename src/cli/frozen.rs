//! A task for a model that is trained already: its flags, and what the model has seen of its held-out rows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::flags::parser;
use super::options::{DataFlags, path};
use super::table::grouped;
use crate::data::config::TaskSource;
use crate::data::{Corpus, Part, Partition};
use crate::evaluate::prediction_file;
use crate::files::names::PREDICTIONS;
use crate::molecule::Molecule;

/// A task for a model that is trained already.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Task addition")]
pub(super) struct AdditionFlags {
    /// Add a task to the trained --model instead of training all: its embedding and tasks are frozen, to
    /// the last bit of their predictions, and the new task's networks are trained against them
    #[arg(long = "add-task", value_name = "NAME=FILE[:COLUMN]", value_parser = parser(str::parse::<TaskSource>), requires = "model",
          conflicts_with_all = ["tasks", "wide", "target", "sources", "method"])]
    #[serde(skip)]
    pub(super) task: Option<TaskSource>,

    /// Folder of the trained model (gate, gear, geogate or add-task) that --add-task adds to
    #[arg(long, value_name = "DIR", value_parser = path(), requires = "task")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<PathBuf>,
}

impl AdditionFlags {
    /// The tables: the new task's alone.
    pub(super) fn tables(&self, data: &DataFlags) -> DataFlags {
        let mut data = data.clone();
        if let Some(task) = &self.task {
            data.target = Some(task.name.clone());
            data.tasks = vec![task.clone()];
        }
        data
    }
}

/// A remark on held-out molecules that the frozen model's own tasks trained or validated on, as the
/// `predictions.csv` of its folder lists them: labels of other tasks, which a strict overlap would have kept
/// from it; or why that cannot be told. None where there are none, or no such file.
pub(super) fn seen_by(folder: &Path, corpus: &Corpus, partition: &Partition) -> Option<String> {
    let file = folder.join(PREDICTIONS);
    if !file.exists() {
        return None;
    }
    let rows = match prediction_file::read(&file) {
        Ok(rows) => rows,
        Err(error) => {
            return Some(format!(
                "What the frozen model has learnt from cannot be told: {error}"
            ));
        }
    };
    let learnt = rows.into_iter().filter(|row| row.part != Part::Test);
    let learnt: HashSet<String> = learnt.map(|row| row.identifier).collect();
    let molecules = corpus.inputs.has_molecules();
    let key = |text: String| match molecules {
        true => Molecule::parse(&text).ok().map(|m| m.connectivity_key()),
        false => Some(text),
    };
    let learnt: HashSet<String> = learnt.into_par_iter().filter_map(key).collect();
    let held = [Part::Val, Part::Test].map(|part| partition.rows(corpus.target, part));
    let [val, test] = held.map(|rows| {
        let known = |row: &&usize| learnt.contains(corpus.held_out_key(**row));
        (rows.iter().filter(known).count(), rows.len())
    });
    (val.0 + test.0 > 0).then(|| {
        format!(
            "The frozen model has learnt from {} of the {} test and {} of the {} validation molecules, by labels \
             of its own tasks.",
            grouped(test.0),
            grouped(test.1),
            grouped(val.0),
            grouped(val.1)
        )
    })
}

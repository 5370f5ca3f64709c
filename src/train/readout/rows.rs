//! The rows that a readout learns from, and how they lie on disk.

use std::path::Path;

use crate::data::{Corpus, InputKind, Inputs, Part, Partition};
use crate::error::{Error, Result};
use crate::files::names::READOUT_ROWS;
use crate::files::{number, table_csv, write_atomically};
use crate::train::arrays::checksum;
use crate::train::readout::views::Cell;

/// Rows with the labels that may be learnt from, and by which frame each is left out.
#[derive(Clone, Debug)]
pub(super) struct KnownRows {
    pub(super) inputs: Inputs,
    /// How outputs name a row.
    pub(super) identifiers: Vec<String>,
    /// `[rows][tasks]`, in the tasks' units; NaN where there is none.
    pub(super) labels: Vec<f64>,
    /// Number of tasks.
    pub(super) tasks: usize,
    /// The target among them.
    pub(super) target: usize,
    /// The frame that has not seen the row; none where every one has.
    pub(super) left_out: Vec<Option<usize>>,
    /// Has that frame seen none of the row's labels, or its label of the target alone not?
    pub(super) strict: bool,
}

impl KnownRows {
    /// The rows of a corpus with a label that trains or validates in `whole`; frame q has not seen those that
    /// validate in `folds[q]`. `columns` are the model's tasks.
    pub(super) fn of(
        corpus: &Corpus,
        (whole, folds): (&Partition, &[Partition]),
        columns: &[usize],
        strict: bool,
    ) -> Self {
        let usable =
            |partition: &Partition, row: usize, task: usize| partition.part(row, task).is_known();
        let keep: Vec<bool> = (0..corpus.rows())
            .map(|row| columns.iter().any(|&task| usable(whole, row, task)))
            .collect();
        let rows: Vec<usize> = (0..corpus.rows()).filter(|&row| keep[row]).collect();
        let label = |row: usize, task: usize| match usable(whole, row, task) {
            true => corpus.label(row, task),
            false => f64::NAN,
        };
        let validates = |row: usize, fold: &Partition| fold.part(row, corpus.target) == Part::Val;
        let hidden = |row: usize, fold: &Partition| {
            validates(row, fold)
                || columns
                    .iter()
                    .any(|&task| usable(whole, row, task) && !usable(fold, row, task))
        };
        let target = columns.iter().position(|&task| task == corpus.target);
        Self {
            inputs: corpus.inputs.chosen(&keep),
            identifiers: rows
                .iter()
                .map(|&row| corpus.identifiers[row].clone())
                .collect(),
            labels: rows
                .iter()
                .flat_map(|&row| columns.iter().map(move |&task| label(row, task)))
                .collect(),
            tasks: columns.len(),
            target: target.expect("the target is a task of the model"),
            left_out: rows
                .iter()
                .map(|&row| {
                    // where stereoisomers are in two parts, a row is of that which leaves its own label out
                    let own = folds.iter().position(|fold| validates(row, fold));
                    own.or_else(|| folds.iter().position(|fold| hidden(row, fold)))
                })
                .collect(),
            strict,
        }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.identifiers.len()
    }

    /// The index of every row.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.len()).collect()
    }

    /// The label of a cell, in the task's unit.
    pub(super) fn label(&self, cell: Cell) -> f64 {
        self.labels[cell.row * self.tasks + cell.task]
    }

    /// Every label, task by task.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let of_task = |task| {
            let rows = 0..self.len();
            let cells = rows.map(move |row| Cell { row, task });
            cells.filter(|&cell| !self.label(cell).is_nan())
        };
        (0..self.tasks).flat_map(of_task).collect()
    }

    /// Has frame q seen the label, where there is a frame for each part?
    pub(super) fn sees(&self, q: usize, cell: Cell) -> bool {
        self.hidden_from(cell) != Some(q)
    }

    /// The frame that has not seen the label.
    pub(super) fn hidden_from(&self, cell: Cell) -> Option<usize> {
        self.left_out[cell.row].filter(|_| self.strict || cell.task == self.target)
    }

    /// Writes the rows and returns the digest of their file: what they are, their features, their labels by task, and the frame that left them out.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn save(&self, folder: &Path, tasks: &[String]) -> Result<String> {
        let kind = self.inputs.kind();
        let features = kind.features.iter().map(|name| format!("feature {name}"));
        let labels = tasks.iter().map(|task| format!("label {task}"));
        let header = ["row".to_owned()].into_iter().chain(features).chain(labels);
        let header = header.chain([LEFT_OUT.to_owned()]);
        let rows = (0..self.len()).map(|row| {
            let labels = &self.labels[row * self.tasks..(row + 1) * self.tasks];
            let numbers = self.inputs.features_of(row).iter().chain(labels);
            let fold = self.left_out[row].map_or(String::new(), |fold| fold.to_string());
            let record = [self.identifiers[row].clone()].into_iter();
            record.chain(numbers.map(|x| number(*x))).chain([fold])
        });
        let bytes = table_csv(header, rows);
        write_atomically(&folder.join(READOUT_ROWS), &bytes)?;
        Ok(checksum(&bytes))
    }

    /// Reads them back.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) for a file that is not there, or of something else.
    pub(super) fn load(
        folder: &Path,
        kind: &InputKind,
        (tasks, target): (usize, usize),
        (strict, digest): (bool, &str),
    ) -> Result<Self> {
        let path = folder.join(READOUT_ROWS);
        let bad =
            |problem: String| Error::model(&path, problem, "restore the file, or train again");
        let bytes = crate::train::frame::read(&path)?;
        if checksum(&bytes) != digest {
            let problem =
                "the checksum differs from the one in readout.json: truncated, edited or foreign";
            return Err(bad(problem.to_owned()));
        }
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let (mut identifiers, mut labels, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut left_out = Vec::new();
        let features = kind.features.len();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|error| bad(error.to_string()))?;
            let fault =
                |field: &str| bad(format!("row {index}: `{field}` is not as it was written"));
            if record.len() != 2 + features + tasks {
                return Err(fault(record.as_slice()));
            }
            let number = |field: &str| match field {
                "" => Ok(f64::NAN),
                field => field.parse().map_err(|_| fault(field)),
            };
            identifiers.push(record[0].to_owned());
            for place in 1..=features {
                values.push(number(&record[place])?);
            }
            for place in 0..tasks {
                labels.push(number(&record[1 + features + place])?);
            }
            let fold = &record[1 + features + tasks];
            left_out.push(match fold {
                "" => None,
                fold => Some(fold.parse().map_err(|_| fault(fold))?),
            });
        }
        if identifiers.is_empty() {
            return Err(bad("there is no row".to_owned()));
        }
        let inputs = Inputs::of(kind, &identifiers, values);
        let inputs = inputs.map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            inputs,
            identifiers,
            labels,
            tasks,
            target,
            left_out,
            strict,
        })
    }
}

/// The column of the frame that left a row out.
const LEFT_OUT: &str = "left out by frame";

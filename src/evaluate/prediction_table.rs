//! Predictions for a table of new molecules (or feature vectors): every column and row kept, a
//! column per task added, and a reason where a row could not be used.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::outcome::COVERAGE;
use super::prediction_file::{WideRow, WideWriter};
use super::table_evidence::{EvidenceCell, EvidenceColumn, EvidenceColumns};
use crate::data::account::{Reason, Skipped};
use crate::data::rows::{InputColumns, Refusal};
use crate::data::table::{CHUNK_ROWS, Table};
use crate::error::{Error, Result};
use crate::train::{Model, Predictions, Surprise};

/// What is asked for beside the predictions themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// The share of labels that intervals are to hold; of a Gaussian process [`COVERAGE`] where none is given.
    pub coverage: Option<f64>,
    /// Columns with measured values of other tasks.
    pub evidence: Vec<EvidenceColumn>,
}

/// What became of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RowCount {
    /// Rows under the header.
    pub rows: usize,
    /// Rows with predictions.
    pub predicted: usize,
    /// The first row without.
    pub first_failure: Option<Skipped>,
    /// Rows without because a quote in them seems to be left open, so that they may be many.
    pub open_quotes: Vec<Skipped>,
    /// What became of measured values; none where none were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceCount>,
}

/// What became of the measured values of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceCount {
    /// Values that predictions were conditioned on.
    pub used: usize,
    /// Cells that could not be used.
    pub refused: usize,
    /// Values used that are far from what was expected.
    pub surprising: usize,
}

impl TableOptions {
    /// The share of labels that intervals of `model` are to hold; none where it has no intervals.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a share that is none, or one that was given in vain.
    fn coverage(&self, model: &Model) -> Result<Option<f64>> {
        let read = model.readout().is_some();
        match self.coverage {
            None => Ok(read.then_some(COVERAGE)),
            Some(share) if !(share > 0.0 && share < 1.0) => Err(Error::usage(
                format!("option `coverage` is {share}"),
                "it is the share of labels that an interval is to hold, above 0 and below 1, such as 0.9",
            )),
            Some(_) if !read => Err(Error::usage(
                "option `coverage`: a network's head reads this model, and it gives no intervals",
                "train with option `head` = gp, or leave option `coverage` out",
            )),
            share => Ok(share),
        }
    }
}

/// Predicts every row of the CSV file `input` and writes it to `output`: the input's columns as they
/// are, a column per task of the model in the task's unit, and `error`. For a model that a Gaussian process reads there
/// are standard deviation, interval and trust behind each task, the nearest labelled row of the target, and remarks:
/// see [`WideWriter::new`]. A column named like one of the table gets `_predicted` behind its name.
///
/// Rows are read, predicted and written by the thousand: memory does not grow with the table.
///
/// # Errors
/// [`ErrorKind::Table`](crate::error::ErrorKind::Table) for a table without header, rows or the model's columns;
/// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for options that the model has no use for;
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where reading or writing fails. A row that cannot be used is none.
pub fn predict_table(
    model: &Model,
    input: &Path,
    options: &TableOptions,
    output: impl Write,
) -> Result<RowCount> {
    let coverage = options.coverage(model)?;
    let mut table = Table::open(input)?;
    let columns = InputColumns::of(&table, &model.inputs())?;
    let evidence = EvidenceColumns::of(&options.evidence, model, &table)?;
    let (header, tasks) = (table.header(), model.tasks());
    let mut writer = WideWriter::new(output, header, tasks, coverage.is_some())?;
    let mut count = RowCount {
        evidence: (!options.evidence.is_empty()).then(EvidenceCount::default),
        ..RowCount::default()
    };
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        let read = columns.read(&rows);
        let places: Vec<usize> = (0..read.inputs.rows()).collect();
        let used = rows.iter().zip(&read.places);
        let used = used.filter_map(|(row, place)| Some((row, *place.as_ref().ok()?)));
        let cells = evidence.cells(used, &columns, model);
        let used = cells.iter().filter_map(|cell| cell.value.as_ref().ok());
        let given: Vec<_> = used.copied().collect();
        let predictions = model.predict_given(&read.inputs, &places, &given)?;
        if let Some(count) = &mut count.evidence {
            count.add(&cells, given.len(), predictions.surprises().len());
        }
        let predicted = PredictedRows {
            model,
            coverage,
            predictions: &predictions,
            cells: &cells,
        };
        for (row, place) in rows.iter().zip(&read.places) {
            count.add(place);
            let found = match place {
                Ok(place) => Ok(predicted.row(*place)),
                Err(refusal) => Err(reason(refusal)),
            };
            writer.row(row.fields(), found.as_ref().map_err(String::as_str))?;
        }
    }
    writer.finish()?;
    match count.rows {
        0 => Err(table.without_rows()),
        _ => Ok(count),
    }
}

/// Some rows with what is predicted of them.
struct PredictedRows<'a> {
    model: &'a Model,
    coverage: Option<f64>,
    predictions: &'a Predictions,
    /// In the order of the rows.
    cells: &'a [EvidenceCell],
}

impl<'a> PredictedRows<'a> {
    fn row(&self, row: usize) -> WideRow<'a> {
        let predictions = self.predictions.row(row);
        let Some(coverage) = self.coverage else {
            return predictions.into();
        };
        let bars = predictions.iter().enumerate();
        let bars = bars.map(|(task, found)| self.model.error_bar(task, *found, coverage));
        WideRow {
            predictions,
            bars: bars.collect(),
            neighbour: self.predictions.neighbour(row),
            remark: self.remark(row),
        }
    }

    /// What is to be known of the predictions of a row.
    fn remark(&self, row: usize) -> String {
        let tasks = self.model.tasks();
        let all = tasks.iter().zip(self.predictions.row(row));
        let unseen = all.filter(|(_, found)| found.uncertainty().is_some_and(|of| of.unseen));
        let unseen: Vec<&str> = unseen.map(|(task, _)| task.as_str()).collect();
        let beyond = match self.model.inputs().molecules {
            true => "the molecules seen",
            false => "the rows seen",
        };
        let beyond = format!(
            "{}: beyond {beyond}: labels hardly reduce the prior variance",
            unseen.join(", ")
        );
        let surprise = |surprise: &Surprise| {
            format!(
                "measured {} is {:.1} standard deviations from what was expected",
                tasks[surprise.task], surprise.deviations
            )
        };
        let surprises = of_row(self.predictions.surprises(), row, |one| one.row);
        let cells = of_row(self.cells, row, |cell| cell.row);
        let remarks = (!unseen.is_empty()).then_some(beyond).into_iter();
        let remarks = remarks.chain(surprises.iter().map(surprise));
        let refused = cells.iter().filter_map(|cell| cell.value.clone().err());
        remarks.chain(refused).collect::<Vec<_>>().join("; ")
    }
}

/// What belongs to a row, of what is in the order of the rows.
fn of_row<T>(all: &[T], row: usize, place: impl Fn(&T) -> usize) -> &[T] {
    let first = all.partition_point(|one| place(one) < row);
    let rest = &all[first..];
    &rest[..rest.partition_point(|one| place(one) == row)]
}

/// Why a row has no prediction, and whether what stands in the output is all of it.
fn reason(refusal: &Skipped) -> String {
    match refusal.reason {
        Reason::FieldCount {
            found, expected, ..
        } if found > expected => {
            format!("{}, the last are left out here", refusal.fault())
        }
        _ => refusal.fault(),
    }
}

impl RowCount {
    fn add(&mut self, place: &Result<usize, Refusal>) {
        self.rows += 1;
        let Err(refusal) = place else {
            self.predicted += 1;
            return;
        };
        if self.first_failure.is_none() {
            self.first_failure = Some(Skipped::clone(refusal));
        }
        if matches!(refusal.reason, Reason::OpenQuote { .. }) {
            self.open_quotes.push(Skipped::clone(refusal));
        }
    }
}

impl EvidenceCount {
    fn add(&mut self, cells: &[EvidenceCell], used: usize, surprising: usize) {
        self.used += used;
        self.refused += cells.len() - used;
        self.surprising += surprising;
    }
}

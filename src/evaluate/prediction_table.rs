//! Predictions for a table of new molecules (or feature vectors): every column and row kept, a
//! column per task added, and a reason where a row could not be used.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::prediction_file::WideWriter;
use crate::data::account::{Reason, Skipped};
use crate::data::rows::{InputColumns, Refusal};
use crate::data::table::{CHUNK_ROWS, Table};
use crate::error::Result;
use crate::train::Model;

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
}

/// Predicts every row of the CSV file `input` and writes it to `output`: the input's columns as they
/// are, a column per task of the model in the task's unit, and `error`. A task named like a column
/// of the table gets `_predicted` behind its name, and so does `error`.
///
/// # Errors
/// [`ErrorKind::Table`](crate::error::ErrorKind::Table) for a table without header, rows or the model's columns;
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where reading or writing fails. A row that cannot be used is none.
pub fn predict_table(model: &Model, input: &Path, output: impl Write) -> Result<RowCount> {
    let mut table = Table::open(input)?;
    let columns = InputColumns::of(&table, &model.inputs())?;
    let mut writer = WideWriter::new(output, table.header(), model.tasks())?;
    let mut count = RowCount::default();
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        let read = columns.read(&rows);
        let places: Vec<usize> = (0..read.inputs.rows()).collect();
        let predictions = model.predict(&read.inputs, &places)?;
        for (row, place) in rows.iter().zip(&read.places) {
            count.add(place);
            let found = match place {
                Ok(place) => Ok(predictions.row(*place)),
                Err(refusal) => Err(reason(refusal)),
            };
            writer.row(row.fields(), found.as_deref().map_err(String::as_str))?;
        }
    }
    writer.finish()?;
    match count.rows {
        0 => Err(table.without_rows()),
        _ => Ok(count),
    }
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

//! Predictions for a table of new molecules (or feature vectors): every column and row kept, a
//! column per task added, and a reason where a row could not be used.

use std::io::Write;
use std::path::Path;

use csv::{ByteRecord, Writer};
use serde::Serialize;

use super::outcome::number;
use crate::data::account::{Reason, Skipped};
use crate::data::rows::{InputColumns, Refusal};
use crate::data::table::{Row, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::train::TrainedModel;

/// Rows read, predicted and written at a time: memory does not grow with the table.
const CHUNK: usize = 4096;
/// Name of the column with reasons.
const ERROR_COLUMN: &str = "error";

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
/// [`ErrorKind::Table`] for a table without header, rows or the model's columns;
/// [`ErrorKind::Io`] where reading or writing fails. A row that cannot be used is none.
pub fn predict_table(model: &TrainedModel, input: &Path, output: impl Write) -> Result<RowCount> {
    let mut table = Table::open(input)?;
    let columns = InputColumns::of(&table, &model.inputs())?;
    let (fields, tasks) = (table.header().len(), model.tasks().len());
    let mut writer = Writer::from_writer(output);
    let header = output_header(table.header(), model.tasks());
    writer.write_byte_record(&header).map_err(cannot_write)?;
    let mut count = RowCount::default();
    while let Some(rows) = table.chunk(CHUNK)? {
        let read = columns.read(&rows);
        let places: Vec<usize> = (0..read.inputs.rows()).collect();
        let values = model.predict(&read.inputs, &places)?; // [rows x tasks]
        for (row, place) in rows.iter().zip(&read.places) {
            count.add(place);
            let record = output_row(row, place, &values, (fields, tasks));
            writer.write_byte_record(&record).map_err(cannot_write)?;
        }
    }
    writer
        .flush()
        .map_err(|source| Error::io("write", "the predictions", source))?;
    if count.rows == 0 {
        return Err(ErrorKind::Table {
            file: input.to_path_buf(),
            line: None,
            column: None,
            value: None,
            problem: "there are no rows under the header".to_owned(),
            advice: "add a line for each molecule".to_owned(),
        }
        .into());
    }
    Ok(count)
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

/// The header of the output.
fn output_header(header: &[String], tasks: &[String]) -> ByteRecord {
    let mut names = header.to_vec();
    for name in tasks.iter().map(String::as_str).chain([ERROR_COLUMN]) {
        let mut name = name.to_owned();
        while names.contains(&name) {
            name.push_str("_predicted");
        }
        names.push(name);
    }
    ByteRecord::from(names)
}

/// The row as read, with its predictions or its reason.
fn output_row(
    row: &Row,
    place: &Result<usize, Refusal>,
    values: &[f64],
    (fields, tasks): (usize, usize),
) -> ByteRecord {
    let mut record: ByteRecord = row.fields().take(fields).collect();
    for _ in record.len()..fields {
        record.push_field(b"");
    }
    match place {
        Ok(place) => {
            for value in &values[place * tasks..(place + 1) * tasks] {
                record.push_field(number(*value).as_bytes());
            }
            record.push_field(b"");
        }
        Err(refusal) => {
            for _ in 0..tasks {
                record.push_field(b"");
            }
            let cut = if row.len() > fields {
                ", the last are left out here"
            } else {
                ""
            };
            record.push_field(format!("{}{cut}", refusal.fault()).as_bytes());
        }
    }
    record
}

fn cannot_write(error: csv::Error) -> Error {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => std::io::Error::other(format!("{other:?}")),
    };
    Error::io("write", "the predictions", source)
}

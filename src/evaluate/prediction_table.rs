//! Predictions for a table of new molecules (or feature vectors): every column and row kept, a
//! column per task added, and a reason where a row could not be used.

use std::io::{Read, Write};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Writer};
use rayon::prelude::*;
use serde::Serialize;

use super::outcome::number;
use crate::data::Inputs;
use crate::error::{Error, ErrorKind, Result};
use crate::train::TrainedModel;

#[cfg(feature = "molecule")]
use crate::molecule::MolecularGraph;

/// Rows read, predicted and written at a time: memory does not grow with the table.
const CHUNK: usize = 4096;
/// Name of the column with reasons.
const ERROR_COLUMN: &str = "error";

/// What became of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowCount {
    /// Rows under the header.
    pub rows: usize,
    /// Rows with predictions.
    pub predicted: usize,
    /// Line (header 1) and reason of the first row without.
    pub first_failure: Option<(u64, String)>,
}

/// Where the model's input stands in a row.
enum Columns {
    #[cfg(feature = "molecule")]
    Smiles(usize),
    Numeric {
        names: Vec<String>,
        columns: Vec<usize>,
    },
}

/// The inputs of some rows: those that could be read, and where they go.
struct Batch {
    inputs: Inputs,
    /// Per row: its place among the inputs, or why it has none.
    places: Vec<std::result::Result<usize, String>>,
}

/// Predicts every row of the CSV table `input` (of file `file`, for messages) and writes it to
/// `output`: the input's columns as they are, a column per task of the model in the task's unit,
/// and `error`. A task named like a column of the table gets `_predicted` behind its name, and so
/// does `error`.
///
/// # Errors
/// [`ErrorKind::Table`] for a table without header, rows or the model's columns;
/// [`ErrorKind::Io`] where reading or writing fails. A row that cannot be used is none.
pub fn predict_table(
    model: &TrainedModel,
    input: impl Read,
    file: &Path,
    output: impl Write,
) -> Result<RowCount> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
    let header = header(&mut reader, file)?;
    let columns = Columns::find(model, &header, file)?;
    let mut writer = Writer::from_writer(output);
    let written = output_header(&header, model.tasks());
    writer.write_byte_record(&written).map_err(cannot_write)?;
    let mut count = RowCount::default();
    loop {
        let records = chunk(&mut reader, file)?;
        if records.is_empty() {
            break;
        }
        let batch = columns.batch(&records, header.len());
        let rows: Vec<usize> = (0..batch.inputs.rows()).collect();
        let values = model.predict(&batch.inputs, &rows)?; // [rows x tasks]
        for (record, place) in records.iter().zip(&batch.places) {
            count.add(record, place);
            let row = output_row(record, place, &values, (header.len(), model.tasks().len()));
            writer.write_byte_record(&row).map_err(cannot_write)?;
        }
    }
    writer
        .flush()
        .map_err(|source| Error::io("write", "the predictions", source))?;
    if count.rows == 0 {
        let advice = "give a table with rows under its header";
        return Err(table_error(
            file,
            "there is a header and nothing else",
            advice,
        ));
    }
    Ok(count)
}

impl RowCount {
    fn add(&mut self, record: &ByteRecord, place: &std::result::Result<usize, String>) {
        self.rows += 1;
        match place {
            Ok(_) => self.predicted += 1,
            Err(reason) if self.first_failure.is_none() => {
                let line = record.position().map_or(0, csv::Position::line);
                self.first_failure = Some((line, reason.clone()));
            }
            Err(_) => {}
        }
    }
}

/// The header, its names as text, without a byte-order mark.
fn header(reader: &mut Reader<impl Read>, file: &Path) -> Result<Vec<String>> {
    let record = reader
        .byte_headers()
        .map_err(|error| cannot_read(error, file))?;
    let mut names: Vec<String> = record
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    if let Some(first) = names.first_mut() {
        *first = first.trim_start_matches('\u{feff}').to_owned();
    }
    if names.is_empty() {
        let advice = "give a CSV table whose first line names its columns";
        return Err(table_error(file, "the file is empty", advice));
    }
    Ok(names)
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
    record: &ByteRecord,
    place: &std::result::Result<usize, String>,
    values: &[f64],
    (fields, tasks): (usize, usize),
) -> ByteRecord {
    let mut row: ByteRecord = record.iter().take(fields).collect();
    for _ in row.len()..fields {
        row.push_field(b"");
    }
    match place {
        Ok(place) => {
            for value in &values[place * tasks..(place + 1) * tasks] {
                row.push_field(number(*value).as_bytes());
            }
            row.push_field(b"");
        }
        Err(reason) => {
            for _ in 0..tasks {
                row.push_field(b"");
            }
            row.push_field(reason.as_bytes());
        }
    }
    row
}

/// The next rows, at most [`CHUNK`].
fn chunk(reader: &mut Reader<impl Read>, file: &Path) -> Result<Vec<ByteRecord>> {
    let rows = reader.byte_records().take(CHUNK);
    rows.collect::<std::result::Result<_, _>>()
        .map_err(|error| cannot_read(error, file))
}

impl Columns {
    /// The columns the model reads.
    fn find(model: &TrainedModel, header: &[String], file: &Path) -> Result<Self> {
        let column = |name: &str| {
            let mut places = (0..header.len()).filter(|&place| header[place] == name);
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                (None, _) => Err(table_error(
                    file,
                    &format!(
                        "there is no column `{name}`; there are `{}`",
                        header.join("`, `")
                    ),
                    "the model needs the columns it was trained on, named alike",
                )),
                (Some(_), Some(_)) => Err(table_error(
                    file,
                    &format!("there are several columns `{name}`"),
                    "rename all but one",
                )),
            }
        };
        let names: Vec<String> = model
            .features()
            .iter()
            .map(|name| name.to_string())
            .collect();
        #[cfg(feature = "molecule")]
        if names.is_empty() {
            return Ok(Self::Smiles(column("smiles")?));
        }
        let columns = names
            .iter()
            .map(|name| column(name))
            .collect::<Result<_>>()?;
        Ok(Self::Numeric { names, columns })
    }

    /// The inputs of `records`, whose header has `fields` fields.
    fn batch(&self, records: &[ByteRecord], fields: usize) -> Batch {
        match self {
            #[cfg(feature = "molecule")]
            Self::Smiles(column) => {
                let (graphs, places) = read_rows(records, fields, |record| {
                    let smiles = text(record, *column)?;
                    MolecularGraph::parse(smiles.trim()).map_err(|error| error.reason())
                });
                let inputs = Inputs::Molecules(graphs);
                Batch { inputs, places }
            }
            Self::Numeric { names, columns } => {
                let (vectors, places) = read_rows(records, fields, |record| {
                    let named = names.iter().zip(columns);
                    named
                        .map(|(name, &column)| finite(text(record, column)?, name))
                        .collect::<std::result::Result<Vec<f64>, String>>()
                });
                let inputs = Inputs::Numeric {
                    names: names.clone(),
                    values: vectors.concat(),
                };
                Batch { inputs, places }
            }
        }
    }
}

/// What `read` makes of each record, over the thread pool, in the order of the records.
fn read_rows<T: Send>(
    records: &[ByteRecord],
    fields: usize,
    read: impl Fn(&ByteRecord) -> std::result::Result<T, String> + Sync,
) -> (Vec<T>, Vec<std::result::Result<usize, String>>) {
    let results: Vec<_> = records
        .par_iter()
        .map(|record| match record.len() {
            found if found < fields => Err(format!("{found} fields where the header has {fields}")),
            found if found > fields => Err(format!(
                "{found} fields where the header has {fields}, the last are left out here"
            )),
            _ => read(record),
        })
        .collect();
    let mut read = Vec::with_capacity(results.len());
    let places = results
        .into_iter()
        .map(|result| {
            read.push(result?);
            Ok(read.len() - 1)
        })
        .collect();
    (read, places)
}

fn text(record: &ByteRecord, column: usize) -> std::result::Result<&str, String> {
    std::str::from_utf8(&record[column]).map_err(|_| "bytes that are not UTF-8".to_owned())
}

fn finite(text: &str, name: &str) -> std::result::Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("`{name}` is not finite: `{text}`")),
        Err(_) => Err(format!("`{name}` is not a number: `{text}`")),
    }
}

fn table_error(file: &Path, problem: &str, advice: &str) -> Error {
    ErrorKind::Table {
        file: file.to_path_buf(),
        line: None,
        column: None,
        value: None,
        problem: problem.to_owned(),
        advice: advice.to_owned(),
    }
    .into()
}

fn cannot_read(error: csv::Error, file: &Path) -> Error {
    Error::io("read", file, error.into())
}

fn cannot_write(error: csv::Error) -> Error {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => std::io::Error::other(format!("{other:?}")),
    };
    Error::io("write", "the predictions", source)
}

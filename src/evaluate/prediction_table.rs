//! Predictions for a table of new molecules (or feature vectors): every column and row kept, a
//! column per task added, and a reason where a row could not be used.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::prediction_file::WideWriter;
use crate::data::Inputs;
use crate::data::table::{Row, Table};
use crate::error::{ErrorKind, Result};
#[cfg(feature = "molecule")]
use crate::molecule::MolecularGraph;
use crate::train::TrainedModel;

/// Rows read, predicted and written at a time: memory does not grow with the table.
const CHUNK: usize = 4096;

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
pub(super) enum Columns {
    #[cfg(feature = "molecule")]
    Smiles(usize),
    Numeric {
        names: Vec<String>,
        columns: Vec<usize>,
    },
}

/// The inputs of some rows: those that could be read, and where they go.
pub(super) struct Batch {
    pub(super) inputs: Inputs,
    /// Per row: its place among the inputs, or why it has none.
    pub(super) places: Vec<std::result::Result<usize, String>>,
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
    let columns = Columns::find(model, &table)?;
    let fields = table.header().len();
    let mut writer = WideWriter::new(output, table.header(), model.tasks())?;
    let mut count = RowCount::default();
    while let Some(rows) = table.chunk(CHUNK)? {
        let batch = columns.batch(&rows, fields);
        let places: Vec<usize> = (0..batch.inputs.rows()).collect();
        let predictions = model.predict(&batch.inputs, &places)?;
        for (row, place) in rows.iter().zip(&batch.places) {
            count.add(row, place);
            let found = place.as_ref().map(|&place| predictions.row(place));
            writer.row(row.fields(), found.map_err(String::as_str))?;
        }
    }
    writer.finish()?;
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
    fn add(&mut self, row: &Row, place: &std::result::Result<usize, String>) {
        self.rows += 1;
        match place {
            Ok(_) => self.predicted += 1,
            Err(reason) if self.first_failure.is_none() => {
                self.first_failure = Some((row.line(), reason.clone()));
            }
            Err(_) => {}
        }
    }
}

impl Columns {
    /// The columns the model reads.
    pub(super) fn find(model: &TrainedModel, table: &Table) -> Result<Self> {
        let names: Vec<String> = model
            .features()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        #[cfg(feature = "molecule")]
        if names.is_empty() {
            return Ok(Self::Smiles(table.smiles_column()?));
        }
        let columns = names
            .iter()
            .map(|name| table.column(name))
            .collect::<Result<_>>()?;
        Ok(Self::Numeric { names, columns })
    }

    /// The inputs of `rows`, where the header has `fields` fields.
    pub(super) fn batch(&self, rows: &[Row], fields: usize) -> Batch {
        match self {
            #[cfg(feature = "molecule")]
            Self::Smiles(column) => {
                let (graphs, places) = read_rows(rows, fields, |row| {
                    MolecularGraph::parse(text(row, *column)?).map_err(|error| error.reason())
                });
                let inputs = Inputs::Molecules(graphs);
                Batch { inputs, places }
            }
            Self::Numeric { names, columns } => {
                let (vectors, places) = read_rows(rows, fields, |row| {
                    let named = names.iter().zip(columns);
                    named
                        .map(|(name, &column)| finite(text(row, column)?, name))
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

/// What a survey needs beside: inputs that grow, and names.
impl Columns {
    /// The inputs of no row.
    pub(super) fn no_inputs(&self) -> Inputs {
        self.batch(&[], 0).inputs
    }

    /// Puts `more`, of a batch of these columns, behind `inputs`.
    pub(super) fn extend(&self, inputs: &mut Inputs, more: Inputs) {
        match (inputs, more) {
            #[cfg(feature = "molecule")]
            (Inputs::Molecules(graphs), Inputs::Molecules(more)) => graphs.extend(more),
            (Inputs::Numeric { values, .. }, Inputs::Numeric { values: more, .. }) => {
                values.extend(more);
            }
            #[cfg(feature = "molecule")]
            _ => unreachable!("batches of the same columns are of one kind"),
        }
    }

    /// The row's SMILES, or its features joined by `;`.
    pub(super) fn identifier(&self, row: &Row) -> String {
        let columns = match self {
            #[cfg(feature = "molecule")]
            Self::Smiles(column) => std::slice::from_ref(column),
            Self::Numeric { columns, .. } => columns,
        };
        let texts = columns.iter().map(|&column| text(row, column));
        let texts: Vec<&str> = texts.map(|text| text.unwrap_or_default()).collect();
        texts.join(";")
    }
}

/// What `read` makes of each row, over the thread pool, in the order of the rows.
fn read_rows<T: Send>(
    rows: &[Row],
    fields: usize,
    read: impl Fn(&Row) -> std::result::Result<T, String> + Sync,
) -> (Vec<T>, Vec<std::result::Result<usize, String>>) {
    let results: Vec<_> = rows
        .par_iter()
        .map(|row| match row.len() {
            found if found < fields => Err(format!("{found} fields where the header has {fields}")),
            found if found > fields => Err(format!(
                "{found} fields where the header has {fields}, the last are left out here"
            )),
            _ => read(row),
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

fn text(row: &Row, column: usize) -> std::result::Result<&str, String> {
    row.text(column)
        .map_err(|_| "bytes that are not UTF-8".to_owned())
}

fn finite(text: &str, name: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("`{name}` is not finite: `{text}`")),
        Err(_) => Err(format!("`{name}` is not a number: `{text}`")),
    }
}

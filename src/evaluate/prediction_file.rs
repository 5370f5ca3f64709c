//! The columns of files with predictions, by whose names they are read back.
//!
//! | layout | a row for | written by |
//! |---|---|---|
//! | long: [`COLUMNS`] | every label with its prediction | `train`, `compare`, `demo` |
//! | wide: the columns of a table, one per task, [`ERROR`] | every row of the table | `predict` |

use std::io::{self, Write};
use std::path::Path;

use csv::ByteRecord;

use super::outcome::{LabelledPrediction, PARTS, number, table_csv};
use crate::data::{Corpus, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::train::{Absence, Prediction};

/// The molecule as first read, or the features joined by `;`.
pub const SMILES: &str = "smiles";
/// The part of the row for the task: see [`Part::name`].
pub const SPLIT: &str = "split";
/// The task.
pub const TASK: &str = "task";
/// Its label.
pub const TRUTH: &str = "y_true";
/// The mean that the model predicts; blank where there is none.
pub const MEAN: &str = "y_pred";
/// The columns of the long layout in their order; others may follow.
pub const COLUMNS: [&str; 5] = [SMILES, SPLIT, TASK, TRUTH, MEAN];
/// The last column of the wide layout: why a row has no prediction.
pub const ERROR: &str = "error";

/// The long layout; the features beside a molecule follow by their names (with `_feature` behind one that is taken),
/// which tell its rows apart.
pub fn predictions_csv(predictions: &[LabelledPrediction], corpus: &Corpus) -> Vec<u8> {
    let beside = corpus.inputs.has_both();
    let mut header = COLUMNS.map(str::to_owned).to_vec();
    for name in corpus.inputs.feature_names().iter().filter(|_| beside) {
        let mut name = name.clone();
        while header.contains(&name) {
            name.push_str("_feature");
        }
        header.push(name);
    }
    let rows = predictions.iter().map(|labelled| {
        let row = [
            corpus.identifiers[labelled.row].clone(),
            labelled.part.name().to_owned(),
            corpus.tasks[labelled.task].clone(),
            number(labelled.truth),
            number(labelled.prediction.mean()),
        ];
        let features = match beside {
            true => corpus.inputs.features_of(labelled.row),
            false => &[],
        };
        row.into_iter().chain(features.iter().map(|&x| number(x)))
    });
    table_csv(header, rows)
}

/// A row of the long layout.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictionRow {
    /// The molecule, or its features.
    pub identifier: String,
    /// The part it was in: training, validation or test.
    pub part: Part,
    /// The task.
    pub task: String,
    /// Its label.
    pub truth: f64,
    /// The predicted mean; NaN where there is none.
    pub mean: f64,
}

/// Reads a file in the long layout, whatever the order of its columns; columns of other names are left alone.
///
/// # Errors
/// [`ErrorKind::Io`] where the file cannot be read, [`ErrorKind::Table`] where a column is missing or a field is none
/// that this program writes.
pub fn read(path: &Path) -> Result<Vec<PredictionRow>> {
    let bad = |error| cannot("read", path, error);
    let builder = &mut csv::ReaderBuilder::new();
    let mut reader = builder.flexible(true).from_path(path).map_err(bad)?;
    let header = reader.headers().map_err(bad)?;
    let width = header.len();
    let places = COLUMNS.map(|name| header.iter().position(|column| column == name));
    let missing = COLUMNS
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none());
    let missing: Vec<String> = missing.map(|(name, _)| format!("`{name}`")).collect();
    if !missing.is_empty() {
        let problem = format!("the predictions have no column {}", missing.join(", "));
        return Err(fault(path, Some(1), None, problem));
    }
    let places = places.map(Option::unwrap_or_default);
    let rows = reader.records().map(|record| {
        let record = record.map_err(bad)?;
        let fields = places.map(|place| record.get(place).unwrap_or_default());
        row(fields)
            .filter(|_| record.len() == width)
            .ok_or_else(|| {
                let line = record.position().map(csv::Position::line);
                let value = Some(fields.join(","));
                fault(path, line, value, "not a row of predictions".to_owned())
            })
    });
    rows.collect()
}

/// The row with these fields, in the order of [`COLUMNS`].
fn row([identifier, part, task, truth, mean]: [&str; COLUMNS.len()]) -> Option<PredictionRow> {
    Some(PredictionRow {
        identifier: identifier.to_owned(),
        part: PARTS.into_iter().find(|known| known.name() == part)?,
        task: task.to_owned(),
        truth: truth.parse().ok()?,
        mean: match mean {
            "" => f64::NAN,
            mean => mean.parse().ok()?,
        },
    })
}

fn fault(path: &Path, line: Option<u64>, value: Option<String>, problem: String) -> Error {
    ErrorKind::Table {
        file: path.to_path_buf(),
        line,
        column: None,
        value,
        problem,
        advice: "give a file as `geogate train` writes it".to_owned(),
    }
    .into()
}

/// Writes the wide layout, row by row.
pub struct WideWriter<W: Write> {
    writer: csv::Writer<W>,
    /// Columns of the table.
    fields: usize,
    /// Tasks that have a column each.
    tasks: Vec<String>,
}

impl<W: Write> WideWriter<W> {
    /// Begins with the header: that of the table, `tasks` and [`ERROR`], with `_predicted` behind a name that is taken.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where `output` does not take it.
    pub fn new(output: W, header: &[String], tasks: &[String]) -> Result<Self> {
        let mut names = header.to_vec();
        for name in tasks.iter().map(String::as_str).chain([ERROR]) {
            let mut name = name.to_owned();
            while names.contains(&name) {
                name.push_str("_predicted");
            }
            names.push(name);
        }
        let mut wide = Self {
            writer: csv::Writer::from_writer(output),
            fields: header.len(),
            tasks: tasks.to_vec(),
        };
        wide.write(&ByteRecord::from(names))?;
        Ok(wide)
    }

    /// A row as it was read, cut or filled up to the length of the header, with what is predicted of it, task by task,
    /// or why nothing is.
    ///
    /// # Errors
    /// As [`WideWriter::new`].
    pub fn row<'a>(
        &mut self,
        fields: impl Iterator<Item = &'a [u8]>,
        found: std::result::Result<&[Prediction], &str>,
    ) -> Result<()> {
        let mut record: ByteRecord = fields.take(self.fields).collect();
        for _ in record.len()..self.fields {
            record.push_field(b"");
        }
        let predictions = found.unwrap_or_default().iter().map(Prediction::mean);
        let blank = std::iter::repeat(f64::NAN);
        for mean in predictions.chain(blank).take(self.tasks.len()) {
            record.push_field(number(mean).as_bytes());
        }
        let reason = found.map_or_else(str::to_owned, |found| self.reasons(found));
        record.push_field(reason.as_bytes());
        self.write(&record)
    }

    /// Why tasks have no prediction in this row, though they may in others.
    fn reasons(&self, found: &[Prediction]) -> String {
        let named = self.tasks.iter().zip(found);
        let reasons = named.filter_map(|(task, prediction)| {
            let absence = prediction.absence().filter(|a| Absence::is_of_row(*a))?;
            Some(format!("{task}: {absence}"))
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// Ends the table.
    ///
    /// # Errors
    /// As [`WideWriter::new`].
    pub fn finish(mut self) -> Result<()> {
        let done = self.writer.flush();
        done.map_err(|source| Error::io("write", "the predictions", source))
    }

    fn write(&mut self, record: &ByteRecord) -> Result<()> {
        let written = self.writer.write_byte_record(record);
        written.map_err(|error| cannot("write", Path::new("the predictions"), error))
    }
}

fn cannot(action: &'static str, path: &Path, error: csv::Error) -> Error {
    let text = error.to_string();
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        _ => io::Error::other(text),
    };
    Error::io(action, path, source)
}

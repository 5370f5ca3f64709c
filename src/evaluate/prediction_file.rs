//! The columns of files with predictions, by whose names they are read back.
//!
//! | layout | a row for | written by |
//! |---|---|---|
//! | long: [`COLUMNS`], of a Gaussian process [`BARS`] | every label with its prediction | `train`, `demo` |
//! | the same | of networks' heads every label, of ridge regression and a Gaussian process those of the target | `compare` |
//! | wide: the columns of a table, one per task, [`ERROR`] | every row of the table | `predict` |
//!
//! Numbers are the shortest text that reads back the same; a value that is not there is blank, an open end of an
//! interval `-inf` or `inf`.

use std::io::{self, Write};
use std::path::Path;

use csv::ByteRecord;

use super::outcome::{LabelledPrediction, PARTS, number, table_csv};
use crate::data::{Corpus, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::train::{Absence, ErrorBar, Neighbour, Prediction};

/// The columns of the long layout in their order: the molecule as first read, or the features joined by `;`, the
/// [part](Part::name) of the row for the task, the task, its label, and the mean that is predicted, blank where there is
/// none. Others may follow.
pub const COLUMNS: [&str; 5] = ["smiles", "split", "task", "y_true", "y_pred"];
/// The columns behind them in files of a Gaussian process: standard deviation, ends of the interval and trust.
pub const BARS: [&str; 4] = ["sd", "lower", "upper", "trust"];
/// The last column of the wide layout: why a row has no prediction.
pub const ERROR: &str = "error";
/// Columns of the wide layout for a Gaussian process: the target's labelled row nearest to this one, how far it is, and
/// what is to be known of the prediction.
pub const BESIDE: [&str; 3] = ["nearest", "nearest_distance", "remark"];

/// The long layout, with [`BARS`] where any row has an error bar; the features beside a molecule follow by their names
/// (with `_feature` behind one that is taken), which tell its rows apart.
pub fn predictions_csv(predictions: &[LabelledPrediction], corpus: &Corpus) -> Vec<u8> {
    let beside = corpus.inputs.has_both();
    let has_bars = predictions.iter().any(|found| found.bar.is_some());
    let mut header = COLUMNS.map(str::to_owned).to_vec();
    header.extend(
        BARS.iter()
            .filter(|_| has_bars)
            .map(|&name| name.to_owned()),
    );
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
        let bar = has_bars.then(|| bar_fields(labelled.bar.as_ref()));
        row.into_iter()
            .chain(bar.into_iter().flatten())
            .chain(features.iter().map(|&x| number(x)))
    });
    table_csv(header, rows)
}

/// An error bar in the order of [`BARS`]; blanks without one.
fn bar_fields(bar: Option<&ErrorBar>) -> [String; BARS.len()] {
    let numbers = bar.map_or([f64::NAN; BARS.len()], |bar| {
        [bar.sd, bar.lower, bar.upper, bar.trust]
    });
    numbers.map(number)
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
    /// Label of the row for the task.
    pub truth: f64,
    /// The predicted mean; NaN where there is none.
    pub mean: f64,
    /// How far off it may be, where the file says so.
    pub bar: Option<ErrorBar>,
}

/// Reads a file in the long layout, whatever the order of its columns; columns of other names are left alone.
///
/// # Errors
/// [`ErrorKind::Io`] where the file cannot be read, [`ErrorKind::Table`] where a column is missing or a field is none
/// that this program writes.
pub fn read(path: &Path) -> Result<Vec<PredictionRow>> {
    let bad = |error| csv_error("read", path, error);
    let builder = &mut csv::ReaderBuilder::new();
    let mut reader = builder.flexible(true).from_path(path).map_err(bad)?;
    let header = reader.headers().map_err(bad)?;
    let width = header.len();
    let place = |name| header.iter().position(|column| column == name);
    let places = COLUMNS.map(place);
    let bars: Option<Vec<usize>> = BARS.map(place).into_iter().collect();
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
        let field = |place: usize| record.get(place).unwrap_or_default();
        let fields = places.map(field);
        let bar = bars.iter().flatten().map(|&place| field(place));
        row(fields, &bar.collect::<Vec<_>>())
            .filter(|_| record.len() == width)
            .ok_or_else(|| {
                let line = record.position().map(csv::Position::line);
                let value = Some(fields.join(","));
                fault(path, line, value, "not a row of predictions".to_owned())
            })
    });
    rows.collect()
}

/// The row with these fields, in the order of [`COLUMNS`] and of [`BARS`].
fn row(
    [identifier, part, task, truth, mean]: [&str; COLUMNS.len()],
    bar: &[&str],
) -> Option<PredictionRow> {
    let number = |field: &str| match field {
        "" => Some(f64::NAN),
        field => field.parse().ok(),
    };
    Some(PredictionRow {
        identifier: identifier.to_owned(),
        part: PARTS.into_iter().find(|known| known.name() == part)?,
        task: task.to_owned(),
        truth: truth.parse().ok()?,
        mean: number(mean)?,
        bar: match *bar {
            [sd, lower, upper, trust] if !sd.is_empty() => Some(ErrorBar {
                sd: number(sd)?,
                lower: number(lower)?,
                upper: number(upper)?,
                trust: number(trust)?,
            }),
            _ => None,
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
    /// Are there columns for error bars, [`BESIDE`] among them?
    has_bars: bool,
}

/// What is said of a row of the wide layout.
#[derive(Clone, Debug, Default)]
pub struct WideRow<'a> {
    /// By task.
    pub predictions: &'a [Prediction],
    /// By task; empty where there are no columns for them.
    pub bars: Vec<Option<ErrorBar>>,
    /// The target's labelled row that is nearest.
    pub neighbour: Option<&'a Neighbour>,
    /// What is to be known of the prediction; blank where it is nothing.
    pub remark: String,
}

impl<'a> From<&'a [Prediction]> for WideRow<'a> {
    fn from(predictions: &'a [Prediction]) -> Self {
        Self {
            predictions,
            ..Self::default()
        }
    }
}

impl<W: Write> WideWriter<W> {
    /// Begins with the header: that of the table, `tasks` and [`ERROR`], with `_predicted` behind a name that is taken.
    /// With error bars, there are behind each task NAME the columns NAME_sd, NAME_lower, NAME_upper and NAME_trust, and
    /// before [`ERROR`] those of [`BESIDE`].
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where `output` does not take it.
    pub fn new(output: W, header: &[String], tasks: &[String], has_bars: bool) -> Result<Self> {
        let of_task = |task: &String| {
            let bars = BARS.iter().filter(|_| has_bars);
            let bars = bars.map(|bar| format!("{task}_{bar}"));
            [task.clone()].into_iter().chain(bars).collect::<Vec<_>>()
        };
        let beside = BESIDE.iter().filter(|_| has_bars).chain([&ERROR]);
        let beside = beside.map(|&name| name.to_owned());
        let mut names = header.to_vec();
        for mut name in tasks.iter().flat_map(of_task).chain(beside) {
            while names.contains(&name) {
                name.push_str("_predicted");
            }
            names.push(name);
        }
        let mut wide = Self {
            writer: csv::Writer::from_writer(output),
            fields: header.len(),
            tasks: tasks.to_vec(),
            has_bars,
        };
        wide.write(&ByteRecord::from(names))?;
        Ok(wide)
    }

    /// A row as it was read, cut or filled up to the length of the header, with what is predicted of it, or why nothing
    /// is.
    ///
    /// # Errors
    /// As [`WideWriter::new`].
    pub fn row<'a>(
        &mut self,
        fields: impl Iterator<Item = &'a [u8]>,
        found: std::result::Result<&WideRow<'_>, &str>,
    ) -> Result<()> {
        let mut record: ByteRecord = fields.take(self.fields).collect();
        for _ in record.len()..self.fields {
            record.push_field(b"");
        }
        let nothing = WideRow::default();
        let said = found.unwrap_or(&nothing);
        for task in 0..self.tasks.len() {
            let mean = said
                .predictions
                .get(task)
                .map_or(f64::NAN, Prediction::mean);
            record.push_field(number(mean).as_bytes());
            if self.has_bars {
                let bar = said.bars.get(task).and_then(Option::as_ref);
                bar_fields(bar)
                    .iter()
                    .for_each(|x| record.push_field(x.as_bytes()));
            }
        }
        if self.has_bars {
            let near = said.neighbour;
            let identifier = near.map_or("", |near| near.identifier.as_str());
            let distance = number(near.map_or(f64::NAN, |near| near.distance));
            for field in [identifier, &distance, &said.remark] {
                record.push_field(field.as_bytes());
            }
        }
        let reason = found.map_or_else(str::to_owned, |found| self.reasons(found.predictions));
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
        written.map_err(|error| csv_error("write", Path::new("the predictions"), error))
    }
}

fn csv_error(action: &'static str, path: &Path, error: csv::Error) -> Error {
    let text = error.to_string();
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        _ => io::Error::other(text),
    };
    Error::io(action, path, source)
}

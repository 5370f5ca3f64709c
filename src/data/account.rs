//! What became of the rows of the tables: nothing is left out without an entry here.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// What was read, left out and merged, table by table and task by task.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Account {
    /// The tables in the order they were read.
    pub tables: Vec<TableAccount>,
    /// The tasks in the order of the corpus.
    pub tasks: Vec<TaskAccount>,
}

/// What became of the rows of one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TableAccount {
    /// The file.
    pub file: PathBuf,
    /// Rows under the header, empty lines not counted.
    pub rows: usize,
    /// Rows that gave at least one label.
    pub used: usize,
    /// Rows and labels left out, in the order of the file.
    pub skipped: Vec<Skipped>,
    /// Columns of a wide table that hold no task, each with the reason.
    pub ignored_columns: Vec<(String, String)>,
}

/// What became of the labels of one task.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskAccount {
    /// Name of the task.
    #[serde(skip)]
    pub name: String,
    /// Index of its table in [`Account::tables`]; none for tasks not read from a file.
    #[serde(skip)]
    pub table: Option<usize>,
    /// The column its labels are read from.
    pub column: String,
    /// Labels read.
    pub labels: usize,
    /// Molecules (or feature vectors) with a label, after merging.
    pub molecules: usize,
    /// Molecules that had more than one label, merged by the median.
    pub merged: usize,
    /// The widest ranges of labels among the merged, widest first.
    pub spreads: Vec<LabelSpread>,
    /// Molecules kept by `--max-rows`; equal to `molecules` without it.
    pub kept: usize,
}

/// What to try where a quote swallows rows.
pub(super) const OPEN_QUOTE_ADVICE: &str =
    "close the quote, or double it where it is a character of the text (\"12\"\" pipe\")";

/// A molecule whose labels differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelSpread {
    /// The molecule as first read, and the features it is under.
    pub identifier: String,
    /// Number of labels.
    pub labels: usize,
    /// The lowest label and its line.
    pub min: (f64, u64),
    /// The highest label and its line.
    pub max: (f64, u64),
    /// The median, which stands for the molecule.
    pub median: f64,
}

/// A row or a label that was not used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skipped {
    /// Line of the file, counted from 1 with the header as line 1.
    pub line: u64,
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// Text of the field at fault, shortened.
    pub value: Option<String>,
    /// What is wrong.
    pub reason: Reason,
    /// True where the row was used all the same and only one task's label was left out.
    pub label_only: bool,
}

/// Why a row or a label was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No label in the row.
    NoLabel,
    /// No valid SMILES.
    Smiles {
        /// What is wrong and at which character.
        problem: String,
        /// What to try.
        advice: String,
        /// The text around the fault and a line with a caret below it, where there is a place.
        excerpt: Option<String>,
    },
    /// A blank or a word for "no value" where a SMILES is expected.
    NoSmiles,
    /// Text where a number is expected.
    NotANumber,
    /// A number with commas, of decimals or of thousands: `646,3`.
    DecimalComma,
    /// NaN or an infinite number.
    NotFinite,
    /// A blank, or a word for "no value", where the row needs a number.
    Missing,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// More or fewer fields than the header names.
    FieldCount {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
        /// Last line of the row, where it runs over several: a quote may be left open.
        last_line: Option<u64>,
    },
    /// A quote that seems to be left open: the field runs on over lines that look like rows.
    OpenQuote {
        /// Last line of the field.
        last_line: u64,
        /// Lines it swallows.
        lines: u64,
    },
    /// A split column without `train`, `val` or `test`.
    Part,
    /// An empty group column.
    NoGroup,
    /// The molecule (or feature vector) came before with another part or group.
    Contradiction {
        /// The part or group of the earlier row.
        before: String,
        /// Line of the earlier row.
        line: u64,
    },
}

impl Reason {
    /// The heading under which such rows are counted.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::NoLabel => "no label",
            Self::Smiles { .. } => "invalid SMILES",
            Self::NoSmiles => "no SMILES",
            Self::NotANumber => "text where a number is expected",
            Self::DecimalComma => "comma in a number",
            Self::NotFinite => "infinite number",
            Self::Missing => "missing feature",
            Self::NotUtf8 => "bytes that are not UTF-8",
            Self::FieldCount { .. } => "wrong number of fields",
            Self::OpenQuote { .. } => "quote left open",
            Self::Part => "split column without train, val or test",
            Self::NoGroup => "empty group column",
            Self::Contradiction { .. } => "contradiction with an earlier row of the same input",
        }
    }

    /// True for what is wrong with a row; a missing label is none: it is reported, never an error.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::NoLabel)
    }

    /// What to try.
    fn advice(&self) -> &str {
        match self {
            Self::NoLabel => "give the row a number",
            Self::Smiles { advice, .. } => advice,
            Self::NoSmiles => "give the row a SMILES",
            Self::NotANumber => "write a number with a decimal point, or leave the field empty",
            Self::DecimalComma => {
                "write numbers with a decimal point, and thousands without a mark"
            }
            Self::NotFinite => "write a finite number, or leave the field empty",
            Self::Missing => "give every feature of the row a number",
            Self::NotUtf8 => "save the table as UTF-8",
            Self::FieldCount { .. } => {
                "write decimals with a point, quote fields that hold commas, and check that every quote is closed"
            }
            Self::OpenQuote { .. } => OPEN_QUOTE_ADVICE,
            Self::Part => {
                "write train, val or test (training, validation, dev, hold-out and the like are known too)"
            }
            Self::NoGroup => "name a group for every row",
            Self::Contradiction { .. } => "give all rows of a molecule the same part and group",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLabel => f.write_str("no label"),
            Self::Smiles { problem, .. } => write!(f, "invalid SMILES: {problem}"),
            Self::NoSmiles => f.write_str("no SMILES"),
            Self::NotANumber => f.write_str("not a number"),
            Self::DecimalComma => f.write_str("a number with a comma"),
            Self::NotFinite => f.write_str("not a finite number"),
            Self::Missing => f.write_str("missing value"),
            Self::NotUtf8 => f.write_str("bytes that are not UTF-8"),
            Self::FieldCount {
                found,
                expected,
                last_line,
            } => {
                write!(f, "{found} fields where the header has {expected}")?;
                match last_line {
                    Some(last) => write!(f, ", and the row runs on to line {last}"),
                    None => Ok(()),
                }
            }
            Self::OpenQuote { last_line, .. } => write!(
                f,
                "a quote that is opened here ends on line {last_line}, and what it holds looks like rows of their own"
            ),
            Self::Part => f.write_str("neither train, val nor test"),
            Self::NoGroup => f.write_str("no group"),
            Self::Contradiction { before, line } => {
                write!(f, "contradicts line {line}, which says `{before}`")
            }
        }
    }
}

impl Skipped {
    /// A row that cannot be used at all.
    pub(super) fn row(
        line: u64,
        column: Option<String>,
        value: Option<String>,
        reason: Reason,
    ) -> Box<Self> {
        Box::new(Self {
            line,
            column,
            value,
            reason,
            label_only: false,
        })
    }

    /// The row as an error, for `--on-bad-row error`.
    pub fn error(&self, file: &Path) -> Error {
        let excerpt = match &self.reason {
            Reason::Smiles { excerpt, .. } => excerpt.as_deref(),
            _ => None,
        };
        let excerpt = excerpt.map(|lines| format!("\n{lines}"));
        ErrorKind::Table {
            file: file.to_path_buf(),
            line: Some(self.line),
            column: self.column.clone(),
            value: self.value.clone(),
            problem: self.reason.to_string(),
            advice: format!(
                "{}, or pass option `on_bad_row` = skip{}",
                self.reason.advice(),
                excerpt.unwrap_or_default()
            ),
        }
        .into()
    }
}

impl Skipped {
    /// What is wrong, without the line: ``column `value`: not a number: `low` ``.
    pub fn fault(&self) -> String {
        let column = self
            .column
            .iter()
            .map(|column| format!("column `{column}`: "));
        let value = self.value.iter().map(|value| format!(": `{value}`"));
        let reason = std::iter::once(self.reason.to_string());
        column.chain(reason).chain(value).collect()
    }
}

impl fmt::Display for Skipped {
    /// ``line 7, column `value`: not a number: `low` ``
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.column.is_some() { "," } else { ":" };
        write!(f, "line {}{separator} {}", self.line, self.fault())
    }
}

impl TableAccount {
    /// Rows that were not used, labels left out of rows that were not counted.
    pub fn skipped_rows(&self) -> usize {
        self.skipped.iter().filter(|skip| !skip.label_only).count()
    }

    /// How often each reason occurs, in the order of first occurrence.
    pub fn reasons(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for heading in self.skipped.iter().map(|skip| skip.reason.heading()) {
            match counts.iter_mut().find(|(name, _)| *name == heading) {
                Some((_, count)) => *count += 1,
                None => counts.push((heading, 1)),
            }
        }
        counts
    }
}

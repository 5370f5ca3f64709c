//! Which tables a run reads and how it divides their rows.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::part::SHARE;
use crate::config::Bounds;
use crate::error::{Error, Result};

/// One task's table: `--task NAME=FILE[:COLUMN]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSource {
    /// Name of the task in options and outputs.
    pub name: String,
    /// The CSV file.
    pub file: PathBuf,
    /// The value column; `value` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// Reads `NAME=FILE[:COLUMN]`: the name ends at the first `=`, and the file at the first `:` before which there is
/// the name of a file that exists, be it the end of the text. If there is none, the file ends with the first `.csv`,
/// `.tsv`, `.txt` or `.parquet` before a `:`; without such an ending at the last `:`, unless a `/` follows it. So a
/// column may have both signs in its name.
///
/// ```
/// use geogate::data::config::TaskSource;
/// let source: TaskSource = "tb=tables/boiling.csv:kelvin".parse()?;
/// assert_eq!(source.name, "tb");
/// assert_eq!(source.file.to_str(), Some("tables/boiling.csv"));
/// assert_eq!(source.column.as_deref(), Some("kelvin"));
/// let source: TaskSource = "s=esol.csv:measured log(solubility:mol/L)".parse()?;
/// assert_eq!(source.column.as_deref(), Some("measured log(solubility:mol/L)"));
/// # Ok::<(), geogate::error::Error>(())
/// ```
///
/// # Errors
/// No `=`, or an empty name, file or column.
impl FromStr for TaskSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        const ADVICE: &str =
            "write NAME=FILE or NAME=FILE:COLUMN, such as tb=boiling_point.csv:value";
        let fault = |problem: &str| Error::usage(format!("`{text}` {problem}"), ADVICE);
        let (name, place) = text.split_once('=').ok_or_else(|| fault("has no `=`"))?;
        let (file, column) = file_and_column(place);
        let name = name.trim();
        if name.is_empty() {
            return Err(fault("names no task before the `=`"));
        }
        if file.is_empty() {
            return Err(fault("names no file after the `=`"));
        }
        if column.is_some_and(|column| column.trim().is_empty()) {
            return Err(fault("names no column after the `:`"));
        }
        Ok(Self {
            name: name.to_owned(),
            file: PathBuf::from(file),
            column: column.map(|column| column.trim().to_owned()),
        })
    }
}

/// `FILE[:COLUMN]` in its parts.
fn file_and_column(place: &str) -> (&str, Option<&str>) {
    const ENDINGS: [&str; 4] = [".csv", ".tsv", ".txt", ".parquet"];
    let colons = || place.match_indices(':').map(|(at, _)| at);
    let whole = || colons().chain([place.len()]);
    let has_ending = |&at: &usize| {
        let file = place[..at].to_ascii_lowercase();
        ENDINGS.iter().any(|ending| file.ends_with(ending))
    };
    let plain = || place.rfind(':').filter(|&at| !place[at..].contains('/'));
    let end = whole()
        .find(|&at| Path::new(&place[..at]).is_file())
        .or_else(|| colons().find(has_ending))
        .or_else(plain);
    match end {
        Some(end) => (&place[..end], place.get(end + 1..)),
        None => (place, None),
    }
}

impl fmt::Display for TaskSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.file.display())?;
        match &self.column {
            Some(column) => write!(f, ":{column}"),
            None => Ok(()),
        }
    }
}

/// The rows of a task that can be asked for: the most are more than a table has.
pub(super) const ROWS: Bounds = Bounds::from_to(1.0, 1e9);

/// Reads `NAME=N` of `--max-rows`.
///
/// # Errors
/// No `=`, an empty name, several tasks, or a number that is not a whole one from 1 to 10⁹.
pub fn parse_max_rows(text: &str) -> Result<(String, usize), Error> {
    let fault = |problem: &str| {
        let advice = "write NAME=N, such as tc=400, and give option `max_rows` once for each task";
        Error::usage(format!("`{text}` {problem}"), advice)
    };
    let (name, rows) = text.split_once('=').ok_or_else(|| fault("has no `=`"))?;
    match (name.trim(), rows.trim().parse()) {
        ("", _) => Err(fault("names no task before the `=`")),
        (_, Err(_)) if rows.contains('=') => Err(fault("names several tasks")),
        (_, Err(_)) => Err(fault("has no whole number after the `=`")),
        (name, Ok(rows)) => ROWS
            .check_count("max_rows", rows, 400)
            .map(|()| (name.to_owned(), rows)),
    }
}

/// What becomes of a row that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBadRow {
    /// Leave it out, count it, report file, line and reason.
    #[default]
    Skip,
    /// Stop with an error that names it.
    Error,
}

/// Whether a row's molecule is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UseMolecules {
    /// Read where the target's table has a `smiles` column, or no features are named.
    #[default]
    Auto,
    /// Read: every table has a `smiles` column.
    Yes,
    /// Not read: inputs are features alone.
    No,
}

/// Which tables, which columns, which task is the target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// One table per task.
    pub tasks: Vec<TaskSource>,
    /// One wide table whose numeric columns, but for those that name its rows, are tasks (instead of `tasks`).
    pub wide: Option<PathBuf>,
    /// Name of the target task.
    pub target: String,
    /// Source tasks to keep; empty: all, of a wide table every other numeric column that does not name its rows.
    pub sources: Vec<String>,
    /// Numeric feature columns: all of a row, or beside its molecule.
    pub features: Vec<String>,
    /// Whether a row's molecule is read.
    pub molecules: UseMolecules,
    /// Column by which the target's rows are grouped for the `scaffold` split: needed for groups of
    /// numeric tables, and instead of the scaffolds for molecules.
    pub group: Option<String>,
    /// What becomes of a row that cannot be used.
    pub on_bad_row: OnBadRow,
    /// Molecules kept of a task: a sample drawn with the seed from its merged molecules.
    pub max_rows: BTreeMap<String, usize>,
}

impl DataConfig {
    /// The tables.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tasks = self.tasks.iter().map(|task| &*task.file);
        tasks.chain(self.wide.as_deref())
    }
}

/// How the target's test rows are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitName {
    /// Rows in random order.
    Random,
    /// Whole groups: Bemis–Murcko scaffolds, heavy-atom skeletons of acyclic molecules.
    #[default]
    Scaffold,
    /// The tenth of the target's rows with the highest and the tenth with the lowest labels.
    Extrapolate,
}

/// Whether sources may see molecules of the target's validation and test parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// Source rows of these molecules are left out.
    #[default]
    Strict,
    /// Source rows of these molecules are used.
    Shared,
}

impl Overlap {
    /// The name in files: `strict`, `shared`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Shared => "shared",
        }
    }
}

/// How rows are divided into training, validation and test parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// How the target's test rows are chosen.
    pub split: SplitName,
    /// Column of the target's table with `train`, `val` or `test`, which overrides `split`.
    pub split_column: Option<String>,
    /// Share of the target's rows in the test part.
    pub test_fraction: f64,
    /// Share of the remaining rows in the validation part.
    pub val_fraction: f64,
    /// Whether sources may see the target's held-out molecules.
    pub overlap: Overlap,
    /// Seed of the split alone; the run's seed unless given.
    pub split_seed: Option<u64>,
    /// No division: every labelled row of every task trains, for the model that is put to use.
    #[serde(rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub final_run: bool,
}

impl SplitConfig {
    /// The split's name in tables: `column` where a split column decides.
    pub fn name(&self) -> &'static str {
        match (&self.split_column, self.split) {
            (Some(_), _) => "column",
            (None, SplitName::Random) => "random",
            (None, SplitName::Scaffold) => "scaffold",
            (None, SplitName::Extrapolate) => "extrapolate",
        }
    }

    /// Checks that the shares of the parts are shares.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate(&self) -> Result<()> {
        SHARE.check("test_fraction", self.test_fraction, 0.2)?;
        SHARE.check("val_fraction", self.val_fraction, 0.1)
    }
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self {
            split: SplitName::Scaffold,
            split_column: None,
            test_fraction: 0.2,
            val_fraction: 0.1,
            overlap: Overlap::Strict,
            split_seed: None,
            final_run: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_options_read_and_write_alike() {
        for text in [
            "tb=b.csv",
            "tb=b.csv:kelvin",
            "tb=./a:b/c.csv",
            "t=a=b.csv:v",
        ] {
            let source: TaskSource = text.parse().unwrap();
            assert_eq!(source.to_string(), text);
        }
        for (text, file, column) in [
            ("y=no.csv:Tc / K", "no.csv", "Tc / K"),
            ("y=a:b/no.CSV:x:y/z", "a:b/no.CSV", "x:y/z"),
            ("y=no.dat:x", "no.dat", "x"),
        ] {
            let source: TaskSource = text.parse().unwrap();
            assert_eq!(source.file.to_str(), Some(file));
            assert_eq!(source.column.as_deref(), Some(column));
        }
        // a file that exists may have any name
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv:b");
        std::fs::write(&file, "").unwrap();
        for (more, column) in [("", None), (":T / K:x", Some("T / K:x"))] {
            let source: TaskSource = format!("y={}{more}", file.display()).parse().unwrap();
            assert_eq!((&source.file, source.column.as_deref()), (&file, column));
        }
        let odd: TaskSource = "tb=./a:b/c.csv".parse().unwrap();
        assert_eq!((odd.file.to_str(), odd.column), (Some("./a:b/c.csv"), None));
    }

    #[test]
    fn task_options_say_what_is_missing() {
        for (text, word) in [
            ("b.csv", "no `=`"),
            ("=b.csv", "no task"),
            ("tb=", "no file"),
            ("tb=:x", "no file"),
            ("tb=b.csv:", "no column"),
        ] {
            let error = text.parse::<TaskSource>().unwrap_err();
            assert!(error.is_input());
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn row_limits_are_whole_numbers_above_zero() {
        assert_eq!(parse_max_rows("tc=400").unwrap(), ("tc".to_owned(), 400));
        for text in ["tc", "tc=", "tc=0", "tc=-3", "tc=1.5", "=4"] {
            assert!(parse_max_rows(text).is_err(), "{text}");
        }
    }
}

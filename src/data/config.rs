//! Which tables a run reads and how it divides their rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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

/// Which tables, which columns, which task is the target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// One table per task.
    pub tasks: Vec<TaskSource>,
    /// One wide table whose numeric columns are tasks (instead of `tasks`).
    pub wide: Option<PathBuf>,
    /// Name of the target task.
    pub target: String,
    /// Source tasks to keep of a wide table; empty: every other numeric column.
    pub sources: Vec<String>,
    /// Numeric feature columns, used instead of a `smiles` column where not empty.
    pub features: Vec<String>,
    /// Column by which rows of numeric tables are grouped for the `scaffold` split.
    pub group: Option<String>,
    /// What becomes of a row that cannot be used.
    pub on_bad_row: OnBadRow,
    /// Rows kept of a task: a sample drawn with the seed.
    pub max_rows: BTreeMap<String, usize>,
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
    /// The top and the bottom tenth of the target's range.
    Extrapolate,
}

/// Whether sources may see molecules of the target's validation and test parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// They may not: such source rows are left out.
    #[default]
    Strict,
    /// They may.
    Shared,
}

/// How rows are divided into training, validation and test parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// How the target's test rows are chosen.
    pub split: SplitName,
    /// Column with `train`, `val`, `test` that overrides `split`.
    pub split_column: Option<String>,
    /// Share of the target's rows in the test part.
    pub test_fraction: f64,
    /// Share of the remaining rows in the validation part.
    pub val_fraction: f64,
    /// Whether sources may see the target's held-out molecules.
    pub overlap: Overlap,
    /// Seed of the split alone; the run's seed unless given.
    pub split_seed: Option<u64>,
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
        }
    }
}

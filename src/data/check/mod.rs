//! What a run would make of its tables: a dry run without training.

mod columns;
mod text;

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Serialize;

pub use self::columns::TextTable;

use super::account::{Account, TableAccount, TaskAccount};
use super::config::{DataConfig, Overlap, SplitConfig, SplitName};
use super::corpus::Corpus;
use super::part::Part;
use super::partition::Partition;
use super::statistics::{median, robust_deviation};
use crate::error::Result;

/// Robust deviations from the median beyond which a label is called an outlier.
pub const OUTLIER_DEVIATIONS: f64 = 6.0;
/// Outliers named of a column; all are counted.
const NAMED: usize = 5;
/// Most different values that are remarked on.
const FEW_VALUES: usize = 5;

/// What a run would make of its tables. Written out by [`Display`](std::fmt::Display).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Name of the target task.
    pub target: String,
    /// Distinct molecules, or feature vectors, of all tasks.
    pub rows: usize,
    /// True if rows have molecules, be it with numbers beside them; false if they are numbers alone.
    pub molecules: bool,
    /// The tables: rows read, used, left out and why.
    pub tables: Vec<TableAccount>,
    /// The tasks: labels, molecules, range, what is suspicious.
    pub tasks: Vec<TaskCheck>,
    /// The numeric features; empty for molecules alone.
    pub features: Vec<ColumnCheck>,
    /// Every pair of tasks and the molecules they share.
    pub overlaps: Vec<SharedMolecules>,
    /// The groups of the target's molecules; none for numbers without a group column.
    pub groups: Option<GroupCheck>,
    /// The division by the options and the seed.
    pub division: Division,
}

/// What is known of a task before training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskCheck {
    /// The file it is read from; none from memory.
    pub file: Option<PathBuf>,
    /// Labels read, merged and kept.
    #[serde(flatten)]
    pub account: TaskAccount,
    /// Name, range and remarks of the merged labels that are kept.
    pub values: ColumnCheck,
}

/// The range of a column and what is suspicious about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnCheck {
    /// Name of the task or feature.
    pub name: String,
    /// Lowest value, in the unit of the table.
    pub min: f64,
    /// Median.
    pub median: f64,
    /// Highest value.
    pub max: f64,
    /// What is suspicious.
    pub remarks: Vec<Remark>,
}

/// A fact about a column that a careful reader would want to look into.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remark {
    /// Every value is the same.
    Constant,
    /// Only few different values.
    FewValues {
        /// How many.
        distinct: usize,
    },
    /// More than half of the values are the same, so outliers cannot be told.
    MostlyOne {
        /// The value.
        value: f64,
    },
    /// Values far from the median.
    Outliers {
        /// How many are more than [`OUTLIER_DEVIATIONS`] robust deviations (1.4826 times the median
        /// absolute deviation) away.
        count: usize,
        /// The farthest of them: row and value, farthest first.
        farthest: Vec<(String, f64)>,
    },
}

/// Molecules that two tasks have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedMolecules {
    /// One task; the target in its pairs.
    pub task: String,
    /// The other task.
    pub other: String,
    /// Molecules with a label of both.
    pub shared: usize,
    /// Shared molecules over the molecules of `task`.
    pub share: f64,
    /// Shared molecules over the molecules of `other`.
    pub share_of_other: f64,
}

/// The groups of the target's molecules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupCheck {
    /// Number of groups.
    pub count: usize,
    /// Groups of a single molecule.
    pub singletons: usize,
    /// The largest group.
    pub largest: String,
    /// Molecules in it.
    pub largest_size: usize,
}

/// The division of the rows, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Division {
    /// How the target's test rows are chosen.
    pub split: SplitName,
    /// The split column, which overrides `split`.
    pub split_column: Option<String>,
    /// The seed of the division.
    pub seed: u64,
    /// Whether sources may see the target's held-out molecules.
    pub overlap: Overlap,
    /// Parts by task; empty where the rows cannot be divided.
    pub parts: Vec<PartCounts>,
    /// Test rows of the target of whose molecule a stereoisomer, or another condition, is in its training part.
    pub stereo_twins: usize,
    /// Why the rows cannot be divided.
    pub problem: Option<String>,
}

/// How many rows of a task are put to which use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartCounts {
    /// Name of the task.
    pub task: String,
    /// Training rows.
    pub train: usize,
    /// Validation rows.
    pub val: usize,
    /// Test rows; 0 for a source.
    pub test: usize,
    /// Rows a source leaves out under strict overlap.
    pub excluded: usize,
}

impl Check {
    /// Reads the tables of `data` and says what a run with `split` and `seed` would make of them.
    ///
    /// # Errors
    /// As [`Corpus::read`]. Rows that cannot be divided are no error here: see
    /// [`Division::problem`].
    pub fn read(data: &DataConfig, split: &SplitConfig, seed: u64) -> Result<Self> {
        Ok(Self::new(&Corpus::read(data, split, seed)?, split, seed))
    }

    /// What a run with `split` and `seed` would make of `corpus`.
    pub fn new(corpus: &Corpus, split: &SplitConfig, seed: u64) -> Self {
        Self {
            target: corpus.tasks[corpus.target].clone(),
            rows: corpus.rows(),
            molecules: corpus.inputs.has_molecules(),
            tables: corpus.account.tables.clone(),
            tasks: (0..corpus.tasks.len())
                .map(|task| task_check(corpus, task))
                .collect(),
            features: feature_checks(corpus),
            overlaps: overlaps(corpus),
            groups: group_check(corpus),
            division: division(corpus, split, seed),
        }
    }
}

fn task_check(corpus: &Corpus, task: usize) -> TaskCheck {
    let Account { tables, tasks } = &corpus.account;
    let account = &tasks[task];
    let labels = corpus.labelled(task).into_iter();
    let values: Vec<(usize, f64)> = labels.map(|row| (row, corpus.label(row, task))).collect();
    TaskCheck {
        file: account.table.map(|table| tables[table].file.clone()),
        account: account.clone(),
        values: column_check(corpus, &corpus.tasks[task], &values),
    }
}

fn feature_checks(corpus: &Corpus) -> Vec<ColumnCheck> {
    let check = |(column, name): (usize, &String)| {
        let rows = 0..corpus.rows();
        let cells: Vec<(usize, f64)> = rows
            .map(|row| (row, corpus.inputs.features_of(row)[column]))
            .collect();
        column_check(corpus, name, &cells)
    };
    let names = corpus.inputs.feature_names();
    names.iter().enumerate().map(check).collect()
}

/// Range and remarks of the values of some rows.
fn column_check(corpus: &Corpus, name: &str, cells: &[(usize, f64)]) -> ColumnCheck {
    let values: Vec<f64> = cells.iter().map(|cell| cell.1).collect();
    let mut check = ColumnCheck {
        name: name.to_owned(),
        min: values.iter().copied().fold(f64::NAN, f64::min),
        median: median(&values),
        max: values.iter().copied().fold(f64::NAN, f64::max),
        remarks: Vec::new(),
    };
    let deviation = robust_deviation(&values);
    let distinct = values.iter().map(|value| value.to_bits());
    let distinct = distinct.collect::<HashSet<u64>>().len();
    match distinct {
        0 => return check,
        1 => check.remarks.push(Remark::Constant),
        2..=FEW_VALUES if distinct < values.len() => {
            check.remarks.push(Remark::FewValues { distinct });
        }
        _ if deviation == 0.0 => check.remarks.push(Remark::MostlyOne {
            value: check.median,
        }),
        _ => check.remarks.extend(outliers(
            corpus,
            cells,
            check.median,
            OUTLIER_DEVIATIONS * deviation,
        )),
    }
    check
}

fn outliers(
    corpus: &Corpus,
    cells: &[(usize, f64)],
    centre: f64,
    allowance: f64,
) -> Option<Remark> {
    let distance = |cell: &(usize, f64)| (cell.1 - centre).abs();
    let mut far: Vec<&(usize, f64)> = cells
        .iter()
        .filter(|cell| distance(cell) > allowance)
        .collect();
    far.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    let named = far.iter().take(NAMED);
    (!far.is_empty()).then(|| Remark::Outliers {
        count: far.len(),
        farthest: named
            .map(|&&(row, value)| (corpus.name(row), value))
            .collect(),
    })
}

/// Pairs of tasks, those of the target first.
fn overlaps(corpus: &Corpus) -> Vec<SharedMolecules> {
    let order: Vec<usize> = [corpus.target]
        .into_iter()
        .chain(corpus.sources())
        .collect();
    let labelled = |row: usize, task: usize| !corpus.label(row, task).is_nan();
    let count = |uses: &dyn Fn(usize) -> bool| (0..corpus.rows()).filter(|&row| uses(row)).count();
    let mut overlaps = Vec::new();
    for (place, &task) in order.iter().enumerate() {
        let of_task = count(&|row| labelled(row, task));
        for &other in &order[place + 1..] {
            let of_other = count(&|row| labelled(row, other));
            let shared = count(&|row| labelled(row, task) && labelled(row, other));
            overlaps.push(SharedMolecules {
                task: corpus.tasks[task].clone(),
                other: corpus.tasks[other].clone(),
                shared,
                share: shared as f64 / of_task.max(1) as f64,
                share_of_other: shared as f64 / of_other.max(1) as f64,
            });
        }
    }
    overlaps
}

fn group_check(corpus: &Corpus) -> Option<GroupCheck> {
    if !corpus.has_groups() {
        return None;
    }
    let groups = corpus.groups();
    let sizes = groups.sizes();
    // the first of the largest
    let largest = (0..sizes.len()).rev().max_by_key(|&group| sizes[group])?;
    Some(GroupCheck {
        count: sizes.len(),
        singletons: sizes.iter().filter(|&&size| size == 1).count(),
        largest: groups.names[largest].clone(),
        largest_size: sizes[largest],
    })
}

fn division(corpus: &Corpus, split: &SplitConfig, seed: u64) -> Division {
    let mut division = Division {
        split: split.split,
        split_column: split.split_column.clone(),
        seed: split.split_seed.unwrap_or(seed),
        overlap: split.overlap,
        parts: Vec::new(),
        stereo_twins: 0,
        problem: None,
    };
    match Partition::holdout(corpus, split, seed) {
        Ok(partition) => {
            division.parts = part_counts(corpus, &partition);
            division.stereo_twins = stereo_twins(corpus, &partition);
        }
        Err(error) => division.problem = Some(error.to_string()),
    }
    division
}

fn part_counts(corpus: &Corpus, partition: &Partition) -> Vec<PartCounts> {
    let counts = |(task, name): (usize, &String)| PartCounts {
        task: name.clone(),
        train: partition.count(task, Part::Train),
        val: partition.count(task, Part::Val),
        test: partition.count(task, Part::Test),
        excluded: partition.count(task, Part::Excluded),
    };
    corpus.tasks.iter().enumerate().map(counts).collect()
}

fn stereo_twins(corpus: &Corpus, partition: &Partition) -> usize {
    let class = |row: usize| corpus.overlap_classes()[row];
    let train = partition.rows(corpus.target, Part::Train).into_iter();
    let train: HashSet<u32> = train.map(class).collect();
    let test = partition.rows(corpus.target, Part::Test).into_iter();
    test.filter(|&row| train.contains(&class(row))).count()
}

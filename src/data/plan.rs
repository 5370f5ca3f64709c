//! Which tables are read, and which of their columns are tasks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::account::Reason;
use super::cell::{is_missing, number};
use super::config::{DataConfig, ROWS, TaskSource, UseMolecules};
use super::inputs::InputKind;
use super::names::task_index;
use super::table::{CHUNK_ROWS, Row, Table};
use crate::error::{Error, Result};

/// Value column of a `--task` table that names none.
const VALUE_COLUMN: &str = "value";

/// The tables to read and the tasks they hold.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) tasks: Vec<String>,
    pub(super) target: usize,
    pub(super) tables: Vec<TablePlan>,
    /// What every table has of inputs.
    pub(super) inputs: InputKind,
}

/// One table and the tasks it holds.
#[derive(Debug, PartialEq)]
pub(super) struct TablePlan {
    pub(super) file: PathBuf,
    /// Task index and value column.
    pub(super) labels: Vec<(usize, String)>,
    /// A table of several tasks, where an empty field is a missing label.
    pub(super) wide: bool,
    /// Columns that are no task, with the reason.
    pub(super) ignored: Vec<(String, String)>,
}

impl Plan {
    /// # Errors
    /// No table, both kinds of table, names that repeat or do not exist, no target among several
    /// tasks.
    pub(super) fn new(data: &DataConfig, split_column: Option<&str>) -> Result<Self> {
        if let Some(name) = first_repeated(&data.features) {
            let problem = format!("feature `{name}` is named twice");
            return Err(Error::usage(
                problem,
                "name each column once in option `features`",
            ));
        }
        match (&data.wide, data.tasks.is_empty()) {
            (Some(file), true) => Self::of_wide_table(file, data, split_column),
            (None, false) => Self::of_task_tables(data),
            (None, true) => Err(Error::usage(
                "there is no table to read",
                "name one with option `tasks` = NAME=FILE for each task, or one for all with option `wide` = FILE",
            )),
            (Some(_), false) => Err(Error::usage(
                "both option `wide` and option `tasks` are given",
                "keep one of them: option `wide` for a table with a column per task, option `tasks` for a table \
                 per task",
            )),
        }
    }

    fn of_task_tables(data: &DataConfig) -> Result<Self> {
        let all: Vec<String> = data.tasks.iter().map(|task| task.name.clone()).collect();
        if let Some(name) = first_repeated(&all) {
            let problem = format!("task `{name}` is given twice");
            let advice = "give each table a name of its own, or put both into one file";
            return Err(Error::usage(problem, advice));
        }
        let target = all[target_index(&all, &data.target)?].clone();
        for source in &data.sources {
            task_index(&all, source)?;
        }
        let kept: Vec<&TaskSource> = data
            .tasks
            .iter()
            .filter(|task| is_kept(&task.name, &target, &data.sources))
            .collect();
        let tables = kept
            .iter()
            .enumerate()
            .map(|(index, task)| TablePlan {
                file: task.file.clone(),
                labels: vec![(
                    index,
                    task.column.as_deref().unwrap_or(VALUE_COLUMN).to_owned(),
                )],
                wide: false,
                ignored: Vec::new(),
            })
            .collect();
        let of_target = |task: &&&TaskSource| task.name == target;
        let file = &kept
            .iter()
            .find(of_target)
            .expect("the target is kept")
            .file;
        let inputs = input_kind(data, || Ok(Table::open(file)?.find_smiles()))?;
        let tasks = kept.iter().map(|task| task.name.clone()).collect();
        Self::checked((tasks, &target), tables, inputs, data)
    }

    fn of_wide_table(file: &Path, data: &DataConfig, split_column: Option<&str>) -> Result<Self> {
        if data.target.is_empty() {
            return Err(Error::usage(
                "option `wide` needs a target",
                "name the column to predict with option `target` = COLUMN",
            ));
        }
        let table = Table::open(file)?;
        for name in [&data.target].into_iter().chain(&data.sources) {
            table.column(name)?;
        }
        let inputs = input_kind(data, || Ok(table.find_smiles()))?;
        let mut ignored = Vec::new();
        let tasks = if data.sources.is_empty() {
            let mut roles: BTreeSet<&str> = data.features.iter().map(String::as_str).collect();
            roles.extend(data.group.as_deref());
            roles.extend(split_column);
            if inputs.molecules {
                roles.insert(&table.header()[table.molecules(&inputs)?]);
            }
            if roles.contains(data.target.as_str()) {
                let problem = "the target is also an input, the group or the split column";
                return Err(table.problem(
                    format!("{problem}: `{}`", data.target),
                    "name another column with option `target`",
                ));
            }
            let roles = roles.into_iter().map(str::to_owned).collect();
            numeric_columns(table, &roles, &data.target, &mut ignored)?
        } else {
            let header = table.header().iter();
            let kept = header.filter(|name| is_kept(name, &data.target, &data.sources));
            kept.cloned().collect()
        };
        let table = TablePlan {
            file: file.to_path_buf(),
            labels: tasks.iter().cloned().enumerate().collect(),
            wide: true,
            ignored,
        };
        Self::checked((tasks, &data.target), vec![table], inputs, data)
    }

    fn checked(
        (tasks, target): (Vec<String>, &str),
        tables: Vec<TablePlan>,
        inputs: InputKind,
        data: &DataConfig,
    ) -> Result<Self> {
        for (name, &rows) in &data.max_rows {
            task_index(&tasks, name)?;
            ROWS.check_count("max_rows", rows, 400)?;
        }
        if tasks.iter().any(String::is_empty) {
            return Err(Error::usage("a task has no name", "give every task a name"));
        }
        Ok(Self {
            target: task_index(&tasks, target)?,
            tasks,
            tables,
            inputs,
        })
    }
}

/// Which inputs are read: molecules as `data` says, or where the target's table has a column for them or no features are
/// named; and the features.
fn input_kind(
    data: &DataConfig,
    smiles: impl FnOnce() -> Result<Option<usize>>,
) -> Result<InputKind> {
    let molecules = match data.molecules {
        UseMolecules::Yes => true,
        UseMolecules::No if data.features.is_empty() => {
            let problem =
                "option `molecules` = no, and no features are named: there is nothing to read";
            let advice =
                "name numeric columns as option `features`, or leave option `molecules` out";
            return Err(Error::usage(problem, advice));
        }
        UseMolecules::No => false,
        UseMolecules::Auto if data.features.is_empty() => true,
        UseMolecules::Auto => cfg!(feature = "molecule") && smiles()?.is_some(),
    };
    Ok(InputKind {
        molecules,
        features: data.features.clone(),
    })
}

/// The target's index; without a name, the one task there is.
fn target_index(tasks: &[String], target: &str) -> Result<usize> {
    match (target, tasks) {
        ("", [_]) => Ok(0),
        ("", _) => Err(Error::usage(
            "there are several tasks and no target",
            format!(
                "name the one to predict with option `target`, such as option `target` = {}",
                tasks[tasks.len() - 1]
            ),
        )),
        (name, _) => task_index(tasks, name),
    }
}

fn is_kept(name: &str, target: &str, sources: &[String]) -> bool {
    sources.is_empty() || name == target || sources.iter().any(|source| source == name)
}

fn first_repeated(names: &[String]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    names
        .iter()
        .map(String::as_str)
        .find(|name| !seen.insert(*name))
}

/// Words that name a row and not a property, without what is no letter or digit.
const IDENTIFIERS: [&str; 14] = [
    "id",
    "idx",
    "index",
    "row",
    "rowid",
    "rownumber",
    "cid",
    "sid",
    "pubchemcid",
    "pubchemid",
    "molid",
    "moleculeid",
    "molregno",
    "compoundid",
];

/// Is a column's name one for rows, such as `cid` or `Unnamed: 0`?
fn names_rows(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let word: String = letters.flat_map(char::to_lowercase).collect();
    word.starts_with("unnamed") || IDENTIFIERS.contains(&word.as_str())
}

/// Do the fields of a column count the rows, from 0 or 1 up by one?
#[derive(Clone, Copy, Debug)]
struct Count {
    rows: usize,
    last: Option<f64>,
    holds: bool,
}

impl Count {
    const NONE: Self = Self {
        rows: 0,
        last: None,
        holds: true,
    };

    fn see(&mut self, text: &str) {
        let value = text.parse::<f64>().ok();
        let next = match self.last {
            None => value.filter(|value| [0.0, 1.0].contains(value)),
            Some(last) => value.filter(|value| *value == last + 1.0),
        };
        self.holds &= next.is_some();
        (self.last, self.rows) = (value, self.rows + 1);
    }

    /// Three rows may count by chance.
    fn counts(self) -> bool {
        self.holds && self.rows > 3
    }
}

/// What to do to learn from a column all the same.
const LEARN: &str = "name it as a source to learn from it";

/// Columns of a wide table in which at least half of the filled fields are numbers and which do not name their rows,
/// and the target; the others go into `ignored`.
fn numeric_columns(
    mut table: Table,
    roles: &BTreeSet<String>,
    target: &str,
    ignored: &mut Vec<(String, String)>,
) -> Result<Vec<String>> {
    let header = table.header().to_vec();
    let mut filled = vec![0_usize; header.len()];
    let mut numbers = vec![0_usize; header.len()];
    let mut commas = vec![0_usize; header.len()];
    let mut first = Count::NONE;
    let mut count = |row: &Row| {
        for column in 0..row.len().min(header.len()) {
            let text = row.text(column).unwrap_or("bytes");
            filled[column] += usize::from(!is_missing(text));
            numbers[column] += usize::from(number(text).is_ok());
            commas[column] += usize::from(number(text) == Err(Reason::DecimalComma));
            if column == 0 {
                first.see(text);
            }
        }
    };
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        rows.iter().for_each(&mut count);
    }
    let mut tasks = Vec::new();
    for (column, name) in header.into_iter().enumerate() {
        if roles.contains(&name) {
            continue;
        }
        let reason = match (filled[column], numbers[column]) {
            _ if name == target => None,
            _ if name.is_empty() => Some("no name".to_owned()),
            (0, _) => Some("empty".to_owned()),
            (filled, numbers) if 2 * numbers < filled => {
                let commas = match commas[column] {
                    0 => String::new(),
                    commas => format!(", {commas} have a comma where a point is read"),
                };
                Some(format!(
                    "text: {numbers} of {filled} fields are numbers{commas}"
                ))
            }
            _ if names_rows(&name) => Some(format!("a name for rows; {LEARN}")),
            _ if column == 0 && first.counts() => Some(format!("counts the rows; {LEARN}")),
            _ => None,
        };
        match reason {
            None => tasks.push(name),
            Some(reason) => ignored.push((name, reason)),
        }
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(names: &[&str], target: &str, sources: &[&str]) -> DataConfig {
        let task = |name: &&str| format!("{name}={name}.csv").parse().unwrap();
        DataConfig {
            tasks: names.iter().map(task).collect(),
            target: target.to_owned(),
            sources: sources.iter().map(|&name| name.to_owned()).collect(),
            ..DataConfig::default()
        }
    }

    #[test]
    fn tasks_keep_their_order_and_sources_select() {
        let plan = Plan::new(&config(&["a", "b", "c"], "b", &["c"]), None).unwrap();
        assert_eq!(plan.tasks, ["b", "c"]);
        assert_eq!(plan.target, 0);
        assert_eq!(plan.tables[1].labels, [(1, "value".to_owned())]);
        let plan = Plan::new(&config(&["a"], "", &[]), None).unwrap();
        assert_eq!((plan.tasks.len(), plan.target), (1, 0));
    }

    #[test]
    fn contradictions_of_the_options_are_named() {
        let mut both = config(&["a"], "a", &[]);
        both.wide = Some("wide.csv".into());
        let mut sample = config(&["a"], "a", &[]);
        sample.max_rows.insert("b".to_owned(), 3);
        let mut twice = config(&["a"], "a", &[]);
        twice.features = vec!["x".to_owned(), "x".to_owned()];
        for (config, word) in [
            (config(&[], "a", &[]), "no table"),
            (config(&["a", "a"], "a", &[]), "given twice"),
            (config(&["a", "b"], "", &[]), "no target"),
            (config(&["tb", "x_long"], "tc", &[]), "did you mean `tb`?"),
            (config(&["a", "b"], "a", &["zzz"]), "no task `zzz`"),
            (both, "both option `wide` and option `tasks`"),
            (sample, "no task `b`"),
            (twice, "named twice"),
        ] {
            let error = Plan::new(&config, None).unwrap_err();
            assert!(error.is_input());
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

//! A corpus in the making: rows joined by key, repeated labels kept until they are merged.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::account::{Account, LabelSpread, Reason, Skipped, TableAccount, TaskAccount};
use super::corpus::{Corpus, row_name};
use super::entry::Entry;
use super::inputs::{InputKind, Inputs};
use super::part::Part;
use super::rows::Refusal;
use super::statistics::median;
use crate::error::{Error, Result};

/// Spreads kept of a task.
const SPREADS: usize = 10;

/// A label and the line it stands on.
type LabelReading = (f64, u64);

/// A usable row: its place in the corpus or a new one, and its labels.
pub(super) struct Parsed {
    pub(super) line: u64,
    pub(super) place: CorpusRow,
    pub(super) labels: RowLabels,
    pub(super) part: Option<Part>,
    pub(super) group: Option<Group>,
}

/// Which group a row is in.
pub(super) enum Group {
    /// The group column says so.
    Declared(String),
    /// The scaffold or skeleton of its molecule.
    #[cfg(feature = "molecule")]
    Found(String),
}

/// The labels of a usable row.
#[derive(Default)]
pub(super) struct RowLabels {
    /// Task and value; at least one.
    pub(super) used: Vec<(usize, f64)>,
    /// Labels that cannot be used.
    pub(super) skipped: Vec<Skipped>,
}

/// A row of the corpus: one that is there, or one to come with the identifier it brings.
pub(super) enum CorpusRow {
    Known(usize),
    New(Box<Entry>, String),
}

/// A corpus in the making.
pub(super) struct Assembly {
    tasks: Vec<TaskAccount>,
    target: usize,
    pub(super) tables: Vec<TableAccount>,
    places: HashMap<String, usize>,
    overlap: HashMap<String, u32>,
    overlap_classes: Vec<u32>,
    identifiers: Vec<String>,
    keys: Vec<String>,
    inputs: Inputs,
    labels: Vec<f64>,
    /// Line of each label, like `labels`.
    lines: Vec<u64>,
    /// All readings of the labels that were read more than once, by row, for each task.
    repeats: Vec<BTreeMap<usize, Vec<LabelReading>>>,
    parts: BTreeMap<usize, (Part, u64)>,
    groups: BTreeMap<usize, (String, u64)>,
    /// Are the groups those of a group column?
    declared_groups: bool,
}

impl Assembly {
    pub(super) fn new(tasks: Vec<String>, target: usize, kind: &InputKind) -> Self {
        let account = |name| TaskAccount {
            name,
            ..TaskAccount::default()
        };
        Self {
            repeats: vec![BTreeMap::new(); tasks.len()],
            tasks: tasks.into_iter().map(account).collect(),
            target,
            tables: Vec::new(),
            places: HashMap::new(),
            overlap: HashMap::new(),
            overlap_classes: Vec::new(),
            identifiers: Vec::new(),
            keys: Vec::new(),
            inputs: Inputs::none(kind),
            labels: Vec::new(),
            lines: Vec::new(),
            parts: BTreeMap::new(),
            groups: BTreeMap::new(),
            declared_groups: false,
        }
    }

    /// Rows by key.
    pub(super) fn known(&self) -> &HashMap<String, usize> {
        &self.places
    }

    /// Is the group of a row known?
    #[cfg(feature = "molecule")]
    pub(super) fn is_grouped(&self, place: usize) -> bool {
        self.groups.contains_key(&place)
    }

    /// Labels read so far of `task`.
    pub(super) fn label_count(&self, task: usize) -> usize {
        self.tasks[task].labels
    }

    /// Notes the table and column a task comes from.
    pub(super) fn name_source(&mut self, task: usize, table: usize, column: &str) {
        self.tasks[task].table = Some(table);
        self.tasks[task].column = column.to_owned();
    }

    /// Adds a row; hands back the labels it leaves out, or the row where it cannot be used.
    pub(super) fn add(&mut self, row: Parsed) -> Result<Vec<Skipped>, Refusal> {
        let place = match row.place {
            CorpusRow::Known(place) => place,
            CorpusRow::New(entry, identifier) => self.place(*entry, identifier),
        };
        if let Some(part) = row.part {
            let (before, line) = *self.parts.entry(place).or_insert((part, row.line));
            if before != part {
                return Err(contradiction(row.line, part.name(), before.name(), line));
            }
        }
        match row.group {
            None => {}
            #[cfg(feature = "molecule")]
            Some(Group::Found(name)) => {
                self.groups.entry(place).or_insert((name, row.line));
            }
            Some(Group::Declared(name)) => {
                self.declared_groups = true;
                let said = self.groups.entry(place);
                let (before, line) = said.or_insert_with(|| (name.clone(), row.line));
                if *before != name {
                    return Err(contradiction(row.line, &name, before, *line));
                }
            }
        }
        for (task, value) in row.labels.used {
            self.add_label(place, task, (value, row.line));
        }
        Ok(row.labels.skipped)
    }

    /// The row of `entry`, a new one if its key has none.
    pub(super) fn place(&mut self, entry: Entry, identifier: String) -> usize {
        if let Some(&place) = self.places.get(&entry.key) {
            return place;
        }
        let place = self.identifiers.len();
        let class = entry.held_out_key.unwrap_or_else(|| entry.key.clone());
        let next = u32::try_from(self.overlap.len()).expect("fewer rows than 2^32");
        self.overlap_classes
            .push(*self.overlap.entry(class).or_insert(next));
        self.places.insert(entry.key.clone(), place);
        self.keys.push(entry.key);
        self.identifiers.push(identifier);
        self.inputs.push(entry.input);
        let cells = self.labels.len() + self.tasks.len();
        self.labels.resize(cells, f64::NAN);
        self.lines.resize(cells, 0);
        place
    }

    fn add_label(&mut self, place: usize, task: usize, (value, line): LabelReading) {
        let cell = place * self.tasks.len() + task;
        self.tasks[task].labels += 1;
        if self.labels[cell].is_nan() {
            self.labels[cell] = value;
            self.lines[cell] = line;
            return;
        }
        let first = (self.labels[cell], self.lines[cell]);
        let readings = self.repeats[task].entry(place);
        readings.or_insert_with(|| vec![first]).push((value, line));
    }

    /// Merges repeated labels by the median and closes the account.
    pub(super) fn finish(mut self) -> Result<Corpus> {
        let rows = self.identifiers.len();
        let width = self.tasks.len();
        for (task, repeats) in std::mem::take(&mut self.repeats).into_iter().enumerate() {
            let mut spreads = Vec::with_capacity(repeats.len());
            for (place, readings) in repeats {
                let name = row_name(&self.inputs, &self.identifiers, place);
                let spread = spread(name, &readings);
                self.labels[place * width + task] = spread.median;
                spreads.push(spread);
            }
            let labelled = |row: &usize| !self.labels[row * width + task].is_nan();
            let molecules = (0..rows).filter(labelled).count();
            let account = &mut self.tasks[task];
            account.merged = spreads.len();
            account.spreads = widest(spreads);
            account.molecules = molecules;
            account.kept = molecules;
        }
        let mut held_out_keys = vec![String::new(); self.overlap.len()];
        for (key, class) in self.overlap {
            held_out_keys[class as usize] = key;
        }
        Ok(Corpus {
            target: self.target,
            inputs: self.inputs,
            labels: self.labels,
            identifiers: self.identifiers,
            keys: self.keys,
            undrawn: None,
            overlap_classes: self.overlap_classes,
            held_out_keys,
            declared_parts: by_row(rows, self.parts),
            group_names: by_row(rows, self.groups),
            declared_groups: self.declared_groups,
            groups: OnceLock::new(),
            tasks: self.tasks.iter().map(|task| task.name.clone()).collect(),
            account: Account {
                tables: self.tables,
                tasks: self.tasks,
            },
        })
    }
}

impl Corpus {
    /// A corpus of rows from memory.
    #[track_caller]
    pub(super) fn of_entries(
        (tasks, target): (Vec<String>, usize),
        kind: InputKind,
        identifiers: Vec<String>,
        entries: Vec<Entry>,
        labels: Vec<f64>,
    ) -> Result<Self> {
        let (rows, width) = (entries.len(), tasks.len());
        assert!(target < width, "target {target} of {width} tasks");
        assert_eq!(labels.len(), rows * width, "labels of {rows} x {width}");
        let mut assembly = Assembly::new(tasks, target, &kind);
        for (row, (entry, identifier)) in entries.into_iter().zip(identifiers).enumerate() {
            let place = assembly.place(entry, identifier);
            if place < row {
                return Err(Error::usage(
                    format!(
                        "rows {place} and {row} are the same: {}",
                        assembly.keys[place]
                    ),
                    "merge the labels of equal rows before",
                ));
            }
            for task in 0..width {
                let label = labels[row * width + task];
                if label.is_infinite() {
                    let problem = format!("row {row}: the label is {label}");
                    return Err(Error::usage(problem, "leave the label out: NaN is none"));
                }
                if !label.is_nan() {
                    assembly.add_label(place, task, (label, 0));
                }
            }
        }
        assembly.finish()
    }
}

fn contradiction(line: u64, value: &str, before: &str, earlier: u64) -> Refusal {
    let reason = Reason::Contradiction {
        before: before.to_owned(),
        line: earlier,
    };
    Skipped::row(line, None, Some(value.to_owned()), reason)
}

fn spread(identifier: String, readings: &[LabelReading]) -> LabelSpread {
    let mut sorted = readings.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let values: Vec<f64> = sorted.iter().map(|reading| reading.0).collect();
    LabelSpread {
        identifier,
        labels: sorted.len(),
        min: sorted[0],
        max: sorted[sorted.len() - 1],
        median: median(&values),
    }
}

/// The widest of `spreads` whose labels differ, widest first.
fn widest(mut spreads: Vec<LabelSpread>) -> Vec<LabelSpread> {
    spreads.retain(|spread| spread.max.0 > spread.min.0);
    let width = |spread: &LabelSpread| spread.max.0 - spread.min.0;
    spreads.sort_by(|a, b| width(b).total_cmp(&width(a)));
    spreads.truncate(SPREADS);
    spreads
}

/// What was said of some of `rows`; none if of none.
fn by_row<T>(rows: usize, said: BTreeMap<usize, (T, u64)>) -> Option<Vec<Option<T>>> {
    if said.is_empty() {
        return None;
    }
    let mut by_row: Vec<Option<T>> = std::iter::repeat_with(|| None).take(rows).collect();
    for (row, (what, _)) in said {
        by_row[row] = Some(what);
    }
    Some(by_row)
}

//! Reading tables into a corpus: rows parsed over all threads, joined in the order of the file.

use rayon::prelude::*;

use super::account::{Reason, Skipped, TableAccount};
use super::assembly::{Assembly, CorpusRow, Group, Parsed, RowLabels};
use super::config::{DataConfig, OnBadRow, SplitConfig};
use super::corpus::Corpus;
use super::entry::Entry;
use super::part::Part;
use super::plan::{Plan, TablePlan};
use super::rows::{InputColumns, Refusal};
use super::table::{CHUNK_ROWS, Row, Table};
use crate::error::{Error, Result};

impl Corpus {
    /// Reads and joins the tables of `data`; `split` names the split column, if there is one;
    /// `seed` draws the samples of `max_rows`.
    ///
    /// # Errors
    /// Options that contradict each other or name what does not exist; a table that cannot be read
    /// or has no usable label; a row that cannot be used under
    /// [`OnBadRow::Error`](super::config::OnBadRow::Error).
    pub fn read(data: &DataConfig, split: &SplitConfig, seed: u64) -> Result<Self> {
        read(data, split.split_column.as_deref())?.sampled(&data.max_rows, seed)
    }
}

/// Reads the tables of `data` and joins them.
fn read(data: &DataConfig, split_column: Option<&str>) -> Result<Corpus> {
    let plan = Plan::new(data, split_column)?;
    let mut assembly = Assembly::new(plan.tasks.clone(), plan.target, &plan.inputs);
    for (index, table) in plan.tables.iter().enumerate() {
        for (task, column) in &table.labels {
            assembly.name_source(*task, index, column);
        }
        let account = read_table(table, &plan, (data, split_column), &mut assembly)?;
        assembly.tables.push(account);
    }
    assembly.finish()
}

fn read_table(
    plan: &TablePlan,
    run: &Plan,
    (data, split_column): (&DataConfig, Option<&str>),
    assembly: &mut Assembly,
) -> Result<TableAccount> {
    let mut table = Table::open(&plan.file)?;
    let columns = Columns::of(&table, plan, run, (data, split_column))?;
    let mut account = TableAccount {
        file: plan.file.clone(),
        ignored_columns: plan.ignored.clone(),
        ..TableAccount::default()
    };
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        account.rows += rows.len();
        let parsed: Vec<Result<Parsed, Refusal>> = rows
            .par_iter()
            .map(|row| columns.parse(row, assembly))
            .collect();
        for row in parsed {
            match row.and_then(|row| assembly.add(row)) {
                Ok(skipped) => {
                    account.used += 1;
                    account.skipped.extend(skipped);
                }
                Err(refusal) => account.skipped.push(*refusal),
            }
        }
        if data.on_bad_row == OnBadRow::Error
            && let Some(fault) = account.skipped.iter().find(|skip| skip.reason.is_fault())
        {
            return Err(fault.error(&plan.file));
        }
    }
    for (task, column) in &plan.labels {
        if assembly.label_count(*task) == 0 {
            return Err(no_labels(&table, (plan, column), &account));
        }
    }
    Ok(account)
}

/// The error of a table without one usable label in `column`: the first fault of a row, or of this column, is why.
fn no_labels(table: &Table, (plan, column): (&TablePlan, &str), account: &TableAccount) -> Error {
    if account.rows == 0 {
        return table.without_rows();
    }
    let of_another = |skip: &Skipped| {
        let at = |name: &str| skip.column.as_deref() == Some(name);
        !at(column) && plan.labels.iter().any(|(_, label)| at(label))
    };
    let mut faults = account.skipped.iter().filter(|skip| skip.reason.is_fault());
    let problem = format!(
        "none of the {} rows has a usable label in column `{column}`",
        account.rows
    );
    match faults.find(|skip| !of_another(skip)) {
        Some(skip) => table.problem(problem, format!("the first reason is {skip}")),
        None if plan.labels.len() == 1 => {
            table.problem(problem, "every field is empty: name another column")
        }
        // of a row without a usable label the first bad one is kept
        None => table.problem(
            problem,
            "its fields are empty, or in rows whose other labels are bad too: name another column",
        ),
    }
}

/// Where a table holds what.
struct Columns {
    inputs: InputColumns,
    /// Task and column of its labels.
    labels: Vec<(usize, usize)>,
    target: usize,
    part: Option<usize>,
    group: Option<usize>,
    /// Are the target's rows grouped by their molecules?
    by_molecule: bool,
    wide: bool,
}

impl Columns {
    fn of(
        table: &Table,
        plan: &TablePlan,
        run: &Plan,
        (data, split_column): (&DataConfig, Option<&str>),
    ) -> Result<Self> {
        let inputs = InputColumns::of(table, &run.inputs)?;
        let mut labels = Vec::with_capacity(plan.labels.len());
        for (task, name) in &plan.labels {
            let column = table.column(name)?;
            if inputs.contains(column) {
                return Err(table.problem(
                    format!("column `{name}` is both an input and a label"),
                    "name another column, or leave it out of option `features`",
                ));
            }
            labels.push((*task, column));
        }
        let holds_target = labels.iter().any(|&(task, _)| task == run.target);
        let of_target = |name: Option<&str>| match name {
            Some(name) if holds_target => table.column(name).map(Some),
            _ => Ok(None),
        };
        Ok(Self {
            inputs,
            labels,
            target: run.target,
            part: of_target(split_column)?,
            group: of_target(data.group.as_deref())?,
            by_molecule: data.group.is_none() && run.inputs.molecules,
            wide: plan.wide,
        })
    }

    /// Reads a row; `assembly` holds the rows read before.
    fn parse(&self, row: &Row, assembly: &Assembly) -> Result<Parsed, Refusal> {
        self.inputs.check(row)?;
        let labels = self.labels(row);
        let of_target = |labels: &RowLabels| labels.used.iter().any(|used| used.0 == self.target);
        let for_target = labels.as_ref().is_ok_and(of_target);
        let (place, found) = self.place(row, assembly, for_target && self.by_molecule)?;
        let labels = labels?;
        let part = match self.part {
            Some(column) if for_target => Some(self.part(row, column)?),
            _ => None,
        };
        let group = match self.group {
            Some(column) if for_target => match self.inputs.text(row, column)? {
                "" => return Err(self.inputs.fault(row, column, Reason::NoGroup)),
                name => Some(Group::Declared(name.to_owned())),
            },
            _ => found,
        };
        Ok(Parsed {
            line: row.line(),
            place,
            labels,
            part,
            group,
        })
    }

    /// The place of a row, and, where it is `wanted`, the group of its molecule if that is not known.
    fn place(
        &self,
        row: &Row,
        assembly: &Assembly,
        wanted: bool,
    ) -> Result<(CorpusRow, Option<Group>), Refusal> {
        let known = assembly.known();
        let features = self.inputs.features(row)?;
        #[cfg(feature = "molecule")]
        if let Some(text) = self.inputs.smiles(row)? {
            // a text that is the key of a row spells that row's molecule: nothing to parse, but for its group
            let spelled = match features[..] {
                [] => known.get(text),
                _ => known.get(&super::entry::key(Some(text), &features)),
            };
            let wanted = wanted && !spelled.is_some_and(|&place| assembly.is_grouped(place));
            if let (Some(&place), false) = (spelled, wanted) {
                return Ok((CorpusRow::Known(place), None));
            }
            let molecule = crate::molecule::Molecule::parse(text)
                .map_err(|error| self.inputs.smiles_fault(row, &error))?;
            let group = wanted.then(|| Group::Found(molecule.group_key()));
            let key = super::entry::key(Some(&molecule.canonical_smiles()), &features);
            let place = match known.get(&key) {
                Some(&place) => CorpusRow::Known(place),
                None => {
                    let entry = Entry::of_molecule(molecule, features);
                    CorpusRow::New(Box::new(entry), text.to_owned())
                }
            };
            return Ok((place, group));
        }
        #[cfg(not(feature = "molecule"))]
        let _ = wanted; // groups of molecules
        let entry = Entry::of_features(features);
        let place = match known.get(&entry.key) {
            Some(&place) => CorpusRow::Known(place),
            None => {
                let identifier = entry.key.clone();
                CorpusRow::New(Box::new(entry), identifier)
            }
        };
        Ok((place, None))
    }

    /// The labels of a row; a row without a usable one is refused for its first bad label.
    fn labels(&self, row: &Row) -> Result<RowLabels, Refusal> {
        let mut labels = RowLabels::default();
        for &(task, column) in &self.labels {
            match self.inputs.label(row, column) {
                Ok(Some(value)) => labels.used.push((task, value)),
                Ok(None) => {}
                Err(fault) => labels.skipped.push(Skipped {
                    label_only: true,
                    ..*fault
                }),
            }
        }
        if !labels.used.is_empty() {
            return Ok(labels);
        }
        Err(match labels.skipped.into_iter().next() {
            Some(first) => Box::new(Skipped {
                label_only: false,
                ..first
            }),
            None if self.wide => Skipped::row(row.line(), None, None, Reason::NoLabel),
            None => self.inputs.fault(row, self.labels[0].1, Reason::NoLabel),
        })
    }

    fn part(&self, row: &Row, column: usize) -> Result<Part, Refusal> {
        let text = self.inputs.text(row, column)?;
        Part::named(text).ok_or_else(|| self.inputs.fault(row, column, Reason::Part))
    }
}

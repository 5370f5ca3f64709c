//! Reading tables into a corpus: rows parsed over all threads, joined in the order of the file.

use std::collections::HashMap;

use rayon::prelude::*;

use super::account::{Reason, Skipped, TableAccount};
use super::assembly::Assembly;
use super::config::{DataConfig, OnBadRow};
use super::corpus::Corpus;
use super::inputs::{Entry, Inputs, number};
use super::partition::Part;
use super::plan::{Plan, TablePlan};
use super::table::{Row, Table, shortened};
use crate::error::{Error, Result};

/// Rows held as text at a time.
const CHUNK_ROWS: usize = 2048;

/// Reads the tables of `data` and joins them.
pub(super) fn read(data: &DataConfig, split_column: Option<&str>) -> Result<Corpus> {
    let plan = Plan::new(data, split_column)?;
    let inputs = empty_inputs(&data.features)?;
    let mut assembly = Assembly::new(plan.tasks, plan.target, inputs);
    for (index, table) in plan.tables.into_iter().enumerate() {
        for (task, column) in &table.labels {
            assembly.name_source(*task, index, column);
        }
        let account = read_table(&table, data, split_column, plan.target, &mut assembly)?;
        assembly.tables.push(account);
    }
    assembly.finish()
}

fn empty_inputs(features: &[String]) -> Result<Inputs> {
    if !features.is_empty() {
        return Ok(Inputs::Numeric {
            names: features.to_vec(),
            values: Vec::new(),
        });
    }
    #[cfg(feature = "molecule")]
    return Ok(Inputs::Molecules(Vec::new()));
    #[cfg(not(feature = "molecule"))]
    return Err(Error::usage(
        "this build reads no molecules",
        "name numeric columns with --features, or build with the feature `molecule`",
    ));
}

fn read_table(
    plan: &TablePlan,
    data: &DataConfig,
    split_column: Option<&str>,
    target: usize,
    assembly: &mut Assembly,
) -> Result<TableAccount> {
    let mut table = Table::open(&plan.file)?;
    let columns = Columns::of(&table, plan, data, split_column, target)?;
    let mut account = TableAccount {
        file: plan.file.clone(),
        ignored_columns: plan.ignored.clone(),
        ..TableAccount::default()
    };
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        account.rows += rows.len();
        let parsed: Vec<Result<Parsed, Skipped>> = rows
            .par_iter()
            .map(|row| columns.parse(row, assembly.known()))
            .collect();
        for row in parsed {
            match row.and_then(|row| assembly.add(row)) {
                Ok(skipped) => {
                    account.used += 1;
                    account.skipped.extend(skipped);
                }
                Err(skipped) => account.skipped.push(skipped),
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
            return Err(no_labels(&table, column, &account));
        }
    }
    Ok(account)
}

/// The error of a table without one usable label in `column`.
fn no_labels(table: &Table, column: &str, account: &TableAccount) -> Error {
    if account.rows == 0 {
        let advice = "add a line for each molecule";
        return table.problem("there are no rows under the header", advice);
    }
    let of_column = |skip: &&Skipped| skip.column.as_deref().is_none_or(|name| name == column);
    let first = account
        .skipped
        .iter()
        .filter(|skip| skip.reason.is_fault())
        .find(of_column);
    let problem = format!(
        "none of the {} rows has a usable label in column `{column}`",
        account.rows
    );
    match first {
        Some(skip) => table.problem(problem, format!("the first reason is {skip}")),
        None => table.problem(problem, "every field is empty: name another column"),
    }
}

/// Where a table holds what.
struct Columns {
    names: Vec<String>,
    inputs: InputColumns,
    /// Task and column of its labels.
    labels: Vec<(usize, usize)>,
    target: usize,
    part: Option<usize>,
    group: Option<usize>,
    wide: bool,
}

enum InputColumns {
    #[cfg(feature = "molecule")]
    Smiles(usize),
    Features(Vec<usize>),
}

/// A usable row: its place in the corpus or a new one, and its labels.
pub(super) struct Parsed {
    pub(super) line: u64,
    pub(super) place: Place,
    /// Task and value; at least one.
    pub(super) labels: Vec<(usize, f64)>,
    /// Labels left out.
    pub(super) skipped: Vec<Skipped>,
    pub(super) part: Option<Part>,
    pub(super) group: Option<String>,
}

/// A row of the corpus: one that is there, or one to come with the identifier it brings.
pub(super) enum Place {
    Known(usize),
    New(Entry, String),
}

impl Columns {
    fn of(
        table: &Table,
        plan: &TablePlan,
        data: &DataConfig,
        split_column: Option<&str>,
        target: usize,
    ) -> Result<Self> {
        let inputs = input_columns(table, &data.features)?;
        let mut labels = Vec::with_capacity(plan.labels.len());
        for (task, name) in &plan.labels {
            let column = table.column(name)?;
            if inputs.contains(column) {
                return Err(table.problem(
                    format!("column `{name}` is both an input and a label"),
                    "name another column, or leave it out of --features",
                ));
            }
            labels.push((*task, column));
        }
        let holds_target = labels.iter().any(|&(task, _)| task == target);
        let of_target = |name: Option<&str>| match name {
            Some(name) if holds_target => table.column(name).map(Some),
            _ => Ok(None),
        };
        Ok(Self {
            names: table.header().to_vec(),
            inputs,
            labels,
            target,
            part: of_target(split_column)?,
            group: of_target(data.group.as_deref())?,
            wide: plan.wide,
        })
    }

    /// Reads a row; `known` holds the rows of the corpus by key.
    fn parse(&self, row: &Row, known: &HashMap<String, usize>) -> Result<Parsed, Skipped> {
        if row.len() != self.names.len() {
            let reason = Reason::FieldCount {
                found: row.len(),
                expected: self.names.len(),
                last_line: (row.last_line() > row.line()).then_some(row.last_line()),
            };
            return Err(Skipped {
                line: row.line(),
                column: None,
                value: None,
                reason,
                label_only: false,
            });
        }
        let place = match &self.inputs {
            #[cfg(feature = "molecule")]
            InputColumns::Smiles(column) => self.molecule(row, *column, known)?,
            InputColumns::Features(columns) => self.features(row, columns, known)?,
        };
        let (labels, skipped) = self.labels(row)?;
        let for_target = labels.iter().any(|&(task, _)| task == self.target);
        let part = match self.part {
            Some(column) if for_target => Some(self.part(row, column)?),
            _ => None,
        };
        let group = match self.group {
            Some(column) if for_target => match self.text(row, column)? {
                "" => return Err(self.fault(row, column, Reason::NoGroup)),
                name => Some(name.to_owned()),
            },
            _ => None,
        };
        Ok(Parsed {
            line: row.line(),
            place,
            labels,
            skipped,
            part,
            group,
        })
    }

    #[cfg(feature = "molecule")]
    fn molecule(
        &self,
        row: &Row,
        column: usize,
        known: &HashMap<String, usize>,
    ) -> Result<Place, Skipped> {
        let text = self.text(row, column)?;
        // a text that is the key of a row spells that row's molecule: nothing to parse
        if let Some(&place) = known.get(text) {
            return Ok(Place::Known(place));
        }
        let molecule = crate::molecule::Molecule::parse(text).map_err(|error| {
            let reason = super::inputs::smiles_reason(&error);
            self.fault(row, column, reason)
        })?;
        Ok(match known.get(&molecule.canonical_smiles()) {
            Some(&place) => Place::Known(place),
            None => Place::New(Entry::of_molecule(molecule), text.to_owned()),
        })
    }

    fn features(
        &self,
        row: &Row,
        columns: &[usize],
        known: &HashMap<String, usize>,
    ) -> Result<Place, Skipped> {
        let mut values = Vec::with_capacity(columns.len());
        for &column in columns {
            let value = number(self.text(row, column)?);
            values.push(value.map_err(|reason| self.fault(row, column, reason))?);
        }
        let entry = Entry::of_features(values);
        Ok(match known.get(&entry.key) {
            Some(&place) => Place::Known(place),
            None => {
                let identifier = entry.key.clone();
                Place::New(entry, identifier)
            }
        })
    }

    /// The usable labels of a row, and those left out where others are used.
    #[expect(
        clippy::type_complexity,
        reason = "a pair of two lists, named where it is taken apart"
    )]
    fn labels(&self, row: &Row) -> Result<(Vec<(usize, f64)>, Vec<Skipped>), Skipped> {
        let mut labels = Vec::with_capacity(self.labels.len());
        let mut skipped = Vec::new();
        for &(task, column) in &self.labels {
            let value = self.text(row, column).and_then(|text| match text {
                "" => Ok(None),
                text => number(text)
                    .map(Some)
                    .map_err(|reason| self.fault(row, column, reason)),
            });
            match value {
                Ok(Some(value)) => labels.push((task, value)),
                Ok(None) => {}
                Err(fault) => skipped.push(Skipped {
                    label_only: true,
                    ..fault
                }),
            }
        }
        if !labels.is_empty() {
            return Ok((labels, skipped));
        }
        let lost = skipped.into_iter().next().map(|fault| Skipped {
            label_only: false,
            ..fault
        });
        Err(lost.unwrap_or_else(|| self.no_label(row)))
    }

    fn no_label(&self, row: &Row) -> Skipped {
        let column = (!self.wide).then(|| self.names[self.labels[0].1].clone());
        Skipped {
            line: row.line(),
            column,
            value: None,
            reason: Reason::NoLabel,
            label_only: false,
        }
    }

    fn part(&self, row: &Row, column: usize) -> Result<Part, Skipped> {
        let text = self.text(row, column)?;
        match text.to_ascii_lowercase().as_str() {
            "train" => Ok(Part::Train),
            "val" => Ok(Part::Val),
            "test" => Ok(Part::Test),
            _ => Err(self.fault(row, column, Reason::Part)),
        }
    }

    fn text<'a>(&self, row: &'a Row, column: usize) -> Result<&'a str, Skipped> {
        row.text(column)
            .map_err(|_| self.fault(row, column, Reason::NotUtf8))
    }

    fn fault(&self, row: &Row, column: usize, reason: Reason) -> Skipped {
        let bytes = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let text = row.text(column).map_or_else(bytes, str::to_owned);
        Skipped {
            line: row.line(),
            column: Some(self.names[column].clone()),
            value: (!text.is_empty()).then(|| shortened(&text)),
            reason,
            label_only: false,
        }
    }
}

impl InputColumns {
    fn contains(&self, column: usize) -> bool {
        match self {
            #[cfg(feature = "molecule")]
            Self::Smiles(smiles) => *smiles == column,
            Self::Features(features) => features.contains(&column),
        }
    }
}

fn input_columns(table: &Table, features: &[String]) -> Result<InputColumns> {
    #[cfg(feature = "molecule")]
    if features.is_empty() {
        return table.smiles_column().map(InputColumns::Smiles);
    }
    let columns: Result<Vec<usize>> = features.iter().map(|name| table.column(name)).collect();
    columns.map(InputColumns::Features)
}

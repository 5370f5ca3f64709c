//! Measured values of other tasks in a table of new rows: which columns hold them, and what a row says there.

use std::str::FromStr;

use crate::data::account::{Reason, Skipped};
use crate::data::names::{listed, task_index};
use crate::data::rows::InputColumns;
use crate::data::table::{Row, Table};
use crate::error::{Error, Result};
use crate::train::{Evidence, Model};

/// A column with measured values of a task: `TASK=COLUMN`.
///
/// ```
/// use geogate::evaluate::table_evidence::EvidenceColumn;
/// let column: EvidenceColumn = "tb=boiling_point_k".parse()?;
/// assert_eq!((&*column.task, &*column.column), ("tb", "boiling_point_k"));
/// # Ok::<(), geogate::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceColumn {
    /// The task of the model.
    pub task: String,
    /// The column of the table.
    pub column: String,
}

impl FromStr for EvidenceColumn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let named = text.split_once('=');
        let named = named.map(|(task, column)| (task.trim(), column.trim()));
        match named {
            Some((task, column)) if !task.is_empty() && !column.is_empty() => Ok(Self {
                task: task.to_owned(),
                column: column.to_owned(),
            }),
            _ => Err(Error::usage(
                format!("`{text}` is not TASK=COLUMN"),
                "name a task of the model and the column with its measured values, such as tb=boiling_point_k",
            )),
        }
    }
}

/// Columns of a table with measured values: tasks by their columns in the model, in the order they were given.
pub(super) struct EvidenceColumns(Vec<(usize, usize)>);

/// A cell that says something.
pub(super) struct EvidenceCell {
    /// The row, among those that are predicted.
    pub(super) row: usize,
    /// A value that predictions are conditioned on, or why they are not.
    pub(super) value: std::result::Result<Evidence, String>,
}

impl EvidenceColumns {
    /// The columns in `table` of tasks that `model` knows.
    ///
    /// # Errors
    /// A model that no Gaussian process reads; a task or a column there is not, the target, a task twice.
    pub(super) fn of(asked: &[EvidenceColumn], model: &Model, table: &Table) -> Result<Self> {
        if !asked.is_empty() {
            model.read_by_process()?;
        }
        let mut columns: Vec<(usize, usize)> = Vec::new();
        for EvidenceColumn { task, column } in asked {
            let index = task_index(model.tasks(), task)?;
            if *task == model.target() {
                return Err(evidence_of_target(model));
            }
            if columns.iter().any(|(known, _)| *known == index) {
                return Err(Error::usage(
                    format!("option `evidence` names the task `{task}` twice"),
                    "give one column of measured values for each task",
                ));
            }
            columns.push((index, table.column(column)?));
        }
        Ok(Self(columns))
    }

    /// What the `rows` say, each with its place among those that are predicted, in their order; blanks say nothing.
    pub(super) fn cells<'a>(
        &self,
        rows: impl Iterator<Item = (&'a Row, usize)>,
        columns: &InputColumns,
        model: &Model,
    ) -> Vec<EvidenceCell> {
        let Some(readout) = model.readout() else {
            return Vec::new();
        };
        let mut cells = Vec::new();
        for (row, place) in rows {
            for &(task, column) in &self.0 {
                let refused = |why: &str, fault: &Skipped| Err(not_used(fault, why));
                let value = match columns.label(row, column) {
                    Ok(None) => continue,
                    Ok(Some(value)) if readout.takes(task, value) => Ok(Evidence {
                        row: place,
                        task,
                        value,
                    }),
                    Ok(Some(_)) => {
                        let fault = columns.fault(row, column, Reason::NotFinite);
                        let why = "is out of the range of the task's transformation";
                        refused(why, &fault)
                    }
                    Err(fault) => refused(unusable(&fault.reason), &fault),
                };
                cells.push(EvidenceCell { row: place, value });
            }
        }
        cells
    }
}

fn unusable(reason: &Reason) -> &'static str {
    match reason {
        Reason::NotFinite => "is not finite",
        Reason::NotUtf8 => "is not UTF-8",
        _ => "is no number",
    }
}

fn not_used(fault: &Skipped, why: &str) -> String {
    format!(
        "evidence `{}` in column `{}` {why} and was not used",
        fault.value.as_deref().unwrap_or_default(),
        fault.column.as_deref().unwrap_or_default()
    )
}

fn evidence_of_target(model: &Model) -> Error {
    let target = model.target();
    let others = model.tasks().iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|task| *task != target).collect();
    Error::usage(
        format!(
            "option `evidence` names `{target}`, which is the target: it is what the model is to predict"
        ),
        match others[..] {
            [] => "leave option `evidence` out: the model knows no other task".to_owned(),
            _ => format!("give measured values of {}", listed(&others)),
        },
    )
}

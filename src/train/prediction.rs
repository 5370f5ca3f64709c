//! What a model says of rows: estimates, and the reason where there is none.

use std::fmt;

/// What is estimated of one row for one task.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The mean, finite, in the task's unit.
    pub mean: f64,
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The task is a source that option `source_weights` = learned has given no weight: its networks are not trained.
    SwitchedOff,
    /// The value is too large for the model's precision, or no number.
    NotFinite,
}

impl Absence {
    /// Is it so for this row alone, and not for the task as a whole?
    pub fn is_of_row(self) -> bool {
        self == Self::NotFinite
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SwitchedOff => "the source was switched off by option `source_weights` = learned",
            Self::NotFinite => "the predicted value is not finite",
        })
    }
}

/// What a model says of one row for one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prediction {
    /// An estimate.
    Known(Estimate),
    /// None, and why.
    Absent(Absence),
}

impl Prediction {
    /// The estimate with this mean; none where it is not finite.
    pub fn of(mean: f64) -> Self {
        if mean.is_finite() {
            Self::Known(Estimate { mean })
        } else {
            Self::Absent(Absence::NotFinite)
        }
    }

    /// The estimated mean, in the task's unit; NaN where there is no estimate.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Known(estimate) => estimate.mean,
            Self::Absent(_) => f64::NAN,
        }
    }

    /// Why there is no estimate.
    pub fn absence(&self) -> Option<Absence> {
        match self {
            Self::Known(_) => None,
            Self::Absent(absence) => Some(*absence),
        }
    }
}

/// What a model says of some rows for each of its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    tasks: Vec<String>,
    /// `[rows, tasks]`, row after row.
    values: Vec<Prediction>,
}

impl Predictions {
    /// Of `values`, `[rows, tasks]` row after row.
    pub(super) fn new(tasks: &[String], values: Vec<Prediction>) -> Self {
        debug_assert_eq!(values.len() % tasks.len(), 0, "a value for each task");
        Self {
            tasks: tasks.to_vec(),
            values,
        }
    }

    /// Names of the tasks, in the order of the columns.
    pub fn tasks(&self) -> &[String] {
        &self.tasks
    }

    /// The column of a task.
    pub fn column(&self, task: &str) -> Option<usize> {
        self.tasks.iter().position(|name| name == task)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.tasks.len()
    }

    /// What is said of the row, task after task.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[Prediction] {
        &self.values[row * self.tasks.len()..(row + 1) * self.tasks.len()]
    }

    /// What is said of the row for the task of that column.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn at(&self, row: usize, column: usize) -> Prediction {
        self.row(row)[column]
    }

    /// What is said of each row for the task of that column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn of_task(&self, column: usize) -> impl Iterator<Item = Prediction> + '_ {
        assert!(column < self.tasks.len(), "no column {column}");
        let values = self.values.iter().skip(column);
        values.step_by(self.tasks.len()).copied()
    }

    /// The means of the task of that column, in its unit; NaN where there is no estimate.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn means(&self, column: usize) -> Vec<f64> {
        self.of_task(column).map(|found| found.mean()).collect()
    }
}

//! What a model says of rows: estimates, and the reason where there is none.

use std::fmt;

/// What is estimated of one row for one task.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The mean, finite, in the task's unit.
    pub mean: f64,
    /// How far off it may be, where that is known.
    pub uncertainty: Option<Uncertainty>,
}

/// How far off an estimate may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Uncertainty {
    /// The standard deviation of the label, noise included, in the task's unit.
    pub sd: f64,
    /// The share of labels left out in training that were predicted with a larger standard deviation; NaN where none
    /// was.
    pub trust: f64,
    /// Does the row lie beyond what was seen, so that labels hardly reduce its prior variance?
    pub unseen: bool,
    /// The mean as the Gaussian process has it: transformed and standardised.
    pub(super) standard_mean: f64,
    /// Standard deviation that the Gaussian process gives the transformed, standardised label.
    pub(super) standard_deviation: f64,
}

/// How far off an estimate may be, as files hold it: all in the task's unit but for the trust.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBar {
    /// The standard deviation of the label, noise included.
    pub sd: f64,
    /// The lower end of the interval; −∞ where too few rows were left out for its coverage.
    pub lower: f64,
    /// The upper end of the interval; ∞ where too few rows were left out for its coverage.
    pub upper: f64,
    /// The share of labels left out in training that were predicted with a larger standard deviation; NaN where none
    /// was.
    pub trust: f64,
}

/// A measured label that is far from what was expected without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surprise {
    /// The row, an index into those that are predicted.
    pub row: usize,
    /// The task, an index into those of the model.
    pub task: usize,
    /// How many standard deviations of the label it is away.
    pub deviations: f64,
}

/// The labelled row of the target that lies nearest to one that is predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// The molecule as first read, or the features joined by `;`.
    pub identifier: String,
    /// Distance of the labelled row in the view that weighs most, over the median distance of
    /// labelled rows.
    pub distance: f64,
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
        Self::with(mean, None)
    }

    /// The estimate with this mean and uncertainty; none where the mean is not finite.
    pub(super) fn with(mean: f64, uncertainty: Option<Uncertainty>) -> Self {
        if mean.is_finite() {
            Self::Known(Estimate { mean, uncertainty })
        } else {
            Self::Absent(Absence::NotFinite)
        }
    }

    /// How far off the estimate may be, where that is known.
    pub fn uncertainty(&self) -> Option<Uncertainty> {
        match self {
            Self::Known(estimate) => estimate.uncertainty,
            Self::Absent(_) => None,
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
    /// One for each row, or none.
    neighbours: Vec<Neighbour>,
    /// In the order of the rows.
    surprises: Vec<Surprise>,
}

impl Predictions {
    /// Of `values`, `[rows, tasks]` row after row, with the labelled row nearest to each, where it is known, and measured
    /// labels that are far from what was expected, in the order of the rows.
    pub(super) fn new(
        tasks: &[String],
        values: Vec<Prediction>,
        neighbours: Vec<Neighbour>,
        surprises: Vec<Surprise>,
    ) -> Self {
        debug_assert_eq!(values.len() % tasks.len(), 0, "a value for each task");
        Self {
            tasks: tasks.to_vec(),
            values,
            neighbours,
            surprises,
        }
    }

    /// Measured labels more than six standard deviations from what was expected without them, in the order of the
    /// rows; they are used all the same.
    pub fn surprises(&self) -> &[Surprise] {
        &self.surprises
    }

    /// The labelled row of the target nearest to the row, where it is known.
    pub fn neighbour(&self, row: usize) -> Option<&Neighbour> {
        self.neighbours.get(row)
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

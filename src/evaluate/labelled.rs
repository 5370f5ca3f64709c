//! A label with what a model says of it.

use crate::data::Part;
use crate::train::{ErrorBar, Prediction};

/// One labelled value and what the model says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelledPrediction {
    /// Row of the corpus.
    pub row: usize,
    /// Task of the corpus.
    pub task: usize,
    /// The part the row has for this task: training, validation or test.
    pub part: Part,
    /// The label, in the task's unit.
    pub truth: f64,
    /// What the model says, in the task's unit.
    pub prediction: Prediction,
    /// How far off it may be, with the interval of [`COVERAGE`]; none where that is not known.
    pub bar: Option<ErrorBar>,
}

/// What is said of a part of a task.
pub fn of_part(
    predictions: &[LabelledPrediction],
    task: usize,
    part: Part,
) -> impl Iterator<Item = &LabelledPrediction> + Clone {
    let of_part = move |found: &&LabelledPrediction| found.task == task && found.part == part;
    predictions.iter().filter(of_part)
}

/// The share of labels that an interval is to hold, where nothing else is said.
pub const COVERAGE: f64 = 0.9;

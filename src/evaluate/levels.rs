//! How many labels intervals hold, by the share that they are to hold.
//!
//! They are counted while the model is at hand: where the target is transformed, the ends of an interval at another level
//! do not follow from its standard deviation and ends in a file.

use serde::{Deserialize, Serialize};

use super::labelled::{LabelledPrediction, of_part};
use super::uncertainty::{wide, width};
use crate::data::{Corpus, Part};
use crate::train::Model;

/// The shares of labels that are asked for.
pub const LEVELS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// The intervals of one level on some rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelCount {
    /// The share of labels that they are to hold.
    pub level: f64,
    /// How many standard deviations they reach to either side; infinite (`"inf"`) where too few rows were left out for
    /// that level.
    #[serde(serialize_with = "wide", deserialize_with = "width")]
    pub reach: f64,
    /// Number of rows.
    pub n: usize,
    /// Labels within their intervals, ends included; an open interval holds every label.
    pub held: usize,
}

impl LevelCount {
    /// The share of labels that they hold.
    pub fn coverage(&self) -> f64 {
        self.held as f64 / self.n as f64
    }
}

/// Of each of [`LEVELS`] what the intervals of `model` come to on the target's test rows among `predictions`, whose
/// tasks are those of `corpus`; nothing without such rows, or without intervals.
pub fn level_counts(
    model: &Model,
    predictions: &[LabelledPrediction],
    corpus: &Corpus,
) -> Vec<LevelCount> {
    let column = (model.tasks().iter()).position(|task| *task == corpus.tasks[corpus.target]);
    let (Some(readout), Some(column)) = (model.readout(), column) else {
        return Vec::new();
    };
    let tested = of_part(predictions, corpus.target, Part::Test);
    let count = |level: f64| {
        let bars = tested.clone().filter_map(|found| {
            let bar = model.error_bar(column, found.prediction, level)?;
            Some((bar.lower..=bar.upper).contains(&found.truth))
        });
        let held: Vec<bool> = bars.collect();
        LevelCount {
            level,
            reach: readout.record().calibrations[column].reach(level),
            n: held.len(),
            held: held.iter().filter(|held| **held).count(),
        }
    };
    let counts = LEVELS.map(count).into_iter();
    counts.filter(|count| count.n > 0).collect()
}

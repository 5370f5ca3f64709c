//! Standardised labels and features, fitted on training rows only.

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::inputs::Inputs;
use super::partition::{Part, Partition};
use crate::error::{Error, Result};

/// Mean and standard deviation of the training labels of a task, in the task's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population (divided by n), above zero.
    pub std: f64,
}

impl Scaler {
    /// The scaler of `task`, fitted on its training rows.
    ///
    /// # Errors
    /// No training row, or training labels that are all the same or too large to be scaled.
    pub fn fit(corpus: &Corpus, partition: &Partition, task: usize) -> Result<Self> {
        let rows = partition.rows(task, Part::Train);
        let labels: Vec<f64> = rows.iter().map(|&row| corpus.label(row, task)).collect();
        Self::of(&labels).ok_or_else(|| unscalable(&corpus.tasks[task], &labels))
    }

    /// Mean and standard deviation of `values`; none for no value, equal values, or values whose
    /// squares are beyond the range of `f64`.
    pub fn of(values: &[f64]) -> Option<Self> {
        let first = values.first()?;
        if values.iter().all(|value| value == first) {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        let std = (squares.sum::<f64>() / n).sqrt();
        (std.is_finite() && std > 0.0).then_some(Self { mean, std })
    }

    /// `(y - mean) / std`.
    pub fn standardise(&self, y: f64) -> f64 {
        (y - self.mean) / self.std
    }

    /// `mean + std z`, the inverse of [`standardise`](Self::standardise).
    pub fn restore(&self, z: f64) -> f64 {
        self.mean + self.std * z
    }
}

/// Mean and standard deviation of a numeric feature over training rows, in the feature's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureScaler {
    /// Name of the feature.
    pub name: String,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population; 1 for a feature that is constant in the training
    /// rows, which is thereby centred and not scaled.
    pub std: f64,
}

impl FeatureScaler {
    /// A scaler for each numeric feature of `inputs`, fitted over `rows`; none for molecules.
    pub fn fit(inputs: &Inputs, rows: &[usize]) -> Vec<Self> {
        let (names, values) = match inputs {
            #[cfg(feature = "molecule")]
            Inputs::Molecules(_) => return Vec::new(),
            Inputs::Numeric { names, values } => (names, values),
        };
        let scaler = |(column, name): (usize, &String)| {
            let cells = rows.iter().map(|&row| values[row * names.len() + column]);
            let cells: Vec<f64> = cells.collect();
            let constant = Scaler {
                mean: cells.first().copied().unwrap_or(0.0),
                std: 1.0,
            };
            let Scaler { mean, std } = Scaler::of(&cells).unwrap_or(constant);
            Self {
                name: name.clone(),
                mean,
                std,
            }
        };
        names.iter().enumerate().map(scaler).collect()
    }

    /// `(x - mean) / std`.
    pub fn standardise(&self, x: f64) -> f64 {
        (x - self.mean) / self.std
    }
}

fn unscalable(task: &str, labels: &[f64]) -> Error {
    let Some(first) = labels.first() else {
        return Error::usage(
            format!("task `{task}` has no training row"),
            "choose another split, or leave the task out",
        );
    };
    let problem = if labels.iter().all(|label| label == first) {
        format!(
            "all {} training labels of task `{task}` are {first}",
            labels.len()
        )
    } else {
        format!("the training labels of task `{task}` are too large to be scaled")
    };
    Error::usage(
        problem,
        "nothing can be learned from that: look at its column with `geogate check`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_by_hand_and_back() {
        let scaler = Scaler::of(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        // mean 3, squares 4 + 1 + 0 + 9 = 14
        assert_eq!(scaler.mean, 3.0);
        assert_eq!(scaler.std, (14.0_f64 / 4.0).sqrt());
        for y in [-4.0, 0.5, 1e6] {
            let back = scaler.restore(scaler.standardise(y));
            assert!(
                (back - y).abs() <= 4.0 * f64::EPSILON * (y.abs() + 3.0),
                "{back} {y}"
            );
        }
    }

    #[test]
    fn what_cannot_be_scaled_is_none() {
        // 0.1 is no binary fraction: the mean of equal values need not be their value
        assert_eq!(Scaler::of(&[0.1; 7]), None);
        assert_eq!(Scaler::of(&[]), None);
        assert_eq!(Scaler::of(&[3.0]), None);
        assert_eq!(Scaler::of(&[1e300, -1e300]), None);
        assert_eq!(Scaler::of(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn a_constant_feature_is_centred_only() {
        let inputs = Inputs::Numeric {
            names: vec!["a".to_owned(), "b".to_owned()],
            values: vec![1.0, 7.0, 3.0, 7.0, 100.0, 8.0],
        };
        let scalers = FeatureScaler::fit(&inputs, &[0, 1]);
        assert_eq!(scalers[1].name, "b");
        let row = [scalers[0].standardise(3.0), scalers[1].standardise(8.0)];
        assert_eq!(row, [1.0, 1.0]);
    }
}

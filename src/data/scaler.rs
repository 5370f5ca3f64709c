//! Standardised labels and features, fitted on training rows only.

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::inputs::Inputs;
use super::partition::{Part, Partition};
use super::transform::{LabelScaler, TargetTransform, Transform};
use crate::error::{Error, Result};

/// Mean and standard deviation of the training values of a quantity, in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population (divided by n), above zero.
    pub std: f64,
}

impl Scaler {
    /// Mean and standard deviation of `values`; none for no value, equal values, or values whose
    /// squares are beyond the range of `f64`.
    pub fn fit(values: &[f64]) -> Option<Self> {
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

/// Scalers of numeric features, one per column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureScaler {
    /// Scaler of each feature; mean and 1 for one that is constant in the training rows.
    pub columns: Vec<Scaler>,
}

impl FeatureScaler {
    /// Scalers of the features of `inputs` over `rows`; of no column for molecules alone.
    pub fn fit(inputs: &Inputs, rows: &[usize]) -> Self {
        let column = |column: usize| {
            let values = rows.iter().map(|&row| inputs.features_of(row)[column]);
            let column: Vec<f64> = values.collect();
            let constant = Scaler {
                mean: column.first().copied().unwrap_or(0.0),
                std: 1.0,
            };
            Scaler::fit(&column).unwrap_or(constant)
        };
        Self {
            columns: (0..inputs.feature_names().len()).map(column).collect(),
        }
    }
}

impl Corpus {
    /// The scaler of `task` under a transform, both fitted on its training rows.
    ///
    /// # Errors
    /// No training row; labels that are all the same or too large to be scaled; a training or
    /// validation label without logarithm, where that is asked for.
    pub fn scaler(
        &self,
        partition: &Partition,
        task: usize,
        transform: TargetTransform,
    ) -> Result<LabelScaler> {
        let rows = partition.rows(task, Part::Train);
        let labels: Vec<f64> = rows.iter().map(|&row| self.label(row, task)).collect();
        let fitted = match transform {
            TargetTransform::None => Some(Transform::None),
            TargetTransform::Log => {
                self.check_positive(partition, task)?;
                Some(Transform::Log)
            }
            TargetTransform::YeoJohnson => Transform::yeo_johnson(&labels),
            TargetTransform::Auto => {
                let positive = self.check_positive(partition, task).is_ok();
                Some(Transform::chosen(&labels, positive))
            }
        };
        let scaler = fitted.and_then(|fitted| LabelScaler::fit(&labels, fitted));
        scaler.ok_or_else(|| unscalable(&self.tasks[task], &labels))
    }

    /// Refuses the logarithm of a task with a training or validation label that is not positive.
    fn check_positive(&self, partition: &Partition, task: usize) -> Result<()> {
        let parts = [Part::Train, Part::Val];
        let rows: Vec<usize> = parts
            .iter()
            .flat_map(|&p| partition.rows(task, p))
            .collect();
        let bad = |row: &&usize| self.label(**row, task) <= 0.0;
        let Some(&row) = rows.iter().find(bad) else {
            return Ok(());
        };
        let others = rows.iter().filter(bad).count() - 1;
        let problem = format!(
            "option `target_transform` = log: task `{}` has the label {} at {}{}, which has no logarithm",
            self.tasks[task],
            self.label(row, task),
            self.name(row),
            if others == 0 {
                String::new()
            } else {
                format!(" (and {others} more that are not positive)")
            }
        );
        let advice = "choose option `target_transform` = yeo-johnson, which takes labels of any sign, or auto";
        Err(Error::usage(problem, advice))
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
        let scaler = Scaler::fit(&[1.0, 2.0, 3.0, 6.0]).unwrap();
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
        assert_eq!(Scaler::fit(&[0.1; 7]), None);
        assert_eq!(Scaler::fit(&[]), None);
        assert_eq!(Scaler::fit(&[3.0]), None);
        assert_eq!(Scaler::fit(&[1e300, -1e300]), None);
        assert_eq!(Scaler::fit(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn a_constant_feature_is_centred_only() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let inputs = Inputs::of_features(names, vec![1.0, 7.0, 3.0, 7.0, 100.0, 8.0]);
        let scaler = FeatureScaler::fit(&inputs, &[0, 1]);
        assert_eq!(scaler.columns[0].standardise(3.0), 1.0);
        assert_eq!(scaler.columns[1].standardise(8.0), 1.0);
    }
}

//! Standardised labels and features, fitted on training rows only.

use serde::{Deserialize, Serialize};

use super::inputs::Inputs;

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

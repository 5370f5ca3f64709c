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

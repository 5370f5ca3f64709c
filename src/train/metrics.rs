//! How far predictions are from the truth.

use serde::{Deserialize, Deserializer, Serialize};

/// The usual scores of a regression, over one set of rows.
///
/// A score that the rows do not define is NaN, and `null` in JSON: every score of no rows; R² and
/// the correlations where the truth is constant (or a single row); the correlations where the
/// prediction is constant; every score as soon as one value is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Root mean squared error, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
    /// Mean absolute error, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub mae: f64,
    /// Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)², ȳ the mean of these very rows.
    #[serde(deserialize_with = "number_or_nan")]
    pub r2: f64,
    /// Pearson's correlation of truth and prediction.
    #[serde(deserialize_with = "number_or_nan")]
    pub pearson: f64,
    /// Spearman's correlation: Pearson's of the ranks, ties at their mean rank.
    #[serde(deserialize_with = "number_or_nan")]
    pub spearman: f64,
    /// Number of rows.
    pub n: usize,
}

/// Reads what `serde_json` writes for a NaN.
pub(crate) fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Scores {
    /// Scores of `prediction` against `truth`, row by row, both in the task's unit.
    ///
    /// # Panics
    /// If the lengths differ.
    #[track_caller]
    pub fn of(truth: &[f64], prediction: &[f64]) -> Scores {
        assert_eq!(
            truth.len(),
            prediction.len(),
            "Scores::of: as many true values as predictions"
        );
        let finite = truth
            .iter()
            .chain(prediction)
            .all(|value| value.is_finite());
        if truth.is_empty() || !finite {
            return Scores::undefined(truth.len());
        }
        let squared = mean(truth.iter().zip(prediction).map(|(y, p)| (y - p).powi(2)));
        let absolute = mean(truth.iter().zip(prediction).map(|(y, p)| (y - p).abs()));
        let centre = mean(truth.iter().copied());
        let variance = mean(truth.iter().map(|y| (y - centre).powi(2)));
        Scores {
            rmse: squared.sqrt(),
            mae: absolute,
            r2: if is_constant(truth) {
                f64::NAN
            } else {
                1.0 - squared / variance
            },
            pearson: pearson(truth, prediction),
            spearman: spearman(truth, prediction),
            n: truth.len(),
        }
    }

    fn undefined(n: usize) -> Scores {
        Scores {
            rmse: f64::NAN,
            mae: f64::NAN,
            r2: f64::NAN,
            pearson: f64::NAN,
            spearman: f64::NAN,
            n,
        }
    }
}

/// Mean of at least one value.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Compared value by value: the computed variance of equal values is not exactly zero.
fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// Pearson's correlation; NaN where either side is constant.
fn pearson(x: &[f64], y: &[f64]) -> f64 {
    if is_constant(x) || is_constant(y) {
        return f64::NAN;
    }
    let (x_mean, y_mean) = (mean(x.iter().copied()), mean(y.iter().copied()));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - x_mean, b - y_mean);
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    // rounding may carry a perfect correlation past one
    (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0)
}

/// Spearman's correlation: Pearson's of the ranks; NaN where either side is constant.
pub(crate) fn spearman(x: &[f64], y: &[f64]) -> f64 {
    pearson(&ranks(x), &ranks(y))
}

/// Ranks from 1; equal values share the mean of the ranks they occupy.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tie in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = start as f64 + (tie.len() as f64 + 1.0) / 2.0;
        for &row in tie {
            ranks[row] = shared;
        }
        start += tie.len();
    }
    ranks
}

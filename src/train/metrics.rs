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

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(got: f64, want: f64) {
        // a handful of roundings of numbers of order one
        assert!(
            (got - want).abs() <= 16.0 * f64::EPSILON,
            "got {got}, want {want}"
        );
    }

    #[test]
    fn closed_form() {
        // errors 1, 0, -2, 1: squares sum to 6; truth has mean 2.5 and squares 5 about it
        let scores = Scores::of(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.0, 1.0, 5.0]);
        assert_close(scores.rmse, 1.5_f64.sqrt());
        assert_close(scores.mae, 1.0);
        assert_close(scores.r2, 1.0 - 6.0 / 5.0);
        // cov = (-1.5)(-.5) + (-.5)(-.5) + (.5)(-1.5) + (1.5)(2.5) = 4, prediction squares 9
        assert_close(scores.pearson, 4.0 / 45.0_f64.sqrt());
        // ranks of the prediction 2.5, 2.5, 1, 4: cov = (0.5)(-1.5) + (1.5)(1.5), squares 4.5
        assert_close(scores.spearman, 1.5 / 22.5_f64.sqrt());
        assert_eq!(scores.n, 4);
    }

    #[test]
    fn a_perfect_prediction_and_its_mirror() {
        let truth = [0.1, 0.7, -0.3, 12.0];
        let perfect = Scores::of(&truth, &truth);
        assert_eq!((perfect.rmse, perfect.mae, perfect.r2), (0.0, 0.0, 1.0));
        assert_close(perfect.pearson, 1.0);
        let mirror = truth.map(|y| -y);
        assert_close(Scores::of(&truth, &mirror).pearson, -1.0);
        assert_close(Scores::of(&truth, &mirror).spearman, -1.0);
    }

    #[test]
    fn spearman_sees_order_alone() {
        let truth: Vec<f64> = (0..20).map(f64::from).collect();
        let grown: Vec<f64> = truth.iter().map(|y| y.exp()).collect();
        assert_close(Scores::of(&truth, &grown).spearman, 1.0);
    }

    #[test]
    fn what_the_rows_do_not_define_is_nan() {
        // the computed mean of ten times 0.1 is not 0.1: constancy must not be left to rounding
        let constant = Scores::of(&[0.1; 10], &[0.2; 10]);
        assert_close(constant.rmse, 0.1);
        assert!(constant.r2.is_nan() && constant.pearson.is_nan() && constant.spearman.is_nan());
        let none = Scores::of(&[], &[]);
        assert!(none.rmse.is_nan() && none.n == 0);
        let broken = Scores::of(&[1.0, 2.0], &[1.0, f64::NAN]);
        assert!(broken.rmse.is_nan() && broken.spearman.is_nan());
        let flat = Scores::of(&[1.0, 3.0], &[2.0, 2.0]);
        assert_close(flat.r2, 0.0);
        assert!(flat.pearson.is_nan());
    }

    #[test]
    fn nan_is_null_in_json_and_comes_back() {
        let scores = Scores::of(&[2.0], &[1.0]);
        let text = serde_json::to_string(&scores).unwrap();
        assert_eq!(
            text,
            r#"{"rmse":1.0,"mae":1.0,"r2":null,"pearson":null,"spearman":null,"n":1}"#
        );
        let back: Scores = serde_json::from_str(&text).unwrap();
        assert!(back.rmse == 1.0 && back.r2.is_nan() && back.n == 1);
    }

    #[test]
    #[should_panic(expected = "as many true values as predictions")]
    fn lengths_must_agree() {
        let _ = Scores::of(&[1.0], &[]);
    }
}

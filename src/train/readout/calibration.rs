//! What predictions of rows left out are worth: the weight of the heads, errors, scores for intervals.

use serde::{Deserialize, Serialize};

use crate::train::metrics::number_or_nan;

/// What the predictions of a task's labels by what has not seen them came to.
///
/// With m the posterior's means, h the heads', σ the posterior's standard deviations of labels, all standardised:
///
/// ```text
/// μ = w m + (1 − w) h,   w = Σ (y − h)(m − h) / Σ (m − h)²  in [0, 1]
/// s_i = |y_i − μ_i| / σ_i
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// w, the weight of the posterior beside the heads.
    pub weight: f64,
    /// The scores s, ascending.
    pub scores: Vec<f64>,
    /// The standard deviations σ, ascending.
    pub deviations: Vec<f64>,
    /// Root mean square error of μ, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
}

/// One label that was left out, standardised.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeftOut {
    pub(super) label: f64,
    pub(super) mean: f64,
    /// What the head of a network that has not seen it says; none without a network.
    pub(super) head: Option<f64>,
    pub(super) deviation: f64,
}

impl Calibration {
    /// Of labels left out; `restore` takes a standardised value into the task's unit.
    pub(super) fn of(found: &[LeftOut], restore: impl Fn(f64) -> f64) -> Self {
        let weight = weight(found);
        let mixed = |one: &LeftOut| mix(one.mean, one.head, weight);
        let mut scores: Vec<f64> = (found.iter())
            .map(|one| (one.label - mixed(one)).abs() / one.deviation)
            .collect();
        let mut deviations: Vec<f64> = found.iter().map(|one| one.deviation).collect();
        scores.sort_unstable_by(f64::total_cmp);
        deviations.sort_unstable_by(f64::total_cmp);
        let square = |one: &LeftOut| (restore(one.label) - restore(mixed(one))).powi(2);
        let squares: f64 = found.iter().map(square).sum();
        Self {
            weight,
            scores,
            deviations,
            rmse: (squares / found.len() as f64).sqrt(),
        }
    }

    /// How many standard deviations an interval reaches to either side: the ⌈(n + 1) · coverage⌉-th smallest score;
    /// infinite where there are too few for that coverage.
    pub fn reach(&self, coverage: f64) -> f64 {
        let n = self.scores.len();
        // against the rounding of products such as 0.9 · 10
        let place = ((n + 1) as f64 * coverage - 1e-9).ceil().max(1.0) as usize;
        match place <= n {
            true => self.scores[place - 1],
            false => f64::INFINITY,
        }
    }

    /// The share of the labels left out that were predicted with a larger standard deviation than this.
    pub fn trust(&self, deviation: f64) -> f64 {
        let below = self.deviations.partition_point(|&known| known <= deviation);
        match self.deviations.len() {
            0 => f64::NAN,
            n => (n - below) as f64 / n as f64,
        }
    }
}

/// w m + (1 − w) h; m without h, or where h is outside the range of the labels' transformation.
pub(super) fn mix(mean: f64, head: Option<f64>, weight: f64) -> f64 {
    let head = head.filter(|head| weight < 1.0 && head.is_finite());
    head.map_or(mean, |head| weight * mean + (1.0 - weight) * head)
}

/// w of least squares, within [0, 1]; 1 where nothing can be told.
fn weight(found: &[LeftOut]) -> f64 {
    let head = |one: &LeftOut| one.head.filter(|head| head.is_finite());
    let pairs = found.iter().filter_map(|one| Some((one, head(one)?)));
    let (mut product, mut square) = (0.0, 0.0);
    for (one, head) in pairs {
        product += (one.label - head) * (one.mean - head);
        square += (one.mean - head).powi(2);
    }
    if square > 0.0 {
        (product / square).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(label: f64, mean: f64, head: f64, deviation: f64) -> LeftOut {
        LeftOut {
            label,
            mean,
            head: Some(head),
            deviation,
        }
    }

    #[test]
    fn weight_scores_and_error_by_hand() {
        // y − h = 1, −2; m − h = 2, −2: w = (2 + 4) / 8
        let found = [left_out(1.0, 2.0, 0.0, 0.5), left_out(-1.0, -1.0, 1.0, 2.0)];
        let got = Calibration::of(&found, |z| 10.0 * z);
        assert_eq!(got.weight, 0.75);
        // μ = 1.5, −0.5
        assert_eq!(got.scores, [0.25, 1.0]);
        assert_eq!(got.rmse, 5.0);
        assert_eq!(
            (got.trust(0.1), got.trust(0.5), got.trust(3.0)),
            (1.0, 0.5, 0.0)
        );
    }

    #[test]
    fn intervals_reach_the_rank_of_the_coverage_or_to_infinity() {
        let nine = Calibration {
            scores: (1..=9).map(f64::from).collect(),
            ..Calibration::default()
        };
        // ⌈10 · 0.9⌉ = 9, ⌈10 · 0.5⌉ = 5, ⌈10 · 0.91⌉ = 10 of nine
        assert_eq!((nine.reach(0.9), nine.reach(0.5)), (9.0, 5.0));
        assert_eq!(nine.reach(0.91), f64::INFINITY);
        assert_eq!(Calibration::default().reach(0.5), f64::INFINITY);
    }
}

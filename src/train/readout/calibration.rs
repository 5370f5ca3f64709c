//! What predictions of rows left out are worth: the weights of what is mixed, errors, scores for intervals.

use faer::Mat;
use faer::Side;
use faer::linalg::solvers::Solve;
use serde::{Deserialize, Serialize};

use crate::gp::{Hyperparameters, Joint};
use crate::train::metrics::number_or_nan;

/// Weights before any label is looked at: half for the mean of the frames' posteriors, the rest for what is beside them.
const PRIOR: [f64; 3] = [0.5, 0.25, 0.25];
/// How firmly weights are kept near [`PRIOR`].
const SHRINKAGE: f64 = 0.5;

/// Weights of what a prediction is mixed of: at least 0, their sum 1.
///
/// Those of the least squares over n labels y that were left out, of predictions m_p of parts p, kept near weights w⁰
/// (½ for the posterior, ¼ for each of the others), since parts that err alike leave them undetermined:
///
/// ```text
/// min_w (1/n) Σ_i (y_i − Σ_p w_p m_pi)² + λ e |w − w⁰|² = min_w wᵀ B w
/// B = E + λ e (1 − w⁰ 1ᵀ − 1 w⁰ᵀ + |w⁰|² 1 1ᵀ),    E_pq = (1/n) Σ_i (y_i − m_pi)(y_i − m_qi)
/// e = min_p E_pp,  λ = ½
/// w = B_S⁻¹ 1 / (1ᵀ B_S⁻¹ 1),  zero outside S
/// ```
///
/// for that set S of parts of the smallest value at which w is at least 0 (Bates and Granger 1969, "The combination of
/// forecasts").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Of the posterior over frames, or of the only one.
    pub posterior: f64,
    /// Of the networks' heads.
    pub heads: f64,
    /// Of the posterior over the rows' own views.
    pub without_network: f64,
}

/// What predictions of a task's labels by what has not seen them came to.
///
/// With weights w of parts p (posterior, heads, posterior without a network), their means m_p and their standard
/// deviations σ_p of labels (heads have that of the posterior), all standardised, the prediction has the mean and the
/// variance of the mixture of the parts, and
///
/// ```text
/// μ = Σ_p w_p m_p,    σ² = Σ_p w_p (σ_p² + (m_p − μ)²),    s_i = |y_i − μ_i| / σ_i
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The weights of what is mixed.
    pub weights: Weights,
    /// The scores s, ascending.
    pub scores: Vec<f64>,
    /// The standard deviations σ, ascending.
    pub deviations: Vec<f64>,
    /// Root mean square error of μ, in the task's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
}

/// A mean, and the standard deviation of a label around it; standardised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// What all parts say of one label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) posterior: Estimate,
    /// What the head of a network says; none without a network.
    pub(super) head: Option<f64>,
    /// What the posterior over the rows' own views says; none where there is none beside another.
    pub(super) without_network: Option<Estimate>,
}

/// One label that was left out, standardised, and what is said of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeftOut {
    pub(super) label: f64,
    pub(super) said: Said,
}

impl Calibration {
    /// Of labels left out; `restore` takes a standardised value into the task's unit.
    pub(super) fn of(found: &[LeftOut], restore: impl Fn(f64) -> f64) -> Self {
        let weights = Weights::of(found);
        let mixed: Vec<Estimate> = found.iter().map(|one| weights.mix(&one.said)).collect();
        let score =
            |(one, mixed): (&LeftOut, &Estimate)| (one.label - mixed.mean).abs() / mixed.deviation;
        let mut scores: Vec<f64> = found.iter().zip(&mixed).map(score).collect();
        let mut deviations: Vec<f64> = mixed.iter().map(|one| one.deviation).collect();
        scores.sort_unstable_by(f64::total_cmp);
        deviations.sort_unstable_by(f64::total_cmp);
        let square = |(one, mixed): (&LeftOut, &Estimate)| {
            (restore(one.label) - restore(mixed.mean)).powi(2)
        };
        let squares: f64 = found.iter().zip(&mixed).map(square).sum();
        Self {
            weights,
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

impl Estimate {
    /// What a posterior says of a label of the task, noise included.
    pub(super) fn of(joint: &Joint, theta: &Hyperparameters, task: usize) -> Self {
        Self {
            mean: joint.mean[task],
            deviation: joint.deviation(task, theta.noise(task)),
        }
    }
}

impl Said {
    /// Every part, in the order of [`Weights::parts`]; none where there is none, or where its mean is outside the range
    /// of the labels' transformation.
    fn parts(&self) -> [Option<Estimate>; 3] {
        let of_head = |mean| Estimate {
            mean,
            deviation: self.posterior.deviation,
        };
        let parts = [
            Some(self.posterior),
            self.head.map(of_head),
            self.without_network,
        ];
        parts.map(|part| part.filter(|part| part.mean.is_finite()))
    }
}

impl LeftOut {
    /// Which parts say something.
    fn there(&self) -> [bool; 3] {
        let said = &self.said;
        [true, said.head.is_some(), said.without_network.is_some()]
    }

    /// `y − m_p` of every part; NaN where it says nothing.
    fn errors(&self) -> [f64; 3] {
        let error = |part: Option<Estimate>| part.map_or(f64::NAN, |part| self.label - part.mean);
        self.said.parts().map(error)
    }
}

impl Default for Weights {
    /// The posterior alone.
    fn default() -> Self {
        Self {
            posterior: 1.0,
            heads: 0.0,
            without_network: 0.0,
        }
    }
}

impl Weights {
    fn parts(&self) -> [f64; 3] {
        [self.posterior, self.heads, self.without_network]
    }

    fn of_parts([posterior, heads, without_network]: [f64; 3]) -> Self {
        Self {
            posterior,
            heads,
            without_network,
        }
    }

    /// With weights of parts that are not there given to the others; all to the posterior where there are none.
    pub(super) fn of_those(&self, there: [bool; 3]) -> Self {
        let mut parts = self.parts();
        let absent = parts.iter_mut().zip(there).filter(|(_, there)| !there);
        absent.for_each(|(w, _)| *w = 0.0);
        let sum: f64 = parts.iter().sum();
        match sum > 0.0 {
            true => Self::of_parts(parts.map(|w| w / sum)),
            false => Self::default(),
        }
    }

    /// The mixture of what is said.
    pub(super) fn mix(&self, said: &Said) -> Estimate {
        let parts = said.parts();
        let weights = self.of_those(parts.map(|part| part.is_some())).parts();
        let mean_of = |of: &dyn Fn(&Estimate) -> f64| -> f64 {
            let weighted = weights.iter().zip(&parts);
            let terms = weighted.filter_map(|(w, part)| Some(w * of(part.as_ref()?)));
            terms.sum()
        };
        let mean = mean_of(&|part| part.mean);
        let variance = mean_of(&|part| part.deviation.powi(2) + (part.mean - mean).powi(2));
        Estimate {
            mean,
            deviation: variance.sqrt(),
        }
    }

    /// Of the least squares; the posterior alone where nothing can be told.
    fn of(found: &[LeftOut]) -> Self {
        let there = found.first().map_or([true, false, false], LeftOut::there);
        let prior = Self::of_parts(PRIOR).of_those(there).parts();
        let all: Vec<usize> = (0..there.len()).filter(|&p| there[p]).collect();
        let errors: Vec<[f64; 3]> = (found.iter().map(LeftOut::errors))
            .filter(|errors| all.iter().all(|&p| errors[p].is_finite()))
            .collect();
        let e = |p: usize, q: usize| {
            let products = errors.iter().map(|errors| errors[p] * errors[q]);
            products.sum::<f64>() / errors.len() as f64
        };
        let least = all.iter().map(|&p| e(p, p)).fold(f64::INFINITY, f64::min);
        let length: f64 = prior.iter().map(|w| w * w).sum();
        let b = |p: usize, q: usize| {
            let identity = f64::from(u8::from(p == q));
            e(p, q) + SHRINKAGE * least * (identity - prior[p] - prior[q] + length)
        };
        let sets = (1..1_usize << all.len()).map(|set| {
            let chosen = all.iter().enumerate();
            let chosen = chosen.filter(|(place, _)| set >> place & 1 == 1);
            chosen.map(|(_, &p)| p).collect::<Vec<_>>()
        });
        let least = sets
            .filter_map(|set| of_set(&set, b))
            .reduce(|a, b| if b.0 < a.0 { b } else { a });
        least.map_or_else(Self::default, |(_, weights)| Self::of_parts(weights))
    }

    /// What is mixed, behind a sentence.
    pub(super) fn sentence(&self, beside: bool) -> String {
        let alone = match beside {
            true => format!(", of one that sees no network {:.2}", self.without_network),
            false => String::new(),
        };
        format!(
            "; weight of the posterior {:.2}, of the heads {:.2}{alone}",
            self.posterior, self.heads
        )
    }
}

/// `wᵀ B w` and w where only the parts of a set are mixed; none where B is singular there, or a weight below zero.
fn of_set(set: &[usize], b: impl Fn(usize, usize) -> f64) -> Option<(f64, [f64; 3])> {
    let b = Mat::from_fn(set.len(), set.len(), |i, j| b(set[i], set[j]));
    let solved = (b.llt(Side::Lower).ok()?).solve(Mat::from_fn(set.len(), 1, |_, _| 1.0));
    let sum: f64 = (0..set.len()).map(|i| solved[(i, 0)]).sum();
    let mut weights = [0.0; 3];
    for (i, &p) in set.iter().enumerate() {
        weights[p] = solved[(i, 0)] / sum;
    }
    (weights.iter().all(|&w| w >= 0.0)).then_some((sum.recip(), weights))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(label: f64, mean: f64, head: f64, deviation: f64) -> LeftOut {
        let posterior = Estimate { mean, deviation };
        LeftOut {
            label,
            said: Said {
                posterior,
                head: Some(head),
                without_network: None,
            },
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-13
    }

    #[test]
    fn weights_scores_and_error_by_hand() {
        // errors −1, 0 and 1, −2: E = (½ −½; −½ 5/2), e = ½, w⁰ = (⅔, ⅓), |w⁰|² = 5/9;
        // B = E + ¼ (2/9 −4/9; −4/9 8/9) = (10 −11; −11 49) / 18, B⁻¹ 1 ∝ (60, 21)
        let found = [left_out(1.0, 2.0, 0.0, 0.5), left_out(-1.0, -1.0, 1.0, 2.0)];
        let got = Calibration::of(&found, |z| 10.0 * z);
        let [w, v] = [60.0 / 81.0, 21.0 / 81.0];
        assert!(near(got.weights.posterior, w) && near(got.weights.heads, v));
        assert_eq!(got.weights.without_network, 0.0);
        // both parts are 2 apart: σ² is the posterior's and 4 w v
        let deviations = [0.5_f64, 2.0].map(|s| (s * s + 4.0 * w * v).sqrt());
        assert!((0..2).all(|k| near(got.deviations[k], deviations[k])));
        // μ = 2 w, v − w
        let errors = [2.0 * w - 1.0, v - w + 1.0];
        let scores = [errors[1] / deviations[1], errors[0] / deviations[0]];
        assert!(
            (0..2).all(|k| near(got.scores[k], scores[k])),
            "{:?}",
            got.scores
        );
        let square = (errors[0].powi(2) + errors[1].powi(2)) / 2.0;
        assert!(near(got.rmse, 10.0 * square.sqrt()));
        assert_eq!(
            (got.trust(0.1), got.trust(2.0), got.trust(3.0)),
            (1.0, 0.5, 0.0)
        );
    }

    fn with_beside(label: f64, [mean, head, beside]: [f64; 3]) -> LeftOut {
        let mut one = left_out(label, mean, head, 1.0);
        let deviation = 1.0;
        one.said.without_network = Some(Estimate {
            mean: beside,
            deviation,
        });
        one
    }

    /// Against the smallest value over a grid of weights.
    #[test]
    fn weights_are_the_least_of_all_that_are_not_negative() {
        let noise = |k: usize, p: usize| ((k * 7 + p * 3) as f64 * 1.7).sin() * (1.0 + p as f64);
        let found: Vec<LeftOut> = (0..20)
            .map(|k| {
                let label = (k as f64).cos();
                with_beside(label, [0, 1, 2].map(|p| label + noise(k, p) + 0.3))
            })
            .collect();
        let value = |w: [f64; 3]| {
            let e = |p: usize| found.iter().map(|one| one.errors()[p].powi(2)).sum::<f64>();
            let squares = found.iter().map(|one| {
                let errors = one.errors();
                (0..3).map(|p| w[p] * errors[p]).sum::<f64>().powi(2)
            });
            let away: f64 = (0..3).map(|p| (w[p] - PRIOR[p]).powi(2)).sum();
            squares.sum::<f64>() + SHRINKAGE * e(0).min(e(1)).min(e(2)) * away
        };
        let got = Weights::of(&found).parts();
        assert!(near(got.iter().sum(), 1.0) && got.iter().all(|&w| w >= 0.0));
        for i in 0..=100 {
            for j in 0..=100 - i {
                let [a, b] = [i, j].map(|x| f64::from(x) / 100.0);
                let other = value([a, b, 1.0 - a - b]);
                assert!(value(got) <= other + 1e-12, "{got:?} {a} {b}");
            }
        }
    }

    #[test]
    fn a_part_that_only_adds_error_has_no_weight() {
        // ten times the error of another, in the same direction
        let worse = [
            with_beside(0.0, [1.0, 10.0, 10.0]),
            with_beside(0.0, [0.1, 1.0, 1.0]),
        ];
        assert_eq!(Weights::of(&worse), Weights::default());
        assert_eq!(Weights::of(&[]), Weights::default());
    }

    #[test]
    fn what_is_not_there_leaves_its_weight_to_the_others() {
        let weights = Weights::of_parts([0.25, 0.75, 0.0]);
        let one = left_out(0.0, 1.0, f64::INFINITY, 0.5);
        assert_eq!(weights.mix(&one.said), one.said.posterior);
        let heads = Weights::of_parts([0.0, 1.0, 0.0]);
        assert_eq!(heads.mix(&one.said), one.said.posterior);
        let all = Weights::of_parts([0.25, 0.5, 0.25]).of_those([true, false, true]);
        assert_eq!(all.parts(), [0.5, 0.0, 0.5]);
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

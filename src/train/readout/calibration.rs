//! What predictions of rows left out are worth: the weights of what is mixed, errors, scores for intervals.

use faer::Mat;
use faer::Side;
use faer::linalg::solvers::Solve;
use serde::{Deserialize, Serialize};

use crate::gp::{Hyperparameters, Joint};
use crate::train::metrics::number_or_nan;

/// MixtureWeights before any label is looked at: half for the mean of the frames' posteriors, the rest for what is beside them.
const PRIOR: [f64; 3] = [0.5, 0.25, 0.25];
/// λ of [`MixtureWeights`]: [`PRIOR`] counts for half as many labels as are left out. Chosen on the tuning pairs.
const SHRINKAGE: f64 = 0.5;

/// MixtureWeights of what a prediction is mixed of: at least 0, their sum 1.
///
/// Those of the least squares over n labels y that were left out, of predictions m_p of parts p, kept near weights w⁰
/// (½ for the posterior, ¼ for each of the others, in that proportion where a part is missing), since parts that err alike
/// leave them undetermined:
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
pub struct MixtureWeights {
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
    pub weights: MixtureWeights,
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
pub(super) struct Normal {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// What all parts say of one label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statements {
    pub(super) posterior: Normal,
    /// What the head of a network says; none without a network.
    pub(super) head: Option<f64>,
    /// What the posterior over the rows' own views says; none where there is none beside another.
    pub(super) without_network: Option<Normal>,
}

/// One label that was left out, standardised, and what is said of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeftOut {
    pub(super) label: f64,
    /// The part of the labels that it was left out with, if it was not alone.
    pub(super) fold: Option<usize>,
    pub(super) said: Statements,
}

impl Calibration {
    /// Of labels left out; `restore` takes a standardised value into the task's unit.
    ///
    /// The weights are those of all labels. Errors and scores are of mixtures by weights that the label's own part has not
    /// shaped.
    pub(super) fn of(found: &[LeftOut], restore: impl Fn(f64) -> f64) -> Self {
        let weights = MixtureWeights::of(found);
        let folds = found.iter().filter_map(|one| one.fold).max();
        let without = |fold: usize| {
            let others = found.iter().filter(|one| one.fold != Some(fold));
            MixtureWeights::of(&others.copied().collect::<Vec<_>>())
        };
        let by_fold: Vec<MixtureWeights> =
            (0..folds.map_or(0, |last| last + 1)).map(without).collect();
        let mixed = |one: &LeftOut| {
            let weights = one.fold.map_or(&weights, |fold| &by_fold[fold]);
            weights.mix(&one.said)
        };
        let mixed: Vec<Normal> = found.iter().map(mixed).collect();
        let score =
            |(one, mixed): (&LeftOut, &Normal)| (one.label - mixed.mean).abs() / mixed.deviation;
        let mut scores: Vec<f64> = found.iter().zip(&mixed).map(score).collect();
        let mut deviations: Vec<f64> = mixed.iter().map(|one| one.deviation).collect();
        scores.sort_unstable_by(f64::total_cmp);
        deviations.sort_unstable_by(f64::total_cmp);
        let square =
            |(one, mixed): (&LeftOut, &Normal)| (restore(one.label) - restore(mixed.mean)).powi(2);
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

impl Normal {
    /// What a posterior says of a label of the task, noise included.
    pub(super) fn of(joint: &Joint, theta: &Hyperparameters, task: usize) -> Self {
        Self {
            mean: joint.mean[task],
            deviation: joint.deviation(task, theta.noise(task)),
        }
    }
}

impl Statements {
    /// Every part, in the order of [`MixtureWeights::parts`]; but for the first none where there is none, or where its mean
    /// is outside the range of the labels' transformation.
    fn parts(&self) -> [Option<Normal>; 3] {
        let finite = |part: &Normal| part.mean.is_finite();
        let of_head = |mean| Normal {
            mean,
            deviation: self.posterior.deviation,
        };
        [
            Some(self.posterior),
            self.head.map(of_head).filter(finite),
            self.without_network.filter(finite),
        ]
    }
}

impl LeftOut {
    /// `y − m_p` of every part; NaN where it says nothing.
    fn errors(&self) -> [f64; 3] {
        let error = |part: Option<Normal>| part.map_or(f64::NAN, |part| self.label - part.mean);
        self.said.parts().map(error)
    }
}

impl Default for MixtureWeights {
    /// The posterior alone.
    fn default() -> Self {
        Self {
            posterior: 1.0,
            heads: 0.0,
            without_network: 0.0,
        }
    }
}

impl MixtureWeights {
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

    /// With the weights of parts that are not present given to the others in proportion; all to the posterior where these
    /// have none.
    pub(super) fn among(&self, present: [bool; 3]) -> Self {
        let parts = self.parts().into_iter().zip(present);
        let mut parts = parts.map(|(w, present)| if present { w } else { 0.0 });
        let parts: [f64; 3] = std::array::from_fn(|_| parts.next().expect("there are three"));
        let sum: f64 = parts.iter().sum();
        match sum > 0.0 {
            true => Self::of_parts(parts.map(|w| w / sum)),
            false => Self::default(),
        }
    }

    /// Are these weights?
    pub(super) fn are_whole(&self) -> bool {
        let parts = self.parts();
        parts.iter().all(|&w| w >= 0.0) && (parts.iter().sum::<f64>() - 1.0).abs() < 1e-9
    }

    /// The mixture of what is said.
    pub(super) fn mix(&self, said: &Statements) -> Normal {
        let parts = said.parts();
        let weights = self.among(parts.map(|part| part.is_some())).parts();
        let mean_of = |of: &dyn Fn(&Normal) -> f64| -> f64 {
            let weighted = weights.iter().zip(&parts);
            let terms = weighted.filter_map(|(w, part)| Some(w * of(part.as_ref()?)));
            terms.sum()
        };
        let mean = mean_of(&|part| part.mean);
        let variance = mean_of(&|part| part.deviation.powi(2) + (part.mean - mean).powi(2));
        Normal {
            mean,
            deviation: variance.sqrt(),
        }
    }

    /// Of the least squares; the posterior alone where nothing can be told. A part is present where some label has a finite
    /// error of it, and labels count that have errors of all such parts.
    fn of(found: &[LeftOut]) -> Self {
        let errors: Vec<[f64; 3]> = found.iter().map(LeftOut::errors).collect();
        let present = [0, 1, 2].map(|p| errors.iter().any(|errors| errors[p].is_finite()));
        let all: Vec<usize> = (0..present.len()).filter(|&p| present[p]).collect();
        let complete = |errors: &&[f64; 3]| all.iter().all(|&p| errors[p].is_finite());
        let errors: Vec<&[f64; 3]> = errors.iter().filter(complete).collect();
        let prior = Self::of_parts(PRIOR).among(present);
        let e = |p: usize, q: usize| {
            let products = errors.iter().map(|errors| errors[p] * errors[q]);
            products.sum::<f64>() / errors.len() as f64
        };
        let least = all.iter().map(|&p| e(p, p)).fold(f64::INFINITY, f64::min);
        if least == 0.0 {
            // nothing is better than parts without an error
            return prior.among([0, 1, 2].map(|p| present[p] && e(p, p) == 0.0));
        }
        let w = prior.parts();
        let length: f64 = w.iter().map(|w| w * w).sum();
        let b = |p: usize, q: usize| {
            let identity = f64::from(u8::from(p == q));
            e(p, q) + SHRINKAGE * least * (identity - w[p] - w[q] + length)
        };
        let sets = (1..1_usize << all.len()).map(|set| {
            let chosen = all.iter().enumerate();
            let chosen = chosen.filter(|(place, _)| set >> place & 1 == 1);
            chosen.map(|(_, &p)| p).collect::<Vec<_>>()
        });
        let found = sets
            .filter_map(|set| of_set(&set, b))
            .reduce(|a, b| if b.0 < a.0 { b } else { a });
        found.map_or_else(Self::default, |(_, weights)| Self::of_parts(weights))
    }

    /// What is mixed, behind a sentence.
    pub(super) fn sentence(&self, without_network: bool) -> String {
        let without_network = match without_network {
            true => format!(", of one that sees no network {:.2}", self.without_network),
            false => String::new(),
        };
        format!(
            "; weight of the posterior {:.2}, of the heads {:.2}{without_network}",
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
        let posterior = Normal { mean, deviation };
        LeftOut {
            label,
            fold: None,
            said: Statements {
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

    fn with_third(label: f64, [mean, head, third]: [f64; 3]) -> LeftOut {
        let mut one = left_out(label, mean, head, 1.0);
        let deviation = 1.0;
        one.said.without_network = Some(Normal {
            mean: third,
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
                with_third(label, [0, 1, 2].map(|p| label + noise(k, p) + 0.3))
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
        let got = MixtureWeights::of(&found).parts();
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
            with_third(0.0, [1.0, 10.0, 10.0]),
            with_third(0.0, [0.1, 1.0, 1.0]),
        ];
        assert_eq!(MixtureWeights::of(&worse), MixtureWeights::default());
        assert_eq!(MixtureWeights::of(&[]), MixtureWeights::default());
    }

    #[test]
    fn a_part_without_an_error_has_all_the_weight() {
        let exact = [
            with_third(1.0, [1.0, 2.0, 0.0]),
            with_third(0.0, [0.0, 1.0, 1.0]),
        ];
        assert_eq!(MixtureWeights::of(&exact).parts(), [1.0, 0.0, 0.0]);
        let both = [with_third(1.0, [0.0, 1.0, 1.0])];
        assert_eq!(MixtureWeights::of(&both).parts(), [0.0, 0.5, 0.5]);
    }

    /// Heads of which none is finite leave the two others; one label without a third part does not rule the part out.
    #[test]
    fn a_part_is_present_where_it_is_finite() {
        let found = [
            with_third(1.0, [2.0, f64::INFINITY, 0.0]),
            with_third(-1.0, [-2.0, f64::NEG_INFINITY, 1.0]),
            left_out(0.0, 1.0, f64::INFINITY, 1.0),
        ];
        // errors −1, 1 and 1, −2: those by hand above of parts in the proportion 2 to 1 again, with signs
        let weights = MixtureWeights::of(&found);
        assert!(weights.are_whole() && weights.heads == 0.0);
        assert!(
            weights.posterior > 0.5 && weights.without_network > 0.25,
            "{weights:?}"
        );
        let reversed: Vec<LeftOut> = found.iter().rev().copied().collect();
        let other = MixtureWeights::of(&reversed);
        assert!(near(other.posterior, weights.posterior));
    }

    /// Weights that fit one part of the labels alone do not make its stated error smaller.
    #[test]
    fn errors_are_of_weights_that_their_part_has_not_shaped() {
        let part = |fold: usize, mean: f64, head: f64| LeftOut {
            fold: Some(fold),
            ..left_out(0.0, mean, head, 1.0)
        };
        // the posterior is right in part 0, the heads in part 1
        let found = [part(0, 0.0, 1.0), part(1, 1.0, 0.0)];
        let got = Calibration::of(&found, |z| z);
        assert!(got.rmse > 0.9, "{}", got.rmse);
        assert!(got.weights.posterior > 0.5 && got.weights.heads > 0.25);
    }

    #[test]
    fn what_is_not_there_leaves_its_weight_to_the_others() {
        let weights = MixtureWeights::of_parts([0.25, 0.75, 0.0]);
        let one = left_out(0.0, 1.0, f64::INFINITY, 0.5);
        assert_eq!(weights.mix(&one.said), one.said.posterior);
        let heads = MixtureWeights::of_parts([0.0, 1.0, 0.0]);
        assert_eq!(heads.mix(&one.said), one.said.posterior);
        let all = MixtureWeights::of_parts([0.25, 0.5, 0.25]).among([true, false, true]);
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

//! Wilcoxon's signed-rank test of paired differences, and Holm's correction for several of them.

use std::f64::consts::SQRT_2;

use crate::train::metrics::ranks;

/// Up to this many differences the distribution is counted out; beyond, it is taken as normal.
const EXACT: usize = 100;

/// The two-sided probability, under the hypothesis that every difference is as likely positive as
/// negative, of a sum of signed ranks at least as far from its mean as the one found (Wilcoxon 1945):
/// [`counted`] of up to 100 differences, beyond that [`approximated`].
///
/// Zeros are left out; equal sizes share the mean of their ranks. NaN without a difference that is not zero.
/// Folds of one table share training rows: taken as pairs, their differences are not independent, and p is
/// somewhat too small.
pub fn wilcoxon(differences: &[f64]) -> f64 {
    match Ranked::of(differences) {
        Some(ranked) if ranked.doubled.len() > EXACT => ranked.approximated(),
        Some(ranked) => ranked.counted(),
        None => f64::NAN,
    }
}

/// Two-sided probability by Wilcoxon's signed-rank test, from the distribution over all signs
/// counted out, ties included; NaN without a difference other than zero.
pub fn counted(differences: &[f64]) -> f64 {
    Ranked::of(differences).map_or(f64::NAN, |ranked| ranked.counted())
}

/// Two-sided probability by Wilcoxon's signed-rank test, from the normal distribution of many
/// differences with a correction for continuity; NaN without a difference other than zero:
///
/// ```text
/// z = (|W − Σr/2| − 1/2)₊ / √(Σ r² / 4),   p = erfc(z / √2),   W the sum of the ranks of positive differences
/// ```
pub fn approximated(differences: &[f64]) -> f64 {
    Ranked::of(differences).map_or(f64::NAN, |ranked| ranked.approximated())
}

/// The sum of signed ranks that was found.
struct Ranked {
    /// Twice the rank of each difference.
    doubled: Vec<usize>,
    /// Sum of the doubled ranks.
    all: usize,
    /// Distance of twice the doubled sum of positive ranks from its mean, a whole number.
    away: usize,
}

impl Ranked {
    /// None of no difference but zeros, or where one is NaN.
    fn of(differences: &[f64]) -> Option<Self> {
        let mut sizes: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
        if sizes.is_empty() || sizes.iter().any(|d| d.is_nan()) {
            return None;
        }
        sizes.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let ranks = ranks(&sizes.iter().map(|d| d.abs()).collect::<Vec<f64>>());
        let doubled: Vec<usize> = ranks.iter().map(|rank| (2.0 * rank) as usize).collect();
        let positive = doubled.iter().zip(&sizes).filter(|(_, d)| **d > 0.0);
        let found: usize = positive.map(|(rank, _)| rank).sum();
        let all: usize = doubled.iter().sum();
        Some(Self {
            away: (2 * found).abs_diff(all),
            doubled,
            all,
        })
    }

    fn counted(&self) -> f64 {
        let counts = distribution(&self.doubled, self.all);
        let far = counts.iter().enumerate();
        let tail = far.filter(|(sum, _)| (2 * sum).abs_diff(self.all) >= self.away);
        tail.map(|(_, probability)| probability)
            .sum::<f64>()
            .min(1.0)
    }

    fn approximated(&self) -> f64 {
        let squares = self.doubled.iter().map(|&r| (r as f64).powi(2));
        let z = (self.away as f64 - 2.0).max(0.0) / squares.sum::<f64>().sqrt();
        libm::erfc(z / SQRT_2)
    }
}

/// Probability of each sum of a random subset of `ranks`, from 0 to `all`.
fn distribution(ranks: &[usize], all: usize) -> Vec<f64> {
    let mut probability = vec![0.0; all + 1];
    probability[0] = 1.0;
    for &rank in ranks {
        for sum in (0..=all).rev() {
            let with = if sum >= rank {
                probability[sum - rank]
            } else {
                0.0
            };
            probability[sum] = 0.5 * (probability[sum] + with);
        }
    }
    probability
}

/// Holm's step-down correction (Holm 1979): the k-th smallest of n probabilities times n + 1 − k, not below
/// the corrected ones before it, at most 1. NaN stays and does not count.
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len())
        .filter(|&i| !probabilities[i].is_nan())
        .collect();
    order.sort_by(|&i, &j| probabilities[i].total_cmp(&probabilities[j]));
    let mut corrected = vec![f64::NAN; probabilities.len()];
    let mut largest = 0.0_f64;
    for (before, &i) in order.iter().enumerate() {
        largest = largest.max(probabilities[i] * (order.len() - before) as f64);
        corrected[i] = largest.min(1.0);
    }
    corrected
}

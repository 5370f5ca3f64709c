//! Adam, and the length of gradients.

use std::ops::Range;

use super::Trained;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, reduce};

/// Decay of the first moment.
const BETA_1: f64 = 0.9;
/// Decay of the second moment.
const BETA_2: f64 = 0.999;
/// Keeps the division away from zero.
const EPSILON: f64 = 1e-8;

/// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019):
///
/// ```text
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// w ← (1 − η λ) w − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁^t),   v̂ = v / (1 − β₂^t)
/// ```
///
/// One pass over the trained blocks of the flat buffer: reads g, w, m, v, writes w, m, v.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<T> {
    first: Vec<T>,
    second: Vec<T>,
    step: u64,
    weight_decay: f64,
}

impl<T: Real> Adam<T> {
    /// At rest, for `n` parameters; `weight_decay` λ, 0 for plain Adam.
    pub fn new(n: usize, weight_decay: f64) -> Self {
        Self {
            first: vec![T::ZERO; n],
            second: vec![T::ZERO; n],
            step: 0,
            weight_decay,
        }
    }

    /// The state after `step` steps, as [`Self::moments`] gave it.
    pub fn resume(first: Vec<T>, second: Vec<T>, step: u64, weight_decay: f64) -> Self {
        Self {
            first,
            second,
            step,
            weight_decay,
        }
    }

    /// First and second moments.
    pub fn moments(&self) -> (&[T], &[T]) {
        (&self.first, &self.second)
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Takes on the state of `other`, which differs from this one only where weights are `trained`: nothing else is
    /// copied.
    ///
    /// # Panics
    /// If the lengths differ, or a block reaches past them.
    #[track_caller]
    pub fn copy_trained(&mut self, other: &Self, trained: &Trained) {
        assert_eq!(self.first.len(), other.first.len(), "adam: lengths differ");
        trained.copy(&other.first, &mut self.first);
        trained.copy(&other.second, &mut self.second);
        (self.step, self.weight_decay) = (other.step, other.weight_decay);
    }

    /// One step of learning rate η against the gradient.
    ///
    /// # Panics
    /// If the lengths differ from the optimiser's.
    #[track_caller]
    pub fn step(&mut self, weights: &mut [T], gradient: &[T], rate: f64) {
        let whole = 0..self.first.len();
        self.step_within(std::slice::from_ref(&whole), weights, gradient, rate);
    }

    /// One step down `gradient` at learning rate `rate` within these blocks of the weights; the
    /// rest, with its moments, is neither read nor written.
    ///
    /// # Panics
    /// If the lengths differ from the optimiser's, or a block reaches past them.
    #[track_caller]
    pub fn step_within(
        &mut self,
        blocks: &[Range<usize>],
        weights: &mut [T],
        gradient: &[T],
        rate: f64,
    ) {
        let n = self.first.len();
        assert!(
            weights.len() == n && gradient.len() == n,
            "adam: lengths differ"
        );
        self.step += 1;
        let power = i32::try_from(self.step).unwrap_or(i32::MAX);
        let (bias_1, bias_2) = (1.0 - BETA_1.powi(power), 1.0 - BETA_2.powi(power));
        let length = T::from_f64(rate / bias_1);
        let unbias = T::from_f64(1.0 / bias_2.sqrt());
        let keep = T::from_f64(1.0 - rate * self.weight_decay);
        let (b1, b2) = (T::from_f64(BETA_1), T::from_f64(BETA_2));
        let (c1, c2) = (T::from_f64(1.0 - BETA_1), T::from_f64(1.0 - BETA_2));
        let epsilon = T::from_f64(EPSILON);
        for block in blocks {
            let first = &mut self.first[block.clone()];
            let moments = first.iter_mut().zip(&mut self.second[block.clone()]);
            let weights = &mut weights[block.clone()];
            let all = weights
                .iter_mut()
                .zip(&gradient[block.clone()])
                .zip(moments);
            vectorised(
                #[inline(always)]
                || {
                    all.for_each(|((w, &g), (m, v))| {
                        *m = b1 * *m + c1 * g;
                        *v = b2 * *v + c2 * g * g;
                        *w = keep * *w - length * *m / (v.root() * unbias + epsilon);
                    });
                },
            );
        }
    }
}

/// Scales the gradient, zero outside these blocks, back to the norm `limit` if it is longer; returns the norm it had.
/// Neither changes by a bit with blocks that are wider.
///
/// # Panics
/// If a block reaches past the gradient.
#[track_caller]
pub fn clip_norm_within<T: Real>(blocks: &[Range<usize>], gradient: &mut [T], limit: f64) -> f64 {
    // partial sums begin where those of the whole do
    let start = blocks.first().map_or(0, |block| block.start);
    let start = start / reduce::LANES * reduce::LANES;
    let end = blocks.last().map_or(start, |block| block.end);
    clip_norm(&mut gradient[start..end], limit)
}

/// Scales the gradient back to the norm `limit` if it is longer; returns the norm it had.
pub fn clip_norm<T: Real>(gradient: &mut [T], limit: f64) -> f64 {
    let norm = reduce::sum_of_squares(gradient).to_f64().sqrt();
    if norm > limit {
        let factor = T::from_f64(limit / norm);
        gradient.iter_mut().for_each(|g| *g *= factor);
    }
    norm
}

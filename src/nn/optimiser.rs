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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Parameters;
    use crate::random::{Purpose, Stream};

    #[test]
    fn the_first_steps_follow_the_algorithm() {
        // with a constant gradient m̂ = g and v̂ = g² at every step: each step is η · sign(g)
        let mut adam = Adam::<f64>::new(2, 0.0);
        let mut w = [1.0, 1.0];
        for k in 1..=3 {
            adam.step(&mut w, &[0.5, -2.0], 0.1);
            let moved = 0.1 * f64::from(k);
            assert!((w[0] - (1.0 - moved)).abs() < 1e-7 && (w[1] - (1.0 + moved)).abs() < 1e-7);
        }
        assert_eq!(adam.steps(), 3);
    }

    #[test]
    fn weight_decay_is_decoupled() {
        let mut adam = Adam::<f64>::new(1, 0.5);
        let mut w = [2.0];
        adam.step(&mut w, &[0.0], 0.1);
        assert!((w[0] - 2.0 * (1.0 - 0.05)).abs() < 1e-15);
    }

    #[test]
    fn what_lies_outside_the_blocks_is_left() {
        let (gradient, start) = ([1.0, f64::NAN, -3.0, 0.5], [4.0, 5.0, 6.0, 7.0]);
        let (mut whole, mut parts) = (Adam::new(4, 0.1), Adam::new(4, 0.1));
        let (mut w, mut u) = (start, start);
        for _ in 0..3 {
            whole.step(&mut w, &gradient, 0.1);
            parts.step_within(&[0..1, 2..4], &mut u, &gradient, 0.1);
        }
        assert_eq!([u[0], u[2], u[3]], [w[0], w[2], w[3]]);
        assert!(u[1] == start[1] && w[1].is_nan());
        let (first, second) = parts.moments();
        assert_eq!((first[1], second[1]), (0.0, 0.0));
    }

    #[test]
    fn a_copy_of_what_is_trained_steps_on_as_the_original() {
        let mut stream = Stream::new(0, Purpose::Test, 0);
        let mut parameters = Parameters::<f64>::new();
        let mut add = |name| parameters.add(name, (1, 2), 1, &mut stream);
        let (frozen, _) = (add("frozen"), add("w"));
        let trained = parameters.trained(&[frozen]);
        let gradient = [f64::NAN, f64::NAN, -3.0, 0.5];
        let mut adam = Adam::new(4, 0.1);
        let start = adam.clone();
        let mut w = [1.0; 4];
        adam.step_within(trained.blocks(), &mut w, &gradient, 0.1);
        let mut copy = Adam::new(4, 0.2);
        copy.copy_trained(&adam, &trained);
        assert_eq!(copy, adam);
        copy.copy_trained(&start, &trained);
        assert_eq!(copy, start);
    }

    #[test]
    fn a_quadratic_is_minimised() {
        let mut adam = Adam::<f32>::new(2, 0.0);
        let mut w = [3.0_f32, -2.0];
        for k in 0..2000 {
            let gradient = [2.0 * (w[0] - 1.0), 20.0 * w[1]];
            adam.step(&mut w, &gradient, 0.05 * (1.0 - f64::from(k) / 2000.0));
        }
        assert!((w[0] - 1.0).abs() < 1e-3 && w[1].abs() < 1e-3, "{w:?}");
    }

    #[test]
    fn a_norm_within_blocks_has_the_bits_of_the_whole() {
        let blocks = [19..40, 45..77];
        let inside = |k: usize| blocks.iter().any(|block| block.contains(&k));
        let entry = |k: usize| if inside(k) { 0.1 + k as f32 } else { 0.0 };
        let gradient: Vec<f32> = (0..90).map(entry).collect();
        for limit in [1.0, 1e6] {
            let (mut whole, mut within) = (gradient.clone(), gradient.clone());
            let norms = [
                clip_norm(&mut whole, limit),
                clip_norm_within(&blocks, &mut within, limit),
            ];
            assert_eq!(norms[0], norms[1]);
            assert_eq!(whole, within);
        }
        assert_eq!(clip_norm_within(&[], &mut [1.0_f32], 1.0), 0.0);
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_kept() {
        let mut g = [3.0, 4.0];
        assert_eq!(clip_norm(&mut g, 10.0), 5.0);
        assert_eq!(g, [3.0, 4.0]);
        assert_eq!(clip_norm(&mut g, 1.0), 5.0);
        assert!((g[0] - 0.6_f64).abs() < 1e-15 && (g[1] - 0.8_f64).abs() < 1e-15);
    }
}

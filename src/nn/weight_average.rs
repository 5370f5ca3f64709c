//! The mean of the weights along training.

use std::ops::Range;

use super::Trained;
use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// A running mean of the weights w₁, w₂, … with a memory of n steps (Polyak and Juditsky 1992;
/// exponential once the memory is full):
///
/// ```text
/// a_k = a_{k−1} + (w_k − a_{k−1}) / min(k, n)
/// ```
///
/// The plain mean of the first n, then decay 1 − 1/n. With n = 1 it is the weights themselves, bit
/// for bit. One pass over the trained blocks of the flat buffer a step: reads w and a, writes a.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightAverage<T> {
    mean: Vec<T>,
    memory: u64,
}

impl<T: Real> WeightAverage<T> {
    /// A mean over about `memory` steps (at least 1), of what it is told from now on; until then
    /// the `start`.
    pub fn new(start: &[T], memory: u64) -> Self {
        Self {
            mean: start.to_vec(),
            memory: memory.max(1),
        }
    }

    /// The mean.
    pub fn mean(&self) -> &[T] {
        &self.mean
    }

    /// Takes on the state of `other`, which differs from this one only where weights are `trained`: nothing else is
    /// copied.
    ///
    /// # Panics
    /// If the lengths differ, or a block reaches past them.
    #[track_caller]
    pub fn copy_trained(&mut self, other: &Self, trained: &Trained) {
        assert_eq!(self.mean.len(), other.mean.len(), "weight average: lengths");
        trained.copy(&other.mean, &mut self.mean);
        self.memory = other.memory;
    }

    /// Does it look further back than the last step?
    pub fn remembers(&self) -> bool {
        self.memory > 1
    }

    /// Takes in the weights after step `k`, counted from 1: these blocks of them, the rest being as at the
    /// start.
    ///
    /// # Panics
    /// If the lengths differ, or a block reaches past them.
    #[track_caller]
    pub fn follow(&mut self, blocks: &[Range<usize>], weights: &[T], k: u64) {
        assert_eq!(weights.len(), self.mean.len(), "weight average: lengths");
        let n = k.clamp(1, self.memory);
        let share = T::from_f64(1.0 / n as f64);
        for block in blocks {
            let (mean, weights) = (&mut self.mean[block.clone()], &weights[block.clone()]);
            if n == 1 {
                mean.copy_from_slice(weights);
                continue;
            }
            let pairs = mean.iter_mut().zip(weights);
            vectorised(
                #[inline(always)]
                || pairs.for_each(|(a, &w)| *a += (w - *a) * share),
            );
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Parameters;
    use crate::random::{Purpose, Stream};

    #[test]
    fn the_first_steps_are_a_plain_mean_and_later_ones_fade() {
        let mut average = WeightAverage::new(&[0.0_f64, 1.0], 3);
        let means: Vec<f64> = [3.0, 6.0, 9.0, 0.0]
            .iter()
            .zip(1..)
            .map(|(&w, k)| {
                average.follow(std::slice::from_ref(&(0..1)), &[w, f64::NAN], k);
                average.mean()[0]
            })
            .collect();
        // (3 + 6)/2, (3 + 6 + 9)/3, then 6 + (0 − 6)/3
        let want = [3.0, 4.5, 6.0, 4.0];
        for (got, want) in means.iter().zip(want) {
            assert!((got - want).abs() < 1e-15, "{means:?}");
        }
        assert_eq!(average.mean()[1], 1.0, "outside the blocks");
    }

    #[test]
    fn a_memory_of_one_step_is_the_weights() {
        let mut average = WeightAverage::new(&[1.0_f32, 2.0], 1);
        for k in 1..5 {
            let weights = [0.1 * k as f32, 1.0 / k as f32];
            average.follow(&[0..1, 1..2], &weights, k);
            assert_eq!(average.mean(), weights);
        }
    }

    #[test]
    fn a_copy_of_what_is_trained_is_the_state() {
        let mut stream = Stream::new(0, Purpose::Test, 0);
        let mut parameters = Parameters::<f64>::new();
        let mut add = |name| parameters.add(name, (1, 2), 1, &mut stream);
        let (frozen, _) = (add("frozen"), add("w"));
        let trained = parameters.trained(&[frozen]);
        let mut average = WeightAverage::new(&[1.0, 2.0, 3.0, 4.0], 3);
        let start = average.clone();
        let mut copy = average.clone();
        average.follow(trained.blocks(), &[f64::NAN, f64::NAN, 5.0, 6.0], 1);
        copy.copy_trained(&average, &trained);
        assert_eq!(copy, average);
        copy.copy_trained(&start, &trained);
        assert_eq!(copy, start);
    }
}

//! How many points go through all layers together.

use super::perceptron::Dense;
use crate::tensor::Real;

/// What the stacks of a tile may take together: half of a second-level cache of 1 MiB, so that a
/// layer finds in it what the one before has left, beside its weights.
const TILE_BYTES: usize = 512 << 10;

/// Never more points than this, so that a batch has tiles enough for the threads.
const LARGEST_TILE: usize = 64;

/// Points to a tile of values: a rule of the network's shape alone, so that results do not depend on
/// the number of threads. There are two stacks, one read and one written.
pub(super) fn of_network<T: Real>(layers: &[Dense<T>]) -> usize {
    let widest = layers.iter().map(Dense::outputs).max().unwrap_or(1);
    (TILE_BYTES / (2 * widest * size_of::<T>())).clamp(1, LARGEST_TILE)
}

//! How many points go through all layers together.

/// What the buffers of a tile may take together: half of a second-level cache of 512 KiB, so that a
/// layer finds in it what the one before has left, beside its weights.
const TILE_BYTES: usize = 256 << 10;

/// Never more points than this, so that a batch has tiles enough for the threads.
const LARGEST_TILE: usize = 64;

/// Points to a tile, where a point has `numbers` numbers in the widest layer's stack: a fixed rule,
/// so that results do not depend on the number of threads. There are two stacks, one read and one
/// written.
pub(super) fn points<T>(numbers: usize) -> usize {
    (TILE_BYTES / (2 * numbers * size_of::<T>())).clamp(1, LARGEST_TILE)
}

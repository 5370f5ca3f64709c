//! How a batch is cut into tiles, and who works on them.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::curvature::Bending;
use super::frame::Frame;
use super::lane::{LANES, Lane, gather, room};
use super::network::Network;
use super::reverse::Reverse;
use super::sweep::{Chunk, Sweep};
use crate::tensor::Real;

/// What the matrices of a tile may take together: half of a second-level cache of 1 MiB, so that a
/// layer finds in it what the one before has left, beside its weights.
pub(super) const TILE_BYTES: usize = 512 << 10;

/// Never more groups of points than this, so that a batch has tiles enough for the threads.
const LARGEST_TILE: usize = 8;

/// The working memory of one tile.
pub(super) struct Workspace<T> {
    pub(super) sweep: Sweep<T>,
    pub(super) reverse: Reverse<T>,
    pub(super) frame: Frame<T>,
    pub(super) bending: Bending<T>,
    pub(super) chunks: Vec<Chunk<T>>,
    /// The points, `[i][group]`.
    pub(super) x: Vec<Lane<T>>,
    /// Results before they are scattered.
    pub(super) local: [Vec<Lane<T>>; 3],
}

impl<T: Real> Workspace<T> {
    pub(super) fn new(groups: usize) -> Self {
        Self {
            sweep: Sweep::new(groups),
            reverse: Reverse::default(),
            frame: Frame::default(),
            bending: Bending::default(),
            chunks: Vec::new(),
            x: Vec::new(),
            local: [Vec::new(), Vec::new(), Vec::new()],
        }
    }
}

/// A batch cut into tiles.
pub(super) struct Tiles<'p, T> {
    points: &'p [T],
    d: usize,
    /// Groups of [`LANES`] points in a tile.
    pub(super) groups: usize,
}

impl<'p, T: Real> Tiles<'p, T> {
    /// The tiles of a batch, `[point][i]`, for passes that keep `extra` columns beside value and first
    /// derivatives.
    #[track_caller]
    pub(super) fn of(net: &Network<'_, T>, points: &'p [T], extra: usize) -> Self {
        let (d, numbers) = (net.inputs(), points.len());
        assert!(
            numbers.is_multiple_of(d),
            "batch: {numbers} numbers, points of {d}"
        );
        // u and a of the layer before and after a GEMM, and σ with its derivatives
        let columns = 3 * (d + 1) + 4 + extra;
        let bytes = columns * net.widest() * size_of::<Lane<T>>();
        let needed = (numbers / d).div_ceil(LANES);
        let groups = (TILE_BYTES / bytes).min(needed).clamp(1, LARGEST_TILE);
        Self { points, d, groups }
    }

    /// Points in a tile.
    pub(super) fn len(&self) -> usize {
        self.groups * LANES
    }

    /// Runs `work` on every tile with its points in lanes and its parts of the outputs, `sizes` numbers
    /// a point.
    pub(super) fn map<const OUT: usize>(
        &self,
        sizes: [usize; OUT],
        work: impl Fn(&mut Workspace<T>, &[Lane<T>], [&mut [T]; OUT]) + Sync,
    ) -> [Vec<T>; OUT] {
        let count = self.points.len() / self.d;
        let mut outs = sizes.map(|size| vec![T::ZERO; count * size]);
        let mut parts = outs.each_mut().map(Vec::as_mut_slice);
        let tiles = self.points.chunks(self.len() * self.d).map(|points| {
            let mut size = sizes.iter();
            let part = parts.each_mut().map(|rest| {
                let len = points.len() / self.d * size.next().copied().unwrap_or(0);
                rest.split_off_mut(..len).unwrap_or_default()
            });
            (points, part)
        });
        let tiles: Vec<_> = tiles.collect();
        // a workspace is handed from tile to tile: as many are made as tiles run at one time
        let idle = Mutex::new(Vec::new());
        let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        tiles.into_par_iter().for_each(|(points, out)| {
            let taken = lock().pop();
            let mut workspace = taken.unwrap_or_else(|| Workspace::new(self.groups));
            let mut x = std::mem::take(&mut workspace.x);
            gather(points, self.d, self.groups, room(&mut x, self.d * self.groups));
            work(&mut workspace, &x, out);
            workspace.x = x;
            lock().push(workspace);
        });
        outs
    }
}

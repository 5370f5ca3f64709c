//! How a batch is cut into tiles, and who works on them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::curvature::Bending;
use super::frame::Frame;
use super::geodesic::Stages;
use super::lane::{LANES, Lane, gather, room};
use super::network::Network;
use super::reverse::Reverse;
use super::sweep::{Chunk, Sweep};
use crate::tensor::Real;

/// What the matrices of a tile may take together: three quarters of a second-level cache of 1 MiB, so
/// that a layer finds in it what the one before has left, beside its weights.
const TILE_BYTES: usize = 768 << 10;

/// What a chunk of second derivatives may take, of which two are in use.
pub(super) const CHUNK_BYTES: usize = 512 << 10;

/// Groups a tile may have: never many, so that a batch has tiles enough for the threads, and, where
/// there is a choice, such that columns come in the 48 that a GEMM's inner kernel takes at a time.
const TILES: [usize; 4] = [6, 3, 2, 1];

/// The working memory of one tile.
pub(super) struct Workspace<T> {
    pub(super) sweep: Sweep<T>,
    pub(super) reverse: Reverse<T>,
    pub(super) frame: Frame<T>,
    pub(super) bending: Bending<T>,
    pub(super) chunks: Vec<Chunk<T>>,
    pub(super) stages: Stages<T>,
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
            stages: Stages::default(),
            x: Vec::new(),
            local: [Vec::new(), Vec::new(), Vec::new()],
        }
    }

    /// The chunks that keep all second derivatives of the tile.
    pub(super) fn chunks_of(&self, net: &Network<'_, T>) -> impl Iterator<Item = &Chunk<T>> {
        let last = net.indices.len();
        let at = self.chunks.iter().position(|chunk| chunk.range.end == last);
        self.chunks.iter().take(at.map_or(0, |at| at + 1))
    }
}

/// Workspaces handed from tile to tile: as many are made as tiles run at one time.
pub(super) struct Pool<W, F> {
    idle: Mutex<Vec<W>>,
    make: F,
}

impl<W, F: Fn() -> W> Pool<W, F> {
    pub(super) fn new(make: F) -> Self {
        let idle = Mutex::new(Vec::new());
        Self { idle, make }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<W>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> W {
        let idle = self.lock().pop();
        idle.unwrap_or_else(&self.make)
    }

    pub(super) fn give(&self, workspace: W) {
        self.lock().push(workspace);
    }
}

/// A batch cut into tiles.
pub(super) struct Tiles<'p, T> {
    records: &'p [T],
    /// Numbers in a record: the coordinates of a point, and whatever goes with it.
    size: usize,
    /// Groups of [`LANES`] points in a tile.
    pub(super) groups: usize,
}

impl<'p, T: Real> Tiles<'p, T> {
    /// The tiles of a batch, `[point][i]`, for passes that keep `extra` columns beside value and first
    /// derivatives.
    #[track_caller]
    pub(super) fn of(net: &Network<'_, T>, points: &'p [T], extra: usize) -> Self {
        Self::of_records(net, (points, net.inputs()), extra)
    }

    /// The tiles of records of `size` numbers.
    #[track_caller]
    pub(super) fn of_records(
        net: &Network<'_, T>,
        (records, size): (&'p [T], usize),
        extra: usize,
    ) -> Self {
        let (d, numbers) = (net.inputs(), records.len());
        assert!(
            numbers.is_multiple_of(size),
            "batch: {numbers} numbers, points of {size}"
        );
        // u and a of the layer before and after a GEMM, and σ with its derivatives
        let columns = 3 * (d + 1) + 4 + extra;
        let bytes = columns * net.widest() * size_of::<Lane<T>>();
        let needed = (numbers / size).div_ceil(LANES);
        let most = (TILE_BYTES / bytes).min(needed).max(1);
        let groups = TILES
            .into_iter()
            .find(|&groups| groups <= most)
            .unwrap_or(1);
        Self {
            records,
            size,
            groups,
        }
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
        let count = self.records.len() / self.size;
        let mut outs = sizes.map(|size| vec![T::ZERO; count * size]);
        self.map_into(sizes, outs.each_mut().map(Vec::as_mut_slice), work);
        outs
    }

    /// [`Self::map`] into outputs of the right lengths.
    pub(super) fn map_into<const OUT: usize>(
        &self,
        sizes: [usize; OUT],
        mut parts: [&mut [T]; OUT],
        work: impl Fn(&mut Workspace<T>, &[Lane<T>], [&mut [T]; OUT]) + Sync,
    ) {
        let tiles = self.records.chunks(self.len() * self.size).map(|records| {
            let mut size = sizes.iter();
            let part = parts.each_mut().map(|rest| {
                let len = records.len() / self.size * size.next().copied().unwrap_or(0);
                rest.split_off_mut(..len).unwrap_or_default()
            });
            (records, part)
        });
        let tiles: Vec<_> = tiles.collect();
        let pool = Pool::new(|| Workspace::new(self.groups));
        tiles.into_par_iter().for_each(|(records, out)| {
            let mut workspace = pool.take();
            let mut x = std::mem::take(&mut workspace.x);
            let lanes = room(&mut x, self.size * self.groups);
            gather(records, self.size, self.groups, lanes);
            work(&mut workspace, lanes, out);
            workspace.x = x;
            pool.give(workspace);
        });
    }
}

//! How a batch is cut into tiles, and who works on them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::frame::Frame;
use super::geodesic::Stages;
use super::lane::{Grid, LANES, Lane, gather, room};
use super::network::Network;
use super::normals::Normals;
use super::reverse::Reverse;
use super::second_form::SecondForm;
use super::sweep::{Chunk, Sweep};
use crate::tensor::Real;

/// What the matrices of a tile may take together: three quarters of a second-level cache of 1 MiB, so
/// that a layer finds in it what the one before has left, beside its weights.
pub(super) const TILE_BYTES: usize = 768 << 10;

/// What u and a of a chunk of second derivatives may take together at a layer.
pub(super) const CHUNK_BYTES: usize = 512 << 10;

/// Most groups a tile may have: never many, so that a batch has tiles enough for the threads, and, where
/// there is a choice, such that columns come in the 24 or 48 that a product's inner kernel takes at a time.
const TILES: [usize; 4] = [6, 3, 2, 1];

/// So few tiles that it shows in the time of two threads if the last one is short.
const FEW: usize = 8;

/// Sizes of a tile: components, coordinates, groups.
pub(super) type Sizes = (usize, usize, usize);

/// One group of a buffer `[row][col][group]` with `cols` columns.
pub(super) fn grouped(cols: usize, groups: usize, g: usize) -> Grid {
    Grid {
        start: g,
        row: cols * groups,
        col: groups,
    }
}

/// The working memory of one tile.
pub(super) struct Workspace<T> {
    pub(super) sweep: Sweep<T>,
    pub(super) reverse: Reverse<T>,
    pub(super) frame: Frame<T>,
    pub(super) normals: Normals<T>,
    pub(super) second_form: SecondForm<T>,
    pub(super) chunks: Vec<Chunk<T>>,
    pub(super) stages: Stages<T>,
    /// The points, `[i][group]`.
    pub(super) x: Vec<Lane<T>>,
    /// Results before they are scattered.
    pub(super) local: [Vec<Lane<T>>; 3],
}

impl<T: Real> Workspace<T> {
    pub(super) fn new() -> Self {
        Self {
            sweep: Sweep::new(),
            reverse: Reverse::default(),
            frame: Frame::default(),
            normals: Normals::default(),
            second_form: SecondForm::default(),
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

/// Working memory handed from tile to tile and from call to call: as much is made as tiles run at one
/// time.
pub(super) struct Pool<W> {
    idle: Mutex<Vec<W>>,
}

impl<W> Pool<W> {
    pub(super) fn new() -> Self {
        let idle = Mutex::new(Vec::new());
        Self { idle }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<W>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Option<W> {
        self.lock().pop()
    }

    pub(super) fn give(&self, workspace: W) {
        self.lock().push(workspace);
    }
}

/// A batch cut into tiles.
pub(super) struct Tiles<'p, T> {
    /// `[point][i]`.
    points: &'p [T],
    /// Coordinates of a point.
    d: usize,
    /// Most groups of [`LANES`] points in a tile.
    groups: usize,
    pool: &'p Pool<Workspace<T>>,
}

/// What is done with a tile: its points in lanes, and its parts of the outputs.
type Work<'w, T, const OUT: usize> =
    &'w (dyn Fn(&mut Workspace<T>, &[Lane<T>], [&mut [T]; OUT]) + Sync);

impl<'p, T: Real> Tiles<'p, T> {
    /// The tiles of a batch, `[point][i]`, for passes that keep `extra` columns beside value and first
    /// derivatives.
    #[track_caller]
    pub(super) fn of(
        net: &Network<'_, T>,
        (points, pool): (&'p [T], &'p Pool<Workspace<T>>),
        extra: usize,
    ) -> Self {
        let (d, numbers) = (net.inputs(), points.len());
        assert!(
            numbers.is_multiple_of(d),
            "batch: {numbers} numbers, points of {d}"
        );
        // u and a of the layer before and after a GEMM, and σ with its derivatives
        let columns = 3 * (d + 1) + 4 + extra;
        let bytes = columns * net.widest() * size_of::<Lane<T>>();
        let needed = (numbers / d).div_ceil(LANES);
        let most = (TILE_BYTES / bytes).min(needed).max(1);
        let groups = TILES
            .into_iter()
            .find(|&groups| groups <= most)
            .unwrap_or(1);
        Self {
            points,
            d,
            groups,
            pool,
        }
    }

    /// Most points in a tile.
    pub(super) fn len(&self) -> usize {
        self.groups * LANES
    }

    /// Groups that hold these points.
    pub(super) fn groups_of(&self, points: &[T]) -> usize {
        (points.len() / self.d).div_ceil(LANES)
    }

    /// Groups before the place where so many `tiles` are halved: whole tiles. A batch of an even number of few
    /// tiles is cut in the middle instead, where each half still fits half the tiles: two threads have as much
    /// to do.
    fn before_half(&self, points: &[T], tiles: usize) -> usize {
        let whole_batch = points.len() == self.points.len();
        match whole_batch && tiles <= FEW && tiles.is_multiple_of(2) {
            true => self.groups_of(points).div_ceil(2),
            false => tiles / 2 * self.groups,
        }
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
        self.map_into(sizes, outs.each_mut().map(Vec::as_mut_slice), work);
        outs
    }

    /// [`Self::map`] into outputs of the right lengths.
    pub(super) fn map_into<const OUT: usize>(
        &self,
        sizes: [usize; OUT],
        parts: [&mut [T]; OUT],
        work: impl Fn(&mut Workspace<T>, &[Lane<T>], [&mut [T]; OUT]) + Sync,
    ) {
        if !self.points.is_empty() {
            self.divide(self.points, (sizes, parts), &work);
        }
    }

    /// Halves the points between two tiles until one tile is left: a list of all of them would be
    /// memory that grows with the batch.
    fn divide<const OUT: usize>(
        &self,
        points: &[T],
        (sizes, mut parts): ([usize; OUT], [&mut [T]; OUT]),
        work: Work<'_, T, OUT>,
    ) {
        let tiles = self.groups_of(points).div_ceil(self.groups);
        if tiles == 1 {
            let mut workspace = self.pool.take().unwrap_or_else(Workspace::new);
            let groups = self.groups_of(points);
            workspace.sweep.groups = groups;
            let mut x = std::mem::take(&mut workspace.x);
            let lanes = room(&mut x, self.d * groups);
            gather(points, self.d, groups, lanes);
            work(&mut workspace, lanes, parts);
            workspace.x = x;
            self.pool.give(workspace);
            return;
        }
        let half = self.before_half(points, tiles) * LANES;
        let (left, right) = points.split_at(half * self.d);
        let firsts = parts.each_mut().map(|_| <&mut [T]>::default());
        let mut firsts: [&mut [T]; OUT] = firsts;
        for ((first, rest), size) in firsts.iter_mut().zip(&mut parts).zip(sizes) {
            *first = rest.split_off_mut(..half * size).unwrap_or_default();
        }
        rayon::join(
            || self.divide(left, (sizes, firsts), work),
            || self.divide(right, (sizes, parts), work),
        );
    }
}

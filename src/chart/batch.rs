//! The pullback geometry of a perceptron at many points: tiles of points small enough for the
//! second-level cache go through all layers one after the other, threads take tiles.
//!
//! The tiles are fixed by the shape of the network alone and share nothing, so the results are the
//! same for any number of threads. Working memory is that of one tile per thread, whatever the
//! number of points: two stacks of at most 512 KiB together (one point where that is more), their
//! activations, and what one point's tensors take.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::forward::{Columns, Forward, Stack, room};
use super::perceptron::{Dense, Perceptron};
use super::pullback::{add_scaled, dot, metric, orthonormalise};
use super::reverse::Reverse;
use super::tile;
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// A perceptron `R^d → Rⁿ` read as an immersion, over batches of points `[point][i]`, in single or
/// double precision.
///
/// Where the Jacobian has not full rank to rounding in the precision used, what needs the inverse of
/// the metric is NaN at that point and at no other; [`LatentChart`](super::LatentChart) says why.
///
/// ```
/// use geogate::chart::{BatchGeometry, Dense, Perceptron};
/// use geogate::tensor::Tensor;
/// // (x, y) ↦ (2x, 3y), linear: g = diag(4, 9) everywhere
/// let stretch = Tensor::from_vec(2, 2, vec![2.0, 0.0, 0.0, 3.0]);
/// let map = Perceptron::new(vec![Dense::new(stretch, None, None)?])?;
/// let g = BatchGeometry::new(&map).metric(&[0.0, 0.0, 1.0, 1.0]);
/// assert_eq!(g, [4.0, 0.0, 0.0, 9.0, 4.0, 0.0, 0.0, 9.0]);
/// # Ok::<(), geogate::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchGeometry<'a, T = f64> {
    map: &'a Perceptron<T>,
}

/// The working memory of one tile.
struct Workspace<T> {
    forward: Forward<T>,
    reverse: Reverse<T>,
    covectors: Vec<T>,
    hessians: Vec<T>,
    local: Local<T>,
}

/// The tensors of one point.
struct Local<T> {
    /// The frame E, `[i][a]`.
    frame: Vec<T>,
    /// J in the frame, `[a][component]`.
    tangent: Vec<T>,
    /// Γ_{l,ij} with the first index in the frame, `[a][pair(i, j)]`.
    raised: Vec<T>,
    /// H with one index in the frame, `[i][b][component]`.
    half: Vec<T>,
    /// II in the frame, `[pair(a, b)][component]`.
    second: Vec<T>,
}

impl<T: Real> Workspace<T> {
    fn new() -> Self {
        Self {
            forward: Forward::default(),
            reverse: Reverse::default(),
            covectors: Vec::new(),
            hessians: Vec::new(),
            local: Local {
                frame: Vec::new(),
                tangent: Vec::new(),
                raised: Vec::new(),
                half: Vec::new(),
                second: Vec::new(),
            },
        }
    }
}

impl<'a, T: Real> BatchGeometry<'a, T> {
    /// The batched geometry of a map.
    pub fn new(map: &'a Perceptron<T>) -> Self {
        Self { map }
    }

    /// The pullback metric `g_ij = ⟨∂_i f, ∂_j f⟩`, `[point][i][j]`.
    ///
    /// # Panics
    /// If `points` is not a whole number of points.
    #[track_caller]
    pub fn metric(&self, points: &[T]) -> Vec<T> {
        let d = self.map.inputs();
        self.tiles(points, d * d, Columns::First, |work, points, out| {
            let stack = work.forward.run(self.map.layers(), points, Columns::First);
            for (p, g) in out.chunks_exact_mut(d * d).enumerate() {
                vectorised(
                    #[inline(always)]
                    || metric(d, |i| stack.row(1 + i, p), g),
                );
            }
        })
    }

    /// Christoffel symbols of the second kind `Γ^k_ij = g^kl ⟨∂_l f, ∂_i ∂_j f⟩`, `[point][k][i][j]`,
    /// by reverse passes.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn christoffel(&self, points: &[T]) -> Vec<T> {
        let d = self.map.inputs();
        self.tiles(points, d * d * d, Columns::First, |work, points, out| {
            christoffel_tile(self.map.layers(), work, points, out);
        })
    }

    /// The scalar curvature `R = ⟨tr II, tr II⟩ − ⟨II, II⟩`, one number a point, from the forward
    /// 2-jet by the Gauss equation.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn ricci_scalar(&self, points: &[T]) -> Vec<T> {
        let (d, n) = (self.map.inputs(), self.map.outputs());
        self.tiles(points, 1, Columns::Second, |work, points, out| {
            let layers = self.map.layers();
            let stack = work.forward.run(layers, points, Columns::Second);
            for (p, scalar) in out.iter_mut().enumerate() {
                let local = &mut work.local;
                *scalar = vectorised(
                    #[inline(always)]
                    || local.scalar(stack, p, (d, n)),
                );
            }
        })
    }

    /// Runs `work` on every tile of points with its part of the output, `size` numbers a point.
    #[track_caller]
    fn tiles(
        &self,
        points: &[T],
        size: usize,
        columns: Columns<'_, T>,
        work: impl Fn(&mut Workspace<T>, &[T], &mut [T]) + Sync,
    ) -> Vec<T> {
        let d = self.map.inputs();
        let numbers = points.len();
        assert!(
            numbers.is_multiple_of(d),
            "batch: {numbers} numbers, points of {d}"
        );
        let tile = tile::of_network::<T>(self.map.layers(), columns.blocks(d));
        let mut out = vec![T::ZERO; numbers / d * size];
        // a workspace is handed from tile to tile: as many are made as tiles run at one time
        let idle = Mutex::new(Vec::new());
        let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = points.par_chunks(tile * d);
        parts
            .zip(out.par_chunks_mut(tile * size))
            .for_each(|(points, out)| {
                let taken = lock().pop();
                let mut workspace = taken.unwrap_or_else(Workspace::new);
                work(&mut workspace, points, out);
                lock().push(workspace);
            });
        out
    }
}

/// Γ^k_ij at the points of a tile.
fn christoffel_tile<T: Real>(
    layers: &[Dense<T>],
    work: &mut Workspace<T>,
    points: &[T],
    out: &mut [T],
) {
    let (d, n) = (layers[0].inputs(), layers[layers.len() - 1].outputs());
    let count = points.len() / d;
    let stack = work.reverse.forward(layers, points);
    let covectors = room(&mut work.covectors, count * d * n);
    for (row, covector) in covectors.chunks_exact_mut(n).enumerate() {
        covector.copy_from_slice(stack.row(1 + row % d, row / d));
    }
    let hessians = room(&mut work.hessians, count * d * pairs(d));
    work.reverse.hessians(layers, covectors, hessians);
    let e = room(&mut work.local.frame, d * d);
    let raised = room(&mut work.local.raised, d * pairs(d));
    for ((first, columns), gamma) in (hessians.chunks_exact(d * pairs(d)))
        .zip(covectors.chunks_exact_mut(d * n))
        .zip(out.chunks_exact_mut(d * d * d))
    {
        vectorised(
            #[inline(always)]
            || {
                orthonormalise(d, columns, e);
                raise(d, (first, e), raised, gamma);
            },
        );
    }
}

/// `Γ^k_ij = Σ_a E_ka Σ_l E_la Γ_{l,ij}`, with `first` packed `[l][pair(i, j)]`.
#[inline(always)]
fn raise<T: Real>(d: usize, (first, e): (&[T], &[T]), raised: &mut [T], gamma: &mut [T]) {
    let width = pairs(d);
    raised.fill(T::ZERO);
    for (a, row) in raised.chunks_exact_mut(width).enumerate() {
        for l in 0..=a {
            add_scaled(row, e[l * d + a], &first[l * width..(l + 1) * width]);
        }
    }
    for k in 0..d {
        for (i, j) in (0..d).flat_map(|j| (0..=j).map(move |i| (i, j))) {
            let entry = |a: usize| e[k * d + a] * raised[a * width + pair(i, j)];
            let value = (k..d).fold(T::ZERO, |sum, a| sum + entry(a));
            gamma[(k * d + i) * d + j] = value;
            gamma[(k * d + j) * d + i] = value;
        }
    }
}

impl<T: Real> Local<T> {
    /// The scalar curvature at a point of a tile:
    ///
    /// ```text
    /// II_ab = (1 − P) E_ia E_jb H_ij,  P the projection on the J_i E_ia
    /// R = 2 Σ_{a<b} ⟨II_aa, II_bb⟩ − ⟨II_ab, II_ab⟩
    /// ```
    #[inline(always)]
    fn scalar(&mut self, stack: Stack<'_, T>, p: usize, (d, n): (usize, usize)) -> T {
        let e = room(&mut self.frame, d * d);
        let tangent = room(&mut self.tangent, d * n);
        for (i, row) in tangent.chunks_exact_mut(n).enumerate() {
            row.copy_from_slice(stack.row(1 + i, p));
        }
        orthonormalise(d, tangent, e);
        let half = room(&mut self.half, d * d * n);
        half.fill(T::ZERO);
        for (ib, row) in half.chunks_exact_mut(n).enumerate() {
            let (i, b) = (ib / d, ib % d);
            for j in 0..=b {
                add_scaled(row, e[j * d + b], stack.row(1 + d + pair(i, j), p));
            }
        }
        let second = room(&mut self.second, pairs(d) * n);
        second.fill(T::ZERO);
        for b in 0..d {
            for a in 0..=b {
                let at = pair(a, b) * n;
                let row = &mut second[at..at + n];
                for i in 0..=a {
                    let at = (i * d + b) * n;
                    add_scaled(row, e[i * d + a], &half[at..at + n]);
                }
                for t in tangent.chunks_exact(n) {
                    let along = dot(t, row);
                    add_scaled(row, -along, t);
                }
            }
        }
        let form = |a: usize, b: usize| &second[pair(a, b) * n..(pair(a, b) + 1) * n];
        let planes = (0..d).flat_map(|b| (0..b).map(move |a| (a, b)));
        let bent = planes.fold(T::ZERO, |sum, (a, b)| {
            sum + dot(form(a, a), form(b, b)) - dot(form(a, b), form(a, b))
        });
        // a frame that is NaN must show also where there is no plane
        e[0].fused(T::ZERO, bent + bent)
    }
}

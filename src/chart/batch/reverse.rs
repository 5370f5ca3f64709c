//! Hessians along covectors by reverse columns.
//!
//! ```text
//! ⟨c_l, ∂_i ∂_j f⟩ = Σ_k Σ_m λ_k,l σ''(u_k) u_k,i u_k,j      λ_k,l = ∂⟨c_l, f⟩/∂a_k
//! ```
//!
//! A column a covector goes back through the layers, where the 2-jet would push d(d+1)/2 forward; of the affine
//! beginning `u_i u_j` is one constant matrix for all points, and its term one GEMM. Along the columns of
//! the Jacobian these are Christoffel symbols of the first kind, along normals the second fundamental form.

use std::ops::Range;

use super::lane::{BLOCK, Grid, LANES, Lane, add_strip, room, rows_of_strip, zip};
use super::network::Network;
use super::sweep::Sweep;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// What fits in a first-level cache.
const CACHE_BYTES: usize = 32 << 10;

/// At least so many units are summed before sums go back to memory: a strip of them and a block of pairs fill a
/// first-level cache, 33 KiB where a strip has eight rows. Of few pairs more are summed, [`units_at_a_time`].
const UNITS: usize = 48;

/// Of p pairs, how many are taken at a time: their products with [`UNITS`] units stay in a second-level
/// cache, in whole blocks.
fn pairs_at_a_time(p: usize) -> usize {
    const MOST: usize = 60;
    p.min(MOST)
}

/// Units whose products with p pairs are formed at a time: they stay in a first-level cache of 32 KiB,
/// and are enough for a sum in registers to pay.
pub(super) fn units_at_a_time<T>(p: usize) -> usize {
    const FEWEST: usize = 16;
    (CACHE_BYTES / (p * size_of::<Lane<T>>())).max(FEWEST)
}

/// Adjoints by layer, `[unit][covector][group]`.
#[derive(Default)]
pub(super) struct Reverse<T> {
    /// λ: of a; of the last layer only where it has an activation.
    pub(super) lambda: Vec<Vec<Lane<T>>>,
    /// μ: of u, after the first layer.
    pub(super) mu: Vec<Vec<Lane<T>>>,
    /// λ σ'' of the first layer.
    weighted: Vec<Lane<T>>,
    /// λ σ'' of one group of a later layer in strips of covectors, `[strip][unit][covector of the strip]`.
    strips: Vec<Lane<T>>,
    /// `u_i u_j` of some units, `[block][unit][pair of the block]`.
    squares: Vec<Lane<T>>,
    strip: Vec<T>,
}

impl<T: Real> Reverse<T> {
    /// `⟨c_l, ∂_i ∂_j f⟩` as `[pair(i, j)][l][group]` after [`Sweep::first`] without a vector, for `count`
    /// covectors c, `[component][l][group]`.
    pub(super) fn hessians(
        &mut self,
        net: &Network<'_, T>,
        sweep: &Sweep<T>,
        (covectors, count): (&[Lane<T>], usize),
        out: &mut [Lane<T>],
    ) {
        debug_assert!(!sweep.framed, "reverse columns are along coordinates");
        out.fill([T::ZERO; LANES]);
        self.lambda.resize_with(net.layers.len(), Vec::new);
        self.mu.resize_with(net.layers.len(), Vec::new);
        let columns = count * sweep.groups;
        // without an activation μ is λ
        let top = if net.has_activation(net.last()) {
            &mut self.lambda
        } else {
            &mut self.mu
        };
        room(&mut top[net.last()], covectors.len()).copy_from_slice(covectors);
        for k in (net.first..net.layers.len()).rev() {
            let len = net.width(k) * columns;
            let sigma = &sweep.traces[k].sigma;
            if net.has_activation(k) && k == net.first {
                let weighted = room(&mut self.weighted, len);
                scale(weighted, &self.lambda[k], (&sigma[2], sweep.groups, count));
                let weighted = (weighted.as_flattened(), columns * LANES);
                let to = (out.as_flattened_mut(), Write::Add);
                net.crossed.product(to, weighted, &mut self.strip);
            } else if net.has_activation(k) {
                let mu = room(&mut self.mu[k], len);
                scale(mu, &self.lambda[k], (&sigma[1], sweep.groups, count));
                self.gather(net, sweep, (k, count), out);
            } else if k < net.last() {
                room(&mut self.mu[k], len).copy_from_slice(&self.lambda[k][..len]);
            }
            if k > net.first {
                let out = room(&mut self.lambda[k - 1], net.width(k - 1) * columns);
                let mu = (self.mu[k][..len].as_flattened(), columns * LANES);
                let w = net.plain(k);
                w.product(
                    (out.as_flattened_mut(), Write::Replace),
                    mu,
                    &mut self.strip,
                );
            }
        }
    }

    /// Adds the term of layer k, which is not the first.
    fn gather(
        &mut self,
        net: &Network<'_, T>,
        sweep: &Sweep<T>,
        (k, count): (usize, usize),
        out: &mut [Lane<T>],
    ) {
        let (groups, width, p) = (sweep.groups, net.width(k), net.indices.len());
        let (lambda, s) = (&self.lambda[k], &sweep.traces[k].sigma[2]);
        let most = pairs_at_a_time(p);
        let at_a_time = units_at_a_time::<T>(most).max(UNITS).min(width);
        let squared = room(&mut self.squares, at_a_time * most.next_multiple_of(BLOCK));
        let rows = rows_of_strip::<T>(count);
        let strips = room(&mut self.strips, count.next_multiple_of(rows) * width);
        for g in 0..groups {
            in_strips((lambda, s), (width, count, groups, g), (strips, rows));
            for first in (0..p).step_by(most) {
                let pairs = first..p.min(first + most);
                for from in (0..width).step_by(at_a_time) {
                    let units = from..width.min(from + at_a_time);
                    let of = (k, units.clone(), g);
                    squares_in_blocks(net, sweep, of, pairs.clone(), squared);
                    let to = Grid {
                        start: first * count * groups + g,
                        row: groups,
                        col: count * groups,
                    };
                    for (at, strip) in strips.chunks_exact(rows * width).enumerate() {
                        let strip = &strip[units.start * rows..units.end * rows];
                        let start = to.start + at * rows * groups;
                        let wanted = rows.min(count - at * rows);
                        let to = (&mut *out, Grid { start, ..to });
                        add_strip(to, (strip, rows, wanted), (squared, pairs.len()));
                    }
                }
            }
        }
    }
}

/// `s λ`, λ and the result `[unit][covector][group]`, s `[unit][group]`.
fn scale<T: Real>(
    out: &mut [Lane<T>],
    lambda: &[Lane<T>],
    (s, groups, count): (&[Lane<T>], usize, usize),
) {
    let row = groups * count;
    let units = out.chunks_exact_mut(row).zip(lambda.chunks_exact(row));
    vectorised(
        #[inline(always)]
        || {
            for ((out, lambda), s) in units.zip(s.chunks_exact(groups)) {
                let rows = out
                    .chunks_exact_mut(groups)
                    .zip(lambda.chunks_exact(groups));
                for (out, lambda) in rows {
                    for ((out, s), lambda) in out.iter_mut().zip(s).zip(lambda) {
                        *out = zip(s, lambda, |s, l| s * l);
                    }
                }
            }
        },
    );
}

/// `s λ` of one group, λ `[unit][covector][group]` and s `[unit][group]`, as `[strip][unit][covector of the strip]`.
fn in_strips<T: Real>(
    (lambda, s): (&[Lane<T>], &[Lane<T>]),
    (width, count, groups, g): (usize, usize, usize, usize),
    (out, rows): (&mut [Lane<T>], usize),
) {
    let strips = out.chunks_exact_mut(rows * width);
    vectorised(
        #[inline(always)]
        || {
            for (at, strip) in strips.enumerate() {
                let units = lambda
                    .chunks_exact(count * groups)
                    .zip(s.chunks_exact(groups));
                for (out, (lambda, s)) in strip.chunks_exact_mut(rows).zip(units) {
                    let lambda = lambda[at * rows * groups + g..].iter().step_by(groups);
                    for (out, lambda) in out.iter_mut().zip(lambda) {
                        *out = zip(&s[g], lambda, |s, l| s * l);
                    }
                }
            }
        },
    );
}

/// `u_i u_j` of some units of layer k, which is not the first, in one group and some pairs, `[block][unit][pair of
/// the block]`.
fn squares_in_blocks<T: Real>(
    net: &Network<'_, T>,
    sweep: &Sweep<T>,
    (k, units, g): (usize, Range<usize>, usize),
    pairs: Range<usize>,
    out: &mut [Lane<T>],
) {
    let (indices, groups) = (&net.indices[pairs], sweep.groups);
    // value and first derivatives
    let row = (1 + net.inputs()) * groups;
    let u = &sweep.traces[k].u[units.start * row..units.end * row];
    let blocks = out.chunks_exact_mut(units.len() * BLOCK);
    vectorised(
        #[inline(always)]
        || {
            for (out, indices) in blocks.zip(indices.chunks(BLOCK)) {
                // columns beyond the last pair repeat it
                let place = |c: usize| indices[c.min(indices.len() - 1)];
                let places: [(usize, usize); BLOCK] = std::array::from_fn(place);
                let units = out.as_chunks_mut::<BLOCK>().0.iter_mut();
                for (out, u) in units.zip(u.chunks_exact(row)) {
                    for (out, (i, j)) in out.iter_mut().zip(places) {
                        let [a, b] = [i, j].map(|i| &u[(1 + i) * groups + g]);
                        *out = zip(a, b, |a, b| a * b);
                    }
                }
            }
        },
    );
}

/// `u_i u_j` of some units of layer k in one group and some pairs, `[unit][pair(i, j)]`.
pub(super) fn squares<T: Real>(
    net: &Network<'_, T>,
    sweep: &Sweep<T>,
    (k, units, g): (usize, Range<usize>, usize),
    pairs: Range<usize>,
    out: &mut [Lane<T>],
) {
    let (u, indices) = (sweep.slope(net, k), &net.indices[pairs]);
    let rows = units.zip(out.chunks_exact_mut(indices.len()));
    vectorised(
        #[inline(always)]
        || {
            for (unit, row) in rows {
                for (out, &(i, j)) in row.iter_mut().zip(indices) {
                    *out = zip(&u(unit, i, g), &u(unit, j, g), |a, b| a * b);
                }
            }
        },
    );
}

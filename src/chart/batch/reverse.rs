//! Hessians along covectors by reverse columns.
//!
//! ```text
//! Γ_{l,ij} = ⟨J_l, ∂_i ∂_j f⟩ = Σ_k Σ_m λ_k,l σ''(u_k) u_k,i u_k,j      λ_k,l = ∂⟨J_l, f⟩/∂a_k
//! ```
//!
//! d columns go back through the layers, where the 2-jet would push d(d+1)/2 forward; of the affine
//! beginning `u_i u_j` is one constant matrix for all points, and its term one GEMM.

use std::ops::Range;

use super::lane::{Grid, LANES, Lane, Part, product, room, zip};
use super::network::Network;
use super::sweep::{Sweep, flat};
use crate::geometry::conventions::pairs;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write, gemm};

/// What fits in a first-level cache.
const CACHE_BYTES: usize = 32 << 10;

/// Pairs whose sums over units are made at a time: all where their sums stay in a first-level cache from
/// one run of units to the next, and few otherwise.
fn pairs_at_a_time<T>(d: usize) -> usize {
    const FEW: usize = 16;
    let all = pairs(d) * d * size_of::<Lane<T>>() <= CACHE_BYTES;
    if all { pairs(d) } else { pairs(d).min(FEW) }
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
    /// λ: of a.
    pub(super) lambda: Vec<Vec<Lane<T>>>,
    /// μ: of u.
    pub(super) mu: Vec<Vec<Lane<T>>>,
    /// λ σ'' of the layer reached.
    weighted: Vec<Lane<T>>,
    /// `u_i u_j` of some units.
    squares: Vec<Lane<T>>,
    strip: Vec<T>,
}

impl<T: Real> Reverse<T> {
    /// `Γ_{l,ij}` as `[pair(i, j)][l][group]` after [`Sweep::first`], of which `covectors` is the
    /// output.
    pub(super) fn christoffel(
        &mut self,
        net: &Network<'_, T>,
        sweep: &Sweep<T>,
        (covectors, gamma): (&[Lane<T>], &mut [Lane<T>]),
    ) {
        debug_assert!(!sweep.framed, "reverse columns are along coordinates");
        gamma.fill([T::ZERO; LANES]);
        self.lambda.resize_with(net.layers.len(), Vec::new);
        self.mu.resize_with(net.layers.len(), Vec::new);
        let columns = net.inputs() * sweep.groups;
        room(&mut self.lambda[net.last()], covectors.len()).copy_from_slice(covectors);
        for k in (net.first..net.layers.len()).rev() {
            let len = net.width(k) * columns;
            if net.bent(k) {
                self.bend(net, sweep, k);
                self.gather(net, sweep, k, gamma);
            } else {
                room(&mut self.mu[k], len).copy_from_slice(&self.lambda[k][..len]);
            }
            if k > net.first {
                let out = room(&mut self.lambda[k - 1], net.width(k - 1) * columns);
                let mu = (self.mu[k][..len].as_flattened(), columns * LANES);
                let w = net.plain(k);
                w.product(out.as_flattened_mut(), mu, &mut self.strip);
            }
        }
    }

    /// `μ = σ' λ` and `λ σ''` of a layer with an activation.
    fn bend(&mut self, net: &Network<'_, T>, sweep: &Sweep<T>, k: usize) {
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(k));
        let len = width * d * groups;
        let (mu, weighted) = (room(&mut self.mu[k], len), room(&mut self.weighted, len));
        let lambda = &self.lambda[k][..len];
        let [_, s1, s2, _] = &sweep.traces[k].sigma;
        vectorised(
            #[inline(always)]
            || {
                for unit in 0..width {
                    for l in 0..d {
                        for g in 0..groups {
                            let (at, s) = ((unit * d + l) * groups + g, unit * groups + g);
                            mu[at] = zip(&s1[s], &lambda[at], |s, l| s * l);
                            weighted[at] = zip(&s2[s], &lambda[at], |s, l| s * l);
                        }
                    }
                }
            },
        );
    }

    /// Adds the term of layer k.
    fn gather(&mut self, net: &Network<'_, T>, sweep: &Sweep<T>, k: usize, gamma: &mut [Lane<T>]) {
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(k));
        let (weighted, p) = (&self.weighted[..width * d * groups], pairs(d));
        if k == net.first {
            let (w, ww) = (flat(weighted, width), net.products.view().t());
            gemm(gamma.as_flattened_mut(), Write::Add, ww, w);
            return;
        }
        let most = pairs_at_a_time::<T>(d);
        let at_a_time = units_at_a_time::<T>(most).min(width);
        let squared = room(&mut self.squares, at_a_time * most);
        let blocks = (0..p).step_by(most).flat_map(|first| {
            let units = (0..width).step_by(at_a_time);
            units.map(move |from| (first, from))
        });
        for (g, (first, from)) in (0..groups).flat_map(|g| blocks.clone().map(move |b| (g, b))) {
            let (units, pairs) = (at_a_time.min(width - from), first..p.min(first + most));
            let count = pairs.len();
            squares(net, sweep, (k, from..from + units, g), pairs, squared);
            let left = Grid {
                start: from * d * groups + g,
                row: groups,
                col: d * groups,
            };
            let to = Grid {
                start: first * d * groups + g,
                ..left
            };
            product(
                (&mut *gamma, to),
                (Write::Add, Part::Whole),
                (weighted, left),
                (squared, Grid::dense(count)),
                (d, units, count),
            );
        }
    }
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

//! Hessians along covectors by reverse columns.
//!
//! ```text
//! Γ_{l,ij} = ⟨J_l, ∂_i ∂_j f⟩ = Σ_k Σ_m λ_k,l σ''(u_k) u_k,i u_k,j      λ_k,l = ∂⟨J_l, f⟩/∂a_k
//! ```
//!
//! d columns go back through the layers, where the 2-jet would push d(d+1)/2 forward (`theory.md`,
//! section 5); of the affine beginning `u_i u_j` is one constant matrix for all points, and its term
//! one GEMM.

use super::lane::{Grid, Lane, Part, product, room, zip};
use super::network::Network;
use super::sweep::{Sweep, flat};
use crate::geometry::conventions::pairs;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write, gemm};

/// Units whose products with p pairs are formed at a time: they stay in a first-level cache of 32 KiB,
/// and are enough for a sum in registers to pay.
pub(super) fn units_at_a_time<T>(p: usize) -> usize {
    const BYTES: usize = 32 << 10;
    const FEWEST: usize = 16;
    (BYTES / (p * size_of::<Lane<T>>())).max(FEWEST)
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
        gamma.fill([T::ZERO; super::lane::LANES]);
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
                let (w, mu) = (net.layers[k].weight().view(), &self.mu[k][..len]);
                gemm(
                    out.as_flattened_mut(),
                    Write::Replace,
                    w,
                    flat(mu, net.width(k)),
                );
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
        let at_a_time = units_at_a_time::<T>(p).min(width);
        if k == net.first && !sweep.framed {
            let (w, ww) = (flat(weighted, width), net.products.view().t());
            gemm(gamma.as_flattened_mut(), Write::Add, ww, w);
            return;
        }
        for g in 0..groups {
            for from in (0..width).step_by(at_a_time) {
                let units = at_a_time.min(width - from);
                squares(
                    net,
                    sweep,
                    k,
                    (from, units, g),
                    room(&mut self.squares, at_a_time * p),
                );
                let left = Grid {
                    start: from * d * groups + g,
                    row: groups,
                    col: d * groups,
                };
                let to = Grid {
                    start: g,
                    row: groups,
                    col: d * groups,
                };
                product(
                    (gamma, to),
                    (Write::Add, Part::Whole),
                    (weighted, left),
                    (&self.squares, Grid::dense(p)),
                    (d, units, p),
                );
            }
        }
    }
}

/// `u_i u_j` of some units of layer k in one group, `[unit][pair(i, j)]`.
pub(super) fn squares<T: Real>(
    net: &Network<'_, T>,
    sweep: &Sweep<T>,
    k: usize,
    (from, units, g): (usize, usize, usize),
    out: &mut [Lane<T>],
) {
    let u = sweep.slope(net, k);
    let rows = out.chunks_exact_mut(net.indices.len()).take(units);
    vectorised(
        #[inline(always)]
        || {
            for (unit, row) in rows.enumerate() {
                for (out, &(i, j)) in row.iter_mut().zip(&net.indices) {
                    *out = zip(&u(from + unit, i, g), &u(from + unit, j, g), |a, b| a * b);
                }
            }
        },
    );
}

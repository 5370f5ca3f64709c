//! The adjoint of the reverse columns.
//!
//! `Φ = Σ_l Σ_{i≤j} Y_l,ij ⟨c_l, H_ij⟩` with Y given depends on the weights through the forward columns
//! `u_k,i` and the reverse ones `λ_k,l = W_(k+1) μ_(k+1),l`, `μ_k,l = σ' λ_k,l`, `λ_K,l = c_l`
//! ([`super::reverse`]): the columns of J for the connection, normals for the curvature. Adjoints of reverse columns run forward:
//!
//! ```text
//! λ̄_k,l = σ'' q_k,l + σ' μ̄_k,l     q_k,l = Σ_{i≤j} Y_l,ij u_k,i u_k,j
//! W̄_(k+1) += λ̄_k μ_(k+1)ᵀ          μ̄_(k+1) = W_(k+1)ᵀ λ̄_k            c̄_l = λ̄_K,l = Σ_{i≤j} Y_l,ij H_ij
//! ū_k,i += σ'' Σ_j (1 + δ_ij) u_k,j Σ_l λ_k,l Y_l,ij        ū_k += Σ_l λ_k,l (σ''' q_k,l + σ'' μ̄_k,l)
//! ```

use super::backward::{Backward, Sums};
use super::lane::{Grid, LANES, Lane, Part, add, fuse, map, product, room, splat, zip};
use super::network::Network;
use super::reverse::{Reverse, squares, units_at_a_time};
use super::sweep::{Sweep, flat};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write, gemm};

/// What is given.
#[derive(Clone, Copy)]
pub(super) struct Given<'a, T> {
    pub(super) sweep: &'a Sweep<T>,
    pub(super) reverse: &'a Reverse<T>,
    /// Y, `[pair(i, j)][l][group]`.
    pub(super) y: &'a [Lane<T>],
    /// Covectors.
    pub(super) count: usize,
}

/// `Σ (Γ^k_ij)²` of every point, and the adjoints `2 s Γ^k_ij` (twice that where i < j) of a sum in which a point
/// counts s; Γ and its adjoints as `[pair(i, j)][k][group]`. There are as many groups as sums.
pub(super) fn sum_of_squares<T: Real>(
    net: &Network<'_, T>,
    gamma: &[Lane<T>],
    share: &[Lane<T>],
    (sum, adjoint): (&mut [Lane<T>], &mut [Lane<T>]),
) {
    let (groups, row) = (sum.len(), net.inputs() * sum.len());
    let pairs = gamma.chunks_exact(row).zip(adjoint.chunks_exact_mut(row));
    sum.fill(splat(T::ZERO));
    vectorised(
        #[inline(always)]
        || {
            for ((gamma, adjoint), &(i, j)) in pairs.zip(&net.indices) {
                let weight = T::from_f64(if i == j { 1.0 } else { 2.0 });
                let symbols = gamma.chunks_exact(groups);
                for (gamma, adjoint) in symbols.zip(adjoint.chunks_exact_mut(groups)) {
                    for g in 0..groups {
                        let weighted = map(&gamma[g], |x| weight * x);
                        fuse(&mut sum[g], &weighted, &gamma[g]);
                        adjoint[g] = zip(&weighted, &share[g], |x, s| (x + x) * s);
                    }
                }
            }
        },
    );
}

/// The buffers of this pass.
#[derive(Default)]
pub(super) struct ReverseAdjoint<T> {
    /// μ̄ coming in, `[unit][l][group]`.
    mu: Vec<Lane<T>>,
    /// q, then λ̄.
    lambda: Vec<Lane<T>>,
    /// λ σ'' of the affine beginning.
    weighted: Vec<Lane<T>>,
    squares: Vec<Lane<T>>,
    mixed: Vec<Lane<T>>,
    strip: Vec<T>,
}

impl<T: Real> ReverseAdjoint<T> {
    /// Adds the gradient of Φ to `sums` and to what `back` injects, and leaves the adjoints of the [covectors](Self::covectors).
    pub(super) fn run(
        &mut self,
        net: &Network<'_, T>,
        given: Given<'_, T>,
        (back, sums): (&mut Backward<T>, &mut Sums<T>),
    ) {
        let columns = given.count * given.sweep.groups;
        for k in net.first..net.layers.len() {
            let len = net.width(k) * columns;
            if k > net.first {
                let inputs = net.width(k - 1);
                let before = &self.lambda[..inputs * columns];
                let lambda = flat(before, inputs);
                let mu = flat(&given.reverse.mu[k][..len], net.width(k));
                gemm(&mut sums.later[k].0, Write::Add, lambda, mu.t());
                let out = room(&mut self.mu, len).as_flattened_mut();
                let before = (before.as_flattened(), columns * LANES);
                net.transposed(k)
                    .product((out, Write::Replace), before, &mut self.strip);
            } else {
                room(&mut self.mu, len).fill(splat(T::ZERO));
            }
            if !net.has_activation(k) {
                room(&mut self.lambda, len).copy_from_slice(&self.mu[..len]);
                continue;
            }
            if k == net.first {
                self.beginning(net, given, &mut sums.products);
            } else {
                self.squares(net, given, k, &mut back.inject[k]);
            }
            self.activate(net, given, k, &mut back.inject[k]);
        }
    }

    /// The adjoints of the covectors, `[component][l][group]`, and perhaps more.
    pub(super) fn covectors(&self) -> &[Lane<T>] {
        &self.lambda
    }

    /// q of the affine beginning, where `u_i u_j` is constant, and the gradient of those products.
    fn beginning(&mut self, net: &Network<'_, T>, given: Given<'_, T>, sums: &mut [T]) {
        let Given {
            sweep,
            reverse,
            y,
            count,
        } = given;
        let (k, groups) = (net.first, sweep.groups);
        let (width, len) = (net.width(k), net.width(k) * count * groups);
        let q = room(&mut self.lambda, len).as_flattened_mut();
        let right = (y.as_flattened(), count * groups * LANES);
        let products = &net.products;
        products.product((q, Write::Replace), right, &mut self.strip);
        let weighted = room(&mut self.weighted, len);
        let s2 = &sweep.traces[k].sigma[2];
        for (at, out) in weighted.iter_mut().enumerate() {
            let s = at / (count * groups) * groups + at % groups;
            *out = zip(&reverse.lambda[k][at], &s2[s], |l, s| l * s);
        }
        let y = flat(y, net.indices.len());
        gemm(sums, Write::Add, flat(weighted, width), y.t());
    }

    /// q of a later layer, and `σ'' Σ_j (1 + δ_ij) u_j Σ_l λ_l Y_l,ij` into `inject`.
    fn squares(
        &mut self,
        net: &Network<'_, T>,
        given: Given<'_, T>,
        k: usize,
        inject: &mut [Lane<T>],
    ) {
        let Given {
            sweep,
            reverse,
            y,
            count,
        } = given;
        let (groups, width, p) = (sweep.groups, net.width(k), net.indices.len());
        let at_a_time = units_at_a_time::<T>(p).min(width);
        let q = room(&mut self.lambda, width * count * groups);
        let squared = room(&mut self.squares, at_a_time * p);
        let mixed = room(&mut self.mixed, at_a_time * p);
        let starts = (0..width).step_by(at_a_time);
        for (g, from) in (0..groups).flat_map(|g| starts.clone().map(move |from| (g, from))) {
            let units = at_a_time.min(width - from);
            squares(net, sweep, (k, from..from + units, g), 0..p, squared);
            // [unit][l] and [pair][l]
            let rows = Grid {
                start: from * count * groups + g,
                row: count * groups,
                col: groups,
            };
            let ys = Grid { start: g, ..rows };
            let (write, dense) = ((Write::Replace, Part::Whole), Grid::dense(p));
            product(
                (&mut *q, rows),
                write,
                (squared, dense),
                (y, ys),
                (units, p, count),
            );
            let lambda = (reverse.lambda[k].as_slice(), rows);
            product(
                (&mut *mixed, dense),
                write,
                lambda,
                (y, ys.t()),
                (units, count, p),
            );
            mix(net, (sweep, mixed), (k, from, units, g), inject);
        }
    }

    /// λ̄ in place of q, and the part of ū.
    fn activate(
        &mut self,
        net: &Network<'_, T>,
        given: Given<'_, T>,
        k: usize,
        inject: &mut [Lane<T>],
    ) {
        let Given {
            sweep,
            reverse,
            count,
            ..
        } = given;
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(k));
        let [_, s1, s2, s3] = &sweep.traces[k].sigma;
        let (q, mu, lambda) = (&mut self.lambda, &self.mu, &reverse.lambda[k]);
        vectorised(
            #[inline(always)]
            || {
                for (unit, g) in (0..width * groups).map(|at| (at / groups, at % groups)) {
                    let s = unit * groups + g;
                    let mut value = splat(T::ZERO);
                    for l in 0..count {
                        let at = (unit * count + l) * groups + g;
                        let mut slope = zip(&s3[s], &q[at], |s, q| s * q);
                        fuse(&mut slope, &s2[s], &mu[at]);
                        fuse(&mut value, &lambda[at], &slope);
                        let mut bar = zip(&s2[s], &q[at], |s, q| s * q);
                        fuse(&mut bar, &s1[s], &mu[at]);
                        q[at] = bar;
                    }
                    add(&mut inject[unit * (1 + d) * groups + g], &value);
                }
            },
        );
    }
}

/// `ū_i += σ'' Σ_j (1 + δ_ij) u_j M_ij` for some units of a layer, M as `[unit][pair(i, j)]`.
fn mix<T: Real>(
    net: &Network<'_, T>,
    (sweep, mixed): (&Sweep<T>, &[Lane<T>]),
    (k, from, units, g): (usize, usize, usize, usize),
    inject: &mut [Lane<T>],
) {
    let (d, groups, u) = (net.inputs(), sweep.groups, sweep.slope(net, k));
    let s2 = &sweep.traces[k].sigma[2];
    vectorised(
        #[inline(always)]
        || {
            for (at, row) in mixed
                .chunks_exact(net.indices.len())
                .take(units)
                .enumerate()
            {
                let unit = from + at;
                let inject = &mut inject[unit * (1 + d) * groups..(unit + 1) * (1 + d) * groups];
                for (m, &(i, j)) in row.iter().zip(&net.indices) {
                    let m = zip(m, &s2[unit * groups + g], |m, s| m * s);
                    fuse(&mut inject[(1 + i) * groups + g], &m, &u(unit, j, g));
                    fuse(&mut inject[(1 + j) * groups + g], &m, &u(unit, i, g));
                }
            }
        },
    );
}

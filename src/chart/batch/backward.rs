//! The passes of a tile, backwards: adjoints of derivatives become gradients of weights.
//!
//! With a bar for the adjoint, and sums over what each depends on:
//!
//! ```text
//! ū_ij = σ' ā_ij
//! ū_i  = σ' ā_i + σ'' Σ_j (1 + δ_ij) ā_ij u_j
//! ū    = σ' ā + σ'' Σ_i ā_i u_i + Σ_{i≤j} ā_ij (σ'' u_ij + σ''' u_i u_j)
//! W̄_k  = a_(k−1) ūᵀ over all columns and points      ā_(k−1) = W_k ū
//! ```
//!
//! Second derivatives (or the reverse columns of the connection, in [`super::reverse_adjoint`]) come first
//! and leave their part of ū and ū_i in `inject`; the first derivatives pick it up.

use super::lane::{LANES, Lane, add, fuse, room, splat, zip};
use super::network::Network;
use super::sweep::{Chunk, Sweep, flat};
use crate::geometry::conventions::pairs;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write, gemm};

/// Sums over points of the gradient of every weight.
pub(super) struct Sums<T> {
    /// The loss.
    pub(super) loss: f64,
    /// The first point at which it is not finite.
    pub(super) fault: Option<usize>,
    /// Of W of the affine beginning, `[d, width]`.
    pub(super) weight: Vec<T>,
    /// Of its b.
    pub(super) bias: Vec<T>,
    /// Of its products `w_i w_j`, `[width, pairs]`.
    pub(super) products: Vec<T>,
    /// Of W and b of every layer after it, `[in, out]` and `[out]`.
    pub(super) later: Vec<(Vec<T>, Vec<T>)>,
}

impl<T: Real> Sums<T> {
    pub(super) fn new(net: &Network<'_, T>) -> Self {
        let (d, width) = (net.inputs(), net.width(net.first));
        let zeros = |len: usize| vec![T::ZERO; len];
        let later = net.layers.iter().enumerate().map(|(k, layer)| {
            let (weights, biases) = (layer.inputs() * layer.outputs(), layer.outputs());
            if k > net.first {
                (zeros(weights), zeros(biases))
            } else {
                (Vec::new(), Vec::new())
            }
        });
        Self {
            loss: 0.0,
            fault: None,
            weight: zeros(d * width),
            bias: zeros(width),
            products: zeros(width * pairs(d)),
            later: later.collect(),
        }
    }

    /// Sums of nothing, and without room for anything.
    pub(super) fn none() -> Self {
        Self {
            loss: 0.0,
            fault: None,
            weight: Vec::new(),
            bias: Vec::new(),
            products: Vec::new(),
            later: Vec::new(),
        }
    }

    /// Adds the sums over other points.
    pub(super) fn absorb(&mut self, other: &Self) {
        let add = |sums: &mut [T], more: &[T]| {
            sums.iter_mut()
                .zip(more)
                .for_each(|(sum, &more)| *sum += more);
        };
        self.loss += other.loss;
        self.fault = self.fault.or(other.fault);
        add(&mut self.weight, &other.weight);
        add(&mut self.bias, &other.bias);
        add(&mut self.products, &other.products);
        for (sums, more) in self.later.iter_mut().zip(&other.later) {
            add(&mut sums.0, &more.0);
            add(&mut sums.1, &more.1);
        }
    }
}

/// The buffers of the backward passes.
#[derive(Default)]
pub(super) struct Backward<T> {
    /// Adjoints of the output's first derivatives, `[component][i][group]`, then of the layers'.
    pub(super) bar: Vec<Lane<T>>,
    /// The same for the second derivatives of a chunk.
    pub(super) second: Vec<Lane<T>>,
    /// Parts of ū and ū_i by layer, `[unit][1 + d][group]`.
    pub(super) inject: Vec<Vec<Lane<T>>>,
    next: Vec<Lane<T>>,
    value: Vec<Lane<T>>,
    strip: Vec<T>,
}

/// The sum of all entries.
fn total<T: Real>(lanes: &[Lane<T>]) -> T {
    let mut sum = splat(T::ZERO);
    lanes.iter().for_each(|lane| add(&mut sum, lane));
    sum.iter().fold(T::ZERO, |total, &x| total + x)
}

impl<T: Real> Backward<T> {
    /// Nothing injected yet.
    pub(super) fn clear(&mut self, net: &Network<'_, T>, groups: usize) {
        self.inject.resize_with(net.layers.len(), Vec::new);
        for k in (net.first..net.layers.len()).filter(|&k| net.has_activation(k)) {
            let len = net.width(k) * (1 + net.inputs()) * groups;
            room(&mut self.inject[k], len).fill(splat(T::ZERO));
        }
    }

    /// From the adjoints of second derivatives in `second`, `[component][pair of the chunk][group]`.
    pub(super) fn pairs(
        &mut self,
        net: &Network<'_, T>,
        (sweep, chunk): (&Sweep<T>, &Chunk<T>),
        sums: &mut Sums<T>,
    ) {
        let count = chunk.range.len() * sweep.groups;
        for k in (net.first..net.layers.len()).rev() {
            let len = net.width(k) * count;
            if net.has_activation(k) {
                self.bend_pairs(net, sweep, chunk, k);
            }
            if k > net.first {
                let bar = flat(&self.second[..len], net.width(k));
                let inputs = net.width(k - 1);
                let a = flat(&chunk.a[k - 1][..inputs * count], inputs);
                gemm(&mut sums.later[k].0, Write::Add, a, bar.t());
                let next = room(&mut self.next, inputs * count).as_flattened_mut();
                let bar = (self.second[..len].as_flattened(), count * LANES);
                net.plain(k)
                    .product((next, Write::Replace), bar, &mut self.strip);
                std::mem::swap(&mut self.second, &mut self.next);
            }
        }
    }

    /// ū_ij in place of ā_ij, and what ā_ij adds to ū_i and ū.
    fn bend_pairs(&mut self, net: &Network<'_, T>, sweep: &Sweep<T>, chunk: &Chunk<T>, k: usize) {
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(k));
        let row = chunk.range.len() * groups;
        let (bars, injects) = (&mut self.second[..width * row], &mut self.inject[k]);
        let [_, s1, s2, s3] = &sweep.traces[k].sigma;
        let (u, indices) = (sweep.slope(net, k), &net.indices[chunk.range.clone()]);
        let uu = (k > net.first).then(|| chunk.u[k].as_slice());
        let injects = injects.chunks_exact_mut((1 + d) * groups);
        vectorised(
            #[inline(always)]
            || {
                let units = bars.chunks_exact_mut(row).zip(injects).enumerate();
                for (unit, (bars, inject)) in units {
                    for g in 0..groups {
                        let at = unit * groups + g;
                        let mut value = splat(T::ZERO);
                        for (q, &(i, j)) in indices.iter().enumerate() {
                            let bar = &mut bars[q * groups + g];
                            let (ui, uj) = (u(unit, i, g), u(unit, j, g));
                            let square = zip(&ui, &uj, |a, b| a * b);
                            let mut slope = zip(&s3[at], &square, |s, u| s * u);
                            if let Some(uu) = uu {
                                fuse(&mut slope, &s2[at], &uu[unit * row + q * groups + g]);
                            }
                            fuse(&mut value, bar, &slope);
                            let weighted = zip(bar, &s2[at], |b, s| b * s);
                            fuse(&mut inject[(1 + i) * groups + g], &weighted, &uj);
                            fuse(&mut inject[(1 + j) * groups + g], &weighted, &ui);
                            *bar = zip(bar, &s1[at], |b, s| b * s);
                        }
                        add(&mut inject[g], &value);
                    }
                }
            },
        );
    }

    /// From the adjoints of the first derivatives in `bar`; `x` are the points, and `frame` the vectors
    /// `[i][a][group]` along which the derivatives were taken, if not the coordinates.
    pub(super) fn first(
        &mut self,
        net: &Network<'_, T>,
        sweep: &Sweep<T>,
        (x, frame): (&[Lane<T>], Option<&[Lane<T>]>),
        sums: &mut Sums<T>,
    ) {
        let (d, groups) = (net.inputs(), sweep.groups);
        for k in (net.first + 1..net.layers.len()).rev() {
            let mut lead = usize::from(net.passes_value(k));
            let width = net.width(k);
            if net.has_activation(k) {
                self.activate(net, sweep, k);
                lead = 1;
            }
            let columns = (lead + d) * groups;
            let bar = &self.bar[..width * columns];
            let inputs = net.width(k - 1);
            let a = flat(&sweep.traces[k - 1].a[..inputs * columns], inputs);
            let (weights, biases) = &mut sums.later[k];
            gemm(weights, Write::Add, a, flat(bar, width).t());
            if lead == 1 {
                for (sum, row) in biases.iter_mut().zip(bar.chunks_exact(columns)) {
                    *sum += total(&row[..groups]);
                }
            }
            let next = room(&mut self.next, inputs * columns).as_flattened_mut();
            let bar = (bar.as_flattened(), columns * LANES);
            net.plain(k)
                .product((next, Write::Replace), bar, &mut self.strip);
            std::mem::swap(&mut self.bar, &mut self.next);
        }
        self.beginning(net, sweep, (x, frame), sums);
    }

    /// The adjoint of the points, `x̄ = W ū` of the affine beginning, `[i][group]`, after [`Self::first`]: of its
    /// derivatives, which are W itself, nothing depends on x.
    pub(super) fn points(&self, net: &Network<'_, T>, groups: usize, out: &mut [Lane<T>]) {
        let width = net.width(net.first);
        let value = flat(&self.value[..width * groups], width);
        let (out, w) = (out.as_flattened_mut(), net.weight.view());
        gemm(out, Write::Replace, w, value);
    }

    /// ū and ū_i, `[unit][1 + d][group]`, in place of ā and ā_i in `bar`.
    fn activate(&mut self, net: &Network<'_, T>, sweep: &Sweep<T>, k: usize) {
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(k));
        let lead = usize::from(net.passes_value(k));
        let bars = self.bar[..width * (lead + d) * groups].chunks_exact((lead + d) * groups);
        let next = room(&mut self.next, width * (1 + d) * groups);
        let rows = next.chunks_exact_mut((1 + d) * groups);
        let injects = self.inject[k].chunks_exact((1 + d) * groups);
        let [_, s1, s2, _] = &sweep.traces[k].sigma;
        let u = sweep.slope(net, k);
        vectorised(
            #[inline(always)]
            || {
                for (unit, ((bar, row), inject)) in bars.zip(rows).zip(injects).enumerate() {
                    for g in 0..groups {
                        let at = unit * groups + g;
                        let mut along = splat(T::ZERO);
                        for i in 0..d {
                            let (bar, column) =
                                (&bar[(lead + i) * groups + g], (1 + i) * groups + g);
                            fuse(&mut along, bar, &u(unit, i, g));
                            row[column] = inject[column];
                            fuse(&mut row[column], &s1[at], bar);
                        }
                        row[g] = inject[g];
                        fuse(&mut row[g], &s2[at], &along);
                        if lead == 1 {
                            fuse(&mut row[g], &s1[at], &bar[g]);
                        }
                    }
                }
            },
        );
        std::mem::swap(&mut self.bar, &mut self.next);
    }

    /// The gradient of the affine beginning, of whose output the adjoints are in `bar`.
    fn beginning(
        &mut self,
        net: &Network<'_, T>,
        sweep: &Sweep<T>,
        (x, frame): (&[Lane<T>], Option<&[Lane<T>]>),
        sums: &mut Sums<T>,
    ) {
        let (d, groups, width) = (net.inputs(), sweep.groups, net.width(net.first));
        let lead = usize::from(net.has_activation(net.first));
        if lead == 1 {
            self.activate(net, sweep, net.first);
        }
        let value = room(&mut self.value, width * groups);
        let slopes = room(&mut self.next, width * d * groups);
        let rows = self.bar.chunks_exact((lead + d) * groups).take(width);
        for (unit, row) in rows.enumerate() {
            value[unit * groups..(unit + 1) * groups].fill(splat(T::ZERO));
            if lead == 1 {
                value[unit * groups..(unit + 1) * groups].copy_from_slice(&row[..groups]);
                sums.bias[unit] += total(&row[..groups]);
            }
            let slopes = &mut slopes[unit * d * groups..(unit + 1) * d * groups];
            slopes.copy_from_slice(&row[lead * groups..]);
            if frame.is_none() {
                for (i, slope) in slopes.chunks_exact(groups).enumerate() {
                    sums.weight[i * width + unit] += total(slope);
                }
            }
        }
        let x = flat(&x[..d * groups], d);
        gemm(&mut sums.weight, Write::Add, x, flat(value, width).t());
        if let Some(e) = frame {
            let e = flat(&e[..d * d * groups], d);
            gemm(&mut sums.weight, Write::Add, e, flat(slopes, width).t());
        }
    }
}

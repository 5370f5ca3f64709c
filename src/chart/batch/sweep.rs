//! Derivatives pushed through all layers of a tile.
//!
//! A tile is `groups` lane vectors of points. Its buffers are matrices `[unit][column][group]`, the
//! columns being derivatives, so that a layer is one GEMM `Wᵀ A` over all columns and points, and the
//! pass over an activation reads and writes each of them once:
//!
//! ```text
//! u_k = W_kᵀ a_(k−1) + b_k      a = σ(u)     a_i = σ' u_i     a_ij = σ' u_ij + σ'' u_i u_j
//! ```
//!
//! The value column leads, where a later activation needs it. Of the affine beginning nothing is kept: its
//! value goes straight into the activation, and `u_i` is the same row of W for every point, until
//! [`Sweep::reframe`] has made it a derivative along the point's own frame.

use std::ops::Range;

use super::chain::{self, Columns, Sigma};
use super::lane::{LANES, Lane, fuse, map, room, splat, zip};
use super::network::Network;
use crate::autograd::Pointwise;
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, View, Write};

/// What a pass leaves of one layer.
#[derive(Default)]
pub(super) struct Trace<T> {
    /// Value, where an activation is still to come (without b where it is this layer's own:
    /// [`Sweep::activate`] adds it), and first derivatives of u; of the affine beginning there are only
    /// derivatives, after [`Sweep::reframe`], and the value column is not set.
    pub(super) u: Vec<Lane<T>>,
    /// σ, σ', σ'', σ''' at u, `[unit][group]`.
    pub(super) sigma: Sigma<T>,
    /// Value (if passed on) and first derivatives of a.
    pub(super) a: Vec<Lane<T>>,
}

/// The buffers of a tile for values and first derivatives; they grow once.
pub(super) struct Sweep<T> {
    pub(super) groups: usize,
    pub(super) traces: Vec<Trace<T>>,
    /// Are the derivatives those along a frame?
    pub(super) framed: bool,
    /// Columns of derivatives: d, and one more along a vector.
    columns: usize,
    /// Values of some units on their way to the activation.
    value: Vec<Lane<T>>,
    strip: Vec<T>,
}

/// Second derivatives of some symmetric pairs at every layer.
#[derive(Default)]
pub(super) struct Chunk<T> {
    /// Which pairs.
    pub(super) range: Range<usize>,
    /// `u_ij` by layer.
    pub(super) u: Vec<Vec<Lane<T>>>,
    /// `a_ij` by layer.
    pub(super) a: Vec<Vec<Lane<T>>>,
    strip: Vec<T>,
}

/// A buffer of lane vectors as a matrix of this many rows.
pub(super) fn flat<T: Real>(buffer: &[Lane<T>], rows: usize) -> View<'_, T> {
    let numbers = buffer.as_flattened();
    View::new(numbers, rows, numbers.len() / rows)
}

impl<T: Real> Sweep<T> {
    pub(super) fn new() -> Self {
        Self {
            groups: 1,
            traces: Vec::new(),
            framed: false,
            columns: 0,
            value: Vec::new(),
            strip: Vec::new(),
        }
    }

    /// First derivatives at the points x, `[i][group]`, and D²f(v, v) in one more column where v is
    /// given; the derivatives of σ are kept to `order`. The result is `[component][column][group]`.
    pub(super) fn first(
        &mut self,
        net: &Network<'_, T>,
        x: &[Lane<T>],
        (along, order): (Option<&[Lane<T>]>, usize),
    ) -> &[Lane<T>] {
        self.columns = net.inputs() + usize::from(along.is_some());
        self.framed = false;
        self.traces.resize_with(net.layers.len(), Trace::default);
        for k in net.first..net.layers.len() {
            if k > net.first {
                self.linear(net, k);
            }
            if net.has_activation(k) {
                self.through_activation(net, (k, x), along, order);
            } else if k == net.first {
                self.constant(net);
            } else if k < net.last() {
                let len = net.width(k) * self.width_of(net, k) * self.groups;
                let Trace { u, a, .. } = &mut self.traces[k];
                room(a, len).copy_from_slice(&u[..len]);
            }
        }
        self.output(net)
    }

    /// The derivatives of the map, `[component][column][group]`.
    pub(super) fn output(&self, net: &Network<'_, T>) -> &[Lane<T>] {
        let (k, trace) = (net.last(), &self.traces[net.last()]);
        let derived = net.has_activation(k) || k == net.first;
        let buffer = if derived { &trace.a } else { &trace.u };
        &buffer[..net.outputs() * self.columns * self.groups]
    }

    /// Columns of a_k, the value among them.
    pub(super) fn width_of(&self, net: &Network<'_, T>, k: usize) -> usize {
        self.columns + usize::from(net.passes_value(k))
    }

    /// Derivative column i of u at a unit of layer k, whose value column leads.
    #[inline(always)]
    pub(super) fn slope<'s>(
        &'s self,
        net: &'s Network<'_, T>,
        k: usize,
    ) -> impl Fn(usize, usize, usize) -> Lane<T> + Copy + 's {
        let (constant, groups) = (k == net.first && !self.framed, self.groups);
        let (u, columns) = (self.traces[k].u.as_slice(), 1 + self.columns);
        let (w, width) = (net.weight.as_slice(), net.width(net.first));
        #[inline(always)]
        move |unit, i, group| {
            if constant {
                splat(w[i * width + unit])
            } else {
                u[(unit * columns + 1 + i) * groups + group]
            }
        }
    }

    /// u of layer k from a of the layer before.
    fn linear(&mut self, net: &Network<'_, T>, k: usize) {
        let (before, rest) = self.traces.split_at_mut(k);
        let (width, groups) = (net.width(k), self.groups);
        let columns = self.columns + usize::from(net.passes_value(k - 1));
        let count = columns * groups;
        let out = room(&mut rest[0].u, width * count);
        let a = &before[k - 1].a[..net.width(k - 1) * count];
        let (w, a) = (net.transposed(k), (a.as_flattened(), count * LANES));
        let to = (out.as_flattened_mut(), Write::Replace);
        w.product(to, a, &mut self.strip);
        if !net.has_activation(k) && net.passes_value(k) {
            for (row, b) in out.chunks_exact_mut(columns * groups).zip(bias(net, k)) {
                row[..groups]
                    .as_flattened_mut()
                    .iter_mut()
                    .for_each(|u| *u += b);
            }
        }
    }

    /// a of layer k, which has an activation: some units at a time, whose σ stays in a first-level cache until
    /// their derivatives have been formed.
    fn through_activation(
        &mut self,
        net: &Network<'_, T>,
        (k, x): (usize, &[Lane<T>]),
        along: Option<&[Lane<T>]>,
        order: usize,
    ) {
        const UNITS: usize = 8;
        let (width, groups) = (net.width(k), self.groups);
        let mut a = std::mem::take(&mut self.traces[k].a);
        let columns = Columns {
            lead: usize::from(net.passes_value(k)),
            firsts: net.inputs(),
            all: self.width_of(net, k),
            groups,
        };
        let row = columns.all * groups;
        let out = room(&mut a, width * row);
        for (at, rows) in out.chunks_mut(UNITS * row).enumerate() {
            let from = at * UNITS;
            let units = from..from + rows.len() / row;
            self.activate(net, (k, x), units.clone(), order);
            let (u, sigma) = (self.slope(net, k), &self.traces[k].sigma);
            chain::firsts(sigma, units.clone(), u, (&mut *rows, columns));
            if let Some(v) = along {
                let v = |i: usize, g: usize| v[i * groups + g];
                chain::along(sigma, (units, k > net.first), u, v, (rows, columns));
            }
        }
        self.traces[k].a = a;
    }

    /// σ and its derivatives at u + b of some units; u of the affine beginning is made here.
    fn activate(
        &mut self,
        net: &Network<'_, T>,
        (k, x): (usize, &[Lane<T>]),
        units: Range<usize>,
        order: usize,
    ) {
        let (width, groups) = (net.width(k), self.groups);
        let Trace { u, sigma, .. } = &mut self.traces[k];
        let lanes = units.start * groups..units.end * groups;
        let value = room(&mut self.value, lanes.len());
        if k == net.first {
            begin(net, units.clone(), (x, groups), value);
        } else {
            let row = (1 + self.columns) * groups;
            let rows = u.chunks_exact(row).skip(units.start);
            for (row, value) in rows.zip(value.chunks_exact_mut(groups)) {
                value.copy_from_slice(&row[..groups]);
            }
        }
        let biases = bias(net, k).skip(units.start);
        vectorised(
            #[inline(always)]
            || {
                for (value, b) in value.chunks_exact_mut(groups).zip(biases) {
                    value.iter_mut().for_each(|u| *u = map(u, |u| u + b));
                }
            },
        );
        let [s0, s1, s2, s3] = sigma
            .each_mut()
            .map(|s| room(s, width * groups)[lanes.clone()].as_flattened_mut());
        if let Some(sigma) = net.layers[k].activation() {
            sigma.derivatives(value.as_flattened(), &mut [s0, s1, s2, s3][..=order]);
        }
    }

    /// The derivatives of a map that is affine from end to end.
    fn constant(&mut self, net: &Network<'_, T>) {
        let (d, n, groups) = (net.inputs(), net.outputs(), self.groups);
        let columns = self.columns;
        let out = room(&mut self.traces[net.first].a, n * columns * groups);
        for (unit, row) in out.chunks_exact_mut(columns * groups).enumerate() {
            row.fill(splat(T::ZERO));
            for i in 0..d {
                row[i * groups..(i + 1) * groups].fill(splat(net.weight.row(i)[unit]));
            }
        }
    }

    /// Turns the first derivatives into those along the vectors `e`, `[i][a][group]`, upper
    /// triangular: `u_a = e_ia u_i`. The output of a last layer without activation stays as it is; nothing
    /// reads it afterwards.
    pub(super) fn reframe(&mut self, net: &Network<'_, T>, e: &[Lane<T>]) {
        let (d, groups) = (net.inputs(), self.groups);
        for k in net.first..net.layers.len() {
            let columns = self.width_of(net, k);
            let lead = usize::from(net.passes_value(k));
            if !net.has_activation(k) {
                if k < net.last() {
                    let len = net.width(k) * columns * groups;
                    let a = &mut self.traces[k].a[..len];
                    turn(a, (columns, lead), e, (d, groups));
                }
                continue;
            }
            if k == net.first {
                self.spread(net);
            }
            let Trace { u, sigma, a } = &mut self.traces[k];
            let u = &mut u[..net.width(k) * (1 + d) * groups];
            turn(u, (1 + d, 1), e, (d, groups));
            vectorised(
                #[inline(always)]
                || {
                    let rows = a.chunks_exact_mut(columns * groups);
                    for (unit, (row, u)) in rows.zip(u.chunks_exact((1 + d) * groups)).enumerate() {
                        for i in 0..d {
                            for g in 0..groups {
                                let s = &sigma[1][unit * groups + g];
                                row[(lead + i) * groups + g] =
                                    zip(s, &u[(1 + i) * groups + g], |s, u| s * u);
                            }
                        }
                    }
                },
            );
        }
        self.framed = true;
    }

    /// `u_i` of the affine beginning at every point.
    fn spread(&mut self, net: &Network<'_, T>) {
        let (d, groups) = (net.inputs(), self.groups);
        let width = net.width(net.first);
        let u = room(&mut self.traces[net.first].u, width * (1 + d) * groups);
        for (unit, row) in u.chunks_exact_mut((1 + d) * groups).enumerate() {
            for i in 0..d {
                let w = splat(net.weight.row(i)[unit]);
                row[(1 + i) * groups..(2 + i) * groups].fill(w);
            }
        }
    }

    /// Second derivatives of the pairs of `chunk`, after [`Self::first`]; the result is
    /// `[component][pair of the chunk][group]`.
    pub(super) fn pairs<'c>(&self, net: &Network<'_, T>, chunk: &'c mut Chunk<T>) -> &'c [Lane<T>] {
        let count = chunk.range.len() * self.groups;
        chunk.u.resize_with(net.layers.len(), Vec::new);
        chunk.a.resize_with(net.layers.len(), Vec::new);
        for k in net.first..net.layers.len() {
            let len = net.width(k) * count;
            if k > net.first {
                let a = &chunk.a[k - 1][..net.width(k - 1) * count];
                let a = (a.as_flattened(), count * LANES);
                let out = room(&mut chunk.u[k], len).as_flattened_mut();
                net.transposed(k)
                    .product((out, Write::Replace), a, &mut chunk.strip);
            }
            let out = room(&mut chunk.a[k], len);
            if net.has_activation(k) {
                let uu = (k > net.first).then(|| &chunk.u[k][..len]);
                let (slope, sigma) = (self.slope(net, k), &self.traces[k].sigma);
                let indices = &net.indices[chunk.range.clone()];
                let u = |unit: usize, i: usize| move |g: usize| slope(unit, i, g);
                chain::pairs(sigma, (indices, self.groups), u, (uu, out));
            } else if k == net.first {
                out.fill(splat(T::ZERO));
            } else if k < net.last() {
                out.copy_from_slice(&chunk.u[k][..len]);
            }
        }
        let last = net.last();
        let derived = net.has_activation(last) || last == net.first;
        let buffer = if derived { &chunk.a } else { &chunk.u };
        &buffer[last][..net.outputs() * count]
    }
}

/// `w · x` of some units of the affine beginning, `[unit][group]`.
fn begin<T: Real>(
    net: &Network<'_, T>,
    units: Range<usize>,
    (x, groups): (&[Lane<T>], usize),
    value: &mut [Lane<T>],
) {
    value.fill(splat(T::ZERO));
    vectorised(
        #[inline(always)]
        || {
            for (i, x) in x.chunks_exact(groups).enumerate() {
                let w = &net.weight.row(i)[units.clone()];
                for (value, &w) in value.chunks_exact_mut(groups).zip(w) {
                    for (value, x) in value.iter_mut().zip(x) {
                        fuse(value, &splat(w), x);
                    }
                }
            }
        },
    );
}

/// b of layer k: of the affine beginning, or of a later layer; zeros where there is none.
fn bias<T: Real>(net: &Network<'_, T>, k: usize) -> impl Iterator<Item = T> {
    let own = net.layers[k].bias().unwrap_or(&[]);
    let given = if k == net.first { &net.bias } else { own };
    let none = std::iter::repeat_n(T::ZERO, net.width(k) - given.len());
    given.iter().copied().chain(none)
}

/// Rows of derivatives along the vectors `e`, in place; `e` is upper triangular.
fn turn<T: Real>(
    rows: &mut [Lane<T>],
    (columns, lead): (usize, usize),
    e: &[Lane<T>],
    (d, groups): (usize, usize),
) {
    vectorised(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(columns * groups) {
                for a in (0..d).rev() {
                    for g in 0..groups {
                        let mut sum = splat(T::ZERO);
                        for i in 0..=a {
                            fuse(
                                &mut sum,
                                &e[(i * d + a) * groups + g],
                                &row[(lead + i) * groups + g],
                            );
                        }
                        row[(lead + a) * groups + g] = sum;
                    }
                }
            }
        },
    );
}

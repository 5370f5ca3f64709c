//! Jets pushed forward through the layers, a tile of points at a time.
//!
//! A jet of a tile of P points is one stack of row blocks, P rows each:
//!
//! ```text
//! [ a ; ∂_i a, i < d ; ∂_i ∂_j a, i ≤ j ; ∂_i ∂_j ∂_k a, i ≤ j ≤ k ]    in the order of `pair` and `triple`
//! ```
//!
//! so a linear layer is one GEMM. With u = a W + b and a = σ(u), subscripts for derivatives:
//!
//! ```text
//! a_i = σ' u_i      a_ij = σ' u_ij + σ'' u_i u_j
//! a_ijk = σ' u_ijk + σ'' (u_ij u_k + u_ik u_j + u_jk u_i) + σ''' u_i u_j u_k
//! ```
//!
//! Up to the first activation the map is affine: u_i is a row of W for every point, and the blocks
//! of second and third derivatives are zero and take no part in the products.

use super::perceptron::Dense;
use crate::autograd::Pointwise;
use crate::geometry::conventions::{index_pairs, pair, pairs, triple, triples};
use crate::nn::activation::Activation;
use crate::tensor::elementwise::{add_row, vectorised};
use crate::tensor::{Real, View, Write, gemm};

/// Which derivatives a stack holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum StackedDerivatives<'a, T> {
    /// None.
    Value,
    /// All first.
    First,
    /// All first and second.
    Second,
    /// All to third order.
    Third,
    /// All first, and D²f(v, v) for one v per point, `[point][i]`.
    Along(&'a [T]),
}

impl<T> StackedDerivatives<'_, T> {
    /// Number of row blocks for d coordinates.
    pub(super) fn blocks(&self, d: usize) -> usize {
        match self {
            Self::Value => 1,
            Self::First => 1 + d,
            Self::Second => 1 + d + pairs(d),
            Self::Third => 1 + d + pairs(d) + triples(d),
            Self::Along(_) => 2 + d,
        }
    }

    /// Highest derivative of σ needed.
    fn order(&self) -> usize {
        match self {
            Self::Value => 0,
            Self::First => 1,
            Self::Second | Self::Along(_) => 2,
            Self::Third => 3,
        }
    }
}

/// Shape of the blocks of a stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockShape {
    /// Coordinates that derivatives are taken by.
    pub(super) d: usize,
    /// Rows of a block.
    pub(super) points: usize,
    /// Entries of a row.
    pub(super) width: usize,
}

impl BlockShape {
    /// Entries of a block.
    fn len(self) -> usize {
        self.points * self.width
    }
}

/// Buffers of the forward pass; they grow to the largest tile met and are reused.
#[derive(Clone, Debug, Default)]
pub(super) struct ForwardPass<T> {
    stack: Vec<T>,
    next: Vec<T>,
    sigma: [Vec<T>; 4],
    along: Vec<T>,
}

/// The first `len` entries, grown where there are fewer.
pub(super) fn room<T: Real>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len {
        buffer.resize(len, T::ZERO);
    }
    &mut buffer[..len]
}

impl<T: Real> ForwardPass<T> {
    /// The jet of the layers at `points`, `[point][i]`, as `[block][point][component]`.
    pub(super) fn run(
        &mut self,
        layers: &[Dense<T>],
        points: &[T],
        columns: StackedDerivatives<'_, T>,
    ) -> &[T] {
        let d = layers[0].inputs();
        let (count, blocks) = (points.len() / d, columns.blocks(d));
        let affine_blocks = blocks.min(1 + d);
        let mut nonlinear = false;
        for (k, layer) in layers.iter().enumerate() {
            let width = layer.outputs();
            let out = room(&mut self.next, blocks * count * width);
            if k == 0 {
                seed(layer, points, out, affine_blocks > 1);
            } else {
                let rows = count * if nonlinear { blocks } else { affine_blocks };
                let a = View::new(&self.stack[..rows * layer.inputs()], rows, layer.inputs());
                gemm(
                    &mut out[..rows * width],
                    Write::Replace,
                    a,
                    layer.weight().view(),
                );
                add_bias(layer, &mut out[..count * width]);
            }
            std::mem::swap(&mut self.stack, &mut self.next);
            if let Some(sigma) = layer.activation() {
                let shape = BlockShape {
                    d,
                    points: count,
                    width,
                };
                self.activate(sigma, shape, columns, nonlinear);
                nonlinear = true;
            }
        }
        let width = layers[layers.len() - 1].outputs();
        let entries = &mut self.stack[..blocks * count * width];
        if !nonlinear {
            entries[affine_blocks * count * width..].fill(T::ZERO);
        }
        entries
    }

    /// σ on the stack, in place, highest derivatives first because they read the lower ones of u.
    fn activate(
        &mut self,
        sigma: Activation,
        shape: BlockShape,
        columns: StackedDerivatives<'_, T>,
        nonlinear: bool,
    ) {
        let (d, len) = (shape.d, shape.len());
        let stack = &mut self.stack[..columns.blocks(d) * len];
        let [s0, s1, s2, s3] = self.sigma.each_mut().map(|s| room(s, len));
        sigma.derivatives(
            &stack[..len],
            &mut [&mut *s0, &mut *s1, &mut *s2, &mut *s3][..=columns.order()],
        );
        let (first, second) = stack.split_at_mut(len * columns.blocks(d).min(1 + d));
        match columns {
            StackedDerivatives::Value | StackedDerivatives::First => {}
            StackedDerivatives::Second => seconds(first, second, (s1, s2), shape, nonlinear),
            StackedDerivatives::Third => {
                let (second, third) = second.split_at_mut(pairs(d) * len);
                thirds((first, second), third, [s1, s2, s3], shape, nonlinear);
                seconds(first, second, (s1, s2), shape, nonlinear);
            }
            StackedDerivatives::Along(v) => {
                let u_v = room(&mut self.along, len);
                contract(first, v, u_v, shape);
                chain_second(second, (s1, s2), (u_v, u_v), nonlinear);
            }
        }
        for block in first[len..].chunks_exact_mut(len) {
            scale(block, s1);
        }
        first[..len].copy_from_slice(s0);
    }
}

/// Value and first derivatives of the first layer: `x W + b`, and row i of W for every point.
pub(super) fn seed<T: Real>(layer: &Dense<T>, points: &[T], out: &mut [T], derivatives: bool) {
    let (d, width) = layer.weight().shape();
    let count = points.len() / d;
    let (value, rest) = out.split_at_mut(count * width);
    gemm(
        value,
        Write::Replace,
        View::new(points, count, d),
        layer.weight().view(),
    );
    add_bias(layer, value);
    if derivatives {
        for (i, block) in rest.chunks_exact_mut(count * width).take(d).enumerate() {
            for row in block.chunks_exact_mut(width) {
                row.copy_from_slice(layer.weight().row(i));
            }
        }
    }
}

pub(super) fn add_bias<T: Real>(layer: &Dense<T>, value: &mut [T]) {
    if let Some(bias) = layer.bias() {
        add_row(value, bias);
    }
}

/// Block of the first derivative along i, in the blocks of value and first derivatives.
fn first_block<T>(first: &[T], i: usize, len: usize) -> &[T] {
    &first[(1 + i) * len..(2 + i) * len]
}

/// a_ij of all pairs.
fn seconds<T: Real>(
    first: &[T],
    second: &mut [T],
    slopes: (&[T], &[T]),
    shape: BlockShape,
    nonlinear: bool,
) {
    let (d, len) = (shape.d, shape.len());
    let u = |i: usize| first_block(first, i, len);
    for (i, j) in index_pairs(d) {
        let at = pair(i, j) * len;
        chain_second(&mut second[at..at + len], slopes, (u(i), u(j)), nonlinear);
    }
}

/// a_ijk of all triples.
fn thirds<T: Real>(
    (first, second): (&[T], &[T]),
    third: &mut [T],
    slopes: [&[T]; 3],
    shape: BlockShape,
    nonlinear: bool,
) {
    let (d, len) = (shape.d, shape.len());
    let u = |i: usize| first_block(first, i, len);
    let uu = |i: usize, j: usize| &second[pair(i, j) * len..(pair(i, j) + 1) * len];
    for (k, j) in (0..d).flat_map(|k| (0..=k).map(move |j| (k, j))) {
        for i in 0..=j {
            let at = triple(i, j, k) * len;
            let out = &mut third[at..at + len];
            let seconds = [uu(i, j), uu(i, k), uu(j, k)];
            chain_third(
                out,
                slopes,
                [u(i), u(j), u(k)],
                nonlinear.then_some(seconds),
            );
        }
    }
}

/// `u_v = v^i u_i`, v of every point.
fn contract<T: Real>(first: &[T], v: &[T], out: &mut [T], shape: BlockShape) {
    let (d, width, len) = (shape.d, shape.width, shape.len());
    for (p, row) in out.chunks_exact_mut(width).enumerate() {
        row.fill(T::ZERO);
        for i in 0..d {
            let u = &first_block(first, i, len)[p * width..(p + 1) * width];
            row.iter_mut()
                .zip(u)
                .for_each(|(o, &u)| *o += v[p * d + i] * u);
        }
    }
}

/// The chain rule to second order, `out = σ' out + σ'' a b`; without the first term unless an earlier layer was
/// `nonlinear`, where `out` is still zero.
fn chain_second<T: Real>(
    out: &mut [T],
    (s1, s2): (&[T], &[T]),
    (a, b): (&[T], &[T]),
    nonlinear: bool,
) {
    let len = out.len();
    let (s1, s2, a, b) = (&s1[..len], &s2[..len], &a[..len], &b[..len]);
    vectorised(
        #[inline(always)]
        || {
            if nonlinear {
                for k in 0..len {
                    out[k] = s1[k].fused(out[k], s2[k] * a[k] * b[k]);
                }
            } else {
                for k in 0..len {
                    out[k] = s2[k] * a[k] * b[k];
                }
            }
        },
    );
}

/// The chain rule to third order: a_ijk into `out`, which holds u_ijk where second derivatives are given and is zero otherwise.
fn chain_third<T: Real>(
    out: &mut [T],
    slopes: [&[T]; 3],
    firsts: [&[T]; 3],
    seconds: Option<[&[T]; 3]>,
) {
    let len = out.len();
    let [s1, s2, s3] = slopes.map(|s| &s[..len]);
    let [ui, uj, uk] = firsts.map(|u| &u[..len]);
    vectorised(
        #[inline(always)]
        || {
            if let Some(seconds) = seconds {
                let [uij, uik, ujk] = seconds.map(|u| &u[..len]);
                for k in 0..len {
                    let mixed = uij[k] * uk[k] + uik[k] * uj[k] + ujk[k] * ui[k];
                    out[k] = s1[k] * out[k] + s2[k] * mixed + s3[k] * ui[k] * uj[k] * uk[k];
                }
            } else {
                for k in 0..len {
                    out[k] = s3[k] * ui[k] * uj[k] * uk[k];
                }
            }
        },
    );
}

/// `out *= factor`, entry by entry.
fn scale<T: Real>(out: &mut [T], factor: &[T]) {
    vectorised(
        #[inline(always)]
        || out.iter_mut().zip(factor).for_each(|(o, &f)| *o *= f),
    );
}

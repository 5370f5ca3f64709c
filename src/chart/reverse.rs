//! Hessians of scalars `c · f` by reverse passes, a tile of points at a time.
//!
//! ```text
//! Hess(c·f) = Σ_k A_kᵀ diag(λ_k ⊙ σ''(u_k)) A_k      A_k = ∂u_k/∂x,   λ_k = ∂(c·f)/∂a_k
//! ```
//!
//! (By induction over the layers: `∂_i ∂_j a_k = σ'' u_i u_j + σ' W ∂_i ∂_j a_(k−1)`.) Γ_{l,ij} takes d reverse passes with c = J_l, at about
//! `2(L−1)h²d + L·h·d·d(d+1)/2` multiply–adds against `(L−1)h²·(d + d(d+1)/2)` of the forward
//! 2-jet. Layers without activation add nothing to the sum, and no adjoint goes further back than
//! the first activation.

use super::forward::{BlockShape, add_bias, room, seed};
use super::perceptron::Dense;
use crate::autograd::Pointwise;
use crate::geometry::conventions::{index_pairs, pairs};
use crate::tensor::elementwise::{map2, vectorised};
use crate::tensor::{Real, View, Write, gemm};

/// What the forward pass leaves of a layer.
#[derive(Clone, Debug, Default)]
struct LayerTrace<T> {
    /// u and ∂_i u, `[1 + d][point][out]`.
    u: Vec<T>,
    /// σ'(u), `[point][out]`.
    slope: Vec<T>,
    /// σ''(u), `[point][out]`.
    curve: Vec<T>,
}

/// Buffers of the two passes; they grow to the largest tile met and are reused.
#[derive(Clone, Debug, Default)]
pub(super) struct ReversePass<T> {
    traces: Vec<LayerTrace<T>>,
    /// a and ∂_i a of the layer reached.
    stack: Vec<T>,
    /// Adjoints, `[point][covector][out]`.
    lambda: Vec<T>,
    next: Vec<T>,
    /// λ ⊙ σ'' of one point.
    weighted: Vec<T>,
    /// ∂_i u ⊙ ∂_j u of one point, `[pair(i, j)][out]`.
    products: Vec<T>,
    points: usize,
}

impl<T: Real> ReversePass<T> {
    /// Value and first derivatives at `points`, `[point][i]`, as `[block][point][component]`; what
    /// [`Self::hessians`] needs is kept.
    pub(super) fn forward(&mut self, layers: &[Dense<T>], points: &[T]) -> &[T] {
        let d = layers[0].inputs();
        let count = points.len() / d;
        let rows = (1 + d) * count;
        self.points = count;
        if self.traces.len() < layers.len() {
            self.traces.resize_with(layers.len(), LayerTrace::default);
        }
        for (k, (layer, trace)) in layers.iter().zip(&mut self.traces).enumerate() {
            let (inputs, width) = layer.weight().shape();
            let u = room(&mut trace.u, rows * width);
            if k == 0 {
                seed(layer, points, u, true);
            } else {
                let a = View::new(&self.stack[..rows * inputs], rows, inputs);
                gemm(u, Write::Replace, a, layer.weight().view());
                add_bias(layer, &mut u[..count * width]);
            }
            trace.activate(layer, count * width, room(&mut self.stack, rows * width));
        }
        let width = layers[layers.len() - 1].outputs();
        &self.stack[..rows * width]
    }

    /// The Hessians of `c · f` for the same number of covectors at each point of the last
    /// [`Self::forward`]: `covectors` is `[point][c][component]`, `out` is `[point][c][pair(i, j)]`.
    pub(super) fn hessians(&mut self, layers: &[Dense<T>], covectors: &[T], out: &mut [T]) {
        out.fill(T::ZERO);
        let Some(stop) = layers.iter().position(|l| l.activation().is_some()) else {
            return;
        };
        let d = layers[0].inputs();
        let rows = covectors.len() / layers[layers.len() - 1].outputs();
        room(&mut self.lambda, covectors.len()).copy_from_slice(covectors);
        for (k, layer) in layers.iter().enumerate().skip(stop).rev() {
            let (inputs, width) = layer.weight().shape();
            if layer.activation().is_some() {
                let shape = BlockShape {
                    d,
                    points: self.points,
                    width,
                };
                self.gather(k, shape, rows / self.points, out);
            }
            if k > stop {
                let lambda = View::new(&self.lambda[..rows * width], rows, width);
                let next = room(&mut self.next, rows * inputs);
                gemm(next, Write::Replace, lambda, layer.weight().view().t());
                std::mem::swap(&mut self.lambda, &mut self.next);
            }
        }
    }

    /// Adds the term of layer k to the Hessians, and takes the adjoints of a_k to those of u_k.
    fn gather(&mut self, k: usize, shape: BlockShape, covectors: usize, out: &mut [T]) {
        let BlockShape { d, width, .. } = shape;
        let trace = &self.traces[k];
        let products = room(&mut self.products, pairs(d) * width);
        let weighted = room(&mut self.weighted, covectors * width);
        let lambdas = self.lambda.chunks_exact_mut(covectors * width);
        let outs = out.chunks_exact_mut(covectors * pairs(d));
        for (p, (lambda, out)) in lambdas.zip(outs).enumerate() {
            let at = p * width..(p + 1) * width;
            let (slope, curve) = (&trace.slope[at.clone()], &trace.curve[at]);
            trace.products(p, shape, products);
            adjoint(lambda, weighted, slope, curve);
            let weighted = View::new(weighted, covectors, width);
            let products = View::new(products, pairs(d), width);
            gemm(out, Write::Add, weighted, products.t());
        }
    }
}

impl<T: Real> LayerTrace<T> {
    /// `a = σ(u)` and `∂_i a = σ'(u) ∂_i u` into `a`; `len` numbers are a block.
    fn activate(&mut self, layer: &Dense<T>, len: usize, a: &mut [T]) {
        let u = &self.u[..a.len()];
        let Some(sigma) = layer.activation() else {
            a.copy_from_slice(u);
            return;
        };
        let (slope, curve) = (room(&mut self.slope, len), room(&mut self.curve, len));
        let (value, first) = a.split_at_mut(len);
        sigma.derivatives(&u[..len], &mut [value, slope, curve]);
        for (a, u) in first.chunks_exact_mut(len).zip(u[len..].chunks_exact(len)) {
            map2(a, Write::Replace, u, slope, |u, slope| u * slope);
        }
    }

    /// `∂_i u ⊙ ∂_j u` at one of the points, `[pair(i, j)][out]`.
    fn products(&self, point: usize, shape: BlockShape, out: &mut [T]) {
        let BlockShape { d, points, width } = shape;
        let row = |i: usize| {
            let at = ((1 + i) * points + point) * width;
            &self.u[at..at + width]
        };
        for ((i, j), out) in index_pairs(d).zip(out.chunks_exact_mut(width)) {
            map2(out, Write::Replace, row(i), row(j), |a, b| a * b);
        }
    }
}

/// `weighted = λ ⊙ σ''` and `λ ← λ ⊙ σ'`, for every covector of a point.
fn adjoint<T: Real>(lambda: &mut [T], weighted: &mut [T], slope: &[T], curve: &[T]) {
    let width = slope.len();
    vectorised(
        #[inline(always)]
        || {
            let rows = lambda.chunks_exact_mut(width);
            for (lambda, weighted) in rows.zip(weighted.chunks_exact_mut(width)) {
                for k in 0..width {
                    weighted[k] = lambda[k] * curve[k];
                    lambda[k] *= slope[k];
                }
            }
        },
    );
}

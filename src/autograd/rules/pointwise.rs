//! A function applied to every entry, alone or with the derivatives stacked under the value.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise};

/// A smooth function of one number with its derivatives.
pub trait Pointwise<T: Real>: Copy + Send + 'static {
    /// Writes `σ^(k)(u)` into `out[k]` for k = 0, 1, …, at most 3; every slice has the length of u.
    fn derivatives(&self, u: &[T], out: &mut [&mut [T]]);
}

/// `y = σ(u)`; a second output keeps the slope σ'(u).
struct Apply;

/// σ on a stack of `1 + directions · order` blocks of rows: u, then the first derivatives u₁ along
/// each direction, then (order 2) the second derivatives u₂ along each.
struct ApplyStack<F> {
    f: F,
    blocks: Blocks,
}

/// How derivatives are stacked.
#[derive(Clone, Copy, Debug)]
struct Blocks {
    rows: usize,
    cols: usize,
    directions: usize,
    order: usize,
}

impl Blocks {
    /// Entries of block k.
    fn of<'a, T>(&self, stack: &'a [T], k: usize) -> &'a [T] {
        let len = self.rows * self.cols;
        &stack[k * len..(k + 1) * len]
    }

    fn of_mut<'a, T>(&self, stack: &'a mut [T], k: usize) -> &'a mut [T] {
        let len = self.rows * self.cols;
        &mut stack[k * len..(k + 1) * len]
    }

    /// Block of the first derivative along direction k.
    fn first(&self, k: usize) -> usize {
        1 + k
    }

    /// Block of the second derivative along direction k.
    fn second(&self, k: usize) -> usize {
        1 + self.directions + k
    }
}

impl<T: Real> Tape<T> {
    /// `σ(u)`, entry by entry.
    pub fn pointwise(&mut self, u: Var, f: impl Pointwise<T>) -> Var {
        let (rows, cols) = self.shape(u);
        let mut y = self.buffer(rows, cols);
        if !self.wants_gradient(u) {
            f.derivatives(self.value(u).as_slice(), &mut [y.as_mut_slice()]);
            return self.record(Apply, &[u], [y]);
        }
        let mut slope = self.buffer(rows, cols);
        let out = &mut [y.as_mut_slice(), slope.as_mut_slice()];
        f.derivatives(self.value(u).as_slice(), out);
        self.record(Apply, &[u], [y, slope])
    }

    /// σ on a stack of a value u and its derivatives along `directions` directions, to order 1 or 2:
    ///
    /// ```text
    /// y = σ(u),   y₁ = σ'(u) u₁,   y₂ = σ''(u) u₁² + σ'(u) u₂
    /// ```
    ///
    /// The stack has `1 + directions · order` blocks of `rows` rows each: value, first derivatives,
    /// second derivatives.
    ///
    /// # Panics
    /// If the shape is not that of such a stack.
    #[track_caller]
    pub(in crate::autograd) fn pointwise_stacked(
        &mut self,
        stack: Var,
        f: impl Pointwise<T>,
        rows: usize,
        directions: usize,
        order: usize,
    ) -> Var {
        let (all_rows, cols) = self.shape(stack);
        assert_eq!(
            all_rows,
            rows * (1 + directions * order),
            "pointwise: rows of a stack"
        );
        let blocks = Blocks {
            rows,
            cols,
            directions,
            order,
        };
        let mut y = self.buffer(all_rows, cols);
        let mut slopes = self.buffer(order * rows, cols);
        stack_values(f, blocks, self.value(stack).as_slice(), &mut y, &mut slopes);
        self.release(slopes);
        self.record(ApplyStack { f, blocks }, &[stack], [y])
    }
}

/// The value and its derivatives after σ; `slopes` is workspace for σ', σ''.
fn stack_values<T: Real>(
    f: impl Pointwise<T>,
    blocks: Blocks,
    u: &[T],
    y: &mut Tensor<T>,
    slopes: &mut Tensor<T>,
) {
    let y = y.as_mut_slice();
    let len = blocks.rows * blocks.cols;
    let u0 = blocks.of(u, 0);
    let (d1, d2) = slopes.as_mut_slice().split_at_mut(len);
    let value = blocks.of_mut(y, 0);
    if blocks.order == 1 {
        f.derivatives(u0, &mut [value, d1]);
    } else {
        f.derivatives(u0, &mut [value, d1, d2]);
    }
    for k in 0..blocks.directions {
        let u1 = blocks.of(u, blocks.first(k));
        let out = blocks.of_mut(y, blocks.first(k));
        elementwise::map2(out, Write::Replace, d1, u1, |d1, u1| d1 * u1);
        if blocks.order == 2 {
            let u2 = blocks.of(u, blocks.second(k));
            let out = blocks.of_mut(y, blocks.second(k));
            elementwise::map2(out, Write::Replace, d1, u2, |d1, u2| d1 * u2);
            elementwise::map2(out, Write::Add, d2, u1, |d2, u1| d2 * u1 * u1);
        }
    }
}

impl<T: Real> Rule<T> for Apply {
    fn name(&self) -> &'static str {
        "pointwise"
    }

    /// `ū += σ'(u) ⊙ ȳ`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let slope = at.output(1).as_slice();
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            elementwise::map2(out.as_mut_slice(), write, slope, g.as_slice(), |d, g| d * g);
        }
    }

    /// `ẏ = σ'(u) ⊙ u̇`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let slope = at.output(1);
        let mut dy = at.tangent_or_zero(0);
        let slopes = slope.as_slice().iter();
        dy.as_mut_slice()
            .iter_mut()
            .zip(slopes)
            .for_each(|(d, &s)| *d *= s);
        at.set(0, dy);
    }
}

impl<T: Real, F: Pointwise<T>> Rule<T> for ApplyStack<F> {
    fn name(&self) -> &'static str {
        "pointwise_stacked"
    }

    /// ```text
    /// ū  += σ' ȳ + Σ_k [ σ'' u₁ ȳ₁ + (σ''' u₁² + σ'' u₂) ȳ₂ ]
    /// ū₁ += σ' ȳ₁ + 2 σ'' u₁ ȳ₂,        ū₂ += σ' ȳ₂
    /// ```
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0).map(Tensor::as_slice) else {
            return;
        };
        if !at.wants(0) {
            return;
        }
        let b = self.blocks;
        let slopes = self.slopes(at);
        let u = at.value(0).as_slice();
        let (d1, d2, d3) = split_slopes(&slopes, b);
        let (out, write) = at.accumulate(0);
        let out = out.as_mut_slice();
        elementwise::map2(b.of_mut(out, 0), write, d1, b.of(g, 0), |d, g| d * g);
        for k in 0..b.directions {
            let (u1, g1) = (b.of(u, b.first(k)), b.of(g, b.first(k)));
            let f = |d2: T, u1: T, g1: T| d2 * u1 * g1;
            elementwise::map3(b.of_mut(out, 0), Write::Add, (d2, u1, g1), f);
            elementwise::map2(b.of_mut(out, b.first(k)), write, d1, g1, |d, g| d * g);
            if b.order == 2 {
                let (u2, g2) = (b.of(u, b.second(k)), b.of(g, b.second(k)));
                let value = b.of_mut(out, 0);
                elementwise::map3(value, Write::Add, (d3, u1, g2), |d, u, g| d * u * u * g);
                elementwise::map3(value, Write::Add, (d2, u2, g2), |d, u, g| d * u * g);
                let first = b.of_mut(out, b.first(k));
                elementwise::map3(first, Write::Add, (d2, u1, g2), |d, u, g| (d + d) * u * g);
                elementwise::map2(b.of_mut(out, b.second(k)), write, d1, g2, |d, g| d * g);
            }
        }
        at.give(slopes);
    }

    /// ```text
    /// ẏ  = σ' u̇,   ẏ₁ = σ'' u̇ u₁ + σ' u̇₁
    /// ẏ₂ = (σ''' u₁² + σ'' u₂) u̇ + 2 σ'' u₁ u̇₁ + σ' u̇₂
    /// ```
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let b = self.blocks;
        let len = b.rows * b.cols;
        let (u, du) = (at.value(0).as_slice(), at.tangent_or_zero(0));
        let du = du.as_slice();
        let mut slopes = Tensor::zeros((b.order + 2) * b.rows, b.cols);
        fill_slopes(self.f, b, u, &mut slopes);
        let (d1, d2, d3) = split_slopes(&slopes, b);
        let mut dy = vec![T::ZERO; at.output(0).as_slice().len()];
        for i in 0..len {
            dy[i] = d1[i] * du[i];
            for k in 0..b.directions {
                let (one, two) = (b.first(k) * len + i, b.second(k) * len + i);
                dy[one] = d2[i] * du[i] * u[one] + d1[i] * du[one];
                if b.order == 2 {
                    dy[two] = (d3[i] * u[one] * u[one] + d2[i] * u[two]) * du[i]
                        + (d2[i] + d2[i]) * u[one] * du[one]
                        + d1[i] * du[two];
                }
            }
        }
        at.set(0, Tensor::from_vec(at.output(0).rows(), b.cols, dy));
    }
}

impl<F> ApplyStack<F> {
    /// σ, σ', …, σ^(order + 1) at the value block, in a buffer of the pool.
    fn slopes<T: Real>(&self, at: &mut Reverse<'_, T>) -> Tensor<T>
    where
        F: Pointwise<T>,
    {
        let mut slopes = at.take((self.blocks.order + 2) * self.blocks.rows, self.blocks.cols);
        fill_slopes(self.f, self.blocks, at.value(0).as_slice(), &mut slopes);
        slopes
    }
}

/// Writes σ, σ', …, σ^(order + 1) at the value block of `u` into the blocks of `slopes`.
fn fill_slopes<T: Real>(f: impl Pointwise<T>, blocks: Blocks, u: &[T], slopes: &mut Tensor<T>) {
    let len = blocks.rows * blocks.cols;
    let mut parts = slopes.as_mut_slice().chunks_exact_mut(len.max(1));
    let mut out: Vec<&mut [T]> = parts.by_ref().take(blocks.order + 2).collect();
    if !out.is_empty() {
        f.derivatives(blocks.of(u, 0), &mut out);
    }
}

/// σ', σ'', σ''' (empty at order 1) out of what [`fill_slopes`] wrote.
fn split_slopes<T: Real>(slopes: &Tensor<T>, blocks: Blocks) -> (&[T], &[T], &[T]) {
    let s = slopes.as_slice();
    let third = if blocks.order == 2 {
        blocks.of(s, 3)
    } else {
        &[]
    };
    (blocks.of(s, 1), blocks.of(s, 2), third)
}

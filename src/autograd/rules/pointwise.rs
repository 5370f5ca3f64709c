//! A function applied to every entry, alone or with the derivatives stacked under the value.

use std::ops::Range;
use std::sync::Arc;

use crate::autograd::jet::DirectionPair;
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise};

/// A smooth function of one number with its derivatives.
pub trait Pointwise<T: Real>: Copy + Send + 'static {
    /// Writes `σ^(k)(u)` into `out[k]` for k = 0, 1, …, at most 3; every slice has the length of u.
    fn derivatives(&self, u: &[T], out: &mut [&mut [T]]);
}

/// `y = σ(u)`; a second output keeps the slope σ'(u).
struct Apply;

/// σ on a stack of a value, its first derivatives and chosen second derivatives.
struct ApplyStack<F> {
    f: F,
    blocks: Blocks,
}

/// How derivatives are stacked: the value u, the first derivatives u_a along each direction, the
/// second derivatives u_ab of the pairs; each a block of `rows` rows.
#[derive(Clone, Debug)]
struct Blocks {
    rows: usize,
    cols: usize,
    directions: usize,
    pairs: Arc<[DirectionPair]>,
}

/// Entries that are taken through all derivatives before the next: a few of them stay in the L1
/// cache while every pair passes by.
const CHUNK: usize = 256;

impl Blocks {
    /// Entries of a block.
    fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Number of blocks.
    fn count(&self) -> usize {
        1 + self.directions + self.pairs.len()
    }

    /// The highest derivative of σ that the value needs.
    fn order(&self) -> usize {
        if self.pairs.is_empty() { 1 } else { 2 }
    }

    /// The blocks of a stack, one after the other.
    fn of<'a, T>(&self, stack: &'a [T]) -> Vec<&'a [T]> {
        stack.chunks_exact(self.len().max(1)).collect()
    }

    fn of_mut<'a, T>(&self, stack: &'a mut [T]) -> Vec<&'a mut [T]> {
        stack.chunks_exact_mut(self.len().max(1)).collect()
    }

    /// Block of the first derivative along direction a.
    fn first(&self, a: usize) -> usize {
        1 + a
    }

    /// The pairs with the blocks of u_a, u_b and u_ab.
    fn pairs(&self) -> impl Iterator<Item = [usize; 3]> {
        let seconds = 1 + self.directions;
        let blocks = move |(p, &(a, b)): (usize, &DirectionPair)| {
            [self.first(a), self.first(b), seconds + p]
        };
        self.pairs.iter().enumerate().map(blocks)
    }

    /// Ranges of entries, chunk by chunk.
    fn chunks(&self) -> impl Iterator<Item = Range<usize>> {
        let len = self.len();
        (0..len)
            .step_by(CHUNK)
            .map(move |from| from..len.min(from + CHUNK))
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

    /// σ on a stack of a value u, its derivatives u_a along `directions` directions, and its second
    /// derivatives u_ab for `pairs` of them:
    ///
    /// ```text
    /// y = σ(u),   y_a = σ'(u) u_a,   y_ab = σ''(u) u_a u_b + σ'(u) u_ab
    /// ```
    ///
    /// The stack has `1 + directions + pairs` blocks of `rows` rows each.
    ///
    /// # Panics
    /// If the shape is not that of such a stack.
    #[track_caller]
    pub(in crate::autograd) fn pointwise_stacked(
        &mut self,
        stack: Var,
        f: impl Pointwise<T>,
        (rows, directions, pairs): (usize, usize, &Arc<[DirectionPair]>),
    ) -> Var {
        let (all_rows, cols) = self.shape(stack);
        let blocks = Blocks {
            rows,
            cols,
            directions,
            pairs: Arc::clone(pairs),
        };
        assert_eq!(
            all_rows,
            rows * blocks.count(),
            "pointwise: rows of a stack"
        );
        let mut y = self.buffer(all_rows, cols);
        if blocks.len() > 0 {
            let mut slopes = self.buffer((1 + blocks.order()) * rows, cols);
            stack_values(
                f,
                &blocks,
                self.value(stack).as_slice(),
                &mut y,
                &mut slopes,
            );
            self.release(slopes);
        }
        self.record(ApplyStack { f, blocks }, &[stack], [y])
    }
}

/// The value and its derivatives after σ; `slopes` is workspace for σ, σ', σ''.
fn stack_values<T: Real>(
    f: impl Pointwise<T>,
    blocks: &Blocks,
    u: &[T],
    y: &mut Tensor<T>,
    slopes: &mut Tensor<T>,
) {
    let u = blocks.of(u);
    let mut y = blocks.of_mut(y.as_mut_slice());
    let mut s = blocks.of_mut(slopes.as_mut_slice());
    f.derivatives(u[0], &mut s);
    y[0].copy_from_slice(s[0]);
    for r in blocks.chunks() {
        let d1 = &s[1][r.clone()];
        for a in (0..blocks.directions).map(|a| blocks.first(a)) {
            let out = &mut y[a][r.clone()];
            elementwise::map2(out, Write::Replace, d1, &u[a][r.clone()], |d, u| d * u);
        }
        for [a, b, ab] in blocks.pairs() {
            let (d2, u_a, u_b) = (&s[2][r.clone()], &u[a][r.clone()], &u[b][r.clone()]);
            let (out, u_ab) = (&mut y[ab][r.clone()], &u[ab][r.clone()]);
            elementwise::map2(out, Write::Replace, d1, u_ab, |d1, u_ab| d1 * u_ab);
            elementwise::map3(out, Write::Add, (d2, u_a, u_b), |d2, a, b| d2 * a * b);
        }
    }
}

impl<T: Real> Rule<T> for Apply {
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
    /// ```text
    /// ū   += σ' ȳ + Σ_a σ'' u_a ȳ_a + Σ_ab (σ''' u_a u_b + σ'' u_ab) ȳ_ab
    /// ū_a += σ' ȳ_a + Σ_b σ'' u_b ȳ_ab   (a pair (a, a) counts twice),      ū_ab += σ' ȳ_ab
    /// ```
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0).map(Tensor::as_slice) else {
            return;
        };
        let blocks = &self.blocks;
        if !at.wants(0) {
            return;
        }
        let mut slopes = at.take((2 + blocks.order()) * blocks.rows, blocks.cols);
        let (u, g) = (blocks.of(at.value(0).as_slice()), blocks.of(g));
        let (out, write) = at.accumulate(0);
        if blocks.len() > 0 {
            let mut s = blocks.of_mut(slopes.as_mut_slice());
            self.f.derivatives(u[0], &mut s);
            let s: Vec<&[T]> = s.into_iter().map(|part| &*part).collect();
            let mut out = blocks.of_mut(out.as_mut_slice());
            for r in blocks.chunks() {
                reverse_chunk(blocks, &r, [&s, &u, &g], &mut out, write);
            }
        }
        at.give(slopes);
    }

    /// ```text
    /// ẏ    = σ' u̇,   ẏ_a = σ'' u̇ u_a + σ' u̇_a
    /// ẏ_ab = (σ''' u_a u_b + σ'' u_ab) u̇ + σ'' (u̇_a u_b + u_a u̇_b) + σ' u̇_ab
    /// ```
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let blocks = &self.blocks;
        let mut dy = Tensor::zeros(at.output(0).rows(), blocks.cols);
        if blocks.len() > 0 {
            let mut slopes = Tensor::zeros((2 + blocks.order()) * blocks.rows, blocks.cols);
            let du = at.tangent_or_zero(0);
            let (u, du) = (blocks.of(at.value(0).as_slice()), blocks.of(du.as_slice()));
            let mut s = blocks.of_mut(slopes.as_mut_slice());
            self.f.derivatives(u[0], &mut s);
            let mut dy = blocks.of_mut(dy.as_mut_slice());
            for i in 0..blocks.len() {
                let (d1, d2) = (s[1][i], s[2][i]);
                dy[0][i] = d1 * du[0][i];
                for a in (0..blocks.directions).map(|a| blocks.first(a)) {
                    dy[a][i] = d2 * du[0][i] * u[a][i] + d1 * du[a][i];
                }
                for [a, b, ab] in blocks.pairs() {
                    dy[ab][i] = (s[3][i] * u[a][i] * u[b][i] + d2 * u[ab][i]) * du[0][i]
                        + d2 * (du[a][i] * u[b][i] + u[a][i] * du[b][i])
                        + d1 * du[ab][i];
                }
            }
        }
        at.set(0, dy);
    }
}

/// The adjoints of the entries in `r`, given σ … σ''' in `s`, the stack in `u`, its adjoint in `g`.
fn reverse_chunk<T: Real>(
    blocks: &Blocks,
    r: &Range<usize>,
    [s, u, g]: [&[&[T]]; 3],
    out: &mut [&mut [T]],
    write: Write,
) {
    let (d1, d2) = (&s[1][r.clone()], &s[2][r.clone()]);
    for (out, g) in out.iter_mut().zip(g) {
        let (out, g) = (&mut out[r.clone()], &g[r.clone()]);
        elementwise::map2(out, write, d1, g, |d, g| d * g);
    }
    for a in (0..blocks.directions).map(|a| blocks.first(a)) {
        let inputs = (d2, &u[a][r.clone()], &g[a][r.clone()]);
        let value = &mut out[0][r.clone()];
        elementwise::map3(value, Write::Add, inputs, |d, u, g| d * u * g);
    }
    for [a, b, ab] in blocks.pairs() {
        let (u_a, u_b) = (&u[a][r.clone()], &u[b][r.clone()]);
        let g = &g[ab][r.clone()];
        let factors = [d2, &s[3][r.clone()], u_a, u_b, &u[ab][r.clone()], g];
        value_of_pair(&mut out[0][r.clone()], factors);
        for (to, other) in [(a, u_b), (b, u_a)] {
            let first = &mut out[to][r.clone()];
            elementwise::map3(first, Write::Add, (d2, other, g), |d, u, g| d * u * g);
        }
    }
}

/// `ū += (σ''' u_a u_b + σ'' u_ab) ȳ_ab`, given σ'', σ''', u_a, u_b, u_ab, ȳ_ab.
fn value_of_pair<T: Real>(out: &mut [T], [d2, d3, u_a, u_b, u_ab, g]: [&[T]; 6]) {
    let slopes = d2.iter().zip(d3);
    let inputs = slopes.zip(u_a.iter().zip(u_b)).zip(u_ab.iter().zip(g));
    elementwise::vectorised(
        #[inline(always)]
        || {
            for (out, (((&d2, &d3), (&a, &b)), (&ab, &g))) in out.iter_mut().zip(inputs) {
                *out += (d3 * a * b + d2 * ab) * g;
            }
        },
    );
}

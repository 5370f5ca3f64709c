//! Pullback geometry of an immersion f at every row of a batch, from the derivatives a
//! [`Jet`](crate::autograd::jet::Jet) leaves.
//!
//! The Jacobian is given as the stack `[d · n, m]` of its columns `J_k = ∂_k f`, one block of n rows
//! after the other. Results are one row of small matrices per point. Inner work is in double
//! precision whatever the tape's, because Gram matrices square condition numbers.
//!
//! **Degenerate points.** Where J has (nearly) dependent columns there is no metric to invert: a point is
//! *degenerate* where [`conventions`](crate::geometry::conventions#where-a-metric-is-degenerate) say so, by the
//! roundoff of the tape's numbers, of which J is made. A ridge would bound the
//! numbers but not make them mean anything: its bias is the ridge times the condition number, of the
//! size of the answer exactly where it acts. Instead a degenerate point gets a fixed finite value
//! with zero gradient, its row is named to the caller, who leaves it out of the loss, and
//! [`Tape::breakdowns`] keeps the count with the singular values of the first.

mod curvature;
mod frame;
mod gram;
mod product;
mod triangular;

pub use triangular::Side;

use crate::autograd::{Reverse, Tape, Var};
use crate::geometry::conventions::{CONDITION_LIMIT, condition_limit, rank};
use crate::tensor::{Real, Tensor, View, Write, singular_values, small};

/// The degenerate points an operation met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breakdown {
    /// Points the operation was asked at.
    pub rows: usize,
    /// Points at which the metric is degenerate, out of `rows`.
    pub degenerate: usize,
    /// Singular values of J at the first degenerate point, descending; empty without one.
    pub singular_values: Vec<f64>,
}

/// A quantity at every row, and the rows at which it does not exist.
#[derive(Clone, Debug)]
pub struct Masked {
    /// The quantity; at degenerate rows a constant.
    pub value: Var,
    /// The degenerate rows, ascending; usually none.
    pub degenerate: Vec<usize>,
}

// numbers of a tape in double precision have the limit of `geometry`
const _: () = assert!(condition_limit(f64::ROUNDOFF) == CONDITION_LIMIT);

/// Shape of a stack of Jacobian columns.
#[derive(Clone, Copy, Debug)]
struct JacobianShape {
    d: usize,
    rows: usize,
    m: usize,
}

impl JacobianShape {
    #[track_caller]
    fn of<T: Real>(tape: &Tape<T>, j: Var, d: usize) -> Self {
        let (all, m) = tape.shape(j);
        assert!(
            d > 0 && all.is_multiple_of(d),
            "a Jacobian of {d} columns in {all} rows"
        );
        Self {
            d,
            rows: all / d,
            m,
        }
    }

    /// Where `∂_k f` at point i lies in the stack.
    fn at(&self, k: usize, i: usize) -> usize {
        k * self.rows + i
    }
}

/// Copies row `at` of a matrix as double precision.
#[inline(always)]
fn load<T: Real>(out: &mut [f64], from: &Tensor<T>, at: usize) {
    for (out, &x) in out.iter_mut().zip(from.row(at)) {
        *out = x.to_f64();
    }
}

/// Adds numbers in double precision to row `at`.
#[inline(always)]
fn add_to_row<T: Real>(out: &mut Tensor<T>, at: usize, values: &[f64]) {
    for (out, &x) in out.row_mut(at).iter_mut().zip(values) {
        *out += T::from_f64(x);
    }
}

/// The adjoint buffer of input i, ready to be added to.
fn adjoint_of<'a, T: Real>(at: &'a mut Reverse<'_, T>, i: usize) -> &'a mut Tensor<T> {
    let (out, write) = at.accumulate(i);
    if write == Write::Replace {
        out.as_mut_slice().fill(T::ZERO);
    }
    out
}

/// J and g = JᵀJ = L Lᵀ at one point.
#[derive(Clone, Debug)]
struct Metric {
    d: usize,
    m: usize,
    /// Columns J_k, `[k][a]`.
    jac: Vec<f64>,
    /// g_kl.
    g: Vec<f64>,
    /// L.
    factor: Vec<f64>,
    /// g^kl.
    inverse: Vec<f64>,
    /// ε of the numbers J is made of.
    roundoff: f64,
}

impl Metric {
    fn new<T: Real>(columns: JacobianShape) -> Self {
        let JacobianShape { d, m, .. } = columns;
        Self {
            d,
            m,
            jac: vec![0.0; d * m],
            g: vec![0.0; d * d],
            factor: vec![0.0; d * d],
            inverse: vec![0.0; d * d],
            roundoff: T::ROUNDOFF.to_f64(),
        }
    }

    /// Column J_k.
    #[inline(always)]
    fn column(&self, k: usize) -> &[f64] {
        &self.jac[k * self.m..(k + 1) * self.m]
    }

    /// Moves to point i with its inverse; false where it is degenerate.
    #[inline(always)]
    fn at<T: Real>(&mut self, j: &Tensor<T>, columns: JacobianShape, i: usize) -> bool {
        if !self.factorise(j, columns, i) {
            return false;
        }
        small::inverse(self.d, &self.factor, &mut self.inverse);
        // ‖g‖_F ‖g⁻¹‖_F, at most d times too large; a NaN is no number below the limit
        let bound = small::dot(&self.g, &self.g) * small::dot(&self.inverse, &self.inverse);
        let limit = condition_limit(self.roundoff);
        bound <= limit * limit || self.has_full_rank()
    }

    #[cold]
    fn has_full_rank(&self) -> bool {
        rank(&self.singular_values(), self.roundoff) == self.d
    }

    /// Moves to point i without its inverse; false where g is not positive definite.
    #[inline(always)]
    fn factorise<T: Real>(&mut self, j: &Tensor<T>, columns: JacobianShape, i: usize) -> bool {
        let (d, m) = (self.d, self.m);
        for k in 0..d {
            load(&mut self.jac[k * m..(k + 1) * m], j, columns.at(k, i));
        }
        for k in 0..d {
            for l in 0..=k {
                let product = small::dot(self.column(k), self.column(l));
                (self.g[k * d + l], self.g[l * d + k]) = (product, product);
            }
        }
        small::cholesky(d, &self.g, &mut self.factor)
    }

    /// The singular values of J at the current point.
    fn singular_values(&self) -> Vec<f64> {
        singular_values(View::new(&self.jac, self.d, self.m))
    }
}

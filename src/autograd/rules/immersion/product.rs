//! Products with a Jacobian, row by row.

use super::{JacobianShape, adjoint_of};
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, elementwise, reduce};

/// `y ↦ Σ_k y^k J_k`; inputs J, y.
struct Push {
    columns: JacobianShape,
}

/// `h ↦ (⟨J_k, h⟩)_k`; inputs J, h.
struct Pull {
    columns: JacobianShape,
}

impl<T: Real> Tape<T> {
    /// The vectors `J y = Σ_k y^k J_k`, `[n, m]`, with J the stack `[d · n, m]` of columns and y
    /// `[n, d]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn push_forward(&mut self, j: Var, y: Var) -> Var {
        let (rows, d) = self.shape(y);
        let columns = JacobianShape::of(self, j, d);
        assert_eq!(
            columns.rows, rows,
            "push_forward: rows of vectors and Jacobian"
        );
        let mut out = self.buffer(rows, columns.m);
        out.as_mut_slice().fill(T::ZERO);
        push(&mut out, columns, self.value(j), self.value(y));
        self.record(Push { columns }, &[j, y], [out])
    }

    /// The covectors `Jᵀ h = (⟨J_k, h⟩)_k`, `[n, d]`, with J the stack `[d · n, m]` of columns and h
    /// `[n, m]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn pull_back(&mut self, (j, d): (Var, usize), h: Var) -> Var {
        let (rows, m) = self.shape(h);
        let columns = JacobianShape::of(self, j, d);
        let shape = (columns.rows, columns.m);
        assert_eq!(shape, (rows, m), "pull_back: shape of vectors and Jacobian");
        let mut out = self.buffer(rows, columns.d);
        out.as_mut_slice().fill(T::ZERO);
        pull(&mut out, columns, self.value(j), self.value(h));
        self.record(Pull { columns }, &[j, h], [out])
    }
}

/// `out += J y`.
fn push<T: Real>(out: &mut Tensor<T>, columns: JacobianShape, j: &Tensor<T>, y: &Tensor<T>) {
    for i in 0..columns.rows {
        for (k, &y) in y.row(i).iter().enumerate() {
            elementwise::add_scaled(out.row_mut(i), y, j.row(columns.at(k, i)));
        }
    }
}

/// `out += Jᵀ h`.
fn pull<T: Real>(out: &mut Tensor<T>, columns: JacobianShape, j: &Tensor<T>, h: &Tensor<T>) {
    for i in 0..columns.rows {
        for (k, out) in out.row_mut(i).iter_mut().enumerate() {
            *out += reduce::sum2(j.row(columns.at(k, i)), h.row(i), |a, b| a * b);
        }
    }
}

/// `J̄_k += y^k h`.
fn outer<T: Real>(out: &mut Tensor<T>, columns: JacobianShape, y: &Tensor<T>, h: &Tensor<T>) {
    for i in 0..columns.rows {
        for (k, &y) in y.row(i).iter().enumerate() {
            elementwise::add_scaled(out.row_mut(columns.at(k, i)), y, h.row(i));
        }
    }
}

impl<T: Real> Rule<T> for Push {
    /// `J̄_k += y^k ō`, `ȳ += Jᵀ ō`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        let (j, y) = (at.value(0), at.value(1));
        if at.wants(0) {
            outer(adjoint_of(at, 0), self.columns, y, bar);
        }
        if at.wants(1) {
            pull(adjoint_of(at, 1), self.columns, j, bar);
        }
    }

    /// `ȯ = J̇ y + J ẏ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (j, y) = (at.value(0), at.value(1));
        let mut out = Tensor::zeros(self.columns.rows, self.columns.m);
        push(&mut out, self.columns, &at.tangent_or_zero(0), y);
        push(&mut out, self.columns, j, &at.tangent_or_zero(1));
        at.set(0, out);
    }
}

impl<T: Real> Rule<T> for Pull {
    /// `J̄_k += ō_k h`, `h̄ += J ō`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        let (j, h) = (at.value(0), at.value(1));
        if at.wants(0) {
            outer(adjoint_of(at, 0), self.columns, bar, h);
        }
        if at.wants(1) {
            push(adjoint_of(at, 1), self.columns, j, bar);
        }
    }

    /// `ȯ = J̇ᵀ h + Jᵀ ḣ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (j, h) = (at.value(0), at.value(1));
        let mut out = Tensor::zeros(self.columns.rows, self.columns.d);
        pull(&mut out, self.columns, &at.tangent_or_zero(0), h);
        pull(&mut out, self.columns, j, &at.tangent_or_zero(1));
        at.set(0, out);
    }
}

//! `y = x W + b`.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise, gemm, reduce};

/// Inputs x, W and, where `biased_rows > 0`, b, which is added to the first rows only (the value
/// block of a stack of derivatives).
struct LinearRule {
    biased_rows: usize,
}

impl<T: Real> Tape<T> {
    /// `y = x W + b`: x is `[n, in]`, W `[in, out]`, b `[1, out]`, y `[n, out]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear(&mut self, x: Var, w: Var, b: Option<Var>) -> Var {
        self.linear_stacked(x, w, b, self.shape(x).0)
    }

    /// `y = x W`, with b added to the first `biased_rows` rows only: a value with its derivatives
    /// stacked under it, which are mapped by W alone. x is `[n, in]`, W `[in, out]`, b `[1, out]`,
    /// y `[n, out]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear_stacked(&mut self, x: Var, w: Var, b: Option<Var>, biased_rows: usize) -> Var {
        let ((n, width), (fan_in, out)) = (self.shape(x), self.shape(w));
        assert!(
            width == fan_in,
            "linear: {n} x {width} times {fan_in} x {out}"
        );
        let mut y = self.buffer(n, out);
        gemm(
            y.as_mut_slice(),
            Write::Replace,
            self.value(x).view(),
            self.value(w).view(),
        );
        let Some(b) = b else {
            return self.record(LinearRule { biased_rows: 0 }, &[x, w], [y]);
        };
        assert_eq!(self.shape(b), (1, out), "linear: shape of the bias");
        let biased = &mut y.as_mut_slice()[..biased_rows * out];
        elementwise::add_row(biased, self.value(b).as_slice());
        self.record(LinearRule { biased_rows }, &[x, w, b], [y])
    }

    /// The matrix product `a b`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn matmul(&mut self, a: Var, b: Var) -> Var {
        self.linear(a, b, None)
    }
}

impl<T: Real> Rule<T> for LinearRule {
    /// `x̄ += ȳ Wᵀ`, `W̄ += xᵀ ȳ`, `b̄ += Σ_rows ȳ`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let (x, w) = (at.value(0), at.value(1));
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            gemm(out.as_mut_slice(), write, g.view(), w.view().t());
        }
        if at.wants(1) {
            let (out, write) = at.accumulate(1);
            gemm(out.as_mut_slice(), write, x.view().t(), g.view());
        }
        if at.input_count() == 3 && at.wants(2) {
            let (out, write) = at.accumulate(2);
            if write == Write::Replace {
                out.as_mut_slice().fill(T::ZERO);
            }
            reduce::add_column_sums(out.as_mut_slice(), g.row_block(0, self.biased_rows));
        }
    }

    /// `ẏ = ẋ W + x Ẇ + ḃ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (x, w) = (at.value(0), at.value(1));
        let mut dy = Tensor::zeros(x.rows(), w.cols());
        if let Some(dx) = at.tangent(0) {
            gemm(dy.as_mut_slice(), Write::Add, dx.view(), w.view());
        }
        if let Some(dw) = at.tangent(1) {
            gemm(dy.as_mut_slice(), Write::Add, x.view(), dw.view());
        }
        if let Some(db) = (at.input_count() == 3).then(|| at.tangent(2)).flatten() {
            let biased = &mut dy.as_mut_slice()[..self.biased_rows * w.cols()];
            elementwise::add_row(biased, db.as_slice());
        }
        at.set(0, dy);
    }
}

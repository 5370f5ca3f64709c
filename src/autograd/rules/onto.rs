//! `y = b + x W` and `y = relu(b + x W)`: a product added onto a matrix, as message passing has it.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise, gemm};

/// Inputs b `[n, out]`, x `[n, in]`, W `[in, out]`.
struct Onto {
    rectified: bool,
}

impl<T: Real> Tape<T> {
    /// `b + x W`: x is `[n, in]`, W `[in, out]`, b and the result `[n, out]`. The product is
    /// accumulated where b was copied to: one pass fewer than a product and a sum.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear_onto(&mut self, b: Var, x: Var, w: Var) -> Var {
        self.onto(b, x, w, false)
    }

    /// `relu(b + x W)`, entry by entry; NaN stays NaN. No slope is kept: where the result is zero, so is
    /// the derivative.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn relu_linear_onto(&mut self, b: Var, x: Var, w: Var) -> Var {
        self.onto(b, x, w, true)
    }

    #[track_caller]
    fn onto(&mut self, b: Var, x: Var, w: Var, rectified: bool) -> Var {
        let ((n, width), (fan_in, out)) = (self.shape(x), self.shape(w));
        assert!(
            width == fan_in && self.shape(b) == (n, out),
            "linear_onto: {:?} + {n} x {width} times {fan_in} x {out}",
            self.shape(b)
        );
        let mut y = self.buffer(n, out);
        y.as_mut_slice().copy_from_slice(self.value(b).as_slice());
        let (x_view, w_view) = (self.value(x).view(), self.value(w).view());
        gemm(y.as_mut_slice(), Write::Add, x_view, w_view);
        if rectified {
            rectify(y.as_mut_slice());
        }
        self.record(Onto { rectified }, &[b, x, w], [y])
    }
}

/// `max(y, 0)` in place; NaN fails the comparison and stays.
fn rectify<T: Real>(y: &mut [T]) {
    elementwise::vectorised(
        #[inline(always)]
        || {
            for y in y {
                *y = if *y <= T::ZERO { T::ZERO } else { *y };
            }
        },
    );
}

/// `g` where y is not zero, zero where it is.
fn passed<T: Real>(y: T, g: T) -> T {
    if y == T::ZERO { T::ZERO } else { g }
}

impl<T: Real> Rule<T> for Onto {
    fn name(&self) -> &'static str {
        "linear_onto"
    }

    /// With `ū = ȳ`, or `ū = ȳ` where y > 0 and else zero: `b̄ += ū`, `x̄ += ū Wᵀ`, `W̄ += xᵀ ū`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let (y, x, w) = (at.output(0), at.value(1), at.value(2));
        let mut masked = None;
        if self.rectified {
            let mut u = at.take(g.rows(), g.cols());
            let out = u.as_mut_slice();
            elementwise::map2(out, Write::Replace, y.as_slice(), g.as_slice(), passed);
            masked = Some(u);
        }
        let u = masked.as_ref().unwrap_or(g);
        if at.wants(1) {
            let (out, write) = at.accumulate(1);
            gemm(out.as_mut_slice(), write, u.view(), w.view().t());
        }
        if at.wants(2) {
            let (out, write) = at.accumulate(2);
            gemm(out.as_mut_slice(), write, x.view().t(), u.view());
        }
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            elementwise::map(out.as_mut_slice(), write, u.as_slice(), |u| u);
        }
        if let Some(u) = masked {
            at.give(u);
        }
    }

    /// `u̇ = ḃ + ẋ W + x Ẇ`, passed where y > 0.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (x, w) = (at.value(1), at.value(2));
        let mut du = at.tangent_or_zero(0);
        if let Some(dx) = at.tangent(1) {
            gemm(du.as_mut_slice(), Write::Add, dx.view(), w.view());
        }
        if let Some(dw) = at.tangent(2) {
            gemm(du.as_mut_slice(), Write::Add, x.view(), dw.view());
        }
        if self.rectified {
            let y = at.output(0).as_slice().iter();
            let masked = du.as_slice().iter().zip(y).map(|(&u, &y)| passed(y, u));
            du = Tensor::from_vec(du.rows(), du.cols(), masked.collect());
        }
        at.set(0, du);
    }
}

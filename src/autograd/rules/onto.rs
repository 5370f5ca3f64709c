//! `y = relu(b[rows] + x W)`: a product added onto chosen rows of a matrix, as message passing has it.

use std::sync::Arc;

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::graph;
use crate::tensor::{Real, Tensor, Write, elementwise, gemm};

/// Inputs b `[kinds, out]`, x `[n, in]`, W `[in, out]`.
struct ReluOnto {
    rows: Arc<[u32]>,
}

impl<T: Real> Tape<T> {
    /// `y_i = relu(b_rows[i] + x_i W)`, entry by entry: x is `[n, in]`, W `[in, out]`, the result
    /// `[n, out]`, and b has a row for each number in `rows`. NaN stays NaN. One pass over the product. No
    /// slope is kept: where the result is zero, so is the derivative.
    ///
    /// # Panics
    /// If the shapes do not fit or b has fewer rows.
    #[track_caller]
    pub fn relu_linear_onto(&mut self, (b, rows): (Var, &Arc<[u32]>), x: Var, w: Var) -> Var {
        let ((n, width), (fan_in, out)) = (self.shape(x), self.shape(w));
        assert!(
            width == fan_in && self.shape(b).1 == out && rows.len() == n,
            "relu_linear_onto: {} rows of {:?} + {n} x {width} times {fan_in} x {out}",
            rows.len(),
            self.shape(b)
        );
        let mut y = self.buffer(n, out);
        let (x_view, w_view) = (self.value(x).view(), self.value(w).view());
        gemm(y.as_mut_slice(), Write::Replace, x_view, w_view);
        add_and_rectify(&mut y, self.value(b), rows);
        let rows = Arc::clone(rows);
        self.record(ReluOnto { rows }, &[b, x, w], [y])
    }
}

/// `y_i = max(y_i + b_rows[i], 0)`; NaN fails the comparison and stays.
fn add_and_rectify<T: Real>(y: &mut Tensor<T>, b: &Tensor<T>, rows: &[u32]) {
    elementwise::vectorised(
        #[inline(always)]
        || {
            for (i, &row) in rows.iter().enumerate() {
                for (y, &b) in y.row_mut(i).iter_mut().zip(b.row(row as usize)) {
                    let sum = *y + b;
                    *y = if sum <= T::ZERO { T::ZERO } else { sum };
                }
            }
        },
    );
}

/// `g` where y is not zero, zero where it is.
fn passed<T: Real>(y: T, g: T) -> T {
    if y == T::ZERO { T::ZERO } else { g }
}

/// Sets u to what is passed of g, and adds its rows to the chosen rows of `out`.
fn pass_and_add<T: Real>(
    u: &mut Tensor<T>,
    (y, g): (&Tensor<T>, &Tensor<T>),
    out: &mut Tensor<T>,
    rows: &[u32],
) {
    elementwise::vectorised(
        #[inline(always)]
        || {
            for (i, &row) in rows.iter().enumerate() {
                let inputs = y.row(i).iter().zip(g.row(i));
                let outputs = u.row_mut(i).iter_mut().zip(out.row_mut(row as usize));
                for ((u, out), (&y, &g)) in outputs.zip(inputs) {
                    *u = passed(y, g);
                    *out += *u;
                }
            }
        },
    );
}

impl<T: Real> Rule<T> for ReluOnto {
    /// With `ū = ȳ` where y is not zero and else zero: `x̄ += ū Wᵀ`, `W̄ += xᵀ ū`, `b̄_rows[i] += ū_i`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let (y, x, w) = (at.output(0), at.value(1), at.value(2));
        let mut u = at.take(g.rows(), g.cols());
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            if write == Write::Replace {
                out.as_mut_slice().fill(T::ZERO);
            }
            pass_and_add(&mut u, (y, g), out, &self.rows);
        } else {
            let out = u.as_mut_slice();
            elementwise::map2(out, Write::Replace, y.as_slice(), g.as_slice(), passed);
        }
        if at.wants(1) {
            let (out, write) = at.accumulate(1);
            gemm(out.as_mut_slice(), write, u.view(), w.view().t());
        }
        if at.wants(2) {
            let (out, write) = at.accumulate(2);
            gemm(out.as_mut_slice(), write, x.view().t(), u.view());
        }
        at.give(u);
    }

    /// `u̇_i = ḃ_rows[i] + ẋ_i W + x_i Ẇ`, passed where y is not zero.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (x, w, y) = (at.value(1), at.value(2), at.output(0));
        let mut du = Tensor::zeros(y.rows(), y.cols());
        if let Some(db) = at.tangent(0) {
            graph::gather(&mut du, Write::Replace, db, &self.rows);
        }
        if let Some(dx) = at.tangent(1) {
            gemm(du.as_mut_slice(), Write::Add, dx.view(), w.view());
        }
        if let Some(dw) = at.tangent(2) {
            gemm(du.as_mut_slice(), Write::Add, x.view(), dw.view());
        }
        let outputs = y.as_slice().iter();
        let masked = du
            .as_slice()
            .iter()
            .zip(outputs)
            .map(|(&u, &y)| passed(y, u));
        let du = Tensor::from_vec(y.rows(), y.cols(), masked.collect());
        at.set(0, du);
    }
}

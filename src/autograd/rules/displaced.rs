//! Displaced copies of a matrix, one over the other.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, elementwise};

/// Block k of y is `x + c_k`.
struct Displaced;

impl<T: Real> Tape<T> {
    /// Copies of x, `[n, cols]`, one over the other, each moved by its block of the constant
    /// `displacements`, `[copies · n, cols]`, whose buffer becomes the result's.
    ///
    /// # Panics
    /// If the displacements are not blocks of x's shape.
    #[track_caller]
    pub fn displaced(&mut self, x: Var, displacements: Tensor<T>) -> Var {
        let (rows, cols) = self.shape(x);
        let (all, width) = displacements.shape();
        assert!(
            width == cols && all.is_multiple_of(rows.max(1)),
            "displaced: {all} x {width} are not blocks of {rows} x {cols}"
        );
        let mut y = displacements;
        for block in y.as_mut_slice().chunks_mut((rows * cols).max(1)) {
            elementwise::add_scaled(block, T::ONE, self.value(x).as_slice());
        }
        self.record(Displaced, &[x], [y])
    }
}

impl<T: Real> Rule<T> for Displaced {
    /// `x̄ += Σ_k ȳ_k`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            for block in g.as_slice().chunks(at.value(0).as_slice().len().max(1)) {
                let (out, write) = at.accumulate(0);
                elementwise::map(out.as_mut_slice(), write, block, |g| g);
            }
        }
    }

    /// `ẏ_k = ẋ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let dx = at.tangent_or_zero(0);
        let (rows, cols) = at.output(0).shape();
        let copies = rows / dx.rows().max(1);
        let dy = Tensor::from_vec(rows, cols, dx.as_slice().repeat(copies));
        at.set(0, dy);
    }
}

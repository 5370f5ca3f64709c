//! The pullback metric.

use super::{JacobianShape, adjoint_of};
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, elementwise, reduce};

/// `g_kl = ⟨J_k, J_l⟩`.
struct Gram {
    columns: JacobianShape,
}

impl<T: Real> Tape<T> {
    /// The pullback metric `g_kl = ⟨J_k, J_l⟩`, `[n, d²]` row by row, of the stack `[d · n, m]` of
    /// Jacobian columns.
    ///
    /// # Panics
    /// If the rows of J are not d blocks.
    #[track_caller]
    pub fn pullback_metric(&mut self, j: Var, d: usize) -> Var {
        let columns = JacobianShape::of(self, j, d);
        let mut g = self.buffer(columns.rows, d * d);
        let of = self.value(j);
        for i in 0..columns.rows {
            for (k, l) in (0..d).flat_map(|k| (0..=k).map(move |l| (k, l))) {
                let (a, b) = (of.row(columns.at(k, i)), of.row(columns.at(l, i)));
                let product = reduce::sum2(a, b, |a, b| a * b);
                g.row_mut(i)[k * d + l] = product;
                g.row_mut(i)[l * d + k] = product;
            }
        }
        self.record(Gram { columns }, &[j], [g])
    }
}

impl<T: Real> Rule<T> for Gram {
    /// `J̄_k += Σ_l (ḡ_kl + ḡ_lk) J_l`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        if !at.wants(0) {
            return;
        }
        let (j, columns) = (at.value(0), self.columns);
        let (out, d) = (adjoint_of(at, 0), columns.d);
        for i in 0..columns.rows {
            for (k, l) in (0..d * d).map(|at| (at / d, at % d)) {
                let weight = bar.row(i)[k * d + l] + bar.row(i)[l * d + k];
                let to = out.row_mut(columns.at(k, i));
                elementwise::add_scaled(to, weight, j.row(columns.at(l, i)));
            }
        }
    }

    /// `ġ_kl = ⟨J̇_k, J_l⟩ + ⟨J_k, J̇_l⟩`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (j, dj, columns) = (at.value(0), at.tangent_or_zero(0), self.columns);
        let d = columns.d;
        let product = |a: &[T], b: &[T]| reduce::sum2(a, b, |a, b| a * b);
        let dg = Tensor::from_fn(columns.rows, d * d, |i, at| {
            let (k, l) = (columns.at(at / d, i), columns.at(at % d, i));
            product(dj.row(k), j.row(l)) + product(j.row(k), dj.row(l))
        });
        at.set(0, dg);
    }
}

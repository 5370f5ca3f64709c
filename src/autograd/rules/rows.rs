//! Inner products and distances of corresponding rows.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise, reduce};

/// `y_i = ⟨a_i, b_i⟩`.
struct RowDot;
/// `y_i = ‖a_i − b_i‖²`.
struct RowSquareDistance;

impl<T: Real> Tape<T> {
    /// Inner products of corresponding rows: `y_i = ⟨a_i, b_i⟩`, `[n, 1]`.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn row_dot(&mut self, a: Var, b: Var) -> Var {
        let y = self.each_row_pair(a, b, |u, v| u * v);
        self.record(RowDot, &[a, b], [y])
    }

    /// Squared distances of corresponding rows: `y_i = ‖a_i − b_i‖²`, `[n, 1]`.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn row_square_distance(&mut self, a: Var, b: Var) -> Var {
        let y = self.each_row_pair(a, b, |u, v| (u - v) * (u - v));
        self.record(RowSquareDistance, &[a, b], [y])
    }

    #[track_caller]
    fn each_row_pair(&mut self, a: Var, b: Var, f: impl Fn(T, T) -> T + Copy) -> Tensor<T> {
        let rows = self.shape(a).0;
        assert_eq!(
            self.shape(a),
            self.shape(b),
            "rows of a pair: shapes differ"
        );
        let mut y = self.buffer(rows, 1);
        let (a, b) = (self.value(a), self.value(b));
        for (i, out) in y.as_mut_slice().iter_mut().enumerate() {
            *out = reduce::sum2(a.row(i), b.row(i), f);
        }
        y
    }
}

impl<T: Real> Rule<T> for RowDot {
    /// `ā_i += ȳ_i b_i`, `b̄_i += ȳ_i a_i`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        for (k, other) in [(0, at.value(1)), (1, at.value(0))] {
            if at.wants(k) {
                let (out, write) = at.accumulate(k);
                for (i, &g) in g.as_slice().iter().enumerate() {
                    elementwise::map(out.row_mut(i), write, other.row(i), |o| g * o);
                }
            }
        }
    }

    /// `ẏ_i = ⟨ȧ_i, b_i⟩ + ⟨a_i, ḃ_i⟩`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (a, b) = (at.value(0), at.value(1));
        let (da, db) = (at.tangent_or_zero(0), at.tangent_or_zero(1));
        let dy = Tensor::from_fn(a.rows(), 1, |i, _| {
            reduce::sum2(da.row(i), b.row(i), |d, v| d * v)
                + reduce::sum2(a.row(i), db.row(i), |u, d| u * d)
        });
        at.set(0, dy);
    }
}

impl<T: Real> Rule<T> for RowSquareDistance {
    /// `ā_i += 2 ȳ_i (a_i − b_i)`, `b̄_i` the negative.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let (a, b) = (at.value(0), at.value(1));
        let two = T::from_f64(2.0);
        for (k, sign) in [(0, two), (1, -two)] {
            if at.wants(k) {
                let (out, write) = at.accumulate(k);
                for (i, &g) in g.as_slice().iter().enumerate() {
                    let factor = sign * g;
                    let f = |u: T, v: T| factor * (u - v);
                    elementwise::map2(out.row_mut(i), write, a.row(i), b.row(i), f);
                }
            }
        }
    }

    /// `ẏ_i = 2 ⟨a_i − b_i, ȧ_i − ḃ_i⟩`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (a, b) = (at.value(0), at.value(1));
        let (mut difference, mut change) = (at.tangent_or_zero(0), at.tangent_or_zero(0));
        let db = at.tangent_or_zero(1);
        elementwise::add_scaled(change.as_mut_slice(), -T::ONE, db.as_slice());
        let write = Write::Replace;
        elementwise::map2(
            difference.as_mut_slice(),
            write,
            a.as_slice(),
            b.as_slice(),
            |u, v| u - v,
        );
        let two = T::from_f64(2.0);
        let dy = Tensor::from_fn(a.rows(), 1, |i, _| {
            two * reduce::sum2(difference.row(i), change.row(i), |u, d| u * d)
        });
        at.set(0, dy);
    }
}

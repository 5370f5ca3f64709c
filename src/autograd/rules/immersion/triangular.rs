//! Triangular systems, one per row.

use super::{add_to_row, adjoint_of, load};
use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, small};

/// Which system a lower triangular L stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `L x = b`: from a covector to its components in the orthonormal frame.
    Lower,
    /// `Lᵀ x = b`: from components in the orthonormal frame to a vector.
    Upper,
}

impl Side {
    fn solve(self, d: usize, l: &[f64], x: &mut [f64]) {
        match self {
            Self::Lower => small::solve_lower(d, l, x),
            Self::Upper => small::solve_upper(d, l, x),
        }
    }

    fn transposed(self) -> Self {
        match self {
            Self::Lower => Self::Upper,
            Self::Upper => Self::Lower,
        }
    }
}

/// `x = L⁻¹ b` or `L⁻ᵀ b`; inputs L, b.
struct Solve {
    side: Side,
}

impl<T: Real> Tape<T> {
    /// The solutions x of `L x = b` or `Lᵀ x = b`, `[n, d]`, with L lower triangular, `[n, d²]` row
    /// by row (what is above the diagonal is not read), and b `[n, d]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn row_solve(&mut self, l: Var, b: Var, side: Side) -> Var {
        let (rows, d) = self.shape(b);
        assert_eq!(
            self.shape(l),
            (rows, d * d),
            "row_solve: shape of the factors"
        );
        let mut x = self.buffer(rows, d);
        let (mut factor, mut row) = (vec![0.0; d * d], vec![0.0; d]);
        for i in 0..rows {
            load(&mut factor, self.value(l), i);
            load(&mut row, self.value(b), i);
            side.solve(d, &factor, &mut row);
            x.row_mut(i).fill(T::ZERO);
            add_to_row(&mut x, i, &row);
        }
        self.record(Solve { side }, &[l, b], [x])
    }
}

impl<T: Real> Rule<T> for Solve {
    /// With s the solution of the transposed system for x̄: `b̄ += s`, and in the lower triangle
    /// `L̄ += −s xᵀ` (lower) or `−x sᵀ` (upper).
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bar) = at.adjoint(0) else { return };
        let (l, x) = (at.value(0), at.output(0));
        let (rows, d) = x.shape();
        let mut s = at.take(rows, d);
        let (mut factor, mut row) = (vec![0.0; d * d], vec![0.0; d]);
        s.as_mut_slice().fill(T::ZERO);
        for i in 0..rows {
            load(&mut factor, l, i);
            load(&mut row, bar, i);
            self.side.transposed().solve(d, &factor, &mut row);
            add_to_row(&mut s, i, &row);
        }
        if at.wants(1) {
            let out = adjoint_of(at, 1);
            for (out, &s) in out.as_mut_slice().iter_mut().zip(s.as_slice()) {
                *out += s;
            }
        }
        if at.wants(0) {
            let out = adjoint_of(at, 0);
            for i in 0..rows {
                let (a, b) = match self.side {
                    Side::Lower => (s.row(i), x.row(i)),
                    Side::Upper => (x.row(i), s.row(i)),
                };
                let lower = (0..d).flat_map(|p| (0..=p).map(move |q| (p, q)));
                for (p, q) in lower {
                    out.row_mut(i)[p * d + q] -= a[p] * b[q];
                }
            }
        }
        at.give(s);
    }

    /// `L ẋ = ḃ − L̇ x` or `Lᵀ ẋ = ḃ − L̇ᵀ x`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (l, x) = (at.value(0), at.output(0));
        let (rows, d) = x.shape();
        let (dl, mut out) = (at.tangent_or_zero(0), at.tangent_or_zero(1));
        let (mut factor, mut row) = (vec![0.0; d * d], vec![0.0; d]);
        for i in 0..rows {
            load(&mut factor, l, i);
            load(&mut row, &out, i);
            for (p, q) in (0..d).flat_map(|p| (0..=p).map(move |q| (p, q))) {
                let (to, from) = if self.side == Side::Lower {
                    (p, q)
                } else {
                    (q, p)
                };
                row[to] -= dl.row(i)[p * d + q].to_f64() * x.row(i)[from].to_f64();
            }
            self.side.solve(d, &factor, &mut row);
            out.row_mut(i).fill(T::ZERO);
            add_to_row(&mut out, i, &row);
        }
        at.set(0, out);
    }
}

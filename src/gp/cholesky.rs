//! `K = L Lᵀ` in blocks of a fixed size, each by one sequential kernel: the same bits for any number of threads.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::prelude::{IntoConst, Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use super::each;
use crate::error::{Error, ErrorKind, Result};

/// Columns of a block.
const BLOCK: usize = 128;
/// Jitter tried, as shares of the mean of the diagonal.
const JITTERS: [f64; 6] = [0.0, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4];

/// The factor L of a symmetric positive definite matrix K.
#[derive(Clone, Debug)]
pub(super) struct Cholesky {
    /// L, `[n][n]`, the lower triangle; what is above is undefined.
    lower: Mat<f64>,
    /// What was added to every entry of K's diagonal before it could be factored; 0 as a rule.
    pub(super) jitter: f64,
}

impl Cholesky {
    /// The factor of a symmetric matrix of which the lower triangle is given, with the smallest of a few jitters on the
    /// diagonal at which it is positive definite. `matrix` is asked for it anew for each.
    ///
    /// # Errors
    /// [`ErrorKind::Covariance`](crate::error::ErrorKind::Covariance) where there is no such jitter.
    pub(super) fn of(matrix: impl Fn() -> Mat<f64>, parallel: bool) -> Result<Self> {
        let (mut labels, mut most) = (0, 0.0);
        for share in JITTERS {
            let mut lower = matrix();
            let n = lower.nrows();
            let mean = (0..n).map(|i| lower[(i, i)]).sum::<f64>() / n.max(1) as f64;
            let jitter = share * mean;
            (labels, most) = (n, jitter);
            (0..n).for_each(|i| lower[(i, i)] += jitter);
            if factor(lower.as_mut(), parallel) {
                return Ok(Self { lower, jitter });
            }
        }
        Err(Error::from(ErrorKind::Covariance {
            labels,
            jitter: most,
        }))
    }

    /// n, the number of rows.
    pub(super) fn len(&self) -> usize {
        self.lower.nrows()
    }

    /// L, `[n][n]`, the lower triangle; what is above is undefined.
    pub(super) fn lower(&self) -> MatRef<'_, f64> {
        self.lower.as_ref()
    }

    /// `log |K|`.
    pub(super) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.len())
            .map(|i| self.lower[(i, i)].ln())
            .sum::<f64>()
    }

    /// `B ← L⁻¹ B`, B of n rows, its columns shared between threads.
    pub(super) fn solve_lower(&self, right: MatMut<'_, f64>, parallel: bool) {
        let strips = column_strips(right, BLOCK);
        each(parallel, strips, |strip| {
            solve_lower_triangular_in_place(self.lower.as_ref(), strip, Par::Seq);
        });
    }

    /// `B ← L⁻ᵀ B`, B of n rows, its columns shared between threads.
    pub(super) fn solve_upper(&self, right: MatMut<'_, f64>, parallel: bool) {
        let strips = column_strips(right, BLOCK);
        each(parallel, strips, |strip| {
            solve_upper_triangular_in_place(self.lower.transpose(), strip, Par::Seq);
        });
    }

    /// `K⁻¹ b`, b of n numbers.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut column = Mat::from_fn(right.len(), 1, |i, _| right[i]);
        self.solve_lower(column.as_mut(), false);
        self.solve_upper(column.as_mut(), false);
        (0..right.len()).map(|i| column[(i, 0)]).collect()
    }

    /// The lower triangle of `K⁻¹ = L⁻ᵀ L⁻¹`, `[n][n]`; what is above is not to be read.
    pub(super) fn inverse(&self, parallel: bool) -> Mat<f64> {
        let n = self.len();
        let mut half = Mat::<f64>::zeros(n, n);
        let strips = column_strips(half.as_mut(), BLOCK);
        let numbered: Vec<_> = strips.into_iter().enumerate().collect();
        each(parallel, numbered, |(index, strip)| {
            // column j of L⁻¹ is zero above row j
            let first = index * BLOCK;
            let mut below = strip.split_at_row_mut(first).1;
            (0..below.ncols()).for_each(|j| below[(j, j)] = 1.0);
            let lower = self
                .lower
                .as_ref()
                .submatrix(first, first, n - first, n - first);
            solve_lower_triangular_in_place(lower, below, Par::Seq);
        });
        let mut inverse = Mat::<f64>::zeros(n, n);
        let strips = column_strips(inverse.as_mut(), BLOCK);
        let numbered: Vec<_> = strips.into_iter().enumerate().collect();
        let half = half.as_ref();
        each(parallel, numbered, |(index, mut strip)| {
            let first = index * BLOCK;
            let width = strip.ncols();
            for row in (first..n).step_by(BLOCK) {
                let rows = BLOCK.min(n - row);
                let out = strip.rb_mut().subrows_mut(row, rows);
                let left = half.submatrix(row, row, n - row, rows);
                let right = half.submatrix(row, first, n - row, width);
                matmul(out, Accum::Replace, left.transpose(), right, 1.0, Par::Seq);
            }
        });
        inverse
    }
}

/// Factors the lower triangle in place, right-looking; false where it is not positive definite.
fn factor(matrix: MatMut<'_, f64>, parallel: bool) -> bool {
    let mut rest = matrix;
    while rest.ncols() > 0 {
        let width = BLOCK.min(rest.ncols());
        let (columns, others) = rest.split_at_col_mut(width);
        let (mut diagonal, below) = columns.split_at_row_mut(width);
        let Ok(block) = diagonal.rb().llt(Side::Lower) else {
            return false;
        };
        diagonal.copy_from_triangular_lower(block.L());
        if (0..width).any(|i| !diagonal[(i, i)].is_finite()) {
            return false;
        }
        let below = panel(diagonal.rb(), below, parallel);
        let (_, mut trailing) = others.split_at_row_mut(width);
        let strips = column_strips(trailing.rb_mut(), BLOCK);
        let numbered: Vec<_> = strips.into_iter().enumerate().collect();
        each(parallel, numbered, |(index, strip)| {
            let first = index * BLOCK;
            let width = strip.ncols();
            let out = strip.split_at_row_mut(first).1;
            let left = below.subrows(first, below.nrows() - first);
            let right = below.subrows(first, width);
            matmul(out, Accum::Add, left, right.transpose(), -1.0, Par::Seq);
        });
        rest = trailing;
    }
    true
}

/// `B ← B L⁻ᵀ`, rows shared between threads.
fn panel<'a>(lower: MatRef<'_, f64>, below: MatMut<'a, f64>, parallel: bool) -> MatRef<'a, f64> {
    let mut below = below;
    let mut strips = Vec::new();
    let mut rest = below.rb_mut();
    while rest.nrows() > 0 {
        let rows = BLOCK.min(rest.nrows());
        let (strip, others) = rest.split_at_row_mut(rows);
        strips.push(strip);
        rest = others;
    }
    each(parallel, strips, |strip| {
        solve_lower_triangular_in_place(lower, strip.transpose_mut(), Par::Seq);
    });
    below.into_const()
}

/// The matrix in strips of `width` columns, the last of what is left.
fn column_strips(matrix: MatMut<'_, f64>, width: usize) -> Vec<MatMut<'_, f64>> {
    let mut strips = Vec::new();
    let mut rest = matrix;
    while rest.ncols() > 0 {
        let columns = width.min(rest.ncols());
        let (strip, others) = rest.split_at_col_mut(columns);
        strips.push(strip);
        rest = others;
    }
    strips
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `exp(−(a_i − a_j)²)` of made numbers a, with noise 0.05.
    fn covariance(n: usize) -> Mat<f64> {
        let at = |i: usize| (i as f64 * 0.37).sin() * 3.0;
        Mat::from_fn(n, n, |i, j| {
            let noise = if i == j { 0.05 } else { 0.0 };
            (-(at(i) - at(j)).powi(2)).exp() + noise
        })
    }

    #[test]
    fn factor_solves_and_inverse_over_several_blocks() {
        let n = 2 * BLOCK + 37;
        let matrix = covariance(n);
        let factor = Cholesky::of(|| matrix.clone(), true).unwrap();
        assert_eq!(factor.jitter, 0.0);
        let right: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
        let solved = factor.solve(&right);
        for i in 0..n {
            let row: f64 = (0..n).map(|j| matrix[(i, j)] * solved[j]).sum();
            assert!((row - right[i]).abs() < 1e-9, "{i}: {row} {}", right[i]);
        }
        let inverse = factor.inverse(true);
        let entry = |i: usize, j: usize| inverse[(i.max(j), i.min(j))];
        for i in (0..n).step_by(31) {
            let row: f64 = (0..n).map(|j| entry(i, j) * right[j]).sum();
            assert!((row - solved[i]).abs() < 1e-8);
        }
        let want = matrix.llt(Side::Lower).unwrap();
        let log: f64 = (0..n).map(|i| want.L()[(i, i)].ln()).sum();
        assert!((factor.log_determinant() - 2.0 * log).abs() < 1e-9);
    }

    #[test]
    fn threads_change_no_bit() {
        let matrix = covariance(3 * BLOCK + 5);
        let [alone, together] = [false, true].map(|parallel| {
            let factor = Cholesky::of(|| matrix.clone(), parallel).unwrap();
            let inverse = factor.inverse(parallel);
            let n = factor.len();
            let lower = (0..n).flat_map(|j| (j..n).map(move |i| (i, j)));
            let bits = |(i, j)| (factor.lower[(i, j)].to_bits(), inverse[(i, j)].to_bits());
            lower.map(bits).collect::<Vec<_>>()
        });
        assert_eq!(alone, together);
    }

    #[test]
    fn a_singular_matrix_gets_a_jitter_and_an_indefinite_one_an_error() {
        let ones = Cholesky::of(|| Mat::from_fn(5, 5, |_, _| 1.0), false).unwrap();
        assert!(ones.jitter > 0.0 && ones.jitter < 1e-3);
        let indefinite = |i: usize, j: usize| if i == j { 1.0 } else { 2.0 };
        assert!(Cholesky::of(|| Mat::from_fn(3, 3, indefinite), false).is_err());
        assert!(Cholesky::of(|| Mat::from_fn(3, 3, |_, _| f64::NAN), false).is_err());
    }
}

//! `L⁻¹ B` of many columns B in rows of blocks, in double precision or by a copy of L in single precision.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::kernel::dot;
use crate::tensor::Real;

/// Rows of a block. On one core with AVX2, 2,300 rows and 256 columns: 39 GFLOP/s in double precision and 78 in single,
/// where a solve that is not split so has 37 and 72, and of 128 columns 25 and 48.
const BLOCK: usize = 128;
/// Columns that are solved together.
pub(super) const COLUMNS: usize = 256;
/// With fewer labels the time of a solve does not matter, and all is done in double precision.
const FEWEST: usize = 512;
/// Columns by which the error of a copy in single precision is measured.
const PROBES: usize = 32;
/// The error that a predicted variance with noise may have, as a share of itself: a hundredth of the deviation.
const LARGEST_ERROR: f64 = 0.02;

/// The precision of what labels take from predicted covariances. Means without evidence are in double precision always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 53 bits.
    Double,
    /// 24 bits: of 512 labels and more, where that leaves deviations with noise right to about a hundredth of themselves.
    Single,
}

/// A copy in single precision of the factor L of `K = L Lᵀ`, for what labels take from a variance, `|L⁻¹ k|²`.
#[derive(Clone, Debug)]
pub(super) struct SingleFactor {
    /// Rows of blocks of L up to the diagonal, each `[≤ 128][columns]`; what is above the diagonal is undefined.
    rows: Vec<Mat<f32>>,
}

impl SingleFactor {
    /// The copy of a factor `[n][n]`, of which the lower triangle is read; none where it is not precise enough.
    ///
    /// `v = L⁻¹ k` has a relative error of about `ε cond(L)` with ε = 6e-8 in its least determined directions, which
    /// `|v|²` hardly sees. The error of `|v|²` itself is measured, by columns with known answers: `K e_j = L l_j` is
    /// rounded and solved, where `v = l_j`, row j of L, and `|v|² = K_jj`. It may be
    ///
    /// ```text
    /// max_j | |v_j|² − K_jj | ≤ 0.02 σ²
    /// ```
    ///
    /// over 32 rows j evenly spaced, σ² the smallest variance of noise: no predicted variance of a label, with noise, is
    /// below it, whatever else is given. An estimate by `max L_ii / min L_ii` would not do: it is 25 where `cond(L)` is a
    /// thousand. Measuring costs `32 n²` multiply–adds in all.
    pub(super) fn of(lower: MatRef<'_, f64>, noise: f64) -> Option<Self> {
        let n = lower.nrows();
        if n < FEWEST {
            return None;
        }
        let rows = (0..n).step_by(BLOCK).map(|first| {
            let row = block_row(lower, first);
            Mat::from_fn(row.nrows(), row.ncols(), |i, j| row[(i, j)] as f32)
        });
        let single = Self {
            rows: rows.collect(),
        };
        // not so either where an error is no number
        (single.error(lower) <= LARGEST_ERROR * noise).then_some(single)
    }

    /// `max_j | |v_j|² − K_jj |` over the probes j; NaN where one is.
    fn error(&self, lower: MatRef<'_, f64>) -> f64 {
        let n = lower.nrows();
        let probe = |p: usize| (2 * p + 1) * n / (2 * PROBES);
        let want = Mat::from_fn(n, PROBES, |i, p| match i <= probe(p) {
            true => lower[(probe(p), i)],
            false => 0.0,
        });
        let mut columns = Mat::<f64>::zeros(n, PROBES);
        triangular::matmul(
            columns.as_mut(),
            BlockStructure::Rectangular,
            Accum::Replace,
            lower,
            BlockStructure::TriangularLower,
            want.as_ref(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let mut v = Mat::from_fn(n, PROBES, |i, p| columns[(i, p)] as f32);
        self.solve(v.as_mut());
        let of_probe = |p: usize| {
            let (v, want) = (column(v.as_ref(), p), column(want.as_ref(), p));
            (dot(v, v) - dot(want, want)).abs()
        };
        let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
        (0..PROBES).map(of_probe).fold(0.0, larger)
    }

    /// `B ← L⁻¹ B`, B of n rows; sequential.
    pub(super) fn solve(&self, right: MatMut<'_, f32>) {
        substitute(|first| self.rows[first / BLOCK].as_ref(), right);
    }
}

/// `B ← L⁻¹ B` in double precision, L `[n][n]` by its lower triangle and B of n rows; sequential.
pub(super) fn solve_double(lower: MatRef<'_, f64>, right: MatMut<'_, f64>) {
    substitute(|first| block_row(lower, first), right);
}

/// The rows of a block of a lower triangle from row `first` on, up to the diagonal.
fn block_row<T>(lower: MatRef<'_, T>, first: usize) -> MatRef<'_, T> {
    let rows = BLOCK.min(lower.nrows() - first);
    lower.submatrix(first, 0, rows, first + rows)
}

/// `B_i ← L_ii⁻¹ (B_i − Σ_{j<i} L_ij B_j)`, one row of blocks after the other: n² flops a column, nearly all of them in
/// products. `block_row` gives a row of blocks by its first row.
fn substitute<'a, T: Real>(block_row: impl Fn(usize) -> MatRef<'a, T>, right: MatMut<'_, T>) {
    let mut rest = right;
    while rest.ncols() > 0 {
        let columns = COLUMNS.min(rest.ncols());
        let (mut strip, others) = rest.split_at_col_mut(columns);
        for first in (0..strip.nrows()).step_by(BLOCK) {
            let row = block_row(first);
            let (solved, below) = strip.rb_mut().split_at_row_mut(first);
            let mut here = below.subrows_mut(0, row.nrows());
            if first > 0 {
                let left = row.subcols(0, first);
                let out = here.rb_mut();
                matmul(out, Accum::Add, left, solved.rb(), -T::ONE, Par::Seq);
            }
            let diagonal = row.subcols(first, row.nrows());
            solve_lower_triangular_in_place(diagonal, here, Par::Seq);
        }
        rest = others;
    }
}

/// A column of a matrix whose columns are contiguous.
pub(super) fn column<T>(matrix: MatRef<'_, T>, index: usize) -> &[T] {
    let column = matrix.col(index).try_as_col_major();
    column.expect("columns are contiguous").as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Side;

    /// The lower triangle of a factor of `exp(−|a_i − a_j|)` with this noise, of made numbers a of which the first 400
    /// come again; NaN above it.
    fn factor(n: usize, noise: f64) -> Mat<f64> {
        let at = |i: usize| ((i % 400) as f64 * 0.37).sin() * 30.0;
        let entry = |i: usize, j: usize| {
            let noise = if i == j { noise } else { 0.0 };
            (-(at(i) - at(j)).abs()).exp() + noise
        };
        let factor = Mat::from_fn(n, n, entry).llt(Side::Lower).unwrap();
        let lower = factor.L();
        Mat::from_fn(n, n, |i, j| if i < j { f64::NAN } else { lower[(i, j)] })
    }

    /// `L v` of made numbers v, with v: 259 columns, so that there are two strips.
    fn problem(lower: &Mat<f64>) -> [Mat<f64>; 2] {
        let n = lower.nrows();
        let v = Mat::from_fn(n, COLUMNS + 3, |i, j| ((i + 7 * j) as f64).cos());
        let right = Mat::from_fn(n, v.ncols(), |i, j| {
            (0..=i).map(|k| lower[(i, k)] * v[(k, j)]).sum()
        });
        [right, v]
    }

    #[test]
    fn what_is_solved_is_what_was_multiplied() {
        for n in [1, BLOCK, 2 * BLOCK + 37] {
            let lower = factor(n, 0.1);
            let [mut right, v] = problem(&lower);
            solve_double(lower.as_ref(), right.as_mut());
            for j in 0..v.ncols() {
                for i in 0..n {
                    // a few hundred roundings of numbers below 20
                    assert!((right[(i, j)] - v[(i, j)]).abs() < 1e-11, "{n}: {i} {j}");
                }
            }
        }
    }

    #[test]
    fn the_copy_takes_from_variances_what_the_factor_takes() {
        let lower = factor(FEWEST + 37, 0.1);
        let single = SingleFactor::of(lower.as_ref(), 0.1).expect("noise of a tenth");
        let [right, v] = problem(&lower);
        let mut found = Mat::from_fn(right.nrows(), right.ncols(), |i, j| right[(i, j)] as f32);
        single.solve(found.as_mut());
        for j in 0..v.ncols() {
            let [got, want] = [
                dot(column(found.as_ref(), j), column(found.as_ref(), j)),
                dot(column(v.as_ref(), j), column(v.as_ref(), j)),
            ];
            assert!((got / want - 1.0).abs() < 1e-5, "{j}: {got} {want}");
        }
    }

    #[test]
    fn without_enough_labels_or_noise_there_is_no_copy() {
        assert!(SingleFactor::of(factor(FEWEST, 0.1).as_ref(), 0.1).is_some());
        assert!(SingleFactor::of(factor(FEWEST - 1, 0.1).as_ref(), 0.1).is_none());
        // less than single precision leaves of one
        assert!(SingleFactor::of(factor(FEWEST, 1e-8).as_ref(), 1e-8).is_none());
        let mut broken = factor(FEWEST, 0.1);
        broken[(300, 2)] = f64::NAN;
        assert!(SingleFactor::of(broken.as_ref(), 0.1).is_none());
    }
}

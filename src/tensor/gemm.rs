//! Products of any two matrices, through one function.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::real::Real;

/// A row-major matrix, or its transpose, as an operand of [`gemm`]; nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    transposed: bool,
}

impl<'a, T> View<'a, T> {
    /// The `rows × cols` matrix stored row after row in `data`.
    ///
    /// # Panics
    /// If `data` does not hold `rows · cols` entries.
    #[track_caller]
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        assert_eq!(
            data.len(),
            rows * cols,
            "view: {} entries for {rows} x {cols}",
            data.len()
        );
        Self {
            data,
            rows,
            cols,
            transposed: false,
        }
    }

    /// The transpose.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            transposed: !self.transposed,
            ..self
        }
    }

    /// The entry in this row and column.
    pub(super) fn at(&self, row: usize, col: usize) -> T
    where
        T: Copy,
    {
        let (row, col) = if self.transposed {
            (col, row)
        } else {
            (row, col)
        };
        self.data[row * self.cols + col]
    }

    pub(super) fn shape(&self) -> (usize, usize) {
        if self.transposed {
            (self.cols, self.rows)
        } else {
            (self.rows, self.cols)
        }
    }
}

/// What a kernel does with the former content of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Overwrites it; it may be anything.
    Replace,
    /// Adds to it.
    Add,
}

/// `out = a · b` or `out += a · b`, where `out` is row-major of shape `[a.rows, b.cols]`.
///
/// Sequential; 2·m·k·n flops. Transposed operands cost nothing extra beyond the smallest sizes, so
/// gradients need no explicit transposes.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn gemm<T: Real>(out: &mut [T], write: Write, a: View<'_, T>, b: View<'_, T>) {
    let ((m, k), (k_b, n)) = (a.shape(), b.shape());
    assert!(
        k == k_b && out.len() == m * n,
        "gemm: {m} x {k} times {k_b} x {n} into {} entries",
        out.len()
    );
    if k == 0 && write == Write::Replace {
        out.fill(T::ZERO);
        return;
    }
    let accumulate = match write {
        Write::Replace => Accum::Replace,
        Write::Add => Accum::Add,
    };
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(out, accumulate, operand(a), operand(b), T::ONE, Par::Seq);
}

pub(super) fn operand<T: Real>(view: View<'_, T>) -> MatRef<'_, T> {
    let stored = MatRef::from_row_major_slice(view.data, view.rows, view.cols);
    if view.transposed {
        stored.transpose()
    } else {
        stored
    }
}

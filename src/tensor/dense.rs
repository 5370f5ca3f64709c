//! The matrix type.

use super::gemm::View;
use super::real::Real;

/// A dense row-major matrix.
///
/// ```
/// use geogate::tensor::Tensor;
/// let a = Tensor::from_fn(2, 3, |i, j| (10 * i + j) as f64);
/// assert_eq!(a.row(1), [10.0, 11.0, 12.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Tensor<T> {
    rows: usize,
    cols: usize,
    /// The entries, and possibly more behind them: a buffer that is used again is not cut to length.
    data: Vec<T>,
}

impl<T: PartialEq> PartialEq for Tensor<T> {
    fn eq(&self, other: &Self) -> bool {
        let entries = self.rows * self.cols;
        (self.rows, self.cols) == (other.rows, other.cols)
            && self.data[..entries] == other.data[..entries]
    }
}

impl<T: Real> Tensor<T> {
    /// All zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            cols,
            data: vec![T::ZERO; rows * cols],
        }
    }

    /// The matrix with these entries, row after row.
    ///
    /// # Panics
    /// If there are not `rows · cols` of them.
    #[track_caller]
    pub fn from_vec(rows: usize, cols: usize, data: Vec<T>) -> Self {
        assert_eq!(
            data.len(),
            rows * cols,
            "from_vec: {} entries for {rows} x {cols}",
            data.len()
        );
        Self { rows, cols, data }
    }

    /// A matrix of arbitrary content at the start of a buffer, which grows if it has to; the rest of the
    /// buffer is kept for later use.
    pub(crate) fn in_buffer(rows: usize, cols: usize, mut data: Vec<T>) -> Self {
        if data.len() < rows * cols {
            data.resize(rows * cols, T::ZERO);
        }
        Self { rows, cols, data }
    }

    /// The buffer, entries first.
    pub(crate) fn into_buffer(self) -> Vec<T> {
        self.data
    }

    /// The matrix whose entry in row i and column j is `f(i, j)`.
    pub fn from_fn(rows: usize, cols: usize, f: impl Fn(usize, usize) -> T) -> Self {
        let data = (0..rows * cols).map(|k| f(k / cols, k % cols)).collect();
        Self { rows, cols, data }
    }

    /// The 1 × 1 matrix of one number.
    pub fn scalar(x: T) -> Self {
        Self {
            rows: 1,
            cols: 1,
            data: vec![x],
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// The entries, row after row.
    pub fn as_slice(&self) -> &[T] {
        &self.data[..self.rows * self.cols]
    }

    /// The entries, row after row, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data[..self.rows * self.cols]
    }

    /// The entries, row after row, by value.
    pub fn into_vec(mut self) -> Vec<T> {
        self.data.truncate(self.rows * self.cols);
        self.data
    }

    /// Row i.
    pub fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// Row i, to be changed.
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// Rows `from..to` as one slice, row after row.
    pub fn row_block(&self, from: usize, to: usize) -> &[T] {
        &self.data[from * self.cols..to * self.cols]
    }

    /// The single entry of a 1 × 1 matrix.
    ///
    /// # Panics
    /// If the matrix is not 1 × 1.
    #[track_caller]
    pub fn to_scalar(&self) -> T {
        assert_eq!(
            self.shape(),
            (1, 1),
            "to_scalar: the shape is {:?}",
            self.shape()
        );
        self.data[0]
    }

    /// The matrix as an operand of [`crate::tensor::gemm`].
    pub fn view(&self) -> View<'_, T> {
        View::new(self.as_slice(), self.rows, self.cols)
    }
}

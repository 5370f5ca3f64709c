//! What each operation computes, by plain loops over `[row][column]`.

use geogate::tensor::Tensor;

/// Entry (i, j).
pub(super) fn at(x: &Tensor<f64>, i: usize, j: usize) -> f64 {
    x.as_slice()[i * x.cols() + j]
}

/// `Σ_i c_i x_i`.
pub(super) fn combination(terms: &[(&Tensor<f64>, f64)]) -> Tensor<f64> {
    let (rows, cols) = terms[0].0.shape();
    Tensor::from_fn(rows, cols, |i, j| {
        terms.iter().map(|(x, c)| c * at(x, i, j)).sum()
    })
}

/// `a ⊙ b`.
pub(super) fn product(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    Tensor::from_fn(a.rows(), a.cols(), |i, j| at(a, i, j) * at(b, i, j))
}

/// `x W`, and b in the first `biased` rows.
pub(super) fn linear(
    x: &Tensor<f64>,
    w: &Tensor<f64>,
    b: Option<&Tensor<f64>>,
    biased: usize,
) -> Tensor<f64> {
    Tensor::from_fn(x.rows(), w.cols(), |i, j| {
        let bias = b.filter(|_| i < biased).map_or(0.0, |b| at(b, 0, j));
        (0..x.cols())
            .map(|k| at(x, i, k) * at(w, k, j))
            .sum::<f64>()
            + bias
    })
}

/// The matrices one over the other.
pub(super) fn over(parts: &[&Tensor<f64>]) -> Tensor<f64> {
    let rows: usize = parts.iter().map(|x| x.rows()).sum();
    let entries: Vec<f64> = parts.iter().flat_map(|x| x.as_slice().to_vec()).collect();
    Tensor::from_vec(rows, parts[0].cols(), entries)
}

/// The transpose.
pub(super) fn transpose(x: &Tensor<f64>) -> Tensor<f64> {
    Tensor::from_fn(x.cols(), x.rows(), |i, j| at(x, j, i))
}

/// Rows `from..to`.
pub(super) fn rows(x: &Tensor<f64>, from: usize, to: usize) -> Tensor<f64> {
    Tensor::from_fn(to - from, x.cols(), |i, j| at(x, from + i, j))
}

/// One number per row: `Σ_j f(a_ij, b_ij)`.
pub(super) fn per_row(a: &Tensor<f64>, b: &Tensor<f64>, f: fn(f64, f64) -> f64) -> Tensor<f64> {
    Tensor::from_fn(a.rows(), 1, |i, _| {
        (0..a.cols()).map(|j| f(at(a, i, j), at(b, i, j))).sum()
    })
}

/// `Σ f(a, b) / entries`, 0 for none.
pub(super) fn mean(a: &Tensor<f64>, b: &Tensor<f64>, f: fn(f64, f64) -> f64) -> Tensor<f64> {
    let total: f64 = per_row(a, b, f).as_slice().iter().sum();
    Tensor::scalar(total / a.as_slice().len().max(1) as f64)
}

/// The matrix of a linear map between rows, applied to x: `y_i = Σ_k m(i, k) x_k`.
pub(super) fn row_map(
    rows: usize,
    x: &Tensor<f64>,
    m: impl Fn(usize, usize) -> f64,
) -> Tensor<f64> {
    Tensor::from_fn(rows, x.cols(), |i, j| {
        (0..x.rows()).map(|k| m(i, k) * at(x, k, j)).sum()
    })
}

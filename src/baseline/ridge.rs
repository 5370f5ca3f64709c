//! Ridge regression: a baseline without a network.
//!
//! ```text
//! w = argmin |y − ȳ − X_c w|² + λ |w|²,   ŷ(x) = ȳ + (x − x̄)·w
//! X_c: rows of the design less their mean x̄
//!
//! primal  w = (X_cᵀ X_c + λ I)⁻¹ X_cᵀ (y − ȳ)           [p, p]
//! dual    w = X_cᵀ a,  a = (X_c X_cᵀ + λ I)⁻¹ (y − ȳ)    [n, n]
//! ```
//!
//! (Hoerl and Kennard 1970, "Ridge regression: biased estimation for nonorthogonal problems"). Both forms give
//! the same w; the smaller system is solved.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// A sparse row: columns in ascending order, each with its value.
pub type SparseRow = Vec<(u32, f64)>;

/// Rows of a design matrix with the products that every λ needs.
pub struct Ridge<'a> {
    rows: &'a [SparseRow],
    labels: &'a [f64],
    mean_label: f64,
    /// x̄.
    mean_row: Vec<f64>,
    /// X_cᵀ X_c or X_c X_cᵀ, whichever is smaller.
    gram: Mat<f64>,
    form: Form,
}

/// Which of the two systems is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One unknown per column.
    Primal,
    /// One unknown per row.
    Dual,
}

/// What a fit comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct RidgeWeights {
    /// w, one per column.
    pub weights: Vec<f64>,
    /// ȳ − x̄·w.
    pub intercept: f64,
}

impl RidgeWeights {
    /// ŷ of a row.
    ///
    /// # Panics
    /// If the row has a column that the design had not.
    #[track_caller]
    pub fn predict(&self, row: &SparseRow) -> f64 {
        let terms = row.iter().map(|&(j, x)| self.weights[j as usize] * x);
        self.intercept + terms.sum::<f64>()
    }
}

impl<'a> Ridge<'a> {
    /// The problem of `labels` (n of them) on `rows` (n of them, of `columns` columns) in the form that has
    /// fewer unknowns.
    ///
    /// # Panics
    /// Without rows, or if there are not as many labels.
    #[track_caller]
    pub fn new(rows: &'a [SparseRow], columns: usize, labels: &'a [f64]) -> Self {
        let form = if columns <= rows.len() {
            Form::Primal
        } else {
            Form::Dual
        };
        Self::in_form(form, rows, columns, labels)
    }

    /// The regression of `labels` on sparse `rows` of `columns` features, solved in the primal or
    /// dual form that is given.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn in_form(form: Form, rows: &'a [SparseRow], columns: usize, labels: &'a [f64]) -> Self {
        let n = rows.len();
        assert!(
            n > 0 && labels.len() == n,
            "ridge: {n} rows, {} labels",
            labels.len()
        );
        let mut mean_row = vec![0.0; columns];
        for &(j, x) in rows.iter().flatten() {
            mean_row[j as usize] += x / n as f64;
        }
        let gram = match form {
            Form::Primal => primal_gram(rows, &mean_row),
            Form::Dual => dual_gram(rows, columns),
        };
        Self {
            rows,
            labels,
            mean_label: labels.iter().sum::<f64>() / n as f64,
            mean_row,
            gram,
            form,
        }
    }

    /// w at this λ; none where the system is singular to working precision (λ too small for this design).
    pub fn fit(&self, lambda: f64) -> Option<RidgeWeights> {
        let mut system = self.gram.clone();
        let size = system.nrows();
        (0..size).for_each(|i| system[(i, i)] += lambda);
        let factor = system.llt(Side::Lower).ok()?;
        let residual = |i: usize| self.labels[i] - self.mean_label;
        let weights = match self.form {
            Form::Primal => {
                let right = self.against_columns(residual);
                let right = Mat::from_fn(size, 1, |j, _| right[j]);
                let solved = factor.solve(&right);
                (0..size).map(|j| solved[(j, 0)]).collect()
            }
            Form::Dual => {
                let right = Mat::from_fn(size, 1, |i, _| residual(i));
                let solved = factor.solve(&right);
                self.against_columns(|i| solved[(i, 0)])
            }
        };
        let shift: f64 = weights.iter().zip(&self.mean_row).map(|(w, m)| w * m).sum();
        let intercept = self.mean_label - shift;
        let finite = intercept.is_finite() && weights.iter().all(|w| w.is_finite());
        finite.then_some(RidgeWeights { weights, intercept })
    }

    /// X_cᵀ a, `[columns]`.
    fn against_columns(&self, a: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut product = vec![0.0; self.mean_row.len()];
        let mut sum = 0.0;
        for (i, row) in self.rows.iter().enumerate() {
            let a = a(i);
            sum += a;
            row.iter().for_each(|&(j, x)| product[j as usize] += a * x);
        }
        let means = product.iter_mut().zip(&self.mean_row);
        means.for_each(|(product, mean)| *product -= sum * mean);
        product
    }
}

/// `X_cᵀ X_c = XᵀX − n x̄ x̄ᵀ`, the lower triangle.
fn primal_gram(rows: &[SparseRow], mean_row: &[f64]) -> Mat<f64> {
    let (p, n) = (mean_row.len(), rows.len() as f64);
    let mut gram = Mat::from_fn(p, p, |j, k| -n * mean_row[j] * mean_row[k]);
    for row in rows {
        for (at, &(j, x)) in row.iter().enumerate() {
            for &(k, other) in &row[..=at] {
                gram[(j as usize, k as usize)] += x * other;
            }
        }
    }
    gram
}

/// `(X_c X_cᵀ)_ij = k_ij − k̄_i − k̄_j + k̄` with `k = X Xᵀ`.
fn dual_gram(rows: &[SparseRow], columns: usize) -> Mat<f64> {
    let n = rows.len();
    let mut gram = Mat::zeros(n, n);
    let mut dense = vec![0.0; columns];
    for (i, row) in rows.iter().enumerate() {
        row.iter().for_each(|&(j, x)| dense[j as usize] = x);
        for (other, entries) in rows[..=i].iter().enumerate() {
            let product = entries.iter().map(|&(j, x)| dense[j as usize] * x).sum();
            gram[(i, other)] = product;
            gram[(other, i)] = product;
        }
        row.iter().for_each(|&(j, _)| dense[j as usize] = 0.0);
    }
    let means: Vec<f64> = (0..n)
        .map(|i| gram.col(i).iter().sum::<f64>() / n as f64)
        .collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    Mat::from_fn(n, n, |i, j| gram[(i, j)] - means[i] - means[j] + mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(rows: &[[f64; 2]]) -> Vec<SparseRow> {
        let row = |row: &[f64; 2]| vec![(0, row[0]), (1, row[1])];
        rows.iter().map(row).collect()
    }

    /// Orthogonal centred columns: w_j = x_j·y / (|x_j|² + λ), each by itself.
    #[test]
    fn orthogonal_columns_shrink_each_by_itself() {
        let rows = sparse(&[[3.0, 1.0], [3.0, -1.0], [1.0, 1.0], [1.0, -1.0]]);
        let labels = [10.0, 6.0, 3.0, 1.0];
        // x̄ = (2, 0), ȳ = 5; squares of both centred columns sum to 4
        // against y: 10 + 6 − 3 − 1 = 12 and 10 − 6 + 3 − 1 = 6
        for form in [Form::Primal, Form::Dual] {
            let ridge = Ridge::in_form(form, &rows, 2, &labels);
            for lambda in [0.5, 2.0, 100.0] {
                let fit = ridge.fit(lambda).unwrap();
                let want = [12.0 / (4.0 + lambda), 6.0 / (4.0 + lambda)];
                for (got, want) in fit.weights.iter().zip(want) {
                    assert!((got - want).abs() < 1e-13, "{form:?} {got} {want}");
                }
                assert!((fit.intercept - (5.0 - 2.0 * want[0])).abs() < 1e-13);
                let new = fit.predict(&vec![(1, 2.0)]);
                assert!((new - (fit.intercept + 2.0 * want[1])).abs() < 1e-13);
            }
        }
    }

    /// A column of slope b and variance s: the slope shrinks by n s / (n s + λ).
    #[test]
    fn one_column_shrinks_to_the_mean() {
        let rows: Vec<SparseRow> = (1..=5).map(|i| vec![(0, f64::from(i))]).collect();
        let labels = [3.0, 5.0, 7.0, 9.0, 11.0]; // 1 + 2 x; n s = 10
        let fit = |lambda| Ridge::new(&rows, 1, &labels).fit(lambda).unwrap();
        assert!((fit(10.0).weights[0] - 1.0).abs() < 1e-14);
        assert!((fit(10.0).predict(&vec![(0, 3.0)]) - 7.0).abs() < 1e-14);
        assert!((fit(1e12).predict(&vec![(0, 9.0)]) - 7.0).abs() < 1e-8);
        assert!((fit(1e-9).predict(&vec![]) - 1.0).abs() < 1e-8);
    }

    /// More columns than rows and fewer: the two systems have one solution.
    #[test]
    fn both_forms_agree() {
        for (n, p) in [(7, 12), (12, 7)] {
            let value = |i: usize, j: usize| ((i * 31 + j * 17) % 11) as f64 - 4.0;
            let rows: Vec<SparseRow> = (0..n)
                .map(|i| {
                    let kept = (0..p).filter(|j| (i + j) % 3 != 0);
                    kept.map(|j| (j as u32, value(i, j))).collect()
                })
                .collect();
            let labels: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin() * 100.0).collect();
            let [primal, dual] = [Form::Primal, Form::Dual]
                .map(|form| Ridge::in_form(form, &rows, p, &labels).fit(0.3).unwrap());
            for (a, b) in primal.weights.iter().zip(&dual.weights) {
                assert!((a - b).abs() < 1e-10, "{a} {b}");
            }
            assert!((primal.intercept - dual.intercept).abs() < 1e-10);
        }
    }

    #[test]
    fn equal_columns_without_penalty_have_no_solution() {
        let rows = sparse(&[[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]);
        let ridge = Ridge::in_form(Form::Primal, &rows, 2, &[1.0, 2.0, 3.0]);
        assert!(ridge.fit(-1.0).is_none() && ridge.fit(f64::NAN).is_none());
        assert!(ridge.fit(1e-3).is_some());
    }
}

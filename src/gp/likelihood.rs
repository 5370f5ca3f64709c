//! How likely labels are under hyperparameters, and the gradient of that.
//!
//! ```text
//! marginal     log p(y)         = −½ yᵀα − ½ log|K| − n/2 log 2π,    α = K⁻¹ y
//! predictive   log p(y_L | y_T) = −½ eᵀS⁻¹e − ½ log|S| − l/2 log 2π
//!              S = K_LL − K_LT K_TT⁻¹ K_TL,    e = y_L − K_LT K_TT⁻¹ y_T
//! ```
//!
//! of n labels, or of l that are left out (L) given the others (T). Both gradients are `½ tr(G ∂K/∂θ)` with
//!
//! ```text
//! marginal     G = α αᵀ − K⁻¹
//! predictive   G = α αᵀ − α_T α_Tᵀ − W S⁻¹ Wᵀ,    W = (−K_TT⁻¹ K_TL ; 1)
//! ```
//!
//! where α is that of all labels and α_T that of T alone, filled up with zeros (Rasmussen and Williams 2006, eq. 5.9;
//! the second is the first of all labels minus that of T, the inverse of a block matrix put in).

use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, Mat, Par};

use super::cholesky::Cholesky;
use super::covariance::{Bases, strips};
use super::each;
use super::hyperparameters::{Component, Hyperparameters};
use super::points::Points;
use crate::error::Result;

/// Labels of points, standardised by task; those of a task best follow each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// The task of each label.
    pub tasks: Vec<usize>,
    /// The labels, one for each of `tasks`; no unit.
    pub values: Vec<f64>,
}

/// The likelihood of labels as a function of the hyperparameters: labels, and distances, products and ratios between
/// their points.
#[derive(Clone, Debug)]
pub struct Likelihood {
    bases: Bases,
    values: Vec<f64>,
    components: Vec<Component>,
    /// How many labels, the first ones, are given; the likelihood is that of the others.
    given: usize,
    parallel: bool,
}

/// `log 2π`.
const LOG_TAU: f64 = 1.837_877_066_409_345_3;

impl Likelihood {
    /// The likelihood of the labels of `points` behind the first `given`, in view of these; of all, where none is given.
    ///
    /// # Panics
    /// If there are not as many labels as points, or all are given.
    #[track_caller]
    pub fn new(
        points: &Points,
        labels: &Labels,
        given: usize,
        components: &[Component],
        parallel: bool,
    ) -> Self {
        let n = points.len();
        assert!(
            labels.tasks.len() == n && labels.values.len() == n && given < n,
            "labels: {} of {n} points, {given} given",
            labels.values.len()
        );
        Self {
            bases: Bases::new(points, &labels.tasks, components, parallel),
            values: labels.values.clone(),
            components: components.to_vec(),
            given,
            parallel,
        }
    }

    /// Number of labels whose likelihood it is.
    pub fn len(&self) -> usize {
        self.values.len() - self.given
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The logarithm of the likelihood, and its gradient: by log ℓ, a and log κ of each component, then by log noise.
    ///
    /// # Errors
    /// [`ErrorKind::Covariance`](crate::error::ErrorKind::Covariance): a covariance that is not positive definite.
    pub fn evaluate(&self, theta: &Hyperparameters) -> Result<(f64, Vec<f64>)> {
        let k = self
            .bases
            .covariance(&self.components, theta, self.parallel);
        let (value, weights) = match self.given {
            0 => self.marginal(&k)?,
            _ => self.predictive(&k)?,
        };
        let (components, parallel) = (&self.components, self.parallel);
        let gradient = self.bases.gradient(components, theta, &weights, parallel);
        Ok((value, gradient))
    }

    /// `log p(y)` with the lower triangle of G, `[n][n]`.
    fn marginal(&self, k: &Mat<f64>) -> Result<(f64, Mat<f64>)> {
        let factor = Cholesky::of(|| k.clone(), self.parallel)?;
        let alpha = factor.solve(&self.values);
        let fit: f64 = alpha.iter().zip(&self.values).map(|(a, y)| a * y).sum();
        let n = self.values.len() as f64;
        let value = -0.5 * (fit + factor.log_determinant() + n * LOG_TAU);
        let mut weights = factor.inverse(self.parallel);
        each(
            self.parallel,
            strips(weights.as_mut()),
            |(first, mut strip)| {
                for j in 0..strip.ncols() {
                    for i in first + j..strip.nrows() {
                        strip[(i, j)] = alpha[i] * alpha[first + j] - strip[(i, j)];
                    }
                }
            },
        );
        Ok((value, weights))
    }

    /// `log p(y_L | y_T)` with the lower triangle of G, `[n][n]`.
    fn predictive(&self, k: &Mat<f64>) -> Result<(f64, Mat<f64>)> {
        let (n, t) = (self.values.len(), self.given);
        let left = n - t;
        let known = Cholesky::of(|| k.submatrix(0, 0, t, t).to_owned(), self.parallel)?;
        // L⁻¹ (K_TL, y_T)
        let mut v = Mat::from_fn(t, left + 1, |i, j| match j < left {
            true => k[(t + j, i)],
            false => self.values[i],
        });
        known.solve_lower(v.as_mut(), self.parallel);
        let (of_left, half) = (v.submatrix(0, 0, t, left), v.col(left));
        let mut s = k.submatrix(t, t, left, left).to_owned();
        let seq = Par::Seq;
        matmul(
            s.as_mut(),
            Accum::Add,
            of_left.transpose(),
            of_left,
            -1.0,
            seq,
        );
        let s = Cholesky::of(|| s.clone(), self.parallel)?;
        let explained = |j: usize| -> f64 { (0..t).map(|i| of_left[(i, j)] * half[i]).sum() };
        let mut e = Mat::from_fn(left, 1, |j, _| self.values[t + j] - explained(j));
        s.solve_lower(e.as_mut(), false);
        let fit: f64 = (0..left).map(|j| e[(j, 0)].powi(2)).sum();
        let value = -0.5 * (fit + s.log_determinant() + left as f64 * LOG_TAU);
        // K_TT⁻¹ (K_TL, y_T); then Zᵀ = R⁻¹ Wᵀ with S = R Rᵀ, so that W S⁻¹ Wᵀ = Z Zᵀ
        known.solve_upper(v.as_mut(), self.parallel);
        let mut z = Mat::from_fn(left, n, |j, i| match i < t {
            true => -v[(i, j)],
            false => f64::from(u8::from(i - t == j)),
        });
        s.solve_lower(z.as_mut(), self.parallel);
        let alpha_t = |i: usize| if i < t { v[(i, left)] } else { 0.0 };
        let shift = |i: usize| -> f64 { (0..left).map(|j| z[(j, i)] * e[(j, 0)]).sum() };
        let alpha: Vec<f64> = (0..n).map(|i| alpha_t(i) + shift(i)).collect();
        let mut weights = Mat::<f64>::zeros(n, n);
        each(self.parallel, strips(weights.as_mut()), |(first, strip)| {
            let columns = strip.ncols();
            let mut below = strip.split_at_row_mut(first).1;
            let rows = z.submatrix(0, first, left, n - first);
            let of_strip = z.submatrix(0, first, left, columns);
            matmul(
                below.rb_mut(),
                Accum::Replace,
                rows.transpose(),
                of_strip,
                -1.0,
                seq,
            );
            for j in 0..columns {
                for i in j..n - first {
                    let (a, b) = (first + i, first + j);
                    below[(i, j)] += alpha[a] * alpha[b] - alpha_t(a) * alpha_t(b);
                }
            }
        });
        Ok((value, weights))
    }
}

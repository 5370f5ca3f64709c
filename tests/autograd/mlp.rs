//! Derivatives of a perceptron in closed form, by loops: the Jacobian forwards, the Hessian of each
//! output by one reverse pass.
//!
//! ```text
//! u_k = a_(k−1) W_k + b_k,   a_k = σ(u_k),   A_k = ∂u_k/∂x
//! Hess(y_c) = Σ_k A_kᵀ diag(λ_k ⊙ σ''(u_k)) A_k,   λ_k = ∂y_c/∂a_k
//! ```

use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::loops::at;
use crate::series;

/// Weights and biases of each layer, an activation between layers.
pub(super) struct Perceptron {
    pub(super) layers: Vec<(Tensor<f64>, Tensor<f64>)>,
    pub(super) activation: Activation,
}

/// Value, Jacobian `[output][input]` and Hessians `[output][input][input]` at one point.
pub(super) struct Derivatives {
    pub(super) value: Vec<f64>,
    pub(super) jacobian: Vec<Vec<f64>>,
    pub(super) hessian: Vec<Vec<Vec<f64>>>,
}

/// What a hidden layer leaves for the reverse pass.
struct Hidden {
    /// `A_k`, `[unit][input]`.
    jacobian: Vec<Vec<f64>>,
    slope: Vec<f64>,
    curve: Vec<f64>,
}

impl Perceptron {
    pub(super) fn derivatives(&self, x: &[f64]) -> Derivatives {
        let mut a = x.to_vec();
        let unit = |i: usize| (0..x.len()).map(|j| f64::from(i == j)).collect();
        let mut jacobian: Vec<Vec<f64>> = (0..x.len()).map(unit).collect();
        let mut hidden = Vec::new();
        for (k, (w, b)) in self.layers.iter().enumerate() {
            let dot = |r: usize, z: &dyn Fn(usize) -> f64| -> f64 {
                (0..w.rows()).map(|i| z(i) * at(w, i, r)).sum()
            };
            let u: Vec<f64> = (0..w.cols())
                .map(|r| dot(r, &|i| a[i]) + at(b, 0, r))
                .collect();
            let row = |r: usize| (0..x.len()).map(|j| dot(r, &|i| jacobian[i][j])).collect();
            let of_u: Vec<Vec<f64>> = (0..w.cols()).map(row).collect();
            if k + 1 == self.layers.len() {
                let hessian = (0..w.cols()).map(|c| self.hessian(c, x.len(), &hidden));
                return Derivatives {
                    value: u,
                    jacobian: of_u,
                    hessian: hessian.collect(),
                };
            }
            let s: Vec<[f64; 4]> = (u.iter())
                .map(|&u| series::derivatives(self.activation, u))
                .collect();
            a = s.iter().map(|s| s[0]).collect();
            jacobian = (of_u.iter().zip(&s))
                .map(|(row, s)| row.iter().map(|r| s[1] * r).collect())
                .collect();
            hidden.push(Hidden {
                jacobian: of_u,
                slope: s.iter().map(|s| s[1]).collect(),
                curve: s.iter().map(|s| s[2]).collect(),
            });
        }
        unreachable!("a perceptron has a layer");
    }

    fn hessian(&self, output: usize, inputs: usize, hidden: &[Hidden]) -> Vec<Vec<f64>> {
        let mut hessian = vec![vec![0.0; inputs]; inputs];
        let (last, _) = &self.layers[hidden.len()];
        let mut lambda: Vec<f64> = (0..last.rows()).map(|r| at(last, r, output)).collect();
        for (layer, (w, _)) in hidden.iter().zip(&self.layers).rev() {
            let units = layer.curve.iter().zip(&layer.jacobian);
            for (lambda, (curve, row)) in lambda.iter().zip(units) {
                let weight = lambda * curve;
                for i in 0..inputs {
                    for j in 0..inputs {
                        hessian[i][j] += weight * row[i] * row[j];
                    }
                }
            }
            let back = |i: usize| -> f64 {
                let terms = (0..w.cols()).map(|r| at(w, i, r) * lambda[r] * layer.slope[r]);
                terms.sum()
            };
            lambda = (0..w.rows()).map(back).collect();
        }
        hessian
    }
}

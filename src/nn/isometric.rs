//! Perceptrons that start as isometric linear maps.
//!
//! An activation with `σ(u) − σ(−u) = u` (relu, silu, softplus and gelu, each the half of u plus an even
//! function) hands a linear function through a hidden layer unchanged, in two units:
//!
//! ```text
//! h₊ = σ(u),   h₋ = σ(−u),   h₊ − h₋ = u
//! ```
//!
//! So a perceptron ℝⁿ → ℝᵐ whose hidden layers have at least 2 k units, k = min(n, m), can start as the map
//! that keeps the first k coordinates, `(x_1 … x_n) ↦ (x_1 … x_k, 0 … 0)`: an isometric embedding where
//! m ≥ n, its left inverse the other way. The remaining hidden units keep their random weights and enter
//! the output with weight zero, from where training takes them up.

use super::activation::Activation;
use super::layer::{Linear, Mlp};
use super::parameters::Parameters;
use crate::tensor::Real;

impl Activation {
    /// Is `σ(u) − σ(−u) = u`?
    pub fn carries_identity(self) -> bool {
        self != Self::Tanh
    }
}

impl Mlp {
    /// Overwrites the weights so that the perceptron is `x ↦ (x_1 … x_k, 0 … 0)`, k the smaller of its
    /// first and last width.
    ///
    /// # Panics
    /// If a hidden layer has fewer than 2 k units, or the activation does not carry the identity.
    #[track_caller]
    pub fn start_isometric<T: Real>(&self, parameters: &mut Parameters<T>) {
        assert!(
            self.activation().carries_identity(),
            "start_isometric: {:?}(u) − {0:?}(−u) is not u",
            self.activation()
        );
        let layers = self.layers();
        let last = layers.len() - 1;
        let inputs = parameters.shape(layers[0].weight()).0;
        let k = inputs.min(parameters.shape(layers[last].weight()).1);
        for (position, layer) in layers.iter().enumerate() {
            carry(layer, parameters, k, [position > 0, position < last]);
        }
    }
}

/// Lets a layer hand on k coordinates, between inputs and outputs that are `hidden` or not.
#[track_caller]
fn carry<T: Real>(
    layer: &Linear,
    parameters: &mut Parameters<T>,
    k: usize,
    [from_hidden, to_hidden]: [bool; 2],
) {
    let (rows, cols) = parameters.shape(layer.weight());
    assert!(
        !to_hidden || cols >= 2 * k,
        "start_isometric: {cols} hidden units for {k} coordinates"
    );
    // what of the layer is overwritten: the pairs of units, or every output
    let taken = if to_hidden { 2 * k } else { cols };
    let weight = parameters.matrix_mut(layer.weight());
    for row in 0..rows {
        weight[row * cols..row * cols + taken].fill(T::ZERO);
    }
    for i in 0..k {
        for (row, a) in ends(from_hidden, i) {
            for (col, b) in ends(to_hidden, i) {
                weight[row * cols + col] = T::from_f64(a * b);
            }
        }
    }
    if let Some(bias) = layer.bias() {
        parameters.matrix_mut(bias)[..taken].fill(T::ZERO);
    }
}

/// Where coordinate i is found, with its sign: in two units of a hidden layer, in one number elsewhere.
fn ends(hidden: bool, i: usize) -> Vec<(usize, f64)> {
    if hidden {
        vec![(2 * i, 1.0), (2 * i + 1, -1.0)]
    } else {
        vec![(i, 1.0)]
    }
}

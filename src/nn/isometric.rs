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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::Tape;
    use crate::autograd::jet::Jet;
    use crate::nn::Pass;
    use crate::random::{Purpose, Stream};
    use crate::tensor::Tensor;

    const ROWS: usize = 5;

    /// Value, first and second derivative along v of a fresh perceptron at random points.
    fn start(sizes: &[usize], activation: Activation) -> [Tensor<f64>; 5] {
        let mut stream = Stream::new(3, Purpose::Test, 0);
        let mut parameters = Parameters::new();
        let mlp = Mlp::new(&mut parameters, "phi", sizes, activation, &mut stream);
        mlp.start_isometric(&mut parameters);
        let mut random = |cols| {
            let entries = (0..ROWS * cols).map(|_| 2.0 * stream.normal());
            Tensor::from_vec(ROWS, cols, entries.collect())
        };
        let (x, v) = (random(sizes[0]), random(sizes[0]));
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, false);
        let (a, b) = (tape.constant(&x), tape.constant(&v));
        let mut pass = Pass::new(&mut tape, &bound);
        let jet = Jet::along(pass.tape, a, &[b], &[(0, 0)]);
        let jet = mlp.forward_jet(&mut pass, jet);
        let found = [
            jet.value(&mut tape),
            jet.first(&mut tape, 0),
            jet.mixed(&mut tape, 0, 0),
        ];
        let [value, first, second] = found.map(|var| tape.value(var).clone());
        [x, v, value, first, second]
    }

    fn assert_keeps_coordinates(x: &Tensor<f64>, y: &Tensor<f64>) {
        for i in 0..ROWS {
            for (j, &y) in y.row(i).iter().enumerate() {
                let want = x.row(i).get(j).copied().unwrap_or(0.0);
                assert!((y - want).abs() < 1e-13, "row {i}, {j}: {y} for {want}");
            }
        }
    }

    #[test]
    fn coordinates_pass_unchanged() {
        use Activation::{Gelu, Silu, Softplus};
        for activation in [Silu, Softplus, Gelu] {
            for sizes in [&[3, 8, 6, 5][..], &[5, 7, 9, 3], &[2, 4, 2], &[2, 3]] {
                let [x, v, value, first, second] = start(sizes, activation);
                assert_keeps_coordinates(&x, &value);
                assert_keeps_coordinates(&v, &first);
                assert!(second.as_slice().iter().all(|h| h.abs() < 1e-12));
            }
        }
    }

    #[test]
    #[should_panic(expected = "5 hidden units for 3 coordinates")]
    fn too_few_units_carry_nothing() {
        start(&[3, 5, 4], Activation::Silu);
    }

    #[test]
    #[should_panic(expected = "Tanh")]
    fn tanh_is_refused() {
        start(&[3, 8, 4], Activation::Tanh);
    }
}

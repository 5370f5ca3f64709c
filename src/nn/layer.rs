//! Linear layers and multilayer perceptrons.

use std::sync::Arc;

use super::activation::Activation;
use super::dropout::Dropout;
use super::parameters::{Bound, ParameterId, Parameters};
use crate::autograd::jet::Jet;
use crate::autograd::{Tape, Var};
use crate::random::Stream;
use crate::tensor::Real;

/// One evaluation of a network: the tape it is recorded on, its weights, and dropout in training.
pub struct Pass<'a, T> {
    /// Where operations are recorded.
    pub tape: &'a mut Tape<T>,
    /// The weights.
    pub weights: &'a Bound,
    /// Dropout after hidden activations; none when predicting.
    pub dropout: Option<Dropout>,
}

impl<'a, T: Real> Pass<'a, T> {
    /// A pass without dropout.
    pub fn new(tape: &'a mut Tape<T>, weights: &'a Bound) -> Self {
        Self {
            tape,
            weights,
            dropout: None,
        }
    }
}

/// `y = x W + b`, W of shape `[in, out]`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    weight: ParameterId,
    bias: Option<ParameterId>,
}

impl Linear {
    /// A layer with weights and bias uniform in ±1/√in.
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        shape: (usize, usize),
        stream: &mut Stream,
    ) -> Self {
        Self::with_fan_in(parameters, name, shape, shape.0, stream)
    }

    /// A layer whose weights and bias are drawn as for `fan_in` inputs (more than its own where it
    /// is one part of a sum).
    pub fn with_fan_in<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        shape: (usize, usize),
        fan_in: usize,
        stream: &mut Stream,
    ) -> Self {
        let weight = Self::without_bias(parameters, name, shape, fan_in, stream).weight;
        let bias = parameters.add(format!("{name}.bias"), (1, shape.1), fan_in, stream);
        Self {
            weight,
            bias: Some(bias),
        }
    }

    /// A layer without bias whose weights are drawn uniformly in ±1/√`fan_in`.
    pub fn without_bias<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        shape: (usize, usize),
        fan_in: usize,
        stream: &mut Stream,
    ) -> Self {
        let weight = parameters.add(format!("{name}.weight"), shape, fan_in, stream);
        Self { weight, bias: None }
    }

    /// `[n, in] → [n, out]`.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let (w, b) = self.vars(pass.weights);
        pass.tape.linear(x, w, b)
    }

    /// `relu(base[rows] + x W)`, of a layer without bias.
    ///
    /// # Panics
    /// If there is a bias.
    #[track_caller]
    pub(super) fn relu_onto<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        base: (Var, &Arc<[u32]>),
        x: Var,
    ) -> Var {
        assert!(self.bias.is_none(), "a product onto a matrix has no bias");
        let w = pass.weights.var(self.weight);
        pass.tape.relu_linear_onto(base, x, w)
    }

    /// The layer of a value with its derivatives: rows of width in become rows of width out.
    pub fn forward_jet<T: Real>(&self, pass: &mut Pass<'_, T>, x: Jet) -> Jet {
        let (w, b) = self.vars(pass.weights);
        x.linear(pass.tape, w, b)
    }

    /// W, `[in, out]`.
    pub fn weight(&self) -> ParameterId {
        self.weight
    }

    /// b, `[1, out]`, if there is one.
    pub fn bias(&self) -> Option<ParameterId> {
        self.bias
    }

    /// W and b of a pass.
    pub(crate) fn vars(&self, weights: &Bound) -> (Var, Option<Var>) {
        (weights.var(self.weight), self.bias.map(|b| weights.var(b)))
    }
}

/// A multilayer perceptron: linear layers with an activation between them, none after the last.
#[derive(Clone, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    activation: Activation,
    width: usize,
}

impl Mlp {
    /// Layers of the widths `sizes`: inputs first, outputs last.
    ///
    /// # Panics
    /// If there are fewer than two sizes.
    #[track_caller]
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        sizes: &[usize],
        activation: Activation,
        stream: &mut Stream,
    ) -> Self {
        assert!(sizes.len() >= 2, "mlp `{name}`: sizes {sizes:?}");
        let layer = |(k, ends): (usize, &[usize])| {
            Linear::new(
                parameters,
                &format!("{name}.{k}"),
                (ends[0], ends[1]),
                stream,
            )
        };
        Self {
            layers: sizes.windows(2).enumerate().map(layer).collect(),
            activation,
            width: sizes[sizes.len() - 1],
        }
    }

    /// The linear layers, first to last.
    pub fn layers(&self) -> &[Linear] {
        &self.layers
    }

    /// What stands between them.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Number of outputs.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Weights and biases of all layers, first to last.
    pub fn parameters(&self) -> impl Iterator<Item = ParameterId> {
        let of_layer = |layer: &Linear| [Some(layer.weight), layer.bias].into_iter().flatten();
        self.layers.iter().flat_map(of_layer)
    }

    /// `[n, first size] → [n, last size]`.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let (last, hidden) = self.layers.split_last().expect("a perceptron has a layer");
        let mut x = x;
        for layer in hidden {
            let u = layer.forward(pass, x);
            x = pass.tape.pointwise(u, self.activation);
            if let Some(dropout) = &mut pass.dropout {
                x = dropout.apply(pass.tape, x);
            }
        }
        last.forward(pass, x)
    }

    /// The perceptron of a value with its derivatives: the derivatives of the very function that
    /// [`Self::forward`] evaluates, dropout included.
    pub fn forward_jet<T: Real>(&self, pass: &mut Pass<'_, T>, x: Jet) -> Jet {
        let (last, hidden) = self.layers.split_last().expect("a perceptron has a layer");
        let mut x = x;
        for layer in hidden {
            x = layer
                .forward_jet(pass, x)
                .pointwise(pass.tape, self.activation);
            if let Some(dropout) = &mut pass.dropout {
                x = dropout.apply_to_jet(pass.tape, x);
            }
        }
        last.forward_jet(pass, x)
    }
}

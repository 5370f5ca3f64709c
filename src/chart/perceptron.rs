//! Perceptrons that own their weights.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::batch::PointNetwork;
use crate::error::{ErrorKind, Result, WeightsFault};
use crate::geometry::Map;
use crate::nn::activation::Activation;
use crate::nn::{Linear, Mlp, Parameters};
use crate::tensor::{Real, Tensor};

/// `a = σ(x W + b)`: one layer with its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T = f64> {
    /// W, `[in, out]`.
    weight: Tensor<T>,
    /// b, `out` numbers.
    bias: Option<Vec<T>>,
    /// σ; the identity where there is none.
    activation: Option<Activation>,
}

impl<T: Real> Dense<T> {
    /// The layer of these numbers: `weight` is W `[in, out]`, `bias` has `out` entries, no
    /// activation is the identity.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`] where the bias has another length, a width is zero, or a number is not
    /// finite.
    pub fn new(
        weight: Tensor<T>,
        bias: Option<Vec<T>>,
        activation: Option<Activation>,
    ) -> Result<Self> {
        let layer = Self::unchecked(weight, bias, activation);
        layer.fault().map_or(Ok(layer), |fault| Err(fault.into()))
    }

    /// The layer of these numbers, finite or not: those of a training step.
    pub(super) fn unchecked(
        weight: Tensor<T>,
        bias: Option<Vec<T>>,
        activation: Option<Activation>,
    ) -> Self {
        Self {
            weight,
            bias,
            activation,
        }
    }

    /// What is wrong with the numbers, if anything.
    fn fault(&self) -> Option<WeightsFault> {
        let (inputs, outputs) = self.weight.shape();
        let bias = self.bias.as_deref().unwrap_or(&[]);
        if inputs == 0 || outputs == 0 {
            return Some(WeightsFault::Empty { inputs, outputs });
        }
        if self.bias.is_some() && bias.len() != outputs {
            let found = bias.len();
            return Some(WeightsFault::Bias { outputs, found });
        }
        let mut numbers = self.weight.as_slice().iter().chain(bias);
        let value = numbers.find(|w| !w.finite())?.to_f64();
        Some(WeightsFault::NotFinite { value })
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.weight.rows()
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.weight.cols()
    }

    /// W, `[in, out]`.
    pub fn weight(&self) -> &Tensor<T> {
        &self.weight
    }

    /// b, if there is one.
    pub fn bias(&self) -> Option<&[T]> {
        self.bias.as_deref()
    }

    /// σ; the identity where there is none.
    pub fn activation(&self) -> Option<Activation> {
        self.activation
    }

    /// The nearest layer in another precision.
    fn cast<U: Real>(&self) -> Dense<U> {
        let nearest = |w: &T| U::from_f64(w.to_f64());
        let entries = self.weight.as_slice().iter().map(nearest).collect();
        Dense {
            weight: Tensor::from_vec(self.inputs(), self.outputs(), entries),
            bias: (self.bias.as_ref()).map(|b| b.iter().map(nearest).collect()),
            activation: self.activation,
        }
    }
}

/// A multilayer perceptron `x ↦ y`, as numbers: dense layers, each followed by an activation or by
/// none.
///
/// In double precision it is a `Map`, `C1Map`, `C2Map` and `C3Map` of
/// [`geometry`](crate::geometry); with [`Activation::Relu`] the derivatives are those off the kinks. They are taken
/// with a second copy of the weights, which is made when one is first asked for and shared with clones made later.
#[derive(Clone)]
pub struct Perceptron<T = f64> {
    layers: Vec<Dense<T>>,
    /// What derivatives at a point are made with, once they have been asked for.
    at_points: OnceLock<Arc<PointNetwork<T>>>,
}

impl<T: fmt::Debug> fmt::Debug for Perceptron<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Perceptron");
        out.field("layers", &self.layers).finish_non_exhaustive()
    }
}

impl<T: PartialEq> PartialEq for Perceptron<T> {
    fn eq(&self, other: &Self) -> bool {
        self.layers == other.layers
    }
}

impl<T: Real> Perceptron<T> {
    /// The perceptron of these layers, first to last.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`] where there is no layer, or a layer does not take what the one before
    /// gives.
    pub fn new(layers: Vec<Dense<T>>) -> Result<Self> {
        if layers.is_empty() {
            return Err(WeightsFault::NoLayers.into());
        }
        let fits = |ends: &[Dense<T>]| ends[0].outputs() == ends[1].inputs();
        match layers.windows(2).position(|ends| !fits(ends)) {
            None => Ok(Self::of(layers)),
            Some(layer) => Err(WeightsFault::Chain {
                layer,
                outputs: layers[layer].outputs(),
                inputs: layers[layer + 1].inputs(),
            }
            .into()),
        }
    }

    /// Layers that fit.
    fn of(layers: Vec<Dense<T>>) -> Self {
        let at_points = OnceLock::new();
        Self { layers, at_points }
    }

    /// The layers as derivatives at a point take them, prepared at the first call.
    pub(super) fn at_points(&self) -> &PointNetwork<T> {
        (self.at_points).get_or_init(|| Arc::new(PointNetwork::new(&self.layers)))
    }

    /// `x ↦ next(self(x))`: the layers one after the other. Nothing is multiplied out at the
    /// joint: where it is narrow, two thin products cost less than one thick one.
    ///
    /// # Panics
    /// If `next` does not take what this gives.
    #[must_use]
    #[track_caller]
    pub fn then(&self, next: &Self) -> Self {
        let (outputs, inputs) = (self.outputs(), next.inputs());
        assert!(
            outputs == inputs,
            "then: {outputs} outputs into {inputs} inputs"
        );
        Self::of([self.layers.as_slice(), &next.layers].concat())
    }

    /// The nearest perceptron in another precision.
    pub fn cast<U: Real>(&self) -> Perceptron<U> {
        Perceptron::of(self.layers.iter().map(Dense::cast).collect())
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Dense<T>] {
        &self.layers
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs()
    }
}

impl Perceptron {
    /// A network with its weights, in whatever precision these are; dropout plays no part.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`] where a weight is not finite.
    pub fn from_network<T: Real>(network: &Mlp, parameters: &Parameters<T>) -> Result<Self> {
        let last = network.layers().len() - 1;
        let dense = |(k, layer): (usize, &Linear)| {
            let bias = layer.bias().map(|b| parameters.tensor(b).into_vec());
            let activation = (k < last).then(|| network.activation());
            Dense::new(parameters.tensor(layer.weight()), bias, activation)
        };
        let layers = network.layers().iter().enumerate().map(dense);
        Ok(Perceptron::new(layers.collect::<Result<_>>()?)?.cast())
    }

    /// The values at many points, `[point][outputs]`; `points` is `[point][inputs]`.
    ///
    /// # Panics
    /// If `points` is not a whole number of points.
    #[track_caller]
    pub fn evaluate(&self, points: &[f64]) -> Vec<f64> {
        let (inputs, numbers) = (self.inputs(), points.len());
        assert!(
            numbers.is_multiple_of(inputs),
            "evaluate: {numbers} numbers, points of {inputs}"
        );
        let mut out = vec![0.0; numbers / inputs * self.outputs()];
        self.values(points, &mut out);
        out
    }
}

impl From<WeightsFault> for crate::error::Error {
    fn from(fault: WeightsFault) -> Self {
        ErrorKind::Weights { file: None, fault }.into()
    }
}

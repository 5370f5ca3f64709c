//! A perceptron prepared for tiles.
//!
//! Up to the first activation the map is affine: its derivatives `A_1` are one matrix for all points,
//! and so are the products `w_i w_j` of its columns, the operand of the reverse columns that end
//! there. Both are made once for a map.

use crate::chart::perceptron::Dense;
use crate::geometry::conventions::{index_pairs, pairs, pairs_run_by_columns};
use crate::tensor::{LeftFactor, Real, Tensor, View, Write, gemm};

// columns of second derivatives are counted along the indices and found by `pair`
const _: () = assert!(pairs_run_by_columns(16));

/// The layers, with the affine beginning multiplied out.
pub(super) struct Network<'a, T> {
    pub(super) layers: &'a [Dense<T>],
    /// The first layer with an activation, or the last one.
    pub(super) first: usize,
    /// W of the layers up to `first`, `[d, width]`.
    pub(super) weight: Tensor<T>,
    /// Their b, `[width]`.
    pub(super) bias: Vec<T>,
    /// `w_i w_j` of every unit, `[width, pairs]`.
    pub(super) products: LeftFactor<'a, T>,
    /// The same, `[pairs, width]`.
    pub(super) crossed: LeftFactor<'a, T>,
    /// Wᵀ of every layer after `first`, packed.
    forward: Vec<LeftFactor<'a, T>>,
    /// W of every layer after `first`, packed.
    backward: Vec<LeftFactor<'a, T>>,
    /// (i, j) of every symmetric pair, in their order.
    pub(super) indices: Vec<(usize, usize)>,
}

impl<'a, T: Real> Network<'a, T> {
    pub(super) fn new(layers: &'a [Dense<T>]) -> Self {
        let first = beginning(layers);
        let (weight, bias) = affine(&layers[..=first]);
        let d = weight.rows();
        let indices: Vec<_> = index_pairs(d).collect();
        let product = |unit: usize, at: usize| {
            let (i, j): (usize, usize) = indices[at];
            weight.row(i)[unit] * weight.row(j)[unit]
        };
        let (width, p) = (weight.cols(), pairs(d));
        let products = LeftFactor::owning(Tensor::from_fn(width, p, product));
        let crossed = LeftFactor::owning(Tensor::from_fn(p, width, |at, unit| product(unit, at)));
        Self {
            layers,
            first,
            weight,
            bias,
            products,
            crossed,
            forward: after(layers, first)
                .map(|w| LeftFactor::new(w.t()))
                .collect(),
            backward: after(layers, first).map(LeftFactor::new).collect(),
            indices,
        }
    }

    /// Wᵀ of a layer after `first`.
    pub(super) fn transposed(&self, k: usize) -> &LeftFactor<'a, T> {
        &self.forward[k - self.first - 1]
    }

    /// W of a layer after `first`.
    pub(super) fn plain(&self, k: usize) -> &LeftFactor<'a, T> {
        &self.backward[k - self.first - 1]
    }

    /// Coordinates of a point.
    pub(super) fn inputs(&self) -> usize {
        self.weight.rows()
    }

    /// Components of the map.
    pub(super) fn outputs(&self) -> usize {
        self.width(self.last())
    }

    pub(super) fn last(&self) -> usize {
        self.layers.len() - 1
    }

    pub(super) fn width(&self, k: usize) -> usize {
        self.layers[k].outputs()
    }

    /// The widest layer from the first activation on.
    pub(super) fn widest(&self) -> usize {
        let widths = (self.first..self.layers.len()).map(|k| self.width(k));
        widths.max().unwrap_or(1)
    }

    pub(super) fn has_activation(&self, k: usize) -> bool {
        self.layers[k].activation().is_some()
    }

    /// Does anything depend on the values that layer k gives, beside its derivatives? Where only
    /// linear layers follow, nothing does, because no geometric quantity asks for f itself.
    pub(super) fn passes_value(&self, k: usize) -> bool {
        (k + 1..self.layers.len()).any(|k| self.has_activation(k))
    }
}

/// The layer that ends the affine beginning: the first with an activation, or the last one.
pub(super) fn beginning<T: Real>(layers: &[Dense<T>]) -> usize {
    let first = layers.iter().position(|layer| layer.activation().is_some());
    first.unwrap_or(layers.len() - 1)
}

/// W of the layers after the affine beginning.
fn after<T: Real>(layers: &[Dense<T>], first: usize) -> impl Iterator<Item = View<'_, T>> {
    layers[first + 1..]
        .iter()
        .map(|layer| layer.weight().view())
}

/// `x ↦ x W + b` of layers without activation in between.
pub(super) fn affine<T: Real>(layers: &[Dense<T>]) -> (Tensor<T>, Vec<T>) {
    let none = |layer: &Dense<T>| vec![T::ZERO; layer.outputs()];
    let offset = |layer: &Dense<T>| layer.bias().map_or_else(|| none(layer), <[T]>::to_vec);
    let start = (layers[0].weight().clone(), offset(&layers[0]));
    layers[1..].iter().fold(start, |(weight, bias), layer| {
        let mut product = Tensor::zeros(weight.rows(), layer.outputs());
        let mut shifted = offset(layer);
        let w = layer.weight().view();
        gemm(product.as_mut_slice(), Write::Replace, weight.view(), w);
        gemm(&mut shifted, Write::Add, View::new(&bias, 1, bias.len()), w);
        (product, shifted)
    })
}

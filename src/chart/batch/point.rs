//! Derivatives at a single point.
//!
//! One point fills no lanes, so that here its units do: a layer is `[column][unit]`, its units in whole lanes, and its
//! linear map one GEMM `A W` with W padded by zeros; the activation is the [chain rule](super::chain) of the tiles. In
//! lanes of one point the rows of the product, `Wᵀ A`, would be as short as there are columns, and the products of a
//! network of 64 units in two coordinates take twice as long.

use super::chain::{self, Columns, Sigma};
use super::lane::{Lane, room, splat};
use super::network::{affine, beginning};
use crate::autograd::Pointwise;
use crate::chart::perceptron::Dense;
use crate::geometry::conventions::{index_pairs, pairs, pairs_run_by_columns, triples};
use crate::nn::activation::Activation;
use crate::tensor::elementwise::add_row;
use crate::tensor::{Real, Tensor, View, Write, gemm};

// columns of second derivatives are counted along the indices and found by `pair`
const _: () = assert!(pairs_run_by_columns(16));

/// Units side by side: a register of 256 bits in double precision. In longer lanes more units would be zeros.
const UNITS: usize = 4;

/// One number in each of [`UNITS`] units.
type Units<T> = Lane<T, UNITS>;

/// The layers of a perceptron in whole lanes of units, the affine beginning as one.
pub(in crate::chart) struct PointNetwork<T> {
    inputs: usize,
    outputs: usize,
    layers: Vec<WholeLayer<T>>,
    /// (i, j) of every symmetric pair, in their order.
    indices: Vec<(usize, usize)>,
}

/// A layer in whole lanes.
struct WholeLayer<T> {
    /// W, `[in, out]`; of the first layer the rows are the coordinates, without others.
    weight: Tensor<T>,
    bias: Vec<T>,
    activation: Option<Activation>,
}

/// Which derivatives are wanted beside the value.
#[derive(Clone, Copy, Debug)]
pub(in crate::chart) enum Derivatives<'a, T> {
    /// All first.
    First,
    /// All first and second.
    Second,
    /// All to third order.
    Third,
    /// All first, and D²f(v, v) for one v.
    Along(&'a [T]),
}

impl<T> Derivatives<'_, T> {
    /// Columns, the value among them.
    fn columns(self, d: usize) -> usize {
        let higher = match self {
            Self::First => 0,
            Self::Second => pairs(d),
            Self::Third => pairs(d) + triples(d),
            Self::Along(_) => 1,
        };
        1 + d + higher
    }

    /// The highest derivative of σ needed.
    fn order(self) -> usize {
        match self {
            Self::First => 1,
            Self::Second | Self::Along(_) => 2,
            Self::Third => 3,
        }
    }
}

impl<T: Real> PointNetwork<T> {
    pub(in crate::chart) fn new(layers: &[Dense<T>]) -> Self {
        let first = beginning(layers);
        let (weight, bias) = affine(&layers[..=first]);
        let start = WholeLayer::new(&weight, &bias, (layers[first].activation(), weight.rows()));
        let later = layers[first + 1..].iter().map(|layer| {
            let rows = layer.inputs().next_multiple_of(UNITS);
            let bias = layer.bias().unwrap_or(&[]);
            WholeLayer::new(layer.weight(), bias, (layer.activation(), rows))
        });
        Self {
            inputs: weight.rows(),
            outputs: layers[layers.len() - 1].outputs(),
            layers: std::iter::once(start).chain(later).collect(),
            indices: index_pairs(weight.rows()).collect(),
        }
    }
}

impl<T: Real> WholeLayer<T> {
    /// The layer with zeros in the units that fill its last lane, and in rows up to `rows`.
    fn new(
        weight: &Tensor<T>,
        bias: &[T],
        (activation, rows): (Option<Activation>, usize),
    ) -> Self {
        let (inputs, outputs) = weight.shape();
        let width = outputs.next_multiple_of(UNITS);
        let mut whole = Tensor::zeros(rows, width);
        for i in 0..inputs {
            whole.row_mut(i)[..outputs].copy_from_slice(weight.row(i));
        }
        let zeros = std::iter::repeat_n(T::ZERO, width - bias.len());
        Self {
            weight: whole,
            bias: bias.iter().copied().chain(zeros).collect(),
            activation,
        }
    }

    /// Lane vectors of a column.
    fn groups(&self) -> usize {
        self.bias.len() / UNITS
    }

    /// u of the affine beginning at x: value and first derivatives, the rows of W; zeros beyond.
    fn begin(&self, x: &[T], u: &mut [T]) {
        let (value, rest) = u.split_at_mut(self.bias.len());
        let x = View::new(x, 1, x.len());
        gemm(value, Write::Replace, x, self.weight.view());
        let (first, higher) = rest.split_at_mut(self.weight.as_slice().len());
        first.copy_from_slice(self.weight.as_slice());
        higher.fill(T::ZERO);
    }

    /// u from a of the layer before.
    fn linear(&self, a: &[Units<T>], u: &mut [T]) {
        let a = a.as_flattened();
        let inputs = self.weight.rows();
        let a = View::new(a, a.len() / inputs, inputs);
        gemm(u, Write::Replace, a, self.weight.view());
    }
}

/// The buffers of a point: columns before and after an activation, `[column][unit]`; they grow to the largest network
/// met.
#[derive(Default)]
pub(in crate::chart) struct PointSweep<T> {
    u: Vec<Units<T>>,
    a: Vec<Units<T>>,
    sigma: Sigma<T, UNITS>,
}

impl<T: Real> PointSweep<T> {
    /// Value and derivatives at x, column by column: f, `∂_i f`, and `∂_i ∂_j f` by `pair` with `∂_i ∂_j ∂_k f` by
    /// `triple`, or D²f(v, v).
    ///
    /// # Panics
    /// If x has not as many coordinates as the network inputs.
    #[track_caller]
    pub(in crate::chart) fn run(
        &mut self,
        net: &PointNetwork<T>,
        x: &[T],
        of: Derivatives<'_, T>,
    ) -> impl Iterator<Item = &[T]> {
        let all = of.columns(net.inputs);
        let mut before = 0;
        for (k, layer) in net.layers.iter().enumerate() {
            let groups = layer.groups();
            let u = room(&mut self.u, all * groups).as_flattened_mut();
            if k == 0 {
                layer.begin(x, u);
            } else {
                layer.linear(&self.a[..all * before], u);
            }
            add_row(&mut u[..layer.bias.len()], &layer.bias);
            match layer.activation {
                Some(sigma) => self.activate(net, (sigma, k > 0), groups, of),
                None => std::mem::swap(&mut self.u, &mut self.a),
            }
            before = groups;
        }
        let columns = self.a[..all * before].chunks_exact(before);
        columns.map(|column| &column.as_flattened()[..net.outputs])
    }

    /// a from u, through an activation that is the first or not.
    fn activate(
        &mut self,
        net: &PointNetwork<T>,
        (sigma, started): (Activation, bool),
        groups: usize,
        of: Derivatives<'_, T>,
    ) {
        let (d, all) = (net.inputs, of.columns(net.inputs));
        let u = &self.u[..all * groups];
        let s = self.sigma.each_mut().map(|s| room(s, groups));
        let mut s = s.map(|s| s.as_flattened_mut());
        sigma.derivatives(u[..groups].as_flattened(), &mut s[..=of.order()]);
        let (a, sigma) = (room(&mut self.a, all * groups), &self.sigma);
        let columns = Columns {
            lead: 1,
            firsts: d,
            all,
            groups,
        };
        let first = |_: usize, i: usize, g: usize| u[(1 + i) * groups + g];
        chain::firsts(sigma, 0..1, first, (&mut *a, columns));
        match of {
            Derivatives::First => {}
            Derivatives::Along(v) => {
                let v = |i: usize, _: usize| splat(v[i]);
                chain::along(sigma, (0..1, started), first, v, (a, columns));
            }
            Derivatives::Second | Derivatives::Third => {
                let (from, seconds) = ((1 + d) * groups, pairs(d) * groups);
                let (uu, uuu) = u[from..].split_at(seconds);
                let (out, thirds) = a[from..].split_at_mut(seconds);
                let uu = started.then_some(uu);
                let first = |_: usize, i: usize| {
                    let column = &u[(1 + i) * groups..(2 + i) * groups];
                    move |g: usize| column[g]
                };
                chain::pairs(sigma, (&net.indices, groups), first, (uu, out));
                if matches!(of, Derivatives::Third) {
                    let (first, higher) = (&u[groups..from], uu.map(|uu| [uu, uuu]));
                    chain::triples(sigma, (d, groups), first, higher, thirds);
                }
            }
        }
    }
}

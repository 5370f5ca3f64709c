//! Random perceptrons, and the same functions written in other ways.

use geogate::chart::{Dense, Perceptron};
use geogate::geometry::{C1Map, C2Map, Formula, Jet1, Jet2, Map, Scalar};
use geogate::nn::activation::Activation;
use geogate::nn::{Mlp, Parameters};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use crate::series;

/// Activations with derivatives everywhere.
pub(super) const SMOOTH: [Activation; 4] = [
    Activation::Tanh,
    Activation::Silu,
    Activation::Softplus,
    Activation::Gelu,
];

/// A network with its weights, and the perceptron made of them.
pub(super) struct Network {
    pub(super) mlp: Mlp,
    pub(super) parameters: Parameters<f64>,
    pub(super) perceptron: Perceptron,
}

impl Network {
    /// A network of these widths, weights twice as large as at the start of training: the curvature
    /// should matter.
    pub(super) fn new(sizes: &[usize], activation: Activation, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Test, 0);
        let mut parameters = Parameters::new();
        let mlp = Mlp::new(&mut parameters, "f", sizes, activation, &mut stream);
        parameters.values_mut().iter_mut().for_each(|w| *w *= 2.0);
        let perceptron = Perceptron::from_network(&mlp, &parameters).unwrap();
        Self {
            mlp,
            parameters,
            perceptron,
        }
    }
}

/// Networks with d = 1, 2, 3, 5, 8 coordinates and n = d, d + 1, 2d components, of every activation,
/// with one to three hidden layers.
pub(super) fn gallery() -> impl Iterator<Item = Network> {
    let shapes = [1, 2, 3, 5, 8]
        .into_iter()
        .flat_map(|d| [d, d + 1, 2 * d].map(|n| (d, n)));
    let each = shapes.flat_map(|shape| SMOOTH.map(|activation| (shape, activation)));
    each.enumerate().map(|(k, ((d, n), activation))| {
        let hidden: &[usize] = [&[9][..], &[11, 7], &[6, 8, 10]][k % 3];
        let sizes = [&[d], hidden, &[n]].concat();
        Network::new(&sizes, activation, k as u64)
    })
}

/// A perceptron of these widths with an activation, or none, after each layer; the second has no bias.
pub(super) fn patterned(sizes: &[usize], pattern: &[Option<Activation>], seed: u64) -> Perceptron {
    let layer = |(k, ends): (usize, &[usize])| {
        let (rows, cols) = (ends[0], ends[1]);
        let weight = Tensor::from_vec(rows, cols, points(rows, cols, seed + k as u64));
        let bias = (k != 1).then(|| points(1, cols, seed + 20 + k as u64));
        Dense::new(weight, bias, pattern[k]).unwrap()
    };
    let layers = sizes.windows(2).enumerate().map(layer);
    Perceptron::new(layers.collect()).unwrap()
}

/// `x ↦ (ln(1 + e^x) + ln(1 + e^-x)) (1, 2)`, which is even: it has no slope at 0, and one everywhere
/// else.
pub(super) fn flat_at_zero() -> Perceptron {
    let spread = Tensor::from_vec(1, 2, vec![1.0, -1.0]);
    let gather = Tensor::from_vec(2, 2, vec![1.0, 2.0, 1.0, 2.0]);
    let layers = vec![
        Dense::new(spread, None, Some(Activation::Softplus)).unwrap(),
        Dense::new(gather, None, None).unwrap(),
    ];
    Perceptron::new(layers).unwrap()
}

/// `(x, y) ↦ (x, e(y), 2 e(y))` with the even function of [`flat_at_zero`]: rank 1 where y = 0.
pub(super) fn folded() -> Perceptron {
    let spread = Tensor::from_vec(2, 4, vec![1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0]);
    // ln(1 + e^x) − ln(1 + e^-x) = x
    let rows = [
        [1.0, 0.0, 0.0],
        [-1.0, 0.0, 0.0],
        [0.0, 1.0, 2.0],
        [0.0, 1.0, 2.0],
    ];
    let gather = Tensor::from_vec(4, 3, rows.concat());
    let layers = vec![
        Dense::new(spread, None, Some(Activation::Softplus)).unwrap(),
        Dense::new(gather, None, None).unwrap(),
    ];
    Perceptron::new(layers).unwrap()
}

/// The same result on one, two and five threads.
#[track_caller]
pub(super) fn assert_same_bits<R: PartialEq + std::fmt::Debug + Send>(all: impl Fn() -> R + Sync) {
    let runs = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(&all)
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

/// Points with coordinates in ±1, `[point][d]`.
pub(super) fn points(count: usize, d: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Test, 1);
    (0..count * d)
        .map(|_| 2.0 * stream.uniform() - 1.0)
        .collect()
}

/// The layers of a perceptron as one formula: what `geometry` differentiates by Taylor numbers, with
/// activations differentiated by power series.
pub(super) struct Written<'a>(pub(super) &'a Perceptron);

impl Formula for Written<'_> {
    fn source_dim(&self) -> usize {
        self.0.inputs()
    }

    fn target_dim(&self) -> usize {
        self.0.outputs()
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut a = x.to_vec();
        for layer in self.0.layers() {
            let unit = |r: usize| {
                let bias = S::constant(layer.bias().map_or(0.0, |b| b[r]));
                let terms = a.iter().enumerate();
                let u = terms.fold(bias, |sum, (i, &a)| sum + a * layer.weight().row(i)[r]);
                match layer.activation() {
                    Some(sigma) => u.chain(series::derivatives(sigma, u.real())),
                    None => u,
                }
            };
            a = (0..layer.outputs()).map(unit).collect();
        }
        out.copy_from_slice(&a);
    }
}

/// A perceptron without its lean methods: `geometry` provides them from the 2-jet.
pub(super) struct Plain<'a>(pub(super) &'a Perceptron);

impl Map for Plain<'_> {
    fn source_dim(&self) -> usize {
        self.0.inputs()
    }

    fn target_dim(&self) -> usize {
        self.0.outputs()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        self.0.value(x, out);
    }
}

impl C1Map for Plain<'_> {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        self.0.jet1(x, out);
    }
}

impl C2Map for Plain<'_> {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        self.0.jet2(x, out);
    }
}

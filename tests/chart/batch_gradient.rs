//! Weight gradients of geometric losses, on networks for either route of the connection: against the tape
//! on the same weights, and against differences.

use geogate::autograd::jet::{Jet, symmetric_pairs};
use geogate::autograd::{Tape, Var};
use geogate::chart::{BatchGeometry, Dense, Gradient, Perceptron};
use geogate::geometry::{self, ErrorKind};
use geogate::nn::Pass;
use geogate::nn::activation::Activation;
use geogate::tensor::{Tensor, Write};

use super::networks::{Network, SMOOTH, assert_same_bits, flat_at_zero, patterned, points};
use crate::closeness::{REVERSE_AGAINST_DIFFERENCES, assert_close, size};

/// Roundings in gradients of losses that square second derivatives, relative to the largest entry.
const ROUNDINGS: f64 = 1e4;

/// More than two groups of lanes, and not a whole number of them.
const POINTS: usize = 19;

/// A loss of a batch with its gradient.
type Loss = fn(&Perceptron, &[f64]) -> geometry::Result<Gradient>;

const LOSSES: [(&str, Loss); 3] = [
    ("metric", |map, x| BatchGeometry::new(map).grad_metric(x)),
    ("christoffel", |map, x| {
        BatchGeometry::new(map).grad_christoffel(x)
    }),
    ("scalar", |map, x| BatchGeometry::new(map).grad_scalar(x)),
];

/// All weights and biases, layer after layer.
fn flat(gradient: &Gradient) -> Vec<f64> {
    let layers = gradient.layers.iter();
    let numbers = layers.flat_map(|l| [l.weight.as_slice(), l.bias.as_deref().unwrap_or(&[])]);
    numbers.flatten().copied().collect()
}

/// Networks with one to three hidden layers; `[1, 9, 7, 2]` and `[2, 40, 3]` are leaner forwards.
fn networks() -> impl Iterator<Item = Network> {
    let shapes: [&[usize]; 6] = [
        &[1, 9, 7, 2],
        &[2, 8, 6, 3],
        &[2, 40, 3],
        &[3, 7, 9, 5],
        &[3, 6, 5, 7, 4],
        &[5, 12, 10, 9],
    ];
    let each = shapes.into_iter().enumerate();
    each.map(|(k, sizes)| Network::new(sizes, SMOOTH[k % SMOOTH.len()], 700 + k as u64))
}

/// The loss of `of` and its gradient by the tape, from the stacks of first and second derivatives.
fn by_tape(
    network: &Network,
    x: &[f64],
    of: impl Fn(&mut Tape<f64>, (Var, usize), Var) -> Var,
) -> (f64, Vec<f64>) {
    let d = network.perceptron.inputs();
    let n = x.len() / d;
    let mut tape = Tape::new();
    let bound = network.parameters.bind(&mut tape, true);
    let at = tape.constant(&Tensor::from_vec(n, d, x.to_vec()));
    let unit = |k: usize| Tensor::from_fn(n, d, |_, j| if j == k { 1.0 } else { 0.0 });
    let directions: Vec<Var> = (0..d).map(|k| tape.constant(&unit(k))).collect();
    let jet = Jet::along(&mut tape, at, &directions, &symmetric_pairs(d));
    let jet = (network.mlp).forward_jet(&mut Pass::new(&mut tape, &bound), jet);
    let (first, second) = (jet.firsts(&mut tape, 0, d), jet.seconds(&mut tape));
    let loss = of(&mut tape, (first, d), second);
    tape.backward(loss);
    let mut gradient = vec![0.0; network.parameters.values().len()];
    network
        .parameters
        .gradient_into(&bound, &tape, &mut gradient, Write::Replace);
    (tape.value(loss).to_scalar(), gradient)
}

#[test]
fn the_metric_loss_agrees_with_the_tape() {
    for network in networks() {
        let d = network.perceptron.inputs();
        let x = points(POINTS, d, 710);
        let (loss, want) = by_tape(&network, &x, |tape, (j, d), _| {
            let g = tape.pullback_metric(j, d);
            let unit = |_, at| if at / d == at % d { 1.0 } else { 0.0 };
            let identity = tape.constant(&Tensor::from_fn(POINTS, d * d, unit));
            let departure = tape.mean_square_difference(g, identity);
            tape.scale(departure, (d * d) as f64)
        });
        let got = BatchGeometry::new(&network.perceptron)
            .grad_metric(&x)
            .unwrap();
        assert_close(&[got.loss], &[loss], ROUNDINGS, loss);
        assert_close(&flat(&got), &want, ROUNDINGS, size(&want, 0.0));
    }
}

#[test]
fn the_curvature_loss_agrees_with_the_tape() {
    for network in networks().filter(|n| n.perceptron.inputs() > 1) {
        let x = points(POINTS, network.perceptron.inputs(), 720);
        let (loss, want) = by_tape(&network, &x, |tape, j, h| {
            let scalar = tape.scalar_curvature(j, h);
            assert!(scalar.degenerate.is_empty());
            tape.mean_square(scalar.value)
        });
        let got = BatchGeometry::new(&network.perceptron)
            .grad_scalar(&x)
            .unwrap();
        // the tape inverts g, whose condition is some thousands here
        let conditioned = 100.0 * ROUNDINGS;
        assert_close(&[got.loss], &[loss], conditioned, loss);
        assert_close(&flat(&got), &want, conditioned, size(&want, 0.0));
    }
}

/// The perceptron with its weights moved along `direction`.
fn moved(map: &Perceptron, direction: &[f64], by: f64) -> Perceptron {
    let mut along = direction.iter();
    let mut shift = |w: &f64| w + by * along.next().unwrap();
    let layers = map.layers().iter().map(|layer| {
        let (rows, cols) = layer.weight().shape();
        let weight = layer.weight().as_slice().iter().map(&mut shift).collect();
        let bias = layer.bias().map(|b| b.iter().map(&mut shift).collect());
        Dense::new(
            Tensor::from_vec(rows, cols, weight),
            bias,
            layer.activation(),
        )
        .unwrap()
    });
    Perceptron::new(layers.collect()).unwrap()
}

/// The derivative of a loss along `direction`, extrapolated from central differences.
fn difference(map: &Perceptron, x: &[f64], of: Loss, direction: &[f64]) -> f64 {
    const STEP: f64 = 1e-3;
    let at = |by: f64| of(&moved(map, direction, by), x).unwrap().loss;
    let central = |h: f64| (at(h) - at(-h)) / (2.0 * h);
    (4.0 * central(STEP) - central(2.0 * STEP)) / 3.0
}

#[track_caller]
fn assert_differences(name: &str, map: &Perceptron, x: &[f64], of: Loss) {
    let gradient = of(map, x).unwrap();
    let gradient = flat(&gradient);
    for seed in 0..3 {
        let mut direction = points(1, gradient.len(), 730 + seed);
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        direction.iter_mut().for_each(|v| *v /= length);
        let want = difference(map, x, of, &direction);
        let got: f64 = gradient.iter().zip(&direction).map(|(g, v)| g * v).sum();
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let error = (got - want).abs() / norm;
        // random weights twice as large as usual: fifth derivatives in the thousands of the gradient
        assert!(
            error < 1e3 * REVERSE_AGAINST_DIFFERENCES,
            "{name}: {got:e}, differences {want:e}, error {error:e}"
        );
    }
}

#[test]
fn the_christoffel_loss_is_that_of_the_symbols() {
    for network in networks() {
        let x = points(POINTS, network.perceptron.inputs(), 725);
        let batch = BatchGeometry::new(&network.perceptron);
        let squares: f64 = batch.christoffel(&x).iter().map(|g| g * g).sum();
        let (got, want) = (
            batch.grad_christoffel(&x).unwrap().loss,
            squares / POINTS as f64,
        );
        assert_close(&[got], &[want], ROUNDINGS, want);
    }
}

/// Wide enough that the second derivatives of a tile come in two chunks.
#[test]
fn chunks_of_second_derivatives_agree_with_differences() {
    let map = Network::new(&[8, 128, 128, 16], Activation::Tanh, 745).perceptron;
    let x: Vec<f64> = points(5, 8, 746).iter().map(|x| 0.5 * x).collect();
    let (name, of) = LOSSES[2];
    assert_differences(name, &map, &x, of);
}

/// A mean over many tiles is the mean of those of its halves.
#[test]
fn tiles_add_up() {
    let map = Network::new(&[3, 30, 30, 6], Activation::Silu, 747).perceptron;
    let x = points(500, 3, 748);
    for (_, of) in LOSSES {
        let [first, second, all] = [&x[..750], &x[750..], &x].map(|x| of(&map, x).unwrap());
        assert_close(
            &[0.5 * (first.loss + second.loss)],
            &[all.loss],
            ROUNDINGS,
            all.loss,
        );
        let halves = flat(&first).into_iter().zip(flat(&second));
        let mean: Vec<f64> = halves.map(|(a, b)| 0.5 * (a + b)).collect();
        let all = flat(&all);
        assert_close(&mean, &all, ROUNDINGS, size(&all, 0.0));
    }
}

#[test]
fn every_loss_agrees_with_differences() {
    for network in networks() {
        let map = &network.perceptron;
        let x = points(POINTS, map.inputs(), 740);
        for (name, of) in LOSSES {
            if name != "scalar" || map.inputs() > 1 {
                assert_differences(name, map, &x, of);
            }
        }
    }
}

/// Layers without activation at the beginning, in the middle and at the end, one at the very end, and
/// layers without bias.
#[test]
fn activations_may_stand_anywhere() {
    let tanh = Some(Activation::Tanh);
    let patterns = [
        [None, None, tanh, None],
        [tanh, None, tanh, None],
        [tanh, tanh, None, tanh],
        [None, tanh, None, None],
    ];
    let sizes = [2, 4, 5, 6, 4];
    for (at, pattern) in patterns.into_iter().enumerate() {
        let map = patterned(&sizes, &pattern, 750 + 4 * at as u64);
        let x = points(POINTS, 2, 780);
        for (name, of) in LOSSES {
            assert_differences(name, &map, &x, of);
        }
    }
}

/// (x, y) ↦ (a x, b y): g = diag(a², b²), so ∂/∂a ‖g − I‖² = 4 a (a² − 1).
#[test]
fn a_linear_map_has_the_closed_form() {
    let stretch = Tensor::from_vec(2, 2, vec![2.0, 0.0, 0.0, 3.0]);
    let map = Perceptron::new(vec![Dense::new(stretch, None, None).unwrap()]).unwrap();
    let batch = BatchGeometry::new(&map);
    let x = points(POINTS, 2, 790);
    let metric = batch.grad_metric(&x).unwrap();
    assert_close(&[metric.loss], &[9.0 + 64.0], 8.0, 73.0);
    assert_close(&flat(&metric), &[24.0, 0.0, 0.0, 96.0], 8.0, 96.0);
    for (_, of) in &LOSSES[1..] {
        let flatness = of(&map, &x).unwrap();
        assert_eq!((flatness.loss, flat(&flatness)), (0.0, vec![0.0; 4]));
    }
}

#[test]
fn single_precision_agrees_to_its_own() {
    let map = Network::new(&[3, 20, 20, 7], Activation::Tanh, 791)
        .perceptron
        .cast::<f32>();
    let x: Vec<f32> = points(POINTS, 3, 792).iter().map(|&x| x as f32).collect();
    let (double, x64) = (
        map.cast::<f64>(),
        x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(),
    );
    let got = BatchGeometry::new(&map).grad_christoffel(&x).unwrap();
    let want = BatchGeometry::new(&double).grad_christoffel(&x64).unwrap();
    for (got, want) in got.layers.iter().zip(&want.layers) {
        let want = want.weight.as_slice();
        assert_close(got.weight.as_slice(), want, ROUNDINGS, size(want, 0.0));
    }
}

#[test]
fn every_number_of_threads_gives_the_same_bits() {
    let map = Network::new(&[3, 30, 30, 6], Activation::Silu, 793).perceptron;
    let x = points(700, 3, 794);
    let all = || LOSSES.map(|(_, of)| of(&map, &x).unwrap());
    assert_same_bits(all);
}

#[test]
fn a_degenerate_point_is_named() {
    let map = flat_at_zero();
    let batch = BatchGeometry::new(&map);
    assert!(batch.grad_metric(&[-0.5, 0.0]).is_ok());
    for (_, of) in &LOSSES[1..] {
        let error = of(&map, &[-0.5, 0.25, 0.0, 1.0]).unwrap_err();
        let ErrorKind::Singular { point, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(point, &[0.0]);
        // in a late tile
        let mut many = vec![-0.5; 300];
        many[290] = 0.0;
        let late = of(&map, &many).unwrap_err();
        assert!(matches!(late.kind(), ErrorKind::Singular { point, .. } if point == &[0.0]));
    }
}

#[test]
fn no_points_have_no_loss() {
    let map = Network::new(&[3, 5, 4], Activation::Tanh, 795).perceptron;
    for (_, of) in LOSSES {
        let gradient = of(&map, &[]).unwrap();
        assert_eq!(gradient.loss, 0.0);
        assert!(flat(&gradient).iter().all(|&g| g == 0.0));
    }
}

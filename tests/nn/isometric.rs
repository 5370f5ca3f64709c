//! What starts isometric, and what cannot.

use geogate::autograd::Tape;
use geogate::autograd::jet::Jet;
use geogate::nn::activation::Activation;
use geogate::nn::{Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

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

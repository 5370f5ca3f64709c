//! The scalar curvature as one node of the tape: against the rule of the tape's jets on the same weights,
//! against differences, and where it does not exist.

use geogate::autograd::jet::{Jet, symmetric_pairs};
use geogate::autograd::{Masked, Tape, Var, gradcheck};
use geogate::chart::scalar_curvature;
use geogate::nn::activation::Activation;
use geogate::nn::{Bound, Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Real, Tensor, Write};

use super::networks::{Network, points};
use crate::closeness::{assert_gradient, size};

/// More than two groups of lanes, and not a whole number of them.
const POINTS: usize = 19;

/// Relative to the largest entry. It is 1e-15 to 1e-13 in most random networks; where a tangent plane of a surface
/// nearly collapses, both ways lose digits, the rule of the jets by the condition of g, that of the square of J.
const CLOSE: f64 = 1e-12;

/// R at every row by one of two ways.
type Way<T> = fn(&mut Pass<'_, T>, &Mlp, Var) -> Masked;

/// R from the stacks of first and second derivatives by all coordinates and pairs.
fn by_jets<T: Real>(pass: &mut Pass<'_, T>, phi: &Mlp, z: Var) -> Masked {
    let (rows, d) = pass.tape.shape(z);
    let unit = |k: usize| {
        let entry = |_, j| if j == k { T::ONE } else { T::ZERO };
        Tensor::from_fn(rows, d, entry)
    };
    let axes: Vec<Var> = (0..d).map(|k| pass.tape.constant(&unit(k))).collect();
    let jet = Jet::along(pass.tape, z, &axes, &symmetric_pairs(d));
    let jet = phi.forward_jet(pass, jet);
    let (j, h) = (jet.firsts(pass.tape, 0, d), jet.seconds(pass.tape));
    pass.tape.scalar_curvature((j, d), h)
}

/// R, the rows at which it does not exist, and the gradients of `Σ R̄ R` by points and weights.
struct Answer {
    scalar: Vec<f64>,
    degenerate: Vec<usize>,
    points: Vec<f64>,
    weights: Vec<f64>,
    /// Singular values of the first degenerate row.
    singular_values: Vec<f64>,
}

fn answer(network: &Network, (x, bars): (&[f64], &[f64]), way: Way<f64>) -> Answer {
    let (rows, d) = (bars.len(), x.len() / bars.len());
    let mut tape = Tape::new();
    let bound = network.parameters.bind(&mut tape, true);
    let z = tape.variable(&Tensor::from_vec(rows, d, x.to_vec()));
    let r = way(&mut Pass::new(&mut tape, &bound), &network.mlp, z);
    let bars = Tensor::from_vec(rows, 1, bars.to_vec());
    tape.backward_from(&[(r.value, bars)]);
    let mut weights = vec![0.0; network.parameters.values().len()];
    (network.parameters).gradient_into(&bound, &tape, &mut weights, Write::Replace);
    Answer {
        scalar: tape.value(r.value).as_slice().to_vec(),
        degenerate: r.degenerate,
        points: tape.gradient(z).unwrap().as_slice().to_vec(),
        weights,
        singular_values: tape.breakdowns()[0].singular_values.clone(),
    }
}

/// Equal to [`CLOSE`], relative to the largest entry.
#[track_caller]
fn assert_equal(name: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{name}");
    let scale = size(want, 0.0);
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs() / scale;
        assert!(
            error <= CLOSE,
            "{name}, entry {at}: {got:e}, {want:e}, error {error:e}"
        );
    }
}

/// Adjoints of R, one a row.
fn bars(rows: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Test, 2);
    (0..rows).map(|_| stream.normal()).collect()
}

#[test]
fn gradients_are_those_of_the_jets() {
    let shapes: [&[usize]; 4] = [
        &[2, 12, 10, 3],
        // by pairs forward
        &[3, 14, 12, 7],
        &[8, 24, 20, 16],
        // two tiles
        &[8, 128, 128, 16],
    ];
    for (k, sizes) in shapes.into_iter().enumerate() {
        for activation in [Activation::Silu, Activation::Tanh] {
            let network = Network::new(sizes, activation, 804 + k as u64);
            let (x, seeds) = (points(POINTS, sizes[0], 810), bars(POINTS, 811));
            let [got, want] = [scalar_curvature, by_jets as Way<f64>]
                .map(|way| answer(&network, (&x, &seeds), way));
            let name = |what: &str| format!("{sizes:?}, {activation:?}, {what}");
            assert!(got.degenerate.is_empty() && want.degenerate.is_empty());
            assert_equal(&name("R"), &got.scalar, &want.scalar);
            assert_equal(&name("points"), &got.points, &want.points);
            assert_equal(&name("weights"), &got.weights, &want.weights);
        }
    }
}

/// A normal space of more dimensions than there are pairs, no hidden layer at all, and one.
#[test]
fn every_shape_has_a_gradient() {
    for sizes in [&[2, 9, 8, 16][..], &[2, 5], &[3, 11, 4]] {
        let network = Network::new(sizes, Activation::Softplus, 820);
        let (x, seeds) = (points(POINTS, sizes[0], 821), bars(POINTS, 822));
        let [got, want] =
            [scalar_curvature, by_jets as Way<f64>].map(|way| answer(&network, (&x, &seeds), way));
        let floor = if sizes.len() == 2 { 1.0 } else { 0.0 };
        for (got, want) in [
            (&got.scalar, &want.scalar),
            (&got.points, &want.points),
            (&got.weights, &want.weights),
        ] {
            let scale = size(want, floor);
            for (got, want) in got.iter().zip(want) {
                assert!(
                    (got - want).abs() <= CLOSE * scale,
                    "{sizes:?}: {got}, {want}"
                );
            }
        }
    }
}

#[test]
fn gradients_agree_with_differences() {
    for activation in [Activation::Silu, Activation::Tanh] {
        let network = Network::new(&[3, 8, 7, 6], activation, 830);
        let mut inputs = vec![Tensor::from_vec(5, 3, points(5, 3, 831))];
        inputs.extend(
            (network.parameters.iter())
                .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec())),
        );
        let found = gradcheck::disagreement(&inputs, 1e-3, |tape, vars| {
            let weights = Bound::from_vars(vars[1..].to_vec());
            let mut pass = Pass::new(tape, &weights);
            let r = scalar_curvature(&mut pass, &network.mlp, vars[0]);
            tape.mean_square(r.value)
        });
        assert_gradient("scalar curvature", found);
    }
}

/// Half of the errors of R are below 1e-5 of the value.
#[test]
fn single_precision_keeps_five_digits_of_curvature() {
    let network = Network::new(&[8, 64, 64, 16], Activation::Tanh, 840);
    let (rows, d) = (200, 8);
    let x: Vec<f32> = points(rows, d, 841).iter().map(|&x| x as f32).collect();
    let mut stream = Stream::new(840, Purpose::Test, 0);
    let mut single = Parameters::<f32>::new();
    let mlp = Mlp::new(
        &mut single,
        "f",
        &[d, 64, 64, 16],
        Activation::Tanh,
        &mut stream,
    );
    for (w, &double) in single
        .values_mut()
        .iter_mut()
        .zip(network.parameters.values())
    {
        *w = double as f32;
    }
    let mut tape = Tape::<f32>::new();
    let bound = single.bind(&mut tape, true);
    let z = tape.constant(&Tensor::from_vec(rows, d, x.clone()));
    let r = scalar_curvature(&mut Pass::new(&mut tape, &bound), &mlp, z);
    let mut double = network;
    for (w, &single) in double
        .parameters
        .values_mut()
        .iter_mut()
        .zip(single.values())
    {
        *w = f64::from(single);
    }
    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let want = answer(&double, (&x, &vec![1.0; rows]), by_jets).scalar;
    let got = tape.value(r.value).as_slice().iter();
    let error = |(&got, want): (&f32, &f64)| (f64::from(got) / want - 1.0).abs();
    let mut errors: Vec<f64> = got.zip(&want).map(error).collect();
    errors.sort_by(f64::total_cmp);
    assert!(errors[rows / 2] < 1e-5, "median {:e}", errors[rows / 2]);
}

/// `(x, y) ↦ (x, e(y), 2 e(y))` with e even: rank 1 where y = 0.
fn folded() -> Network {
    let mut network = Network::new(&[2, 4, 3], Activation::Softplus, 850);
    let spread = [1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0];
    // ln(1 + e^x) − ln(1 + e^-x) = x
    let gather = [
        1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0,
    ];
    let weights = [&spread[..], &gather].concat();
    network.parameters.values_mut().copy_from_slice(&weights);
    network
}

#[test]
fn degenerate_rows_are_named_and_leave_the_others_alone() {
    let network = folded();
    let (mut x, seeds) = (points(POINTS, 2, 851), bars(POINTS, 852));
    let sound = answer(&network, (&x, &seeds), scalar_curvature);
    let (mut left_out, lost) = (seeds.clone(), [3, 17]);
    for row in lost {
        x[2 * row + 1] = 0.0;
        left_out[row] = 0.0;
    }
    let [got, want] =
        [scalar_curvature, by_jets as Way<f64>].map(|way| answer(&network, (&x, &seeds), way));
    assert_eq!(
        (&got.degenerate[..], &want.degenerate[..]),
        (&lost[..], &lost[..])
    );
    for row in lost {
        assert_eq!(
            (got.scalar[row], &got.points[2 * row..][..2]),
            (0.0, &[0.0; 2][..])
        );
    }
    assert!(got.points.iter().chain(&got.weights).all(|g| g.is_finite()));
    assert_equal(
        "singular values",
        &got.singular_values,
        &want.singular_values,
    );
    let others = (0..POINTS).filter(|row| !lost.contains(row));
    for row in others {
        assert_eq!(got.scalar[row].to_bits(), sound.scalar[row].to_bits());
    }
}

#[test]
fn a_tape_repeats_a_step_bit_for_bit() {
    let network = Network::new(&[4, 20, 20, 8], Activation::Silu, 860);
    let (x, seeds) = (points(POINTS, 4, 861), bars(POINTS, 862));
    let mut tape = Tape::new();
    let mut step = |rows: usize| {
        tape.clear();
        let bound = network.parameters.bind(&mut tape, true);
        let z = tape.variable(&Tensor::from_vec(rows, 4, x[..4 * rows].to_vec()));
        let r = scalar_curvature(&mut Pass::new(&mut tape, &bound), &network.mlp, z);
        let seeds = Tensor::from_vec(rows, 1, seeds[..rows].to_vec());
        tape.backward_from(&[(r.value, seeds)]);
        let mut gradient = vec![0.0; network.parameters.values().len()];
        (network.parameters).gradient_into(&bound, &tape, &mut gradient, Write::Replace);
        gradient
    };
    let fresh = step(POINTS);
    // other numbers in the memory that is kept
    step(5);
    assert_eq!(step(POINTS), fresh);
}

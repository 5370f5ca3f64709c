//! How long does a gradient take? One question each: a perceptron, the message passing of a batch
//! of molecules, and losses of first and second derivatives.
//!
//! Throughput is in flops of the matrix products (a multiplication and an addition each): value,
//! gradient of the inputs where these are not data, gradient of the weights. The bytes in the names are what one
//! pass must move at least: activations written and read again, weights and their gradients. Single precision,
//! one thread.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use geogate::autograd::jet::Jet;
use geogate::autograd::{Tape, Var};
use geogate::nn::activation::Activation;
use geogate::nn::{
    Dmpnn, DmpnnShape, GraphReadout, GraphWidths, Mlp, Parameters, Pass, Refinement,
};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Write;

mod graphs;
use graphs::{FEATURES, KINDS, matrix};

/// Rows of a batch and widths of a perceptron.
const PERCEPTRONS: &[(usize, &[usize])] = &[(64, &[300, 300, 50]), (512, &[300, 300, 50])];
/// Rows, widths, directions and order of a jet.
const JETS: &[(usize, &[usize], usize, usize)] = &[
    (64, &[300, 100, 50], 1, 1),
    (64, &[300, 100, 50], 4, 1),
    (64, &[300, 100, 50], 1, 2),
    (64, &[300, 100, 50], 4, 2),
];
/// Molecules of a batch, width and depth of the message passing.
const GRAPHS: &[(usize, usize, usize)] = &[(64, 100, 3), (64, 300, 3)];
const BYTES: usize = size_of::<f32>();

/// Flops of value and gradient on one row, and numbers the layers write. The first layer's input is
/// a constant and has no gradient.
fn layers(sizes: &[usize]) -> (usize, usize) {
    let products: usize = sizes.windows(2).map(|s| 2 * s[0] * s[1]).sum();
    let flops = 3 * products - 2 * sizes[0] * sizes[1];
    (flops, sizes[1..].iter().sum())
}

/// One step: the loss of `f` and the flat gradient of all weights.
fn step(
    tape: &mut Tape<f32>,
    parameters: &Parameters<f32>,
    gradient: &mut [f32],
    f: impl Fn(&mut Pass<'_, f32>) -> Var,
) -> f32 {
    tape.clear();
    let bound = parameters.bind(tape, true);
    let loss = f(&mut Pass::new(tape, &bound));
    tape.backward(loss);
    parameters.gradient_into(&bound, tape, gradient, Write::Replace);
    tape.value(loss).to_scalar()
}

/// Checks the gradient of `f` once, against a difference along itself, then measures steps.
fn measure(
    criterion: &mut Criterion,
    name: (&str, String),
    (flops, bytes): (usize, usize),
    mut parameters: Parameters<f32>,
    f: impl Fn(&mut Pass<'_, f32>) -> Var + Copy,
) {
    let mut tape = Tape::new();
    let mut gradient = vec![0.0; parameters.values().len()];
    step(&mut tape, &parameters, &mut gradient, f);
    assert_descends(&mut parameters, &gradient, f);
    let mut group = criterion.benchmark_group(name.0);
    group.throughput(Throughput::Elements(flops as u64));
    let label = format!(
        "{}, {:.1} Mflop, {:.1} MB",
        name.1,
        flops as f64 / 1e6,
        bytes as f64 / 1e6
    );
    group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
        bencher.iter(|| black_box(step(&mut tape, &parameters, &mut gradient, f)));
    });
    group.finish();
}

/// The slope of the loss along its normalised gradient is the gradient's length. Single precision
/// and relu leave two digits.
fn assert_descends(
    parameters: &mut Parameters<f32>,
    gradient: &[f32],
    f: impl Fn(&mut Pass<'_, f32>) -> Var + Copy,
) {
    const STEP: f64 = 1e-2;
    let start = parameters.values().to_vec();
    let length = gradient
        .iter()
        .map(|&g| f64::from(g).powi(2))
        .sum::<f64>()
        .sqrt();
    let mut loss = |step_length: f64| {
        for ((w, &start), &g) in parameters.values_mut().iter_mut().zip(&start).zip(gradient) {
            *w = start + (step_length / length * f64::from(g)) as f32;
        }
        let mut scratch = vec![0.0; start.len()];
        f64::from(step(&mut Tape::new(), parameters, &mut scratch, f))
    };
    let slope = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
    loss(0.0);
    let error = (slope / length - 1.0).abs();
    assert!(
        error < 0.05,
        "slope {slope}, length of the gradient {length}"
    );
}

fn perceptron(criterion: &mut Criterion) {
    for &(rows, sizes) in PERCEPTRONS {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let network = Mlp::new(&mut parameters, "f", sizes, Activation::Silu, &mut stream);
        let x = matrix(rows, sizes[0], 0);
        let (flops, written) = layers(sizes);
        let bytes = BYTES * (3 * rows * written + 3 * parameters.values().len());
        let label = format!("{rows} rows through {sizes:?}");
        let cost = (rows * flops, bytes);
        measure(criterion, ("perceptron", label), cost, parameters, |pass| {
            let x = pass.tape.constant(&x);
            let y = network.forward(pass, x);
            pass.tape.mean_square(y)
        });
    }
}

fn jets(criterion: &mut Criterion) {
    for &(rows, sizes, directions, order) in JETS {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let network = Mlp::new(&mut parameters, "f", sizes, Activation::Silu, &mut stream);
        let x = matrix(rows, sizes[0], 0);
        let v: Vec<_> = (1..)
            .take(directions)
            .map(|k| matrix(rows, sizes[0], k))
            .collect();
        let (flops, written) = layers(sizes);
        let stacked = rows * (1 + directions * order);
        let bytes = BYTES * (3 * stacked * written + 3 * parameters.values().len());
        let label =
            format!("order {order}, {directions} directions, {rows} rows through {sizes:?}");
        let cost = (stacked * flops, bytes);
        measure(criterion, ("jet", label), cost, parameters, |pass| {
            let x = pass.tape.constant(&x);
            let jet = Jet::seed(pass.tape, x, &v, order);
            let jet = network.forward_jet(pass, jet);
            let last = if order == 2 {
                jet.second(pass.tape, 0)
            } else {
                jet.first(pass.tape, 0)
            };
            pass.tape.mean_square(last)
        });
    }
}

fn message_passing(criterion: &mut Criterion) {
    for &(molecules, width, depth) in GRAPHS {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let shape = DmpnnShape {
            width,
            depth,
            readout: GraphReadout::Norm,
        };
        let features = GraphWidths {
            atoms: FEATURES.0,
            bonds: FEATURES.1,
        };
        let network = Dmpnn::new(&mut parameters, "d", features, shape, &mut stream);
        let batch = graphs::molecules(molecules, 0);
        let rows = Refinement::new(&batch, depth).rows();
        let bonds = batch.graph().bonds();
        // features are constants, multiplied once per kind: no gradient of theirs
        let inputs = KINDS.0 * 2 * FEATURES.0 + KINDS.1 * FEATURES.1;
        let flops = 2 * width * (3 * rows * width + 2 * inputs);
        // a sum and a result for each row, starts of messages (at most), and the molecules
        let written = width * (2 * rows + KINDS.0 * KINDS.1 + molecules);
        let bytes = BYTES * (3 * written + 3 * parameters.values().len());
        let label = format!("{molecules} molecules, {bonds} bonds, width {width}, depth {depth}");
        let cost = (flops, bytes);
        measure(
            criterion,
            ("message passing", label),
            cost,
            parameters,
            |pass| {
                let y = network.forward(pass, &batch);
                pass.tape.mean_square(y)
            },
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .without_plots();
    targets = perceptron, jets, message_passing
}
criterion_main!(benches);

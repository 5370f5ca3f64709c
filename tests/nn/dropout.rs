//! Dropout: the same mask for the same stream, a fresh one at every call, and its gradient.

use geogate::autograd::{Tape, Var};
use geogate::nn::activation::Activation;
use geogate::nn::{Dropout, Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;
use proptest::prelude::*;

use crate::strategies;

fn dropout(rate: f64, seed: u64) -> Dropout {
    Dropout::new(rate, Stream::new(seed, Purpose::Dropout, 3))
}

/// Two masks, drawn one after the other.
fn masks(rate: f64, seed: u64, rows: usize, cols: usize) -> [Vec<f64>; 2] {
    let mut dropout = dropout(rate, seed);
    let mut tape = Tape::<f64>::new();
    let ones = tape.constant(&Tensor::from_fn(rows, cols, |_, _| 1.0));
    [(); 2].map(|()| {
        let y = dropout.apply(&mut tape, ones);
        tape.value(y).as_slice().to_vec()
    })
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn masks_are_fixed_by_the_stream(
        rate in 0.0..0.95, seed: u64,
        (rows, cols) in (strategies::length(), strategies::length()),
    ) {
        let [first, second] = masks(rate, seed, rows, cols);
        prop_assert_eq!([&first, &second], [&masks(rate, seed, rows, cols)[0], &masks(rate, seed, rows, cols)[1]]);
        let keep = 1.0 / (1.0 - rate);
        prop_assert!(first.iter().all(|&m| m == 0.0 || m == keep));
    }

    /// `ȳ ⊙ mask / (1 − rate)`: what is dropped gets no gradient.
    #[test]
    fn gradients_pass_the_same_mask(rate in 0.01..0.95, seed: u64) {
        let mut tape = Tape::<f64>::new();
        let x = tape.variable(&Tensor::from_fn(6, 5, |i, j| 1.0 + (i + j) as f64));
        let y = dropout(rate, seed).apply(&mut tape, x);
        let ones = Tensor::from_fn(6, 5, |_, _| 1.0);
        tape.backward_from(&[(y, ones)]);
        let mask = masks(rate, seed, 6, 5)[0].clone();
        prop_assert_eq!(tape.gradient(x).unwrap().as_slice(), mask);
    }
}

#[test]
fn every_call_draws_afresh_and_every_seed_differs() {
    let [first, second] = masks(0.5, 1, 16, 16);
    assert_ne!(first, second);
    assert_ne!(first, masks(0.5, 2, 16, 16)[0]);
}

#[test]
fn rate_zero_is_the_identity() {
    let mut tape = Tape::<f32>::new();
    let x: Var = tape.variable(&Tensor::scalar(1.0));
    assert_eq!(dropout(0.0, 1).apply(&mut tape, x), x);
}

#[test]
#[should_panic(expected = "rate 1 is not in [0, 1)")]
fn not_everything_can_be_dropped() {
    dropout(1.0, 1);
}

#[test]
#[should_panic(expected = "rate NaN is not in [0, 1)")]
fn a_rate_is_a_number() {
    dropout(f64::NAN, 1);
}

/// Hidden layers are dropped, outputs are not; without dropout the pass is the plain one.
#[test]
fn perceptrons_drop_hidden_values_only() {
    let mut parameters = Parameters::<f64>::new();
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let one = Mlp::new(
        &mut parameters,
        "one",
        &[3, 2],
        Activation::Tanh,
        &mut stream,
    );
    let two = Mlp::new(
        &mut parameters,
        "two",
        &[3, 64, 2],
        Activation::Tanh,
        &mut stream,
    );
    let x = strategies::PLAIN.matrix(4, 3, 0);
    let value = |network: &Mlp, dropped: bool| {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, false);
        let x = tape.constant(&x);
        let mut pass = Pass::new(&mut tape, &bound);
        pass.dropout = dropped.then(|| dropout(0.5, 1));
        let y = network.forward(&mut pass, x);
        tape.value(y).clone()
    };
    assert_eq!(value(&one, true), value(&one, false));
    assert_ne!(value(&two, true), value(&two, false));
    assert_eq!(value(&two, true), value(&two, true));
}

#[test]
fn the_mean_stays_and_the_share_is_dropped() {
    let mut dropout = Dropout::new(0.3, Stream::new(1, Purpose::Dropout, 0));
    let mut tape = Tape::<f64>::new();
    let n = 40_000;
    let x = tape.constant(&Tensor::from_fn(n, 1, |_, _| 1.0));
    let y = dropout.apply(&mut tape, x);
    let y = tape.value(y).as_slice();
    let dropped = y.iter().filter(|&&v| v == 0.0).count() as f64 / n as f64;
    let mean = y.iter().sum::<f64>() / n as f64;
    // five standard errors of a binomial share
    let bound = 5.0 * (0.3 * 0.7 / n as f64).sqrt();
    assert!((dropped - 0.3).abs() < bound, "{dropped}");
    assert!((mean - 1.0).abs() < bound / 0.7, "{mean}");
}

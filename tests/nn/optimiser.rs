//! Adam against the algorithm on single numbers.

use geogate::nn::{Adam, Parameters, clip_norm, clip_norm_within};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Real;
use proptest::prelude::*;

use crate::closeness::{assert_close, size};
use crate::strategies;

const STEPS: u64 = 50;

/// Adam on one number, as the paper writes it.
struct Scalar {
    w: f64,
    m: f64,
    v: f64,
}

impl Scalar {
    fn step(&mut self, t: i32, g: f64, rate: f64, decay: f64) {
        let (beta_1, beta_2) = (0.9_f64, 0.999_f64);
        self.m = beta_1 * self.m + (1.0 - beta_1) * g;
        self.v = beta_2 * self.v + (1.0 - beta_2) * g * g;
        let m_hat = self.m / (1.0 - beta_1.powi(t));
        let v_hat = self.v / (1.0 - beta_2.powi(t));
        self.w -= rate * decay * self.w;
        self.w -= rate * m_hat / (v_hat.sqrt() + 1e-8);
    }
}

/// Weights and the random gradients of every step: of sizes from 1e-6 to 1e3, some zero.
fn draws(n: usize, seed: u64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut stream = Stream::new(seed, Purpose::Test, 0);
    let weights: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    let mut gradient = |k: usize| match stream.below(5) {
        0 => 0.0,
        _ => stream.normal() * 10.0_f64.powi((k % 10) as i32 - 6),
    };
    let gradients = (0..STEPS).map(|_| (0..n).map(&mut gradient).collect());
    (weights, gradients.collect())
}

fn run<T: Real>(n: usize, seed: u64, decay: f64, interrupted_at: u64) -> (Vec<T>, Vec<f64>) {
    let (start, gradients) = draws(n, seed);
    let narrow = |x: &[f64]| -> Vec<T> { x.iter().map(|&x| T::from_f64(x)).collect() };
    let mut weights = narrow(&start);
    let mut reference: Vec<Scalar> = (weights.iter())
        .map(|w| Scalar {
            w: w.to_f64(),
            m: 0.0,
            v: 0.0,
        })
        .collect();
    let mut adam = Adam::<T>::new(n, decay);
    for (t, gradient) in (1..).zip(&gradients) {
        let rate = 1e-2 / f64::from(t).sqrt();
        let gradient = narrow(gradient);
        adam.step(&mut weights, &gradient, rate);
        for (scalar, g) in reference.iter_mut().zip(&gradient) {
            scalar.step(t, g.to_f64(), rate, decay);
        }
        if adam.steps() == interrupted_at {
            let (first, second) = adam.moments();
            adam = Adam::resume(first.to_vec(), second.to_vec(), adam.steps(), decay);
        }
    }
    assert_eq!(adam.steps(), STEPS);
    (weights, reference.iter().map(|s| s.w).collect())
}

proptest! {
    #![proptest_config(strategies::cases(48))]

    #[test]
    fn fifty_steps_follow_the_algorithm(
        n in strategies::length(), seed: u64, decay in prop_oneof![Just(0.0), 0.0..0.5],
    ) {
        let (got, want) = run::<f64>(n, seed, decay, 0);
        // three roundings of the weight and ten of its change, at every step
        assert_close(&got, &want, 4.0 * STEPS as f64, size(&want, 1.0));
        let (got, want) = run::<f32>(n, seed, decay, 0);
        assert_close(&got, &want, 4.0 * STEPS as f64, size(&want, 1.0));
    }

    #[test]
    fn an_interrupted_run_goes_on_bit_for_bit(n in strategies::length(), seed: u64, at in 1..STEPS) {
        prop_assert_eq!(run::<f32>(n, seed, 0.1, at), run::<f32>(n, seed, 0.1, 0));
    }

    #[test]
    fn clipping_keeps_the_direction(
        entries in strategies::entries(), n in strategies::length(), limit in 1e-3..1e3,
    ) {
        let before = entries.matrix(1, n, 0).into_vec();
        let mut after = before.clone();
        let norm = clip_norm(&mut after, limit);
        let want = before.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert_close(&[norm], &[want], 4.0 + n as f64, want);
        if want > limit {
            let scaled: Vec<f64> = before.iter().map(|g| g * limit / want).collect();
            assert_close(&after, &scaled, 8.0 + n as f64, limit);
        } else {
            prop_assert_eq!(after, before);
        }
    }
}

#[test]
fn nan_is_reported_by_the_norm() {
    assert!(clip_norm(&mut [1.0, f64::NAN], 1.0).is_nan());
}

#[test]
#[should_panic(expected = "adam: lengths differ")]
fn lengths_must_fit() {
    Adam::<f64>::new(2, 0.0).step(&mut [0.0; 2], &[0.0; 3], 0.1);
}

#[test]
fn the_first_steps_follow_the_algorithm() {
    // with a constant gradient m̂ = g and v̂ = g² at every step: each step is η · sign(g)
    let mut adam = Adam::<f64>::new(2, 0.0);
    let mut w = [1.0, 1.0];
    for k in 1..=3 {
        adam.step(&mut w, &[0.5, -2.0], 0.1);
        let moved = 0.1 * f64::from(k);
        assert!((w[0] - (1.0 - moved)).abs() < 1e-7 && (w[1] - (1.0 + moved)).abs() < 1e-7);
    }
    assert_eq!(adam.steps(), 3);
}

#[test]
fn weight_decay_is_decoupled() {
    let mut adam = Adam::<f64>::new(1, 0.5);
    let mut w = [2.0];
    adam.step(&mut w, &[0.0], 0.1);
    assert!((w[0] - 2.0 * (1.0 - 0.05)).abs() < 1e-15);
}

#[test]
fn what_lies_outside_the_blocks_is_left() {
    let (gradient, start) = ([1.0, f64::NAN, -3.0, 0.5], [4.0, 5.0, 6.0, 7.0]);
    let (mut whole, mut parts) = (Adam::new(4, 0.1), Adam::new(4, 0.1));
    let (mut w, mut u) = (start, start);
    for _ in 0..3 {
        whole.step(&mut w, &gradient, 0.1);
        parts.step_within(&[0..1, 2..4], &mut u, &gradient, 0.1);
    }
    assert_eq!([u[0], u[2], u[3]], [w[0], w[2], w[3]]);
    assert!(u[1] == start[1] && w[1].is_nan());
    let (first, second) = parts.moments();
    assert_eq!((first[1], second[1]), (0.0, 0.0));
}

#[test]
fn a_copy_of_what_is_trained_steps_on_as_the_original() {
    let mut stream = Stream::new(0, Purpose::Test, 0);
    let mut parameters = Parameters::<f64>::new();
    let mut add = |name| parameters.add(name, (1, 2), 1, &mut stream);
    let (frozen, _) = (add("frozen"), add("w"));
    let trained = parameters.trained(&[frozen]);
    let gradient = [f64::NAN, f64::NAN, -3.0, 0.5];
    let mut adam = Adam::new(4, 0.1);
    let start = adam.clone();
    let mut w = [1.0; 4];
    adam.step_within(trained.blocks(), &mut w, &gradient, 0.1);
    let mut copy = Adam::new(4, 0.2);
    copy.copy_trained(&adam, &trained);
    assert_eq!(copy, adam);
    copy.copy_trained(&start, &trained);
    assert_eq!(copy, start);
}

#[test]
fn a_quadratic_is_minimised() {
    let mut adam = Adam::<f32>::new(2, 0.0);
    let mut w = [3.0_f32, -2.0];
    for k in 0..2000 {
        let gradient = [2.0 * (w[0] - 1.0), 20.0 * w[1]];
        adam.step(&mut w, &gradient, 0.05 * (1.0 - f64::from(k) / 2000.0));
    }
    assert!((w[0] - 1.0).abs() < 1e-3 && w[1].abs() < 1e-3, "{w:?}");
}

#[test]
fn a_norm_within_blocks_has_the_bits_of_the_whole() {
    let blocks = [19..40, 45..77];
    let inside = |k: usize| blocks.iter().any(|block| block.contains(&k));
    let entry = |k: usize| if inside(k) { 0.1 + k as f32 } else { 0.0 };
    let gradient: Vec<f32> = (0..90).map(entry).collect();
    for limit in [1.0, 1e6] {
        let (mut whole, mut within) = (gradient.clone(), gradient.clone());
        let norms = [
            clip_norm(&mut whole, limit),
            clip_norm_within(&blocks, &mut within, limit),
        ];
        assert_eq!(norms[0], norms[1]);
        assert_eq!(whole, within);
    }
    assert_eq!(clip_norm_within(&[], &mut [1.0_f32], 1.0), 0.0);
}

#[test]
fn long_gradients_are_shortened_and_short_ones_kept() {
    let mut g = [3.0, 4.0];
    assert_eq!(clip_norm(&mut g, 10.0), 5.0);
    assert_eq!(g, [3.0, 4.0]);
    assert_eq!(clip_norm(&mut g, 1.0), 5.0);
    assert!((g[0] - 0.6_f64).abs() < 1e-15 && (g[1] - 0.8_f64).abs() < 1e-15);
}

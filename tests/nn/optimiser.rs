//! Adam against the algorithm on single numbers.

use geogate::nn::{Adam, clip_norm};
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

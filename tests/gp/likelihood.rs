//! Likelihoods against the dense formula, against each other, and their gradients against differences.

use geogate::gp::{Hyperparameters, Kernel, Labels, Likelihood};

use super::{COMPONENTS, Case, ROUNDINGS, moved, numbers, points};
use crate::closeness::{REVERSE_AGAINST_DIFFERENCES, assert_close, size};

/// Step of differences: with five points their error is h⁴ = 1e-12 and 1e-13/h = 1e-10 of rounding.
const STEP: f64 = 1e-3;

/// The slope at zero, by differences of five points.
fn difference(value: impl Fn(f64) -> f64) -> f64 {
    let near = value(STEP) - value(-STEP);
    let far = value(2.0 * STEP) - value(-2.0 * STEP);
    (8.0 * near - far) / (12.0 * STEP)
}

#[track_caller]
fn assert_gradient_is_that_of_differences(likelihood: &Likelihood, theta: &Hyperparameters) {
    let (_, gradient) = likelihood.evaluate(theta).unwrap();
    assert_eq!(gradient.len(), numbers(&mut theta.clone()).len());
    let bound = REVERSE_AGAINST_DIFFERENCES * size(&gradient, 1.0);
    for (k, slope) in gradient.iter().enumerate() {
        let at = |h: f64| likelihood.evaluate(&moved(theta, k, h)).unwrap().0;
        let want = difference(at);
        assert!(
            (slope - want).abs() < bound,
            "number {k}: {slope}, differences {want}"
        );
    }
}

#[test]
fn the_marginal_likelihood_is_that_of_the_dense_formula() {
    let small = Case::small();
    for case in [small.shuffled(), small, Case::large()] {
        let (value, _) = case.likelihood(0, false).evaluate(&case.theta).unwrap();
        let want = case.log_density();
        assert_close(&[value], &[want], ROUNDINGS, want.abs());
    }
}

#[test]
fn what_is_predicted_of_labels_is_the_likelihood_of_all_over_that_of_the_given() {
    let small = Case::small();
    for case in [small.shuffled(), small, Case::large()] {
        let n = case.values.len();
        let (all, slope_of_all) = case.likelihood(0, false).evaluate(&case.theta).unwrap();
        for given in [1, 9, 17, n - 1] {
            let likelihood = case.likelihood(given, false);
            assert_eq!(likelihood.len(), n - given);
            let (value, gradient) = likelihood.evaluate(&case.theta).unwrap();
            let known = case.of(&(0..given).collect::<Vec<_>>());
            let (part, slope) = known.likelihood(0, false).evaluate(&case.theta).unwrap();
            assert_close(&[value], &[all - part], ROUNDINGS, all.abs());
            let want: Vec<f64> = slope_of_all.iter().zip(slope).map(|(a, b)| a - b).collect();
            assert_close(&gradient, &want, ROUNDINGS, size(&slope_of_all, 1.0));
        }
    }
}

#[test]
fn the_gradient_of_the_marginal_likelihood_is_that_of_differences() {
    let case = Case::small();
    for case in [case.shuffled(), case] {
        assert_gradient_is_that_of_differences(&case.likelihood(0, false), &case.theta);
    }
}

#[test]
fn the_gradient_of_the_predictive_likelihood_is_that_of_differences() {
    let case = Case::small();
    for case in [case.shuffled(), case] {
        for given in [1, 16] {
            assert_gradient_is_that_of_differences(&case.likelihood(given, false), &case.theta);
        }
    }
}

#[test]
fn gradients_over_several_strips_are_those_of_differences() {
    let case = Case::large();
    let count = numbers(&mut case.theta.clone()).len();
    for given in [0, 20, 140] {
        let likelihood = case.likelihood(given, true);
        let (_, gradient) = likelihood.evaluate(&case.theta).unwrap();
        // one line along which every number moves, each at its own speed
        let speed = |k: usize| (1.0 + k as f64).sin();
        let at = |h: f64| {
            let along = |theta: Hyperparameters, k: usize| moved(&theta, k, h * speed(k));
            let theta = (0..count).fold(case.theta.clone(), along);
            likelihood.evaluate(&theta).unwrap().0
        };
        let slope: f64 = (gradient.iter().enumerate())
            .map(|(k, g)| g * speed(k))
            .sum();
        let want = difference(at);
        let bound = REVERSE_AGAINST_DIFFERENCES * size(&gradient, 1.0);
        assert!(
            (slope - want).abs() < bound,
            "{given} given: {slope}, differences {want}"
        );
    }
}

#[test]
fn what_has_no_length_has_no_slope_along_it() {
    let case = Case::small();
    for given in [0, 10] {
        let (_, gradient) = case.likelihood(given, false).evaluate(&case.theta).unwrap();
        // a length, two loadings and two own variances by component
        for (component, of) in COMPONENTS.iter().zip(gradient.chunks(5)) {
            assert_eq!(of[0] != 0.0, component.kernel == Kernel::Matern52);
        }
    }
}

#[test]
fn the_order_of_labels_does_not_matter() {
    let (case, other) = (Case::small(), Case::small().shuffled());
    let [(value, gradient), (want, slope)] = [&case, &other].map(|case| {
        let likelihood = case.likelihood(0, false);
        likelihood.evaluate(&case.theta).unwrap()
    });
    assert_close(&[value], &[want], ROUNDINGS, want.abs());
    assert_close(&gradient, &slope, ROUNDINGS, size(&slope, 1.0));
}

#[test]
#[should_panic(expected = "labels: 24 of 24 points, 24 given")]
fn labels_that_are_all_given_have_no_likelihood() {
    let _ = Case::small().likelihood(24, false);
}

#[test]
#[should_panic(expected = "labels: 1 of 2 points, 0 given")]
fn there_are_as_many_labels_as_points() {
    let labels = Labels {
        tasks: vec![0],
        values: vec![0.5],
    };
    let _ = Likelihood::new(
        &points(&super::molecules(2, 1)),
        &labels,
        0,
        &COMPONENTS,
        false,
    );
}

//! Defects of transitions in batches: closed forms, and the defects of single points.

use geogate::chart::{
    BatchGeometry, BatchTransition, Dense, LatentChart, Perceptron, TransitionDefects,
};
use geogate::geometry::{Transition, curvature};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, assert_same_bits, folded, points};
use crate::closeness::{assert_close, size};

/// 1e-11 in units of the spacing of numbers at one.
const CLOSE: f64 = 45_036.0;

/// Ratio of the singular values of a source's Jacobian above which points are not compared: single points invert g, whose
/// condition is the square, and the affine defect has two more factors of its inverse.
const WORST: f64 = 100.0;

/// More than two groups of lanes, and not a whole number of them.
const POINTS: usize = 21;

/// The defects of τ at the points z, `[point][i]`.
fn defects([from, to]: [&Perceptron; 2], tau: &Perceptron, z: &[f64]) -> TransitionDefects {
    let (from, to) = (BatchGeometry::new(from), BatchGeometry::new(to));
    BatchTransition::new(&from, &to, tau).defects(z, tau.evaluate(z))
}

fn linear(rows: usize, columns: usize, numbers: Vec<f64>) -> Perceptron {
    let weight = Tensor::from_vec(rows, columns, numbers);
    Perceptron::new(vec![Dense::new(weight, None, None).unwrap()]).unwrap()
}

/// Charts of (d, m) and (e, n) dimensions and a network between their coordinates by way of R^m.
fn pair((d, m): (usize, usize), (e, n): (usize, usize), seed: u64) -> [Perceptron; 3] {
    let network = |sizes: &[usize], activation, seed| Network::new(sizes, activation, seed);
    let from = network(&[d, 40, 40, m], Activation::Tanh, seed).perceptron;
    let to = network(&[e, 40, 40, n], Activation::Silu, seed + 1).perceptron;
    let back = network(&[m, 30, 30, e], Activation::Tanh, seed + 2).perceptron;
    let tau = from.then(&back);
    [from, to, tau]
}

#[test]
fn defects_are_those_of_single_points() {
    let shapes = [
        ((2, 4), (2, 4)),
        ((4, 9), (4, 9)),
        ((8, 16), (8, 16)),
        // another number of coordinates, m = d, and a curve
        ((2, 4), (3, 7)),
        ((3, 3), (2, 2)),
        ((1, 3), (2, 5)),
    ];
    for (k, (source, target)) in shapes.into_iter().enumerate() {
        let [from, to, tau] = pair(source, target, 1000 + 10 * k as u64);
        let z = points(POINTS, source.0, 1100);
        let found = defects([&from, &to], &tau, &z);
        let images = &found.images;
        assert_eq!(*images, tau.evaluate(&z));
        let [near, far] =
            [(&from, &z), (&to, images)].map(|(f, x)| BatchGeometry::new(f).factor(x));
        assert_close(&found.source_factor, &near, 64.0, size(&near, 0.0));
        assert_close(&found.target_factor, &far, 64.0, size(&far, 0.0));
        let charts = [from, to].map(|map| LatentChart::new(map).unwrap());
        let single = Transition::new(&charts[0], &charts[1], &tau);
        let mut compared = 0;
        for (p, z) in z.chunks(source.0).enumerate() {
            let values = charts[0].singular_values(z);
            if values[0] > WORST * values[source.0 - 1] {
                continue;
            }
            compared += 1;
            let isometry = single.isometry(z).unwrap().norm;
            assert_close(&[found.isometry[p]], &[isometry], CLOSE, isometry);
            let affine = single.affine(z).unwrap().norm;
            assert!(affine > 1e-3, "{affine}");
            assert_close(&[found.affine[p]], &[affine], CLOSE, affine);
            let image = &images[p * target.0..][..target.0];
            let scalar = curvature::scalar_curvature(&charts[1], image).unwrap();
            let scale = size(&[scalar], 1.0);
            assert_close(&[found.target_scalar[p]], &[scalar], CLOSE, scale);
        }
        assert!(compared > POINTS / 2, "{compared} points");
    }
}

/// `(x, y) ↦ (ln(1 + e^x), y, 0)`, so that g = diag(f'², 1) with f' = 1/(1 + e^-x), and Γ^x_xx = f''/f' = 1 − f' is all
/// there is of Γ; between two of them `(x, y) ↦ (2x, 3y)`:
///
/// ```text
/// AᵀA = diag((2 f'(2x)/f'(x))², 9)      (∇dτ)^x_xx = 4 Γ(2x) − 2 Γ(x), its length f'(2x)/f'(x)² times that
/// ```
#[test]
fn a_stretch_of_a_bent_coordinate_has_the_closed_form() {
    // ln(1 + e^y) − ln(1 + e^-y) = y
    let spread = Tensor::from_vec(2, 3, vec![1.0, 0.0, 0.0, 0.0, 1.0, -1.0]);
    let softplus = Dense::new(spread, None, Some(Activation::Softplus)).unwrap();
    let gather = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0];
    let gather = Dense::new(Tensor::from_vec(3, 3, gather), None, None).unwrap();
    let map = Perceptron::new(vec![softplus, gather]).unwrap();
    let z = points(POINTS, 2, 1200);
    let found = defects([&map, &map], &linear(2, 2, vec![2.0, 0.0, 0.0, 3.0]), &z);
    let slope = |x: f64| 1.0 / (1.0 + (-x).exp());
    for (p, z) in z.chunks(2).enumerate() {
        let [near, far] = [z[0], 2.0 * z[0]].map(slope);
        let stretch = (2.0 * far / near).powi(2) - 1.0;
        let isometry = stretch.hypot(8.0);
        assert_close(&[found.isometry[p]], &[isometry], 64.0, isometry);
        let curved = 4.0 * (1.0 - far) - 2.0 * (1.0 - near);
        let affine = curved.abs() * far / near.powi(2);
        assert_close(
            &[found.affine[p]],
            &[affine],
            64.0,
            4.0 * far / near.powi(2),
        );
    }
}

/// Planes in R⁴ and a linear map between them, none of which seconds: AᵀA is the metric of M in the metric of the source,
/// which is diag(4, 1), of the target diag(1, 9), and M = [[1, 2], [0, 1]] (rows are inputs).
#[test]
fn a_linear_map_of_planes_is_affine() {
    let from = linear(2, 4, vec![2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let to = linear(2, 4, vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0]);
    let z = points(POINTS, 2, 1210);
    let found = defects([&from, &to], &linear(2, 2, vec![1.0, 2.0, 0.0, 1.0]), &z);
    // images of the unit vectors (1/2, 0) and (0, 1): (1/2, 1) and (0, 1), of lengths² 1/4 + 9 and 9, product 9
    let want = (8.25_f64.powi(2) + 64.0 + 2.0 * 81.0).sqrt();
    for p in 0..POINTS {
        assert_close(&[found.isometry[p]], &[want], 8.0, want);
        assert_eq!((found.affine[p], found.target_scalar[p]), (0.0, 0.0));
    }
}

/// The identity of a chart has no defect.
#[test]
fn the_identity_has_no_defect() {
    let map = Network::new(&[3, 40, 7], Activation::Tanh, 1220).perceptron;
    let identity = linear(3, 3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let z = points(POINTS, 3, 1221);
    let found = defects([&map, &map], &identity, &z);
    for defect in found.isometry.iter().chain(&found.affine) {
        assert!(*defect < 1e-10, "{defect:e}");
    }
    assert_eq!(found.source_factor, found.target_factor);
}

/// A point at which the source or, at its image, the target is degenerate costs its own numbers alone.
#[test]
fn degenerate_ends_are_nan_alone() {
    let (curved, map) = (folded(), Network::new(&[2, 20, 5], Activation::Tanh, 1230));
    let identity = linear(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let z = [0.3, -0.5, 0.3, 0.0, 0.3, 0.5];
    let there = defects([&map.perceptron, &curved], &identity, &z);
    let back = defects([&curved, &map.perceptron], &identity, &z);
    for found in [&there, &back] {
        for p in 0..3 {
            assert_eq!(found.isometry[p].is_nan(), p == 1, "{found:?}");
            assert_eq!(found.affine[p].is_nan(), p == 1, "{found:?}");
        }
    }
    assert!(there.target_factor[4].is_nan() && there.target_scalar[1].is_nan());
    assert!(there.source_factor.iter().all(|r| r.is_finite()));
    assert!(back.source_factor[4].is_nan());
    let mut target = back.target_factor.iter().chain(&back.target_scalar);
    assert!(target.all(|r| r.is_finite()));
}

#[test]
fn every_number_of_threads_gives_the_same_defects() {
    let [from, to, tau] = pair((3, 7), (3, 7), 1240);
    let z = points(200, 3, 1250);
    assert_same_bits(|| defects([&from, &to], &tau, &z));
}

#[test]
#[should_panic(expected = "coordinates of 2 images")]
fn as_many_images_as_points_are_asked_for() {
    let identity = linear(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let geometry = BatchGeometry::new(&identity);
    let transition = BatchTransition::new(&geometry, &geometry, &identity);
    transition.defects(&[0.0; 4], vec![0.0; 2]);
}

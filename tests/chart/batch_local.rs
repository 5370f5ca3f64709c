//! The second fundamental form in frames, and the factor of the metric, against the geometry of single points.

use geogate::chart::{BatchGeometry, LatentChart};
use geogate::geometry::conventions::{index_pairs, pairs};
use geogate::geometry::{LocalGeometry, metric, quantity};
use geogate::nn::activation::Activation;

use super::networks::{Network, assert_same_bits, folded, points};
use crate::closeness::{assert_close, size};

/// 1e-11 in units of the spacing of numbers at one.
const CLOSE: f64 = 45_036.0;

/// More than two groups of lanes, and not a whole number of them.
const POINTS: usize = 21;

/// II is in n components where the map has one hidden layer or n = d, along normals elsewhere.
fn charts() -> impl Iterator<Item = LatentChart> {
    let shapes = [
        vec![1, 20, 2],
        vec![2, 64, 64, 3],
        vec![2, 64, 16],
        vec![4, 40, 40, 9],
        vec![8, 64, 64, 16],
        vec![3, 24, 24, 3],
    ];
    shapes.into_iter().enumerate().map(|(k, sizes)| {
        let activation = [Activation::Tanh, Activation::Silu][k % 2];
        let network = Network::new(&sizes, activation, 900 + k as u64);
        LatentChart::new(network.perceptron).unwrap()
    })
}

#[test]
fn the_factor_is_that_of_cholesky() {
    for chart in charts() {
        let d = chart.map().inputs();
        let x = points(POINTS, d, 910);
        let factors = BatchGeometry::new(chart.map()).factor(&x);
        for (x, r) in x.chunks(d).zip(factors.chunks(d * d)) {
            let gram = |at: usize| (0..d).map(|a| r[a * d + at / d] * r[a * d + at % d]).sum();
            let got: Vec<f64> = (0..d * d).map(gram).collect();
            let g = metric::metric(&chart, x).unwrap();
            assert_close(&got, g.components(), 64.0, size(g.components(), 0.0));
            for (a, i) in (0..d * d).map(|at| (at / d, at % d)) {
                let entry = r[a * d + i];
                assert!(a < i || (a == i && entry > 0.0) || entry == 0.0, "{r:?}");
            }
        }
    }
}

/// All inner products ⟨II_ab, II_ce⟩ in the frame, which do not depend on the basis of the normal space.
#[test]
fn forms_have_the_inner_products_of_single_points() {
    for chart in charts() {
        let (d, n) = (chart.map().inputs(), chart.map().outputs());
        let p = pairs(d);
        let x = points(POINTS, d, 911);
        let batch = BatchGeometry::new(chart.map());
        let found = batch.second_form(&x);
        let factor = batch.factor(&x);
        assert_close(&found.factor, &factor, 64.0, size(&factor, 0.0));
        assert_eq!(found.scalar, batch.ricci_scalar(&x));
        let mut local = LocalGeometry::new();
        let forms = found.form.chunks(p * found.components);
        for ((x, form), scalar) in x.chunks(d).zip(forms).zip(&found.scalar) {
            let asked = (
                quantity::SecondForm,
                quantity::Frame,
                quantity::ScalarCurvature,
            );
            let (curved, frame, want_scalar) = local.at(&chart, x, asked).unwrap();
            let want: Vec<Vec<f64>> = index_pairs(d)
                .map(|(a, b)| {
                    let mut out = vec![0.0; n];
                    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                        let weight = frame[[i, a]] * frame[[j, b]];
                        let curved = out.iter_mut().zip(curved.of(i, j));
                        curved.for_each(|(out, h)| *out += weight * h);
                    }
                    out
                })
                .collect();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let got: Vec<&[f64]> = form.chunks(found.components).collect();
            let each = || (0..p * p).map(|at| (at / p, at % p));
            let got: Vec<f64> = each().map(|(a, b)| dot(got[a], got[b])).collect();
            let want: Vec<f64> = each().map(|(a, b)| dot(&want[a], &want[b])).collect();
            // where n = d all of it is rounding
            let floor = if n == d { 1.0 } else { 0.0 };
            let scale = size(&want, floor);
            assert_close(&got, &want, CLOSE, scale);
            assert_close(&[*scalar], &[want_scalar], CLOSE, scale);
        }
    }
}

/// At a degenerate point nothing is a number, at others everything is.
#[test]
fn a_degenerate_point_has_no_form() {
    let map = folded();
    let x = [0.3, -0.5, 0.3, 0.0, 0.3, 0.5];
    let batch = BatchGeometry::new(&map);
    let found = batch.second_form(&x);
    for values in [&found.factor, &found.form, &found.scalar, &batch.factor(&x)] {
        let size = values.len() / 3;
        for (k, value) in values.iter().enumerate() {
            assert_eq!(value.is_nan(), k / size == 1, "{values:?}");
        }
    }
}

#[test]
fn every_number_of_threads_gives_the_same_forms() {
    let map = Network::new(&[4, 30, 30, 9], Activation::Silu, 920).perceptron;
    let x = points(300, 4, 921);
    assert_same_bits(|| BatchGeometry::new(&map).second_form(&x));
}

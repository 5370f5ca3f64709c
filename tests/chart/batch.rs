//! Batched geometry against the geometry of single points.

use geogate::chart::{BatchGeometry, Dense, LatentChart, Perceptron};
use geogate::geometry::conventions::{ROUNDOFF, rank};
use geogate::geometry::extrinsic::second_fundamental_form;
use geogate::geometry::metric::{inverse, orthonormal_frame};
use geogate::geometry::{C2Map, ErrorKind, Jet2, LocalGeometry, quantity};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, SMOOTH, assert_same_bits, flat_at_zero, folded, patterned, points};
use crate::closeness::{assert_close, size};

/// Roundings of tensors made of products of derivatives, relative to the largest entry; inverting g
/// multiplies them by its condition, a few hundred here.
const ROUNDINGS: f64 = 1e5;

/// Roundings of the scalar curvature, relative to [`cancelling`].
const ROUNDINGS_OF_CURVATURE: f64 = 1024.0;

/// All that batches compute, at a single point: g, Γ, and R_ijkl, Ric_jl, R.
pub(super) const EVERYTHING: (
    quantity::Metric,
    quantity::Christoffel,
    (
        quantity::Riemann,
        quantity::Ricci,
        quantity::ScalarCurvature,
    ),
) = (
    quantity::Metric,
    quantity::Christoffel,
    (
        quantity::Riemann,
        quantity::Ricci,
        quantity::ScalarCurvature,
    ),
);

/// More than a tile, and not a whole number of tiles.
const POINTS: usize = 70;

/// Networks wide enough that g is well-conditioned; the connection of the last is leaner forwards.
fn charts() -> impl Iterator<Item = LatentChart> {
    let shapes = [(1, 2), (2, 3), (2, 16), (3, 3), (4, 9), (5, 10), (8, 16)];
    let deep = shapes.into_iter().map(|(d, n)| vec![d, 24, 20, n]);
    let all = deep.chain([vec![2, 40, 6]]).enumerate();
    all.map(|(k, sizes)| {
        let network = Network::new(&sizes, SMOOTH[k % SMOOTH.len()], 500 + k as u64);
        LatentChart::new(network.perceptron).unwrap()
    })
}

/// What cancels in the scalar curvature: |II|² in an orthonormal frame, and the square of what
/// rounding leaves of the tangential part of H where that is large.
fn cancelling(chart: &LatentChart, x: &[f64], epsilon: f64) -> f64 {
    let (d, n) = (chart.map().inputs(), chart.map().outputs());
    let frame = orthonormal_frame(chart, x).unwrap();
    let mut jet = Jet2::new();
    chart.jet2(x, &mut jet);
    let vector = |a: usize| (0..d).map(|i| frame[[i, a]]).collect::<Vec<_>>();
    let mut second = vec![0.0; n];
    let mut total = 0.0;
    for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
        jet.second_along(&vector(a), &vector(b), &mut second);
        total += second.iter().map(|h| h * h).sum::<f64>();
    }
    let g_inv = inverse(chart, x).unwrap();
    let form = second_fundamental_form(chart, x).unwrap();
    let form = form.squared_norm(&g_inv);
    form + ROUNDINGS_OF_CURVATURE * epsilon * total
}

#[test]
fn batches_agree_with_single_points() {
    for chart in charts() {
        let d = chart.map().inputs();
        let x = points(POINTS, d, 510);
        let batch = BatchGeometry::new(chart.map());
        let (g, gamma, alone) = (
            batch.metric(&x),
            batch.christoffel(&x),
            batch.ricci_scalar(&x),
        );
        let ((ricci, scalar), curvature) = (batch.ricci(&x), batch.riemann(&x));
        assert_eq!(
            (g.len(), gamma.len(), scalar.len()),
            (POINTS * d * d, POINTS * d * d * d, POINTS)
        );
        let mut local = LocalGeometry::new();
        for (p, x) in x.chunks(d).enumerate() {
            let (metric, connection, curvatures) = local.at(&chart, x, EVERYTHING).unwrap();
            let metric = metric.components();
            assert_close(
                &g[p * d * d..][..d * d],
                metric,
                ROUNDINGS,
                size(metric, 0.0),
            );
            let want = connection.components();
            assert_close(
                &gamma[p * d * d * d..][..d * d * d],
                want,
                ROUNDINGS,
                size(want, 1.0),
            );
            let scale = cancelling(&chart, x, f64::EPSILON);
            for scalar in [&scalar, &curvature.scalar, &alone] {
                let got = &scalar[p..=p];
                assert_close(got, &[curvatures.2], ROUNDINGS_OF_CURVATURE, scale);
            }
            // the same numbers cancel, times entries of g once or twice
            let g = size(metric, 1.0);
            for ricci in [&ricci, &curvature.ricci] {
                let got = &ricci[p * d * d..][..d * d];
                let want = curvatures.1.components();
                assert_close(got, want, ROUNDINGS_OF_CURVATURE, scale * g);
            }
            let got = &curvature.riemann[p * d.pow(4)..][..d.pow(4)];
            let want = curvatures.0.components();
            assert_close(got, want, ROUNDINGS_OF_CURVATURE, scale * g * g);
        }
    }
}

#[test]
fn single_precision_agrees_to_its_own() {
    for chart in charts() {
        let d = chart.map().inputs();
        let x = points(POINTS, d, 520);
        // weights and points that both precisions hold
        let single = chart.map().cast::<f32>();
        let double = single.cast::<f64>();
        let x32: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let x64: Vec<f64> = x32.iter().map(|&x| f64::from(x)).collect();
        let (batch, want) = (BatchGeometry::new(&single), BatchGeometry::new(&double));
        let g = want.metric(&x64);
        assert_close(&batch.metric(&x32), &g, 256.0, size(&g, 0.0));
        let gamma = want.christoffel(&x64);
        assert_close(
            &batch.christoffel(&x32),
            &gamma,
            ROUNDINGS,
            size(&gamma, 1.0),
        );
        let scalar = want.ricci_scalar(&x64);
        assert_close(
            &batch.ricci_scalar(&x32),
            &scalar,
            ROUNDINGS,
            size(&scalar, 1.0),
        );
    }
}

/// The Jacobian of the batch is the one of single points, and its Gram matrix the metric.
#[test]
fn jacobians_agree_with_single_points() {
    for chart in charts() {
        let (d, n) = (chart.map().inputs(), chart.map().outputs());
        let x = points(POINTS, d, 515);
        let batch = BatchGeometry::new(chart.map());
        let (jac, g) = batch.jac_metric(&x);
        assert_eq!(g, batch.metric(&x));
        let mut jet = Jet2::new();
        for (p, x) in x.chunks(d).enumerate() {
            chart.jet2(x, &mut jet);
            let (got, want) = (&jac[p * d * n..][..d * n], jet.first.jac());
            assert_close(got, want, 256.0, size(want, 1.0));
        }
    }
}

/// Affine layers at the beginning, in the middle, at the end and alone, and an activation at the end.
#[test]
fn activations_may_stand_anywhere_or_nowhere() {
    let tanh = Some(Activation::Tanh);
    let patterns = [
        [None, None, tanh, None],
        [tanh, None, tanh, None],
        [tanh, tanh, None, tanh],
        [None, tanh, None, None],
        [None, None, None, None],
    ];
    let sizes = [2, 4, 5, 6, 4];
    for (at, pattern) in patterns.into_iter().enumerate() {
        let map = patterned(&sizes, &pattern, 550 + 4 * at as u64);
        let chart = LatentChart::new(map).unwrap();
        let x = points(POINTS, 2, 580);
        let batch = BatchGeometry::new(chart.map());
        let (gamma, (ricci, scalar)) = (batch.christoffel(&x), batch.ricci(&x));
        let mut local = LocalGeometry::new();
        for (p, x) in x.chunks(2).enumerate() {
            let curvatures = (quantity::Ricci, quantity::ScalarCurvature);
            let asked = (quantity::Metric, quantity::Christoffel, curvatures);
            let (metric, connection, (tensor, trace)) = local.at(&chart, x, asked).unwrap();
            let want = connection.components();
            assert_close(&gamma[8 * p..][..8], want, ROUNDINGS, size(want, 1.0));
            let scale = cancelling(&chart, x, f64::EPSILON);
            let c = ROUNDINGS_OF_CURVATURE;
            assert_close(&scalar[p..=p], &[trace], c, scale);
            let g = size(metric.components(), 1.0);
            assert_close(&ricci[4 * p..][..4], tensor.components(), c, scale * g);
        }
    }
}

/// Scalar curvature in single precision: half of the errors are below 1e-5 of the value.
#[test]
fn single_precision_keeps_five_digits_of_curvature() {
    for (d, n, seed) in [(2, 8, 590), (4, 16, 591), (8, 32, 592)] {
        let map = Network::new(&[d, 64, 64, n], Activation::Tanh, seed).perceptron;
        let single = map.cast::<f32>();
        let double = single.cast::<f64>();
        let x: Vec<f32> = points(200, d, seed).iter().map(|&x| x as f32).collect();
        let x64: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let got = BatchGeometry::new(&single).ricci_scalar(&x);
        let want = BatchGeometry::new(&double).ricci_scalar(&x64);
        let error = |(got, want): (&f32, &f64)| (f64::from(*got) / want - 1.0).abs();
        let mut errors: Vec<f64> = got.iter().zip(&want).map(error).collect();
        errors.sort_by(f64::total_cmp);
        assert!(errors[100] < 1e-5, "d = {d}: median {:e}", errors[100]);
    }
}

#[test]
fn every_number_of_threads_gives_the_same_bits() {
    let map = Network::new(&[3, 30, 30, 6], Activation::Silu, 530).perceptron;
    let x = points(500, 3, 531);
    let all = || {
        let batch = BatchGeometry::new(&map);
        (
            batch.metric(&x),
            batch.christoffel(&x),
            batch.ricci(&x),
            batch.riemann(&x),
        )
    };
    assert_same_bits(all);
}

/// (x, y, (x² + y²)/2 to second order) at the origin: g = 1, Γ = 0, K = 1, R = 2.
#[test]
fn a_bowl_has_the_closed_form() {
    // ln(1 + e^t) = ln 2 + t/2 + t²/8 + O(t⁴): the difference of ±x is x, twice the sum is 4 ln 2 + x²/2
    let spread = Tensor::from_vec(2, 4, vec![1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0]);
    let gather = vec![1.0, 0.0, 2.0, -1.0, 0.0, 2.0, 0.0, 1.0, 2.0, 0.0, -1.0, 2.0];
    let layers = vec![
        Dense::new(spread, None, Some(Activation::Softplus)).unwrap(),
        Dense::new(Tensor::from_vec(4, 3, gather), None, None).unwrap(),
    ];
    let map = Perceptron::new(layers).unwrap();
    let batch = BatchGeometry::new(&map);
    let origin = [0.0, 0.0];
    assert_close(&batch.metric(&origin), &[1.0, 0.0, 0.0, 1.0], 4.0, 1.0);
    assert_close(&batch.christoffel(&origin), &[0.0; 8], 4.0, 1.0);
    assert_close(&batch.ricci_scalar(&origin), &[2.0], 8.0, 2.0);
}

/// At a degenerate point all entries of what needs the inverse metric are NaN, none at any other; the
/// rank is lost in the only direction there is, or in the last of two.
#[test]
fn a_degenerate_point_is_nan_alone() {
    for (map, x) in [
        (flat_at_zero(), vec![-0.5, 0.0, 0.5]),
        (folded(), vec![0.3, -0.5, 0.3, 0.0, 0.3, 0.5]),
    ] {
        let d = map.inputs();
        let batch = BatchGeometry::new(&map);
        let (jac, g) = batch.jac_metric(&x);
        assert!(jac.iter().chain(&g).all(|x| x.is_finite()));
        assert_eq!(g[2 * d * d - 1], 0.0);
        let (ricci, curvature) = (batch.ricci(&x), batch.riemann(&x));
        let results = [
            batch.christoffel(&x),
            batch.ricci_scalar(&x),
            ricci.0,
            ricci.1,
            curvature.riemann,
            curvature.ricci,
            curvature.scalar,
        ];
        for (at, values) in results.iter().enumerate() {
            let size = values.len() / 3;
            for (k, value) in values.iter().enumerate() {
                assert_eq!(
                    value.is_nan(),
                    k / size == 1,
                    "d = {d}, result {at}: {values:?}"
                );
            }
        }
        let error = batch.immersion(&x).unwrap_err();
        let ErrorKind::Singular { point, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(point, &x[d..2 * d]);
        assert!(batch.immersion(&x[..d]).is_ok());
        assert!(batch.grad_metric(&x).is_ok());
        let chart = LatentChart::new(map).unwrap();
        let lost = rank(&chart.singular_values(&x[d..2 * d]), ROUNDOFF);
        assert_eq!(lost, d - 1);
    }
}

/// A point that overflows is not finite, and not a loss of rank.
/// (x, y) ↦ (x + 2y) (1, 0, 3): nothing but a lost frame says that there is no curvature.
#[test]
fn a_linear_map_without_full_rank_has_no_curvature() {
    let weight = Tensor::from_vec(2, 3, vec![1.0, 0.0, 3.0, 2.0, 0.0, 6.0]);
    let map = Perceptron::new(vec![Dense::new(weight, None, None).unwrap()]).unwrap();
    let batch = BatchGeometry::new(&map);
    let x = [0.5, -1.0];
    let ((ricci, scalar), curvature) = (batch.ricci(&x), batch.riemann(&x));
    let alone = batch.ricci_scalar(&x);
    let tensors = [ricci, scalar, alone, curvature.riemann, curvature.ricci];
    let mut numbers = tensors.iter().flatten().chain(&curvature.scalar);
    assert!(numbers.all(|x: &f64| x.is_nan()), "{tensors:?}");
}

/// Two coordinates that a map cannot tell apart, in different panels of the orthonormalisation: no point has full rank.
#[test]
fn coordinates_that_do_the_same_have_no_connection() {
    let entry = |i: usize, j: usize| ((i * 8 + j) as f64).sin();
    let first = Tensor::from_fn(5, 8, |i, j| entry(if i == 4 { 1 } else { i }, j));
    let layers = vec![
        Dense::new(first, None, Some(Activation::Tanh)).unwrap(),
        Dense::new(Tensor::from_fn(8, 7, |i, j| entry(i + 5, j)), None, None).unwrap(),
    ];
    let map = Perceptron::new(layers).unwrap();
    let batch = BatchGeometry::new(&map);
    let x = points(9, 5, 600);
    let error = batch.immersion(&x).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Singular { point, .. } if *point == x[..5]),
        "{error}"
    );
    let tensors = [batch.christoffel(&x), batch.ricci_scalar(&x)];
    assert!(tensors.iter().flatten().all(|x: &f64| x.is_nan()));
}

#[test]
fn a_point_out_of_range_is_told_apart() {
    let map = flat_at_zero();
    let batch = BatchGeometry::new(&map);
    let error = batch.immersion(&[0.5, f64::NAN]).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotFinite { .. }),
        "{error}"
    );
    assert!(batch.christoffel(&[0.5, f64::NAN])[0].is_finite());
}

/// Reused memory holds the same numbers, also after a larger batch.
#[test]
fn riemann_goes_into_memory_that_is_there() {
    let map = Network::new(&[3, 20, 6], Activation::Tanh, 596).perceptron;
    let batch = BatchGeometry::new(&map);
    let mut out = batch.riemann(&points(POINTS, 3, 597));
    let x = points(5, 3, 598);
    batch.riemann_into(&x, &mut out);
    assert_eq!(out, batch.riemann(&x));
}

/// One point alone is the same point in a batch.
#[test]
fn one_point_is_a_batch() {
    for chart in charts() {
        let d = chart.map().inputs();
        let x = points(POINTS, d, 595);
        let batch = BatchGeometry::new(chart.map());
        let all = batch.christoffel(&x);
        let last = &all[(POINTS - 1) * d.pow(3)..];
        let alone = batch.christoffel(&x[(POINTS - 1) * d..]);
        assert_close(&alone, last, ROUNDINGS, size(last, 1.0));
    }
}

#[test]
fn no_points_give_nothing() {
    let map = Network::new(&[3, 5, 4], Activation::Tanh, 540).perceptron;
    assert!(BatchGeometry::new(&map).metric(&[]).is_empty());
    assert!(BatchGeometry::new(&map).ricci_scalar(&[]).is_empty());
}

#[test]
#[should_panic(expected = "batch: 4 numbers, points of 3")]
fn half_a_point_is_refused() {
    let map = Network::new(&[3, 5, 4], Activation::Tanh, 541).perceptron;
    BatchGeometry::new(&map).metric(&[0.0; 4]);
}

//! Batched geometry against the geometry of single points.

use geogate::chart::{BatchGeometry, Dense, LatentChart, Perceptron};
use geogate::geometry::extrinsic::second_fundamental_form;
use geogate::geometry::metric::{inverse, orthonormal_frame};
use geogate::geometry::{Ask, C2Map, Jet2, LocalGeometry};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, SMOOTH, points};
use crate::closeness::{assert_close, size};

/// Roundings of tensors made of products of derivatives, relative to the largest entry; inverting g
/// multiplies them by its condition, a few hundred here.
const ROUNDINGS: f64 = 1e5;

/// Roundings of the scalar curvature, relative to [`cancelling`].
const ROUNDINGS_OF_CURVATURE: f64 = 1024.0;

/// More than a tile, and not a whole number of tiles.
const POINTS: usize = 70;

/// Networks wide enough that g is well-conditioned.
fn charts() -> impl Iterator<Item = LatentChart> {
    let shapes = [(1, 2), (2, 3), (2, 16), (3, 3), (4, 9), (5, 10), (8, 16)];
    shapes.into_iter().enumerate().map(|(k, (d, n))| {
        let sizes = [d, 24, 20, n];
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
    let bent = second_fundamental_form(chart, x).unwrap();
    let bent = bent.squared_norm(g_inv.components());
    bent + ROUNDINGS_OF_CURVATURE * epsilon * total
}

#[test]
fn batches_agree_with_single_points() {
    for chart in charts() {
        let d = chart.map().inputs();
        let x = points(POINTS, d, 510);
        let batch = BatchGeometry::new(chart.map());
        let (g, gamma, scalar) = (
            batch.metric(&x),
            batch.christoffel(&x),
            batch.ricci_scalar(&x),
        );
        assert_eq!(
            (g.len(), gamma.len(), scalar.len()),
            (POINTS * d * d, POINTS * d * d * d, POINTS)
        );
        let mut local = LocalGeometry::new();
        for (p, x) in x.chunks(d).enumerate() {
            let everything = Ask::CHRISTOFFEL | Ask::SCALAR;
            let at = local.at(&chart, x, everything).unwrap();
            assert_close(
                &g[p * d * d..][..d * d],
                at.metric(),
                ROUNDINGS,
                size(at.metric(), 0.0),
            );
            let want = at.christoffel();
            assert_close(
                &gamma[p * d * d * d..][..d * d * d],
                want,
                ROUNDINGS,
                size(want, 1.0),
            );
            let scale = cancelling(&chart, x, f64::EPSILON);
            assert_close(
                &scalar[p..=p],
                &[at.scalar()],
                ROUNDINGS_OF_CURVATURE,
                scale,
            );
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

#[test]
fn every_number_of_threads_gives_the_same_bits() {
    let map = Network::new(&[3, 30, 30, 6], Activation::Silu, 530).perceptron;
    let x = points(500, 3, 531);
    let all = || {
        let batch = BatchGeometry::new(&map);
        (
            batch.metric(&x),
            batch.christoffel(&x),
            batch.ricci_scalar(&x),
        )
    };
    let runs = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(all)
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
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

#[test]
fn a_degenerate_point_is_nan_alone() {
    // ln(1 + e^x) + ln(1 + e^-x) is even: it has no slope at 0, and one everywhere else
    let spread = Tensor::from_vec(1, 2, vec![1.0, -1.0]);
    let gather = Tensor::from_vec(2, 2, vec![1.0, 2.0, 1.0, 2.0]);
    let layers = vec![
        Dense::new(spread, None, Some(Activation::Softplus)).unwrap(),
        Dense::new(gather, None, None).unwrap(),
    ];
    let map = Perceptron::new(layers).unwrap();
    let batch = BatchGeometry::new(&map);
    let x = [-0.5, 0.0, 0.5];
    assert_eq!(batch.metric(&x)[1], 0.0);
    let nan = |values: Vec<f64>| values.iter().map(|v| v.is_nan()).collect::<Vec<_>>();
    assert_eq!(nan(batch.christoffel(&x)), [false, true, false]);
    assert_eq!(nan(batch.ricci_scalar(&x)), [false, true, false]);
    assert_eq!(LatentChart::new(map).unwrap().rank(&[0.0]), 0);
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

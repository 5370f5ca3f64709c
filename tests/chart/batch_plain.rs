//! Every batched quantity of well-conditioned charts against the plain route, one point after the
//! other, to 1e-12 of the largest entry.

use super::batch::EVERYTHING;
use geogate::chart::{BatchGeometry, LatentChart};
use geogate::geometry::{C2Map, Jet2, LocalGeometry, quantity};
use geogate::nn::activation::Activation;

use super::networks::{Network, points};
use crate::closeness::{assert_close, size};

/// 1e-12 in units of the spacing of numbers at one.
const CLOSE: f64 = 4503.0;

/// More than two groups of lanes, and not a whole number of them.
const POINTS: usize = 21;

/// Charts with many more components than coordinates; the last is wide enough that its products are
/// packed where vectors are long.
fn charts() -> impl Iterator<Item = (LatentChart, Vec<f64>)> {
    // the last has more pairs and units than are summed at a time
    let shapes = [
        (2, 16, 64),
        (4, 16, 64),
        (8, 40, 64),
        (3, 24, 200),
        (12, 40, 150),
    ];
    shapes.into_iter().enumerate().map(|(k, (d, n, h))| {
        let activation = [Activation::Tanh, Activation::Silu][k % 2];
        let network = Network::new(&[d, h, h, n], activation, 860 + k as u64);
        let chart = LatentChart::new(network.perceptron).unwrap();
        (chart, points(POINTS, d, 870))
    })
}

#[test]
fn tensors_agree_with_the_plain_route() {
    for (chart, x) in charts() {
        let (d, n) = (chart.map().inputs(), chart.map().outputs());
        let batch = BatchGeometry::new(chart.map());
        let ((jac, g), gamma) = (batch.jac_metric(&x), batch.christoffel(&x));
        let (curvature, (ricci, scalar)) = (batch.riemann(&x), batch.ricci(&x));
        let alone = batch.ricci_scalar(&x);
        let (mut local, mut jet) = (LocalGeometry::new(), Jet2::new());
        for (p, x) in x.chunks(d).enumerate() {
            let (metric, connection, curvatures) = local.at(&chart, x, EVERYTHING).unwrap();
            let (want_riemann, want_ricci, want_scalar) = curvatures;
            chart.jet2(x, &mut jet);
            let each: [(&[f64], &[f64]); 8] = [
                (&jac, jet.first.jac()),
                (&g, metric.components()),
                (&gamma, connection.components()),
                (&curvature.riemann, want_riemann.components()),
                (&curvature.ricci, want_ricci.components()),
                (&ricci, want_ricci.components()),
                (&scalar, &[want_scalar]),
                (&alone, &[want_scalar]),
            ];
            for (got, want) in each {
                let got = &got[p * want.len()..][..want.len()];
                assert_close(got, want, CLOSE, size(want, 1.0));
            }
            assert_close(
                &curvature.scalar[p..=p],
                &[want_scalar],
                CLOSE,
                size(&[want_scalar], 1.0),
            );
            assert_eq!(jac.len(), POINTS * d * n);
        }
    }
}

/// The acceleration `−Γ^k_ij v^i v^j` at a point.
fn acceleration(chart: &LatentChart, x: &[f64], v: &[f64]) -> Vec<f64> {
    let d = x.len();
    let mut local = LocalGeometry::new();
    let gamma = local.at(chart, x, quantity::Christoffel).unwrap();
    let sum = |k: usize| {
        (0..d * d)
            .map(|at| gamma[[k, at / d, at % d]] * v[at / d] * v[at % d])
            .sum::<f64>()
    };
    (0..d).map(|k| -sum(k)).collect()
}

/// The classical Runge–Kutta method written out over Christoffel symbols.
fn plain_geodesic(chart: &LatentChart, x: &[f64], v: &[f64], (h, steps): (f64, usize)) -> Vec<f64> {
    let along = |a: &[f64], s: f64, b: &[f64]| -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| a + s * b).collect()
    };
    let (mut x, mut v) = (x.to_vec(), v.to_vec());
    for _ in 0..steps {
        let (v1, a1) = (v.clone(), acceleration(chart, &x, &v));
        let v2 = along(&v, h / 2.0, &a1);
        let a2 = acceleration(chart, &along(&x, h / 2.0, &v1), &v2);
        let v3 = along(&v, h / 2.0, &a2);
        let a3 = acceleration(chart, &along(&x, h / 2.0, &v2), &v3);
        let v4 = along(&v, h, &a3);
        let a4 = acceleration(chart, &along(&x, h, &v3), &v4);
        for k in 0..x.len() {
            x[k] += h / 6.0 * (v1[k] + 2.0 * v2[k] + 2.0 * v3[k] + v4[k]);
            v[k] += h / 6.0 * (a1[k] + 2.0 * a2[k] + 2.0 * a3[k] + a4[k]);
        }
    }
    [x, v].concat()
}

#[test]
fn geodesics_agree_with_the_plain_route() {
    for (chart, x) in charts() {
        let d = chart.map().inputs();
        let v: Vec<f64> = points(POINTS, d, 880).iter().map(|v| 0.1 * v).collect();
        let ends = BatchGeometry::new(chart.map()).geodesic(&x, &v, (0.5, 5));
        for p in 0..POINTS {
            let at = p * d..(p + 1) * d;
            let want = plain_geodesic(&chart, &x[at.clone()], &v[at.clone()], (0.1, 5));
            let got = [&ends.points[at.clone()], &ends.velocities[at]].concat();
            assert_close(&got, &want, CLOSE, size(&want, 1.0));
        }
    }
}

/// Working memory that other jobs and other batches have left behind changes no bit.
#[test]
fn what_was_computed_before_does_not_matter() {
    for (chart, x) in charts() {
        let d = chart.map().inputs();
        let used = BatchGeometry::new(chart.map());
        let all = |batch: &BatchGeometry, x: &[f64]| {
            (
                (batch.metric(x), batch.christoffel(x), batch.ricci(x)),
                (batch.riemann(x), batch.geodesic(x, x, (0.01, 2))),
                (
                    batch.grad_metric(x),
                    batch.grad_christoffel(x),
                    batch.grad_scalar(x),
                ),
            )
        };
        let many = points(100, d, 890);
        let _ = all(&used, &many);
        for part in [&x[..], &x[..d], &many] {
            assert_eq!(
                all(&used, part),
                all(&BatchGeometry::new(chart.map()), part)
            );
        }
    }
}

/// Wherever a batch is cut into tiles, a point's results are its own.
#[test]
fn the_length_of_a_batch_does_not_matter() {
    for (chart, _) in charts() {
        let d = chart.map().inputs();
        let batch = BatchGeometry::new(chart.map());
        let x = points(400, d, 880);
        let (metric, gamma) = (batch.metric(&x), batch.christoffel(&x));
        let ends = batch.geodesic(&x, &x, (0.01, 2)).points;
        for count in (1..400).step_by(33) {
            let x = &x[..count * d];
            let each = [
                (batch.metric(x), &metric, d * d),
                (batch.christoffel(x), &gamma, d * d * d),
                (batch.geodesic(x, x, (0.01, 2)).points, &ends, d),
            ];
            for (got, want, numbers) in each {
                let want = &want[..count * numbers];
                assert_close(&got, want, CLOSE, size(want, 1.0));
            }
        }
    }
}

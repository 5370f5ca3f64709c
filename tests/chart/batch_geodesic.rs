//! Geodesics and logarithms of batches against those of single points, and their order.

use geogate::chart::{BatchGeometry, Dense, LatentChart, Perceptron, Shooting};
use geogate::geometry::{self, ErrorKind};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, SMOOTH, assert_same_bits, flat_at_zero, folded, points};
use crate::closeness::{assert_close, size};

/// More than two groups of lanes, and not a whole number of them.
const STARTS: usize = 19;

/// Charts, starts and velocities of short geodesics, `[start][i]`.
fn settings() -> impl Iterator<Item = (LatentChart, Vec<f64>, Vec<f64>)> {
    let shapes = [(1, 2), (2, 5), (4, 9), (8, 16)];
    shapes.into_iter().enumerate().map(|(k, (d, n))| {
        let network = Network::new(&[d, 24, 20, n], SMOOTH[k], 800 + k as u64);
        let shrunk =
            |seed, factor: f64| points(STARTS, d, seed).iter().map(|x| factor * x).collect();
        let chart = LatentChart::new(network.perceptron).unwrap();
        (chart, shrunk(810, 0.5), shrunk(811, 0.1))
    })
}

#[test]
fn geodesics_agree_with_single_ones() {
    for (chart, x, v) in settings() {
        let d = chart.map().inputs();
        let ends = BatchGeometry::new(chart.map()).geodesic(&x, &v, (1.0, 400));
        for (p, end) in ends.points.chunks(d).enumerate() {
            let (x, v) = (&x[p * d..][..d], &v[p * d..][..d]);
            let want = geometry::geodesic::exp(&chart, x, v).unwrap();
            // 400 steps of order 4, and 1e-10 of the adaptive method
            const AGREEMENT: f64 = 1e-8;
            for (got, want) in end.iter().zip(&want) {
                assert!((got - want).abs() < AGREEMENT, "{got} {want}");
            }
        }
    }
}

/// Speed g(ẋ, ẋ) is kept, to the accuracy of the method.
#[test]
fn geodesics_keep_their_speed() {
    for (chart, x, v) in settings() {
        let d = chart.map().inputs();
        let batch = BatchGeometry::new(chart.map());
        let ends = batch.geodesic(&x, &v, (1.0, 400));
        let speed = |g: &[f64], v: &[f64]| -> f64 {
            let terms = (0..d * d).map(|at| g[at] * v[at / d] * v[at % d]);
            terms.sum()
        };
        let (before, after) = (batch.metric(&x), batch.metric(&ends.points));
        for p in 0..STARTS {
            let (g, h) = (&before[p * d * d..][..d * d], &after[p * d * d..][..d * d]);
            let want = speed(g, &v[p * d..][..d]);
            let got = speed(h, &ends.velocities[p * d..][..d]);
            assert!((got / want - 1.0).abs() < 1e-7, "{got} {want}");
        }
    }
}

#[test]
fn the_order_is_four() {
    for (chart, x, v) in settings().skip(1) {
        let batch = BatchGeometry::new(chart.map());
        let ends = |steps| batch.geodesic(&x, &v, (1.0, steps)).points;
        let exact = ends(640);
        let error = |steps| {
            let ends = ends(steps);
            let squares = ends.iter().zip(&exact).map(|(a, b)| (a - b) * (a - b));
            squares.sum::<f64>().sqrt()
        };
        let slope = (error(20) / error(40)).log2();
        assert!((slope - 4.0).abs() < 0.2, "slope {slope}");
    }
}

/// Geodesics of a linear map are straight lines.
#[test]
fn straight_lines_of_a_linear_map() {
    let skew = Tensor::from_vec(2, 3, vec![2.0, 0.0, 1.0, 1.0, 3.0, 0.0]);
    let map = Perceptron::new(vec![Dense::new(skew, None, None).unwrap()]).unwrap();
    let ends = BatchGeometry::new(&map).geodesic(&[1.0, 2.0], &[0.5, -1.0], (2.0, 3));
    assert_close(&ends.points, &[2.0, 0.0], 8.0, 2.0);
    assert_eq!(ends.velocities, [0.5, -1.0]);
}

#[test]
fn logarithms_undo_geodesics() {
    for (chart, x, v) in settings() {
        let batch = BatchGeometry::new(chart.map());
        let shooting = Shooting::default();
        let ends = batch.geodesic(&x, &v, (1.0, shooting.steps));
        let log = batch.log(&x, &ends.points, shooting);
        assert!(log.converged.iter().all(|&c| c), "{:?}", log.residuals);
        assert!(
            log.iterations
                .iter()
                .all(|&i| 1 <= i && i <= shooting.iterations)
        );
        // a residual of 1e-10, through the inverse derivative of exp
        for (got, want) in log.velocities.iter().zip(&v) {
            assert!((got - want).abs() < 1e-8 * size(&v, 0.0), "{got} {want}");
        }
    }
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let (chart, x, v) = settings().nth(1).unwrap();
    let batch = BatchGeometry::new(chart.map());
    let ends = batch.geodesic(&x, &v, (1.0, 50));
    let one = Shooting {
        iterations: 1,
        ..Shooting::default()
    };
    let log = batch.log(&x, &ends.points, one);
    assert!(log.converged.iter().all(|&c| !c));
    assert!(log.residuals.iter().all(|&r| r > one.tolerance));
    // the start is its own target
    let still = batch.log(&x, &x, one);
    assert!(still.converged.iter().all(|&c| c) && still.velocities.iter().all(|&v| v == 0.0));
}

#[test]
fn every_number_of_threads_gives_the_same_bits() {
    let map = Network::new(&[3, 30, 30, 6], Activation::Silu, 820).perceptron;
    let (x, v) = (points(200, 3, 821), points(200, 3, 822));
    let all = || BatchGeometry::new(&map).geodesic(&x, &v, (0.25, 4));
    assert_same_bits(all);
}

/// A lost geodesic or logarithm costs no other, and says why.
#[test]
fn a_degenerate_start_is_lost_alone() {
    let map = flat_at_zero();
    let batch = BatchGeometry::new(&map);
    let (x, v) = ([-0.5, 0.0, 0.5], [0.01, 0.5, 0.02]);
    let ends = batch.geodesic(&x, &v, (1.0, 4));
    let nan = |values: &[f64]| values.iter().map(|v| v.is_nan()).collect::<Vec<_>>();
    assert_eq!(nan(&ends.points), [false, true, false]);
    assert_eq!(nan(&ends.velocities), [false, true, false]);
    let [(1, error)] = ends.lost.as_slice() else {
        panic!("{:?}", ends.lost);
    };
    let ErrorKind::Singular { point, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(point, &[0.0]);
    let alone = batch.geodesic(&[-0.5], &[0.01], (1.0, 4));
    assert_close(&ends.points[..1], &alone.points, 8.0, 1.0);
    let log = batch.log(&[0.0, 0.5], &[1.0, 0.6], Shooting::default());
    assert_eq!(nan(&log.velocities), [true, false]);
    assert_eq!(log.converged, [false, true]);
    assert_eq!(log.residuals[0], f64::INFINITY);
}

/// A velocity whose square overflows is not a loss of rank.
#[test]
fn a_geodesic_that_overflows_is_told_apart() {
    let map = folded();
    let batch = BatchGeometry::new(&map);
    let ends = batch.geodesic(&[0.1, 0.4, 0.2, -0.5], &[0.01, 0.02, 0.0, 1e300], (1.0, 4));
    let [(1, error)] = ends.lost.as_slice() else {
        panic!("{:?}", ends.lost);
    };
    let ErrorKind::NotFinite { point, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(point, &[0.2, -0.5]);
    assert!(ends.points[..2].iter().all(|x| x.is_finite()));
}

#[test]
fn no_starts_give_nothing() {
    let map = Network::new(&[3, 5, 4], Activation::Tanh, 830).perceptron;
    let batch = BatchGeometry::new(&map);
    assert!(batch.geodesic(&[], &[], (1.0, 3)).points.is_empty());
    assert!(
        batch
            .log(&[], &[], Shooting::default())
            .velocities
            .is_empty()
    );
}

#[test]
#[should_panic(expected = "0 steps")]
fn no_steps_are_refused() {
    let map = Network::new(&[1, 5, 4], Activation::Tanh, 832).perceptron;
    let _ = BatchGeometry::new(&map).geodesic(&[0.0], &[1.0], (1.0, 0));
}

#[test]
#[should_panic(expected = "geodesic: 3 coordinates, 2 of velocities, 1 steps")]
fn starts_without_velocities_are_refused() {
    let map = Network::new(&[1, 5, 4], Activation::Tanh, 831).perceptron;
    let _ = BatchGeometry::new(&map).geodesic(&[0.0; 3], &[0.0; 2], (1.0, 1));
}

//! Perceptrons as charts: the laws of Riemannian geometry, flatness, and what is said where the
//! rank drops.

use geogate::autograd::Tape;
use geogate::chart::{BatchGeometry, Dense, LatentChart, Perceptron};
use geogate::error::{ErrorKind, WeightsFault};
use geogate::geometry::conventions::{ROUNDOFF, rank};
use geogate::geometry::{self, NormalCoordinates, curvature, exp, log, metric};
use geogate::nn::activation::Activation;
use geogate::tensor::{Real, Tensor};
use geogate_laws::{Probe, Subject, riemann_by_coordinates, suite};

use super::networks::{Network, SMOOTH, points};

fn chart(d: usize, n: usize, activation: Activation, seed: u64) -> LatentChart {
    LatentChart::new(Network::new(&[d, 12, 10, n], activation, seed).perceptron).unwrap()
}

/// Checks the laws that apply at one probe, and says how many there were.
#[track_caller]
fn check(chart: &LatentChart, seed: u64, integrates: bool) -> usize {
    let d = chart.map().inputs();
    let subject = Subject::c3(chart);
    let parts = points(3, d, seed + 1)
        .chunks(d)
        .map(<[f64]>::to_vec)
        .collect();
    let probe = Probe::new(chart, &points(1, d, seed), parts, 0.2).unwrap();
    let applies = |law: &&geogate_laws::Law| law.applies(&subject).is_ok();
    let laws = suite().filter(|law| law.integrates == integrates && applies(law));
    laws.map(|law| {
        let evidence = law.check(&subject, &probe).unwrap();
        assert!(
            evidence.holds(),
            "{} in R^{d}, seed {seed}: {evidence}",
            law.name
        );
    })
    .count()
}

#[test]
fn pointwise_laws_hold() {
    for (k, (d, n)) in [
        (1, 1),
        (1, 2),
        (2, 2),
        (2, 3),
        (2, 4),
        (3, 4),
        (3, 6),
        (5, 10),
    ]
    .into_iter()
    .enumerate()
    {
        for (seed, activation) in (400 + 40 * k as u64..).step_by(10).zip(SMOOTH) {
            let laws = check(&chart(d, n, activation, seed), seed, false);
            // as many as on any chart that is not stated
            assert!(
                laws > if d == 1 { 8 } else { 16 },
                "{laws} laws in dimension {d}"
            );
        }
    }
}

#[test]
fn geodesic_laws_hold() {
    for (d, n, activation, seed) in [
        (1, 2, Activation::Silu, 800),
        (2, 3, Activation::Tanh, 810),
        (2, 4, Activation::Gelu, 820),
        (3, 6, Activation::Softplus, 830),
    ] {
        assert!(check(&chart(d, n, activation, seed), seed, true) > 4);
    }
}

#[test]
fn with_as_many_components_as_coordinates_a_chart_is_flat() {
    for (d, activation) in [
        (2, Activation::Tanh),
        (3, Activation::Silu),
        (5, Activation::Gelu),
    ] {
        let chart = chart(d, d, activation, 900);
        let z = points(1, d, 901);
        // the normal space is empty: what is left of II is rounding, squared
        let scalar = curvature::scalar_curvature(&chart, &z).unwrap();
        assert!(scalar.abs() < 1e-20, "{scalar:e}");
        // from third derivatives, where Γ² cancels against ∂Γ
        let riem = riemann_by_coordinates(&chart, &z).unwrap();
        assert!(riem.max_abs() < 1e-9, "{:e}", riem.max_abs());
    }
}

#[test]
fn a_line_has_a_length() {
    let chart = chart(1, 3, Activation::Tanh, 910);
    let g = metric::metric(&chart, &[0.3]).unwrap()[[0, 0]];
    let speed = chart.singular_values(&[0.3])[0];
    assert!((g - speed * speed).abs() < 1e-14 * g);
    assert_eq!(curvature::scalar_curvature(&chart, &[0.3]).unwrap(), 0.0);
    let radius = NormalCoordinates::at(&chart, &[0.3])
        .unwrap()
        .flatness_radius(0.01);
    assert_eq!(radius, f64::INFINITY);
}

#[test]
fn geodesics_run_there_and_back() {
    let chart = chart(2, 4, Activation::Silu, 920);
    let (z, v) = ([0.2, -0.1], [0.15, 0.2]);
    let back = log(&chart, &z, &exp(&chart, &z, &v).unwrap())
        .unwrap()
        .velocity;
    assert!(
        (back[0] - v[0]).abs() < 1e-8 && (back[1] - v[1]).abs() < 1e-8,
        "{back:?}"
    );
}

/// φ that sees one combination of its two coordinates only.
fn collapsed() -> LatentChart {
    let blind = Tensor::from_vec(2, 3, vec![1.0, -2.0, 0.5, 2.0, -4.0, 1.0]);
    let layers = vec![
        Dense::new(blind, Some(vec![0.1, 0.2, 0.3]), Some(Activation::Tanh)).unwrap(),
        Dense::new(Tensor::from_vec(3, 4, points(3, 4, 930)), None, None).unwrap(),
    ];
    LatentChart::new(Perceptron::new(layers).unwrap()).unwrap()
}

#[test]
fn a_collapsed_chart_answers_with_its_singular_values() {
    let (chart, z) = (collapsed(), [0.3, -0.2]);
    assert_eq!(rank(&chart.singular_values(&z), ROUNDOFF), 1);
    let refusal = curvature::scalar_curvature(&chart, &z).unwrap_err();
    assert!(
        matches!(refusal.kind(), geometry::ErrorKind::DegenerateMetric { .. }),
        "{refusal}"
    );
    for error in [chart.immersion(&z).unwrap_err(), chart.explain(refusal)] {
        let geometry::ErrorKind::Singular {
            point,
            singular_values,
            ..
        } = error.kind()
        else {
            panic!("{error}")
        };
        assert_eq!(point, &z);
        assert_eq!(singular_values, &chart.singular_values(&z));
        assert!(
            singular_values[0] > 0.1 && singular_values[1] < 1e-15,
            "{singular_values:?}"
        );
        assert!(
            error
                .to_string()
                .contains("Jacobian of the latent chart at [0.3, -0.2]")
        );
    }
    // a line in the same network is no plane, but it is a chart of one coordinate
    assert!(
        self::chart(2, 4, Activation::Tanh, 931)
            .immersion(&z)
            .is_ok()
    );
}

/// A linear map into itself: an eighth of a turn between the last two coordinates, after their scales.
fn scaled(scales: &[f64]) -> Perceptron {
    let d = scales.len();
    let half = 0.5_f64.sqrt();
    let turned = |i: usize, j: usize| match (i + 2 >= d && j + 2 >= d, i == j) {
        (true, true) => half,
        (true, false) => half * if i < j { 1.0 } else { -1.0 },
        (false, same) => f64::from(same),
    };
    let weight = Tensor::from_fn(d, d, |i, j| scales[i] * turned(i, j));
    Perceptron::new(vec![Dense::new(weight, None, None).unwrap()]).unwrap()
}

/// Where a batch and a loss of training take the origin of this map for sound, in the numbers T.
fn sound_in<T: Real>(map: &Perceptron) -> [bool; 2] {
    let (map, d) = (map.cast::<T>(), map.inputs());
    let origin = vec![T::ZERO; d];
    let batch = BatchGeometry::new(&map);
    let sound = batch.immersion(&origin).is_ok();
    let lost = |values: Vec<T>| values.iter().all(|x| !x.finite());
    assert_eq!(lost(batch.christoffel(&origin)), !sound);
    assert_eq!(lost(batch.ricci_scalar(&origin)), !sound);
    let mut tape = Tape::<T>::new();
    let jac = tape.constant(map.layers()[0].weight());
    let factor = tape.frame_factor(jac, d);
    [sound, factor.degenerate.is_empty()]
}

/// One rule on all roads, at the limits of both precisions: σ_max/σ_min = √1e13 = 3.162e6, and 8388.6 for f32. With
/// the scales (1, 1, s) the bounds that come before the singular values are too large: these decide.
#[test]
fn the_rank_is_full_where_the_metric_is_accepted() {
    for (s, sound) in [
        (3.3e-7, true),
        (3.2e-7, true),
        (3.1e-7, false),
        (0.0, false),
    ] {
        for scales in [&[1.0, s][..], &[1.0, 1.0, s]] {
            let (map, origin) = (scaled(scales), vec![0.0; scales.len()]);
            let chart = LatentChart::new(map.clone()).unwrap();
            let full = rank(&chart.singular_values(&origin), ROUNDOFF) == scales.len();
            let immersed = chart.immersion(&origin).is_ok();
            let metric = metric::metric(&chart, &origin).is_ok();
            assert_eq!([full, immersed, metric], [sound; 3], "{scales:?}");
            assert_eq!(sound_in::<f64>(&map), [sound; 2], "{scales:?}");
        }
    }
    for (s, sound) in [(1.21e-4, true), (1.17e-4, false), (0.0, false)] {
        for scales in [&[1.0, s][..], &[1.0, 1.0, s]] {
            let map = scaled(scales);
            assert_eq!(sound_in::<f32>(&map), [sound; 2], "{scales:?}");
        }
    }
    let nothing = LatentChart::new(scaled(&[0.0, 0.0])).unwrap();
    let values = nothing.singular_values(&[0.0, 0.0]);
    assert_eq!(rank(&values, ROUNDOFF), 0);
}

#[test]
fn other_errors_are_left_as_they_are() {
    let chart = chart(2, 3, Activation::Tanh, 940);
    let error = geometry::Error::outside_domain(&[1.0, 2.0], "nothing");
    assert_eq!(chart.explain(error.clone()), error);
}

#[test]
fn a_map_into_fewer_dimensions_is_no_chart() {
    let narrow = Network::new(&[3, 5, 2], Activation::Tanh, 950).perceptron;
    let error = LatentChart::new(narrow).unwrap_err();
    let ErrorKind::Weights { fault, .. } = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(
        fault,
        &WeightsFault::TooNarrow {
            inputs: 3,
            outputs: 2
        }
    );
}

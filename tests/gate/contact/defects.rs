//! Contact measured on trained weights, against the circle of directions.

use std::f64::consts::TAU;

use geogate::gate::TaskCharts;
use geogate::geometry::{C1Map, C2Map, Jet1, Jet2, curvature};
use geogate::method::ModelConfig;

use super::scene::{Chain, ROWS, Scene, config};
use crate::closeness::assert_close;
use crate::known_contact::ContactDefects;

/// Directions of the circle: the mean of a trigonometric polynomial of degree below this is exact.
const DIRECTIONS: usize = 8;

fn scene() -> Scene {
    Scene::new(
        ModelConfig {
            embedding: 2,
            ..config()
        },
        2,
    )
}

fn charts(scene: &Scene) -> TaskCharts {
    let names = ["t0", "t1"].map(str::to_owned);
    TaskCharts::new(scene.gate.tasks(), &names, &scene.parameters).unwrap()
}

fn embeddings(scene: &Scene) -> Vec<f64> {
    (0..ROWS).flat_map(|i| scene.embedded(i)).collect()
}

fn circle() -> Vec<[f64; 2]> {
    let angle = |k| TAU * (k as f64 + 0.3) / DIRECTIONS as f64;
    (0..DIRECTIONS)
        .map(|k| [angle(k).cos(), angle(k).sin()])
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// F_v for every direction of the circle.
fn first(map: &Chain, x: &[f64]) -> Vec<Vec<f64>> {
    let mut jet = Jet1::new();
    map.jet1(x, &mut jet);
    let along = |v: [f64; 2]| {
        let mut out = vec![0.0; 4];
        jet.push_forward(&v, &mut out);
        out
    };
    circle().into_iter().map(along).collect()
}

/// F_vv.
fn second(map: &Chain, x: &[f64]) -> Vec<Vec<f64>> {
    let along = |v: [f64; 2]| {
        let mut out = vec![0.0; 4];
        map.second_along(x, &v, &mut Jet2::new(), &mut out);
        out
    };
    circle().into_iter().map(along).collect()
}

/// The definitions, summed over directions one by one, with Taylor numbers for the derivatives.
fn by_directions(scene: &Scene) -> ContactDefects {
    let map = |t| {
        scene
            .formula(t, "encoder")
            .then(scene.formula(t, "transfer"))
    };
    let (s, t) = (map(0), map(1));
    let mut sums = ContactDefects::default();
    let n = (ROWS * DIRECTIONS) as f64;
    for x in (0..ROWS).map(|i| scene.embedded(i)) {
        let (s_v, t_v) = (first(&s, &x), first(&t, &x));
        let (s_vv, t_vv) = (second(&s, &x), second(&t, &x));
        for (a, b) in s_v.iter().zip(&t_v) {
            sums.scale += 0.5 * (dot(a, a) + dot(b, b)) / n;
            sums.metric += (dot(a, a) - dot(b, b)).powi(2) / n;
            sums.vector += square_distance(a, b) / n;
        }
        for (aa, bb) in s_vv.iter().zip(&t_vv) {
            sums.full += square_distance(aa, bb) / n;
            for (a, b) in s_v.iter().zip(&t_v) {
                sums.connection += (dot(aa, a) - dot(bb, b)).powi(2) / (n * DIRECTIONS as f64);
            }
        }
    }
    let scale = sums.scale;
    ContactDefects {
        metric: sums.metric / (scale * scale),
        vector: sums.vector / scale,
        connection: sums.connection / (scale * scale),
        full: sums.full / scale,
        ..sums
    }
}

#[test]
fn means_over_directions_are_exact() {
    let scene = scene();
    let got = ContactDefects::of(&charts(&scene), [0, 1], &embeddings(&scene));
    let want = by_directions(&scene);
    // sums over a hundred directions of products of networks' derivatives
    const ROUNDINGS: f64 = 1e4;
    for (got, want) in [
        (got.scale, want.scale),
        (got.metric, want.metric),
        (got.vector, want.vector),
        (got.connection, want.connection),
        (got.full, want.full),
    ] {
        assert!(want > 0.0);
        assert_close(&[got], &[want], ROUNDINGS, want);
    }
}

#[test]
fn curvatures_are_compared_at_matching_points() {
    let scene = scene();
    let got = ContactDefects::of(&charts(&scene), [0, 1], &embeddings(&scene));
    let at = |t: usize, x: &[f64]| {
        let z = scene.formula(t, "encoder").value(x);
        curvature::scalar_curvature(&scene.formula(t, "transfer"), &z).unwrap()
    };
    let (mut apart, mut size) = (0.0, 0.0);
    for x in (0..ROWS).map(|i| scene.embedded(i)) {
        let (a, b) = (at(0, &x), at(1, &x));
        apart += (a - b).powi(2);
        size += 0.5 * (a * a + b * b);
    }
    // curvature is a difference of products of second derivatives: the condition of g comes in
    assert_close(&[got.curvature], &[apart / size], 1e7, 1.0);
    assert_eq!(got.degenerate, 0);
}

#[test]
fn a_task_is_in_contact_with_itself_and_size_does_not_matter() {
    let mut scene = scene();
    let x = embeddings(&scene);
    let own = ContactDefects::of(&charts(&scene), [0, 0], &x);
    assert!(own.scale > 0.0);
    let zeros = [
        own.metric,
        own.vector,
        own.connection,
        own.full,
        own.curvature,
    ];
    assert_eq!(zeros, [0.0; 5]);

    let before = ContactDefects::of(&charts(&scene), [0, 1], &x);
    // the last layer of both φ times a power of two: F → 4 F, and no rounding differs
    let ids: Vec<(usize, usize)> = places(&scene);
    for (from, to) in ids {
        let values = &mut scene.parameters.values_mut()[from..to];
        values.iter_mut().for_each(|w| *w *= 4.0);
    }
    let after = ContactDefects::of(&charts(&scene), [0, 1], &x);
    assert_eq!(after.scale, 16.0 * before.scale);
    let relative = |a: ContactDefects| [a.metric, a.vector, a.connection, a.full];
    assert_eq!(relative(after), relative(before));
}

/// Where the last layers of the transfers lie among the parameters.
fn places(scene: &Scene) -> Vec<(usize, usize)> {
    let mut at = 0;
    let mut found = Vec::new();
    for (name, _, _, entries) in scene.parameters.iter() {
        if name.contains(".transfer.2.") {
            found.push((at, at + entries.len()));
        }
        at += entries.len();
    }
    assert_eq!(found.len(), 4, "weight and bias of two tasks");
    found
}

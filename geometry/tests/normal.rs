//! Normal coordinates: measured orders, inverse, flatness radius.

use crate::charts::uniform;
use crate::geodesic::slope;
use geogate_geometry::charts::{ClosedForms, HyperbolicBall, HyperbolicHalfSpace, Sphere, Torus};
use geogate_geometry::extrinsic::second_fundamental_form;
use geogate_geometry::{
    C1Map, Jet1, LocalGeometry, Map, NormalCoordinates, TaylorMap, Tensor, quantity,
};
use geogate_laws::Agreement;
use geogate_laws::charts::{ComplexProjectiveLine, Graph, Polynomial, Veronese};

const RADII: [f64; 5] = [0.1, 0.07, 0.05, 0.035, 0.025];

fn direction(d: usize) -> Vec<f64> {
    let v: Vec<f64> = (0..d).map(|i| 1.0 - 0.37 * i as f64).collect();
    let size = v.iter().map(|v| v * v).sum::<f64>().sqrt();
    v.into_iter().map(|v| v / size).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f64>()
        .sqrt()
}

fn order(d: usize, error: &dyn Fn(&[f64]) -> f64) -> f64 {
    let errors: Vec<f64> = RADII
        .iter()
        .map(|r| error(&direction(d).iter().map(|e| e * r).collect::<Vec<_>>()))
        .collect();
    slope(&RADII, &errors)
}

/// Orders of the remainders of metric, volume, Taylor map.
fn orders(space: &dyn ClosedForms, x: &[f64]) -> [f64; 3] {
    let normal = NormalCoordinates::at(space, x).unwrap();
    let taylor = TaylorMap::at(space, x).unwrap();
    let d = x.len();
    let metric_error = |xi: &[f64]| {
        distance(
            normal.metric(xi).unwrap().components(),
            normal.metric_expansion(xi).components(),
        )
    };
    // √det g = 1 − ⅙ R_kl ξ^k ξ^l + O(|ξ|³), R_kl = R_ikil in an orthonormal frame
    let volume_expansion = |xi: &[f64]| {
        let ricci =
            |k: usize, l: usize| (0..d).map(|i| normal.riemann()[[i, k, i, l]]).sum::<f64>();
        let pairs = (0..d * d).map(|at| (at / d, at % d));
        1.0 - pairs.map(|(k, l)| ricci(k, l) * xi[k] * xi[l]).sum::<f64>() / 6.0
    };
    let volume_error = |xi: &[f64]| (normal.volume(xi).unwrap() - volume_expansion(xi)).abs();
    let map_error = |xi: &[f64]| distance(&normal.point(xi).unwrap(), &taylor.point(xi));
    [
        order(d, &metric_error),
        order(d, &volume_error),
        order(d, &map_error),
    ]
}

#[test]
fn remainders_are_cubic_at_generic_points() {
    let mut spaces: Vec<(Box<dyn ClosedForms>, Vec<f64>)> =
        vec![(Box::new(Torus::new(2.0, 0.8)), vec![0.3, 1.1])];
    for (d, seed) in [(2, 1), (3, 2), (3, 5), (5, 3)] {
        let graph = Graph::new(Polynomial::random(d, 2, 3, 1.5, seed));
        spaces.push((
            Box::new(graph),
            vec![0.21, -0.3, 0.17, 0.4, -0.1][..d].to_vec(),
        ));
    }
    for (space, x) in &spaces {
        let [metric, volume, map] = orders(space.as_ref(), x);
        assert!(
            (metric - 3.0).abs() <= 0.2,
            "metric of {}: order {metric}",
            space.name()
        );
        assert!(
            (volume - 3.0).abs() <= 0.2,
            "volume of {}: order {volume}",
            space.name()
        );
        assert!(map >= 3.8, "Taylor map of {}: order {map}", space.name());
    }
}

#[test]
fn remainders_are_quartic_where_curvature_is_parallel() {
    let spaces: Vec<(Box<dyn ClosedForms>, Vec<f64>)> = vec![
        (Box::new(Sphere::new(2, 1.2)), vec![1.0, 0.3]),
        (Box::new(Sphere::new(3, 0.9)), vec![1.0, 1.3, 0.3]),
        (Box::new(HyperbolicHalfSpace::new(3)), vec![0.2, 0.1, 0.8]),
        (Box::new(HyperbolicBall::new(2)), vec![0.2, 0.3]),
        (Box::new(Veronese::new(0.7)), vec![1.1, 0.4]),
        (Box::new(ComplexProjectiveLine), vec![0.3, -0.5]),
    ];
    for (space, x) in &spaces {
        let [metric, volume, map] = orders(space.as_ref(), x);
        assert!(metric >= 3.8, "metric of {}: order {metric}", space.name());
        assert!(volume >= 3.8, "volume of {}: order {volume}", space.name());
        assert!(map >= 3.8, "Taylor map of {}: order {map}", space.name());
    }
}

#[test]
fn coordinates_invert_points() {
    let (space, mut draw) = (Torus::new(2.0, 0.8), uniform(2));
    for _ in 0..10 {
        let x = space.region().point(&[draw(), draw()]);
        let normal = NormalCoordinates::at(&space, &x).unwrap();
        let xi = [draw() - 0.5, draw() - 0.5];
        let point = normal.point(&xi).unwrap();
        let (back, log) = normal.coordinates(&point).unwrap();
        assert!(Agreement::compare(&back, &xi, 1e-9).holds());
        // the distance from p to x(ξ) is the length of ξ
        assert!(Agreement::scalar(log.length, xi[0].hypot(xi[1]), 1e-9).holds());
        assert!(log.is_minimal());
    }
}

/// Within ρ_ε the metric departs from δ by ε to leading order; on a sphere of radius r, ρ_ε = r √(3ε).
#[test]
fn flatness_radius_bounds_the_departure() {
    let normal = NormalCoordinates::at(&Sphere::new(3, 2.0), &[1.0, 1.2, 0.0])
        .map(|n| n.flatness_radius(0.01));
    assert!(Agreement::scalar(normal.unwrap(), 2.0 * 0.03f64.sqrt(), 1e-12).holds());
    let graph = Graph::new(Polynomial::random(4, 3, 3, 1.0, 8));
    let normal = NormalCoordinates::at(&graph, &[0.1, -0.2, 0.3, 0.05]).unwrap();
    let radius = normal.flatness_radius(1e-4);
    let mut draw = uniform(4);
    let mut most = 0.0f64;
    for _ in 0..300 {
        let xi: Vec<f64> = (0..4).map(|_| 2.0 * draw() - 1.0).collect();
        let size = xi.iter().map(|x| x * x).sum::<f64>().sqrt();
        let xi: Vec<f64> = xi.iter().map(|x| x * radius / size).collect();
        let g = normal.metric(&xi).unwrap();
        let departure = nalgebra::DMatrix::from_row_slice(4, 4, g.components())
            - nalgebra::DMatrix::identity(4, 4);
        most = most.max(departure.symmetric_eigenvalues().amax());
    }
    assert!(most <= 1.05e-4 && most > 0.3e-4, "departure {most:e}");
}

/// No plane is more curved than the one found; up to three dimensions random planes come near it.
#[test]
fn no_plane_exceeds_the_largest_curvature() {
    for (d, seed) in [(2, 1), (3, 2), (3, 7), (4, 3), (5, 4), (5, 9)] {
        let graph = Graph::new(Polynomial::random(d, 2, 3, 1.0, seed));
        let (x, mut draw) = (vec![0.15; d], uniform(seed));
        let largest = NormalCoordinates::at(&graph, &x).unwrap().max_sectional();
        let mut local = LocalGeometry::new();
        let planes = local.at(&graph, &x, quantity::Sectional).unwrap();
        let mut seen = 0.0f64;
        for _ in 0..5000 {
            let [u, v] = [0, 1].map(|_| (0..d).map(|_| 2.0 * draw() - 1.0).collect::<Vec<_>>());
            // a thin parallelogram says little
            if let Ok(k) = planes.of(&u, &v) {
                seen = seen.max(k.abs());
            }
        }
        assert!(
            seen <= largest * (1.0 + 1e-9),
            "d = {d}: {seen} above {largest}"
        );
        assert!(
            d > 3 || seen >= 0.95 * largest,
            "d = {d}: {largest} is not reached: {seen}"
        );
    }
}

/// A flat space has an infinite flatness radius and the identity for its metric.
#[test]
fn flat_spaces_are_flat_in_normal_coordinates() {
    let normal = NormalCoordinates::at(&geogate_geometry::charts::PolarPlane, &[1.5, 0.4]).unwrap();
    assert!(normal.flatness_radius(1e-3) > 1e6);
    let g = normal.metric(&[0.4, -0.7]).unwrap();
    assert!(Agreement::compare(g.components(), Tensor::identity(2).components(), 1e-9).holds());
}

/// `f(x(ξ)) = f(p) + J v + ½ II(v, v) + O(|ξ|³)`, v = E ξ: the tangential part of the Hessian is gone, what bends is
/// normal.
#[test]
fn a_chart_bends_normally_in_normal_coordinates() {
    let (torus, p) = (Torus::new(2.0, 0.8), [0.2, 0.9]);
    let normal = NormalCoordinates::at(&torus, &p).unwrap();
    let form = second_fundamental_form(&torus, &p).unwrap();
    let mut jet = Jet1::new();
    torus.jet1(&p, &mut jet);
    let paraboloid = |xi: &[f64]| -> Vec<f64> {
        let v = normal.velocity(xi);
        let bent = |i: usize, j: usize, a: usize| 0.5 * v[i] * v[j] * form.of(i, j)[a];
        let component = |a: usize| {
            let line = jet.value()[a] + jet.column(0)[a] * v[0] + jet.column(1)[a] * v[1];
            line + bent(0, 0, a) + 2.0 * bent(0, 1, a) + bent(1, 1, a)
        };
        (0..3).map(component).collect()
    };
    let order = order(2, &|xi| {
        let mut image = vec![0.0; 3];
        Map::value(&torus, &normal.point(xi).unwrap(), &mut image);
        distance(&image, &paraboloid(xi))
    });
    assert!(
        (order - 3.0).abs() <= 0.2,
        "osculating paraboloid: order {order}"
    );
}

//! Geodesics, logarithms, conjugate points, transport against closed forms and measured orders.

use crate::charts::uniform;
use geogate_geometry::charts::{
    CliffordTorus, ClosedForms, HyperbolicBall, HyperbolicHalfSpace, Sphere, StereographicSphere,
    Torus,
};
use geogate_geometry::metric;
use geogate_geometry::{
    Integrator, Minimality, exp, exp_with, first_conjugate_point, holonomy, log,
};
use geogate_laws::Agreement;
use geogate_laws::charts::{Graph, Polynomial, catalog};
use std::f64::consts::PI;

/// A random point of the region and a velocity of the given length.
pub(crate) fn start(
    space: &dyn ClosedForms,
    length: f64,
    draw: &mut dyn FnMut() -> f64,
) -> (Vec<f64>, Vec<f64>) {
    let unit: Vec<f64> = (0..space.dim()).map(|_| draw()).collect();
    let x = space.region().point(&unit);
    let v: Vec<f64> = (0..space.dim()).map(|_| 2.0 * draw() - 1.0).collect();
    let size = metric::inner(space, &x, &v, &v).unwrap().sqrt();
    (x, v.into_iter().map(|v| v * length / size).collect())
}

#[test]
fn exp_matches_stated_geodesics() {
    for space in catalog() {
        let space = space.as_ref();
        let mut draw = uniform(3);
        for _ in 0..20 {
            let (x, v) = start(space, 1.0, &mut draw);
            let radius = space.injectivity_radius(&x).unwrap_or(0.5).min(2.0);
            let reach = 0.9 * draw() * radius;
            let v: Vec<f64> = v.iter().map(|v| v * reach).collect();
            let Some(want) = space.stated_exp(&x, &v) else {
                continue;
            };
            let got = exp(space, &x, &v).unwrap();
            let agreement = Agreement::compare(&got, &want, 1e-9);
            assert!(
                agreement.holds(),
                "exp of {} at {x:?}, {v:?}: {agreement}",
                space.name()
            );
            if let Some(distance) = space.stated_distance(&x, &got) {
                let agreement = Agreement::scalar(distance, reach, 1e-9);
                assert!(
                    agreement.holds(),
                    "distance of {} at {x:?}, {v:?}: {agreement}",
                    space.name()
                );
            }
        }
    }
}

/// Least-squares slope of log error against log step.
pub(crate) fn slope(steps: &[f64], errors: &[f64]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = (
        steps.iter().map(|h| h.ln()).collect(),
        errors.iter().map(|e| e.ln()).collect(),
    );
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let cov: f64 = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum();
    cov / x.iter().map(|a| (a - mx) * (a - mx)).sum::<f64>()
}

#[test]
fn integrators_have_their_orders() {
    let torus = Torus::new(2.0, 0.8);
    let (x, v) = ([0.3, 0.7], [0.8, 1.9]);
    let exact = exp_with(
        &torus,
        &x,
        &v,
        Integrator::DormandPrince { tolerance: 1e-14 },
    )
    .unwrap();
    let error = |method: Integrator| {
        let end = exp_with(&torus, &x, &v, method).unwrap();
        end.iter()
            .zip(&exact)
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f64>()
            .sqrt()
    };
    let order = |make: &dyn Fn(usize) -> Integrator, counts: &[usize]| {
        let errors: Vec<f64> = counts.iter().map(|&n| error(make(n))).collect();
        let steps: Vec<f64> = counts.iter().map(|&n| 1.0 / n as f64).collect();
        slope(&steps, &errors)
    };
    let rk4 = order(&|steps| Integrator::Rk4 { steps }, &[64, 96, 128, 192, 256]);
    assert!((rk4 - 4.0).abs() <= 0.2, "RK4 converges with order {rk4}");
    let dp = order(
        &|steps| Integrator::DormandPrinceFixed { steps },
        &[32, 48, 64, 96, 128],
    );
    assert!(
        (dp - 5.0).abs() <= 0.2,
        "Dormand–Prince converges with order {dp}"
    );
}

/// How many logarithms a test takes: GEOGATE_LOG_CASES, or a default for every day.
fn cases(default: usize) -> usize {
    let asked = std::env::var("GEOGATE_LOG_CASES");
    asked.map_or(default, |n| {
        n.parse().expect("GEOGATE_LOG_CASES is a number")
    })
}

/// log(exp(v)) = v inside the stated injectivity radius; the count is split over six spaces.
#[test]
fn log_inverts_exp_inside_the_injectivity_radius() {
    let spaces: Vec<(Box<dyn ClosedForms>, f64)> = vec![
        (Box::new(StereographicSphere::new(2, 1.3)), 1.0),
        (Box::new(Sphere::new(3, 0.8)), 1.0),
        (Box::new(Torus::new(2.0, 0.8)), 1.0),
        (Box::new(CliffordTorus::new(1.2, 0.7)), 4.0),
        (Box::new(HyperbolicHalfSpace::new(2)), 3.0),
        (Box::new(HyperbolicBall::new(3)), 2.0),
    ];
    let count = cases(600);
    for (space, longest) in &spaces {
        let space = space.as_ref();
        let mut draw = uniform(5);
        for case in 0..count / spaces.len() {
            let (x, v) = start(space, 1.0, &mut draw);
            let radius = space.injectivity_radius(&x).unwrap();
            let reach = if radius.is_finite() {
                0.98 * radius
            } else {
                *longest
            } * draw();
            let v: Vec<f64> = v.iter().map(|v| v * reach).collect();
            let q = exp(space, &x, &v).unwrap();
            let found = log(space, &x, &q).unwrap_or_else(|error| {
                panic!("case {case} of {}: {error}, x {x:?} v {v:?}", space.name())
            });
            let off: Vec<f64> = found.velocity.iter().zip(&v).map(|(a, b)| a - b).collect();
            let error = metric::inner(space, &x, &off, &off).unwrap().sqrt();
            assert!(
                error <= 1e-9 * reach.max(1e-3),
                "case {case} of {}: {found:?} for {v:?} at {x:?}, error {error}",
                space.name()
            );
            assert_eq!(found.minimality, Minimality::Minimal);
            assert_eq!(found.conjugate.first, None);
        }
    }
}

/// The geodesic is followed for a length of 8; without a conjugate point in it, half of that is far enough.
#[test]
fn log_converges_on_random_graphs_within_half_the_conjugate_length() {
    const FOLLOWED: f64 = 8.0;
    for case in 0..cases(60) as u64 {
        let d = [2, 3, 5][case as usize % 3];
        let graph = Graph::new(Polynomial::random(d, 2, 3, 1.0, case / 15));
        let mut draw = uniform(case + 50);
        let (x, v) = start(&graph, FOLLOWED, &mut draw);
        let scan = first_conjugate_point(&graph, &x, &v, 1.0, Integrator::default());
        let first = scan.unwrap().first.unwrap_or(1.0);
        let share = 0.4999 * first * draw().sqrt();
        let v: Vec<f64> = v.iter().map(|v| v * share).collect();
        let q = exp(&graph, &x, &v).unwrap();
        let found = log(&graph, &x, &q)
            .unwrap_or_else(|error| panic!("case {case}, d = {d}: {error}, {x:?} {v:?}"));
        assert_eq!(found.minimality, Minimality::Local);
        assert!(found.residual <= 1e-10 * found.length, "{found:?}");
        // it may be another geodesic, but then not a longer one
        assert!(
            found.length <= share * FOLLOWED * (1.0 + 1e-9),
            "case {case}: {found:?} for {v:?}"
        );
    }
}

/// On a sphere of radius r every geodesic meets its first conjugate point, of multiplicity d − 1, at length π r.
#[test]
fn conjugate_points_of_spheres() {
    for (d, r) in [(2, 1.3), (3, 0.8), (4, 1.0)] {
        let sphere = StereographicSphere::new(d, r);
        let mut draw = uniform(9);
        for _ in 0..5 {
            let (x, v) = start(&sphere, PI * r * 1.1, &mut draw);
            let scan = first_conjugate_point(&sphere, &x, &v, 1.2, Integrator::default()).unwrap();
            let agreement = Agreement::scalar(scan.first.unwrap(), 1.0 / 1.1, 1e-8);
            assert!(agreement.holds(), "S^{d}: {agreement}");
        }
    }
    // none in hyperbolic space
    let scan = first_conjugate_point(
        &HyperbolicHalfSpace::new(3),
        &[0.0, 0.0, 1.0],
        &[1.0, 0.5, 0.3],
        3.0,
        Integrator::default(),
    );
    assert_eq!(scan.unwrap().first, None);
}

/// P − I + R(∂_0, ∂_1)·area shrinks in proportion to the side, relative to the area.
#[test]
fn holonomy_is_minus_curvature_times_area() {
    let torus = Torus::new(2.0, 0.8);
    let x = [0.4, 0.9];
    let k = torus.stated_scalar(&x).unwrap() / 2.0;
    let g = torus.stated_metric(&x).unwrap();
    let (g00, g11) = (g[[0, 0]], g[[1, 1]]);
    // R^i_j(∂_0, ∂_1) = K (δ^i_0 g_1j − δ^i_1 g_0j)
    let curvature = [0.0, k * g11, -k * g00, 0.0];
    let steps: Vec<f64> = (0..5).map(|i| 0.1 * 0.5f64.powi(i)).collect();
    let errors: Vec<f64> = steps
        .iter()
        .map(|&h| {
            let corners = [
                x[0],
                x[1],
                x[0] + h,
                x[1],
                x[0] + h,
                x[1] + h,
                x[0],
                x[1] + h,
            ];
            let p = holonomy(&torus, &corners, Integrator::default()).unwrap();
            let identity = [1.0, 0.0, 0.0, 1.0];
            let miss = p
                .components()
                .iter()
                .zip(&identity)
                .zip(&curvature)
                .map(|((p, i), r)| (p - i) / (h * h) + r);
            miss.fold(0.0, |worst: f64, m| worst.max(m.abs()))
        })
        .collect();
    let order = slope(&steps, &errors);
    assert!(
        (order - 1.0).abs() <= 0.2,
        "holonomy error has order {order}: {errors:?}"
    );
}

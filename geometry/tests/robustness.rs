//! No finite input panics: the answer is a number or a typed error.

use crate::strategies::for_all;
use geogate_geometry::charts::ClosedForms;
use geogate_geometry::{
    Integrator, LocalGeometry, NormalCoordinates, TaylorMap, Transition, exp_differential,
    exp_with, first_conjugate_point, geodesic, holonomy, jacobi_fields, log, quantity, transport,
};
use geogate_geometry::{connection, curvature, extrinsic, metric};
use geogate_laws::charts::catalog;
use geogate_laws::{Inverse, Warp, preimage};
use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
use proptest::prelude::*;

/// Any finite number, and ordinary ones as often.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO,
        -3.0..3.0f64
    ]
}

fn look_at(space: &dyn ClosedForms, x: &[f64], v: &[f64]) {
    let mut local = LocalGeometry::new();
    if let Ok(g) = local.at(space, x, quantity::Metric) {
        assert!(g.max_abs().is_finite());
    }
    if let Ok((g, _)) = local.at(space, x, (quantity::Metric, quantity::Christoffel)) {
        assert!(g.max_abs().is_finite());
    }
    let curvatures = (
        quantity::Riemann,
        quantity::Ricci,
        quantity::ScalarCurvature,
    );
    if let Ok((g, _)) = local.at(space, x, (quantity::Metric, curvatures)) {
        assert!(g.max_abs().is_finite());
    }
    let _ = (
        metric::orthonormal_frame(space, x),
        metric::inner(space, x, v, v),
    );
    let _ = (
        connection::connection_jet(space, x),
        extrinsic::mean_curvature(space, x),
    );
    let _ = (
        curvature::sectional_curvature(space, x, v, x),
        curvature::weyl(space, x),
    );
    let _ = (
        curvature::kretschmann(space, x),
        TaylorMap::at(space, x).map(|map| map.point(v)),
    );
    if let Ok(normal) = NormalCoordinates::at(space, x) {
        let _ = normal.flatness_radius(0.01);
    }
    let _ = space.injectivity_radius(x);
}

/// What integrates, with few steps: no step can fail in another way than the first.
fn move_along(space: &dyn ClosedForms, x: &[f64], v: &[f64]) {
    let method = Integrator::Rk4 { steps: 8 };
    let _ = (
        exp_with(space, x, v, method),
        geodesic(space, x, v, method).map(|curve| curve.position(0.3)),
    );
    let _ = (
        transport(space, x, v, x, method).map(|moved| moved.vectors(0.3)),
        holonomy(space, &[x, v].concat(), method),
    );
    let _ = (
        jacobi_fields(space, x, v, x, v, method).map(|fields| fields.values(0.3)),
        first_conjugate_point(space, x, v, 1.0, method),
    );
    let _ = exp_differential(space, x, v, method);
}

fn map_between(space: &dyn ClosedForms, x: &[f64], v: &[f64]) {
    let warp = Warp::random(space.dim(), 0.5, 3);
    let tau = Transition::new(space, space, &warp);
    let _ = (tau.defects(None, x), preimage(&warp, x, v));
    let _ = tau.inverse(&Inverse::new(&warp, v), x);
}

#[test]
fn no_finite_input_panics() {
    let spaces = catalog();
    let numbers = || proptest::collection::vec(number(), 6);
    for_all(4, (numbers(), numbers()), |(x, v)| {
        for space in &spaces {
            let (space, x, v) = (space.as_ref(), &x[..space.dim()], &v[..space.dim()]);
            look_at(space, x, v);
            map_between(space, x, v);
        }
        Ok(())
    });
}

#[test]
fn no_finite_input_panics_on_the_way() {
    let spaces = catalog();
    let numbers = || proptest::collection::vec(number(), 6);
    for_all(16, (numbers(), numbers()), |(x, v)| {
        for space in &spaces {
            move_along(space.as_ref(), &x[..space.dim()], &v[..space.dim()]);
        }
        Ok(())
    });
}

/// Spaces up to three dimensions, every other one, so that two cores share them.
fn logarithms_end(parity: usize) {
    let spaces = catalog();
    let numbers = || proptest::collection::vec(-4.0..4.0f64, 6);
    for_all(128, (numbers(), numbers()), |(x, y)| {
        let small = spaces.iter().filter(|space| space.dim() <= 3);
        for space in small.skip(parity).step_by(2) {
            let d = space.dim();
            if let Ok(found) = log(space.as_ref(), &x[..d], &y[..d]) {
                prop_assert!(
                    found.residual <= 1e-10 * found.length,
                    "{}: {found:?}",
                    space.name()
                );
            }
        }
        Ok(())
    });
}

#[test]
fn logarithms_between_any_near_or_far_points_end_on_even_charts() {
    logarithms_end(0);
}

#[test]
fn logarithms_between_any_near_or_far_points_end_on_odd_charts() {
    logarithms_end(1);
}

//! No finite input panics: the answer is a number or a typed error.

use crate::strategies::for_all;
use geogate_geometry::charts::{ClosedForms, catalog};
use geogate_geometry::{Ask, LocalGeometry, Method, NormalCoordinates, TaylorMap, exp_with, log};
use geogate_geometry::{connection, curvature, extrinsic, metric};
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
    for ask in [
        Ask::METRIC,
        Ask::CHRISTOFFEL,
        Ask::RIEMANN | Ask::RICCI | Ask::SCALAR,
    ] {
        if let Ok(point) = local.at(space, x, ask) {
            assert!(point.metric().iter().all(|g| g.is_finite()));
        }
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
        let _ = (normal.flatness_radius(0.01), normal.view());
    }
    let _ = exp_with(space, x, v, Method::Rk4 { steps: 8 });
    let _ = space.injectivity_radius(x);
}

#[test]
fn no_finite_input_panics() {
    let spaces = catalog();
    let numbers = || proptest::collection::vec(number(), 6);
    for_all(4, (numbers(), numbers()), |(x, v)| {
        for space in &spaces {
            look_at(space.as_ref(), &x[..space.dim()], &v[..space.dim()]);
        }
        Ok(())
    });
}

#[test]
fn logarithms_between_any_near_or_far_points_end() {
    let spaces = catalog();
    let numbers = || proptest::collection::vec(-4.0..4.0f64, 6);
    for_all(128, (numbers(), numbers()), |(x, y)| {
        for space in spaces.iter().filter(|space| space.dim() <= 3) {
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

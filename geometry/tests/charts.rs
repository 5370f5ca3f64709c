//! Every reference chart against the answers it states.

use geogate_geometry::charts::{ClosedForms, HyperbolicHalfSpace, Torus};
use geogate_geometry::nalgebra::DVector;
use geogate_geometry::{C1Map, ErrorKind, Jet1, LocalGeometry, MetricSource, Tensor, quantity};
use geogate_geometry::{connection, curvature, extrinsic, metric};
use geogate_laws::charts::catalog;
use geogate_laws::{Agreement, riemann_by_coordinates};

/// Relative error of the Gauss route, as a fraction of the terms that cancel.
const GAUSS: f64 = 1e-10;
/// Relative error of the coordinate route.
const COORDINATES: f64 = 1e-8;

/// Reproducible numbers in [0, 1).
pub(crate) fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64) / (1u64 << 31) as f64
    }
}

/// The squared norms of II and of the whole Hessian in an orthonormal frame; those of Γ for a metric field.
fn scales(space: &dyn ClosedForms, x: &[f64]) -> (f64, f64) {
    let d = x.len();
    let frame = metric::orthonormal_frame(space, x).unwrap();
    let first = connection::christoffel_first_kind(space, x).unwrap();
    let mut tangential = 0.0;
    for (a, b, c) in (0..d * d * d).map(|at| (at / (d * d), at / d % d, at % d)) {
        let mut sum = 0.0;
        for (l, i, j) in (0..d * d * d).map(|at| (at / (d * d), at / d % d, at % d)) {
            sum += first[[l, i, j]] * frame[[l, a]] * frame[[i, b]] * frame[[j, c]];
        }
        tangential += sum * sum;
    }
    match space.source() {
        MetricSource::Immersion(_) => {
            let g_inv = metric::inverse(space, x).unwrap();
            let form = extrinsic::second_fundamental_form(space, x).unwrap();
            let normal = form.squared_norm(&g_inv);
            (normal, normal + tangential)
        }
        MetricSource::Field(_) => (tangential, tangential),
    }
}

/// R_abcd = R_ijkl E^i_a E^j_b E^k_c E^l_d, one slot after the other.
pub(crate) fn in_frame(riem: &Tensor<4>, frame: &Tensor<2>) -> Vec<f64> {
    let d = riem.dim();
    let mut current = riem.clone();
    for slot in 0..4 {
        let stride = d.pow(3 - slot);
        let mut next = Tensor::<4>::zeros(d);
        for (at, entry) in next.components_mut().iter_mut().enumerate() {
            let a = at / stride % d;
            *entry = (0..d)
                .map(|i| frame[[i, a]] * current.components()[at + i * stride - a * stride])
                .sum();
        }
        current = next;
    }
    current.components().to_vec()
}

#[track_caller]
fn assert_close(
    what: &str,
    space: &dyn ClosedForms,
    x: &[f64],
    got: &[f64],
    want: &[f64],
    bound: f64,
) {
    let agreement = Agreement::compare(got, want, bound);
    assert!(
        agreement.holds(),
        "{what} of {} at {x:?}: {agreement}",
        space.name()
    );
}

#[test]
fn stated_metric_connection_and_curvature() {
    for space in catalog() {
        let space = space.as_ref();
        let mut draw = uniform(7);
        for _ in 0..40 {
            let unit: Vec<f64> = (0..space.dim()).map(|_| draw()).collect();
            check_point(space, &space.region().point(&unit));
        }
    }
}

fn check_point(space: &dyn ClosedForms, x: &[f64]) {
    let g = metric::metric(space, x).unwrap();
    let want = space.stated_metric(x).unwrap();
    assert_close(
        "metric",
        space,
        x,
        g.components(),
        want.components(),
        1e-13 * want.max_abs(),
    );
    if let Some(want) = space.stated_christoffel(x) {
        let gamma = connection::christoffel(space, x).unwrap();
        assert_close(
            "Γ",
            space,
            x,
            gamma.components(),
            want.components(),
            1e-12 * want.max_abs().max(1.0),
        );
    }
    let (normal, total) = scales(space, x);
    let bound = |relative: f64| relative * normal + relative * relative * total;
    if let Some(want) = space.stated_scalar(x) {
        let got = curvature::scalar_curvature(space, x).unwrap();
        assert_close("R", space, x, &[got], &[want], bound(GAUSS));
    }
    if let Some(want) = space.stated_riemann(x) {
        let frame = metric::orthonormal_frame(space, x).unwrap();
        let want = in_frame(&want, &frame);
        let gauss = in_frame(&curvature::riemann(space, x).unwrap(), &frame);
        assert_close("Riemann", space, x, &gauss, &want, bound(GAUSS));
        let coordinates = in_frame(&riemann_by_coordinates(space, x).unwrap(), &frame);
        assert_close(
            "Riemann by coordinates",
            space,
            x,
            &coordinates,
            &want,
            COORDINATES * total,
        );
    }
    if let Some(k) = space.constant_curvature() {
        let ricci = curvature::ricci(space, x).unwrap();
        let scale = (x.len() - 1) as f64 * k;
        let want: Vec<f64> = want.components().iter().map(|g| scale * g).collect();
        assert_close(
            "Ricci",
            space,
            x,
            ricci.components(),
            &want,
            bound(GAUSS) * g.max_abs(),
        );
    }
}

#[test]
fn workspace_agrees_with_functions_across_dimensions() {
    let mut local = LocalGeometry::new();
    for space in catalog() {
        let (space, x) = (
            space.as_ref(),
            space.region().point(&[0.3; 9][..space.dim()]),
        );
        let curvatures = (
            quantity::Riemann,
            quantity::Ricci,
            quantity::ScalarCurvature,
        );
        let measures = (quantity::VolumeElement, quantity::Frame);
        let ((riem, ricci, scalar), (volume, frame)) =
            local.at(space, &x, (curvatures, measures)).unwrap();
        assert_eq!(riem.to_owned(), curvature::riemann(space, &x).unwrap());
        assert_eq!(ricci.to_owned(), curvature::ricci(space, &x).unwrap());
        assert_eq!(scalar, curvature::scalar_curvature(space, &x).unwrap());
        assert_eq!(volume, metric::volume_element(space, &x).unwrap());
        let alone = metric::orthonormal_frame(space, &x).unwrap();
        assert_eq!(frame.to_owned(), alone);
    }
}

/// II and the Jacobian are those of the functions of their own; a metric field has neither, alone or beside others.
#[test]
fn only_charts_have_a_second_form_and_a_jacobian() {
    let (torus, x) = (Torus::new(2.0, 0.8), [0.3, 1.1]);
    let mut local = LocalGeometry::new();
    let (jet, form) = local
        .at(&torus, &x, (quantity::Jacobian, quantity::SecondForm))
        .unwrap();
    let mut alone = Jet1::new();
    torus.jet1(&x, &mut alone);
    assert_eq!((jet.value(), jet.jac()), (alone.value(), alone.jac()));
    let want = extrinsic::second_fundamental_form(&torus, &x).unwrap();
    assert_eq!(form.of(0, 1), want.of(1, 0));
    let normal = DVector::from_column_slice(form.of(1, 1));
    assert!(jet.to_dmatrix().tr_mul(&normal).amax() < 1e-14);

    let (half, x) = (HyperbolicHalfSpace::new(2), [0.3, 0.7]);
    assert!(local.at(&half, &x, ()).is_ok());
    for error in [
        local.at(&half, &x, quantity::SecondForm).err(),
        local
            .at(&half, &x, (quantity::Metric, quantity::Jacobian))
            .err(),
    ] {
        let kind = error.map(|error| error.kind().clone());
        assert!(
            matches!(kind, Some(ErrorKind::NotImmersed { .. })),
            "{kind:?}"
        );
    }
}

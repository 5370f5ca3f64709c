//! Where an answer would be outside its accuracy it is an error instead: far points, settings out of range, geodesics
//! that are not shortest.

use crate::charts::uniform;
use crate::geodesic::start;
use geogate_geometry::charts::{
    ClosedForms, HyperbolicBall, HyperbolicHalfSpace, Region, Sphere, StereographicSphere,
};
use geogate_geometry::{
    ErrorKind, Integrator, distance, exp, exp_differential, exp_with, first_conjugate_point,
    geodesic, log_with, metric, quadrature, transport,
};

/// What the documentation of `geodesic` states: a velocity some 1e-13 beside the one given, and the differential of exp.
#[test]
fn the_end_of_a_geodesic_moves_as_the_velocity_may() {
    let spaces: [Box<dyn ClosedForms>; 4] = [
        Box::new(HyperbolicHalfSpace::new(2)),
        Box::new(HyperbolicHalfSpace::new(3)),
        Box::new(HyperbolicBall::new(2)),
        Box::new(HyperbolicBall::new(4)),
    ];
    for space in &spaces {
        let (space, mut draw) = (space.as_ref(), uniform(11));
        for length in (1..=14).map(f64::from) {
            let (x, v) = start(space, length, &mut draw);
            let end = exp(space, &x, &v).unwrap();
            let want = space.stated_exp(&x, &v).unwrap();
            let miss = space.stated_distance(&end, &want).unwrap();
            let limit = 3e-12 * length * length.exp();
            assert!(miss < limit, "{} {length}: {miss:e}", space.name());
            let curve = geodesic(space, &x, &v, Integrator::default()).unwrap();
            let w = curve.velocity(1.0);
            let speed = metric::inner(space, &end, &w, &w).unwrap().sqrt();
            assert!((speed / length - 1.0).abs() < 1e-10, "{speed}, {length}");
        }
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let sphere = Sphere::new(2, 1.0);
    let (x, v) = ([1.0, 0.0], [0.3, 0.2]);
    let tolerances = [0.0, -1e-9, 1.0, f64::NAN, f64::INFINITY];
    let methods = tolerances
        .map(|tolerance| Integrator::DormandPrince { tolerance })
        .into_iter()
        .chain([0, usize::MAX].into_iter().flat_map(|steps| {
            [
                Integrator::Rk4 { steps },
                Integrator::DormandPrinceFixed { steps },
            ]
        }));
    for method in methods {
        let outcomes = [
            geodesic(&sphere, &x, &v, method).err(),
            exp_with(&sphere, &x, &v, method).err(),
            exp_differential(&sphere, &x, &v, method).err(),
            transport(&sphere, &x, &v, &v, method).err(),
            first_conjugate_point(&sphere, &x, &v, 1.0, method).err(),
            log_with(&sphere, &x, &v, method, 1e-10).err(),
        ];
        for error in outcomes {
            let error = error.unwrap_or_else(|| panic!("{method:?} was accepted"));
            assert!(
                matches!(error.kind(), ErrorKind::Setting { .. }),
                "{method:?}: {error}"
            );
        }
    }
    for tolerance in tolerances {
        let error = log_with(&sphere, &x, &v, Integrator::default(), tolerance).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("the tolerance of the logarithm is"),
            "{text}"
        );
    }
    for until in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(first_conjugate_point(&sphere, &x, &v, until, Integrator::default()).is_err());
    }
    let ball = HyperbolicBall::new(4);
    for count in [0, 1000, usize::MAX] {
        let error = quadrature::volume(&ball, &Region::cube(4, 0.0, 0.1), count).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Setting { .. }),
            "{count}: {error}"
        );
    }
}

#[test]
fn a_distance_is_not_the_length_of_a_geodesic_past_a_conjugate_point() {
    // the chart without its south pole: the short way from near it to the other side runs out of the chart's box, and
    // the long way round passes the antipode
    let sphere = StereographicSphere::new(2, 1.0);
    for angle in [0.1, 0.5, 1.0f64, 2.0, 3.0] {
        let q = [5.0 * angle.cos(), 5.0 * angle.sin()];
        let want = sphere.stated_distance(&[5.0, 0.0], &q).unwrap();
        match distance(&sphere, &[5.0, 0.0], &q) {
            Ok(found) => assert!((found - want).abs() < 1e-8, "{angle}: {found}, {want}"),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::NotShortest { .. }),
                "{error}"
            ),
        }
    }
}

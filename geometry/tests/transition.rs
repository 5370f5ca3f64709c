//! Transitions, defects, atlases and integrals over closed surfaces.

use crate::charts::uniform;
use geogate_geometry::charts::{
    Catenoid, ClosedForms, Cone, Cylinder, Helicoid, Plane, PolarPlane, Region, Sphere,
    StereographicSphere, Torus,
};
use geogate_geometry::quadrature::{integral_of_curvature, volume};
use geogate_geometry::transition::{Affine, Inversion};
use geogate_geometry::{
    Atlas, C2Map, Chart, Composite, Jet2, Map, NormalCoordinates, Space, TaylorMap, Transition,
};
use geogate_geometry::{metric, pullback_metric};
use geogate_laws::charts::catalog;
use geogate_laws::{Agreement, Inverse, Warp, preimage};
use std::f64::consts::PI;

fn points(region: &Region, count: usize, seed: u64) -> Vec<f64> {
    let mut draw = uniform(seed);
    let d = region.lower.len();
    (0..count)
        .flat_map(|_| region.point(&(0..d).map(|_| draw()).collect::<Vec<_>>()))
        .collect()
}

#[track_caller]
fn assert_all_vanish(from: &dyn Space, to: &dyn Space, map: &dyn C2Map, region: &Region) {
    let tau = Transition::new(from, to, map);
    let survey = tau.survey(None, &points(region, 50, 1));
    assert_eq!(survey.failures().count(), 0);
    for (name, summary) in [
        ("isometry", survey.isometry),
        ("affine", survey.affine),
        ("curvature", survey.curvature),
    ] {
        assert_eq!(summary.count, 50);
        assert!(summary.max <= 1e-11, "{name} defect {summary:?}");
    }
}

#[test]
fn local_isometries_have_no_defect() {
    let same = Plane::new(2);
    assert_all_vanish(
        &Catenoid::new(1.3),
        &Helicoid::new(1.3),
        &same,
        &Catenoid::new(1.3).region(),
    );
    let roll = Affine::new(vec![0.5, 0.0, 0.0, 1.0], vec![0.3, -0.2]);
    assert_all_vanish(&same, &Cylinder::new(2.0), &roll, &same.region());
    let unroll = Affine::new(vec![1.0, 0.0, 0.0, 1.0 / 0.6f64.sin()], vec![0.0, 0.4]);
    assert_all_vanish(&PolarPlane, &Cone::new(0.6), &unroll, &PolarPlane.region());
}

/// Affine but not isometric: a stretch; isometric at a point to second order but curved: normal coordinates.
#[test]
fn defects_tell_what_is_lost() {
    let plane = Plane::new(2);
    let stretch = Affine::new(vec![2.0, 0.0, 0.0, 1.0], vec![0.0, 0.0]);
    let tau = Transition::new(&plane, &plane, &stretch);
    let isometry = tau.isometry(&[0.3, 0.4]).unwrap();
    assert!(Agreement::compare(&isometry.eigenvalues, &[0.0, 3.0], 1e-14).holds());
    assert!(tau.affine(&[0.3, 0.4]).unwrap().norm < 1e-14);
    assert!(tau.curvature(&[0.3, 0.4]).unwrap() == 0.0);

    // stereographic coordinates at the pole, scaled by 2, are normal to second order
    let sphere = StereographicSphere::new(2, 1.0);
    let half = Affine::new(vec![0.5, 0.0, 0.0, 0.5], vec![0.0, 0.0]);
    let tau = Transition::new(&plane, &sphere, &half);
    let at = [0.0, 0.0];
    assert!(tau.isometry(&at).unwrap().norm < 1e-14 && tau.affine(&at).unwrap().norm < 1e-14);
    assert!(Agreement::scalar(tau.curvature(&at).unwrap(), 2.0, 1e-12).holds());
    assert!(tau.isometry(&[0.3, 0.1]).unwrap().norm > 1e-3);
}

#[test]
fn pullbacks_are_those_of_the_reparametrised_chart() {
    for space in catalog().iter().filter(|space| space.dim() <= 3) {
        let (d, x) = (space.dim(), space.region().centre());
        let warp = Warp::random(d, 0.3, 17);
        let y = preimage(&warp, &x, &x).unwrap().point;
        let geogate_geometry::MetricSource::Immersion(chart) = space.source() else {
            continue;
        };
        let composite = Composite::<dyn Chart, dyn C2Map>::new(chart, &warp);
        let pulled = pullback_metric(space.as_ref(), &warp, &y).unwrap();
        let g = metric::metric(&composite, &y).unwrap();
        assert!(
            Agreement::compare(pulled.components(), g.components(), 1e-12 * g.max_abs()).holds()
        );
    }
}

#[test]
fn inverse_jets_compose_to_the_identity() {
    let warp = Warp::random(3, 0.6, 5);
    let inverse = Inverse::new(&warp, &[0.0; 3]);
    let both = Composite::<dyn C2Map, dyn C2Map>::new(&inverse, &warp);
    let mut jet = Jet2::new();
    both.jet2(&[0.3, -0.4, 0.2], &mut jet);
    assert!(Agreement::compare(jet.first.value(), &[0.3, -0.4, 0.2], 1e-12).holds());
    assert!(
        Agreement::compare(
            jet.first.jac(),
            &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            1e-12
        )
        .holds()
    );
    assert!(Agreement::compare(jet.hess(), &[0.0; 18], 1e-12).holds());
    // what has no preimage says so
    assert!(preimage(&Warp::random(1, 0.0, 1), &[f64::INFINITY], &[0.0]).is_err());
}

/// The unit sphere from both poles, and once more with the northern chart turned.
fn sphere_atlas() -> Atlas {
    let mut atlas = Atlas::new();
    for name in ["north", "south", "again"] {
        atlas.add_chart(name, StereographicSphere::new(2, 1.0));
    }
    // from both poles (the southern chart mirrored by the inversion), and the northern chart turned about its pole
    let (c, s) = (0.6f64, 0.8f64);
    let turn = || Affine::new(vec![c, -s, s, c], vec![0.0, 0.0]);
    let turn_back = || Affine::new(vec![c, s, -s, c], vec![0.0, 0.0]);
    atlas.add_transition(0, 1, Inversion::new(2, 1.0));
    atlas.add_transition(1, 0, Inversion::new(2, 1.0));
    atlas.add_transition(0, 2, turn());
    atlas.add_transition(2, 0, turn_back());
    // inversion commutes with the turn
    atlas.add_transition(
        1,
        2,
        Turned {
            inversion: Inversion::new(2, 1.0),
            turn: turn(),
        },
    );
    atlas.add_transition(
        2,
        1,
        Turned {
            inversion: Inversion::new(2, 1.0),
            turn: turn_back(),
        },
    );
    atlas
}

/// The turn after the inversion.
struct Turned {
    inversion: Inversion,
    turn: Affine,
}

impl geogate_geometry::Formula for Turned {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        2
    }

    fn eval<S: geogate_geometry::Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut middle = [S::constant(0.0); 2];
        geogate_geometry::Formula::eval(&self.inversion, x, &mut middle);
        geogate_geometry::Formula::eval(&self.turn, &middle, out);
    }
}

#[test]
fn an_atlas_of_the_sphere_is_consistent() {
    let atlas = sphere_atlas();
    let region = Region::cube(2, -1.5, 1.4);
    let sets: Vec<Vec<f64>> = (0..3).map(|seed| points(&region, 40, seed)).collect();
    let survey = atlas.survey(&sets);
    assert_eq!(survey.transitions.len(), 6);
    assert_eq!(survey.cocycles.len(), 6);
    for (from, to, survey) in &survey.transitions {
        let name = format!("{} to {}", atlas.name(*from), atlas.name(*to));
        assert!(survey.isometry.max < 1e-10, "{name}: {:?}", survey.isometry);
        assert!(
            survey.affine.max < 1e-9 && survey.curvature.max < 1e-9,
            "{name}"
        );
        assert!(survey.inverse.unwrap().max < 1e-11, "{name}");
    }
    for cocycle in &survey.cocycles {
        assert_eq!(cocycle.values.len(), 40);
        assert!(cocycle.summary.max < 1e-11, "{cocycle:?}");
    }
    // a transition that is off by a shift shows in the cocycle
    let mut broken = atlas;
    broken.add_transition(
        0,
        2,
        Affine::new(vec![0.6, -0.8, 0.8, 0.6], vec![1e-3, 0.0]),
    );
    assert!(broken.cocycle([0, 1, 2], &[0.5, 0.2]).unwrap() > 1e-4);
    assert!(broken.transition(0, 0).is_err());
}

#[test]
fn gauss_bonnet() {
    // both hemispheres of a sphere as stereographic discs in polar coordinates
    let sphere = StereographicSphere::new(2, 1.7);
    let disc = Composite::<dyn Chart, dyn C2Map>::new(&sphere, &PolarPlane);
    let hemisphere = Region::new(&[0.0, 0.0], &[1.7, 2.0 * PI]);
    let total = 2.0 * integral_of_curvature(&disc, &hemisphere, 24).unwrap();
    assert!(
        Agreement::scalar(total, 4.0 * PI, 1e-8).holds(),
        "sphere: {total}"
    );
    let angles = Sphere::new(2, 0.7);
    let (region, _) = angles.stated_volume().unwrap();
    assert!(
        Agreement::scalar(
            integral_of_curvature(&angles, &region, 24).unwrap(),
            4.0 * PI,
            1e-8
        )
        .holds()
    );
    let torus = Torus::new(2.0, 0.8);
    let total = integral_of_curvature(&torus, &torus.region(), 40).unwrap();
    assert!(
        Agreement::scalar(total, 0.0, 1e-8).holds(),
        "torus: {total}"
    );
}

#[test]
fn stated_volumes() {
    let mut seen = 0;
    for space in catalog() {
        let Some((region, want)) = space.stated_volume() else {
            continue;
        };
        let got = volume(space.as_ref(), &region, 24).unwrap();
        assert!(
            Agreement::scalar(got, want, 1e-9 * want).holds(),
            "{}: {got} {want}",
            space.name()
        );
        seen += 1;
    }
    assert!(seen >= 9, "only {seen} spaces state a volume");
}

/// The third-order map of normal coordinates, seen as a transition from the tangent plane, has no isometry and no
/// affine defect at the origin, and the curvature of the torus for its curvature defect.
#[test]
fn normal_coordinates_are_a_transition_without_lower_defects() {
    struct Normal(TaylorMap);
    impl Map for Normal {
        fn source_dim(&self) -> usize {
            2
        }
        fn target_dim(&self) -> usize {
            2
        }
        fn value(&self, x: &[f64], out: &mut [f64]) {
            out.copy_from_slice(&self.0.point(x));
        }
    }
    impl geogate_geometry::C1Map for Normal {
        fn jet1(&self, x: &[f64], out: &mut geogate_geometry::Jet1) {
            let mut jet = Jet2::new();
            self.jet2(x, &mut jet);
            out.clone_from(&jet.first);
        }
    }
    impl C2Map for Normal {
        /// Differences are exact for cubics up to rounding.
        fn jet2(&self, x: &[f64], out: &mut Jet2) {
            out.reshape(2, 2);
            out.first.value_mut().copy_from_slice(&self.0.point(x));
            let h = 1e-2;
            let at = |a: f64, b: f64| self.0.point(&[x[0] + a * h, x[1] + b * h]);
            let centre = at(0.0, 0.0);
            for (i, [p, q]) in [[1.0, 0.0], [0.0, 1.0]].into_iter().enumerate() {
                let (f, b, ff, bb) = (
                    at(p, q),
                    at(-p, -q),
                    at(2.0 * p, 2.0 * q),
                    at(-2.0 * p, -2.0 * q),
                );
                for a in 0..2 {
                    out.first.column_mut(i)[a] =
                        (8.0 * (f[a] - b[a]) - (ff[a] - bb[a])) / (12.0 * h);
                    out.second_mut(i, i)[a] = (f[a] - 2.0 * centre[a] + b[a]) / (h * h);
                }
            }
            let (pp, pm, mp, mm) = (at(1.0, 1.0), at(1.0, -1.0), at(-1.0, 1.0), at(-1.0, -1.0));
            for a in 0..2 {
                out.second_mut(0, 1)[a] = (pp[a] - pm[a] - mp[a] + mm[a]) / (4.0 * h * h);
            }
        }
    }
    let (torus, plane) = (Torus::new(2.0, 0.8), Plane::new(2));
    let x = [0.3, 1.1];
    let map = Normal(TaylorMap::at(&torus, &x).unwrap());
    let tau = Transition::new(&plane, &torus, &map);
    assert!(tau.isometry(&[0.0, 0.0]).unwrap().norm < 1e-9);
    assert!(tau.affine(&[0.0, 0.0]).unwrap().norm < 1e-9);
    let want = torus.stated_scalar(&x).unwrap();
    assert!(Agreement::scalar(tau.curvature(&[0.0, 0.0]).unwrap(), want, 1e-9).holds());
    assert!(NormalCoordinates::at(&torus, &x).unwrap().max_sectional() > 0.0);
}

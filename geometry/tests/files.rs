//! Value types in files: there and back without a changed bit.

use geogate_geometry::charts::{ClosedForms, Plane, Region, StereographicSphere, Torus};
use geogate_geometry::connection::connection_jet;
use geogate_geometry::extrinsic::second_fundamental_form;
use geogate_geometry::transition::Inversion;
use geogate_geometry::{
    Atlas, C3Map, Integrator, Jet3, TaylorMap, Tensor, Transition, geodesic, jacobi_fields, log,
    metric, transport,
};
use geogate_laws::Warp;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

#[track_caller]
fn assert_kept<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

#[test]
fn value_types_survive_a_file() {
    let (torus, x, v, method) = (
        Torus::new(2.0, 0.8),
        [0.3, 1.1],
        [0.2, 0.4],
        Integrator::default(),
    );
    assert_kept(&method);
    assert_kept(&torus.region());
    assert_kept(&Region::cube(2, 0.1, 0.7));
    assert_kept(&metric::metric(&torus, &x).unwrap());
    assert_kept(&second_fundamental_form(&torus, &x).unwrap());
    assert_kept(&connection_jet(&torus, &x).unwrap());
    let mut jet = Jet3::new();
    torus.jet3(&x, &mut jet);
    assert_kept(&jet);
    assert_kept(&geodesic(&torus, &x, &v, method).unwrap());
    assert_kept(&transport(&torus, &x, &v, &v, method).unwrap());
    assert_kept(&jacobi_fields(&torus, &x, &v, &x, &v, method).unwrap());
    assert_kept(&log(&torus, &x, &[0.5, 1.4]).unwrap());
    assert_kept(&TaylorMap::at(&torus, &x).unwrap());
}

#[test]
fn defects_survive_a_file() {
    let (plane, warp) = (Plane::new(2), Warp::random(2, 0.5, 1));
    let tau = Transition::new(&plane, &plane, &warp);
    assert_kept(&tau.isometry(&[0.3, 0.1]).unwrap());
    assert_kept(&tau.affine(&[0.3, 0.1]).unwrap());
    let survey = tau.survey(None, &[0.3, 0.1, -0.2, 0.7]);
    assert_kept(&survey.isometry);
    assert_kept(survey.points[0].as_ref().unwrap());
    let mut atlas = Atlas::new();
    for (chart, name) in ["a", "b", "c"].into_iter().enumerate() {
        assert_eq!(
            atlas.add_chart(name, StereographicSphere::new(2, 1.0)),
            chart
        );
    }
    for (from, to) in [(0, 1), (1, 2), (0, 2)] {
        atlas.add_transition(from, to, Inversion::new(2, 1.0));
    }
    let points = vec![vec![0.5, 0.2]; 3];
    assert_kept(&atlas.survey(&points).cocycles[0]);
}

/// A file with another number of indices or of components is refused, not read past its end.
#[test]
fn tensors_that_do_not_fit_are_refused() {
    let text = serde_json::to_string(&Tensor::<2>::identity(2)).unwrap();
    assert_eq!(text, r#"{"dim":2,"rank":2,"components":[1.0,0.0,0.0,1.0]}"#);
    assert!(serde_json::from_str::<Tensor<2>>(&text).is_ok());
    let other_rank = serde_json::from_str::<Tensor<3>>(&text).unwrap_err();
    assert!(
        other_rank
            .to_string()
            .contains("4 components with 2 indices")
    );
    let short = text.replace("1.0,0.0,0.0", "1.0,0.0");
    assert!(serde_json::from_str::<Tensor<2>>(&short).is_err());
}

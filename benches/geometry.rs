//! How long one point takes: local geometry, geodesics and normal coordinates on four reference spaces, and the
//! surface written as a closure.
//!
//! Every bench asserts its result once before it is timed; times are per point.

use criterion::{Criterion, criterion_group, criterion_main};
use geogate_geometry::charts::{ClosedForms, HyperbolicHalfSpace, Sphere, Torus};
use geogate_geometry::{
    LocalGeometry, NormalCoordinates, Scalar, Space, Surface, Tensor, TensorRef, exp, log, metric,
    quantity,
};
use geogate_laws::Agreement;
use std::hint::black_box;

/// A space, a point of it and a velocity of length 0.4.
struct Setting {
    name: &'static str,
    space: Box<dyn ClosedForms>,
    x: Vec<f64>,
    v: Vec<f64>,
}

fn settings() -> Vec<Setting> {
    let spaces: [(&'static str, Box<dyn ClosedForms>, Vec<f64>); 4] = [
        ("sphere S2", Box::new(Sphere::new(2, 1.5)), vec![1.1, 0.3]),
        ("torus", Box::new(Torus::new(2.0, 0.8)), vec![0.4, 0.9]),
        (
            "hyperbolic H3",
            Box::new(HyperbolicHalfSpace::new(3)),
            vec![0.2, -0.1, 0.9],
        ),
        (
            "sphere S5",
            Box::new(Sphere::new(5, 1.5)),
            vec![1.1, 1.3, 1.2, 1.4, 0.3],
        ),
    ];
    let with_velocity = |(name, space, x): (&'static str, Box<dyn ClosedForms>, Vec<f64>)| {
        let v: Vec<f64> = (0..x.len()).map(|i| 1.0 - 0.3 * i as f64).collect();
        let length = metric::inner(space.as_ref(), &x, &v, &v)
            .expect("a point of the domain")
            .sqrt();
        Setting {
            name,
            space,
            v: v.iter().map(|v| 0.4 * v / length).collect(),
            x,
        }
    };
    spaces.into_iter().map(with_velocity).collect()
}

/// What is timed is right: g, Γ, R_ijkl, Ricci and R against the closed forms.
fn assert_stated(space: &dyn ClosedForms, x: &[f64]) {
    fn close<const R: usize>(got: TensorRef<'_, R>, want: Option<Tensor<R>>) {
        let want = want.expect("stated in closed form");
        let bound = 1e-12 * (1.0 + want.max_abs());
        assert!(Agreement::compare(got.components(), want.components(), bound).holds());
    }
    let everything = (
        (quantity::Metric, quantity::Christoffel),
        (
            quantity::Riemann,
            quantity::Ricci,
            quantity::ScalarCurvature,
        ),
    );
    let mut local = LocalGeometry::new();
    let ((g, gamma), (riem, ricci, scalar)) = local
        .at(space, x, everything)
        .expect("a point of the domain");
    close(g, space.stated_metric(x));
    close(gamma, space.stated_christoffel(x));
    close(riem, space.stated_riemann(x));
    let want = space.stated_scalar(x).expect("stated in closed form");
    assert!(Agreement::scalar(scalar, want, 1e-12 * (1.0 + want.abs())).holds());
    // all four are Einstein spaces
    let share = want / x.len() as f64;
    let want: Vec<f64> = g.components().iter().map(|g| g * share).collect();
    assert!(Agreement::compare(ricci.components(), &want, 1e-11).holds());
}

/// How long does each quantity take at one point, in a reused workspace?
fn local_geometry(criterion: &mut Criterion) {
    for Setting { name, space, x, .. } in settings() {
        assert_stated(space.as_ref(), &x);
        let space: &dyn Space = &space.source();
        let mut group = criterion.benchmark_group(format!("local/{name}"));
        let mut local = LocalGeometry::new();
        macro_rules! timed {
            ($($quantity:literal: $value:ident;)*) => {$(
                group.bench_function($quantity, |bencher| {
                    let quantities = (quantity::$value, quantity::VolumeElement);
                    bencher.iter(|| local.at(space, black_box(&x), quantities).map(|(_, volume)| volume));
                });
            )*};
        }
        timed! {
            "metric": Metric;
            "christoffel": Christoffel;
            "riemann": Riemann;
            "ricci": Ricci;
            "scalar": ScalarCurvature;
        }
    }
}

/// How long do metric, Christoffel symbols and scalar curvature of a closure take together?
fn closure(criterion: &mut Criterion) {
    let torus = Surface::new(|[u, v]| {
        let ((su, cu), (sv, cv)) = (u.sin_cos(), v.sin_cos());
        let w = cv * 0.8 + 2.0;
        [w * cu, w * su, sv * 0.8]
    });
    let (mut local, x) = (LocalGeometry::new(), [0.4, 0.9]);
    let quantities = (
        quantity::Metric,
        quantity::Christoffel,
        quantity::ScalarCurvature,
    );
    let (_, _, scalar) = local
        .at(&torus, &x, quantities)
        .expect("a point of the domain");
    assert!((scalar - 2.0 * 0.9f64.cos() / (0.8 * (2.0 + 0.8 * 0.9f64.cos()))).abs() < 1e-13);
    criterion.bench_function("closure/metric+christoffel+scalar", |bencher| {
        bencher.iter(|| {
            let (g, gamma, scalar) = local
                .at(&torus, black_box(&x), quantities)
                .expect("a point of the domain");
            scalar + g[[0, 0]] + gamma[[0, 0, 1]]
        });
    });
}

/// How long do exp, log and the metric in normal coordinates take, at length 0.4?
fn geodesics(criterion: &mut Criterion) {
    for Setting { name, space, x, v } in settings() {
        let space: &dyn Space = &space.source();
        let mut group = criterion.benchmark_group(format!("geodesic/{name}"));
        group.sample_size(20);
        let q = exp(space, &x, &v).expect("within the domain");
        let found = log(space, &x, &q).expect("within the injectivity radius");
        assert!((found.length - 0.4).abs() < 1e-9);
        group.bench_function("exp", |bencher| {
            bencher.iter(|| exp(space, black_box(&x), &v))
        });
        group.bench_function("log", |bencher| {
            bencher.iter(|| log(space, black_box(&x), &q))
        });
        let normal = NormalCoordinates::at(space, &x).expect("a point of the domain");
        let mut xi = vec![0.0; x.len()];
        xi[0] = 0.4;
        // along ξ lengths are kept
        let g = normal.metric(&xi).expect("within the domain");
        assert!((g[[0, 0]] - 1.0).abs() < 1e-9);
        group.bench_function("normal coordinates", |bencher| {
            bencher.iter(|| normal.metric(black_box(&xi)))
        });
    }
}

criterion_group!(benches, closure, local_geometry, geodesics);
criterion_main!(benches);

//! Jets of formulas, closures and composites; typed errors of the workspace.

use geogate_geometry::charts::{PolarPlane, Sphere, Torus};
use geogate_geometry::{
    C1Map, C2Map, C3Map, Composite, ErrorKind, Formula, Jet1, Jet2, Jet3, LocalGeometry, Map,
    Scalar, Surface, Taylor3, curvature, metric, quantity,
};
use geogate_laws::charts::Polynomial;
use geogate_laws::{Agreement, Warp};

/// Jets of all orders agree where they overlap, in dimensions below and above the inline kernels, and third
/// derivatives are the derivative of second ones.
#[test]
fn jets_of_every_order_and_dimension_agree() {
    for d in 1..=9 {
        let map = Polynomial::random(d, 4, 4, 1.0, d as u64);
        let x: Vec<f64> = (0..d).map(|i| 0.3 - 0.11 * i as f64).collect();
        let (mut one, mut two, mut three) = (Jet1::new(), Jet2::new(), Jet3::new());
        map.jet1(&x, &mut one);
        map.jet2(&x, &mut two);
        map.jet3(&x, &mut three);
        let mut value = [0.0; 4];
        Map::value(&map, &x, &mut value);
        assert_eq!(one.value(), value);
        assert_eq!(one, two.first);
        assert!(
            Agreement::compare(two.hess(), three.second.hess(), 1e-14).holds(),
            "d = {d}"
        );
        assert!(
            Agreement::compare(one.jac(), three.second.first.jac(), 1e-14).holds(),
            "d = {d}"
        );
        let h = 1e-3;
        for k in 0..d {
            let at = |t: f64| {
                let mut moved = x.clone();
                moved[k] += t;
                let mut jet = Jet2::new();
                map.jet2(&moved, &mut jet);
                jet.hess().to_vec()
            };
            let (forward, back) = (at(h), at(-h));
            for j in 0..d {
                for i in 0..=j {
                    let from = (j * (j + 1) / 2 + i) * 4;
                    let slope: Vec<f64> = (from..from + 4)
                        .map(|p| (forward[p] - back[p]) / (2.0 * h))
                        .collect();
                    assert!(
                        Agreement::compare(three.third(i, j, k), &slope, 1e-9).holds(),
                        "d = {d}, {i} {j} {k}"
                    );
                }
            }
        }
    }
}

/// Every function of a scalar against differences, all three orders at once.
#[test]
fn functions_of_scalars_have_their_derivatives() {
    type Case = (&'static str, fn(Taylor3<1>) -> Taylor3<1>, fn(f64) -> f64);
    let cases: [Case; 16] = [
        ("recip", |x| x.recip(), |x| 1.0 / x),
        ("sqrt", |x| x.sqrt(), f64::sqrt),
        ("powi", |x| x.powi(5), |x| x.powi(5)),
        ("powi -2", |x| x.powi(-2), |x| x.powi(-2)),
        ("powi 1", |x| x.powi(1), |x| x),
        ("powf", |x| x.powf(1.7), |x| x.powf(1.7)),
        ("exp", |x| x.exp(), f64::exp),
        ("ln", |x| x.ln(), f64::ln),
        ("sin", |x| x.sin(), f64::sin),
        ("cos", |x| x.cos(), f64::cos),
        ("tan", |x| x.tan(), f64::tan),
        ("atan", |x| x.atan(), f64::atan),
        ("sinh", |x| x.sinh(), f64::sinh),
        ("cosh", |x| x.cosh(), f64::cosh),
        ("tanh", |x| x.tanh(), f64::tanh),
        (
            "quotient",
            |x| x.sin() / (x * x + 1.0) - 2.0 * x,
            |x| x.sin() / (x * x + 1.0) - 2.0 * x,
        ),
    ];
    for (name, number, function) in cases {
        let x = 0.7;
        let y = number(Taylor3::variable(x, 0));
        assert!(
            Agreement::scalar(y.real(), function(x), 1e-15).holds(),
            "{name}"
        );
        let h = 1e-2;
        let f = |k: f64| function(x + k * h);
        let first = (f(-2.0) - 8.0 * f(-1.0) + 8.0 * f(1.0) - f(2.0)) / (12.0 * h);
        let second =
            (-f(-2.0) + 16.0 * f(-1.0) - 30.0 * f(0.0) + 16.0 * f(1.0) - f(2.0)) / (12.0 * h * h);
        let third = (f(-3.0) - 8.0 * f(-2.0) + 13.0 * f(-1.0) - 13.0 * f(1.0) + 8.0 * f(2.0)
            - f(3.0))
            / (8.0 * h * h * h);
        let scale = 1.0 + y.third_sorted(0, 0, 0).abs();
        for (got, want) in [
            (y.first(0), first),
            (y.second(0, 0), second),
            (y.third_sorted(0, 0, 0), third),
        ] {
            assert!(
                Agreement::scalar(got, want, 2e-5 * scale).holds(),
                "{name}: {got} {want}"
            );
        }
    }
}

#[test]
fn composites_follow_the_chain_rule_to_third_order() {
    struct Both(Warp, Torus);
    impl Formula for Both {
        fn source_dim(&self) -> usize {
            2
        }
        fn target_dim(&self) -> usize {
            3
        }
        fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
            let mut middle = [S::constant(0.0); 2];
            Formula::eval(&self.0, x, &mut middle);
            Formula::eval(&self.1, &middle, out);
        }
    }
    let (warp, torus) = (Warp::random(2, 0.6, 3), Torus::new(2.0, 0.7));
    let direct = Both(warp.clone(), torus);
    let composite = Composite::<dyn C3Map, dyn C3Map>::new(&torus, &warp);
    let (mut got, mut want) = (Jet3::new(), Jet3::new());
    composite.jet3(&[0.4, 1.2], &mut got);
    direct.jet3(&[0.4, 1.2], &mut want);
    assert!(Agreement::compare(got.second.first.jac(), want.second.first.jac(), 1e-13).holds());
    assert!(Agreement::compare(got.second.hess(), want.second.hess(), 1e-13).holds());
    assert!(Agreement::compare(got.thirds(), want.thirds(), 1e-12).holds());
}

#[test]
fn a_closure_is_a_chart() {
    let closure = Surface::new(|[u, v]| {
        let w = v.cos() * 0.8 + 2.0;
        [w * u.cos(), w * u.sin(), v.sin() * 0.8]
    });
    let torus = Torus::new(2.0, 0.8);
    let x = [0.4, 2.1];
    assert_eq!(
        metric::metric(&closure, &x).unwrap(),
        metric::metric(&torus, &x).unwrap()
    );
    let (got, want) = (
        curvature::scalar_curvature(&closure, &x),
        curvature::scalar_curvature(&torus, &x),
    );
    assert!(Agreement::scalar(got.unwrap(), want.unwrap(), 1e-13).holds());
}

#[test]
fn failures_are_typed() {
    let outside = metric::metric(&Sphere::new(2, 1.0), &[-0.1, 0.0]).unwrap_err();
    assert!(
        matches!(
            outside.kind(),
            ErrorKind::OutsideDomain {
                requirement: "0 < θ < π",
                ..
            }
        ),
        "{outside}"
    );
    // a curve that doubles back: rank 1 everywhere
    let degenerate = Surface::new(|[u, v]| [u + v, u + v, (u + v) * 2.0]);
    let error = metric::metric(&degenerate, &[0.2, 0.1]).unwrap_err();
    let ErrorKind::DegenerateMetric {
        point,
        eigenvalues,
        condition_limit,
    } = error.kind()
    else {
        panic!("{error}")
    };
    assert_eq!(
        (point.as_slice(), eigenvalues.len(), *condition_limit),
        ([0.2, 0.1].as_slice(), 2, 1e13)
    );
    // polar coordinates near the origin, diag(1, ρ²): the limit of the ratio is 1e13, whatever is asked for
    for (rho, accepted) in [(3.2e-7, true), (3.1e-7, false), (1e-8, false)] {
        let near = [rho, 0.0];
        assert_eq!(metric::inverse(&PolarPlane, &near).is_ok(), accepted);
        let mut local = LocalGeometry::new();
        let scalar = local.at(&PolarPlane, &near, quantity::ScalarCurvature);
        assert_eq!(scalar.is_ok(), accepted, "{rho:e}");
    }
    let infinite = Surface::new(|[u, v]| [u, v, (u * u).recip()]);
    let error = metric::metric(&infinite, &[0.0, 1.0]).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::NotFinite {
                quantity: "metric",
                ..
            }
        ),
        "{error}"
    );
}

/// The limit holds for what is asked for alone as well, and for geodesics: the pivots of this metric are both 1.
#[test]
fn ill_conditioned_metrics_are_typed_everywhere() {
    let sheared = Surface::new(|[u, v]| [u + v * 1e4, v, u * 0.0]);
    let x = [0.2, 0.1];
    let errors = [
        metric::metric(&sheared, &x).unwrap_err(),
        metric::inverse(&sheared, &x).unwrap_err(),
        geogate_geometry::exp(&sheared, &x, &[0.1, 0.0]).unwrap_err(),
    ];
    for error in errors {
        let ErrorKind::DegenerateMetric {
            point, eigenvalues, ..
        } = error.kind()
        else {
            panic!("{error}")
        };
        assert_eq!(point.as_slice(), x);
        assert!((eigenvalues[1] - 1e8).abs() < 10.0, "{eigenvalues:?}");
    }
}

#[test]
fn failures_of_arguments_are_typed() {
    let error =
        curvature::sectional_curvature(&Sphere::new(2, 1.0), &[1.0, 0.0], &[1.0, 2.0], &[2.0, 4.0])
            .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::DegeneratePlane { .. }),
        "{error}"
    );
    let error = curvature::weyl(&Sphere::new(3, 1.0), &[1.0, 1.0, 0.0]).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Dimension {
                needed: 4,
                found: 3,
                ..
            }
        ),
        "{error}"
    );
    let error = geogate_geometry::exp(&PolarPlane, &[1.0, 0.0], &[-2.0, 0.0]).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Stalled { time, .. } if (time - 0.5).abs() < 1e-3),
        "{error}"
    );
}

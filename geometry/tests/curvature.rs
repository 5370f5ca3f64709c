//! Second form, mean curvature, Weyl, Kretschmann and sectional curvature against closed forms with their sign, and
//! the whole Riemann tensor under random diffeomorphisms.

use crate::charts::{in_frame, uniform};
use geogate_geometry::charts::{
    Catenoid, CliffordTorus, ClosedForms, Cylinder, Helicoid, HyperbolicBall, Sphere, Torus,
};
use geogate_geometry::conventions::pair;
use geogate_geometry::curvature::{
    kretschmann, riemann, scalar_curvature, sectional_curvature, weyl,
};
use geogate_geometry::extrinsic::{mean_curvature, second_fundamental_form};
use geogate_geometry::metric::orthonormal_frame;
use geogate_geometry::{
    C1Map, C2Map, Chart, Composite, Formula, Jet1, Map, MetricField, MetricSource, Scalar, Space,
    Tensor,
};
use geogate_laws::charts::{
    ComplexProjectiveLine, Enneper, Product, Saddle, SurfaceOfRevolution, Veronese, catalog,
};
use geogate_laws::{Agreement, PulledBack, Warp, preimage};
use std::f64::consts::FRAC_PI_2;

/// Relative error of the Gauss route.
const GAUSS: f64 = 1e-10;

#[track_caller]
fn assert_mean_curvature(chart: &dyn Chart, x: &[f64], want: &[f64]) {
    let got = mean_curvature(&MetricSource::Immersion(chart), x).unwrap();
    let agreement = Agreement::compare(&got, want, 1e-13);
    assert!(agreement.holds(), "{agreement}: {got:?} for {want:?}");
}

/// The mean curvature vector points to the side the chart bends to.
#[test]
fn mean_curvature_vectors() {
    let mut draw = uniform(1);
    for _ in 0..20 {
        let (u, v) = (3.0 * draw() - 1.5, 3.0 * draw() - 1.5);
        for minimal in [
            &Catenoid::new(1.4) as &dyn Chart,
            &Helicoid::new(0.6),
            &Enneper,
        ] {
            assert_mean_curvature(minimal, &[u, v], &[0.0; 3]);
        }
        // −f/r² on a sphere, and on the Veronese surface, which is minimal in the sphere of radius s
        let x = [1.0 + 0.5 * draw(), 0.8 + draw(), u];
        let inward = |chart: &dyn Chart, x: &[f64], r: f64| {
            let mut f = vec![0.0; chart.target_dim()];
            Map::value(chart, x, &mut f);
            f.iter().map(|f| -f / (r * r)).collect::<Vec<_>>()
        };
        let (sphere, veronese) = (Sphere::new(3, 0.8), Veronese::new(1.5));
        assert_mean_curvature(&sphere, &x, &inward(&sphere, &x, 0.8));
        assert_mean_curvature(&veronese, &x[1..], &inward(&veronese, &x[1..], 1.5));
        // half the sum of the principal curvatures, times the inner normal
        let (major, minor) = (2.0, 0.8);
        let h = -0.5 * (1.0 / minor + v.cos() / (major + minor * v.cos()));
        let normal = [u.cos() * v.cos(), u.sin() * v.cos(), v.sin()];
        assert_mean_curvature(&Torus::new(major, minor), &[u, v], &normal.map(|n| h * n));
        let h = -0.5 / 1.3;
        assert_mean_curvature(
            &Cylinder::new(1.3),
            &[u, v],
            &[h * u.cos(), h * u.sin(), 0.0],
        );
        let (a, b) = (1.2, 0.7);
        let parts = [u.cos() / a, u.sin() / a, v.cos() / b, v.sin() / b];
        assert_mean_curvature(&CliffordTorus::new(a, b), &[u, v], &parts.map(|p| -0.5 * p));
    }
}

#[test]
fn second_fundamental_forms() {
    // II_ij = −g_ij f/r²
    let (r, x) = (1.5, [0.9, 0.4]);
    let sphere = Sphere::new(2, r);
    let form = second_fundamental_form(&sphere, &x).unwrap();
    let mut f = [0.0; 3];
    Map::value(&sphere, &x, &mut f);
    let s = 0.9f64.sin();
    for (i, j, g) in [(0, 0, r * r), (0, 1, 0.0), (1, 1, r * r * s * s)] {
        let want = f.map(|f| -g * f / (r * r));
        assert!(
            Agreement::compare(form.of(i, j), &want, 1e-14).holds(),
            "{i} {j}"
        );
    }
    let form = second_fundamental_form(&Saddle::new(1.1), &[0.0, 0.0]).unwrap();
    assert_eq!(form.of(0, 0), [0.0, 0.0, 1.1]);
    assert_eq!(form.of(1, 0), [0.0; 3]);
    assert_eq!(form.of(1, 1), [0.0, 0.0, -1.1]);
}

/// R_ijkl R^ijkl is 2 d (d − 1) K² where the curvature is constant, and adds up over the factors of a product.
#[test]
fn kretschmann_scalars() {
    let (torus, catenoid) = (Torus::new(2.0, 0.7), Catenoid::new(1.0));
    let (v, u) = (0.8f64, 0.5f64);
    let k = [v.cos() / (0.7 * (2.0 + 0.7 * v.cos())), -u.cosh().powi(-4)];
    let sphere = || Sphere::new(2, 1.0);
    let cases: [(&dyn Space, &[f64], f64); 6] = [
        (&Sphere::new(2, 2.0), &[1.0, 0.3], 4.0 / 16.0),
        (
            &Sphere::new(5, 1.5),
            &[1.0, 1.2, 0.9, 1.4, 0.3],
            40.0 / 1.5f64.powi(4),
        ),
        (&HyperbolicBall::new(4), &[0.1, -0.2, 0.3, 0.2], 24.0),
        (&ComplexProjectiveLine, &[0.4, -0.7], 64.0),
        (
            &Product::new(sphere(), sphere()),
            &[1.0, 0.2, 0.7, -0.4],
            8.0,
        ),
        (
            &Product::new(torus, catenoid),
            &[0.3, v, u, 1.0],
            4.0 * (k[0] * k[0] + k[1] * k[1]),
        ),
    ];
    for (space, x, want) in cases {
        let agreement = Agreement::scalar(kretschmann(space, x).unwrap(), want, GAUSS * want);
        assert!(agreement.holds(), "{agreement} at {x:?}");
    }
}

#[test]
fn sectional_curvature_of_a_product() {
    let product = Product::new(Sphere::new(2, 0.5), Torus::new(2.0, 0.8));
    let x = [1.0, 0.3, 0.4, 2.6];
    let inside = 2.6f64.cos() / (0.8 * (2.0 + 0.8 * 2.6f64.cos()));
    let unit = |i: usize| {
        let mut e = [0.0; 4];
        e[i] = 1.0;
        e
    };
    for i in 0..4 {
        for j in 0..i {
            let want = match (j, i) {
                (0, 1) => 4.0,
                (2, 3) => inside,
                _ => 0.0,
            };
            let got = sectional_curvature(&product, &x, &unit(j), &unit(i)).unwrap();
            assert!(
                Agreement::scalar(got, want, 4.0 * GAUSS).holds(),
                "{j} {i}: {got} {want}"
            );
        }
    }
    // a thin parallelogram spans the same plane
    let (u, v) = ([1.0, 0.0, 0.0, 0.0], [1.0, 1e-3, 0.0, 0.0]);
    let got = sectional_curvature(&product, &x, &u, &v).unwrap();
    assert!(Agreement::scalar(got, 4.0, 1e-8).holds(), "{got}");
}

/// `e^{2aφ}` times the product of two unit spheres in stereographic coordinates, φ = x_0 + x_1 x_2 − ½ x_3².
struct Rescaled {
    a: f64,
}

impl Formula for Rescaled {
    fn source_dim(&self) -> usize {
        4
    }

    fn target_dim(&self) -> usize {
        10
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let phi = x[0] + x[1] * x[2] - x[3].square() * 0.5;
        let factor = (phi * (2.0 * self.a)).exp() * 4.0;
        out.fill(S::constant(0.0));
        for sphere in [0, 2] {
            let w = (x[sphere].square() + x[sphere + 1].square() + 1.0).square();
            out[pair(sphere, sphere)] = factor / w;
            out[pair(sphere + 1, sphere + 1)] = factor / w;
        }
    }
}

impl MetricField for Rescaled {}

impl Space for Rescaled {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

#[test]
fn weyl_tensor() {
    // conformally flat
    for (space, x) in [
        (
            &Sphere::new(5, 1.5) as &dyn Space,
            &[1.0, 1.2, 0.9, 1.4, 0.3][..],
        ),
        (&HyperbolicBall::new(4), &[0.1, -0.2, 0.3, 0.2]),
    ] {
        let w = weyl(space, x).unwrap();
        let size = riemann(space, x).unwrap().max_abs();
        assert!(w.max_abs() <= GAUSS * size, "{:e}", w.max_abs());
    }
    // S² × S² on the equators, where the coordinates are orthonormal: Ric = g, R = 4
    let spheres = Product::new(Sphere::new(2, 1.0), Sphere::new(2, 1.0));
    let w = weyl(&spheres, &[FRAC_PI_2, 0.3, FRAC_PI_2, -0.2]).unwrap();
    let cases = [
        ([0, 1, 0, 1], 2.0 / 3.0),
        ([0, 1, 1, 0], -2.0 / 3.0),
        ([2, 3, 2, 3], 2.0 / 3.0),
        ([0, 2, 0, 2], -1.0 / 3.0),
        ([1, 3, 1, 3], -1.0 / 3.0),
        ([0, 2, 1, 3], 0.0),
        ([0, 1, 2, 3], 0.0),
    ];
    for (index, want) in cases {
        assert!(
            Agreement::scalar(w[index], want, GAUSS).holds(),
            "{index:?}: {}",
            w[index]
        );
    }
    // W_ijkl of e^{2φ} g is e^{2φ} times that of g, while R_ijkl is not
    let (x, a) = ([0.2, -0.4, 0.3, 0.5], 0.7f64);
    let factor = (2.0 * a * (0.2 - 0.4 * 0.3 - 0.5 * 0.25)).exp();
    let (plain, scaled) = (Rescaled { a: 0.0 }, Rescaled { a });
    let times = |t: &Tensor<4>| {
        t.components()
            .iter()
            .map(|w| factor * w)
            .collect::<Vec<_>>()
    };
    let (before, after) = (weyl(&plain, &x).unwrap(), weyl(&scaled, &x).unwrap());
    let bound = 1e-9 * before.max_abs();
    assert!(Agreement::compare(after.components(), &times(&before), bound).holds());
    let (before, after) = (riemann(&plain, &x).unwrap(), riemann(&scaled, &x).unwrap());
    assert!(!Agreement::compare(after.components(), &times(&before), 0.1).holds());
}

/// A profile with no symmetry, and one that gives the torus.
struct Wave;

impl Formula for Wave {
    fn source_dim(&self) -> usize {
        1
    }

    fn target_dim(&self) -> usize {
        2
    }

    fn eval<S: Scalar>(&self, t: &[S], out: &mut [S]) {
        out[0] = (t[0] * 1.3).sin() * 0.4 + 1.5;
        out[1] = t[0] + t[0].square() * 0.2;
    }
}

impl geogate_laws::charts::Profile for Wave {}

#[test]
fn curvature_of_surfaces_of_revolution() {
    let surface = SurfaceOfRevolution::new(Wave);
    for t in [-0.9, -0.2, 0.4, 1.1f64] {
        let got = scalar_curvature(&surface, &[t, 0.7]).unwrap();
        // z' (ρ' z'' − ρ'' z') / (ρ (ρ'² + z'²)²)
        let (s, c) = (1.3 * t).sin_cos();
        let (rho, rho1, rho2) = (0.4 * s + 1.5, 0.52 * c, -0.676 * s);
        let (z1, z2) = (1.0 + 0.4 * t, 0.4);
        let want = z1 * (rho1 * z2 - rho2 * z1) / (rho * (rho1 * rho1 + z1 * z1).powi(2));
        assert!(
            Agreement::scalar(got, 2.0 * want, GAUSS).holds(),
            "{t}: {got}"
        );
        assert!(
            Agreement::scalar(surface.stated_curvature(t), want, GAUSS).holds(),
            "{t}"
        );
    }
}

/// Invariance to 1e-8 of the curvature in an orthonormal frame, all components of it:
/// R̃_ijkl(y) = R_abcd(τ(y)) ∂_i τ^a ∂_j τ^b ∂_k τ^c ∂_l τ^d.
#[test]
fn riemann_tensor_under_random_diffeomorphisms() {
    for (seed, space) in (0..).zip(catalog()) {
        let (space, mut draw) = (space.as_ref(), uniform(seed));
        for _ in 0..10 {
            let unit: Vec<f64> = (0..space.dim()).map(|_| draw()).collect();
            let warp = Warp::from_draws(space.dim(), 0.5, &mut draw);
            let x = space.region().point(&unit);
            let y = preimage(&warp, &x, &x).unwrap();
            match space.source() {
                MetricSource::Immersion(chart) => {
                    let warped = Composite::<dyn Chart, dyn C2Map>::new(chart, &warp);
                    assert_invariant(space, &warped, &warp, &y.point);
                }
                MetricSource::Field(field) => {
                    assert_invariant(space, &PulledBack::new(field, &warp), &warp, &y.point);
                }
            }
        }
    }
}

#[track_caller]
fn assert_invariant(space: &dyn ClosedForms, warped: &dyn Space, warp: &Warp, y: &[f64]) {
    let d = y.len();
    let mut jet = Jet1::new();
    warp.jet1(y, &mut jet);
    let frame = orthonormal_frame(warped, y).unwrap();
    // the frame pushed forward is orthonormal at τ(y)
    let mut image = Tensor::<2>::zeros(d);
    for a in 0..d {
        let column: Vec<f64> = (0..d).map(|i| frame[[i, a]]).collect();
        let mut pushed = vec![0.0; d];
        jet.push_forward(&column, &mut pushed);
        pushed
            .iter()
            .enumerate()
            .for_each(|(i, p)| image[[i, a]] = *p);
    }
    let want = in_frame(&riemann(space, jet.value()).unwrap(), &image);
    let got = in_frame(&riemann(warped, y).unwrap(), &frame);
    let size = want.iter().fold(1.0, |m: f64, r| m.max(r.abs()));
    let agreement = Agreement::compare(&got, &want, 1e-8 * size);
    assert!(agreement.holds(), "{}: {agreement}", space.name());
}

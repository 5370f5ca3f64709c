//! Maps planted between known manifolds: each is flagged by exactly the defects it should be, by as
//! much as its closed form says.

use geogate::chart::LatentChart;
use geogate::geometry::charts::{Plane, Sphere, StereographicSphere, Torus};
use geogate::geometry::transition::Affine;
use geogate::geometry::{
    C1Map, C2Map, Composite, Formula, Jet1, Map, Scalar, Space, Transition, cocycle_defect,
    curvature, metric,
};
use geogate::method::{MethodName, ModelConfig, Start};
use geogate::train::Model;
use geogate::train::config::{Precision, TrainingConfig};
use geogate_laws::{Inverse, Warp};

use crate::known_manifold::{KnownManifold, KnownTasks, Sizes};

/// What rounding leaves of a defect that is zero: second derivatives and inverse metrics of order 10.
const ZERO: f64 = 1e-12;

/// Defects of a transition at a point: isometry (eigenvalues), affine, curvature, inverse.
struct Found {
    isometry: Vec<f64>,
    affine: f64,
    curvature: f64,
    inverse: f64,
}

fn defects(
    from: &dyn Space,
    to: &dyn Space,
    (map, back): (&dyn C2Map, &dyn Map),
    z: &[f64],
) -> Found {
    let tau = Transition::new(from, to, map);
    Found {
        isometry: tau.isometry(z).unwrap().eigenvalues,
        affine: tau.affine(z).unwrap().norm,
        curvature: tau.curvature(z).unwrap(),
        inverse: tau.inverse(back, z).unwrap(),
    }
}

#[track_caller]
fn assert_found(found: &Found, isometry: [f64; 2], affine: f64, curvature: f64, inverse: f64) {
    let got = [
        found.isometry[0],
        found.isometry[1],
        found.affine,
        found.curvature,
        found.inverse,
    ];
    let want = [isometry[0], isometry[1], affine, curvature, inverse];
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        let bound = ZERO * (1.0 + want.abs());
        assert!(
            (got - want).abs() <= bound,
            "defect {k}: got {got:e}, want {want:e}"
        );
    }
}

fn scaling(by: f64) -> Affine {
    Affine::new(vec![by, 0.0, 0.0, by], vec![0.0, 0.0])
}

fn shift(u: f64, v: f64) -> Affine {
    Affine::new(vec![1.0, 0.0, 0.0, 1.0], vec![u, v])
}

/// A homothety of the plane keeps geodesics and flatness: isometry defect λ² − 1 alone.
#[test]
fn isometry_alone() {
    let plane = Plane::new(2);
    let found = defects(
        &plane,
        &plane,
        (&scaling(1.3), &scaling(1.0 / 1.3)),
        &[0.4, -0.7],
    );
    let want = 1.3 * 1.3 - 1.0;
    assert_found(&found, [want, want], 0.0, 0.0, 0.0);
}

/// `(x, y) ↦ (x + a y², y)`.
struct Bend(f64);

impl Formula for Bend {
    fn source_dim(&self) -> usize {
        2
    }
    fn target_dim(&self) -> usize {
        2
    }
    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        (out[0], out[1]) = (x[0] + x[1] * x[1] * self.0, x[1]);
    }
}

/// Where a bend is the identity to first order, only its second derivative 2a shows.
#[test]
fn affine_alone() {
    let plane = Plane::new(2);
    let found = defects(&plane, &plane, (&Bend(0.8), &Bend(-0.8)), &[0.4, 0.0]);
    assert_found(&found, [0.0, 0.0], 1.6, 0.0, 0.0);
}

/// Stereographic coordinates of the unit sphere to normal coordinates at the pole:
/// `ξ = 2 x atan|x|/|x|`, by the series of the arc tangent.
struct Normal;

impl Formula for Normal {
    fn source_dim(&self) -> usize {
        2
    }
    fn target_dim(&self) -> usize {
        2
    }
    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let s = x[0] * x[0] + x[1] * x[1];
        // 40 terms: for s ≤ 0.3 the rest is below 0.3⁴⁰/81, 1e-23
        let mut sum = S::constant(0.0);
        for k in (0..40).rev() {
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            sum = sum * s + sign / f64::from(2 * k + 1);
        }
        (out[0], out[1]) = (x[0] * sum * 2.0, x[1] * sum * 2.0);
    }
}

/// Alternating signs are in the coefficients: the series is `Σ (−s)^k / (2k + 1)`.
#[test]
fn the_series_is_the_arc_tangent() {
    let x = [0.3, -0.4];
    let mut xi = [0.0; 2];
    Map::value(&Normal, &x, &mut xi);
    let want = 2.0 * 0.5_f64.atan() / 0.5;
    assert!((xi[0] - want * 0.3).abs() < 1e-15 && (xi[1] + want * 0.4).abs() < 1e-15);
}

/// A sphere laid on the plane by normal coordinates: at the point nothing but the curvature, −2,
/// is lost; away from it, circles about the point are too long by ρ/sin ρ.
#[test]
fn curvature_alone() {
    let (sphere, plane) = (StereographicSphere::new(2, 1.0), Plane::new(2));
    let back = Inverse::new(&Normal, &[0.1, 0.1]);
    let found = defects(&sphere, &plane, (&Normal, &back), &[0.0, 0.0]);
    assert_found(&found, [0.0, 0.0], 0.0, -2.0, 0.0);

    let z = [0.3, 0.2];
    let rho = 2.0 * (0.13_f64).sqrt().atan();
    let circle = (rho / rho.sin()).powi(2) - 1.0;
    let away = defects(&sphere, &plane, (&Normal, &back), &z);
    assert_found(&away, [0.0, circle], away.affine, -2.0, 0.0);
    assert!(
        away.affine > 0.1,
        "circles are no longer straight enough: {}",
        away.affine
    );
}

/// Dilations of the stereographic plane are conformal maps of the sphere onto itself,
/// `τ* g = e^{2f} g` with `f = ln λ + ln(1 + |x|²) − ln(1 + λ²|x|²)`: lengths are lost, and straightness
/// by `2 e^f |∇f|`; curvature and invertibility are not.
#[test]
fn a_conformal_map_of_the_sphere() {
    let sphere = StereographicSphere::new(2, 1.0);
    let (lambda, z) = (1.7_f64, [0.5, -0.3]);
    let found = defects(
        &sphere,
        &sphere,
        (&scaling(lambda), &scaling(1.0 / lambda)),
        &z,
    );
    let s = 0.34;
    let stretch = lambda * (1.0 + s) / (1.0 + lambda * lambda * s);
    let slope = 2.0 * s.sqrt() * (1.0 / (1.0 + s) - lambda * lambda / (1.0 + lambda * lambda * s));
    let gradient = (0.5 * (1.0 + s) * slope).abs();
    let isometry = stretch * stretch - 1.0;
    assert_found(
        &found,
        [isometry, isometry],
        2.0 * stretch * gradient,
        0.0,
        0.0,
    );
    // at the pole the dilation is a homothety of the tangent plane
    let pole = defects(
        &sphere,
        &sphere,
        (&scaling(lambda), &scaling(1.0 / lambda)),
        &[0.0, 0.0],
    );
    let want = lambda * lambda - 1.0;
    assert_found(&pole, [want, want], 0.0, 0.0, 0.0);
}

/// A torus slid along itself: around the axis it is moved, around the tube it is deformed.
#[test]
fn slides_of_a_torus() {
    let (major, minor) = (1.5, 0.6);
    let torus = Torus::new(major, minor);
    let z: [f64; 2] = [0.3, 0.9];
    let turned = defects(&torus, &torus, (&shift(0.4, 0.0), &shift(-0.4, 0.0)), &z);
    assert_found(&turned, [0.0, 0.0], 0.0, 0.0, 0.0);

    let slid = defects(&torus, &torus, (&shift(0.0, 0.5), &shift(0.0, -0.5)), &z);
    let axis = |v: f64| major + minor * v.cos();
    let scalar = |v: f64| 2.0 * v.cos() / (minor * axis(v));
    let (before, after) = (z[1], z[1] + 0.5);
    let circle = (axis(after) / axis(before)).powi(2) - 1.0;
    assert!(circle < 0.0, "circles shrink towards the hole");
    let curved = scalar(after) - scalar(before);
    assert_found(&slid, [circle, 0.0], slid.affine, curved, 0.0);
    assert!(slid.affine > 0.1);
}

/// A wrong inverse, a wrong third transition: the other defects do not see them.
#[test]
fn inverse_and_cocycle_alone() {
    let sphere = Sphere::new(2, 1.2);
    let z = [1.1, 0.2];
    let turn = |by: f64| shift(0.0, by);
    let found = defects(&sphere, &sphere, (&turn(0.3), &turn(-0.25)), &z);
    // a circle of latitude has radius r sin θ
    let apart = |angle: f64| 1.2 * 1.1_f64.sin() * angle;
    assert_found(&found, [0.0, 0.0], 0.0, 0.0, apart(0.05));

    let (a, b, ab, wrong) = (turn(0.3), turn(0.4), turn(0.7), turn(0.6));
    let tau = |map| Transition::new(&sphere, &sphere, map);
    let of = |su| cocycle_defect(&tau(&a), &tau(&b), &tau(su), &z).unwrap();
    assert!(of(&ab) < ZERO && (of(&wrong) - apart(0.1)).abs() < ZERO);
}

/// A model that was never trained, and tasks it could learn.
fn untrained(start: Start, precision: Precision) -> (Model, KnownTasks) {
    let tasks = KnownManifold::torus(0).tasks(&Sizes::default()).unwrap();
    let model = ModelConfig {
        embedding: 16,
        hidden: 16,
        latent_dim: 2,
        lf_dim: 5,
        start,
        ..ModelConfig::of(MethodName::Gate)
    };
    let training = TrainingConfig {
        precision,
        ..TrainingConfig::default()
    };
    let model = Model::untrained(&tasks.corpus, &tasks.partition, &model, &training);
    (model.unwrap(), tasks)
}

/// The chart of a network with random weights, and a point of its latent space.
fn network() -> (LatentChart, Vec<f64>) {
    let (model, tasks) = untrained(Start::Random, Precision::F32);
    let latents = model.latents(&tasks.corpus.inputs, &[7]).unwrap();
    let phi = model.charts().unwrap().tasks()[0].transfer.clone();
    (phi, latents.latents[0].clone())
}

/// Networks that start isometric: every chart is the flat plane, every transition the identity.
#[test]
fn an_isometric_start_has_no_defect() {
    let (model, _) = untrained(Start::Isometric, Precision::F64);
    let charts = model.charts().unwrap();
    let (there, back) = (charts.transition(0, 2), charts.transition(2, 0));
    let [from, to] = [0, 2].map(|t| &charts.tasks()[t].transfer);
    let z = [0.8, -1.7];
    let found = defects(from, to, (&there, &back), &z);
    assert_found(&found, [0.0, 0.0], 0.0, 0.0, 0.0);
    let g = metric::metric(to, &z).unwrap();
    let identity = (g[[0, 0]] - 1.0).abs() + g[[0, 1]].abs() + (g[[1, 1]] - 1.0).abs();
    assert!(identity < ZERO, "{identity:e}");
}

/// A network's chart seen in other coordinates is the same geometry: nothing is flagged.
#[test]
fn a_change_of_coordinates_of_a_network_has_no_defect() {
    let (phi, z) = network();
    let warp = Warp::random(2, 0.7, 3);
    let back = Inverse::new(&warp, &z);
    let seen = Composite::new(&phi, &back);
    let found = defects(&phi, &seen, (&warp, &back), &z);
    // the metric of a fresh network is far from the identity: roundings are of its condition
    let stretch = phi.singular_values(&z);
    let condition = (stretch[0] / stretch[1]).powi(2);
    let bound = ZERO * condition * (1.0 + curvature::scalar_curvature(&phi, &z).unwrap().abs());
    let norm = found.isometry.iter().fold(0.0_f64, |m, l| m.max(l.abs()));
    for defect in [norm, found.affine, found.curvature.abs(), found.inverse] {
        assert!(defect < bound, "{defect:e} over {bound:e}");
    }
}

/// A stretch planted behind it is flagged as what it does to the second chart's metric, and is
/// still invertible.
#[test]
fn a_stretch_behind_a_network_is_a_loss_of_lengths() {
    let (phi, z) = network();
    let warp = Warp::random(2, 0.7, 3);
    let back = Inverse::new(&warp, &z);
    let seen = Composite::new(&phi, &back);
    let (stretch, squeeze) = (scaling(1.25), scaling(0.8));
    let planted = Composite::new(&stretch, &warp);
    let undone = Composite::new(&back, &squeeze);
    let found = defects(&phi, &seen, (&planted, &undone), &z);
    assert!(found.inverse < 1e-10, "{}", found.inverse);
    assert!(found.affine > 1e-3 && found.curvature.abs() > 1e-3);

    // squared stretches: trace and determinant of g⁻¹ (Dτᵀ g' Dτ), by hand
    let mut jet = Jet1::new();
    planted.jet1(&z, &mut jet);
    let g = metric::metric(&phi, &z).unwrap();
    let h = metric::metric(&seen, jet.value()).unwrap();
    let pulled = |i: usize, j: usize| -> f64 {
        (0..4)
            .map(|at| h[[at / 2, at % 2]] * jet.column(i)[at / 2] * jet.column(j)[at % 2])
            .sum()
    };
    let det = |m: &dyn Fn(usize, usize) -> f64| m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0);
    let of_g = |i: usize, j: usize| g[[i, j]];
    let trace = (pulled(0, 0) * g[[1, 1]] + pulled(1, 1) * g[[0, 0]]
        - 2.0 * pulled(0, 1) * g[[0, 1]])
        / det(&of_g);
    let (a, b) = (found.isometry[0] + 1.0, found.isometry[1] + 1.0);
    assert!((a + b - trace).abs() < 1e-9 * trace);
    let product = det(&pulled) / det(&of_g);
    assert!((a * b - product).abs() < 1e-9 * product);
}

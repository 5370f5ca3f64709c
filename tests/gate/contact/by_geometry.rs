//! Every loss against `geometry` on the same weights: two routes to one number.

use geogate::autograd::Tape;
use geogate::autograd::jet::{Jet, symmetric_pairs};
use geogate::geometry::{
    C1Map, C2Map, Formula, Jet1, Jet2, LocalGeometry, Transition, curvature, exp, metric,
    pullback_metric, quantity,
};
use geogate::method::{CurvatureKind, Distance, Method, ModelConfig, Order2Kind};
use geogate::nn::activation::Activation;
use geogate::nn::{Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use super::scene::{Chain, Net, ROWS, Scene, config, noise, unit_vectors};

/// A thousand roundings: both routes are exact, in different orders.
const EXACT: f64 = 2e-13;

fn assert_equal(name: &str, got: f64, want: f64, tolerance: f64) {
    let error = (got - want).abs();
    assert!(
        error <= tolerance * want.abs(),
        "{name}: {got:e}, by geometry {want:e}"
    );
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// F_t from the embedding into the LF frame.
fn field(scene: &Scene, t: usize) -> Chain {
    scene
        .formula(t, "encoder")
        .then(scene.formula(t, "transfer"))
}

/// φ_t, and τ from task s to t.
fn charts(scene: &Scene, s: usize, t: usize) -> (Net, Net, Chain) {
    let [source, target] = [s, t].map(|t| scene.formula(t, "transfer"));
    let tau = source.clone().then(scene.formula(t, "inverse"));
    (source, target, tau)
}

fn latent(scene: &Scene, t: usize, i: usize) -> Vec<f64> {
    scene.formula(t, "encoder").value(&scene.embedded(i))
}

/// Df(v) at x.
fn along(f: &impl Formula, x: &[f64], v: &[f64]) -> Vec<f64> {
    let mut jet = Jet1::new();
    f.jet1(x, &mut jet);
    let components = 0..f.target_dim();
    let columns = |a: usize| (0..v.len()).map(|i| jet.column(i)[a] * v[i]).sum();
    components.map(columns).collect()
}

/// D²f(v, v) at x.
fn second_along(f: &impl Formula, x: &[f64], v: &[f64]) -> Vec<f64> {
    let mut jet = Jet2::new();
    let mut out = vec![0.0; f.target_dim()];
    f.second_along(x, v, &mut jet, &mut out);
    out
}

/// The vector of unit length with components a in the orthonormal frame at z.
fn framed(chart: &Net, z: &[f64], a: &[f64]) -> Vec<f64> {
    let frame = metric::orthonormal_frame(chart, z).unwrap();
    (0..z.len())
        .map(|i| (0..z.len()).map(|k| frame[[i, k]] * a[k]).sum())
        .collect()
}

/// Random directions in the order of the losses: for each, a vector per row.
fn draws(noise: &mut Stream, count: usize, dim: usize) -> Vec<Vec<Vec<f64>>> {
    (0..count).map(|_| unit_vectors(noise, ROWS, dim)).collect()
}

#[test]
fn contact_of_order_one() {
    for distance in [Distance::Metric, Distance::Vector] {
        let scene = Scene::new(
            ModelConfig {
                delta: 1.0,
                distance,
                ..config()
            },
            2,
        );
        let v = draws(&mut noise(), 2, scene.config.embedding);
        let (mut want, mut scale) = (0.0, 0.0);
        for (k, i) in (0..2).flat_map(|k| (0..ROWS).map(move |i| (k, i))) {
            let x = scene.embedded(i);
            let [s, t] = [0, 1].map(|t| along(&field(&scene, t), &x, &v[k][i]));
            let share = 1.0 / (2 * ROWS) as f64;
            want += share
                * match distance {
                    Distance::Vector => square_distance(&s, &t),
                    _ => (dot(&s, &s) - dot(&t, &t)).powi(2),
                };
            scale += share * (dot(&s, &s) + dot(&t, &t)) / 2.0;
        }
        let terms = scene.terms();
        assert_equal("distance", terms["distance"], want, EXACT);
        assert_equal("scale", terms["scale"], scale, EXACT);
    }
}

#[test]
fn contact_of_order_two() {
    for order2_kind in [Order2Kind::Connection, Order2Kind::Full] {
        let scene = Scene::new(
            ModelConfig {
                order2: 1.0,
                order2_kind,
                ..config()
            },
            2,
        );
        let v = draws(&mut noise(), 4, scene.config.embedding);
        let mut want = 0.0;
        for (k, i) in (0..2).flat_map(|k| (0..ROWS).map(move |i| (k, i))) {
            let x = scene.embedded(i);
            let [s, t] = [0, 1].map(|t| second_along(&field(&scene, t), &x, &v[k][i]));
            want += match order2_kind {
                Order2Kind::Full => square_distance(&s, &t),
                Order2Kind::Connection => {
                    let [ws, wt] = [0, 1].map(|t| along(&field(&scene, t), &x, &v[2 + k][i]));
                    (dot(&s, &ws) - dot(&t, &wt)).powi(2)
                }
            } / (2 * ROWS) as f64;
        }
        assert_equal("order2", scene.terms()["order2"], want, EXACT);
    }
}

#[test]
fn curvature_and_flatness() {
    for (latent_dim, lf_dim) in [(2, 3), (3, 6)] {
        let sizes = ModelConfig {
            curvature: 1.0,
            flat: 1.0,
            latent_dim,
            lf_dim,
            ..config()
        };
        let scene = Scene::new(sizes.clone(), 2);
        let (mut scalar, mut flat) = (0.0, 0.0);
        for i in 0..ROWS {
            let r = |t: usize| {
                let z = latent(&scene, t, i);
                curvature::scalar_curvature(&scene.formula(t, "transfer"), &z).unwrap()
            };
            scalar += (r(0) - r(1)).powi(2) / ROWS as f64;
            for t in 0..2 {
                let g =
                    metric::metric(&scene.formula(t, "transfer"), &latent(&scene, t, i)).unwrap();
                for (a, b) in (0..latent_dim).flat_map(|a| (0..latent_dim).map(move |b| (a, b))) {
                    flat += (g[[a, b]] - f64::from(a == b)).powi(2) / ROWS as f64;
                }
            }
        }
        let terms = scene.terms();
        // the difference of curvatures may lose two digits
        assert_equal("curvature", terms["curvature"], scalar, 100.0 * EXACT);
        assert_equal("flat", terms["flat"], flat, EXACT);
        assert_eq!(terms.get("normal"), None);

        let scene = Scene::new(
            ModelConfig {
                curvature_kind: CurvatureKind::Ricci,
                ..sizes
            },
            2,
        );
        let v = draws(&mut noise(), 2, scene.config.embedding);
        let mut ricci = 0.0;
        for (k, i) in (0..2).flat_map(|k| (0..ROWS).map(move |i| (k, i))) {
            let of = |t: usize| -> f64 {
                let x = scene.embedded(i);
                let w = along(&scene.formula(t, "encoder"), &x, &v[k][i]);
                let form = curvature::ricci(&scene.formula(t, "transfer"), &latent(&scene, t, i));
                let form = form.unwrap();
                let row = |a: usize| -> f64 { (0..latent_dim).map(|b| form[[a, b]] * w[b]).sum() };
                (0..latent_dim).map(|a| w[a] * row(a)).sum()
            };
            ricci += (of(0) - of(1)).powi(2) / (2 * ROWS) as f64;
        }
        assert_equal("ricci", scene.terms()["curvature"], ricci, 100.0 * EXACT);
    }
}

/// The two estimates have the mean R and are independent, so their product has the mean (R_s − R_t)².
#[test]
fn the_trace_estimator_is_unbiased() {
    const DRAWS: u64 = 6000;
    let exact = ModelConfig {
        curvature: 1.0,
        latent_dim: 3,
        lf_dim: 5,
        ..config()
    };
    let want = Scene::new(exact.clone(), 2).terms()["curvature"];
    let scene = Scene::new(
        ModelConfig {
            curvature_kind: CurvatureKind::Trace,
            ..exact
        },
        2,
    );
    let mut tape = Tape::new();
    let mut sums = [0.0; 2];
    for index in 0..DRAWS {
        tape.clear();
        let weights = scene.parameters.bind(&mut tape, false);
        let mut stream = Stream::new(1, Purpose::Test, index);
        let mut pass = Pass::new(&mut tape, &weights);
        let terms = scene.gate.losses(&mut pass, &scene.batch, &mut stream);
        let term = terms.iter().find(|t| t.name == "curvature").unwrap();
        let value = tape.value(term.value).to_scalar();
        sums = [sums[0] + value, sums[1] + value * value];
    }
    let n = DRAWS as f64;
    let mean = sums[0] / n;
    let error = ((sums[1] / n - mean * mean) / n).sqrt();
    assert!(
        (mean - want).abs() < 4.0 * error,
        "{mean} ± {error}, exactly {want}"
    );
    assert!(
        error < 0.2 * want,
        "{mean} ± {error} says little about {want}"
    );
}

#[test]
fn defects_of_transitions() {
    let weights = ModelConfig {
        isometry: 1.0,
        affine: 1.0,
        ..config()
    };
    let scene = Scene::new(weights, 2);
    let (source, target, tau) = charts(&scene, 0, 1);
    let transition = Transition::new(&source, &target, &tau);
    let mut stream = noise();
    let d = scene.config.latent_dim;
    // one direction of the embedding for the scale
    draws(&mut stream, 1, scene.config.embedding);
    let (mut isometry, mut affine) = (0.0, 0.0);
    for _ in 0..2 {
        let pair = draws(&mut stream, 2, d);
        for (i, (a, b)) in pair[0].iter().zip(&pair[1]).enumerate() {
            let z = latent(&scene, 0, i);
            let g = pullback_metric(&target, &tau, &z).unwrap();
            let [p, q] = [a, b].map(|a| framed(&source, &z, a));
            let product: f64 = (0..d * d)
                .map(|k| g[[k / d, k % d]] * p[k / d] * q[k % d])
                .sum();
            let defect = product - dot(a, b);
            isometry += (d as f64 * defect).powi(2) / (2 * ROWS) as f64;
        }
    }
    for _ in 0..2 {
        let a = &draws(&mut stream, 1, d)[0];
        for (i, a) in a.iter().enumerate() {
            let z = latent(&scene, 0, i);
            let v = framed(&source, &z, a);
            let second_along = transition.affine(&z).unwrap().along(&v, &v);
            let at = transition.image(&z);
            affine += metric::inner(&target, &at, &second_along, &second_along).unwrap()
                / (2 * ROWS) as f64;
        }
    }
    let terms = scene.terms();
    assert_equal("isometry", terms["isometry"], isometry, 10.0 * EXACT);
    assert_equal("affine", terms["affine"], affine, 100.0 * EXACT);
}

#[test]
fn the_cocycle_defect_of_three_tasks() {
    let scene = Scene::new(
        ModelConfig {
            cocycle: 1.0,
            ..config()
        },
        3,
    );
    let mut want = 0.0;
    for i in 0..ROWS {
        for (s, t, u) in [
            (0, 1, 2),
            (0, 2, 1),
            (1, 0, 2),
            (1, 2, 0),
            (2, 0, 1),
            (2, 1, 0),
        ] {
            let (_, _, st) = charts(&scene, s, t);
            let (_, _, tu) = charts(&scene, t, u);
            let (_, _, su) = charts(&scene, s, u);
            let z = latent(&scene, s, i);
            let value = |tau: &Chain, z: &[f64]| {
                let mut out = vec![0.0; Formula::target_dim(tau)];
                tau.eval(z, &mut out);
                out
            };
            let through = value(&tu, &value(&st, &z));
            want += square_distance(&through, &value(&su, &z)) / (6 * ROWS) as f64;
        }
    }
    let terms = scene.terms();
    assert_equal("cocycle", terms["cocycle"], want, EXACT);
    assert_eq!(terms.get("scale"), None, "nothing is pushed forward for it");
}

/// One Runge–Kutta step of ε⁵ and chords of ε²/192 leave this much.
#[test]
fn geodesic_steps_and_their_lengths() {
    let small = ModelConfig {
        normal: 1.0,
        epsilon: 0.02,
        perturbations: 1,
        ..config()
    };
    let scene = Scene::new(small, 2);
    let (source, target, tau) = charts(&scene, 0, 1);
    let mut stream = noise();
    draws(&mut stream, 1, scene.config.embedding);
    let a = &draws(&mut stream, 1, scene.config.latent_dim)[0];
    let mut want = 0.0;
    for (i, a) in a.iter().enumerate() {
        let z = latent(&scene, 0, i);
        let v: Vec<f64> = framed(&source, &z, a).iter().map(|v| 0.02 * v).collect();
        let q = exp(&source, &z, &v).unwrap();
        let transition = Transition::new(&source, &target, &tau);
        let ends = [z, q].map(|z| transition.image(&z));
        let length = geogate::geometry::distance(&target, &ends[0], &ends[1]).unwrap();
        want += ((length / 0.02).powi(2) - 1.0).powi(2) / ROWS as f64;
    }
    let terms = scene.terms();
    assert_equal("normal", terms["normal"], want, 1e-4);
    assert!(terms["geodesic_residual"] < 1e-9, "{terms:?}");
}

/// The tape's R from jets of random perceptrons, relative to |II|², in all the dimensions that are
/// asked for in practice; and its weight gradient, reverse against forward mode.
#[test]
fn scalar_curvature_agrees_in_every_dimension() {
    for d in [2, 4, 8] {
        for m in [d + 1, 2 * d, 4 * d] {
            let mut parameters = Parameters::<f64>::new();
            let mut stream = Stream::new(m as u64, Purpose::Test, d as u64);
            let sizes = [d, 12, 12, m];
            let phi = Mlp::new(
                &mut parameters,
                "phi",
                &sizes,
                Activation::Silu,
                &mut stream,
            );
            parameters.values_mut().iter_mut().for_each(|w| *w *= 2.0);
            let entries = (0..3 * d).map(|_| stream.normal()).collect();
            let points = Tensor::from_vec(3, d, entries);
            let mut tape = Tape::new();
            let weights = parameters.bind(&mut tape, true);
            let z = tape.constant(&points);
            let axes = Tensor::from_fn(d * 3, d, |at, j| f64::from(at / 3 == j));
            let axes = tape.constant(&axes);
            let jet = Jet::along(&mut tape, z, &[], &[]);
            let jet = jet.extended(&mut tape, (axes, d), &symmetric_pairs(d));
            let jet = phi.forward_jet(&mut Pass::new(&mut tape, &weights), jet);
            let (j, h) = (jet.firsts(&mut tape, 0, d), jet.seconds(&mut tape));
            let r = tape.scalar_curvature((j, d), h);
            assert!(r.degenerate.is_empty(), "d = {d}, m = {m}");
            let matrices: Vec<Tensor<f64>> = parameters
                .iter()
                .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
                .collect();
            let net = Net {
                layers: matrices
                    .chunks(2)
                    .map(|l| (l[0].clone(), l[1].clone()))
                    .collect(),
            };
            for i in 0..3 {
                let mut local = LocalGeometry::new();
                let quantities = (
                    quantity::SecondForm,
                    quantity::ScalarCurvature,
                    quantity::Inverse,
                );
                let (form, scalar, g_inv) = local.at(&net, points.row(i), quantities).unwrap();
                let error = (tape.value(r.value).row(i)[0] - scalar).abs();
                let size = second_form_square(d, m, form.components(), g_inv.components());
                assert!(
                    error <= 1e-9 * size,
                    "d = {d}, m = {m}: {error:e} of {size:e}"
                );
                assert!(error <= 1e-11 * size, "digits to spare: {:e}", error / size);
            }
        }
    }
}

/// `g^ik g^jl ⟨II_ij, II_kl⟩`, II stored by pairs i ≤ j.
fn second_form_square(d: usize, m: usize, second_form: &[f64], g_inv: &[f64]) -> f64 {
    let of = |i: usize, j: usize| {
        let (i, j) = if i < j { (i, j) } else { (j, i) };
        let at = geogate::geometry::conventions::pair(i, j) * m;
        &second_form[at..at + m]
    };
    let mut sum = 0.0;
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        for (k, l) in (0..d * d).map(|at| (at / d, at % d)) {
            sum += g_inv[i * d + k] * g_inv[j * d + l] * dot(of(i, j), of(k, l));
        }
    }
    sum
}

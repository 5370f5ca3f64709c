//! The exact metric loss is the limit of the paper's distance loss.

use geogate::autograd::Tape;
use geogate::geometry::{C1Map, Jet1, Scalar};
use geogate::method::{Distance, Method, ModelConfig};
use geogate::nn::Pass;
use geogate::random::{Purpose, Stream};

use super::scene::{Chain, Scene, batch, config, noise, rows};

/// The distance loss of a kind on the first molecule.
fn distance(kind: Distance, epsilon: f64) -> f64 {
    let config = ModelConfig {
        delta: 1.0,
        distance: kind,
        perturbations: 1,
        epsilon,
        ..config()
    };
    let mut scene = Scene::new(config, 2);
    scene.batch = rows(&batch(4, 2), &[0], 1.0);
    scene.terms()["distance"]
}

/// The direction both losses draw.
fn eta(dim: usize) -> Vec<f64> {
    noise().normals(dim)
}

fn assert_slope(errors: &[f64], want: f64) {
    for pair in errors.windows(2) {
        let slope = (pair[0] / pair[1]).log2();
        assert!((slope - want).abs() < 0.2, "slope {slope}, {errors:?}");
    }
}

const EPSILONS: [f64; 4] = [0.02, 0.01, 0.005, 0.0025];

#[test]
fn the_ratio_of_the_two_losses_tends_to_one() {
    let eta = eta(config().embedding);
    let square: f64 = eta.iter().map(|x| x * x).sum();
    let metric = distance(Distance::Metric, 0.1);
    let errors = EPSILONS.map(|epsilon| {
        let perturb = distance(Distance::Perturb, epsilon);
        (perturb / (epsilon.powi(4) * square * square) / metric - 1.0).abs()
    });
    assert_slope(&errors, 1.0);
    assert!(errors[3] < 0.02, "{errors:?}");
}

/// F_t from the embedding into the LF frame.
fn fields(scene: &Scene) -> [Chain; 2] {
    [0, 1].map(|t| {
        scene
            .formula(t, "encoder")
            .then(scene.formula(t, "transfer"))
    })
}

fn value(field: &Chain, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; geogate::geometry::Formula::target_dim(field)];
    geogate::geometry::Formula::eval(field, x, &mut out);
    out
}

#[test]
fn averaged_over_both_signs_the_error_is_of_second_order() {
    let scene = Scene::new(config(), 2);
    let (x, eta) = (scene.embedded(0), eta(scene.config.embedding));
    let fields = fields(&scene);
    let metric = distance(Distance::Metric, 0.1);
    let square: f64 = eta.iter().map(|x| x * x).sum();
    let errors = EPSILONS.map(|epsilon| {
        let length = |field: &Chain, sign: f64| -> f64 {
            let moved: Vec<f64> = x
                .iter()
                .zip(&eta)
                .map(|(x, e)| x + sign * epsilon * e)
                .collect();
            let (a, b) = (value(field, &moved), value(field, &x));
            a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum()
        };
        let mean = |field: &Chain| (length(field, 1.0) + length(field, -1.0)) / 2.0;
        let loss = (mean(&fields[0]) - mean(&fields[1])).powi(2);
        (loss / (epsilon.powi(4) * square * square) / metric - 1.0).abs()
    });
    assert_slope(&errors, 2.0);
}

/// The metric loss times `factor` for many draws of its directions.
fn metric_losses(scene: &Scene, factor: f64) -> Vec<f64> {
    const BATCHES: u64 = 4_000;
    let mut tape = Tape::new();
    let mut loss = |index: u64| {
        tape.clear();
        let weights = scene.parameters.bind(&mut tape, false);
        let mut stream = Stream::new(3, Purpose::Test, index);
        let mut pass = Pass::new(&mut tape, &weights);
        let terms = scene.gate.losses(&mut pass, &scene.batch, &mut stream);
        let term = terms.iter().find(|t| t.name == "distance").unwrap();
        factor * tape.value(term.value).to_scalar()
    };
    (0..BATCHES).map(&mut loss).collect()
}

/// `E (ηᵀΔη)²` over Gaussian η is `2 ‖Δ‖² + (tr Δ)²`, over uniform unit v the same by e(e + 2).
#[test]
fn gaussian_and_uniform_directions_differ_by_e_times_e_plus_two() {
    const DRAWS: usize = 40_000;
    let config = ModelConfig {
        delta: 1.0,
        distance: Distance::Metric,
        perturbations: 5,
        ..config()
    };
    let mut scene = Scene::new(config, 2);
    scene.batch = rows(&batch(4, 2), &[0], 1.0);
    let (x, e) = (scene.embedded(0), scene.config.embedding);
    let gram = |field: &Chain| {
        let mut jet = Jet1::new();
        field.jet1(&x, &mut jet);
        let dot = |i: usize, j: usize| -> f64 {
            jet.column(i)
                .iter()
                .zip(jet.column(j))
                .map(|(a, b)| a * b)
                .sum()
        };
        (0..e * e)
            .map(|at| dot(at / e, at % e))
            .collect::<Vec<f64>>()
    };
    let [s, t] = fields(&scene).map(|field| gram(&field));
    let delta: Vec<f64> = s.iter().zip(&t).map(|(s, t)| s - t).collect();
    let norm: f64 = delta.iter().map(|x| x * x).sum();
    let trace: f64 = (0..e).map(|i| delta[i * e + i]).sum();
    let want = 2.0 * norm + trace * trace;
    let mut stream = Stream::new(2, Purpose::Test, 0);
    let gaussian: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let eta: Vec<f64> = (0..e).map(|_| stream.normal()).collect();
            let form = |at: usize| delta[at] * eta[at / e] * eta[at % e];
            (0..e * e).map(form).sum::<f64>().square()
        })
        .collect();
    let uniform = metric_losses(&scene, (e * (e + 2)) as f64);
    for (name, sample) in [("gaussian", gaussian), ("uniform", uniform)] {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let error = (variance / n).sqrt();
        assert!(
            (mean - want).abs() < 4.0 * error,
            "{name}: {mean} ± {error}, exactly {want}"
        );
        assert!(error < 0.05 * want, "{name}: {mean} ± {error} says little");
    }
}

//! The whole loss of every method: against plain loops, against differences and forward mode, and
//! added up over shards.

use std::collections::BTreeMap;

use geogate::autograd::{Tape, gradcheck};
use geogate::baseline::HardSharing;
use geogate::gate::Gate;
use geogate::method::{Batch, LabelLoss, Mapping, Method, ModelConfig, Pairs, PredictBy, Term};
use geogate::nn::activation::Activation;
use geogate::nn::{Bound, Features, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use crate::construction::{constructed, names, numbers};

const FEATURES: usize = 3;
const ROWS: usize = 5;

/// A tiny network with unequal widths and weights, so that no mistake cancels.
fn config(pairs: Pairs, mapping: Mapping) -> ModelConfig {
    ModelConfig {
        embedding: 4,
        depth: 1,
        hidden: 6,
        latent_dim: 2,
        lf_dim: 3,
        activation: Activation::Silu,
        alpha: 0.7,
        beta: 1.3,
        gamma: 0.9,
        delta: 2.1,
        epsilon: 0.3,
        perturbations: 2,
        pairs,
        mapping,
        ..ModelConfig::default()
    }
}

fn gate(config: &ModelConfig, tasks: usize, target: usize) -> (Gate, Parameters<f64>) {
    let of = (config, numbers(FEATURES));
    constructed(of, (&names(tasks), target), 5, Gate::new)
}

fn normal(rows: usize, cols: usize, index: u64) -> Tensor<f64> {
    let mut stream = Stream::new(11, Purpose::Test, index);
    Tensor::from_vec(
        rows,
        cols,
        (0..rows * cols).map(|_| stream.normal()).collect(),
    )
}

/// Five rows of which each task labels some; missing labels are NaN.
fn batch(tasks: usize) -> Batch<f64> {
    let labelled = |i: usize, t: usize| !(i + 2 * t).is_multiple_of(3);
    let draws = normal(ROWS, tasks, 1);
    let weight = 1.0 / ROWS as f64;
    Batch {
        features: Features::Numeric(normal(ROWS, FEATURES, 0)),
        labels: Tensor::from_fn(ROWS, tasks, |i, t| {
            if labelled(i, t) {
                draws.row(i)[t]
            } else {
                f64::NAN
            }
        }),
        weights: Tensor::from_fn(
            ROWS,
            tasks,
            |i, t| if labelled(i, t) { weight } else { 0.0 },
        ),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

fn noise() -> Stream {
    Stream::new(3, Purpose::Perturbation, 0)
}

fn terms(
    method: &dyn Method<f64>,
    parameters: &Parameters<f64>,
    batch: &Batch<f64>,
) -> Vec<(&'static str, f64)> {
    let mut tape = Tape::new();
    let weights = parameters.bind(&mut tape, true);
    let terms = method.losses(&mut Pass::new(&mut tape, &weights), batch, &mut noise());
    terms
        .iter()
        .map(|t| (t.name, tape.value(t.value).to_scalar() * t.weight))
        .collect()
}

/// The network again, in plain loops over named matrices.
struct Loops {
    matrices: BTreeMap<String, Tensor<f64>>,
}

impl Loops {
    fn new(parameters: &Parameters<f64>) -> Self {
        let matrix = |(name, rows, cols, entries): (&str, usize, usize, &[f64])| {
            (
                name.to_owned(),
                Tensor::from_vec(rows, cols, entries.to_vec()),
            )
        };
        Self {
            matrices: parameters.iter().map(matrix).collect(),
        }
    }

    fn silu(u: f64) -> f64 {
        u / (1.0 + (-u).exp())
    }

    fn mlp(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let mut x = x.to_vec();
        for layer in 0.. {
            let Some(w) = self.matrices.get(&format!("{name}.{layer}.weight")) else {
                break;
            };
            let b = &self.matrices[&format!("{name}.{layer}.bias")];
            if layer > 0 {
                x.iter_mut().for_each(|u| *u = Self::silu(*u));
            }
            x = (0..w.cols())
                .map(|j| b.row(0)[j] + (0..w.rows()).map(|i| x[i] * w.row(i)[j]).sum::<f64>())
                .collect();
        }
        x
    }

    fn embed(&self, features: &[f64]) -> Vec<f64> {
        self.mlp("embedding", features)
            .into_iter()
            .map(Self::silu)
            .collect()
    }

    fn task(&self, t: usize, part: &str, x: &[f64]) -> Vec<f64> {
        self.mlp(&format!("task.t{t}.{part}"), x)
    }

    fn frame(&self, t: usize, x: &[f64]) -> Vec<f64> {
        self.task(t, "transfer", &self.task(t, "encoder", x))
    }
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// The five losses as theory states them, with pair sums scaled to N − 1 pairs.
fn by_loops(
    loops: &Loops,
    config: &ModelConfig,
    batch: &Batch<f64>,
    pairs: &[(usize, usize)],
    ways: &[(usize, usize)],
) -> BTreeMap<&'static str, f64> {
    let tasks = batch.labels.cols();
    let Features::Numeric(features) = &batch.features else {
        panic!("numeric features")
    };
    let x: Vec<Vec<f64>> = (0..ROWS).map(|i| loops.embed(features.row(i))).collect();
    let e = config.embedding;
    let eta = noise().normals(config.perturbations * ROWS * e);
    let shifted = |(x, eta): (&Vec<f64>, &[f64])| {
        let entries = x.iter().zip(eta);
        entries.map(|(v, eta)| v + config.epsilon * eta).collect()
    };
    let moved: Vec<Vec<Vec<f64>>> = eta
        .chunks(ROWS * e)
        .map(|eta| x.iter().zip(eta.chunks(e)).map(shifted).collect())
        .collect();
    let mut total = BTreeMap::new();
    let mut add = |name, value: f64| *total.entry(name).or_insert(0.0) += value;
    let n = ROWS as f64;
    let per_pair = (tasks - 1) as f64 / pairs.len() as f64;
    let per_way = (tasks - 1) as f64 / ways.len() as f64;
    for i in 0..ROWS {
        let z: Vec<_> = (0..tasks)
            .map(|t| loops.task(t, "encoder", &x[i]))
            .collect();
        let u: Vec<_> = (0..tasks).map(|t| loops.frame(t, &x[i])).collect();
        let label = |t: usize| (!batch.labels.row(i)[t].is_nan()).then(|| batch.labels.row(i)[t]);
        for t in 0..tasks {
            if let Some(y) = label(t) {
                add(
                    "regression",
                    (loops.task(t, "head", &z[t])[0] - y).powi(2) / n,
                );
            }
            let back = loops.task(t, "inverse", &u[t]);
            let d = config.latent_dim as f64;
            add(
                "autoencoder",
                config.alpha * square_distance(&back, &z[t]) / (n * d),
            );
        }
        for &(s, t) in ways {
            if let Some(y) = label(t) {
                let z = loops.task(t, "inverse", &u[s]);
                let error = (loops.task(t, "head", &z)[0] - y).powi(2);
                add("mapping", config.gamma * per_way * error / n);
            }
        }
        for &(s, t) in pairs {
            let error = square_distance(&u[s], &u[t]) / (n * config.lf_dim as f64);
            add("consistency", config.beta * per_pair * error);
            for copy in &moved {
                let length = |t: usize| square_distance(&loops.frame(t, &copy[i]), &u[t]);
                let error = (length(s) - length(t)).powi(2) / (n * moved.len() as f64);
                add("distance", config.delta * per_pair * error);
            }
        }
    }
    total
}

#[test]
fn every_term_agrees_with_plain_loops() {
    let target_pairs = [(0, 1), (1, 2)];
    let all_pairs = [(0, 1), (0, 2), (1, 2)];
    let to_target = [(0, 1), (2, 1)];
    let all_ways = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
    for (pairs, mapping, used_pairs, used_ways) in [
        (Pairs::All, Mapping::Target, &all_pairs[..], &to_target[..]),
        (
            Pairs::Target,
            Mapping::All,
            &target_pairs[..],
            &all_ways[..],
        ),
    ] {
        let config = config(pairs, mapping);
        let (gate, parameters) = gate(&config, 3, 1);
        let batch = batch(3);
        let got = terms(&gate, &parameters, &batch);
        let want = by_loops(
            &Loops::new(&parameters),
            &config,
            &batch,
            used_pairs,
            used_ways,
        );
        assert_eq!(got.len(), 5, "{got:?}");
        for (name, value) in got {
            let want = want[name];
            assert!(
                (value - want).abs() <= 1e-13 * want.abs(),
                "{name}: {value}, by loops {want}"
            );
        }
    }
}

#[test]
fn the_gradient_of_the_whole_loss_agrees_with_forward_mode_and_differences() {
    for (tasks, pairs, mapping) in [
        (2, Pairs::All, Mapping::Target),
        (3, Pairs::All, Mapping::All),
        (3, Pairs::Target, Mapping::Target),
    ] {
        let config = config(pairs, mapping);
        let (gate, parameters) = gate(&config, tasks, 1);
        let batch = batch(tasks);
        check_gradient(&gate, &parameters, &batch);
    }
}

#[test]
fn the_gradient_of_hard_sharing_agrees_too() {
    let config = config(Pairs::All, Mapping::Target);
    let of = (&config, numbers(FEATURES));
    let (method, parameters) = constructed(of, (&names(3), 2), 5, HardSharing::new);
    check_gradient(&method, &parameters, &batch(3));
}

fn check_gradient(method: &dyn Method<f64>, parameters: &Parameters<f64>, batch: &Batch<f64>) {
    let inputs: Vec<Tensor<f64>> = parameters
        .iter()
        .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
        .collect();
    let found = gradcheck::disagreement(&inputs, 1e-3, |tape, vars| {
        let weights = Bound::from_vars(vars.to_vec());
        let terms = method.losses(&mut Pass::new(tape, &weights), batch, &mut noise());
        Term::total(&terms, tape)
    });
    assert!(
        found.forward < 1e-11,
        "reverse against forward mode: {}",
        found.forward
    );
    assert!(
        found.differences < 1e-6,
        "against differences: {}",
        found.differences
    );
}

#[test]
fn shards_add_up_to_the_step() {
    let config = ModelConfig {
        delta: 0.0,
        ..config(Pairs::All, Mapping::Target)
    };
    let (gate, parameters) = gate(&config, 2, 1);
    let whole = batch(2);
    let Features::Numeric(features) = &whole.features else {
        panic!("numeric features")
    };
    let shard = |from: usize, to: usize| {
        let part = |of: &Tensor<f64>| {
            Tensor::from_vec(to - from, of.cols(), of.row_block(from, to).to_vec())
        };
        Batch {
            features: Features::Numeric(part(features)),
            labels: part(&whole.labels),
            weights: part(&whole.weights),
            share: (to - from) as f64 / ROWS as f64,
            loss: LabelLoss::Square,
        }
    };
    let total = terms(&gate, &parameters, &whole);
    let parts = [shard(0, 2), shard(2, ROWS)].map(|part| terms(&gate, &parameters, &part));
    assert_eq!(total.len(), 4, "distance is switched off");
    for (k, (name, value)) in total.iter().enumerate() {
        let sum: f64 = parts.iter().map(|part| part[k].1).sum();
        assert!(
            (sum - value).abs() < 1e-14 * value.abs().max(1.0),
            "{name}: {sum} {value}"
        );
    }
}

/// Each task by its own chart, or the target by the mean over the charts mapped into it.
#[test]
fn predictions_by_one_chart_and_by_all() {
    const TARGET: usize = 1;
    for predict_by in [PredictBy::Own, PredictBy::Charts] {
        let config = ModelConfig {
            predict_by,
            ..config(Pairs::All, Mapping::Target)
        };
        let (gate, parameters) = gate(&config, 3, TARGET);
        let (loops, batch) = (Loops::new(&parameters), batch(3));
        let Features::Numeric(features) = &batch.features else {
            panic!("numeric features")
        };
        let mut tape = Tape::new();
        let weights = parameters.bind(&mut tape, false);
        let y = gate.predict(&mut Pass::new(&mut tape, &weights), &batch.features);
        for i in 0..ROWS {
            let x = loops.embed(features.row(i));
            for t in 0..3 {
                let own = loops.task(t, "head", &loops.task(t, "encoder", &x))[0];
                let mapped = |s| {
                    let z = loops.task(t, "inverse", &loops.frame(s, &x));
                    loops.task(t, "head", &z)[0]
                };
                let want = match predict_by {
                    PredictBy::Charts if t == TARGET => (own + mapped(0) + mapped(2)) / 3.0,
                    _ => own,
                };
                let got = tape.value(y).row(i)[t];
                // sums of some ten products of order one
                assert!(
                    (got - want).abs() < 1e-13,
                    "{predict_by:?} {t}: {got} {want}"
                );
            }
        }
    }
}

//! What does exact geometry cost in training? One step of a batch of 64 molecules — message passing,
//! two tasks, all losses of GATE, gradient of all weights — without a distance loss, with each contact
//! loss, in single precision on one thread, two shards of 32 as in training.
//!
//! Bars: `metric` at most 1.6 times the step without contact loss of the same sizes (d = m = 50 of
//! gate), `curvature` (d = 8, m = 16) at most 3 times that of its own sizes. Elements are molecules.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use geogate::autograd::Tape;
use geogate::gate::config::{CurvatureKind, Distance, MethodName, ModelConfig, Start};
use geogate::gate::{Batch, Gate, Method, Term};
use geogate::nn::{Dmpnn, Embedding, Features, GraphBatch, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;
use geogate::tensor::graph::BondGraph;

/// Molecules of a step and of a shard.
const MOLECULES: usize = 64;
const SHARD: usize = 32;
/// Atoms of a molecule: a ring of six with a chain.
const ATOMS: usize = 18;
/// Features of an atom and of a bond.
const FEATURES: (usize, usize) = (72, 14);
const TASKS: usize = 2;

/// Name, and what is changed of the configuration without contact loss.
type Variant = (&'static str, fn(&mut ModelConfig));

const VARIANTS: &[Variant] = &[
    ("none", |_| {}),
    ("perturb", |c| c.delta = 1.0),
    ("metric", |c| {
        (c.delta, c.distance) = (1.0, Distance::Metric)
    }),
    ("vector", |c| {
        (c.delta, c.distance) = (1.0, Distance::Vector)
    }),
    ("order2 connection", |c| c.order2 = 1.0),
    ("isometry", |c| c.isometry = 1.0),
    ("curvature trace", |c| {
        (c.curvature, c.curvature_kind) = (1.0, CurvatureKind::Trace)
    }),
    ("curvature", |c| c.curvature = 1.0),
    ("normal", |c| c.normal = 1.0),
];

fn matrix(rows: usize, cols: usize, salt: u64) -> Tensor<f32> {
    let mut stream = Stream::new(0, Purpose::Test, salt);
    let entries = (0..rows * cols).map(|_| stream.normal() as f32);
    Tensor::from_vec(rows, cols, entries.collect())
}

/// Molecules of a ring of six atoms and a chain, with labels of every task.
fn shard(salt: u64) -> Batch<f32> {
    let (mut source, mut destination) = (Vec::new(), Vec::new());
    for first in (0..SHARD).map(|i| (i * ATOMS) as u32) {
        let chain = (1..ATOMS as u32).map(|v| (v - 1, v));
        for (a, b) in chain.chain([(0, 5)]) {
            source.extend([first + a, first + b]);
            destination.extend([first + b, first + a]);
        }
    }
    let offsets = (0..=SHARD).map(|i| (i * ATOMS) as u32).collect();
    let graph = BondGraph::new(source, destination, offsets);
    let features = Features::Graphs(GraphBatch {
        atoms: matrix(graph.atoms(), FEATURES.0, salt),
        bonds: matrix(graph.bonds(), FEATURES.1, salt + 1),
        graph: Arc::new(graph),
    });
    Batch {
        features,
        labels: matrix(SHARD, TASKS, salt + 2),
        weights: Tensor::from_fn(SHARD, TASKS, |_, _| 1.0 / MOLECULES as f32),
        share: SHARD as f64 / MOLECULES as f64,
    }
}

/// A network with its shards and buffers.
struct Run {
    gate: Gate,
    parameters: Parameters<f32>,
    shards: Vec<Batch<f32>>,
    tape: Tape<f32>,
    gradient: Vec<f32>,
}

impl Run {
    fn new(config: &ModelConfig) -> Self {
        config.validate().expect("the variants are valid");
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let shape = (config.embedding, config.depth, config.readout);
        let p = &mut parameters;
        let dmpnn = Dmpnn::new(p, "embedding", FEATURES, shape, &mut stream);
        let names = ["s".to_owned(), "t".to_owned()];
        let embedding = Embedding::Graph(dmpnn);
        let gate = Gate::new(p, embedding, (&names, 1), config, &mut stream);
        let gradient = vec![0.0; parameters.values().len()];
        Self {
            gate,
            parameters,
            shards: (0..MOLECULES / SHARD)
                .map(|k| shard(10 * k as u64))
                .collect(),
            tape: Tape::new(),
            gradient,
        }
    }

    /// Loss and gradient of a step.
    fn step(&mut self) -> f32 {
        self.gradient.fill(0.0);
        let mut loss = 0.0;
        for (k, batch) in self.shards.iter().enumerate() {
            self.tape.clear();
            let weights = self.parameters.bind(&mut self.tape, true);
            let mut noise = Stream::new(0, Purpose::Perturbation, k as u64);
            let mut pass = Pass::new(&mut self.tape, &weights);
            let terms = self.gate.losses(&mut pass, batch, &mut noise);
            let total = Term::total(&terms, &mut self.tape);
            self.tape.backward(total);
            self.parameters
                .add_gradient(&weights, &self.tape, &mut self.gradient);
            loss += self.tape.value(total).to_scalar();
        }
        loss
    }
}

fn steps(criterion: &mut Criterion, name: &str, method: MethodName, curved: bool) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(MOLECULES as u64));
    for (label, change) in VARIANTS {
        let mut config = ModelConfig {
            delta: 0.0,
            curvature: 0.0,
            flat: 0.0,
            distance: Distance::Perturb,
            // charts that are bent, as they are along training: flat ones would be another question
            start: Start::Random,
            ..ModelConfig::of(method)
        };
        change(&mut config);
        if config.curvature != 0.0 && !curved {
            continue;
        }
        let mut run = Run::new(&config);
        let loss = run.step();
        assert!(loss.is_finite() && run.gradient.iter().all(|g| g.is_finite()));
        assert_eq!(loss, run.step(), "a step repeats bit for bit");
        group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
            bencher.iter(|| black_box(run.step()));
        });
    }
    group.finish();
}

fn flat_charts(criterion: &mut Criterion) {
    steps(criterion, "step, d = m = 50", MethodName::Gate, false);
}

fn curved_charts(criterion: &mut Criterion) {
    steps(criterion, "step, d = 8, m = 16", MethodName::Geogate, true);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .without_plots();
    targets = flat_charts, curved_charts
}
criterion_main!(benches);

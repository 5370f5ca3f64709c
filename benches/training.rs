//! What does a training step cost, over the flops it needs, and what does exact geometry add? Single
//! precision, one thread, shards of 32 molecules as in training: message passing, two tasks, all losses,
//! the gradient of all weights, and one step of Adam.
//!
//! - `rate`: flops a second of a large matrix product and of whole steps; the first over a step's is its
//!   time over the floor (bars: 2.0 at the defaults, 1.6 at width 300 and 256 molecules). The flops are those
//!   of the products alone, features once per kind. A step moves at least the weights, their copies on the
//!   tape, gradients and moments: 13 numbers a weight.
//! - `step`: 64 molecules, elements are molecules. Bars: `metric` at most 1.6 times the step without contact
//!   loss of the same sizes (d = m = 50 of gate), `curvature` (d = 8, m = 16) at most 3 times that of its own.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use geogate::autograd::Tape;
use geogate::baseline::HardSharing;
use geogate::gate::config::{CurvatureKind, Distance, MethodName, ModelConfig, Start};
use geogate::gate::{Batch, Gate, LabelLoss, Method, Term};
use geogate::nn::{
    Adam, Dmpnn, Embedding, Features, GraphBatch, Kinds, Parameters, Pass, clip_norm,
};
use geogate::random::{Purpose, Stream};
use geogate::tensor::graph::BondGraph;
use geogate::tensor::{Tensor, Write, gemm};

/// Molecules of a shard.
const SHARD: usize = 32;
/// Atoms of a molecule, a ring of six with a chain: as many as handbook tables have in the mean.
const ATOMS: usize = 10;
/// Features of an atom and of a bond.
const FEATURES: (usize, usize) = (72, 14);
/// Distinct rows of features among the atoms and the bonds of a shard.
const KINDS: (usize, usize) = (30, 6);
const TASKS: usize = 2;

/// Method, width, and molecules of a step whose rate is measured.
const STEPS: &[(MethodName, usize, usize)] = &[
    (MethodName::Mtl, 100, 64),
    (MethodName::Gate, 100, 64),
    (MethodName::Gate, 300, 256),
];

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
fn shard(salt: u64, share: f64) -> Batch<f32> {
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
    let kinds = |rows: usize, (count, width): (usize, usize), salt: u64| {
        let of: Vec<u32> = (0..rows).map(|i| (i * 7 % count) as u32).collect();
        Kinds::new(matrix(count, width, salt), of)
    };
    let atoms = kinds(graph.atoms(), (KINDS.0, FEATURES.0), salt);
    let bonds = kinds(graph.bonds(), (KINDS.1, FEATURES.1), salt + 1);
    let features = Features::Graphs(GraphBatch::new(graph, atoms, bonds));
    Batch {
        features,
        labels: matrix(SHARD, TASKS, salt + 2),
        weights: Tensor::from_fn(SHARD, TASKS, |_, _| (share / SHARD as f64) as f32),
        share,
        loss: LabelLoss::Square,
    }
}

/// A network with its shards and buffers.
struct Run {
    method: Box<dyn Method<f32>>,
    parameters: Parameters<f32>,
    adam: Adam<f32>,
    shards: Vec<Batch<f32>>,
    tape: Tape<f32>,
    gradient: Vec<f32>,
}

impl Run {
    fn new(config: &ModelConfig, molecules: usize) -> Self {
        config.validate().expect("the variants are valid");
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let shape = (config.embedding, config.depth, config.readout);
        let (p, s) = (&mut parameters, &mut stream);
        let embedding = Embedding::Graph(Dmpnn::new(p, "embedding", FEATURES, shape, s));
        let names = ["s".to_owned(), "t".to_owned()];
        let method: Box<dyn Method<f32>> = match config.method {
            MethodName::Mtl => Box::new(HardSharing::new(p, embedding, &names, config, s)),
            _ => Box::new(Gate::new(p, embedding, (&names, 1), config, s)),
        };
        let count = molecules / SHARD;
        let shard = |k| shard(10 * k as u64, 1.0 / count as f64);
        Self {
            method,
            adam: Adam::new(parameters.values().len(), 0.0),
            gradient: vec![0.0; parameters.values().len()],
            parameters,
            shards: (0..count).map(shard).collect(),
            tape: Tape::new(),
        }
    }

    /// Loss and gradient of a step.
    fn gradient(&mut self) -> f32 {
        let (mut loss, mut write) = (0.0, Write::Replace);
        for (k, batch) in self.shards.iter().enumerate() {
            self.tape.clear();
            let weights = self.parameters.bind(&mut self.tape, true);
            let mut noise = Stream::new(0, Purpose::Perturbation, k as u64);
            let mut pass = Pass::new(&mut self.tape, &weights);
            let terms = self.method.losses(&mut pass, batch, &mut noise);
            let total = Term::total(&terms, &mut self.tape);
            self.tape.backward(total);
            self.parameters
                .gradient_into(&weights, &self.tape, &mut self.gradient, write);
            write = Write::Add;
            loss += self.tape.value(total).to_scalar();
        }
        loss
    }

    /// A whole step; so small that the weights stay what they are to the last digits.
    fn step(&mut self) -> f32 {
        const RATE: f64 = 1e-9;
        let loss = self.gradient();
        clip_norm(&mut self.gradient, 5.0);
        self.adam
            .step(self.parameters.values_mut(), &self.gradient, RATE);
        loss
    }
}

/// Flops of the matrix products of a step: forwards, and for the gradient of inputs and of weights.
fn flops(config: &ModelConfig, molecules: usize) -> usize {
    let (e, h) = (config.embedding, config.hidden);
    let (d, m) = (config.latent_dim, config.lf_dim);
    let (atoms, bonds) = (ATOMS * molecules, 2 * ATOMS * molecules);
    let messages = e * e * (atoms + (config.depth - 1) * bonds);
    let (encoder, head) = (e * h + h * d, (d + 1) * h / 2);
    let tasks = match config.method {
        MethodName::Mtl => molecules * (encoder + TASKS * head),
        _ => {
            let transfer = d * h + h * h + h * m;
            let copies = molecules * (1 + config.perturbations);
            // every task back to its chart, and the source to the target's
            let (back, heads) = (TASKS + 1, TASKS + 1);
            TASKS * copies * (encoder + transfer) + molecules * (back * transfer + heads * head)
        }
    };
    2 * 3 * (messages + tasks)
}

fn rates(criterion: &mut Criterion) {
    const N: usize = 1024;
    let mut group = criterion.benchmark_group("rate");
    let (a, mut c) = (matrix(N, N, 0), matrix(N, N, 1));
    group.throughput(Throughput::Elements(2 * (N * N * N) as u64));
    group.bench_function("matrix product", |bencher| {
        bencher.iter(|| gemm(c.as_mut_slice(), Write::Replace, a.view(), a.view()));
    });
    for &(method, width, molecules) in STEPS {
        let config = ModelConfig {
            embedding: width,
            hidden: width,
            ..ModelConfig::of(method)
        };
        let mut run = Run::new(&config, molecules);
        assert!(run.step().is_finite());
        group.throughput(Throughput::Elements(flops(&config, molecules) as u64));
        let name = format!("{} e{width} B{molecules}", method.as_str());
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run.step())));
    }
    group.finish();
}

fn steps(criterion: &mut Criterion, name: &str, method: MethodName, curved: bool) {
    const MOLECULES: usize = 64;
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
        let mut run = Run::new(&config, MOLECULES);
        let loss = run.gradient();
        assert!(loss.is_finite() && run.gradient.iter().all(|g| g.is_finite()));
        assert_eq!(loss, run.gradient(), "a step repeats bit for bit");
        group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
            bencher.iter(|| black_box(run.gradient()));
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
    targets = rates, flat_charts, curved_charts
}
criterion_main!(benches);

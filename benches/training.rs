//! What does a training step cost, over the flops it needs, and what does exact geometry add? Single
//! precision, one thread, shards of 32 molecules as in training: message passing, two tasks, all losses,
//! the gradient of all weights, and one step of Adam.
//!
//! - `rate`: flops a second of a large matrix product and of whole steps; the first over a step's is its
//!   time over the floor (bars: 2.0 at the defaults, 1.6 at width 300 and 256 molecules). The flops are those
//!   of the products alone, features once per kind, bonds and atoms once per class. A step moves at least the
//!   weights, their copies on the tape, gradients and moments: 13 numbers a weight.
//! - `step`: 64 molecules, elements are molecules. Bars: `metric` at most 1.6 times the step without contact
//!   loss of the same sizes (d = m = 50 of gate), `curvature` (d = 8, m = 16) at most 3 times that of its own.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use geogate::method::{CurvatureKind, Distance, MethodName, ModelConfig, Start};
use geogate::tensor::{Write, gemm};

mod graphs;
mod step;
use graphs::matrix;
use step::{Run, SHARD};

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

/// Flops of the matrix products of a step: forwards, and for the gradient of inputs and of weights. `message_rows` are
/// those that message passing multiplies.
fn flops(config: &ModelConfig, molecules: usize, message_rows: usize) -> usize {
    let (e, h) = (config.embedding, config.hidden);
    let (d, m) = (config.latent_dim, config.lf_dim);
    let messages = e * e * message_rows;
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
        let mut run = Run::new(&config, (molecules / SHARD, TASKS));
        assert!(run.step().is_finite());
        let flops = flops(&config, molecules, run.message_rows(config.depth));
        group.throughput(Throughput::Elements(flops as u64));
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
            // charts that are curved, as they are along training: flat ones would be another question
            start: Start::Random,
            ..ModelConfig::of(method)
        };
        change(&mut config);
        if config.curvature != 0.0 && !curved {
            continue;
        }
        let mut run = Run::new(&config, (MOLECULES / SHARD, TASKS));
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
    steps(criterion, "step, d = 8, m = 16", MethodName::Gear, true);
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

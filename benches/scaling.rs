//! How does the cost grow with the sizes? Geometry in batches with points, d and h; a training step
//! with rows and tasks; training with steps. One thread, medians of its processor time.
//!
//! A line has the sizes with their milliseconds and the exponent e of the power `size^e` fitted by
//! least squares to their logarithms. Linear growth is an exponent of one; d and h have beside theirs
//! the one of the leanest algorithm's flops over the same sizes.

#![allow(clippy::print_stdout, reason = "a bench shows its table")]

use geogate::chart::{BatchGeometry, Curvature};
use geogate::method::{Distance, Mapping, MethodName, ModelConfig, Pairs, PredictBy};
use geogate::nn::activation::Activation;

#[allow(dead_code, reason = "its table of sizes is for the other benches")]
mod floor;
mod graphs;
#[allow(dead_code, reason = "of the rates only the median is used here")]
mod rates;
#[allow(
    dead_code,
    reason = "the bench `training` looks at gradients and flops"
)]
mod step;
use floor::{JOBS, Job, Size};
use rates::median;
use step::{Run, SHARD};

/// Seconds of repeats for a size.
const BUDGET: f64 = 1.0;

/// What the smallest of sizes over two decades takes at least.
const SHORTEST: f64 = 0.011;

/// The chart of which one size is varied.
const CHART: Size = Size {
    d: 4,
    n: 16,
    h: 128,
    points: 512,
};

/// The exponent of the power law through (size, cost).
fn exponent(costs: &[(f64, f64)]) -> f64 {
    let count = costs.len() as f64;
    let logs = || costs.iter().map(|&(x, y)| (x.ln(), y.ln()));
    let mean = |of: fn((f64, f64)) -> f64| logs().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let slope: f64 = logs().map(|p| (p.0 - x) * (p.1 - y)).sum();
    slope / logs().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// Prints sizes, costs and their exponent, and beside it the exponent of `flops`.
fn report(
    name: &str,
    sizes: &[usize],
    mut cost: impl FnMut(usize) -> f64,
    flops: Option<&dyn Fn(usize) -> f64>,
) {
    let costs: Vec<(f64, f64)> = sizes.iter().map(|&s| (s as f64, cost(s))).collect();
    let cells = costs
        .iter()
        .map(|(size, t)| format!("{size} {:.3}", 1e3 * t));
    let cells: Vec<String> = cells.collect();
    let beside = flops.map(|flops| {
        let counts: Vec<(f64, f64)> = sizes.iter().map(|&s| (s as f64, flops(s))).collect();
        format!(" (flops {:.2})", exponent(&counts))
    });
    let (e, beside) = (exponent(&costs), beside.unwrap_or_default());
    println!("  {name:<28} {}: exponent {e:.3}{beside}", cells.join(", "));
}

/// Seconds of a job at a size; a geodesic has as many starts as the size has points.
fn job(job: Job, size: Size) -> f64 {
    let map = floor::chart::<f64>(size, Activation::Tanh);
    let batch = BatchGeometry::new(&map);
    let x = floor::normal(size.d * size.points, 0.7);
    let starts = floor::normal(2 * size.d * size.points, 0.2);
    let mut curvature = Curvature::default();
    median(BUDGET, || {
        std::hint::black_box(floor::run(job, &batch, (&x, &starts), &mut curvature));
    })
}

/// Five sizes over two decades, of which the smallest takes [`SHORTEST`].
fn decades(mut cost: impl FnMut(usize) -> f64) -> Vec<usize> {
    let mut size = 16;
    let mut time = cost(size);
    while time < SHORTEST {
        size = (size as f64 * (1.1 * SHORTEST / time).clamp(1.1, 4.0)) as usize;
        time = cost(size);
    }
    (0..5)
        .map(|k| (size as f64 * 10_f64.powf(f64::from(k) / 2.0)) as usize)
        .collect()
}

fn geometry() {
    println!("milliseconds against points (starts of geodesics): d 4, n 16, h 128");
    let of_points = |of| move |points| job(of, Size { points, ..CHART });
    for (of, name) in JOBS {
        report(name, &decades(of_points(of)), of_points(of), None);
    }
    println!("against d: n 32, h 128, {0} points or starts", CHART.points);
    let of_d = |d| Size { d, n: 32, ..CHART };
    for (of, name) in JOBS {
        let sizes = if of == Job::Riemann {
            &[2, 4, 8][..]
        } else {
            &[2, 4, 8, 16, 32]
        };
        report(
            name,
            sizes,
            |d| job(of, of_d(d)),
            Some(&|d| floor::flops(of, of_d(d))),
        );
    }
    println!("against h: d 4, n 16, {0} points or starts", CHART.points);
    let of_h = |h| Size { h, ..CHART };
    for (of, name) in JOBS {
        report(
            name,
            &[64, 128, 256, 512],
            |h| job(of, of_h(h)),
            Some(&|h| floor::flops(of, of_h(h))),
        );
    }
}

/// Seconds of a step.
fn step(config: &ModelConfig, sizes: (usize, usize)) -> f64 {
    let mut run = Run::new(config, sizes);
    median(BUDGET, || {
        std::hint::black_box(run.step());
    })
}

/// GATE of two decades of rows, steps and numbers of tasks.
fn training() {
    let gate = ModelConfig::of(MethodName::Gate);
    println!("milliseconds of a GATE step of two tasks against rows");
    let of_rows = |rows: usize| step(&gate, (rows / SHARD, 2));
    report("gate", &[128, 384, 1280, 3840, 12800], of_rows, None);
    println!("milliseconds of steps of 64 rows against their number");
    let mut run = Run::new(&gate, (2, 2));
    let steps = |count: usize| {
        median(BUDGET, || {
            (0..count).for_each(|_| {
                std::hint::black_box(run.step());
            });
        })
    };
    report("gate", &[2, 6, 20, 60, 200], steps, None);
    let curved = ModelConfig {
        latent_dim: 8,
        lf_dim: 16,
        distance: Distance::Metric,
        delta: 1000.0,
        predict_by: PredictBy::Charts,
        ..ModelConfig::of(MethodName::Gate)
    };
    let tasks = [2, 4, 8, 16, 32];
    println!("milliseconds of a step of 64 rows against tasks");
    for (name, config) in [("gate", &gate), ("gate, exact contact of order 1", &curved)] {
        let with = |pairs, mapping| ModelConfig {
            pairs,
            mapping,
            ..config.clone()
        };
        let cost = |config: ModelConfig| move |tasks| step(&config, (2, tasks));
        report(
            &format!("{name}, pairs with the target"),
            &tasks,
            cost(with(Pairs::Target, Mapping::Target)),
            None,
        );
        report(
            &format!("{name}, all pairs"),
            &tasks,
            cost(with(Pairs::All, Mapping::Target)),
            None,
        );
        report(
            &format!("{name}, all pairs and ways"),
            &tasks,
            cost(with(Pairs::All, Mapping::All)),
            None,
        );
    }
}

fn main() {
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    one.install(|| {
        geometry();
        training();
    });
}

//! Neural charts of stated size, what is computed on them, and what that must cost: shared by the
//! bench `neural_geometry` and the example `11_roofline`.
//!
//! Flops count a multiplication and an addition as two, and only what a lean algorithm does in matrix
//! products: with `L = 2 (h² + h n)` for a column through the layers after the first,
//! `F = 2 d h + (1 + d) L + n d (d + 1)` for Jacobian and metric, and `p = d (d + 1)/2`. Gradients take
//! three times their quantity: forward, adjoints, weights. Curvature is counted by pairs forward or by sums over
//! units; n − d reverse columns along normals, which take fewer flops where the normal space is small,
//! are not counted, so that figures before and after them compare.

use std::hint::black_box;

use geogate::chart::{BatchGeometry, Curvature, Dense, Perceptron};
use geogate::nn::activation::Activation;
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Real, Tensor};

/// A chart `R^d → Rⁿ` with two hidden layers of h units, and the points of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) d: usize,
    pub(crate) n: usize,
    pub(crate) h: usize,
    pub(crate) points: usize,
}

const fn size(d: usize, n: usize, h: usize, points: usize) -> Size {
    Size { d, n, h, points }
}

/// From surfaces to what a latent space may have.
pub(crate) const SIZES: [Size; 6] = [
    size(2, 3, 64, 4096),
    size(2, 16, 128, 4096),
    size(4, 16, 128, 2048),
    size(8, 32, 128, 1024),
    size(16, 64, 256, 256),
    size(32, 128, 256, 64),
];

/// Geodesics integrated at once, and their steps.
pub(crate) const STARTS: usize = 256;
pub(crate) const STEPS: usize = 10;

/// What is asked of a chart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    JacMetric,
    Christoffel,
    Riemann,
    Ricci,
    Geodesic,
    GradMetric,
    GradChristoffel,
    GradScalar,
}

pub(crate) const JOBS: [(Job, &str); 8] = [
    (Job::JacMetric, "jac_metric"),
    (Job::Christoffel, "christoffel"),
    (Job::Riemann, "riemann"),
    // tensor and scalar
    (Job::Ricci, "ricci_scalar"),
    (Job::Geodesic, "geodesic"),
    (Job::GradMetric, "grad_metric"),
    (Job::GradChristoffel, "grad_christoffel"),
    (Job::GradScalar, "grad_scalar"),
];

impl Job {
    /// Riemann has d⁴ entries a point.
    pub(crate) fn fits(self, size: Size) -> bool {
        self != Self::Riemann || size.d <= 8
    }
}

/// The sizes and jobs that these words name, sizes by dimension (`d8`): all of a kind of which none is named.
#[allow(dead_code, reason = "only the example is told which to run")]
pub(crate) fn named(words: &[String]) -> Vec<(Size, Vec<(Job, &'static str)>)> {
    let said = |name: &str| words.iter().any(|word| word == name);
    let of = |size: &Size| format!("d{}", size.d);
    let every_size = !SIZES.iter().any(|size| said(&of(size)));
    let every_job = !JOBS.iter().any(|(_, name)| said(name));
    let sizes = SIZES
        .into_iter()
        .filter(|size| every_size || said(&of(size)));
    let jobs = |size: Size| {
        let jobs = JOBS.into_iter().filter(|(job, _)| job.fits(size));
        jobs.filter(|(_, name)| every_job || said(name)).collect()
    };
    sizes.map(|size| (size, jobs(size))).collect()
}

/// Flops of a job on all points, in the leanest way known but for curvature by normals (see above).
pub(crate) fn flops(job: Job, size: Size) -> f64 {
    let [d, n, h] = [size.d, size.n, size.h].map(|x| x as f64);
    let p = d * (d + 1.0) / 2.0;
    let column = 2.0 * (h * h + h * n);
    let jacobian = 2.0 * d * h + (1.0 + d) * column + n * d * (d + 1.0);
    let (cholesky, raise) = (d.powi(3) / 3.0, 2.0 * d * d * p);
    let forward = p * column + 2.0 * n * d * p;
    let reverse = d * column + 4.0 * d * h * p;
    let christoffel = jacobian + forward.min(reverse) + cholesky + raise;
    let hessian = (p * column).min(2.0 * n * h * h + 4.0 * n * h * p);
    let second_form = 4.0 * n * d * p + cholesky + raise;
    let gauss = jacobian + hessian + second_form + 4.0 * n * d.powi(3) + 2.0 * n * d * p;
    // sums over pairs of units instead of coordinates
    let neurons = 2.0 * n * h * h + 8.0 * n * d * h + 4.0 * (n + d) * h * h;
    let neurons = jacobian + neurons + 4.0 * h * d * d + 6.0 * h * h + 8.0 * h * h * d;
    let along = 2.0 * d * h + (2.0 + d) * column + n * d * (d + 1.0) + 2.0 * n * d + cholesky;
    let points = size.points as f64;
    match job {
        Job::JacMetric => points * jacobian,
        Job::Christoffel => points * christoffel,
        Job::Riemann => points * (jacobian + hessian + second_form + n * p * (p + 1.0)),
        Job::Ricci => points * gauss.min(neurons),
        Job::Geodesic => along * (4 * STEPS * STARTS) as f64,
        Job::GradMetric => 3.0 * points * jacobian,
        Job::GradChristoffel => 3.0 * points * christoffel,
        Job::GradScalar => 3.0 * points * gauss.min(neurons),
    }
}

/// Seconds that a job takes at the least: its flops at `flops` a second, its activations at `activation` seconds
/// each, and Riemann's d⁴ numbers at `copied` bytes a second.
#[allow(dead_code, reason = "only the example states times")]
pub(crate) fn seconds<T>(job: Job, size: Size, [flops, activation, copied]: [f64; 3]) -> f64 {
    let points = if job == Job::Geodesic {
        4 * STEPS * STARTS
    } else {
        size.points
    };
    let large = if job == Job::Riemann {
        size_of::<T>() * written(job, size)
    } else {
        0
    };
    let activations = (2 * size.h * points) as f64 * activation;
    self::flops(job, size) / flops + activations + large as f64 / copied
}

/// Numbers that must be written.
pub(crate) fn written(job: Job, size: Size) -> usize {
    let Size { d, n, h, points } = size;
    match job {
        Job::JacMetric => points * (d * n + d * d),
        Job::Christoffel => points * d.pow(3),
        Job::Riemann => points * (d.pow(4) + d * d + 1),
        Job::Ricci => points * (d * d + 1),
        Job::Geodesic => 2 * d * STARTS,
        _ => h * (d + 1) + h * (h + 1) + n * (h + 1),
    }
}

/// The chart with random weights that keep values of order one.
pub(crate) fn chart<T: Real>(size: Size, activation: Activation) -> Perceptron<T> {
    let mut stream = Stream::new(0, Purpose::Test, 11);
    let mut layer = |rows: usize, cols: usize, scale: f64, activation| {
        let scale = scale / (rows as f64).sqrt();
        let entries = (0..rows * cols).map(|_| T::from_f64(scale * stream.normal()));
        let weight = Tensor::from_vec(rows, cols, entries.collect());
        let bias = (0..cols)
            .map(|_| T::from_f64(0.3 * stream.normal()))
            .collect();
        Dense::new(weight, Some(bias), activation).expect("finite weights")
    };
    let Size { d, n, h, .. } = size;
    let layers = vec![
        layer(d, h, 1.0, Some(activation)),
        layer(h, h, 1.3, Some(activation)),
        layer(h, n, 1.3, None),
    ];
    Perceptron::new(layers).expect("layers that fit")
}

/// Normal numbers of this spread.
pub(crate) fn normal<T: Real>(count: usize, spread: f64) -> Vec<T> {
    let mut stream = Stream::new(0, Purpose::Test, 12);
    (0..count)
        .map(|_| T::from_f64(spread * stream.normal()))
        .collect()
}

/// Runs a job; the result is a number of it, to be looked at. Riemann goes into memory that is reused.
pub(crate) fn run<T: Real>(
    job: Job,
    batch: &BatchGeometry<'_, T>,
    (points, starts): (&[T], &[T]),
    curvature: &mut Curvature<T>,
) -> f64 {
    let sound = "random charts are immersions";
    let first = |numbers: &[T]| black_box(numbers)[0].to_f64();
    match job {
        Job::JacMetric => first(&batch.jac_metric(points).1),
        Job::Christoffel => first(&batch.christoffel(points)),
        Job::Riemann => {
            batch.riemann_into(points, curvature);
            first(&curvature.scalar)
        }
        Job::Ricci => first(&batch.ricci(points).1),
        Job::Geodesic => {
            let (x, v) = starts.split_at(starts.len() / 2);
            let time = T::from_f64(STEPS as f64 / 50.0);
            first(&batch.geodesic(x, v, (time, STEPS)).points)
        }
        Job::GradMetric => black_box(batch.grad_metric(points).expect(sound)).loss,
        Job::GradChristoffel => black_box(batch.grad_christoffel(points).expect(sound)).loss,
        Job::GradScalar => black_box(batch.grad_scalar(points).expect(sound)).loss,
    }
}

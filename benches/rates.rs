//! Time of one thread, and what the machine does in it at best: for benches and examples that state
//! time over a floor.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use geogate::nn::activation::Activation;
use geogate::tensor::elementwise::map;
use geogate::tensor::{Real, View, Write, gemm};

/// What one thread does at best.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    /// Flops a second of a 1024³ product.
    pub(crate) flops: f64,
    /// Seconds of a value of the activation.
    pub(crate) activation: f64,
    /// Bytes a second of a copy from memory to memory.
    pub(crate) copied: f64,
}

/// Nanoseconds this thread has run for, which other programs do not add to; 0 where the system does
/// not tell.
fn run_time() -> u64 {
    // a thread that gives way has its count brought up to date
    std::thread::yield_now();
    let counts = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = counts.split_whitespace().next();
    first.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// Seconds of a call on this thread: processor time where the system tells it, else by the clock.
fn once(call: &mut impl FnMut()) -> f64 {
    let (clock, before) = (Instant::now(), run_time());
    call();
    let spent = run_time().saturating_sub(before);
    if before > 0 {
        1e-9 * spent as f64
    } else {
        clock.elapsed().as_secs_f64()
    }
}

/// The median of as many calls as fit in `budget` seconds, after one that warms up; at least three.
pub(crate) fn median(budget: f64, mut call: impl FnMut()) -> f64 {
    call();
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || (start.elapsed().as_secs_f64() < budget && times.len() < 1000) {
        times.push(once(&mut call));
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

impl Rates {
    /// Those of this thread at this time. The product is counted at `known` flops a second where
    /// another library is known to be faster.
    pub(crate) fn measured<T: Real>(activation: Activation, known: f64) -> Self {
        const SECONDS: f64 = 0.15;
        const N: usize = 1024;
        let (a, mut c) = (vec![T::from_f64(0.5); N * N], vec![T::ZERO; N * N]);
        let square = || View::new(&a, N, N);
        let product = median(SECONDS, || {
            gemm(&mut c, Write::Replace, square(), square());
        });
        // what a first-level cache holds with its result
        let u: Vec<T> = (0..2048)
            .map(|k| T::from_f64(f64::from(k) / 256.0 - 4.0))
            .collect();
        let mut out = u.clone();
        const SWEEPS: usize = 256;
        let activated = median(SECONDS, || {
            for _ in 0..SWEEPS {
                match activation {
                    Activation::Tanh => map(&mut out, Write::Replace, &u, T::hyperbolic_tangent),
                    _ => map(&mut out, Write::Replace, &u, |x| x * x.sigmoid()),
                }
                black_box(&mut out);
            }
        });
        let big = vec![1.0; 1 << 22];
        let mut copy = big.clone();
        let copied = median(SECONDS, || black_box(&mut copy).copy_from_slice(&big));
        Self {
            flops: known.max(2.0 * (N * N * N) as f64 / product),
            activation: activated / (SWEEPS * u.len()) as f64,
            copied: (size_of::<f64>() * big.len()) as f64 / copied,
        }
    }
}

//! How far is the batched geometry from what this machine can do? Time over floor of every job: the
//! flops of the leanest algorithm at the rate of a large matrix product, plus the activations and the
//! bytes written at the rates measured beside them. One thread, double precision, best of three.

#![allow(clippy::print_stdout, reason = "an example shows its table")]

use std::hint::black_box;
use std::time::Instant;

use geogate::chart::Curvature;
use geogate::nn::activation::Activation;
use geogate::tensor::elementwise::map;
use geogate::tensor::{Real, View, Write, gemm};

#[path = "../benches/floor.rs"]
mod floor;
use floor::{JOBS, SIZES, STARTS, Size};

/// Seconds of the best of three calls.
fn seconds(mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    (0..3).map(time).fold(f64::INFINITY, f64::min)
}

/// Flops a second of a 1024³ product, seconds of a tanh, bytes a second of a copy.
fn rates() -> [f64; 3] {
    const N: usize = 1024;
    let (a, mut c) = (vec![0.5; N * N], vec![0.0; N * N]);
    let square = || View::new(&a, N, N);
    let product = seconds(|| gemm(&mut c, Write::Replace, square(), square()));
    let u: Vec<f64> = (0..1 << 13).map(|k| f64::from(k) / 1024.0 - 4.0).collect();
    let mut out = u.clone();
    let sweeps = 64;
    let tanh = seconds(|| {
        for _ in 0..sweeps {
            map(&mut out, Write::Replace, &u, Real::hyperbolic_tangent);
        }
    });
    let big = vec![1.0; 1 << 22];
    let mut copy = big.clone();
    let copied = seconds(|| black_box(&mut copy).copy_from_slice(&big));
    [
        2.0 * (N * N * N) as f64 / product,
        tanh / (sweeps * u.len()) as f64,
        (size_of::<f64>() * big.len()) as f64 / copied,
    ]
}

fn main() -> Result<(), rayon::ThreadPoolBuildError> {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    println!("milliseconds, floor, and time over floor");
    for size in SIZES {
        let Size { d, n, h, points } = size;
        // beside the jobs, because other programs come and go
        let [rate, tanh, copied] = rates();
        let (giga, nano) = (1e-9 * rate, 1e9 * tanh);
        println!("d {d}, n {n}, h {h}, {points} points; {giga:.1} GFLOP/s, tanh {nano:.2} ns");
        let map = floor::chart::<f64>(size, Activation::Tanh);
        let mut curvature = Curvature::default();
        let x = floor::normal(d * points, 0.7);
        let starts = floor::normal(2 * d * STARTS, 0.2);
        for (job, name) in JOBS.into_iter().filter(|(job, _)| job.fits(size)) {
            let time = one.install(|| {
                seconds(|| {
                    black_box(floor::run(job, &map, (&x, &starts), &mut curvature));
                })
            });
            let bytes = (size_of::<f64>() * floor::written(job, size)) as f64;
            let work = floor::flops(job, size) / rate + floor::activations(job, size) * tanh;
            let floor = work + bytes / copied;
            let (ms, floor_ms, ratio) = (1e3 * time, 1e3 * floor, time / floor);
            println!("  {name:<16} {ms:9.2} {floor_ms:9.2} {ratio:6.2}");
        }
    }
    Ok(())
}

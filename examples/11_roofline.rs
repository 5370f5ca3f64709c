//! How far is the batched geometry from what this machine can do? Time over floor of every job: the
//! flops of the leanest algorithm at the rate of a large matrix product, plus the activations and the
//! bytes of Riemann's array at the rates measured beside them. One thread, medians of its processor time.
//!
//! `cargo run --release --example 11_roofline -- [f32] [silu] [SECONDS for a job] [JOB…] [dN…]`: jobs by name
//! and sizes by dimension (`d2` is two of them), all where none is named. Where another library multiplies
//! faster, `GEOGATE_GFLOPS=84` raises the rate of the product to its own. The floor of curvature does not
//! count reverse columns along normals, so its ratio may fall below 1.

#![allow(clippy::print_stdout, reason = "an example shows its table")]

use std::hint::black_box;

use geogate::chart::{BatchGeometry, Curvature};
use geogate::nn::activation::Activation;
use geogate::tensor::Real;

#[path = "../benches/floor.rs"]
mod floor;
#[path = "../benches/rates.rs"]
mod rates;
use floor::{Job, STARTS, Size};
use rates::Rates;

/// Some jobs of one size.
fn table<T: Real>(
    (size, jobs): (Size, Vec<(Job, &str)>),
    activation: Activation,
    (known, seconds): (f64, f64),
) {
    let Size { d, n, h, points } = size;
    // beside the jobs, because other programs come and go
    let rates = Rates::measured::<T>(activation, known);
    let (giga, nano) = (1e-9 * rates.flops, 1e9 * rates.activation);
    let copied = 1e-9 * rates.copied;
    println!(
        "d {d}, n {n}, h {h}, {points} points: {giga:.1} GFLOP/s, {nano:.2} ns an activation, {copied:.1} GB/s"
    );
    let rates = [rates.flops, rates.activation, rates.copied];
    let map = floor::chart::<T>(size, activation);
    let (batch, mut curvature) = (BatchGeometry::new(&map), Curvature::default());
    let x = floor::normal(d * points, 0.7);
    let starts = floor::normal(2 * d * STARTS, 0.2);
    for (job, name) in jobs {
        let time = rates::median(seconds, || {
            black_box(floor::run(job, &batch, (&x, &starts), &mut curvature));
        });
        let floor = floor::seconds::<T>(job, size, rates);
        let (ms, floor_ms, ratio) = (1e3 * time, 1e3 * floor, time / floor);
        println!("  {name:<16} {ms:9.2} {floor_ms:9.2} {ratio:6.2}");
    }
}

fn main() -> Result<(), rayon::ThreadPoolBuildError> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let said = |word: &str| words.iter().any(|w| w == word);
    let activation = if said("silu") {
        Activation::Silu
    } else {
        Activation::Tanh
    };
    let seconds = words.iter().find_map(|w| w.parse().ok()).unwrap_or(0.1);
    let known = std::env::var("GEOGATE_GFLOPS").ok();
    let known = known.and_then(|rate| rate.parse::<f64>().ok());
    let how = (1e9 * known.unwrap_or(0.0), seconds);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    println!("milliseconds, floor, and time over floor");
    for jobs in floor::named(&words) {
        one.install(|| {
            if said("f32") {
                table::<f32>(jobs, activation, how);
            } else {
                table::<f64>(jobs, activation, how);
            }
        });
    }
    Ok(())
}

//! What a batch allocates does not grow with its points, results aside.

use geogate::chart::{BatchGeometry, BatchTransition, Curvature, Dense, Perceptron, Shooting};
use geogate::nn::activation::Activation;
use geogate::tensor::Tensor;

use super::networks::{Network, points};
use crate::counting::{allocations_of, bytes_of};

/// A job on points and velocities, and how many numbers a point of input and output has beside the
/// working memory.
type Job = (
    &'static str,
    fn(&Perceptron, &[f64], &[f64]),
    fn(usize, usize) -> usize,
);

const JOBS: [Job; 14] = [
    (
        "immersion",
        |map, x, _| BatchGeometry::new(map).immersion(x).unwrap(),
        |_, _| 1,
    ),
    (
        "metric",
        |map, x, _| drop(BatchGeometry::new(map).metric(x)),
        |d, _| d * d,
    ),
    (
        "jac_metric",
        |map, x, _| drop(BatchGeometry::new(map).jac_metric(x)),
        |d, n| d * n + d * d,
    ),
    (
        "christoffel",
        |map, x, _| drop(BatchGeometry::new(map).christoffel(x)),
        |d, _| d.pow(3),
    ),
    (
        "riemann",
        |map, x, _| drop(BatchGeometry::new(map).riemann(x)),
        |d, _| d.pow(4) + d * d + 1,
    ),
    (
        "ricci",
        |map, x, _| drop(BatchGeometry::new(map).ricci(x)),
        |d, _| d * d + 1,
    ),
    (
        "ricci_scalar",
        |map, x, _| drop(BatchGeometry::new(map).ricci_scalar(x)),
        |_, _| 1,
    ),
    (
        "factor",
        |map, x, _| drop(BatchGeometry::new(map).factor(x)),
        |d, _| d * d,
    ),
    (
        "second_form",
        |map, x, _| drop(BatchGeometry::new(map).second_form(x)),
        // one normal where d = 2, all n components where d = 4: what is leaner
        |d, n| d * d + d * (d + 1) / 2 * if d == 2 { 1 } else { n } + 1,
    ),
    (
        "defects",
        |map, x, _| {
            let d = map.inputs();
            let identity = Tensor::from_fn(d, d, |i, j| f64::from(u8::from(i == j)));
            let tau = Perceptron::new(vec![Dense::new(identity, None, None).unwrap()]).unwrap();
            let geometry = BatchGeometry::new(map);
            drop(BatchTransition::new(&geometry, &geometry, &tau).defects(x, x.to_vec()));
        },
        |d, _| d + 2 * d * d + 3,
    ),
    (
        "geodesic",
        |map, x, v| drop(BatchGeometry::new(map).geodesic(x, v, (0.5, 2))),
        |d, _| 3 * d,
    ),
    (
        "grad_metric",
        |map, x, _| drop(BatchGeometry::new(map).grad_metric(x)),
        |_, _| 0,
    ),
    (
        "grad_christoffel",
        |map, x, _| drop(BatchGeometry::new(map).grad_christoffel(x)),
        |_, _| 0,
    ),
    (
        "grad_scalar",
        |map, x, _| drop(BatchGeometry::new(map).grad_scalar(x)),
        |_, _| 0,
    ),
];

/// More tiles than runs of a gradient, and ten times as many: 48 points make a tile at most.
const FEW: usize = 20 * 48;
const MANY: usize = 10 * FEW;

/// Allocations, and their bytes, that the thread pool makes for itself now and then; there are 180 more
/// tiles in many points.
const OF_THE_POOL: (usize, usize) = (2, 4096);

/// Every job twice: allocations are as many, and as large but for what a point's results
/// take. On one thread, which a pool of its own keeps for itself.
#[test]
fn memory_does_not_grow_with_the_batch() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    for (d, n) in [(2, 3), (4, 9)] {
        let map = Network::new(&[d, 16, 12, n], Activation::Tanh, 840).perceptron;
        let (x, v) = (points(MANY, d, 841), points(MANY, d, 842));
        let v: Vec<f64> = v.iter().map(|v| 0.1 * v).collect();
        for (name, job, numbers) in JOBS {
            let of = |count: usize| {
                let mut run = || job(&map, &x[..count * d], &v[..count * d]);
                run();
                (allocations_of(&mut run), bytes_of(&mut run))
            };
            let (few, many) = pool.install(|| (of(FEW), of(MANY)));
            let text = format!("{name}, d = {d}: {few:?}, {many:?}");
            assert!(
                few.0.abs_diff(many.0) <= OF_THE_POOL.0,
                "allocations of {text}"
            );
            let results = size_of::<f64>() * numbers(d, n) * (MANY - FEW);
            let more = (few.1 + results).abs_diff(many.1);
            assert!(more <= OF_THE_POOL.1, "bytes of {text}");
        }
    }
}

/// Reused memory leaves nothing to allocate but the working memory.
#[test]
fn riemann_into_memory_that_is_there_allocates_no_results() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let map = Network::new(&[3, 16, 12, 7], Activation::Tanh, 843).perceptron;
    let x = points(MANY, 3, 844);
    let batch = BatchGeometry::new(&map);
    let mut out: Curvature = batch.riemann(&x);
    let mut of = |count: usize| bytes_of(&mut || batch.riemann_into(&x[..3 * count], &mut out));
    pool.install(|| {
        // the first call on a thread makes its memory, and that of its matrix products
        of(MANY);
        assert!(of(FEW).abs_diff(of(MANY)) <= OF_THE_POOL.1);
    });
}

/// The searches of a logarithm are lists over all pairs, made once.
#[test]
fn logarithms_allocate_no_more_often_for_more_pairs() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let map = Network::new(&[2, 16, 12, 5], Activation::Tanh, 845).perceptron;
    // the same pairs again and again, so that all batches take as many geodesics
    let repeated = |x: Vec<f64>, times: usize| x.repeat(times);
    let from = points(48, 2, 846);
    let to: Vec<f64> = from.iter().map(|x| x + 0.05).collect();
    let batch = BatchGeometry::new(&map);
    let shooting = Shooting {
        steps: 4,
        ..Shooting::default()
    };
    let of = |times: usize| {
        let (from, to) = (repeated(from.clone(), times), repeated(to.clone(), times));
        let mut run = || drop(batch.log(&from, &to, shooting));
        run();
        allocations_of(&mut run)
    };
    pool.install(|| assert!(of(3).abs_diff(of(30)) <= OF_THE_POOL.0));
}

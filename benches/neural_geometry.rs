//! How long does the batched geometry of a neural chart take, job by job?
//!
//! Ids are `<job>/d{d}_n{n}_h{h}_b{points}` for tanh and `<job>_silu/…`; geodesics have 256 starts and 10
//! steps whatever b says. Throughput is in flops of the leanest algorithm (`floor.rs`) and in bytes
//! that must be written. Double precision, one thread.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use geogate::chart::{BatchGeometry, Curvature, LatentChart};
use geogate::geometry::curvature::scalar_curvature;
use geogate::nn::activation::Activation;

mod floor;
use floor::{JOBS, Job, SIZES, STARTS, Size};

/// The scalar curvature of the first point by the batch and by itself.
fn assert_right(size: Size, activation: Activation) {
    let map = floor::chart::<f64>(size, activation);
    let x = floor::normal(size.d, 0.7);
    let batch = BatchGeometry::new(&map);
    let got = floor::run(Job::Ricci, &batch, (&x, &[]), &mut Curvature::default());
    let chart = LatentChart::new(map).expect("more components than coordinates");
    let want = scalar_curvature(&chart, &x).expect("an immersion");
    assert!((got / want - 1.0).abs() < 1e-10, "{got} {want}");
}

fn neural_geometry(criterion: &mut Criterion) {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one = one.expect("a thread");
    for (activation, suffix) in [(Activation::Tanh, ""), (Activation::Silu, "_silu")] {
        for size in SIZES {
            assert_right(size, activation);
        }
        for (job, name) in JOBS {
            let mut group = criterion.benchmark_group(format!("{name}{suffix}"));
            group
                .sample_size(10)
                .warm_up_time(Duration::from_millis(200));
            group.measurement_time(Duration::from_secs(1));
            // ten calls and no more where one takes as long as that
            group.sampling_mode(SamplingMode::Flat);
            for size in SIZES.into_iter().filter(|&size| job.fits(size)) {
                let Size { d, n, h, points } = size;
                let map = floor::chart::<f64>(size, activation);
                let batch = BatchGeometry::new(&map);
                let x = floor::normal(d * points, 0.7);
                let mut curvature = Curvature::default();
                let starts = floor::normal(2 * d * STARTS, 0.2);
                let elements = floor::flops(job, size) as u64;
                let bytes = (size_of::<f64>() * floor::written(job, size)) as u64;
                group.throughput(Throughput::ElementsAndBytes { elements, bytes });
                let id = format!("d{d}_n{n}_h{h}_b{points}");
                group.bench_function(BenchmarkId::from_parameter(id), |bencher| {
                    one.install(|| {
                        bencher.iter(|| {
                            floor::run(job, black_box(&batch), (&x, &starts), &mut curvature)
                        });
                    });
                });
            }
        }
    }
}

criterion_group!(benches, neural_geometry);
criterion_main!(benches);

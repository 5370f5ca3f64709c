//! What must not matter: the order of the molecules, how they are divided into shards, threads.

use geogate::method::{CurvatureKind, Distance, ModelConfig};

use super::scene::{ROWS, Scene, batch, config, rows};

/// Losses without random directions.
fn certain() -> ModelConfig {
    ModelConfig {
        curvature: 1.0,
        flat: 1.0,
        cocycle: 1.0,
        ..config()
    }
}

const CERTAIN: [&str; 3] = ["curvature", "flat", "cocycle"];

#[test]
fn the_order_of_molecules_does_not_matter() {
    let mut scene = Scene::new(certain(), 3);
    let terms = scene.terms();
    scene.batch = rows(&batch(ROWS, 3), &[2, 0, 3, 1], 1.0);
    let permuted = scene.terms();
    for name in CERTAIN {
        let (a, b) = (terms[name], permuted[name]);
        assert!(a > 0.0 && (a - b).abs() < 1e-13 * a, "{name}: {a} {b}");
    }
}

#[test]
fn shards_add_up_to_the_step() {
    let scene = Scene::new(certain(), 3);
    let whole = scene.terms();
    let shard = |which: &[usize]| {
        let share = which.len() as f64 / ROWS as f64;
        scene.terms_of(&rows(&scene.batch, which, share))
    };
    let (one, other) = (shard(&[0]), shard(&[1, 2, 3]));
    for name in CERTAIN {
        let sum = one[name] + other[name];
        assert!(
            (sum - whole[name]).abs() < 1e-13 * sum,
            "{name}: {sum} {}",
            whole[name]
        );
    }
}

/// Swapping two tasks changes no loss over unordered pairs.
#[test]
fn pairs_have_no_direction() {
    let random = ModelConfig {
        delta: 1.0,
        distance: Distance::Vector,
        order2: 1.0,
        curvature_kind: CurvatureKind::Ricci,
        ..certain()
    };
    let scene = Scene::new(random, 2);
    let mut swapped = Scene::new(scene.config.clone(), 2);
    let names: Vec<(String, usize)> = scene
        .parameters
        .iter()
        .map(|(name, _, _, entries)| (name.to_owned(), entries.len()))
        .collect();
    let find = |wanted: &str| {
        scene
            .parameters
            .iter()
            .find(|(name, ..)| *name == wanted)
            .unwrap()
            .3
    };
    let other = |name: &str| {
        let (from, to) = if name.contains(".t0.") {
            (".t0.", ".t1.")
        } else {
            (".t1.", ".t0.")
        };
        name.replace(from, to)
    };
    let values: Vec<f64> = names
        .iter()
        .flat_map(|(name, _)| find(&other(name)).to_vec())
        .collect();
    swapped.parameters.values_mut().copy_from_slice(&values);
    let (a, b) = (scene.terms(), swapped.terms());
    for name in ["distance", "order2", "curvature", "flat", "scale"] {
        assert!(
            (a[name] - b[name]).abs() < 1e-12 * a[name],
            "{name}: {} {}",
            a[name],
            b[name]
        );
    }
}

#[cfg(feature = "molecule")]
#[test]
fn threads_change_no_bit() {
    use crate::train::situation::{control, corpus, model, partition, training};
    use geogate::method::MethodName;
    use geogate::train::{RunControl, Silent, fit};
    use std::sync::atomic::AtomicBool;

    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let model = ModelConfig {
        latent_dim: 2,
        lf_dim: 4,
        delta: 1.0,
        distance: Distance::Metric,
        order2: 0.1,
        curvature: 1e-3,
        curvature_kind: CurvatureKind::Trace,
        normal: 0.1,
        isometry: 0.1,
        affine: 0.1,
        flat: 0.1,
        perturbations: 1,
        dropout: 0.0,
        ..model(MethodName::Gate)
    };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let control = RunControl {
            parallel: threads > 1,
            ..control(&Silent, &stop)
        };
        pool.install(|| {
            let partition = partition(&corpus);
            let fitted = fit(&corpus, &partition, &model, &training(), &control).unwrap();
            let numbers = fitted
                .history
                .iter()
                .flat_map(|h| h.losses.iter().chain(&h.readings));
            numbers
                .map(|(name, x)| (name.clone(), x.to_bits()))
                .collect::<Vec<_>>()
        })
    };
    let alone = run(1);
    assert!(alone == run(2) && alone == run(3));
}

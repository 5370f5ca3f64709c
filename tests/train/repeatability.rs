//! Same seed, same bits: for any number of threads, and across an interruption.

use std::sync::atomic::{AtomicBool, Ordering};

use geogate::error::ErrorKind;
use geogate::method::{MethodName, ModelConfig};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{EpochProgress, Observer, RunControl, Silent, fit};

use super::situation::{control, corpus, model, partition, training};

/// All predictions of a run, as bits.
fn predictions(
    control: &RunControl<'_>,
    method: MethodName,
    training: &TrainingConfig,
) -> Vec<u64> {
    predictions_of(control, &model(method), training)
}

fn predictions_of(
    control: &RunControl<'_>,
    model: &ModelConfig,
    training: &TrainingConfig,
) -> Vec<u64> {
    let corpus = corpus();
    let fitted = fit(&corpus, &partition(&corpus), model, training, control).unwrap();
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let y = fitted.model.predict(&corpus.inputs, &rows).unwrap();
    let columns = 0..y.tasks().len();
    let y = columns.flat_map(|column| y.of_task(column));
    y.map(|y| {
        assert_eq!(y.absence(), None);
        y.mean().to_bits()
    })
    .collect()
}

#[test]
fn threads_change_no_bit() {
    let stop = AtomicBool::new(false);
    for method in MethodName::networks() {
        let alone = predictions(&control(&Silent, &stop), method, &training());
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let parallel = RunControl {
                parallel: true,
                ..control(&Silent, &stop)
            };
            let together = pool.install(|| predictions(&parallel, method, &training()));
            assert!(alone == together, "{method:?} on {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_another_model() {
    let stop = AtomicBool::new(false);
    let other = TrainingConfig {
        seed: 1,
        ..training()
    };
    let first = predictions(&control(&Silent, &stop), MethodName::Gate, &training());
    assert!(first != predictions(&control(&Silent, &stop), MethodName::Gate, &other));
}

/// Asks a run to stop after some epochs.
struct StopAfter<'a> {
    epochs: usize,
    stop: &'a AtomicBool,
}

impl Observer for StopAfter<'_> {
    fn epoch(&self, progress: &EpochProgress) {
        if progress.record.epoch == self.epochs {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn an_interrupted_run_resumes_bit_for_bit() {
    use MethodName::{FtHead, Gate, Kd};
    let (corpus, never) = (corpus(), AtomicBool::new(false));
    // of two stages of six epochs, the third and the ninth are in the middle
    let cases = [
        (Gate, Precision::F32, 0.0, 3),
        (Gate, Precision::F64, 0.4, 3),
        (FtHead, Precision::F32, 0.4, 3),
        (FtHead, Precision::F64, 0.0, 9),
        (Kd, Precision::F32, 0.0, 6),
    ];
    for (method, precision, average, epochs) in cases {
        let training = TrainingConfig {
            precision,
            ..training()
        };
        let config = ModelConfig {
            average,
            ..model(method)
        };
        let whole = predictions_of(&control(&Silent, &never), &config, &training);
        let folder = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let observer = StopAfter {
            epochs,
            stop: &stop,
        };
        let first = RunControl {
            checkpoint: Some(folder.path()),
            ..control(&observer, &stop)
        };
        let error = fit(&corpus, &partition(&corpus), &config, &training, &first).err();
        let error = error.unwrap();
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Interrupted {
                    checkpoint: Some(_)
                }
            ),
            "{error}"
        );
        let second = RunControl {
            resume: true,
            observer: &Silent,
            stop: &never,
            ..first
        };
        assert!(
            predictions_of(&second, &config, &training) == whole,
            "{method:?} {precision:?} after {epochs}"
        );
    }
}

#[test]
fn averaged_weights_are_another_model() {
    let stop = AtomicBool::new(false);
    let averaged = ModelConfig {
        average: 0.4,
        ..model(MethodName::Gate)
    };
    let run = control(&Silent, &stop);
    let own = predictions(&run, MethodName::Gate, &training());
    assert!(own != predictions_of(&run, &averaged, &training()));
}

#[test]
fn a_checkpoint_of_other_options_is_refused() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let (partition, config) = (partition(&corpus), model(MethodName::Mtl));
    let folder = tempfile::tempdir().unwrap();
    let saving = RunControl {
        checkpoint: Some(folder.path()),
        ..control(&Silent, &stop)
    };
    fit(&corpus, &partition, &config, &training(), &saving).unwrap();
    let resuming = RunControl {
        resume: true,
        ..saving
    };
    let other = TrainingConfig {
        lr: 2e-2,
        ..training()
    };
    let error = fit(&corpus, &partition, &config, &other, &resuming)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("belongs to other options or other data"),
        "{error}"
    );
    let file = folder.path().join("checkpoint.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let error = fit(&corpus, &partition, &config, &training(), &resuming)
        .err()
        .unwrap();
    assert!(error.to_string().contains("checksum"), "{error}");
    std::fs::write(&file, &bytes[..last / 2]).unwrap();
    let error = fit(&corpus, &partition, &config, &training(), &resuming)
        .err()
        .unwrap();
    assert!(matches!(error.kind(), ErrorKind::Model { .. }), "{error}");
}

#[test]
fn a_loss_that_explodes_is_named_with_its_step() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let wild = TrainingConfig {
        lr: 1e30,
        warmup: 0.0,
        ..training()
    };
    let config = model(MethodName::Gate);
    let run = control(&Silent, &stop);
    let error = fit(&corpus, &partition(&corpus), &config, &wild, &run)
        .err()
        .unwrap();
    let ErrorKind::NonFinite { step, term, value } = error.kind() else {
        panic!("{error}")
    };
    assert!(
        *step >= 2 && !term.is_empty() && !value.is_finite(),
        "{error}"
    );
    assert!(error.to_string().contains("option `lr`"), "{error}");
}

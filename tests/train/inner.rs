//! Inner validation: lengths and methods chosen by folds of what may be learnt from.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Part, Partition, TargetTransform};
use geogate::error::ErrorKind;
use geogate::method::{MethodName, ModelConfig};
use geogate::train::config::{LossName, TrainingConfig};
use geogate::train::{Fitted, Model, Observer, RunControl, Silent, fit};

use super::situation::{control, corpus, model, partition, training};

fn split() -> SplitConfig {
    SplitConfig {
        split: SplitName::Random,
        val_fraction: 0.3,
        test_fraction: 0.25,
        ..SplitConfig::default()
    }
}

fn folded(folds: usize) -> TrainingConfig {
    TrainingConfig {
        inner_folds: folds,
        ..training()
    }
}

fn auto() -> ModelConfig {
    ModelConfig {
        method: MethodName::Auto,
        ..model(MethodName::Gate)
    }
}

fn fitted(model: &ModelConfig, training: &TrainingConfig, control: &RunControl<'_>) -> Fitted {
    let corpus = corpus();
    fit(&corpus, &partition(&corpus), model, training, control).unwrap()
}

fn predictions(fitted: &Fitted, corpus: &Corpus) -> Vec<f64> {
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    all_means(&fitted.model, corpus, &rows)
}

/// Predictions of every task for some rows, task after task.
fn all_means(model: &Model, corpus: &Corpus, rows: &[usize]) -> Vec<f64> {
    let y = model.predict(&corpus.inputs, rows).unwrap();
    let columns = 0..y.tasks().len();
    columns.flat_map(|column| y.means(column)).collect()
}

#[test]
fn every_known_row_validates_once_and_is_seen_by_no_source() {
    let corpus = corpus();
    let outer = partition(&corpus);
    let target = corpus.target;
    let known: BTreeSet<usize> = [Part::Train, Part::Val]
        .iter()
        .flat_map(|&part| outer.rows(target, part))
        .collect();
    let mut held_out = Vec::new();
    for inner in outer.inner_folds(&corpus, 3).unwrap() {
        let rows = inner.rows(target, Part::Val);
        assert_eq!(
            inner.rows(target, Part::Test),
            outer.rows(target, Part::Test)
        );
        for &row in rows.iter().chain(&inner.rows(target, Part::Test)) {
            assert!(matches!(
                inner.part(row, 0),
                Part::Excluded | Part::Unlabelled
            ));
        }
        let trains = inner.rows(target, Part::Train).len();
        assert_eq!(trains + rows.len(), known.len());
        held_out.extend(rows);
    }
    assert_eq!(held_out.len(), known.len());
    assert_eq!(held_out.into_iter().collect::<BTreeSet<_>>(), known);
    let refit = outer.refit(&corpus).unwrap();
    assert_eq!(refit.count(target, Part::Val), 0);
    assert_eq!(refit.count(target, Part::Train), known.len());
    assert_eq!(
        refit.rows(target, Part::Test),
        outer.rows(target, Part::Test)
    );
    for row in refit.rows(target, Part::Test) {
        assert!(matches!(
            refit.part(row, 0),
            Part::Excluded | Part::Unlabelled
        ));
    }
}

#[test]
fn folds_too_small_to_choose_by_are_refused() {
    let corpus = corpus();
    let error = partition(&corpus).inner_folds(&corpus, 9).unwrap_err();
    assert!(error.is_input());
    assert!(
        error.to_string().contains("option `inner_folds`"),
        "{error}"
    );
}

#[test]
fn the_refit_has_the_length_that_was_chosen() {
    let stop = AtomicBool::new(false);
    let run = control(&Silent, &stop);
    let found = fitted(&model(MethodName::Mtl), &folded(2), &run);
    let inner = found.inner.as_ref().unwrap();
    assert_eq!((inner.folds, inner.chosen), (2, MethodName::Mtl));
    let winner = inner.winner();
    let smallest = winner
        .rmse_by_length
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    assert_eq!(winner.rmse, smallest);
    // six epochs in the whole run
    let epochs = (6.0 * winner.length).round().max(1.0) as usize;
    assert_eq!((found.history.len(), found.best_epoch), (epochs, epochs));
    assert!(found.best_val_rmse.is_nan() && found.history.iter().all(|r| r.val_rmse.is_nan()));
    assert_eq!(found.partition.count(1, Part::Val), 0);
    assert!(inner.gain.is_none() && inner.sentences().len() == 1);
}

#[test]
fn auto_is_the_method_it_chooses() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let run = control(&Silent, &stop);
    let found = fitted(&auto(), &folded(2), &run);
    let inner = found.inner.as_ref().unwrap();
    let methods: Vec<MethodName> = inner.candidates.iter().map(|c| c.method).collect();
    assert_eq!(methods, [MethodName::Stl, MethodName::Gate]);
    let gain = inner.gain.unwrap();
    let [stl, gate] = [&inner.candidates[0], &inner.candidates[1]];
    assert!((gain.ratio - gate.rmse / stl.rmse).abs() < 1e-12 * gain.ratio);
    assert_eq!(gain.helps(), inner.chosen == MethodName::Gate);
    assert!(inner.sentences()[0].contains(inner.chosen.as_str()));
    assert_eq!(found.model.config().method, inner.chosen);
    let alone = fitted(&model(inner.chosen), &folded(2), &run);
    assert!(predictions(&found, &corpus) == predictions(&alone, &corpus));
    // over threads, the same bits
    let parallel = RunControl {
        parallel: true,
        ..run
    };
    let again = fitted(&auto(), &folded(2), &parallel);
    assert_eq!(again.inner, found.inner);
    assert!(predictions(&found, &corpus) == predictions(&again, &corpus));
}

/// Stops once so many inner runs are over; counts them.
struct StopAfter<'a> {
    runs: usize,
    seen: AtomicUsize,
    stop: &'a AtomicBool,
}

impl Observer for StopAfter<'_> {
    fn inner(&self, finished: usize, runs: usize) {
        assert_eq!(runs, 4);
        self.seen.fetch_add(1, Ordering::Relaxed);
        if finished == self.runs {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn finished_inner_runs_survive_an_interruption() {
    let (corpus, never, stop) = (corpus(), AtomicBool::new(false), AtomicBool::new(false));
    let whole = fitted(&auto(), &folded(2), &control(&Silent, &never));
    let folder = tempfile::tempdir().unwrap();
    let observer = StopAfter {
        runs: 3,
        seen: AtomicUsize::new(0),
        stop: &stop,
    };
    let first = RunControl {
        checkpoint: Some(folder.path()),
        ..control(&observer, &stop)
    };
    let interrupted = fit(&corpus, &partition(&corpus), &auto(), &folded(2), &first);
    let error = interrupted.err().unwrap();
    let kept = matches!(error.kind(), ErrorKind::Interrupted { checkpoint: Some(path) } if path == folder.path());
    assert!(kept, "{error}");
    let files = std::fs::read_dir(folder.path().join("inner"))
        .unwrap()
        .count();
    assert_eq!((files, observer.seen.load(Ordering::Relaxed)), (3, 3));
    let second = RunControl {
        resume: true,
        observer: &Silent,
        stop: &never,
        ..first
    };
    let resumed = fitted(&auto(), &folded(2), &second);
    assert_eq!(resumed.inner, whole.inner);
    assert!(predictions(&resumed, &corpus) == predictions(&whole, &corpus));
}

#[test]
fn the_final_fit_trains_on_every_row() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let split = SplitConfig {
        final_run: true,
        ..split()
    };
    let every = Partition::holdout(&corpus, &split, 0).unwrap();
    let labelled = |task: usize| corpus.labelled(task).len();
    for task in 0..2 {
        assert_eq!(every.count(task, Part::Train), labelled(task));
    }
    let run = control(&Silent, &stop);
    let found = fit(&corpus, &every, &model(MethodName::Stl), &folded(2), &run).unwrap();
    let inner = found.inner.as_ref().unwrap();
    assert_eq!(inner.rows, labelled(1));
    assert!(found.partition.is_final());
    assert_eq!(found.partition, every);
}

#[test]
fn transforms_and_huber_learn_predict_and_come_back() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let run = control(&Silent, &stop);
    let plain = predictions(&fitted(&model(MethodName::Stl), &training(), &run), &corpus);
    for target_transform in [TargetTransform::Log, TargetTransform::YeoJohnson] {
        let training = TrainingConfig {
            target_transform,
            loss: LossName::Huber,
            huber_delta: 0.5,
            ..training()
        };
        let found = fitted(&model(MethodName::Stl), &training, &run);
        let here = predictions(&found, &corpus);
        assert!(here != plain);
        // labels are of some hundreds: so are predictions, in their unit
        assert!(here.iter().all(|y| (100.0..2000.0).contains(y)), "{here:?}");
        let folder = tempfile::tempdir().unwrap();
        found.model.save(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("model.json")).unwrap();
        assert!(text.contains("\"transform\""));
        let back = Model::load(folder.path()).unwrap();
        assert!(all_means(&back, &corpus, &rows) == here);
    }
}

#[test]
fn a_label_without_logarithm_is_named() {
    let mut corpus = corpus();
    let row = partition(&corpus).rows(1, Part::Train)[0];
    corpus.labels[row * 2 + 1] = -7.5;
    let stop = AtomicBool::new(false);
    let training = TrainingConfig {
        target_transform: TargetTransform::Log,
        ..training()
    };
    let (partition, run) = (partition(&corpus), control(&Silent, &stop));
    let found = fit(
        &corpus,
        &partition,
        &model(MethodName::Stl),
        &training,
        &run,
    );
    let error = found.err().unwrap();
    let words = ["target", "-7.5", &corpus.identifiers[row], "yeo-johnson"];
    let text = error.to_string();
    assert!(
        error.is_input() && words.iter().all(|word| text.contains(word)),
        "{text}"
    );
}

#[test]
fn auto_weighs_a_transfer() {
    let wrong = ModelConfig {
        transfer: MethodName::Stl,
        ..auto()
    };
    let text = wrong.validate().unwrap_err().to_string();
    assert!(text.contains("option `transfer` = stl"), "{text}");
    let corpus = corpus();
    let untrained = Model::untrained(&corpus, &partition(&corpus), &auto(), &training());
    assert!(untrained.err().unwrap().to_string().contains("auto"));
}

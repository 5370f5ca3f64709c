//! What the conventional methods learn from, and what they leave alone.

use std::sync::atomic::AtomicBool;

use geogate::data::Corpus;
use geogate::method::{MethodName, ModelConfig};
use geogate::train::{Fitted, Silent, fit};

use super::situation::{control, corpus, model, partition, training};

fn trained(corpus: &Corpus, config: &ModelConfig) -> Fitted {
    let stop = AtomicBool::new(false);
    let partition = partition(corpus);
    fit(
        corpus,
        &partition,
        config,
        &training(),
        &control(&Silent, &stop),
    )
    .unwrap()
}

/// Predictions of the source and of the target, all rows.
fn predictions(fitted: &Fitted, corpus: &Corpus) -> [Vec<f64>; 2] {
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let y = fitted.model.predict(&corpus.inputs, &rows).unwrap();
    [0, 1].map(|task| y.means(task))
}

/// The same molecules with another property as the target.
fn with_other_target(corpus: &Corpus) -> Corpus {
    let mut other = corpus.clone();
    for row in other.labels.chunks_mut(2) {
        row[1] = 1000.0 - 0.5 * row[1] + 0.001 * row[1] * row[1];
    }
    other
}

/// The target's labels reach what is trained on them and nothing else: with other labels, what a frozen
/// encoder or a teacher makes of the source is the same bit for bit.
#[test]
fn what_is_frozen_does_not_see_the_target() {
    use MethodName::{AddTask, FtAll, FtHead, GspKd, Kd, Mtl};
    let corpus = corpus();
    let other = with_other_target(&corpus);
    for (method, frozen) in [
        (AddTask, true),
        (FtHead, true),
        (Kd, true),
        (GspKd, true),
        (FtAll, false),
        (Mtl, false),
    ] {
        let config = model(method);
        let [source, target] = predictions(&trained(&corpus, &config), &corpus);
        let [same, changed] = predictions(&trained(&other, &config), &other);
        assert_eq!(source == same, frozen, "{method:?}");
        assert!(target != changed, "{method:?}");
    }
}

/// Two stages: epochs of pre-training, judged on the sources, then as many of training.
#[test]
fn the_history_tells_the_stages_apart() {
    let corpus = corpus();
    let fitted = trained(&corpus, &model(MethodName::FtAll));
    let pretraining = fitted.history.iter().take_while(|r| r.pretraining).count();
    assert_eq!((pretraining, fitted.history.len()), (6, 12));
    assert!(fitted.history[6..].iter().all(|record| !record.pretraining));
    let numbers: Vec<usize> = fitted.history.iter().map(|record| record.epoch).collect();
    assert_eq!(numbers, Vec::from_iter(1..=12));
    assert!(fitted.best_epoch > 6);
    // standard deviations before, the target's unit after
    assert!(fitted.history[5].val_rmse < 2.0 && fitted.history[6].val_rmse > 2.0);
    let alone = trained(&corpus, &model(MethodName::Stl));
    assert_eq!(alone.history.len(), 6);
}

#[test]
fn distillation_reaches_the_student() {
    let corpus = corpus();
    for method in [MethodName::Kd, MethodName::GspKd] {
        let config = model(method);
        let fitted = trained(&corpus, &config);
        let last = fitted.history.last().unwrap();
        let terms: Vec<&str> = last.losses.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(terms, ["regression", "distillation"]);
        let without = ModelConfig {
            distill: 0.0,
            ..config
        };
        let undistilled = trained(&corpus, &without);
        let [source, target] = predictions(&fitted, &corpus);
        let [same, alone] = predictions(&undistilled, &corpus);
        assert!(source == same && target != alone, "{method:?}");
    }
}

//! A task added to a trained model learns from it and leaves it as it is.

use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Part};
use geogate::error::ErrorKind;
use geogate::method::{MethodName, ModelConfig, PredictBy};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{Fitted, Model, Silent, add_task, fit};

use super::situation::{control, corpus, model, partition, training};

fn base(config: &ModelConfig, training: &TrainingConfig) -> Model {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let run = control(&Silent, &stop);
    fit(&corpus, &partition(&corpus), config, training, &run)
        .unwrap()
        .model
}

/// The molecules of [`corpus`] with one other property.
fn other(name: &str) -> Corpus {
    let corpus = corpus();
    let property = |labels: &[f64]| 50.0 + 0.02 * labels[0] + 1e-4 * labels[0] * labels[0];
    let labels = corpus.labels.chunks(2).map(property).collect();
    Corpus::of_molecules(vec![name.to_owned()], 0, corpus.identifiers, labels).unwrap()
}

fn added(base: &Model, name: &str, training: &TrainingConfig) -> Fitted {
    let (corpus, stop) = (other(name), AtomicBool::new(false));
    let run = control(&Silent, &stop);
    let options = (base.config(), training);
    add_task(base, &corpus, &partition(&corpus), options, &run).unwrap()
}

/// Predictions of the first `tasks` tasks, bit by bit.
fn first_bits(model: &Model, tasks: usize) -> Vec<u64> {
    let corpus = corpus();
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let y = model.predict(&corpus.inputs, &rows).unwrap();
    let first = (0..tasks).flat_map(|task| y.means(task));
    first.map(f64::to_bits).collect()
}

/// Plain, by every chart, with weight decay and averaged weights, in both precisions; one task after another;
/// from memory and from the disk.
#[test]
fn what_was_there_is_predicted_to_the_last_bit() {
    let averaged = ModelConfig {
        average: 0.3,
        predict_by: PredictBy::Charts,
        ..model(MethodName::Gate)
    };
    for (config, precision) in [
        (model(MethodName::Gate), Precision::F32),
        (averaged, Precision::F64),
        (model(MethodName::AddTask), Precision::F32),
    ] {
        let training = TrainingConfig {
            precision,
            weight_decay: 0.1,
            ..training()
        };
        let base = base(&config, &training);
        let before = first_bits(&base, 2);
        let one = added(&base, "third", &training).model;
        assert_eq!(first_bits(&one, 2), before);
        let folder = tempfile::tempdir().unwrap();
        one.save(folder.path()).unwrap();
        let one = Model::load(folder.path()).unwrap();
        let two = added(&one, "fourth", &training).model;
        assert_eq!(first_bits(&two, 2), before);
        assert_eq!(first_bits(&two, 3), first_bits(&one, 3));
        two.save(folder.path()).unwrap();
        let loaded = Model::load(folder.path()).unwrap();
        assert_eq!(first_bits(&loaded, 4), first_bits(&two, 4));
        assert_eq!(loaded.tasks(), ["source", "target", "third", "fourth"]);
        assert_eq!(Vec::from_iter(loaded.added()), ["third", "fourth"]);
        assert_eq!(loaded.target(), "fourth");
        assert_eq!(loaded.charts().unwrap().tasks().len(), 4);
    }
}

/// Inner folds of the new task choose the length of its training; what was there stays.
#[test]
fn the_length_is_chosen_by_inner_folds() {
    let base = base(&model(MethodName::Gate), &training());
    let folded = TrainingConfig {
        inner_folds: 2,
        ..training()
    };
    let fitted = added(&base, "third", &folded);
    assert_eq!(first_bits(&fitted.model, 2), first_bits(&base, 2));
    let inner = fitted.inner.as_ref().unwrap();
    assert_eq!((inner.folds, inner.chosen), (2, MethodName::Gate));
    let (known, split) = (inner.rows, partition(&other("third")));
    assert_eq!(
        known,
        split.count(0, Part::Train) + split.count(0, Part::Val)
    );
    assert_eq!(fitted.partition.count(0, Part::Train), known);
    let epochs = (6.0 * inner.winner().length).round().max(1.0) as usize;
    assert_eq!(fitted.history.len(), epochs);
}

/// The embedding of a small network that has learnt two properties is enough for a third.
#[test]
fn the_new_task_is_learnt() {
    let config = ModelConfig {
        dropout: 0.0,
        ..model(MethodName::Gate)
    };
    let long = TrainingConfig {
        epochs: 60,
        ..training()
    };
    let fitted = added(&base(&config, &long), "third", &long);
    let corpus = other("third");
    let rows = partition(&corpus).rows(0, Part::Val);
    let labels: Vec<f64> = rows.iter().map(|&row| corpus.label(row, 0)).collect();
    let mean = labels.iter().sum::<f64>() / labels.len() as f64;
    let variance = labels.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / labels.len() as f64;
    let error = fitted.best_val_rmse / variance.sqrt();
    assert!(error < 0.3, "{error} standard deviations");
    let last = fitted.history.last().unwrap();
    let terms: Vec<&str> = last.losses.iter().map(|(name, _)| name.as_str()).collect();
    let of_gate = [
        "regression",
        "autoencoder",
        "consistency",
        "mapping",
        "distance",
    ];
    assert_eq!(terms, of_gate);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let (gate, stop) = (
        base(&model(MethodName::Gate), &training()),
        AtomicBool::new(false),
    );
    let refused = |base: &Model, corpus: &Corpus, model: &ModelConfig, words: &[&str]| {
        let (run, training) = (control(&Silent, &stop), training());
        let fitted = add_task(base, corpus, &partition(corpus), (model, &training), &run);
        let error = fitted.err().expect("it does not fit");
        assert!(matches!(error.kind(), ErrorKind::Usage { .. }), "{error}");
        let message = error.to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    };
    let third = other("third");
    refused(
        &gate,
        &other("source"),
        gate.config(),
        &["`source` already", "source, target"],
    );
    let wider = ModelConfig {
        hidden: 13,
        ..gate.config().clone()
    };
    refused(&gate, &third, &wider, &["option `hidden`"]);
    let shared = base(&model(MethodName::Mtl), &training());
    refused(
        &shared,
        &third,
        shared.config(),
        &["`mtl`", "option `method` = gate"],
    );
    let x: Vec<f64> = (0..80).map(f64::from).collect();
    let y = x.clone();
    let numbers = Corpus::of_features(vec!["third".into()], 0, vec!["x".into()], x, y).unwrap();
    refused(
        &gate,
        &numbers,
        gate.config(),
        &["reads molecules", "the column x"],
    );
}

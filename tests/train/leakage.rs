//! Test labels reach nothing that training sees: with noise in their place every run is the same to the bit.

use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Part, Partition};
use geogate::evaluate::outcome::{predictions, scores};
use geogate::method::{MethodName, ModelConfig, SourceWeights};
use geogate::random::{Purpose, Stream};
use geogate::train::config::TrainingConfig;
use geogate::train::{Silent, fit};

use super::situation::{control, corpus, model, partition, training};

/// The corpus with noise in place of the target's labels at `rows`.
fn with_noise(corpus: &Corpus, rows: &[usize]) -> Corpus {
    let mut noisy = corpus.clone();
    let mut stream = Stream::new(7, Purpose::Test, 0);
    for &row in rows {
        let cell = row * corpus.tasks.len() + corpus.target;
        noisy.labels[cell] = 1e3 * stream.normal();
    }
    noisy
}

/// Every number a run shows before its test rows are looked at: history, training and validation scores, what is
/// predicted for the test rows.
fn trace(
    corpus: &Corpus,
    partition: &Partition,
    (model, training): (&ModelConfig, &TrainingConfig),
) -> Vec<u64> {
    let stop = AtomicBool::new(false);
    let run = control(&Silent, &stop);
    let fitted = fit(corpus, partition, model, training, &run).unwrap();
    let mut numbers = vec![fitted.best_val_rmse, fitted.best_epoch as f64];
    for record in &fitted.history {
        numbers.extend(record.losses.iter().chain(&record.readings).map(|(_, x)| x));
        numbers.push(record.val_rmse);
    }
    let found = predictions(&fitted.model, corpus, partition).unwrap();
    for part in [Part::Train, Part::Val] {
        let scores = scores(&found, corpus.target, part);
        numbers.extend([
            scores.rmse,
            scores.mae,
            scores.r2,
            scores.pearson,
            scores.spearman,
        ]);
    }
    numbers.extend(found.iter().map(|p| p.prediction.mean()));
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn noise_in_the_test_labels_changes_nothing_of_any_method() {
    let corpus = corpus();
    let partition = partition(&corpus);
    let noisy = with_noise(&corpus, &partition.rows(corpus.target, Part::Test));
    for method in MethodName::networks() {
        let options = (&model(method), &training());
        let clean = trace(&corpus, &partition, options);
        assert_eq!(clean, trace(&noisy, &partition, options), "{method:?}");
    }
}

/// Nor of what is chosen inside: sources weighed and the length found by inner folds, with wrong labels among them.
#[test]
fn noise_in_the_test_labels_changes_no_choice() {
    let corpus = corpus();
    let partition = partition(&corpus);
    let noisy = with_noise(&corpus, &partition.rows(corpus.target, Part::Test));
    let config = ModelConfig {
        source_weights: SourceWeights::Learned,
        ..model(MethodName::Gate)
    };
    let training = TrainingConfig {
        inner_folds: 2,
        corrupt_share: 0.2,
        ..training()
    };
    let options = (&config, &training);
    let clean = trace(&corpus, &partition, options);
    assert_eq!(clean, trace(&noisy, &partition, options));
}

/// The check sees a leak: a splitter that lets a single test row into training or validation, or fits the
/// scaler on it, is told by it.
#[test]
fn a_leak_in_the_splitter_is_seen() {
    let corpus = corpus();
    let honest = partition(&corpus);
    let test = honest.rows(corpus.target, Part::Test);
    let noisy = with_noise(&corpus, &test);
    for part in [Part::Train, Part::Val] {
        let mut leaky = honest.clone();
        leaky.parts[test[0] * leaky.tasks + corpus.target] = part;
        for method in [MethodName::Stl, MethodName::Gate] {
            let options = (&model(method), &training());
            let clean = trace(&corpus, &leaky, options);
            assert_ne!(clean, trace(&noisy, &leaky, options), "{part:?} {method:?}");
        }
    }
}

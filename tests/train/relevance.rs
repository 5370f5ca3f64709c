//! Sources weighed by what they say of the target.

use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Part, Partition};
use geogate::method::{MethodName, ModelConfig, SourceWeights};
use geogate::random::{Purpose, Stream};
use geogate::train::config::TrainingConfig;
use geogate::train::{Absence, Model, Prediction, Silent, fit};

use super::situation::{control, corpus, model, partition, training};

/// Labels that are noise teach nothing: the source is off, the target is learnt without it, and the file says so.
#[test]
fn a_source_of_noise_is_switched_off() {
    let mut corpus = corpus();
    let mut noise = Stream::new(4, Purpose::Test, 0);
    corpus
        .labels
        .iter_mut()
        .step_by(2)
        .for_each(|y| *y = noise.normal());
    let stop = AtomicBool::new(false);
    let run = control(&Silent, &stop);
    let partition = partition(&corpus);
    for method in [MethodName::Gate, MethodName::Gear] {
        let config = ModelConfig {
            source_weights: SourceWeights::Learned,
            ..model(method)
        };
        let fitted = fit(&corpus, &partition, &config, &training(), &run).unwrap();
        let [found] = fitted.model.relevance() else {
            panic!("one source");
        };
        assert_eq!((found.source.as_str(), found.weight()), ("source", 0.0));
        assert!(
            found.sentence().ends_with("it is off, and not predicted."),
            "{}",
            found.sentence()
        );
        let folder = tempfile::tempdir().unwrap();
        fitted.model.save(folder.path()).unwrap();
        let loaded = Model::load(folder.path()).unwrap();
        assert_eq!(loaded.relevance(), fitted.model.relevance());
        let y = loaded.predict(&corpus.inputs, &[0, 1, 2]).unwrap();
        let off = Prediction::Absent(Absence::SwitchedOff);
        assert!(y.of_task(0).all(|found| found == off), "{y:?}");
        assert!(y.means(1).iter().all(|y| y.is_finite()), "{y:?}");
        assert_eq!(loaded.absence("source"), Some(Absence::SwitchedOff));
        assert_eq!(loaded.absence("target"), None);
        // what the source says does not reach the target's networks: other noise, the same bits
        let mut other = corpus.clone();
        other
            .labels
            .iter_mut()
            .step_by(2)
            .for_each(|y| *y = noise.normal());
        let again = fit(&other, &partition, &config, &training(), &run).unwrap();
        if again.model.relevance()[0].weight() == 0.0 {
            let other = again.model.predict(&corpus.inputs, &[0, 1, 2]).unwrap();
            assert_eq!(y.means(1), other.means(1));
        }
    }
}

/// A run weighs its sources by its own training rows: what is held out does not matter, and the run on all rows that
/// follows inner validation weighs by all of them.
#[test]
fn sources_are_weighed_by_the_rows_that_train() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let run = control(&Silent, &stop);
    let partition = partition(&corpus);
    let config = ModelConfig {
        source_weights: SourceWeights::Learned,
        ..model(MethodName::Gate)
    };
    let found = |corpus: &Corpus, partition: &Partition, inner_folds: usize| {
        let training = TrainingConfig {
            inner_folds,
            ..training()
        };
        let fitted = fit(corpus, partition, &config, &training, &run).unwrap();
        fitted.model.relevance().to_vec()
    };
    let clean = found(&corpus, &partition, 0);
    let mut noisy = corpus.clone();
    let mut noise = Stream::new(4, Purpose::Test, 0);
    for part in [Part::Val, Part::Test] {
        for row in partition.rows(corpus.target, part) {
            noisy.labels[row * 2 + corpus.target] = 1e3 * noise.normal();
        }
    }
    assert_eq!(clean, found(&noisy, &partition, 0));
    let refit = partition.refit(&corpus).unwrap();
    assert_eq!(found(&corpus, &partition, 2), found(&corpus, &refit, 0));
    assert_ne!(clean, found(&corpus, &refit, 0));
}

#[test]
fn frozen_sources_cannot_be_weighed() {
    let config = ModelConfig {
        source_weights: SourceWeights::Learned,
        ..model(MethodName::AddTask)
    };
    let error = config.validate().unwrap_err().to_string();
    assert!(
        error.contains("option `source_weights` = learned"),
        "{error}"
    );
}

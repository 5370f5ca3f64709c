//! Sources weighed by what they say of the target.

use std::sync::atomic::AtomicBool;

use geogate::gate::config::{MethodName, ModelConfig, SourceWeights};
use geogate::random::{Purpose, Stream};
use geogate::train::{Silent, TrainedModel, fit};

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
    for method in [MethodName::Gate, MethodName::Geogate] {
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
            found.sentence().ends_with("it is off."),
            "{}",
            found.sentence()
        );
        let folder = tempfile::tempdir().unwrap();
        fitted.model.save(folder.path()).unwrap();
        let loaded = TrainedModel::load(folder.path()).unwrap();
        assert_eq!(loaded.relevance(), fitted.model.relevance());
        let y = loaded.predict(&corpus.inputs, &[0, 1, 2]).unwrap();
        assert!(
            y.chunks(2).all(|y| y[0].is_nan() && y[1].is_finite()),
            "{y:?}"
        );
        // what the source says does not reach the target's networks: other noise, the same bits
        let mut other = corpus.clone();
        other
            .labels
            .iter_mut()
            .step_by(2)
            .for_each(|y| *y = noise.normal());
        let again = fit(&other, &partition, &config, &training(), &run).unwrap();
        if again.model.relevance()[0].weight() == 0.0 {
            let target = |y: Vec<f64>| Vec::from_iter(y.chunks(2).map(|y| y[1].to_bits()));
            let other = again.model.predict(&corpus.inputs, &[0, 1, 2]).unwrap();
            assert_eq!(target(y), target(other));
        }
    }
}

#[test]
fn frozen_sources_cannot_be_weighed() {
    let config = ModelConfig {
        source_weights: SourceWeights::Learned,
        ..model(MethodName::AddTask)
    };
    let error = config.validate().unwrap_err().to_string();
    assert!(error.contains("--source-weights learned"), "{error}");
}

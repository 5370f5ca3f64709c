//! What a prediction is made of: parts that add up, labels that speak, and what cannot be taken apart.

use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Inputs, TargetTransform};
use geogate::error::ErrorKind;
use geogate::method::{Head, MethodName, ModelConfig, ViewName};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{Explanation, Model, Silent, fit};

use super::situation::{control, corpus, model, partition, training};
use crate::closeness::assert_close;

/// Sums of some hundred labels in several frames, by two orders of the same products of matrices.
const ROUNDINGS: f64 = 1e6;

fn read_by_gp(method: MethodName, ensemble: Option<usize>) -> ModelConfig {
    ModelConfig {
        head: Head::Gp,
        cross_fit: ensemble.is_some(),
        ensemble: ensemble.unwrap_or(2),
        embedding: 8,
        hidden: 8,
        ..model(method)
    }
}

fn double(transform: TargetTransform) -> TrainingConfig {
    TrainingConfig {
        epochs: 2,
        precision: Precision::F64,
        target_transform: transform,
        ..training()
    }
}

fn trained(corpus: &Corpus, model: &ModelConfig, training: &TrainingConfig) -> Model {
    let stop = AtomicBool::new(false);
    let run = control(&Silent, &stop);
    let fitted = fit(corpus, &partition(corpus), model, training, &run);
    fitted.unwrap().model
}

/// The sum of the parts, all or those of a view.
fn sum(of: &Explanation, view: Option<ViewName>) -> f64 {
    let parts = of.parts.iter();
    let chosen = parts.filter(|part| view.is_none() || part.view == view);
    chosen.map(|part| part.value).sum()
}

/// Fails unless parts lead from the base to the standardised prediction, and labels make up all parts but the heads'.
#[track_caller]
fn assert_adds_up(of: &Explanation, prediction: f64) {
    let scale = of.labels.iter().map(|l| l.contribution.abs()).sum::<f64>();
    let scale = scale + of.base.abs() + prediction.abs();
    assert_close(&[of.base + sum(of, None)], &[prediction], ROUNDINGS, scale);
    let heads = of.parts.iter().filter(|part| part.view.is_none());
    let heads: f64 = heads.map(|part| part.value).sum();
    let labels: f64 = of.labels.iter().map(|label| label.contribution).sum();
    assert_close(&[labels + heads], &[sum(of, None)], ROUNDINGS, scale);
    let mut sizes = of.labels.windows(2);
    assert!(sizes.all(|pair| pair[0].contribution.abs() >= pair[1].contribution.abs()));
    assert!(of.labels.iter().all(|label| label.distance >= 0.0));
}

#[test]
fn parts_add_up_to_the_prediction_in_every_way_to_read() {
    let corpus = corpus();
    let queries = Inputs::of_smiles(&["CCCCCCO", "CC(C)CCC=O"]).unwrap();
    let ways = [
        (MethodName::Stl, Some(2), vec![ViewName::Embedding]),
        (MethodName::Gate, Some(2), ModelConfig::default().views),
        (
            MethodName::Gate,
            None,
            vec![ViewName::Frame, ViewName::Substructures],
        ),
    ];
    for (method, ensemble, views) in ways {
        let config = ModelConfig {
            views,
            ..read_by_gp(method, ensemble)
        };
        let model = trained(&corpus, &config, &double(TargetTransform::None));
        let predictions = model.predict(&queries, &[0, 1]).unwrap();
        for (column, task) in model.tasks().iter().enumerate() {
            for row in 0..2 {
                let found = model.explain(&queries, row, task).unwrap();
                assert_eq!((&found.task, found.transformed), (task, false));
                let mean = predictions.at(row, column).mean();
                assert_close(&[found.mean], &[mean], ROUNDINGS, mean.abs());
                assert_adds_up(&found, found.mean);
                assert!(found.sd > 0.0 && found.interval[0] <= found.mean);
                let of_heads = found.parts.iter().filter(|part| part.view.is_none());
                assert_eq!(of_heads.count(), 1);
                // all of them see a network
                assert_eq!(found.atoms.unwrap().values.len(), 7);
            }
        }
    }
}

#[test]
fn a_transform_says_so_and_adds_up_on_its_scale() {
    let corpus = corpus();
    let config = read_by_gp(MethodName::Mtl, Some(2));
    let model = trained(&corpus, &config, &double(TargetTransform::Log));
    let query = Inputs::of_smiles(&["CCCCCCO"]).unwrap();
    let found = model.explain(&query, 0, "target").unwrap();
    assert!(found.transformed);
    assert_adds_up(&found, found.mean.ln());
}

#[test]
fn labels_are_those_of_training_rows_and_lie_at_their_distance() {
    let corpus = corpus();
    let config = ModelConfig {
        views: vec![ViewName::Descriptors],
        ..ModelConfig::of(MethodName::GpMtl)
    };
    let model = trained(&corpus, &config, &double(TargetTransform::None));
    let known = partition(&corpus).rows(corpus.target, geogate::data::Part::Train)[0];
    let found = model.explain(&corpus.inputs, known, "target").unwrap();
    // a posterior without a network has no heads and no atoms
    assert!(found.parts.iter().all(|part| part.view.is_some()) && found.atoms.is_none());
    assert_adds_up(&found, found.mean);
    let own = &corpus.identifiers[known];
    let labels = found.labels.iter().filter(|label| label.row == *own);
    let labels: Vec<_> = labels.collect();
    // a source never shows a held-out molecule, but this one trains both tasks
    assert!(labels.iter().any(|label| label.task == "target"));
    for label in labels {
        let column = usize::from(label.task == "target");
        assert_eq!(label.label, corpus.label(known, column));
        assert!(label.distance < 1e-6, "{}", label.distance);
    }
}

#[test]
fn what_cannot_be_taken_apart_is_refused() {
    let corpus = corpus();
    let query = Inputs::of_smiles(&["CCO"]).unwrap();
    let refused = |model: &Model, inputs: &Inputs, task: &str| {
        let error = model.explain(inputs, 0, task).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Usage { .. }), "{error}");
        error.to_string()
    };
    let network = trained(&corpus, &model(MethodName::Stl), &training());
    let text = refused(&network, &query, "target");
    assert!(text.contains("option `head` = gp"), "{text}");
    let config = ModelConfig::of(MethodName::GpMtl);
    let process = trained(&corpus, &config, &training());
    let text = refused(&process, &query, "tc");
    assert!(
        text.contains("`tc`") && text.contains("source, target"),
        "{text}"
    );
    let numbers = Inputs::of_features(vec!["a".to_owned()], vec![1.0]);
    let text = refused(&process, &numbers, "target");
    assert!(text.contains("the model reads molecules"), "{text}");
}

//! A trained model as maps and charts.

use std::sync::atomic::AtomicBool;

use geogate::error::ErrorKind;
use geogate::geometry::{Map, Transition};
use geogate::method::{MethodName, ModelConfig, PredictBy, Start};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{Model, Silent, fit};

use super::situation::{control, corpus, model, partition, training};
use crate::closeness::{assert_close, size};
use crate::known_manifold::{KnownManifold, Sizes};

fn trained(method: MethodName, precision: Precision) -> Model {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let training = TrainingConfig {
        precision,
        epochs: 2,
        ..training()
    };
    let run = control(&Silent, &stop);
    let fitted = fit(
        &corpus,
        &partition(&corpus),
        &model(method),
        &training,
        &run,
    );
    fitted.unwrap().model
}

/// The heads at the latent vectors are the predictions, up to each task's scale.
#[test]
fn latents_and_heads_give_the_predictions() {
    let corpus = corpus();
    let rows: Vec<usize> = (0..20).rev().collect();
    // roundings of a network with sums over 16 numbers, in the precision it predicts in
    for (precision, roundings) in [(Precision::F64, 256.0), (Precision::F32, 256.0 * 5.4e8)] {
        let model = trained(MethodName::Gate, precision);
        let (charts, shown) = (
            model.charts().unwrap(),
            model.latents(&corpus.inputs, &rows),
        );
        let shown = shown.unwrap();
        assert_eq!(shown.embedding.len(), 20 * 16);
        let predictions = model.predict(&corpus.inputs, &rows).unwrap();
        for (t, task) in charts.tasks().iter().enumerate() {
            assert_eq!(task.name, model.tasks()[t]);
            assert_eq!(shown.latents[t].len(), 20 * 4);
            assert_eq!(shown.latents[t], task.encoder.evaluate(&shown.embedding));
            let y = task.head.evaluate(&shown.latents[t]);
            let want = predictions.means(t);
            // the scaler is affine: two rows fix it, the others tell
            let slope = (want[1] - want[0]) / (y[1] - y[0]);
            let got: Vec<f64> = (y.iter()).map(|at| want[0] + slope * (at - y[0])).collect();
            let amplified = roundings * (size(&y, 1.0) / (y[1] - y[0]).abs()).max(1.0);
            assert_close(&got, &want, amplified, size(&want, 1.0));
        }
    }
}

#[test]
fn charts_are_glued_by_their_maps() {
    let corpus = corpus();
    let model = trained(MethodName::Gate, Precision::F32);
    let (charts, shown) = (model.charts().unwrap(), model.latents(&corpus.inputs, &[3]));
    let shown = shown.unwrap();
    let (s, t) = (
        charts.index("source").unwrap(),
        charts.index("target").unwrap(),
    );
    let (source, target) = (&charts.tasks()[s], &charts.tasks()[t]);
    let z = &shown.latents[s];
    let u = source.transfer.map().evaluate(z);
    assert_eq!(u.len(), 6);
    assert_eq!(charts.frame_map(s).evaluate(&shown.embedding), u);
    let tau = charts.transition(s, t);
    assert_eq!(tau.evaluate(z), target.inverse.evaluate(&u));
    // and geometry takes them as they are
    let transition = Transition::new(&source.transfer, &target.transfer, &tau);
    assert!(transition.isometry(z).unwrap().norm.is_finite());
    assert_eq!(source.transfer.target_dim(), 6);
    source.transfer.immersion(z).unwrap();
}

#[test]
fn methods_without_charts_say_what_to_try() {
    let corpus = corpus();
    for method in [MethodName::Stl, MethodName::Mtl] {
        let model = trained(method, Precision::F32);
        for error in [
            model.charts().unwrap_err(),
            model.latents(&corpus.inputs, &[0]).unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::Usage { .. }));
            let said = error.to_string();
            assert!(
                said.contains(method.as_str()) && said.contains("option `method` = gate"),
                "{said}"
            );
        }
    }
}

#[test]
fn an_unknown_task_is_answered_with_those_there_are() {
    let charts = trained(MethodName::Gate, Precision::F32).charts().unwrap();
    let error = charts.index("tc").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Usage { .. }));
    assert!(error.to_string().contains("source, target"), "{error}");
}

/// The embedding of numeric features, from the table's own numbers: scaling, layers, and the
/// activation behind the last.
#[test]
fn embeddings_of_features_are_a_map() {
    let tasks = KnownManifold::sphere(0).tasks(&Sizes::default()).unwrap();
    let (corpus, partition) = (&tasks.corpus, &tasks.partition);
    let training = TrainingConfig {
        precision: Precision::F64,
        ..training()
    };
    let config = model(MethodName::Gate);
    let model = Model::untrained(corpus, partition, &config, &training).unwrap();
    let rows = [3, 300, 700];
    let shown = model.latents(&corpus.inputs, &rows).unwrap();
    let map = model.embedding_map().unwrap();
    let features: Vec<f64> = rows
        .iter()
        .flat_map(|&row| corpus.inputs.features_of(row).to_vec())
        .collect();
    assert_close(
        &map.evaluate(&features),
        &shown.embedding,
        256.0,
        size(&shown.embedding, 1.0),
    );
}

#[test]
fn molecules_have_no_map_of_numbers() {
    let error = trained(MethodName::Gate, Precision::F32)
        .embedding_map()
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Usage { .. }));
    assert!(error.to_string().contains("molecules"), "{error}");
}

/// A run whose steps are too short to move a weight ends where `untrained` stands.
#[test]
fn an_untrained_model_is_where_training_starts() {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let partition = partition(&corpus);
    let training = TrainingConfig {
        precision: Precision::F64,
        epochs: 1,
        lr: 1e-300,
        ..training()
    };
    let config = ModelConfig {
        // the zeros of an isometric start would move, by as little as that
        start: Start::Random,
        predict_by: PredictBy::Charts,
        ..model(MethodName::Gate)
    };
    let run = control(&Silent, &stop);
    let fitted = fit(&corpus, &partition, &config, &training, &run).unwrap();
    let start = Model::untrained(&corpus, &partition, &config, &training).unwrap();
    let rows: Vec<usize> = (0..corpus.rows()).collect();
    let predicted = |model: &Model| model.predict(&corpus.inputs, &rows).unwrap();
    assert_eq!(predicted(&fitted.model), predicted(&start));
    assert_eq!(fitted.model.charts().unwrap(), start.charts().unwrap());
}

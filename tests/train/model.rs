//! A model on disk is the model, or an error that says what is wrong with the file.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use geogate::error::ErrorKind;
use geogate::method::MethodName;
use geogate::train::{Model, Silent, fit};

use super::situation::{control, corpus, model, partition, training};

fn trained(method: MethodName) -> Model {
    let (corpus, stop) = (corpus(), AtomicBool::new(false));
    let run = control(&Silent, &stop);
    fit(
        &corpus,
        &partition(&corpus),
        &model(method),
        &training(),
        &run,
    )
    .unwrap()
    .model
}

fn problem(folder: &Path) -> String {
    let error = Model::load(folder)
        .err()
        .expect("the model should not load");
    assert!(matches!(error.kind(), ErrorKind::Model { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_model_comes_back_with_the_same_predictions() {
    let corpus = corpus();
    let rows: Vec<usize> = (0..corpus.rows()).rev().collect();
    for method in MethodName::networks() {
        let folder = tempfile::tempdir().unwrap();
        let model = trained(method);
        model.save(folder.path()).unwrap();
        let loaded = Model::load(folder.path()).unwrap();
        assert_eq!(loaded.tasks(), model.tasks());
        assert_eq!(loaded.target(), "target");
        let tasks = if method == MethodName::Stl { 1 } else { 2 };
        assert_eq!(loaded.tasks().len(), tasks);
        let before = model.predict(&corpus.inputs, &rows).unwrap();
        assert_eq!(before, loaded.predict(&corpus.inputs, &rows).unwrap());
        assert_eq!((before.rows(), before.tasks()), (rows.len(), model.tasks()));
        // a row is predicted alike alone and in company
        let alone = model.predict(&corpus.inputs, &rows[..1]).unwrap();
        for (a, b) in alone.row(0).iter().zip(before.row(0)) {
            let (a, b) = (a.mean(), b.mean());
            assert!((a - b).abs() < 1e-4 * b.abs(), "{a} {b}");
        }
    }
}

#[test]
fn damaged_and_foreign_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(problem(folder.path()).contains("there is no such file"));
    let model = trained(MethodName::Mtl);
    model.save(folder.path()).unwrap();
    let weights = folder.path().join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    assert!(problem(folder.path()).contains("checksum"));
    fs::write(&weights, b"").unwrap();
    assert!(problem(folder.path()).contains("checksum"));
    fs::write(&weights, &whole).unwrap();
    let description = folder.path().join("model.json");
    let text = fs::read_to_string(&description).unwrap();
    fs::write(&description, &text[..text.len() / 2]).unwrap();
    assert!(problem(folder.path()).contains("not a model's description"));
    fs::write(&description, "{\"format\": 1}").unwrap();
    assert!(problem(folder.path()).contains("not a model's description"));
    fs::write(
        &description,
        text.replace("\"format\": 1", "\"format\": 99"),
    )
    .unwrap();
    assert!(problem(folder.path()).contains("format 99"));
    fs::write(
        &description,
        text.replace("\"hidden\": 12", "\"hidden\": 13"),
    )
    .unwrap();
    assert!(problem(folder.path()).contains("is not"));
}

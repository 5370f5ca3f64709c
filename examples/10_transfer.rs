//! Transfer in twenty lines: critical temperatures from few labels with the help of boiling points,
//! by GATE and alone, on the virtual lab (estimates of a group-contribution method with seeded
//! noise, not measurements).
//!
//! `cargo run --release --example 10_transfer`

#![allow(clippy::print_stdout, reason = "an example shows its table")]

use std::sync::atomic::AtomicBool;

use geogate::data::config::Overlap;
use geogate::data::virtual_lab::{NOTICE, TARGET, VirtualLab};
use geogate::data::{Corpus, Part, Partition};
use geogate::error::Result;
use geogate::gate::config::{MethodName, ModelConfig};
use geogate::train::config::TrainingConfig;
use geogate::train::metrics::Scores;
use geogate::train::{RunControl, Silent, fit};

/// The error on the held-out molecules, whose scaffolds no training row has.
fn score(corpus: &Corpus, partition: &Partition, method: MethodName) -> Result<Scores> {
    // a small, short run: `geogate demo` trains the real one
    let model = ModelConfig {
        method,
        embedding: 50,
        hidden: 50,
        ..ModelConfig::default()
    };
    let training = TrainingConfig {
        epochs: 8,
        min_steps: 300,
        ..TrainingConfig::default()
    };
    let stop = AtomicBool::new(false);
    let control = RunControl {
        observer: &Silent,
        parallel: true,
        checkpoint: None,
        resume: false,
        stop: &stop,
    };
    let fitted = fit(corpus, partition, &model, &training, &control)?;
    let rows = partition.rows(corpus.target, Part::Test);
    let predicted = fitted.model.predict(&corpus.inputs, &rows)?; // [rows, tasks]
    let tasks = fitted.model.tasks();
    let column = tasks
        .iter()
        .position(|task| task == TARGET)
        .expect("the target is predicted");
    let predicted: Vec<f64> = predicted
        .chunks(tasks.len())
        .map(|row| row[column])
        .collect();
    let truth: Vec<f64> = rows
        .iter()
        .map(|&row| corpus.label(row, corpus.target))
        .collect();
    Ok(Scores::of(&truth, &predicted))
}

fn main() -> Result<()> {
    let lab = VirtualLab::new(0);
    let situation = lab.situation();
    let corpus = situation.corpus();
    let partition = situation.partition(&corpus, Overlap::Strict)?;
    println!("{NOTICE}\n");
    println!(
        "{:<8} {:>9} {:>9} {:>8}",
        "method", "RMSE [K]", "MAE [K]", "R2"
    );
    for method in [MethodName::Stl, MethodName::Gate] {
        let scores = score(&corpus, &partition, method)?;
        let name = method.as_str();
        println!(
            "{name:<8} {:>9.2} {:>9.2} {:>8.4}",
            scores.rmse, scores.mae, scores.r2
        );
    }
    Ok(())
}

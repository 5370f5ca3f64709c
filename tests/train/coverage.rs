//! Intervals over many draws: rows that are learnt from and rows that are predicted, exchangeable.

#![allow(clippy::print_stderr, reason = "a long run shows what it came to")]

use std::collections::BTreeMap;

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::virtual_lab::{Properties, VirtualLab};
use geogate::data::{Corpus, Part, Partition};
use geogate::method::{MethodName, ModelConfig};
use geogate::train::config::TrainingConfig;
use geogate::train::{RunControl, fit};

/// The share of labels that intervals are to hold.
const COVERAGE: f64 = 0.9;

/// Boiling points and, as the target, critical temperatures of all molecules of the lab.
fn lab() -> Corpus {
    let lab = VirtualLab::new(0);
    let place = |name: &str| Properties::NAMES.iter().position(|known| *known == name);
    let columns = ["boiling_point_k", "critical_temperature_k"];
    let places = columns.map(|name| place(name).expect("the lab has it"));
    let labels = lab.labels().iter().map(Properties::values);
    let labels = labels.flat_map(|values| places.map(|place| values[place]));
    let smiles = lab.molecules().iter().map(|m| m.smiles.clone()).collect();
    let tasks = columns.map(str::to_owned).to_vec();
    Corpus::of_molecules(tasks, 1, smiles, labels.collect()).unwrap()
}

/// The share of a draw's test labels, of the target, that their intervals hold.
fn held(lab: &Corpus, seed: u64) -> f64 {
    let limits = [("boiling_point_k", 120), ("critical_temperature_k", 120)];
    let limits = limits.map(|(task, limit)| (task.to_owned(), limit));
    let corpus = lab.clone().sampled(&BTreeMap::from(limits), seed).unwrap();
    let split = SplitConfig {
        split: SplitName::Random,
        test_fraction: 0.25,
        val_fraction: 0.2,
        ..SplitConfig::default()
    };
    let partition = Partition::holdout(&corpus, &split, seed).unwrap();
    let (model, training) = (
        ModelConfig::of(MethodName::GpMtl),
        TrainingConfig::default(),
    );
    let fitted = fit(
        &corpus,
        &partition,
        &model,
        &training,
        &RunControl::default(),
    );
    let model = fitted.unwrap().model;
    let rows = partition.rows(1, Part::Test);
    let said = model.predict(&corpus.inputs, &rows).unwrap();
    let holds = |(place, &row): (usize, &usize)| {
        let bar = model.error_bar(1, said.at(place, 1), COVERAGE).unwrap();
        (bar.lower..=bar.upper).contains(&corpus.label(row, 1))
    };
    let held = rows.iter().enumerate().filter(|&one| holds(one)).count();
    held as f64 / rows.len() as f64
}

/// As many draws as the environment's GEOGATE_DRAWS says. Of few, the mean is known to three of its standard errors.
#[test]
fn intervals_hold_their_share_of_exchangeable_rows() {
    let lab = lab();
    let draws = std::env::var("GEOGATE_DRAWS").ok();
    let draws = draws.map_or(12, |draws| draws.parse::<u64>().unwrap());
    let held: Vec<f64> = (0..draws).map(|seed| held(&lab, seed)).collect();
    let n = draws as f64;
    let mean = held.iter().sum::<f64>() / n;
    let variance = held.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let error = (variance / n).sqrt();
    eprintln!("{draws} draws: {mean:.4} of the labels held, standard error {error:.4}");
    assert!((mean - COVERAGE).abs() < 0.01 + 3.0 * error, "{mean}");
}

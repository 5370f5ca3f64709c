//! The latent charts of three properties of molecules as one atlas: how far its transitions are from
//! preserving lengths, geodesics and curvature, from being inverse to one another and from fitting
//! together (cocycle), before training and after it with each contact loss. Medians over the target's
//! held-out molecules, averaged over the six transitions and the six orders of three charts.
//!
//! Reads the tables of `$GEOGATE_DATA` or `../shared/data`; without them, the virtual lab.
//!
//! `cargo run --release --example 08_latent_atlas [FOLDER [STEPS]]`

#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod tables;
mod training;

use std::error::Error;

use geogate::data::{Corpus, Part, Partition};
use geogate::geometry::{Atlas, AtlasSurvey};
use geogate::train::TrainedModel;

/// Each row of the table: its name, and the options that make it.
const ROWS: [(&str, &str); 7] = [
    ("no contact", "delta = 0.0"),
    ("perturb", "distance = 'perturb'"),
    ("metric", "distance = 'metric'\ndelta = 100.0"),
    ("order2", "delta = 100.0\norder2 = 100.0"),
    ("curvature", "delta = 0.0\ncurvature = 0.01"),
    ("isometry, affine", "delta = 0.0\nisometry = 0.1\naffine = 0.1"),
    ("cocycle", "delta = 0.0\ncocycle = 10.0"),
];
/// Steps of each run, if not told otherwise.
const STEPS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let (corpus, partition) = tables::three_properties()?;
    println!(
        "{:<18} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "loss", "isometry", "affine", "curvature", "inverse", "cocycle", "R2 test"
    );
    let steps = training::steps(STEPS);
    let sizes = "embedding = 24\nlatent_dim = 3\nlf_dim = 6\n";
    let start = training::options(&format!("{sizes}{}", ROWS[0].1))?;
    let untrained = TrainedModel::untrained(&corpus, &partition, &start, &training::training(steps))?;
    row("before", &untrained, &corpus, &partition)?;
    for (loss, options) in ROWS {
        let model = training::options(&format!("{sizes}{options}"))?;
        let fitted = training::trained(&corpus, &partition, &model, steps)?;
        row(loss, &fitted.model, &corpus, &partition)?;
    }
    Ok(())
}

fn row(name: &str, model: &TrainedModel, corpus: &Corpus, partition: &Partition) -> Result<(), Box<dyn Error>> {
    let rows = partition.rows(corpus.target, Part::Test);
    let (charts, shown) = (model.charts()?, model.latents(&corpus.inputs, &rows)?);
    let mut atlas = Atlas::new();
    for task in charts.tasks() {
        atlas.add_chart(&task.name, task.transfer.clone());
    }
    for (s, t) in (0..9).map(|at| (at / 3, at % 3)).filter(|(s, t)| s != t) {
        atlas.add_transition(s, t, charts.transition(s, t));
    }
    let survey = atlas.survey(&shown.latents);
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let of = |median: fn(&geogate::geometry::TransitionSurvey) -> f64| {
        mean(survey.transitions.iter().map(|(_, _, tau)| median(tau)).collect())
    };
    let AtlasSurvey { cocycles, .. } = &survey;
    let cocycle = mean(cocycles.iter().map(|triple| triple.summary.median).collect());
    print!("{name:<18} {:9.3} {:9.3}", of(|tau| tau.isometry.median), of(|tau| tau.affine.median));
    print!(" {:9.3}", of(|tau| tau.curvature.median));
    print!(" {:9.4}", of(|tau| tau.inverse.map_or(f64::NAN, |inverse| inverse.median)));
    println!(" {cocycle:9.4} {:9.3}", tables::r2(model, corpus, &rows)?);
    Ok(())
}

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
use geogate::geometry::Atlas;
use geogate::train::Model;

/// Each row of the table: its name, and the options that make it.
const ROWS: [(&str, &str); 8] = [
    ("no contact", ""),
    ("perturb", "distance = 'perturb'\ndelta = 2e3"),
    ("metric", "distance = 'metric'\ndelta = 200.0"),
    ("vector", "distance = 'vector'\ndelta = 10.0"),
    ("order2", "order2 = 200.0"),
    ("curvature", "curvature = 1.0"),
    ("isometry, affine", "isometry = 0.1\naffine = 0.1"),
    ("cocycle", "cocycle = 10.0"),
];
/// Sizes of the networks; consistency, and a metric term that keeps the frame from shrinking.
const SIZES: &str = "latent_dim = 3\nlf_dim = 6\nbeta = 10.0\nflat = 0.1\ndelta = 0.0";
/// Steps of each run, if not told otherwise.
const STEPS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let (corpus, partition) = tables::three_properties()?;
    println!("loss               isometry    affine curvature   inverse   cocycle   R2 test");
    let options = |text: &str| training::options(&[SIZES, text]);
    let (steps, start) = (training::steps(STEPS), options("")?);
    let start = Model::untrained(&corpus, &partition, &start, &training::training(steps))?;
    println!("{:<18}{}", "before", row(&start, &corpus, &partition)?);
    for (loss, weights) in ROWS {
        let model = training::trained(&corpus, &partition, &options(weights)?, steps)?.model;
        println!("{loss:<18}{}", row(&model, &corpus, &partition)?);
    }
    Ok(())
}

fn row(model: &Model, corpus: &Corpus, of: &Partition) -> Result<String, Box<dyn Error>> {
    let rows = of.rows(corpus.target, Part::Test);
    let (charts, shown) = (model.charts()?, model.latents(&corpus.inputs, &rows)?);
    let mut atlas = Atlas::new();
    for task in charts.tasks() {
        atlas.add_chart(&task.name, task.transfer.clone());
    }
    for (s, t) in (0..9).map(|at| (at / 3, at % 3)).filter(|(s, t)| s != t) {
        atlas.add_transition(s, t, charts.transition(s, t));
    }
    let survey = atlas.survey(&shown.latents);
    let mut means = [0.0; 6];
    for (_, _, tau) in &survey.transitions {
        let inverse = tau.inverse.expect("every transition has one back").median;
        let medians = [
            tau.isometry.median,
            tau.affine.median,
            tau.curvature.median,
            inverse,
        ];
        (means.iter_mut().zip(medians)).for_each(|(mean, median)| *mean += median / 6.0);
    }
    let cocycles = survey.cocycles.iter().map(|triple| triple.summary.median);
    means[4] = cocycles.sum::<f64>() / survey.cocycles.len() as f64;
    means[5] = tables::r2(model, corpus, &rows)?;
    Ok(means.iter().map(|mean| format!(" {mean:9.4}")).collect())
}

//! Transfer on surfaces whose geometry is known: three tasks on a patch of a sphere and of a torus,
//! seen through two random smooth charts as twenty features. Two sources are known above 0.3 of a
//! coordinate, the target at few points below 0.5; it is asked for on both sides of 0.5.
//!
//! What each contact loss adds, how far the tasks' maps are from contact (the loss over the scale of
//! derivatives, exactly), the defects of the transition τ between the latent charts (medians), and what the
//! target's chart has to do with the true surface: squared stretches up to one scale (0 = isometry), and
//! the correlation of scalar curvatures (the sphere's is constant: the ratio of the learned one to it).
//!
//! `cargo run --release --example 07_known_manifold [FOLDER [STEPS]]`; try 5000 steps.

#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod known;
mod picture;
mod training;

use std::error::Error;

use geogate::geometry::{Chart, Formula};
use known::{KnownManifold, Sizes};

/// Sizes, and what every model with charts is trained with: consistency, and a metric term that keeps the frame
/// from shrinking, by which any contact loss is met.
const ANCHOR: &str = "latent_dim = 2\nlf_dim = 4\nbeta = 10.0\nflat = 0.1";
/// Each row of the table: its name, and the options that make it. Losses of fourth powers weigh by
/// the squared scale of derivatives, about 1/20, so their weights are larger.
const ROWS: [(&str, &str); 8] = [
    ("stl", "method = 'stl'"),
    ("mtl", "method = 'mtl'"),
    ("no contact", "delta = 0.0"),
    ("perturb", "distance = 'perturb'\ndelta = 2e4"),
    ("metric", "distance = 'metric'\ndelta = 200.0"),
    ("vector", "distance = 'vector'\ndelta = 10.0"),
    (
        "order2",
        "distance = 'vector'\ndelta = 10.0\norder2 = 200.0",
    ),
    (
        "curvature",
        "distance = 'vector'\ndelta = 10.0\ncurvature = 1.0",
    ),
];
/// Steps of each run, if not told otherwise.
const STEPS: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", known::header());
    table("sphere", &KnownManifold::sphere(2))?;
    table("torus", &KnownManifold::torus(2))
}

fn table<S: Formula + Chart>(name: &str, patch: &KnownManifold<S>) -> Result<(), Box<dyn Error>> {
    let tasks = patch.tasks(&Sizes::default())?;
    let title = "the target along the patch: labels of it below 0.5 only";
    let mut picture = picture::Picture::new(title);
    picture.curve("truth", known::along(patch, &tasks, None)?);
    for (loss, options) in ROWS {
        let model = training::options(&[ANCHOR, options])?;
        let steps = training::steps(STEPS);
        let model = training::trained(&tasks.corpus, &tasks.partition, &model, steps)?.model;
        let row = known::row(&model, patch, &tasks)?;
        println!("{:<17} {row}", format!("{name}, {loss}"));
        if ["stl", "mtl", "no contact", "vector"].contains(&loss) {
            picture.curve(loss, known::along(patch, &tasks, Some(&model))?);
        }
    }
    let picture = picture.save(&format!("07_known_manifold_{name}"))?;
    println!("written: {}", picture.display());
    Ok(())
}

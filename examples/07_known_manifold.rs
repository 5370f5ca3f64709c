//! Transfer on surfaces whose geometry is known: two tasks on a patch of a sphere and of a torus, seen
//! through two random smooth charts as twenty features. The source is known above 0.3 of a
//! coordinate, the target at few points below 0.5; it is asked for on both sides of 0.5.
//!
//! What each contact loss adds, how far the tasks' maps are from contact (the loss over the scale of
//! derivatives, exactly), the defects of the transition τ between the latent charts (medians), and what the
//! target's chart has to do with the true surface: squared stretches up to one scale (0 = isometry), and
//! the correlation of scalar curvatures (the sphere's is constant: the ratio of the learned one to it).
//!
//! `cargo run --release --example 07_known_manifold [FOLDER [STEPS]]`; try 20000 steps.

#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod known;
mod picture;
mod training;

use std::error::Error;

use geogate::data::known_manifold::{KnownManifold, Sizes};
use geogate::geometry::{Chart, Formula};

/// Each row of the table: its name, and the options that make it.
const ROWS: [(&str, &str); 8] = [
    ("stl", "method = 'stl'"),
    ("mtl", "method = 'mtl'"),
    ("no contact", "delta = 0.0"),
    ("perturb", "distance = 'perturb'"),
    ("metric", "distance = 'metric'"),
    ("vector", "distance = 'vector'"),
    ("order2", "order2 = 1.0"),
    ("curvature", "curvature = 1.0"),
];
/// Steps of each run, if not told otherwise.
const STEPS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>20} RMSE {:>12} contact {:>36} τ {:>36} truth", "", "", "", "");
    println!(
        "{:<17} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>7}",
        "surface, loss", "inside", "outside", "metric", "vector", "order2", "curvat.", "isometry", "affine",
        "curvat.", "inverse", "stretch", "R"
    );
    table("sphere", &KnownManifold::sphere(0))?;
    table("torus", &KnownManifold::torus(0))
}

fn table<S: Formula + Chart>(name: &str, patch: &KnownManifold<S>) -> Result<(), Box<dyn Error>> {
    let tasks = patch.tasks(&Sizes::default())?;
    let mut picture = picture::Picture::new("the target along the patch: labels of it below 0.5 only");
    picture.curve("truth", known::along(patch, &tasks, None)?);
    for (loss, options) in ROWS {
        let model = training::options(options)?;
        let fitted = training::trained(&tasks.corpus, &tasks.partition, &model, training::steps(STEPS))?;
        let [inside, outside] = known::scores(&fitted.model, &tasks)?;
        print!("{:<17} {:8.4} {:8.4}", format!("{name}, {loss}"), inside.rmse, outside.rmse);
        if model.method.has_charts() {
            let found = known::geometry(&fitted.model, patch, &tasks)?;
            let (c, tau) = (found.contact, &found.tau);
            let inverse = tau.inverse.map_or(f64::NAN, |inverse| inverse.median);
            print!(" {:9.1e} {:9.1e} {:9.1e} {:9.1e}", c.metric, c.vector, c.connection, c.curvature);
            print!(" {:9.1e} {:9.1e}", tau.isometry.median, tau.affine.median);
            print!(" {:9.1e} {inverse:9.1e} {:8.3}", tau.curvature.median, found.truth.stretch);
            print!(" {:7.3}", found.truth.curvature_agreement());
        }
        println!();
        if ["stl", "mtl", "no contact", "metric"].contains(&loss) {
            picture.curve(loss, known::along(patch, &tasks, Some(&fitted.model))?);
        }
    }
    println!("written: {}", picture.save(&format!("07_known_manifold_{name}"))?.display());
    Ok(())
}

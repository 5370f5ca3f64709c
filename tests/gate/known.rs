//! On known manifolds, with exact data, the tasks' maps come into contact while the tasks are
//! learned, and the defects of the transitions between their charts fall with it.
//!
//! `GEOGATE_KNOWN_STEPS` sets the steps of a run; from [`LONG`] on, the full bar is asked for.

use std::sync::atomic::AtomicBool;

use geogate::data::known_manifold::{KnownManifold, KnownTasks, Sizes};
use geogate::gate::config::{Distance, MethodName, ModelConfig};
use geogate::geometry::{Chart, Formula, Transition, TransitionSurvey};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::metrics::Scores;
use geogate::train::{Fitted, RunControl, Silent, fit};

/// Steps of a run, where nothing else is said.
const SHORT: usize = 1200;
/// Steps from which the full bar is asked for.
const LONG: usize = 15_000;
/// The bar: a contact loss over the mean of `⟨F_v, F_v⟩` (squared for the metric loss).
const CONTACT: f64 = 1e-5;
/// What a short run reaches; measured 1e-3 and below.
const SHORT_CONTACT: f64 = 5e-3;

fn steps() -> usize {
    let given = std::env::var("GEOGATE_KNOWN_STEPS").ok();
    given.map_or(SHORT, |steps| steps.parse().expect("a number of steps"))
}

/// Contact of order 1 by full vectors, weight δ.
fn config(delta: f64) -> ModelConfig {
    ModelConfig {
        embedding: 8,
        depth: 2,
        hidden: 32,
        latent_dim: 2,
        lf_dim: 4,
        alpha: 3.0,
        beta: 30.0,
        delta,
        distance: Distance::Vector,
        // keeps F from shrinking, by which any contact loss is met
        flat: 0.1,
        ..ModelConfig::of(MethodName::Geogate)
    }
}

fn trained(tasks: &KnownTasks, config: &ModelConfig) -> Fitted {
    let stop = AtomicBool::new(false);
    let control = RunControl {
        observer: &Silent,
        parallel: true,
        checkpoint: None,
        resume: false,
        stop: &stop,
    };
    let training = TrainingConfig {
        epochs: 1,
        min_steps: steps(),
        lr: 5e-3,
        precision: Precision::F64,
        ..TrainingConfig::default()
    };
    fit(&tasks.corpus, &tasks.partition, config, &training, &control).unwrap()
}

/// R² of the target inside the region of its labels.
fn r2(fitted: &Fitted, tasks: &KnownTasks) -> f64 {
    let predicted = fitted
        .model
        .predict(&tasks.corpus.inputs, &tasks.inside)
        .unwrap();
    let target: Vec<f64> = predicted.chunks(3).map(|row| row[2]).collect();
    let truth: Vec<f64> = (tasks.inside.iter())
        .map(|&row| tasks.corpus.label(row, 2))
        .collect();
    Scores::of(&truth, &target).r2
}

/// Defects of the transition from the first source to the target at the rows that train.
fn defects(fitted: &Fitted, tasks: &KnownTasks) -> TransitionSurvey {
    let charts = fitted.model.charts().unwrap();
    let rows = tasks.partition.training_rows();
    let shown = fitted.model.latents(&tasks.corpus.inputs, &rows).unwrap();
    let (there, back) = (charts.transition(0, 2), charts.transition(2, 0));
    let [from, to] = [0, 2].map(|t| &charts.tasks()[t].transfer);
    Transition::new(from, to, &there).survey(Some(&back), &shown.latents[0])
}

/// Contact of order 1 over all pairs of tasks at the rows that train: metric, vector.
fn contact(fitted: &Fitted, tasks: &KnownTasks) -> (f64, f64) {
    let charts = fitted.model.charts().unwrap();
    let rows = tasks.partition.training_rows();
    let x = fitted
        .model
        .latents(&tasks.corpus.inputs, &rows)
        .unwrap()
        .embedding;
    let pairs = [(0, 1), (0, 2), (1, 2)].map(|(s, t)| charts.agreement(s, t, &x));
    let mean = |f: fn(&geogate::gate::Agreement) -> f64| pairs.iter().map(f).sum::<f64>() / 3.0;
    (mean(|a| a.metric), mean(|a| a.vector))
}

/// The same by the tape: the trained loss in the history, over its weight, the factor 2 of three
/// tasks and the scale beside it.
fn recorded(fitted: &Fitted, delta: f64) -> f64 {
    let record = &fitted.history[fitted.best_epoch - 1];
    let find = |columns: &[(String, f64)], name: &str| {
        let column = columns.iter().find(|(found, _)| found == name);
        column.unwrap_or_else(|| panic!("no column {name}")).1
    };
    find(&record.losses, "distance") / (2.0 * delta) / find(&record.readings, "scale")
}

fn assert_contact_is_reached<S: Formula + Chart>(patch: &KnownManifold<S>) {
    const DELTA: f64 = 30.0;
    let sizes = Sizes {
        source: 300,
        target: 300,
        validation: 50,
        asked: 100,
    };
    let tasks = patch.tasks(&sizes).unwrap();
    let (with, without) = (
        trained(&tasks, &config(DELTA)),
        trained(&tasks, &config(0.0)),
    );
    assert!(r2(&with, &tasks) > 0.99, "R² {}", r2(&with, &tasks));

    let bar = if steps() < LONG {
        SHORT_CONTACT
    } else {
        CONTACT
    };
    let (metric, vector) = contact(&with, &tasks);
    assert!(
        metric < bar && vector < bar,
        "metric {metric:e}, vector {vector:e}, bar {bar:e}"
    );
    let apart = contact(&without, &tasks);
    assert!(
        metric < 0.1 * apart.0 && vector < 0.1 * apart.1,
        "without: {apart:?}"
    );
    // random directions, and weights that still move within the epoch
    let ratio = recorded(&with, DELTA) / vector;
    assert!((0.5..2.0).contains(&ratio), "tape over geometry {ratio}");

    let (near, far) = (defects(&with, &tasks), defects(&without, &tasks));
    let of = |survey: &TransitionSurvey| {
        [survey.isometry, survey.affine, survey.curvature].map(|summary| summary.median)
    };
    for (kind, (near, far)) in ["isometry", "affine", "curvature"]
        .iter()
        .zip(of(&near).into_iter().zip(of(&far)))
    {
        assert!(near < far, "{kind}: {near:e} with contact, {far:e} without");
    }
}

#[test]
fn contact_is_reached_on_a_sphere() {
    assert_contact_is_reached(&KnownManifold::sphere(2));
}

#[test]
fn contact_is_reached_on_a_torus() {
    assert_contact_is_reached(&KnownManifold::torus(2));
}

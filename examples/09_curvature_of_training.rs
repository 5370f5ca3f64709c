//! Curvature along training: two latent dimensions in a frame of three make every chart a surface,
//! with one curvature K at each point. The learning rate is constant, so a longer run begins with the
//! steps of a shorter one; of each the weights with the best target validation error are kept.
#![allow(clippy::print_stdout, reason = "an example shows its table")]

mod picture;

use std::error::Error;
use std::sync::atomic::AtomicBool;

use geogate::data::config::SplitConfig;
use geogate::data::{Corpus, Partition};
use geogate::evaluate::survey::{Sample, Survey, SurveyConfig, SurveySummary};
use geogate::method::ModelConfig;
use geogate::nn::ScheduleName;
use geogate::train::config::TrainingConfig;
use geogate::train::{Model, RunControl, Silent, fit};

/// Four hundred points, even in the unit square; every other one has no target label.
fn corpus() -> geogate::error::Result<Corpus> {
    let (mut points, mut labels) = (Vec::new(), Vec::new());
    for i in 1..=400 {
        let [x, y] = [0.754_877_666, 0.569_840_291].map(|step| (f64::from(i) * step).fract());
        let source: f64 = (3.0 * x).sin() + y * y;
        points.extend([x, y]);
        labels.extend([source, [f64::NAN, source.exp() - x][i as usize % 2]]);
    }
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let (tasks, features) = (names(["source", "target"]), names(["x", "y"]));
    Corpus::of_features(tasks, 1, features, points, labels)
}

/// The model that a run of so many epochs leaves.
fn train(corpus: &Corpus, part: &Partition, epochs: usize) -> geogate::error::Result<Model> {
    let mut model = ModelConfig::default();
    (model.embedding, model.hidden) = (16, 16);
    (model.latent_dim, model.lf_dim) = (2, 3);
    let mut training = TrainingConfig::default();
    (training.epochs, training.min_steps) = (epochs, 1);
    training.schedule = ScheduleName::Constant;
    let control = RunControl {
        observer: &Silent,
        parallel: true,
        checkpoint: None,
        resume: false,
        stop: &AtomicBool::new(false),
    };
    Ok(fit(corpus, part, &model, &training, &control)?.model)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (corpus, config) = (corpus()?, SurveyConfig::default());
    let partition = Partition::holdout(&corpus, &SplitConfig::default(), 0)?;
    println!("epochs   K 5 %  median    95 %  isometry defect  curvature defect");
    let mut curves = vec![Vec::new(); 3];
    for epochs in [1, 2, 4, 8, 16, 32, 64, 128] {
        let model = train(&corpus, &partition, epochs)?;
        let sample = Sample::of_training(&corpus, &partition, &config)?;
        let summary = SurveySummary::of(&Survey::of(&model, sample, &config, &|_| ())?);
        let k = summary.tasks[1].quantities["sectional_max_per_lf2"];
        let defect = |name| summary.pairs[0].everywhere[name].p50;
        let (isometry, curvature) = (defect("isometry"), defect("curvature_per_lf2"));
        print!("{epochs:6} {:7.3} {:7.3} {:7.3}", k.p05, k.p50, k.p95);
        println!(" {isometry:16.4} {curvature:17.4}");
        let ends = curves.iter_mut().zip([k.p05, k.p50, k.p95]);
        ends.for_each(|(curve, k)| curve.push([(epochs as f64).log2(), k.asinh()]));
    }
    let mut picture = picture::Picture::new("asinh K of the target's chart over log2 of epochs");
    let named = ["5 %", "median", "95 %"].into_iter().zip(curves);
    named.for_each(|(name, curve)| picture.curve(name, curve));
    println!(
        "written: {}",
        picture.save("09_curvature_of_training")?.display()
    );
    Ok(())
}

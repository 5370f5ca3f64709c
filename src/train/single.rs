//! One run, with the sources weighed before where that is asked for.

use super::config::TrainingConfig;
use super::control::{RunControl, Silent};
use super::frame::Frame;
use super::model::Model;
use super::relevance::{Relevance, predictability};
use super::run::{Fitted, run};
use crate::data::{Divided, Part};
use crate::error::Result;
use crate::method::{MethodName, ModelConfig, SourceWeights};

/// Share of the run's epochs and least steps that the chart of a source alone is trained for.
const SHARE: f64 = 0.2;
/// One run on the labels as they are: judged by the target's validation rows, or, where there are none, of this share
/// of its `length`. Sources are weighed anew, by the training rows of this run.
pub(super) fn fit_once(
    base: Option<&Model>,
    data: Divided<'_>,
    options: (&ModelConfig, &TrainingConfig),
    length: Option<f64>,
    control: &RunControl<'_>,
) -> Result<Fitted> {
    let (model, _) = options;
    let learned = model.source_weights == SourceWeights::Learned && model.method.has_charts();
    let relevance = if learned && base.is_none() {
        let found = relevance_of_sources(data, options, control);
        found.map_err(|error| control.resumable(error))?
    } else {
        Vec::new()
    };
    let description = Frame::describe(base.map(Model::frame), data, options, relevance)?;
    run(base, data, description, length, control)
}

/// Every source of a corpus, in its order.
///
/// # Errors
/// As [`fit`](super::fit).
fn relevance_of_sources(
    Divided { corpus, partition }: Divided<'_>,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Vec<Relevance>> {
    let rows = partition.rows(corpus.target, Part::Train);
    let labels: Vec<f64> = rows
        .iter()
        .map(|&row| corpus.label(row, corpus.target))
        .collect();
    let model = ModelConfig {
        method: MethodName::Gate,
        source_weights: SourceWeights::Equal,
        cocycle: 0.0,
        ..model.clone()
    };
    let short = |n: usize| (SHARE * n as f64).ceil() as usize;
    let training = TrainingConfig {
        epochs: short(training.epochs),
        min_steps: short(training.min_steps),
        ..training.clone()
    };
    let control = RunControl {
        observer: &Silent,
        checkpoint: None,
        resume: false,
        ..*control
    };
    let of_source = |task: usize| {
        let alone = corpus.single(task);
        let parts = partition.single(task);
        let through = |model: &Model| -> Result<f64> {
            let latents = &model.latents(&corpus.inputs, &rows)?.latents[0];
            Ok(predictability(latents, &labels))
        };
        let options = (&model, &training);
        let before = Model::untrained(&alone, &parts, &model, &training)?;
        let data = alone.divided(&parts);
        let after = fit_once(None, data, options, None, &control)?.model;
        Ok(Relevance {
            source: corpus.tasks[task].clone(),
            trained: through(&after)?,
            untrained: through(&before)?,
        })
    };
    corpus.sources().map(of_source).collect()
}

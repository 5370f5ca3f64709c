//! Short runs, in the few lines an example can afford.

use std::env;
use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Partition};
use geogate::error::Result;
use geogate::gate::config::{ModelConfig, ModelOptions};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{Fitted, RunControl, Silent, fit};

/// The options of a small network under those of `text`, a `[model]` section.
pub(crate) fn options(text: &str) -> Result<ModelConfig> {
    const SMALL: &str = "method = 'geogate'\nembedding = 6\ndepth = 2\nhidden = 24\nlatent_dim = 2\nlf_dim = 4\n";
    let table = |text| toml::from_str::<toml::Table>(text).expect("the examples' own options");
    let mut given = table(SMALL);
    given.extend(table(text));
    ModelOptions::new(given).resolve(None)
}

/// Steps of a run: the program's second argument (after the folder of pictures), or `few`.
pub(crate) fn steps(few: usize) -> usize {
    env::args().nth(2).and_then(|steps| steps.parse().ok()).unwrap_or(few)
}

/// How a run of so many steps is trained.
pub(crate) fn training(steps: usize) -> TrainingConfig {
    TrainingConfig {
        epochs: 1,
        min_steps: steps,
        lr: 3e-3,
        precision: Precision::F64,
        ..TrainingConfig::default()
    }
}

/// A finished run.
pub(crate) fn trained(
    corpus: &Corpus,
    partition: &Partition,
    model: &ModelConfig,
    steps: usize,
) -> Result<Fitted> {
    let stop = AtomicBool::new(false);
    let control = RunControl {
        observer: &Silent,
        parallel: true,
        checkpoint: None,
        resume: false,
        stop: &stop,
    };
    fit(corpus, partition, model, &training(steps), &control)
}

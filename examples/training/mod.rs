//! Short runs, in the few lines an example can afford.

use std::env;
use std::sync::atomic::AtomicBool;

use geogate::data::{Corpus, Partition};
use geogate::error::Result;
use geogate::method::{ModelConfig, ModelOptions};
use geogate::train::config::{Precision, TrainingConfig};
use geogate::train::{Fitted, RunControl, Silent, fit};

/// The options of a small network under those of `texts`, each a `[model]` section; later ones win.
pub(crate) fn options(texts: &[&str]) -> Result<ModelConfig> {
    // curved charts in exact contact of order 1
    const SMALL: &str = "method = 'gate'\ndepth = 2\nembedding = 8\nhidden = 32\nlatent_dim = 8\nlf_dim = 16\n\
                         start = 'isometric'\ndistance = 'metric'\ndelta = 1000.0\nbalance = 0.5\naverage = 0.1\n\
                         predict_by = 'charts'\n";
    let mut given = toml::Table::new();
    for text in [SMALL].iter().chain(texts) {
        given.extend(toml::from_str::<toml::Table>(text).expect("the examples' own options"));
    }
    ModelOptions::new(given).resolve(None)
}

/// Steps of a run: the program's second argument (after the folder of pictures), or `few`.
pub(crate) fn steps(few: usize) -> usize {
    env::args()
        .nth(2)
        .and_then(|steps| steps.parse().ok())
        .unwrap_or(few)
}

/// How a run of so many steps is trained.
pub(crate) fn training(steps: usize) -> TrainingConfig {
    TrainingConfig {
        epochs: 1,
        min_steps: steps,
        lr: 5e-3,
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

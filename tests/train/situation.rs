//! A small transfer problem for tests: alcohols, alkanes and amines with made-up linear properties.

use std::sync::atomic::AtomicBool;

use geogate::data::config::{SplitConfig, SplitName};
use geogate::data::{Corpus, Partition};
use geogate::method::{MethodName, ModelConfig};
use geogate::nn::activation::Activation;
use geogate::train::config::TrainingConfig;
use geogate::train::{Observer, RunControl};

/// Ninety molecules, each with a source label, every other one with a target label.
pub(crate) fn corpus() -> Corpus {
    let ends = ["", "O", "N", "Cl", "Br", "C(C)C", "C=C", "C=O", "OC"];
    let molecules: Vec<String> = (ends.iter().enumerate())
        .flat_map(|(k, end)| (2..12).map(move |n| format!("{}{end}", "C".repeat(n + 2 * k / 3))))
        .collect();
    let label = |k: usize, smiles: &String| [smiles.len() as f64, 3.0 * (k / 10) as f64];
    let mut labels = Vec::new();
    for (k, smiles) in molecules.iter().enumerate() {
        let [size, family] = label(k, smiles);
        labels.push(200.0 + 20.0 * size + family);
        labels.push(if k % 2 == 0 {
            300.0 + 25.0 * size - 2.0 * family
        } else {
            f64::NAN
        });
    }
    let mut seen = std::collections::HashSet::new();
    let fresh: Vec<bool> = molecules.iter().map(|s| seen.insert(s.clone())).collect();
    let labels = labels
        .chunks(2)
        .zip(&fresh)
        .filter(|(_, f)| **f)
        .flat_map(|(l, _)| l.to_vec());
    let labels = labels.collect();
    let molecules = molecules
        .into_iter()
        .zip(&fresh)
        .filter(|(_, f)| **f)
        .map(|(m, _)| m);
    let tasks = vec!["source".to_owned(), "target".to_owned()];
    Corpus::of_molecules(tasks, 1, molecules.collect(), labels).unwrap()
}

/// Its random holdout.
pub(crate) fn partition(corpus: &Corpus) -> Partition {
    let split = SplitConfig {
        split: SplitName::Random,
        val_fraction: 0.3,
        test_fraction: 0.25,
        ..SplitConfig::default()
    };
    Partition::holdout(corpus, &split, 0).unwrap()
}

/// A small network of a method.
pub(crate) fn model(method: MethodName) -> ModelConfig {
    ModelConfig {
        embedding: 16,
        depth: 2,
        hidden: 12,
        latent_dim: 4,
        lf_dim: 6,
        activation: Activation::Silu,
        // the geometry of charts has no dropout
        dropout: if method == MethodName::Gear { 0.0 } else { 0.1 },
        ..ModelConfig::of(method)
    }
}

/// A short run in batches of more than one shard.
pub(crate) fn training() -> TrainingConfig {
    TrainingConfig {
        epochs: 6,
        min_steps: 0,
        batch_size: 48,
        lr: 1e-2,
        ..Default::default()
    }
}

/// A run watched by `observer`, stopped by `stop`, without checkpoint.
pub(crate) fn control<'a>(observer: &'a dyn Observer, stop: &'a AtomicBool) -> RunControl<'a> {
    RunControl {
        observer,
        parallel: false,
        checkpoint: None,
        resume: false,
        stop,
    }
}

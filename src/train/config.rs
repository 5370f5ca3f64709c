//! Everything a run depends on, as one value that is written into the run's folder.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use toml::Value;

use crate::config::{Bounds, differences};
use crate::data::config::{DataConfig, SplitConfig};
use crate::data::{Corruption, TargetTransform};
use crate::error::{Error, Result};
use crate::method::{LabelLoss, ModelConfig};
use crate::nn::ScheduleName;

/// A whole run: data, split, network, optimisation. `threads` is deliberately absent: it changes
/// no bit of the result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunConfig {
    /// Which tables, which columns, which task is the target.
    pub data: DataConfig,
    /// How rows are divided into training, validation and test parts.
    pub split: SplitConfig,
    /// The method and its network.
    pub model: ModelConfig,
    /// The optimisation.
    pub training: TrainingConfig,
    /// The trained model that the target is added to, if to any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addition: Option<AdditionConfig>,
}

impl RunConfig {
    /// What differs from the defaults of the method, `key=value` joined by blanks: network and
    /// optimisation but for method and seed, shares of the split, sampled rows.
    pub fn changed_options(&self) -> String {
        let default = RunConfig {
            model: ModelConfig::of(self.model.method),
            ..RunConfig::default()
        };
        let max_rows = self.data.max_rows.iter();
        let max_rows = max_rows.map(|(task, rows)| format!("max_rows.{task}={rows}"));
        let split = differences(&self.split, &default.split);
        let model = differences(&self.model, &default.model);
        let training = differences(&self.training, &default.training);
        let sections = split.into_iter().chain(model).chain(training);
        let named = sections.filter(|found| !TOLD_ELSEWHERE.contains(&found.option.as_str()));
        let named = named.filter_map(|found| {
            Some(match found.value? {
                Value::String(text) => format!("{}={text}", found.option),
                value => format!("{}={value}", found.option),
            })
        });
        max_rows.chain(named).collect::<Vec<_>>().join(" ")
    }
}

/// Options that have columns of their own.
const TOLD_ELSEWHERE: [&str; 5] = ["split", "split_column", "overlap", "method", "seed"];

/// A task added to a trained model: the only one of the tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdditionConfig {
    /// Folder of the model, which stays as it is.
    pub model: PathBuf,
}

/// Floating-point format of weights and activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

/// The loss of labels, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LossName {
    /// Mean squared error.
    #[default]
    Mse,
    /// Huber's: quadratic up to a threshold, linear beyond.
    Huber,
}

/// The optimisation of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Passes over the union table of all tasks' training rows.
    pub epochs: usize,
    /// Least optimiser steps of a run: epochs are raised to reach them, so that a small table trains
    /// as long as a large one.
    pub min_steps: usize,
    /// Molecules in a step.
    pub batch_size: usize,
    /// Peak learning rate.
    pub lr: f64,
    /// Shape of the learning rate along the run.
    pub schedule: ScheduleName,
    /// Share of the steps spent warming up, in `[0, 1)`.
    pub warmup: f64,
    /// Decoupled weight decay (AdamW); 0 is plain Adam.
    pub weight_decay: f64,
    /// Largest norm of the gradient; a longer one is scaled back to it.
    pub clip: f64,
    /// Seed of initialisation, batches and perturbations (and of the split, unless it has its own).
    pub seed: u64,
    /// Floating-point format.
    pub precision: Precision,
    /// What a label's residual costs.
    pub loss: LossName,
    /// Threshold of Huber's loss, in standard deviations of the (transformed) training labels.
    pub huber_delta: f64,
    /// What is done to the labels of every task before they are standardised.
    pub target_transform: TargetTransform,
    /// Folds of the inner validation, by which the length of the training is chosen; 0 for the
    /// validation rows of the split.
    pub inner_folds: usize,
    /// Share of the target's training labels that are corrupted, in `[0, 1]`. They are drawn once, among the rows that
    /// train in the end; whatever is held out, in inner folds too, is judged by its right label.
    pub corrupt_share: f64,
    /// By how many of their standard deviations, up or down.
    pub corrupt_sd: f64,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 50,
            min_steps: 1500,
            batch_size: 64,
            lr: 1e-3,
            schedule: ScheduleName::OneCycle,
            warmup: 0.05,
            weight_decay: 0.0,
            clip: 5.0,
            seed: 0,
            precision: Precision::F32,
            loss: LossName::Mse,
            huber_delta: 1.0,
            target_transform: TargetTransform::None,
            inner_folds: 0,
            corrupt_share: 0.0,
            corrupt_sd: 3.0,
        }
    }
}

/// The largest seed: whole numbers of a configuration file are signed.
pub const LARGEST_SEED: u64 = i64::MAX as u64;

impl TrainingConfig {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate(&self) -> Result<()> {
        if self.seed > LARGEST_SEED {
            return Err(Error::usage(
                format!("option `seed` is {}", self.seed),
                format!("give a whole number up to {LARGEST_SEED}"),
            ));
        }
        if self.inner_folds == 1 {
            let problem = "option `inner_folds` is 1";
            return Err(Error::usage(
                problem,
                "give 0, for none, or at least 2, such as 4",
            ));
        }
        let counts = [
            ("epochs", self.epochs, Bounds::from_to(1.0, 1e6), 50),
            ("min_steps", self.min_steps, Bounds::from_to(0.0, 1e7), 1500),
            ("batch_size", self.batch_size, Bounds::from_to(1.0, 1e6), 64),
            (
                "inner_folds",
                self.inner_folds,
                Bounds::from_to(0.0, 100.0),
                4,
            ),
        ];
        for (option, value, bounds, usual) in counts {
            bounds.check_count(option, value, usual)?;
        }
        let positive = Bounds::between(0.0, f64::INFINITY);
        let numbers = [
            ("lr", self.lr, positive, 1e-3),
            ("warmup", self.warmup, Bounds::below(0.0, 1.0), 0.05),
            (
                "weight_decay",
                self.weight_decay,
                Bounds::from_to(0.0, 100.0),
                0.01,
            ),
            ("clip", self.clip, Bounds::above(0.0, f64::INFINITY), 5.0),
            ("huber_delta", self.huber_delta, positive, 1.0),
            (
                "corrupt_share",
                self.corrupt_share,
                Bounds::from_to(0.0, 1.0),
                0.1,
            ),
            (
                "corrupt_sd",
                self.corrupt_sd,
                Bounds::from_to(0.0, 1e6),
                3.0,
            ),
        ];
        let mut checks = numbers.into_iter();
        checks.try_for_each(|(option, value, bounds, usual)| bounds.check(option, value, usual))
    }

    /// What becomes of the target's training labels before anything else.
    pub fn corruption(&self) -> Corruption {
        Corruption {
            share: self.corrupt_share,
            sd: self.corrupt_sd,
        }
    }

    /// What a label's residual costs.
    pub fn label_loss(&self) -> LabelLoss {
        match self.loss {
            LossName::Mse => LabelLoss::Square,
            LossName::Huber => LabelLoss::Huber {
                delta: self.huber_delta,
            },
        }
    }
}

//! What a comparison runs over.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::variant::Variation;
use crate::config::{Bounds, is_default};
use crate::data::config::{DataConfig, SplitConfig};
use crate::error::{Error, Result};
use crate::method::{MethodName, ModelOptions};
use crate::train::config::{RunConfig, TrainingConfig};

/// Methods (and their variants) × seeds × folds. The first seed is the run's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompareConfig {
    /// Several pairs of tables, in place of those of the run: see [`pairs`](super::pairs).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PathBuf>,
    /// The methods; ratios are taken to the first.
    pub methods: Vec<MethodName>,
    /// Folds of a cross-validation; without it each seed is one holdout split.
    pub folds: Option<usize>,
    /// Number of seeds, counted up from the run's seed.
    pub seeds: usize,
    /// Draws of a search for options within each job; 0 is no search: see [`tuning`](super::tuning).
    #[serde(skip_serializing_if = "is_default")]
    pub tune: usize,
    /// Options to vary beside the methods as they are: see [`variant`](super::variant).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<Variation>,
    /// Vary the weight of every loss over four decades.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitivity: bool,
    /// Leave out every loss in turn.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ablate: bool,
    /// Whether measured labels of other tasks are given where the target is predicted.
    #[serde(skip_serializing_if = "is_default")]
    pub evidence: EvidenceUse,
}

/// Whether measured labels of other tasks at a row are given when its target is predicted; in training never. Those that
/// the sample of `max_rows` leaves out are given as well; what a model has learnt from, or been chosen by, is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceUse {
    /// Measured labels of other tasks are not given.
    #[default]
    None,
    /// Measured labels of other tasks are given to methods that a Gaussian process reads.
    Given,
}

impl EvidenceUse {
    /// The name in files: `none`, `given`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Given => "given",
        }
    }
}

/// A comparison as its folder keeps it: of the network only what was given, because each method has
/// defaults of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComparisonConfig<'a> {
    data: &'a DataConfig,
    split: &'a SplitConfig,
    model: &'a ModelOptions,
    training: &'a TrainingConfig,
    compare: &'a CompareConfig,
}

impl<'a> ComparisonConfig<'a> {
    /// Methods on the data, split and optimisation of `run`.
    pub fn new(run: &'a RunConfig, model: &'a ModelOptions, compare: &'a CompareConfig) -> Self {
        Self {
            data: &run.data,
            split: &run.split,
            model,
            training: &run.training,
            compare,
        }
    }
}

/// Refuses a method among the `keys` of a `section` for networks.
pub(super) fn without_method<'a>(
    mut keys: impl Iterator<Item = &'a String>,
    section: &str,
) -> Result<()> {
    if keys.all(|key| key != "method") {
        return Ok(());
    }
    Err(Error::usage(
        format!("`method` in {section} would change nothing"),
        "leave it out, and name the methods in option `methods`",
    ))
}

impl Default for CompareConfig {
    fn default() -> Self {
        Self {
            pairs: None,
            methods: [MethodName::Stl, MethodName::Mtl, MethodName::Gate].to_vec(),
            folds: None,
            seeds: 1,
            tune: 0,
            vary: Vec::new(),
            sensitivity: false,
            ablate: false,
            evidence: EvidenceUse::None,
        }
    }
}

impl CompareConfig {
    /// Refuses an empty or contradictory comparison.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage).
    pub fn check(&self) -> Result<()> {
        for (index, method) in self.methods.iter().enumerate() {
            if self.methods[..index].contains(method) {
                return Err(Error::usage(
                    format!("method `{}` is named twice", method.as_str()),
                    "name each method of option `methods` once",
                ));
            }
        }
        if self.methods.is_empty() {
            return Err(Error::usage(
                "there is no method to compare",
                "name at least one, as in option `methods` = stl,gate",
            ));
        }
        Bounds::from_to(1.0, 1e3).check_count("seeds", self.seeds, 5)?;
        Bounds::from_to(0.0, 1e3).check_count("tune", self.tune, "0, which is no search")?;
        let usual = "5; without option `folds` there is one holdout split per seed";
        self.folds.map_or(Ok(()), |folds| {
            Bounds::from_to(2.0, 1e3).check_count("folds", folds, usual)
        })
    }
}

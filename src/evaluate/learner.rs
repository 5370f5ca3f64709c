//! What a comparison runs: a way to learn the target, be it one network, several, or none.

use serde::{Deserialize, Serialize};

use super::outcome::{Prediction, predictions};
use super::yardstick;
use crate::data::{Corpus, Partition};
use crate::error::{Error, Result};
use crate::gate::config::{MethodName, ModelConfig, ModelOptions};
use crate::train::config::RunConfig;
use crate::train::{EpochRecord, InnerValidation, RunControl, fit};

/// A way to learn the target that a comparison can run, by the name it has on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Learner {
    /// A network, trained once; or, as `auto`, the better of two.
    Network(MethodName),
    /// No network: ridge regression of the target alone ([`yardstick`]).
    Ridge,
}

/// What a learner starts from. All of it is fixed by the job.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Network and optimisation of this job, its seed included.
    pub config: &'a RunConfig,
    /// Options that a search leaves alone: those of the network that were given, and that of a variant.
    pub held: &'a [String],
    /// The rows of all tasks.
    pub corpus: &'a Corpus,
    /// Their parts.
    pub partition: &'a Partition,
}

/// What a learner came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Values for labelled rows of the target at least, in the tasks' units: training, validation and
    /// test parts, task by task.
    pub predictions: Vec<Prediction>,
    /// Epochs trained; 0 where there are none.
    pub epochs: usize,
    /// The epoch whose weights were kept, counted from 1; 0 where there are none.
    pub best_epoch: usize,
    /// Every epoch; empty where there are none.
    pub history: Vec<EpochRecord>,
    /// What was chosen on validation rows, as sentences.
    pub notes: Vec<String>,
    /// Root mean square error over inner folds, in the target's unit, where these took the place of validation rows.
    pub inner_rmse: Option<f64>,
}

impl Learner {
    /// Every learner, in the order reports list them.
    pub fn all() -> impl Iterator<Item = Self> {
        let methods = MethodName::ALL.into_iter().chain([MethodName::Auto]);
        methods.map(Self::Network).chain([Self::Ridge])
    }

    /// The name on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network(method) => method.as_str(),
            Self::Ridge => "ridge",
        }
    }

    /// The network of the learner under the options given: its method's defaults, laid under them. Ridge
    /// regression has none, and the options change nothing: it has the defaults of single-task learning.
    ///
    /// # Errors
    /// Those of [`ModelOptions::resolve`] and [`ModelConfig::validate`].
    pub fn model(self, given: &ModelOptions) -> Result<ModelConfig> {
        let model = match self {
            Self::Network(method) => given.resolve(Some(method))?,
            Self::Ridge => ModelConfig::of(MethodName::Stl),
        };
        model.validate()?;
        Ok(model)
    }

    /// Learns from the training rows, chooses by the validation rows, predicts.
    ///
    /// # Errors
    /// Those of [`fit`] and [`predictions`]; target labels that are all equal.
    pub fn learn(self, situation: &Situation<'_>, control: &RunControl<'_>) -> Result<Learned> {
        match self {
            Self::Network(_) => network(situation, control),
            Self::Ridge => yardstick::ridge(situation, control),
        }
    }
}

/// One network, trained once, or after inner validation.
fn network(situation: &Situation<'_>, control: &RunControl<'_>) -> Result<Learned> {
    let Situation {
        config,
        corpus,
        partition,
        ..
    } = *situation;
    let fitted = fit(corpus, partition, &config.model, &config.training, control)?;
    let inner = fitted.inner.as_ref();
    Ok(Learned {
        predictions: predictions(&fitted.model, corpus, &fitted.partition)?,
        epochs: fitted.epochs,
        best_epoch: fitted.best_epoch,
        notes: inner.map_or(Vec::new(), InnerValidation::sentences),
        inner_rmse: inner.map(|inner| inner.winner().rmse),
        history: fitted.history,
    })
}

impl From<MethodName> for Learner {
    fn from(method: MethodName) -> Self {
        Self::Network(method)
    }
}

impl From<Learner> for String {
    fn from(learner: Learner) -> Self {
        learner.as_str().to_owned()
    }
}

impl TryFrom<String> for Learner {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        let named = |learner: &Self| learner.as_str() == name;
        Self::all().find(named).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::as_str).collect();
            Error::usage(
                format!("there is no method `{name}`"),
                format!("the methods are {}", names.join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learners_go_by_their_names() {
        for learner in Learner::all() {
            let text = serde_json::to_string(&learner).unwrap();
            assert_eq!(text, format!("\"{}\"", learner.as_str()));
            let back: Learner = serde_json::from_str(&text).unwrap();
            assert_eq!(back, learner);
        }
        let error = Learner::try_from("gat".to_owned()).unwrap_err();
        assert!(error.is_input());
        let text = error.to_string();
        assert!(text.contains("`gat`") && text.contains("gate"), "{text}");
    }

    #[test]
    fn a_learner_has_the_defaults_of_its_method_under_what_is_given() {
        let given = ModelOptions::new(toml::from_str("hidden = 70").unwrap());
        for method in MethodName::ALL {
            let model = Learner::from(method).model(&given).unwrap();
            let preset = ModelConfig::of(method);
            assert_eq!(
                model,
                ModelConfig {
                    hidden: 70,
                    ..preset
                }
            );
        }
        let wrong = ModelOptions::new(toml::from_str("dropout = 2.0").unwrap());
        assert!(Learner::from(MethodName::Stl).model(&wrong).is_err());
    }
}

//! Which method, and the sizes and weights of its network.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

pub use super::choices::{
    CurvatureKind, Distance, Mapping, MethodName, Order2Kind, Pairs, PredictBy, SourceWeights,
    Start,
};
use crate::error::{Error, Result};
use crate::nn::Readout;
use crate::nn::activation::Activation;

/// The method and its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// The method.
    pub method: MethodName,
    /// The method that `auto` weighs against `stl`.
    pub transfer: MethodName,
    /// Width e of the shared embedding (and of the messages).
    pub embedding: usize,
    /// Rounds of the message passing, or hidden layers of the embedding of numeric features.
    pub depth: usize,
    /// Readout of the message passing.
    pub readout: Readout,
    /// Width h of the hidden layers of encoder, transfer, inverse and head.
    pub hidden: usize,
    /// Dimension d of a task's latent chart.
    pub latent_dim: usize,
    /// Dimension m ≥ d of the locally flat frame.
    pub lf_dim: usize,
    /// Activation of the multilayer perceptrons.
    pub activation: Activation,
    /// What transfers and inverses are at the start.
    pub start: Start,
    /// Share of hidden units dropped in training, in `[0, 1)`.
    pub dropout: f64,
    /// Weight of the distillation losses of `kd` and `gsp-kd`.
    pub distill: f64,
    /// How far rare labels are weighted up: squared errors of a task with n training labels weigh
    /// `(n_max / n)^balance`. 0 leaves tasks in their natural proportion, 1 lets all weigh alike.
    pub balance: f64,
    /// Share of the run's steps over which the weights are averaged, in `[0, 1)`; what is validated
    /// and kept is the mean. 0 keeps the weights themselves.
    pub average: f64,
    /// Weight α of the autoencoder loss.
    pub alpha: f64,
    /// Weight β of the consistency loss.
    pub beta: f64,
    /// Weight γ of the mapping loss.
    pub gamma: f64,
    /// Weight δ of the distance loss.
    pub delta: f64,
    /// What the distance loss compares.
    pub distance: Distance,
    /// Size ε of the perturbations of the embedding.
    pub epsilon: f64,
    /// Perturbations per molecule.
    pub perturbations: usize,
    /// Pairs of the consistency and distance losses.
    pub pairs: Pairs,
    /// Directions of the mapping loss.
    pub mapping: Mapping,
    /// By which charts a task is predicted.
    pub predict_by: PredictBy,
    /// How much each source counts in the losses of methods with charts.
    pub source_weights: SourceWeights,
    /// Weight of the second-order contact loss.
    pub order2: f64,
    /// What it compares.
    pub order2_kind: Order2Kind,
    /// Weight of the curvature loss.
    pub curvature: f64,
    /// Which curvature it matches.
    pub curvature_kind: CurvatureKind,
    /// Weight of the loss of geodesic steps.
    pub normal: f64,
    /// Weight of the isometry defect of the transitions.
    pub isometry: f64,
    /// Weight of the affine defect of the transitions.
    pub affine: f64,
    /// Weight of the term that pulls every chart's metric to the identity.
    pub flat: f64,
    /// Weight of the cocycle defect of three transitions.
    pub cocycle: f64,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            method: MethodName::Gate,
            transfer: MethodName::Gate,
            embedding: 100,
            depth: 3,
            readout: Readout::Norm,
            hidden: 100,
            latent_dim: 50,
            lf_dim: 50,
            activation: Activation::Silu,
            start: Start::Random,
            dropout: 0.0,
            distill: 1.0,
            balance: 0.0,
            average: 0.0,
            alpha: 1.0,
            beta: 1.0,
            gamma: 1.0,
            delta: 1.0,
            distance: Distance::Perturb,
            epsilon: 0.1,
            perturbations: 2,
            pairs: Pairs::All,
            mapping: Mapping::Target,
            predict_by: PredictBy::Own,
            source_weights: SourceWeights::Equal,
            order2: 0.0,
            order2_kind: Order2Kind::Connection,
            curvature: 0.0,
            curvature_kind: CurvatureKind::Scalar,
            normal: 0.0,
            isometry: 0.0,
            affine: 0.0,
            flat: 0.0,
            cocycle: 0.0,
        }
    }
}

impl ModelConfig {
    /// The defaults of a method: a preset of sizes and weights.
    ///
    /// - `gate` and the conventional methods: the default values, d = m = 50; every chart is flat.
    /// - `gear`: d = 8 in m = 16, where curvature means something; no distance loss, instead
    ///   `MSE(R_s, R_t)` and the metric term [`flat`](Self::flat) (arXiv 2506.13015, whose weights are not
    ///   published: these are ones). Charts start isometric: at random weights the curvature loss is 1e5 and
    ///   nothing else is learnt.
    /// - `geogate`: d = 8 in m = 16; charts start isometric and are held in contact of order 1 by the distance
    ///   loss `metric`; rare labels weigh more, weights are averaged, and the target is predicted by every chart.
    ///   Chosen on the tuning pairs of `paper-notes.md`.
    /// - `auto`: those of its transfer method, `gate` here.
    pub fn of(method: MethodName) -> Self {
        let shared = Self {
            method,
            ..Self::default()
        };
        let curved = Self {
            latent_dim: 8,
            lf_dim: 16,
            start: Start::Isometric,
            ..shared.clone()
        };
        match method {
            MethodName::Gear => Self {
                delta: 0.0,
                curvature: 1.0,
                flat: 1.0,
                ..curved
            },
            MethodName::Geogate => Self {
                distance: Distance::Metric,
                delta: 1000.0,
                balance: 0.5,
                average: 0.1,
                predict_by: PredictBy::Charts,
                ..curved
            },
            _ => shared,
        }
    }

    /// Checks that every size and weight is in its range and that the losses exist in these
    /// dimensions.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate(&self) -> Result<()> {
        if self.method == MethodName::Auto {
            return self.candidate(self.transfer)?.validate();
        }
        let sizes = [
            self.embedding,
            self.depth,
            self.hidden,
            self.latent_dim,
            self.lf_dim,
        ];
        if sizes.contains(&0) {
            return bad("a size of the network is 0", "give sizes of at least 1");
        }
        if self.lf_dim < self.latent_dim {
            let problem = format!(
                "--lf-dim {} is smaller than --latent-dim {}: a chart cannot be embedded in fewer dimensions",
                self.lf_dim, self.latent_dim
            );
            return bad(problem, "choose --lf-dim at least as large");
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let problem = format!("--dropout is {}, it must be in [0, 1)", self.dropout);
            return bad(problem, "0.1 is a usual choice");
        }
        if !(0.0..1.0).contains(&self.average) {
            let problem = format!("--average is {}, it must be in [0, 1)", self.average);
            return bad(problem, "0.1 is a usual choice");
        }
        let paper = [self.alpha, self.beta, self.gamma, self.delta, self.epsilon];
        let contact = [self.order2, self.curvature, self.normal, self.isometry];
        let others = [self.affine, self.flat, self.cocycle];
        let of_labels = [self.balance, self.distill];
        let mut weights = paper
            .iter()
            .chain(&contact)
            .chain(&others)
            .chain(&of_labels);
        if weights.any(|w| !(*w >= 0.0 && w.is_finite())) {
            let problem = "--epsilon, --balance and the weights of losses must not be negative";
            return bad(problem, "0 switches a loss off");
        }
        if self.method == MethodName::AddTask && self.source_weights == SourceWeights::Learned {
            let problem =
                "--source-weights learned with --method add-task: frozen sources cannot be weighed";
            return bad(problem, "leave --source-weights out");
        }
        if self.method.has_charts() {
            self.validate_contact()?;
        }
        Ok(())
    }

    /// Refuses contact losses that do not exist under the other options.
    fn validate_contact(&self) -> Result<()> {
        let (d, m) = (self.latent_dim, self.lf_dim);
        self.validate_start()?;
        if self.curvature != 0.0 && (d < 2 || m == d) {
            let problem = format!(
                "--curvature with --latent-dim {d} and --lf-dim {m}: every curvature is zero, because a \
                 curve has none and a chart of as many coordinates as its frame is flat"
            );
            let advice = "choose --latent-dim at least 2 and --lf-dim larger, for example 8 and 16";
            return bad(problem, advice);
        }
        let second = [
            ("--order2", self.order2),
            ("--curvature", self.curvature),
            ("--normal", self.normal),
            ("--affine", self.affine),
        ];
        let used = |(_, weight): &&(&str, f64)| *weight != 0.0;
        if let (Some((flag, _)), Activation::Relu) = (second.iter().find(used), self.activation) {
            let problem = format!("{flag} with --activation relu: its second derivatives are zero");
            return bad(
                problem,
                "choose a smooth activation: silu, tanh, softplus or gelu",
            );
        }
        let exact = self.distance != Distance::Perturb && self.delta != 0.0;
        let ricci = self.curvature_kind == CurvatureKind::Ricci && self.curvature != 0.0;
        let along = [self.order2, self.normal, self.isometry, self.affine];
        let random = exact || ricci || along.iter().any(|&weight| weight != 0.0);
        if random && self.perturbations == 0 {
            let problem = "--perturbations 0 leaves a contact loss without directions";
            return bad(problem, "give at least 1, or switch the loss off");
        }
        if self.normal != 0.0 && self.epsilon == 0.0 {
            return bad(
                "--normal with --epsilon 0: a step of no length",
                "0.1 is usual",
            );
        }
        let of_charts = [
            self.curvature,
            self.normal,
            self.isometry,
            self.affine,
            self.flat,
        ];
        if self.dropout > 0.0 && of_charts.iter().any(|&weight| weight != 0.0) {
            let problem = "--dropout with --curvature, --normal, --isometry, --affine or --flat: a chart \
                           whose units come and go has no geometry";
            return bad(
                problem,
                "leave --dropout at 0, or use --distance and --order2 alone",
            );
        }
        Ok(())
    }

    /// Refuses an isometric start that the hidden layers cannot carry.
    fn validate_start(&self) -> Result<()> {
        let d = self.latent_dim;
        let carried = self.activation.carries_identity() && self.hidden >= 2 * d;
        if self.start == Start::Isometric && !carried {
            let problem = format!(
                "--start isometric with --hidden {} and --latent-dim {d}: hidden layers carry the identity in \
                 pairs of units of an activation with σ(u) − σ(−u) = u",
                self.hidden
            );
            let advice =
                "choose --hidden at least twice --latent-dim, and silu, gelu, softplus or relu";
            return bad(problem, advice);
        }
        Ok(())
    }

    /// Refuses losses that need more tasks than there are.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) naming the option.
    pub fn validate_for(&self, tasks: usize) -> Result<()> {
        self.validate()?;
        if self.method == MethodName::Auto {
            // alone, the target is learnt by stl
            let transfer = (tasks > 1).then(|| self.candidate(self.transfer)?.validate_for(tasks));
            return transfer.unwrap_or(Ok(()));
        }
        if self.method.pretrains() && tasks < 2 {
            let problem = format!(
                "--method {} learns from sources first, but the target is the only task",
                self.method.as_str()
            );
            return bad(problem, "give a source with --task, or choose --method stl");
        }
        if self.method.has_charts() && self.cocycle != 0.0 && tasks < 3 {
            let problem = format!("--cocycle with {tasks} tasks: it compares transitions of three");
            return bad(problem, "give at least two sources, or leave it out");
        }
        Ok(())
    }
}

impl ModelConfig {
    /// The configuration of `method` among those that `auto` weighs: its own defaults, with what differs here from
    /// the defaults of the transfer method.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the transfer method is `stl` or `auto` itself.
    pub fn candidate(&self, method: MethodName) -> Result<Self> {
        if matches!(self.transfer, MethodName::Auto | MethodName::Stl) {
            let problem = format!("--transfer {}: that is no transfer", self.transfer.as_str());
            let advice = "name what is to be weighed against stl, such as gate, geogate or mtl";
            return Err(Error::usage(problem, advice));
        }
        let table = |config: &Self| Table::try_from(config).expect("a configuration is a table");
        let preset = table(&Self::of(self.transfer));
        let given = table(self);
        let differs = |(key, value): &(String, Value)| preset.get(key) != Some(value);
        ModelOptions(given.into_iter().filter(differs).collect()).resolve(Some(method))
    }
}

fn bad(problem: impl Into<String>, advice: &str) -> Result<()> {
    Err(Error::usage(problem, advice))
}

fn wrong(error: toml::de::Error) -> Error {
    Error::option("", &error)
}

/// Options of the network that were given; for the rest, each method has its own defaults.
///
/// ```
/// use geogate::gate::config::{MethodName, ModelOptions};
/// let given: toml::Table = toml::from_str("lf_dim = 20")?;
/// let gear = ModelOptions::new(given).resolve(Some(MethodName::Gear))?;
/// assert_eq!((gear.latent_dim, gear.lf_dim), (8, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelOptions(Table);

impl ModelOptions {
    /// The options of a `[model]` section with some of its keys.
    pub fn new(given: Table) -> Self {
        Self(given)
    }

    /// The options that were given.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// These options with `over` laid over them.
    pub fn under(&self, over: Table) -> Self {
        let mut table = self.0.clone();
        table.extend(over);
        Self(table)
    }

    /// The effective configuration: the defaults of `method` (of the method given, or of `gate`, where
    /// it is none) under the options given.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a key or value that does not exist.
    pub fn resolve(&self, method: Option<MethodName>) -> Result<ModelConfig> {
        let named = |key: &str| {
            let name = self.0.get(key).cloned();
            name.map(|name| MethodName::deserialize(name).map_err(wrong))
        };
        let method = match (method, named(METHOD)) {
            (Some(method), _) => method,
            (None, Some(given)) => given?,
            (None, None) => MethodName::default(),
        };
        let defaults = match (method, named(TRANSFER)) {
            (MethodName::Auto, Some(transfer)) => ModelConfig {
                method,
                ..ModelConfig::of(transfer?)
            },
            _ => ModelConfig::of(method),
        };
        self.over(&defaults)
    }

    /// `defaults` under the options given, but with its method; errors as of [`Self::resolve`].
    pub fn over(&self, defaults: &ModelConfig) -> Result<ModelConfig> {
        let mut table = Table::try_from(defaults).expect("a configuration is a table");
        let given = self.0.iter().filter(|(key, _)| *key != METHOD);
        table.extend(given.map(|(key, value)| (key.clone(), value.clone())));
        ModelConfig::deserialize(Value::Table(table)).map_err(wrong)
    }
}

/// The key of the method.
const METHOD: &str = "method";
/// The key of the method that `auto` weighs against `stl`.
const TRANSFER: &str = "transfer";

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> ModelOptions {
        ModelOptions::new(toml::from_str(text).unwrap())
    }

    #[test]
    fn every_preset_is_valid_and_named() {
        for method in MethodName::ALL {
            let config = ModelConfig::of(method);
            assert_eq!(config.method, method);
            config.validate().unwrap();
        }
        assert_eq!(ModelConfig::of(MethodName::Gate), ModelConfig::default());
    }

    #[test]
    fn what_is_given_wins_over_the_methods_defaults() {
        let given = options("method = \"gear\"\nhidden = 7\nflat = 0.5");
        let gear = given.resolve(None).unwrap();
        let preset = ModelConfig::of(MethodName::Gear);
        assert_eq!((gear.method, gear.latent_dim), (MethodName::Gear, 8));
        assert_eq!((gear.hidden, gear.flat), (7, 0.5));
        assert_eq!(gear.curvature, preset.curvature);
        let gate = given.resolve(Some(MethodName::Gate)).unwrap();
        assert_eq!((gate.method, gate.latent_dim), (MethodName::Gate, 50));
        assert_eq!((gate.hidden, gate.flat), (7, 0.5));
        // resolving what is resolved changes nothing
        let whole = ModelOptions::new(Table::try_from(&gear).unwrap());
        assert_eq!(whole.resolve(None).unwrap(), gear);
        assert!(options("hiden = 7").resolve(None).is_err());
        assert!(options("method = \"gaet\"").resolve(None).is_err());
    }

    #[test]
    fn losses_that_do_not_exist_are_refused_by_name() {
        let refused = |text: &str, words: &[&str]| {
            let error = options(text).resolve(None).unwrap().validate().unwrap_err();
            let message = error.to_string();
            assert!(error.is_input());
            let named = words.iter().all(|word| message.contains(word));
            assert!(named, "{text}: {message}");
        };
        refused("curvature = 1.0", &["--curvature", "50", "zero"]);
        refused("curvature = 1.0\nlatent_dim = 1", &["--latent-dim 1"]);
        refused("affine = 1.0\nactivation = \"relu\"", &["--affine", "relu"]);
        refused("normal = 1.0\nepsilon = 0.0", &["--epsilon 0"]);
        refused("order2 = 1.0\nperturbations = 0", &["--perturbations 0"]);
        refused("flat = 1.0\ndropout = 0.1", &["--dropout"]);
        refused("isometry = -1.0", &["negative"]);
        refused("start = \"isometric\"\nhidden = 99", &["--hidden 99", "50"]);
        refused(
            "start = \"isometric\"\nactivation = \"tanh\"",
            &["--start isometric"],
        );
        let three = options("cocycle = 1.0").resolve(None).unwrap();
        assert!(three.validate_for(2).is_err() && three.validate_for(3).is_ok());
        let taught = options("").resolve(Some(MethodName::GspKd)).unwrap();
        let error = taught.validate_for(1).unwrap_err().to_string();
        assert!(error.contains("--method gsp-kd") && taught.validate_for(2).is_ok());
        // a method without charts has no use for them
        options("curvature = 1.0")
            .resolve(Some(MethodName::Mtl))
            .unwrap()
            .validate()
            .unwrap();
    }
}

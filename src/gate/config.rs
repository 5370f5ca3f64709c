//! Which method, and the sizes and weights of its network.

use serde::{Deserialize, Serialize};

use crate::nn::Readout;
use crate::nn::activation::Activation;

/// A way to learn the target with the help of the sources, or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodName {
    /// Single task: the target's labels alone.
    Stl,
    /// Multi-task with hard sharing: one embedding and encoder, a head per task.
    Mtl,
    /// The geometrically aligned transfer encoder of arXiv 2310.06369.
    #[default]
    Gate,
}

impl MethodName {
    /// Every method, in the order reports list them.
    pub const ALL: [Self; 3] = [Self::Stl, Self::Mtl, Self::Gate];

    /// The name on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stl => "stl",
            Self::Mtl => "mtl",
            Self::Gate => "gate",
        }
    }
}

/// Over which pairs of tasks the consistency and distance losses run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pairs {
    /// Every pair of tasks.
    #[default]
    All,
    /// Each source with the target.
    Target,
}

/// Along which directions the mapping loss sends predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mapping {
    /// From every source into the target.
    #[default]
    Target,
    /// Between every pair of tasks, in both directions.
    All,
}

/// By which charts a task is predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PredictBy {
    /// Its own: `head_t(z_t)`.
    #[default]
    Own,
    /// The mean of its own and of every chart that the mapping loss sends into it:
    /// `head_t(ψ_t(φ_s(z_s)))`.
    Charts,
}

/// The method and its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// The method.
    pub method: MethodName,
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
    /// Share of hidden units dropped in training, in `[0, 1)`.
    pub dropout: f64,
    /// Weight α of the autoencoder loss.
    pub alpha: f64,
    /// Weight β of the consistency loss.
    pub beta: f64,
    /// Weight γ of the mapping loss.
    pub gamma: f64,
    /// Weight δ of the distance loss.
    pub delta: f64,
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
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            method: MethodName::Gate,
            embedding: 100,
            depth: 3,
            readout: Readout::Norm,
            hidden: 100,
            latent_dim: 50,
            lf_dim: 50,
            activation: Activation::Silu,
            dropout: 0.0,
            alpha: 1.0,
            beta: 1.0,
            gamma: 1.0,
            delta: 1.0,
            epsilon: 0.1,
            perturbations: 2,
            pairs: Pairs::All,
            mapping: Mapping::Target,
            predict_by: PredictBy::Own,
        }
    }
}

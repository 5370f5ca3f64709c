//! Choices of a configuration, by name.

use serde::{Deserialize, Serialize};

use super::name::{Family, MethodName};

/// What the distance loss compares: see [`gate::contact`](crate::gate::contact).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// Squared lengths of finite random displacements, as in the paper.
    #[default]
    Perturb,
    /// Squared lengths of tangent vectors, exactly.
    Metric,
    /// Tangent vectors themselves.
    Vector,
}

/// What the second-order contact loss compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order2Kind {
    /// The tangential part of second derivatives.
    #[default]
    Connection,
    /// Second derivatives in full.
    Full,
}

/// Which curvature is matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CurvatureKind {
    /// The scalar curvature.
    #[default]
    Scalar,
    /// The Ricci tensor along random directions of the embedding.
    Ricci,
    /// The scalar curvature, estimated from random planes: for large d.
    Trace,
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
    /// The task's own: `head_t(z_t)`.
    #[default]
    Own,
    /// The mean of the task's own and of every chart that the mapping loss sends into it:
    Charts,
}

/// How much each source counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceWeights {
    /// All alike.
    #[default]
    Equal,
    /// By what the target's training labels lose or gain when they are predicted through the chart that the
    /// source teaches; a source of no use is off.
    Learned,
}

/// The map φ_t and ψ_t are before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Weights uniform in ±1/√(inputs of the layer).
    #[default]
    Random,
    /// φ_t the isometric embedding `z ↦ (z, 0)`, ψ_t its left inverse: every transition is the identity
    /// and every defect zero, until training bends the charts.
    Isometric,
}

/// What reads a task from the representation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// The network's own head.
    #[default]
    Network,
    /// A Gaussian process over views of the molecule: see [`gp`](crate::gp).
    Gp,
}

/// What a Gaussian process sees of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewName {
    /// The locally flat frame: `u_t = φ_t(E_t(x))`, of the task's own chart.
    Frame,
    /// The shared embedding x.
    Embedding,
    /// The latent chart: `z_t = E_t(x)`.
    Latent,
    /// Molecular descriptors.
    Descriptors,
    /// Counted circular substructures.
    Substructures,
    /// The table's numeric features.
    Features,
}

impl ViewName {
    /// The views by which a method is read, where no others are named: chosen on the tuning pairs of `paper-notes.md`.
    pub fn of(method: MethodName) -> Vec<Self> {
        let of_network = match method.entry().family {
            Family::Charts | Family::Choice => Some(Self::Frame),
            Family::Process | Family::Regression => None,
            Family::Shared | Family::Distilled => Some(Self::Embedding),
        };
        let of_row = [Self::Descriptors, Self::Features];
        of_network.into_iter().chain(of_row).collect()
    }

    /// Does a trained network show it?
    pub fn is_of_network(self) -> bool {
        matches!(self, Self::Frame | Self::Embedding | Self::Latent)
    }

    /// Does it take a method with charts?
    pub fn is_of_charts(self) -> bool {
        matches!(self, Self::Frame | Self::Latent)
    }

    /// The name in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Embedding => "embedding",
            Self::Latent => "latent",
            Self::Descriptors => "descriptors",
            Self::Substructures => "substructures",
            Self::Features => "features",
        }
    }
}

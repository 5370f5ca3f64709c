//! Choices of a configuration, by name.

use serde::{Deserialize, Serialize};

/// A way to learn the target with the help of the sources, or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodName {
    /// Single task: the target's labels alone.
    Stl,
    /// Multi-task with hard sharing: one embedding and encoder, a head per task.
    Mtl,
    /// Pre-training on the sources, then every weight fine-tuned to the target.
    FtAll,
    /// Pre-training on the sources, then only the target's head trained.
    FtHead,
    /// Knowledge distillation: latent vectors that a learned projection takes to a source-trained
    /// teacher's.
    Kd,
    /// Distillation of global structure: the pairwise distances of a source-trained teacher's latent vectors.
    GspKd,
    /// The geometrically aligned transfer encoder of arXiv 2310.06369.
    #[default]
    Gate,
    /// GATE with curved charts and matched scalar curvature, after arXiv 2506.13015.
    Gear,
    /// GATE with curved charts and exact contact of order 1.
    Geogate,
    /// GATE on the sources, then frozen, and the target added (arXiv 2409.16645).
    AddTask,
    /// Whichever of `stl` and a method of transfer an inner validation finds better.
    Auto,
}

impl MethodName {
    /// Every method that is a network of its own, in the order reports list them.
    pub const ALL: [Self; 10] = [
        Self::Stl,
        Self::Mtl,
        Self::FtAll,
        Self::FtHead,
        Self::Kd,
        Self::GspKd,
        Self::Gate,
        Self::Gear,
        Self::Geogate,
        Self::AddTask,
    ];

    /// The name on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stl => "stl",
            Self::Mtl => "mtl",
            Self::FtAll => "ft-all",
            Self::FtHead => "ft-head",
            Self::Kd => "kd",
            Self::GspKd => "gsp-kd",
            Self::Gate => "gate",
            Self::Gear => "gear",
            Self::Geogate => "geogate",
            Self::AddTask => "add-task",
            Self::Auto => "auto",
        }
    }

    /// Does it learn the sources before the target?
    pub fn pretrains(self) -> bool {
        matches!(
            self,
            Self::FtAll | Self::FtHead | Self::Kd | Self::GspKd | Self::AddTask
        )
    }

    /// Does it distil a source-trained teacher?
    pub fn distils(self) -> bool {
        matches!(self, Self::Kd | Self::GspKd)
    }

    /// Has every task a chart of its own, glued to the others through the LF frame?
    pub fn has_charts(self) -> bool {
        matches!(
            self,
            Self::Gate | Self::Gear | Self::Geogate | Self::AddTask
        )
    }
}

/// What the distance loss compares: see [`contact`](super::contact).
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
    /// Its own: `head_t(z_t)`.
    #[default]
    Own,
    /// The mean of its own and of every chart that the mapping loss sends into it:
    /// `head_t(ψ_t(φ_s(z_s)))`.
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

//! Which method, and the sizes and weights of its network.

use serde::{Deserialize, Serialize};

use super::choices::{
    CurvatureKind, Distance, Mapping, Order2Kind, Pairs, PredictBy, SourceWeights, Start,
};
use super::name::MethodName;
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
}

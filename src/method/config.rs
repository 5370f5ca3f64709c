//! Which method, the sizes of its network, and the weights of its losses.

use serde::{Deserialize, Serialize};

use super::choices::{
    CurvatureKind, Distance, Head, Mapping, Order2Kind, Pairs, PredictBy, SourceWeights, Start,
    ViewName,
};
use super::name::{Family, MethodName};
use super::needs::{NOTHING, Needs, SumOver};
use crate::nn::GraphReadout;
use crate::nn::activation::Activation;

/// The method and its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// The method.
    pub method: MethodName,
    /// The method that `auto` weighs against `stl`.
    pub transfer: MethodName,
    /// What reads a task: the network's head, or a Gaussian process over views.
    pub head: Head,
    /// The views of a Gaussian process; those that the rows or the method do not have are left out.
    pub views: Vec<ViewName>,
    /// Is every row that a Gaussian process learns from left out by one of the frames, so that errors and intervals are
    /// those of rows not seen?
    pub cross_fit: bool,
    /// How many frames are trained for that, each without its share of the labels.
    pub ensemble: usize,
    /// Width e of the shared embedding (and of the messages).
    pub embedding: usize,
    /// Rounds of the message passing, or hidden layers of the embedding of numeric features.
    pub depth: usize,
    /// Readout of the message passing.
    pub readout: GraphReadout,
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
    /// What the second-order contact loss compares.
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
            head: Head::Network,
            views: ViewName::of(MethodName::Gate),
            cross_fit: true,
            ensemble: 4,
            embedding: 100,
            depth: 3,
            readout: GraphReadout::Norm,
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

/// A loss with a weight of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// What a student is held to by its teacher.
    Distillation,
    /// `ψ_t ∘ φ_t` is the identity.
    Autoencoder,
    /// Two charts put a molecule on one point of the LF frame.
    Consistency,
    /// A source's chart predicts the target.
    Mapping,
    /// Lengths of small displacements, or their limit.
    Distance,
    /// Contact of order 2.
    Order2,
    /// Curvatures of the charts agree.
    Curvature,
    /// The metric of every chart is the identity.
    Flat,
    /// Transitions preserve lengths.
    Isometry,
    /// Transitions preserve geodesics.
    Affine,
    /// Geodesic steps keep their geodesic length under a transition.
    Normal,
    /// Three transitions form one atlas.
    Cocycle,
}

/// What is to be known of a loss: a row of [`LOSSES`].
#[derive(Clone, Copy)]
pub struct LossEntry {
    /// The loss.
    pub loss: Loss,
    /// The option that holds its weight.
    pub option: &'static str,
    /// Name of the loss in histories and messages.
    pub term: &'static str,
    /// What the weight is for, in a line of help.
    pub help: &'static str,
    /// What the loss sums over.
    pub sum: SumOver,
    /// Is the weight among the options that a search draws?
    pub tuned: bool,
    /// Weight of the loss under these options.
    pub weight: fn(&ModelConfig) -> f64,
    /// What the loss needs under these options, if its weight is not zero.
    pub needs: fn(&ModelConfig) -> Needs,
}

/// Of a transition's defect in the frames of its charts.
const OF_TRANSITIONS: Needs = Needs {
    jacobian: true,
    draws: true,
    fixed_chart: true,
    ..NOTHING
};

/// Every loss with a weight, in the order in which a step evaluates them; the regression has none.
///
/// This table is what validation, forward passes, flags, ablation and tuning go by. What evaluates a loss is in
/// [`gate`](crate::gate) and [`baseline`](crate::baseline).
pub const LOSSES: [LossEntry; 12] = [
    LossEntry {
        loss: Loss::Distillation,
        option: "distill",
        term: "distillation",
        help: "Weight of the distillation losses of kd and gsp-kd [default: 1]",
        sum: SumOver::Tasks,
        tuned: true,
        weight: |c| c.distill,
        needs: |_| NOTHING,
    },
    LossEntry {
        loss: Loss::Autoencoder,
        option: "alpha",
        term: "autoencoder",
        help: "Weight of the autoencoder loss [default: 1]",
        sum: SumOver::Tasks,
        tuned: true,
        weight: |c| c.alpha,
        needs: |_| NOTHING,
    },
    LossEntry {
        loss: Loss::Consistency,
        option: "beta",
        term: "consistency",
        help: "Weight of the consistency loss [default: 1]",
        sum: SumOver::Pairs,
        tuned: true,
        weight: |c| c.beta,
        needs: |_| NOTHING,
    },
    LossEntry {
        loss: Loss::Mapping,
        option: "gamma",
        term: "mapping",
        help: "Weight of the mapping loss [default: 1]",
        sum: SumOver::Labels,
        tuned: true,
        weight: |c| c.gamma,
        needs: |_| NOTHING,
    },
    LossEntry {
        loss: Loss::Distance,
        option: "delta",
        term: "distance",
        help: "Weight of the distance loss; gear has 0 [default: 1]",
        sum: SumOver::Pairs,
        tuned: true,
        weight: |c| c.delta,
        needs: |c| Needs {
            directions: c.distance != Distance::Perturb,
            draws: c.distance != Distance::Perturb,
            ..NOTHING
        },
    },
    LossEntry {
        loss: Loss::Order2,
        option: "order2",
        term: "order2",
        help: "Weight of the second-order contact loss [default: 0]",
        sum: SumOver::Pairs,
        tuned: false,
        weight: |c| c.order2,
        needs: |c| Needs {
            directions: true,
            partners: c.order2_kind == Order2Kind::Connection,
            second: true,
            draws: true,
            smooth: true,
            ..NOTHING
        },
    },
    LossEntry {
        loss: Loss::Curvature,
        option: "curvature",
        term: "curvature",
        help: "Weight of the loss of curvature differences; needs an LF frame of more dimensions than the charts; \
               gear has 1 [default: 0]",
        sum: SumOver::Pairs,
        tuned: true,
        weight: |c| c.curvature,
        needs: |c| Needs {
            directions: c.curvature_kind == CurvatureKind::Ricci,
            jacobian: c.curvature_kind != CurvatureKind::Scalar,
            hessian: c.curvature_kind == CurvatureKind::Ricci,
            draws: c.curvature_kind == CurvatureKind::Ricci,
            smooth: true,
            curved: true,
            fixed_chart: true,
            ..NOTHING
        },
    },
    LossEntry {
        loss: Loss::Flat,
        option: "flat",
        term: "flat",
        help: "Weight of the term that pulls every chart's metric to the identity; gear has 1 [default: 0]",
        sum: SumOver::Tasks,
        tuned: true,
        weight: |c| c.flat,
        needs: |_| Needs {
            jacobian: true,
            fixed_chart: true,
            ..NOTHING
        },
    },
    LossEntry {
        loss: Loss::Isometry,
        option: "isometry",
        term: "isometry",
        help: "Weight of the transitions' isometry defect [default: 0]",
        sum: SumOver::Transitions,
        tuned: false,
        weight: |c| c.isometry,
        needs: |_| OF_TRANSITIONS,
    },
    LossEntry {
        loss: Loss::Affine,
        option: "affine",
        term: "affine",
        help: "Weight of the transitions' affine defect [default: 0]",
        sum: SumOver::Transitions,
        tuned: false,
        weight: |c| c.affine,
        needs: |_| Needs {
            smooth: true,
            ..OF_TRANSITIONS
        },
    },
    LossEntry {
        loss: Loss::Normal,
        option: "normal",
        term: "normal",
        help: "Weight of the loss of geodesic steps and their geodesic lengths in the other chart [default: 0]",
        sum: SumOver::Transitions,
        tuned: false,
        weight: |c| c.normal,
        needs: |_| Needs {
            smooth: true,
            step: true,
            ..OF_TRANSITIONS
        },
    },
    LossEntry {
        loss: Loss::Cocycle,
        option: "cocycle",
        term: "cocycle",
        help: "Weight of the cocycle defect of three transitions; needs three tasks [default: 0]",
        sum: SumOver::Tasks,
        tuned: false,
        weight: |c| c.cocycle,
        needs: |_| Needs {
            tasks: 3,
            ..NOTHING
        },
    },
];

impl LossEntry {
    /// Has `method` this loss?
    pub fn is_of(&self, method: MethodName) -> bool {
        match self.loss {
            Loss::Distillation => method.distils(),
            _ => method.has_charts(),
        }
    }

    /// The losses of a configuration's method whose weight is not zero.
    pub fn used(config: &ModelConfig) -> impl Iterator<Item = &'static Self> {
        let used = |entry: &&Self| entry.is_of(config.method) && (entry.weight)(config) != 0.0;
        LOSSES.iter().filter(used)
    }

    /// The loss whose weight is this option.
    pub fn of_option(option: &str) -> Option<&'static Self> {
        LOSSES.iter().find(|entry| entry.option == option)
    }
}

impl ModelConfig {
    /// Is it read by a Gaussian process?
    pub fn reads_by_gp(&self) -> bool {
        match self.method.entry().family {
            Family::Process => true,
            Family::Regression => false,
            _ => self.head == Head::Gp,
        }
    }

    /// All that its losses need together.
    pub fn needs(&self) -> Needs {
        let each = LossEntry::used(self).map(|entry| (entry.needs)(self));
        each.fold(NOTHING, Needs::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_needed_for_the_papers_losses() {
        assert_eq!(ModelConfig::default().needs(), NOTHING);
        let exact = ModelConfig {
            distance: Distance::Metric,
            order2: 1.0,
            ..ModelConfig::default()
        };
        let needs = exact.needs();
        assert!(needs.directions && needs.partners && needs.second && !needs.jacobian);
    }
}

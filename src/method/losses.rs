//! The losses that have a weight: what they are called, what they need, and when they exist.
//!
//! This table is what validation, forward passes, flags, ablation and tuning go by. The regression, which every
//! method has and which has no weight, is not in it. What evaluates a loss is in [`gate`](crate::gate) and
//! [`baseline`](crate::baseline), which take the losses in the order of the table.

use super::choices::{CurvatureKind, Distance, Order2Kind};
use super::config::ModelConfig;
use super::name::MethodName;

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

/// What a loss is a sum over, each part a mean over the molecules of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumOver {
    /// Tasks, or triples of them.
    Tasks,
    /// Unordered pairs of tasks.
    Pairs,
    /// Transitions s → t.
    Transitions,
    /// Transitions s → t, over the molecules labelled for t.
    Labels,
}

/// What the losses need of the forward pass and of the network's options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Derivatives of F along random directions v of the embedding.
    pub directions: bool,
    /// Derivatives along a second set of directions, partners of v.
    pub partners: bool,
    /// Second derivatives along v.
    pub second: bool,
    /// First derivatives of φ by the latent coordinates.
    pub jacobian: bool,
    /// Second derivatives of φ by the latent coordinates.
    pub hessian: bool,
    /// Random directions of any kind, so at least one of them.
    pub draws: bool,
    /// An activation whose second derivative is not zero.
    pub smooth: bool,
    /// A chart that can be curved: d ≥ 2 and m > d.
    pub curved: bool,
    /// A chart of fixed weights: no dropout.
    pub fixed_chart: bool,
    /// Steps of a length above zero.
    pub step: bool,
    /// Tasks, at least so many.
    pub tasks: usize,
}

/// What is to be known of a loss: a row of [`LOSSES`].
#[derive(Clone, Copy)]
pub struct LossEntry {
    /// The loss.
    pub loss: Loss,
    /// The option that holds its weight.
    pub option: &'static str,
    /// Its name in histories and messages.
    pub term: &'static str,
    /// What its weight is for, in a line of help.
    pub help: &'static str,
    /// Which sum it is.
    pub sum: SumOver,
    /// Is its weight among the options that a search draws?
    pub tuned: bool,
    /// Its weight.
    pub weight: fn(&ModelConfig) -> f64,
    /// What it needs under these options, if its weight is not zero.
    pub needs: fn(&ModelConfig) -> Needs,
}

const NOTHING: Needs = Needs {
    directions: false,
    partners: false,
    second: false,
    jacobian: false,
    hessian: false,
    draws: false,
    smooth: false,
    curved: false,
    fixed_chart: false,
    step: false,
    tasks: 0,
};

/// Of a transition's defect in the frames of its charts.
const OF_TRANSITIONS: Needs = Needs {
    jacobian: true,
    draws: true,
    fixed_chart: true,
    ..NOTHING
};

/// Every loss, in the order in which a step evaluates them.
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
        help: "Weight of the distance loss; gear has 0, geogate 1000 [default: 1]",
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
            jacobian: true,
            hessian: c.curvature_kind != CurvatureKind::Trace,
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
    /// The weight of a loss, whether or not the method has it.
    pub fn weight(&self, loss: Loss) -> f64 {
        let of_loss = LOSSES.iter().find(|entry| entry.loss == loss);
        of_loss.map_or(0.0, |entry| (entry.weight)(self))
    }
}

impl Needs {
    /// All that the losses of a configuration need together.
    pub fn of(config: &ModelConfig) -> Self {
        let each = LossEntry::used(config).map(|entry| (entry.needs)(config));
        each.fold(NOTHING, |a, b| Self {
            directions: a.directions || b.directions,
            partners: a.partners || b.partners,
            second: a.second || b.second,
            jacobian: a.jacobian || b.jacobian,
            hessian: a.hessian || b.hessian,
            draws: a.draws || b.draws,
            smooth: a.smooth || b.smooth,
            curved: a.curved || b.curved,
            fixed_chart: a.fixed_chart || b.fixed_chart,
            step: a.step || b.step,
            tasks: a.tasks.max(b.tasks),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_options_of_the_network() {
        let table = toml::Table::try_from(ModelConfig::default()).unwrap();
        for entry in &LOSSES {
            let weight = (entry.weight)(&ModelConfig::default());
            assert_eq!(table[entry.option].as_float(), Some(weight));
            assert!(entry.help.contains(&format!("[default: {weight}]")));
        }
    }

    #[test]
    fn nothing_is_needed_for_the_papers_losses() {
        assert_eq!(Needs::of(&ModelConfig::default()), NOTHING);
        let exact = ModelConfig {
            distance: Distance::Metric,
            order2: 1.0,
            ..ModelConfig::default()
        };
        let needs = Needs::of(&exact);
        assert!(needs.directions && needs.partners && needs.second && !needs.jacobian);
    }
}

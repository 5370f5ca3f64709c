//! What has to be pushed forward for the losses that are asked for.

use super::directions;
use crate::autograd::{Tape, Var};
use crate::method::ModelConfig;
use crate::random::Stream;
use crate::tensor::Real;

/// What has to be pushed forward through encoder and φ for the losses that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gate) struct ContactPlan {
    /// Directions v.
    pub(super) directions: usize,
    /// Directions w, partners of v.
    pub(super) partners: usize,
    /// Second derivatives along v.
    pub(super) second: bool,
    /// First derivatives of φ by the latent coordinates.
    pub(super) jacobian: bool,
    /// Second derivatives of φ by the latent coordinates.
    pub(super) hessian: bool,
}

impl ContactPlan {
    /// The plan for what the losses of a configuration need; none where a plain forward pass will do.
    pub(in crate::gate) fn new(config: &ModelConfig) -> Option<Self> {
        let needs = config.needs();
        // a curvature has derivatives of its own, but the scale is to be seen beside it
        if !needs.directions && !needs.jacobian && !needs.curved {
            return None;
        }
        let count = |needed: bool, otherwise| {
            if needed {
                config.perturbations
            } else {
                otherwise
            }
        };
        Some(Self {
            // one direction for the scale, where no loss asks for any
            directions: count(needs.directions, 1),
            partners: count(needs.partners, 0),
            second: needs.second,
            jacobian: needs.jacobian,
            hessian: needs.hessian,
        })
    }

    /// The directions v, then their partners w.
    pub(in crate::gate) fn draw<T: Real>(
        &self,
        tape: &mut Tape<T>,
        x: Var,
        noise: &mut Stream,
    ) -> Vec<Var> {
        let (rows, e) = tape.shape(x);
        (0..self.directions + self.partners)
            .map(|_| tape.constant(&directions::unit_vectors(rows, e, noise)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::Distance;

    #[test]
    fn nothing_is_pushed_forward_for_the_papers_losses() {
        let config = ModelConfig::default();
        assert_eq!(ContactPlan::new(&config), None);
        let exact = ModelConfig {
            distance: Distance::Metric,
            ..config
        };
        let plan = ContactPlan::new(&exact).unwrap();
        assert_eq!((plan.directions, plan.jacobian), (2, false));
    }
}

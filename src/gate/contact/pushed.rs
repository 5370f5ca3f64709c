//! The derivatives of a task's map into the LF frame, pushed forward with its value.

use super::plan::ContactPlan;
use crate::autograd::jet::{DirectionPair, Jet, symmetric_pairs};
use crate::autograd::{Tape, Var};
use crate::gate::module::TaskModule;
use crate::geometry::conventions::pairs;
use crate::nn::Pass;
use crate::tensor::{Real, Tensor};

/// Derivatives of one task's encoder E, transfer φ and `F = φ ∘ E` at the molecules.
pub(in crate::gate) struct Pushed {
    /// F_v, `[rows, m]` for each v.
    pub(super) first: Vec<Var>,
    /// F_w for the partners w of v.
    pub(super) partners: Vec<Var>,
    /// F_vv.
    pub(super) second: Vec<Var>,
    /// E_v, `[rows, d]`.
    pub(super) latent: Vec<Var>,
    /// The jet through φ and the part of it that is by latent coordinates.
    jet: Jet,
    plan: ContactPlan,
    latent_dim: usize,
}

/// Latent vectors `[rows, d]`, their images in the LF frame `[rows, m]`, and the derivatives: the
/// value block of the jet is the forward pass itself.
pub(in crate::gate) fn push<T: Real>(
    pass: &mut Pass<'_, T>,
    module: &TaskModule,
    (x, directions): (Var, &[Var]),
    plan: ContactPlan,
) -> (Var, Var, Pushed) {
    let pure: Vec<DirectionPair> = (0..plan.directions)
        .filter(|_| plan.second)
        .map(|k| (k, k))
        .collect();
    let jet = Jet::along(pass.tape, x, directions, &pure);
    let jet = module.encoder.forward_jet(pass, jet);
    let z = jet.value(pass.tape);
    let latent = (0..plan.directions).map(|k| jet.first(pass.tape, k));
    let latent = latent.collect();
    let (rows, d) = pass.tape.shape(z);
    let jet = if plan.jacobian {
        let of_axes = if plan.hessian {
            symmetric_pairs(d)
        } else {
            Vec::new()
        };
        let axes = pass.tape.constant(&axes(rows, d));
        jet.extended(pass.tape, (axes, d), &of_axes)
    } else {
        jet
    };
    let jet = module.transfer.forward_jet(pass, jet);
    let u = jet.value(pass.tape);
    let v = plan.directions;
    let first = (0..v).map(|k| jet.first(pass.tape, k)).collect();
    let partners = v..v + plan.partners;
    let partners = partners.map(|k| jet.first(pass.tape, k)).collect();
    let second = (0..pure.len()).map(|k| jet.second(pass.tape, k)).collect();
    let pushed = Pushed {
        first,
        partners,
        second,
        latent,
        jet,
        plan,
        latent_dim: d,
    };
    (z, u, pushed)
}

/// The coordinate directions of R^d at every row, `[d · rows, d]`.
pub(super) fn axes<T: Real>(rows: usize, d: usize) -> Tensor<T> {
    Tensor::from_fn(
        d * rows,
        d,
        |at, j| {
            if at / rows == j { T::ONE } else { T::ZERO }
        },
    )
}

impl Pushed {
    /// `J_k = ∂_k φ`, `[d · rows, m]`, with d.
    ///
    /// # Panics
    /// If the plan had no Jacobian.
    pub(in crate::gate) fn jacobian<T: Real>(&self, tape: &mut Tape<T>) -> (Var, usize) {
        assert!(self.plan.jacobian, "the plan has a Jacobian");
        let from = self.plan.directions + self.plan.partners;
        let j = self.jet.firsts(tape, from, from + self.latent_dim);
        (j, self.latent_dim)
    }

    /// `H_ij = ∂_i ∂_j φ`, i ≤ j, `[d(d+1)/2 · rows, m]`, in the order of the conventions.
    ///
    /// # Panics
    /// If the plan had no second derivatives.
    pub(super) fn hessian<T: Real>(&self, tape: &mut Tape<T>) -> Var {
        assert!(self.plan.hessian, "the plan has second derivatives");
        let (from, d) = (self.second.len(), self.latent_dim);
        self.jet.seconds_between(tape, from, from + pairs(d))
    }
}

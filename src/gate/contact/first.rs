//! Contact of order 1: the images of tangent vectors of the embedding.
//!
//! ```text
//! metric   (⟨F_s,v , F_s,v⟩ − ⟨F_t,v , F_t,v⟩)²        one length: DF_s = Q(x) DF_t, Q orthogonal
//! vector   |F_s,v − F_t,v|²                            one image: Q = 1
//! ```
//!
//! averaged over molecules and random unit vectors v of R^e. The metric loss is the limit of the
//! paper's distance loss: with `Δ = DF_sᵀDF_s − DF_tᵀDF_t`, `(D_s − D_t)²/ε⁴ → (ηᵀΔη)²` with an error
//! of order ε, and over Gaussian η the mean is e(e + 2) times that over unit v. So δ = 1 here weighs
//! as `1/(ε⁴ e(e + 2))` there.

use super::matched;
use crate::autograd::{Tape, Var};
use crate::gate::context::{Coupling, LossContext};
use crate::method::Distance;
use crate::tensor::Real;

/// The exact distance loss, summed over pairs; none without directions.
pub(super) fn distance<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    pairs: &[Coupling],
    kind: Distance,
) -> Option<Var> {
    let of_task: Vec<Vec<Var>> = (0..context.tasks.len())
        .map(|t| {
            let first = context.pushed(t).first.iter();
            match kind {
                Distance::Metric => first.map(|&v| tape.row_dot(v, v)).collect(),
                Distance::Vector | Distance::Perturb => first.copied().collect(),
            }
        })
        .collect();
    matched(tape, context, &of_task, pairs)
}

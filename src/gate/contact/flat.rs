//! The metric term of curvature matching (arXiv 2506.13015): every chart's metric pulled to the
//! identity, `Σ_t mean ‖φ_t* δ − 1‖²_F` at the molecules.

use super::{mean_of, mean_square_length};
use crate::autograd::{Tape, Var};
use crate::gate::context::LossContext;
use crate::tensor::{Real, Tensor};

/// `Σ_t mean_i ‖g_t(z_i) − 1‖²_F`.
pub(super) fn defect<T: Real>(tape: &mut Tape<T>, context: &LossContext<'_, T>) -> Option<Var> {
    let mut parts = Vec::new();
    for t in context.learning() {
        let (jacobian, d) = context.pushed(t).jacobian(tape);
        let g = tape.pullback_metric(jacobian, d);
        let rows = tape.shape(g).0;
        let identity = |_, at: usize| {
            if at / d == at % d { T::ONE } else { T::ZERO }
        };
        let identity = tape.constant(&Tensor::from_fn(rows, d * d, identity));
        let difference = tape.sub(g, identity);
        let mean = mean_square_length(tape, difference, &[]);
        parts.push(context.of_task(tape, t, mean));
    }
    mean_of(tape, &parts, 1)
}

//! Contact of order 2: the accelerations of the images of straight lines of the embedding.
//!
//! ```text
//! connection   (⟨F_s,vv , F_s,w⟩ − ⟨F_t,vv , F_t,w⟩)²    tangential part, v and w independent
//! full         |F_s,vv − F_t,vv|²                        with the normal part
//! ```
//!
//! averaged over molecules and random unit vectors of R^e. The first is invariant under rotations of
//! either frame: it compares Γ_{w,vv}, the connections pulled back to the embedding.

use super::matched;
use crate::autograd::{Tape, Var};
use crate::gate::context::{Coupling, LossContext};
use crate::method::Order2Kind;
use crate::tensor::Real;

/// The second-order loss, summed over pairs; none without directions.
pub(super) fn order2<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    pairs: &[Coupling],
    kind: Order2Kind,
) -> Option<Var> {
    let of_task: Vec<Vec<Var>> = (0..context.tasks.len())
        .map(|t| {
            let pushed = context.pushed(t);
            let with_partner = pushed.second.iter().zip(&pushed.partners);
            match kind {
                Order2Kind::Connection => with_partner.map(|(&a, &w)| tape.row_dot(a, w)).collect(),
                Order2Kind::Full => pushed.second.clone(),
            }
        })
        .collect();
    matched(tape, context, &of_task, pairs)
}

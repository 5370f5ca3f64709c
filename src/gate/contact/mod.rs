//! Contact losses: exact geometry of the tasks' maps into the locally flat frame, on the tape.
//!
//! `F_t = φ_t ∘ encoder_t : x ∈ R^e → u ∈ R^m` is a task's map from the shared embedding into the LF
//! frame, `g_t = φ_t* δ` the metric of its latent chart, `τ_{s→t} = ψ_t ∘ φ_s` the transition. Two
//! tasks' maps are in contact of order k at x when their derivatives agree through order k. Every
//! loss is a mean over the molecules of a step of a function of derivatives, pushed forward as jets
//! and differentiated in reverse: no finite differences, no ε where there is no step.
//!
//! | file | loss | zero when |
//! |---|---|---|
//! | `first` | `metric`, `vector` | tangent vectors of the embedding have one length, one image |
//! | `second` | `order2`: `connection`, `full` | accelerations agree tangentially, entirely |
//! | `curvature` | `curvature`: `scalar`, `ricci`, `trace` | the charts' intrinsic curvatures agree |
//! | `normal` | `normal` | geodesic steps keep their geodesic length under τ |
//! | `transition` | `isometry`, `affine`, `cocycle` | τ keeps lengths, geodesics; three charts form one atlas |
//! | `flat` | `flat` | a chart's own metric is the identity |
//!
//! **Random directions.** Unit vectors v ∈ R^e and a ∈ R^d are drawn per molecule and step,
//! `perturbations` of each, the same for all tasks. A unit vector a becomes a unit vector of a chart's
//! metric through its orthonormal frame, `L⁻ᵀ a` with `g = L Lᵀ`.
//!
//! **Pairs and transitions.** Sums over unordered pairs (first, second, curvature) and over the transitions of the
//! mapping (normal, isometry, affine) are normalised like those of the paper's losses.
//!
//! **Shrinking.** Losses of F's derivatives vanish for a constant F, so a fall of a loss says
//! nothing by itself: the history has a column `scale` with the mean of `⟨F_v, F_v⟩` over molecules,
//! directions and tasks. The isometry, affine and normal losses are relative to g_s already.
//!
//! **Degenerate points.** A molecule at which a metric cannot be inverted (see
//! [`Tape::frame_factor`]) is left out of the loss that needs the inverse; the column `degenerate` of
//! the history is the share of such points, and a step at which a chart is degenerate at every
//! molecule is an error with its singular values.

mod curvature;
mod directions;
mod first;
mod flat;
pub(super) mod frame;
pub mod geodesic;
pub mod length;
mod normal;
mod plan;
pub(super) mod pushed;
mod second;
mod transition;

pub(super) use plan::ContactPlan;
pub(super) use pushed::push;

use super::context::{Coupling, Evaluation, LossContext};
use crate::autograd::{Tape, Var};
use crate::method::{Loss, Term};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::{Real, Tensor, reduce};

/// A contact loss before its weight, readings that go with it left with the evaluation.
///
/// # Panics
/// If the loss is none of derivatives or of transitions.
pub(super) fn value<T: Real>(
    of: &mut Evaluation<'_, T>,
    pass: &mut Pass<'_, T>,
    loss: Loss,
    noise: &mut Stream,
) -> Option<Var> {
    let (context, config) = (of.context, of.config);
    let pairs = &of.couplings.pairs;
    match loss {
        Loss::Distance => first::distance(pass.tape, context, pairs, config.distance),
        Loss::Order2 => second::order2(pass.tape, context, pairs, config.order2_kind),
        Loss::Curvature => curvature::matching(pass, context, pairs, config.curvature_kind, noise),
        Loss::Flat => flat::defect(pass.tape, context),
        Loss::Cocycle => transition::cocycle(pass, context),
        Loss::Isometry | Loss::Affine | Loss::Normal => {
            let transitions = &of.couplings.transitions;
            let at = transition::TransitionSetting {
                context,
                charts: of.charts(pass.tape),
                transitions,
            };
            let directions = config.perturbations;
            match loss {
                Loss::Isometry => transition::isometry(pass, &at, directions, noise),
                Loss::Affine => transition::affine(pass, &at, directions, noise),
                _ => {
                    let found = normal::steps(pass, &at, directions, config.epsilon, noise);
                    let residual = Term::reading("geodesic_residual", found.residual);
                    of.readings.push(residual);
                    found.value
                }
            }
        }
        Loss::Distillation | Loss::Autoencoder | Loss::Consistency | Loss::Mapping => {
            unreachable!("{loss:?} is no contact loss")
        }
    }
}

/// A shard's part of the mean of `⟨F_v, F_v⟩` over molecules, directions and tasks; none where nothing is pushed
/// forward.
pub(super) fn scale<T: Real>(tape: &mut Tape<T>, context: &LossContext<'_, T>) -> Option<Var> {
    let mut sum = 0.0;
    let mut vectors = 0;
    for latent in context.latents {
        for &first in &latent.pushed.as_ref()?.first {
            let f = tape.value(first);
            sum += reduce::sum_of_squares(f.as_slice()).to_f64();
            vectors += f.rows();
        }
    }
    let mean = sum / vectors.max(1) as f64;
    Some(tape.constant(&Tensor::scalar(T::from_f64(mean * context.batch.share))))
}

/// Mean over the rows of the squared lengths of the rows of `a`; the rows in `left_out` count as
/// zero.
fn mean_square_length<T: Real>(tape: &mut Tape<T>, a: Var, left_out: &[usize]) -> Var {
    let (rows, cols) = tape.shape(a);
    let mut kept = a;
    if !left_out.is_empty() {
        let mut mask = Tensor::from_fn(rows, cols, |_, _| T::ONE);
        for &i in left_out {
            mask.row_mut(i).fill(T::ZERO);
        }
        let mask = tape.constant(&mask);
        kept = tape.mul(a, mask);
    }
    let mean = tape.mean_square(kept);
    tape.scale(mean, T::from_f64(cols as f64))
}

/// `Σ_pairs mean |a_s − a_t|²`, averaged over the directions along which every task has an a, one
/// list a task; none without directions.
fn matched<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    of_task: &[Vec<Var>],
    pairs: &[Coupling],
) -> Option<Var> {
    let mut parts = Vec::new();
    for &Coupling { s, t } in pairs {
        for (&a, &b) in of_task[s].iter().zip(&of_task[t]) {
            let difference = tape.sub(a, b);
            let mean = mean_square_length(tape, difference, &[]);
            parts.push(context.of_pair(tape, Coupling { s, t }, mean));
        }
    }
    mean_of(tape, &parts, of_task[0].len())
}

/// The rows that are in any of the lists, ascending.
fn union<'a>(lists: impl IntoIterator<Item = &'a Vec<usize>>) -> Vec<usize> {
    let mut rows: Vec<usize> = lists.into_iter().flatten().copied().collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The sum of some 1 × 1 variables, over `count`; none for none.
pub(super) fn mean_of<T: Real>(tape: &mut Tape<T>, parts: &[Var], count: usize) -> Option<Var> {
    let weight = T::from_f64(1.0 / count.max(1) as f64);
    let terms: Vec<(Var, T)> = parts.iter().map(|&part| (part, weight)).collect();
    (!terms.is_empty()).then(|| tape.combination(&terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_left_out_of_a_mean() {
        let mut tape = Tape::<f64>::new();
        let a = tape.constant(&Tensor::from_vec(
            3,
            2,
            vec![1.0, 2.0, 100.0, 0.0, 3.0, 4.0],
        ));
        let mean = mean_square_length(&mut tape, a, &[1]);
        assert!((tape.value(mean).to_scalar() - 30.0 / 3.0).abs() < 1e-15);
        assert_eq!(union([&vec![4, 2], &vec![2, 0]]), [0, 2, 4]);
    }
}

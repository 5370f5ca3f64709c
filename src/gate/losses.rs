//! The five losses of the paper, on the tape.
//!
//! For tasks s, t, with `z_t` the latent vectors and `u_t = φ_t(z_t)` their images in the locally
//! flat (LF) frame, over a batch of molecules:
//!
//! ```text
//! regression    Σ_t  MSE(head_t(z_t), y_t)                                  labelled molecules
//! autoencoder   Σ_t  MSE(ψ_t(u_t), z_t)
//! consistency   Σ_pairs  MSE(u_s, u_t)
//! mapping       Σ_{s→t}  MSE(head_t(ψ_t(u_s)), y_t)                         labelled molecules
//! distance      Σ_pairs  MSE(D_s, D_t),   D_t = ‖F_t(x + ε η) − F_t(x)‖²,   F_t = φ_t ∘ encoder_t
//! total         regression + α autoencoder + β consistency + γ mapping + δ distance
//! ```
//!
//! Regression and mapping may take Huber's loss instead of squares: see [`LabelLoss`](crate::method::LabelLoss).
//!
//! The distance loss has two exact forms, and further losses compare derivatives of the F_t: see
//! [`contact`](super::contact).
//!
//! Pair sums are divided by the number of pairs and multiplied by the number of sources N − 1, so
//! that "every pair" and "each source with the target" have one size, and N = 2 is the paper.
//!
//! Where sources have [weights](super::Gate::weighted), what belongs to a task or a pair is multiplied by them.
//!
//! Where tasks are frozen ([addition](super::addition)), regression and autoencoder run over the others, and
//! what is frozen is a constant to the rest.

use super::contact;
use super::context::{Coupling, Couplings, Evaluation, LossContext, TaskLatents};
use crate::autograd::{Tape, Var};
use crate::method::{Distance, Loss, LossEntry, ModelConfig, Term};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::Real;

impl<T: Real> LossContext<'_, T> {
    /// `Σ_i w_i h(p_i − y_i)` of task t, h the square or Huber's.
    fn error(&self, tape: &mut Tape<T>, prediction: Var, t: usize) -> Var {
        let column = self.selection.tasks[t];
        self.batch.error(tape, prediction, column)
    }
}

/// The regression and every loss whose weight is not zero, with the readings of those of derivatives.
pub(super) fn terms<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
    config: &ModelConfig,
    noise: &mut Stream,
) -> Vec<Term> {
    let couplings = Couplings::new(context, config);
    let mut evaluation = Evaluation::new(context, &couplings, config);
    let mut terms = vec![Term {
        name: "regression",
        value: regression(pass, context),
        weight: 1.0,
    }];
    for entry in LossEntry::used(config) {
        let weight = (entry.weight)(config) * couplings.factor(entry.sum);
        if weight == 0.0 {
            // one task alone has no pairs
            continue;
        }
        let value = value(&mut evaluation, pass, entry.loss, noise);
        let name = entry.term;
        terms.extend(value.map(|value| Term {
            name,
            value,
            weight,
        }));
        terms.append(&mut evaluation.readings);
    }
    let scale = contact::scale(pass.tape, context);
    terms.extend(scale.map(|value| Term::reading("scale", value)));
    terms
}

/// A loss before its weight; none where there is nothing to compare.
fn value<T: Real>(
    of: &mut Evaluation<'_, T>,
    pass: &mut Pass<'_, T>,
    loss: Loss,
    noise: &mut Stream,
) -> Option<Var> {
    let (context, pairs) = (of.context, &of.couplings.pairs);
    match loss {
        Loss::Autoencoder => autoencoder(pass, context),
        Loss::Consistency => consistency(pass.tape, context, pairs),
        Loss::Mapping => mapping(pass, context, &of.couplings.transitions),
        Loss::Distance if of.config.distance == Distance::Perturb => {
            distance(pass.tape, context, pairs, of.config.perturbations)
        }
        _ => contact::value(of, pass, loss, noise),
    }
}

/// `Σ_t Σ_i w_i h(head_t(z_t) − y_t)`, h the square or Huber's.
fn regression<T: Real>(pass: &mut Pass<'_, T>, context: &LossContext<'_, T>) -> Var {
    let mut errors = Vec::new();
    for t in context.learning() {
        let prediction = context.tasks[t].head.forward(pass, context.latents[t].z);
        let error = context.error(pass.tape, prediction, t);
        errors.push(context.of_task(pass.tape, t, error));
    }
    sum(pass.tape, &errors).expect("a model has a task")
}

/// `Σ_t mean (ψ_t(u_t) − z_t)²`.
fn autoencoder<T: Real>(pass: &mut Pass<'_, T>, context: &LossContext<'_, T>) -> Option<Var> {
    let mut errors = Vec::new();
    for t in context.learning() {
        let latent = &context.latents[t];
        let back = context.tasks[t].inverse.forward(pass, latent.u);
        let error = pass.tape.mean_square_difference(back, latent.z);
        errors.push(context.of_task(pass.tape, t, error));
    }
    sum(pass.tape, &errors)
}

/// `Σ_pairs mean (u_s − u_t)²`.
fn consistency<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    pairs: &[Coupling],
) -> Option<Var> {
    let error = |&Coupling { s, t }: &Coupling| {
        let error = tape.mean_square_difference(context.latents[s].u, context.latents[t].u);
        context.of_pair(tape, Coupling { s, t }, error)
    };
    let errors: Vec<Var> = pairs.iter().map(error).collect();
    sum(tape, &errors)
}

/// `Σ_{s→t} Σ_i w_i h(head_t(ψ_t(u_s)) − y_t)`, h the square or Huber's.
fn mapping<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
    transitions: &[Coupling],
) -> Option<Var> {
    let mut errors = Vec::new();
    for &Coupling { s, t } in transitions {
        let z = context.tasks[t].inverse.forward(pass, context.latents[s].u);
        let prediction = context.tasks[t].head.forward(pass, z);
        let error = context.error(pass.tape, prediction, t);
        errors.push(context.of_pair(pass.tape, Coupling { s, t }, error));
    }
    sum(pass.tape, &errors)
}

/// `Σ_pairs mean (D_s − D_t)²` over molecules and perturbations.
fn distance<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    pairs: &[Coupling],
    perturbations: usize,
) -> Option<Var> {
    if perturbations == 0 {
        return None;
    }
    let squared_lengths = |tape: &mut Tape<T>, latent: &TaskLatents| {
        let moved = latent
            .moved
            .expect("the distance loss has perturbed copies");
        let pivots = tape.concat_rows(&vec![latent.u; perturbations]);
        tape.row_square_distance(moved, pivots) // [rows · perturbations, 1]
    };
    let lengths: Vec<Var> = context
        .latents
        .iter()
        .map(|latent| squared_lengths(tape, latent))
        .collect();
    let error = |&Coupling { s, t }: &Coupling| {
        let error = tape.mean_square_difference(lengths[s], lengths[t]);
        context.of_pair(tape, Coupling { s, t }, error)
    };
    let errors: Vec<Var> = pairs.iter().map(error).collect();
    sum(tape, &errors)
}

fn sum<T: Real>(tape: &mut Tape<T>, parts: &[Var]) -> Option<Var> {
    contact::mean_of(tape, parts, 1)
}

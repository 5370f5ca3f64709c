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

use super::contact::{self, Chart, Pushed};
use super::network::{TaskModule, TaskSelection};
use crate::autograd::{Tape, Var};
use crate::method::{Batch, Distance, Loss, LossEntry, Mapping, ModelConfig, Pairs, SumOver, Term};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::Real;

/// Where one task puts the molecules.
pub(super) struct Latents {
    /// Latent vectors, `[rows, d]`.
    pub(super) z: Var,
    /// Their images in the LF frame, `[rows, m]`.
    pub(super) u: Var,
    /// The images of the perturbed copies, one set after the other.
    pub(super) moved: Option<Var>,
    /// Derivatives of the task's map, where a loss asks for them.
    pub(super) pushed: Option<Pushed>,
}

/// What the losses look at.
pub(super) struct LossContext<'a, T> {
    pub(super) tasks: &'a [&'a TaskModule],
    pub(super) selection: &'a TaskSelection,
    pub(super) latents: &'a [Latents],
    pub(super) batch: &'a Batch<T>,
}

impl<T> LossContext<'_, T> {
    /// The derivatives of task t.
    ///
    /// # Panics
    /// If no loss asks for any.
    pub(super) fn pushed(&self, t: usize) -> &Pushed {
        let pushed = self.latents[t].pushed.as_ref();
        pushed.expect("a loss of derivatives has them pushed forward")
    }

    /// A part of a loss that belongs to task t, times its weight.
    pub(super) fn of_task<R: Real>(&self, tape: &mut Tape<R>, t: usize, part: Var) -> Var {
        weighted(tape, part, self.selection.weights[t])
    }

    /// A part of a loss that belongs to two tasks, times their weights.
    pub(super) fn of_pair<R: Real>(
        &self,
        tape: &mut Tape<R>,
        pair: (usize, usize),
        part: Var,
    ) -> Var {
        let weights = &self.selection.weights;
        weighted(tape, part, weights[pair.0] * weights[pair.1])
    }

    /// The tasks that learn.
    pub(super) fn learning(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.tasks.len()).filter(|&t| self.selection.learn[t])
    }
}

/// The value itself where it counts once.
fn weighted<T: Real>(tape: &mut Tape<T>, part: Var, weight: f64) -> Var {
    if weight == 1.0 {
        return part;
    }
    tape.scale(part, T::from_f64(weight))
}

impl<T: Real> LossContext<'_, T> {
    /// `Σ_i w_i h(p_i − y_i)` of task t, h the square or Huber's.
    fn error(&self, tape: &mut Tape<T>, prediction: Var, t: usize) -> Var {
        let column = self.selection.tasks[t];
        self.batch.error(tape, prediction, column)
    }
}

/// How the molecules are perturbed.
pub(super) struct Perturbation {
    /// Perturbed copies of each; 0 for none.
    pub(super) copies: usize,
    /// ε, the size of a perturbation: `x' = x + ε η`, η standard normal in R^e.
    pub(super) epsilon: f64,
    /// Does x itself stand above them?
    pub(super) with_pivots: bool,
}

impl Perturbation {
    /// The perturbed copies of x, one set after the other, `[rows · copies, e]`.
    pub(super) fn of<T: Real>(
        &self,
        tape: &mut Tape<T>,
        x: Var,
        noise: &mut Stream,
    ) -> Option<Var> {
        if self.copies == 0 {
            return None;
        }
        let (rows, cols) = tape.shape(x);
        let still = if self.with_pivots { rows * cols } else { 0 };
        let draws = noise.normals(rows * cols * self.copies);
        let mut steps = tape.buffer(rows * (self.copies + usize::from(self.with_pivots)), cols);
        let (pivots, moved) = steps.as_mut_slice().split_at_mut(still);
        pivots.fill(T::ZERO);
        for (step, draw) in moved.iter_mut().zip(draws) {
            *step = T::from_f64(self.epsilon * draw);
        }
        Some(tape.displaced(x, steps))
    }
}

/// Which pairs of tasks and which transitions the losses run over.
pub(super) struct Couplings {
    /// Unordered pairs (s, t).
    pub(super) pairs: Vec<(usize, usize)>,
    /// Ordered pairs source → target of the mapping.
    pub(super) transitions: Vec<(usize, usize)>,
    /// Sources of the target.
    sources: usize,
    /// The shard's share of the step's molecules.
    share: f64,
}

impl Couplings {
    fn new<T>(context: &LossContext<'_, T>, config: &ModelConfig) -> Self {
        let (tasks, target) = (context.tasks.len(), context.selection.target);
        Self {
            pairs: pairs(tasks, target, config.pairs),
            transitions: transitions(tasks, target, config.mapping),
            sources: tasks - 1,
            share: context.batch.share,
        }
    }

    /// The factor of a sum of means over the shard.
    fn factor(&self, sum: SumOver) -> f64 {
        let each = |count: usize| self.sources as f64 / count.max(1) as f64;
        match sum {
            SumOver::Tasks => self.share,
            SumOver::Pairs => self.share * self.sources as f64 / self.pairs.len().max(1) as f64,
            SumOver::Transitions => self.share * each(self.transitions.len()),
            SumOver::Labels => each(self.transitions.len()),
        }
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
    let mut evaluation = Evaluation {
        context,
        couplings: &couplings,
        config,
        charts: None,
        readings: Vec::new(),
    };
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
        let value = evaluation.value(pass, entry.loss, noise);
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

/// The losses of a shard, one after the other.
pub(super) struct Evaluation<'a, T> {
    pub(super) context: &'a LossContext<'a, T>,
    pub(super) couplings: &'a Couplings,
    pub(super) config: &'a ModelConfig,
    /// Orthonormal frames of every task's chart at the molecules, once a loss has asked for them.
    charts: Option<Vec<Chart>>,
    /// What is watched beside the losses evaluated last.
    pub(super) readings: Vec<Term>,
}

impl<T: Real> Evaluation<'_, T> {
    /// The loss before its weight; none where there is nothing to compare.
    fn value(&mut self, pass: &mut Pass<'_, T>, loss: Loss, noise: &mut Stream) -> Option<Var> {
        let (context, pairs) = (self.context, &self.couplings.pairs);
        match loss {
            Loss::Autoencoder => autoencoder(pass, context),
            Loss::Consistency => consistency(pass.tape, context, pairs),
            Loss::Mapping => mapping(pass, context, &self.couplings.transitions),
            Loss::Distance if self.config.distance == Distance::Perturb => {
                distance(pass.tape, context, pairs, self.config.perturbations)
            }
            _ => contact::value(self, pass, loss, noise),
        }
    }

    /// The frames of every task's chart.
    pub(super) fn charts(&mut self, tape: &mut Tape<T>) -> &[Chart] {
        let context = self.context;
        self.charts
            .get_or_insert_with(|| contact::charts(tape, context))
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
    pairs: &[(usize, usize)],
) -> Option<Var> {
    let error = |&(s, t): &(usize, usize)| {
        let error = tape.mean_square_difference(context.latents[s].u, context.latents[t].u);
        context.of_pair(tape, (s, t), error)
    };
    let errors: Vec<Var> = pairs.iter().map(error).collect();
    sum(tape, &errors)
}

/// `Σ_{s→t} Σ_i w_i h(head_t(ψ_t(u_s)) − y_t)`, h the square or Huber's.
fn mapping<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
    transitions: &[(usize, usize)],
) -> Option<Var> {
    let mut errors = Vec::new();
    for &(s, t) in transitions {
        let z = context.tasks[t].inverse.forward(pass, context.latents[s].u);
        let prediction = context.tasks[t].head.forward(pass, z);
        let error = context.error(pass.tape, prediction, t);
        errors.push(context.of_pair(pass.tape, (s, t), error));
    }
    sum(pass.tape, &errors)
}

/// `Σ_pairs mean (D_s − D_t)²` over molecules and perturbations.
fn distance<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    pairs: &[(usize, usize)],
    perturbations: usize,
) -> Option<Var> {
    if perturbations == 0 {
        return None;
    }
    let squared_lengths = |tape: &mut Tape<T>, latent: &Latents| {
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
    let error = |&(s, t): &(usize, usize)| {
        let error = tape.mean_square_difference(lengths[s], lengths[t]);
        context.of_pair(tape, (s, t), error)
    };
    let errors: Vec<Var> = pairs.iter().map(error).collect();
    sum(tape, &errors)
}

fn sum<T: Real>(tape: &mut Tape<T>, parts: &[Var]) -> Option<Var> {
    let terms: Vec<(Var, T)> = parts.iter().map(|&part| (part, T::ONE)).collect();
    (!terms.is_empty()).then(|| tape.combination(&terms))
}

/// The unordered pairs (s, t).
fn pairs(tasks: usize, target: usize, which: Pairs) -> Vec<(usize, usize)> {
    let all = (0..tasks).flat_map(|s| (s + 1..tasks).map(move |t| (s, t)));
    match which {
        Pairs::All => all.collect(),
        Pairs::Target => all.filter(|&(s, t)| s == target || t == target).collect(),
    }
}

/// The ordered pairs source → target of the mapping.
pub(super) fn transitions(tasks: usize, target: usize, which: Mapping) -> Vec<(usize, usize)> {
    let all = (0..tasks)
        .flat_map(|s| (0..tasks).map(move |t| (s, t)))
        .filter(|(s, t)| s != t);
    match which {
        Mapping::All => all.collect(),
        Mapping::Target => all.filter(|&(_, t)| t == target).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_transitions_of_three_tasks() {
        assert_eq!(pairs(3, 2, Pairs::All), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(pairs(3, 2, Pairs::Target), [(0, 2), (1, 2)]);
        assert_eq!(transitions(3, 1, Mapping::Target), [(0, 1), (2, 1)]);
        assert_eq!(transitions(3, 1, Mapping::All).len(), 6);
    }
}

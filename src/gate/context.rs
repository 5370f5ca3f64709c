//! What the losses of a shard look at.

use super::contact::frame::TangentFrame;
use super::contact::pushed::Pushed;
use super::module::{TaskModule, TaskSelection};
use crate::autograd::{Tape, Var};
use crate::method::{Batch, Mapping, ModelConfig, Pairs, SumOver, Term};
use crate::random::Stream;
use crate::tensor::Real;

/// Where one task puts the molecules.
pub(super) struct TaskLatents {
    /// Latent vectors, `[rows, d]`.
    pub(super) z: Var,
    /// Images of the latent vectors in the LF frame, `[rows, m]`.
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
    pub(super) latents: &'a [TaskLatents],
    pub(super) batch: &'a Batch<T>,
}

impl<T: Real> LossContext<'_, T> {
    /// The derivatives of task t.
    ///
    /// # Panics
    /// If no loss asks for any.
    pub(super) fn pushed(&self, t: usize) -> &Pushed {
        let pushed = self.latents[t].pushed.as_ref();
        pushed.expect("a loss of derivatives has them pushed forward")
    }

    /// A part of a loss that belongs to task t, times its weight.
    pub(super) fn of_task(&self, tape: &mut Tape<T>, t: usize, part: Var) -> Var {
        weighted(tape, part, self.selection.weights[t])
    }

    /// A part of a loss that belongs to two tasks, times their weights.
    pub(super) fn of_pair(&self, tape: &mut Tape<T>, pair: Coupling, part: Var) -> Var {
        let weights = &self.selection.weights;
        weighted(tape, part, weights[pair.s] * weights[pair.t])
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

/// Two tasks that a part of a loss belongs to; of a transition τ_{s→t}, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coupling {
    pub(super) s: usize,
    pub(super) t: usize,
}

/// Which pairs of tasks and which transitions the losses run over.
pub(super) struct Couplings {
    /// Unordered pairs, s < t.
    pub(super) pairs: Vec<Coupling>,
    /// Transitions s → t of the mapping.
    pub(super) transitions: Vec<Coupling>,
    /// Sources of the target.
    sources: usize,
    /// The shard's share of the step's molecules.
    share: f64,
}

impl Couplings {
    pub(super) fn new<T>(context: &LossContext<'_, T>, config: &ModelConfig) -> Self {
        let (tasks, target) = (context.tasks.len(), context.selection.target);
        Self {
            pairs: pairs(tasks, target, config.pairs),
            transitions: transitions(tasks, target, config.mapping),
            sources: tasks - 1,
            share: context.batch.share,
        }
    }

    /// The factor of a sum of means over the shard.
    pub(super) fn factor(&self, sum: SumOver) -> f64 {
        let each = |count: usize| self.sources as f64 / count.max(1) as f64;
        match sum {
            SumOver::Tasks => self.share,
            SumOver::Pairs => self.share * self.sources as f64 / self.pairs.len().max(1) as f64,
            SumOver::Transitions => self.share * each(self.transitions.len()),
            SumOver::Labels => each(self.transitions.len()),
        }
    }
}

/// The losses of a shard, one after the other.
pub(super) struct Evaluation<'a, T> {
    pub(super) context: &'a LossContext<'a, T>,
    pub(super) couplings: &'a Couplings,
    pub(super) config: &'a ModelConfig,
    /// Orthonormal frames of every task's chart at the molecules, once a loss has asked for them.
    charts: Option<Vec<TangentFrame>>,
    /// What is watched beside the losses evaluated last.
    pub(super) readings: Vec<Term>,
}

impl<'a, T: Real> Evaluation<'a, T> {
    /// Before the first loss.
    pub(super) fn new(
        context: &'a LossContext<'a, T>,
        couplings: &'a Couplings,
        config: &'a ModelConfig,
    ) -> Self {
        Self {
            context,
            couplings,
            config,
            charts: None,
            readings: Vec::new(),
        }
    }

    /// The frames of every task's chart at the molecules.
    pub(super) fn charts(&mut self, tape: &mut Tape<T>) -> &[TangentFrame] {
        let context = self.context;
        let chart = |t: usize, tape: &mut Tape<T>| {
            let (jacobian, d) = context.pushed(t).jacobian(tape);
            TangentFrame::new(tape, jacobian, d)
        };
        self.charts
            .get_or_insert_with(|| (0..context.tasks.len()).map(|t| chart(t, tape)).collect())
    }
}

/// The unordered pairs, s < t.
fn pairs(tasks: usize, target: usize, which: Pairs) -> Vec<Coupling> {
    let all = (0..tasks).flat_map(|s| (s + 1..tasks).map(move |t| Coupling { s, t }));
    match which {
        Pairs::All => all.collect(),
        Pairs::Target => all
            .filter(|pair| pair.s == target || pair.t == target)
            .collect(),
    }
}

/// The transitions s → t of the mapping.
pub(super) fn transitions(tasks: usize, target: usize, which: Mapping) -> Vec<Coupling> {
    let all = (0..tasks)
        .flat_map(|s| (0..tasks).map(move |t| Coupling { s, t }))
        .filter(|pair| pair.s != pair.t);
    match which {
        Mapping::All => all.collect(),
        Mapping::Target => all.filter(|pair| pair.t == target).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_transitions_of_three_tasks() {
        let couplings = |pairs: &[[usize; 2]]| -> Vec<Coupling> {
            pairs.iter().map(|&[s, t]| Coupling { s, t }).collect()
        };
        let (all, target) = (pairs(3, 2, Pairs::All), pairs(3, 2, Pairs::Target));
        assert_eq!(all, couplings(&[[0, 1], [0, 2], [1, 2]]));
        assert_eq!(target, couplings(&[[0, 2], [1, 2]]));
        let mapped = transitions(3, 1, Mapping::Target);
        assert_eq!(mapped, couplings(&[[0, 1], [2, 1]]));
        assert_eq!(transitions(3, 1, Mapping::All).len(), 6);
    }
}

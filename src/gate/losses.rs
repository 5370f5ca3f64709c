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
//! Regression and mapping may take Huber's loss instead of squares: see [`LabelLoss`](super::LabelLoss).
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

use super::config::{Distance, Mapping, ModelConfig, Pairs};
use super::contact::{self, ContactWeights, Plan, Pushed, Routes};
use super::method::{Batch, Term};
use super::network::{Cast, TaskModule};
use crate::autograd::{Tape, Var};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::Real;

/// Weights and options of the losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights {
    /// α, of the autoencoder loss.
    pub alpha: f64,
    /// β, of the consistency loss.
    pub beta: f64,
    /// γ, of the mapping loss.
    pub gamma: f64,
    /// δ, of the paper's distance loss; 0 where the distance loss is exact.
    pub delta: f64,
    /// ε, the size of a perturbation: `x' = x + ε η`, η standard normal in R^e.
    pub epsilon: f64,
    /// Perturbed copies of every molecule.
    pub perturbations: usize,
    /// Over which pairs consistency and distance run.
    pub pairs: Pairs,
    /// Along which directions the mapping runs.
    pub mapping: Mapping,
    /// The exact losses.
    pub contact: ContactWeights,
}

impl From<&ModelConfig> for LossWeights {
    fn from(c: &ModelConfig) -> Self {
        let delta = if c.distance == Distance::Perturb {
            c.delta
        } else {
            0.0
        };
        Self {
            alpha: c.alpha,
            beta: c.beta,
            gamma: c.gamma,
            delta,
            epsilon: c.epsilon,
            perturbations: if delta == 0.0 { 0 } else { c.perturbations },
            pairs: c.pairs,
            mapping: c.mapping,
            contact: ContactWeights::from(c),
        }
    }
}

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
pub(super) struct Scene<'a, T> {
    pub(super) tasks: &'a [&'a TaskModule],
    pub(super) cast: &'a Cast,
    pub(super) latents: &'a [Latents],
    pub(super) batch: &'a Batch<T>,
}

impl<T> Scene<'_, T> {
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
        weighted(tape, part, self.cast.weights[t])
    }

    /// A part of a loss that belongs to two tasks, times their weights.
    pub(super) fn of_pair<R: Real>(
        &self,
        tape: &mut Tape<R>,
        pair: (usize, usize),
        part: Var,
    ) -> Var {
        let weights = &self.cast.weights;
        weighted(tape, part, weights[pair.0] * weights[pair.1])
    }

    /// The tasks that learn.
    pub(super) fn learning(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.tasks.len()).filter(|&t| self.cast.learn[t])
    }
}

/// The value itself where it counts once.
fn weighted<T: Real>(tape: &mut Tape<T>, part: Var, weight: f64) -> Var {
    if weight == 1.0 {
        return part;
    }
    tape.scale(part, T::from_f64(weight))
}

impl<T: Real> Scene<'_, T> {
    /// `Σ_i w_i h(p_i − y_i)` of task t, h the square or Huber's.
    fn error(&self, tape: &mut Tape<T>, prediction: Var, t: usize) -> Var {
        let column = self.cast.columns[t];
        self.batch.error(tape, prediction, column)
    }
}

impl LossWeights {
    /// What has to be pushed forward for the exact losses.
    pub(super) fn plan(&self) -> Option<Plan> {
        Plan::new(&self.contact)
    }
}

/// The perturbed copies `x + ε η`, one set after the other, `[rows · perturbations, e]`; with
/// `pivots`, x stands above them.
pub(super) fn perturbed<T: Real>(
    tape: &mut Tape<T>,
    x: Var,
    (weights, pivots): (&LossWeights, bool),
    noise: &mut Stream,
) -> Option<Var> {
    if weights.perturbations == 0 {
        return None;
    }
    let (rows, cols) = tape.shape(x);
    let still = if pivots { rows * cols } else { 0 };
    let draws = noise.normals(rows * cols * weights.perturbations);
    let mut steps = tape.buffer(rows * (weights.perturbations + usize::from(pivots)), cols);
    let (pivots, moved) = steps.as_mut_slice().split_at_mut(still);
    pivots.fill(T::ZERO);
    for (step, draw) in moved.iter_mut().zip(draws) {
        *step = T::from_f64(weights.epsilon * draw);
    }
    Some(tape.displaced(x, steps))
}

/// Every loss whose weight is not zero.
pub(super) fn terms<T: Real>(
    pass: &mut Pass<'_, T>,
    scene: &Scene<'_, T>,
    weights: &LossWeights,
    noise: &mut Stream,
) -> Vec<Term> {
    let (share, target) = (scene.batch.share, scene.cast.target);
    let pairs = pairs(scene.tasks.len(), target, weights.pairs);
    let ways = ways(scene.tasks.len(), target, weights.mapping);
    let sources = (scene.tasks.len() - 1) as f64;
    let per_pair = share * sources / pairs.len().max(1) as f64;
    let per_way = sources / ways.len().max(1) as f64;
    let mut terms = vec![Term {
        name: "regression",
        value: regression(pass, scene),
        weight: 1.0,
    }];
    let mut add = |name, weight: f64, value: &mut dyn FnMut() -> Option<Var>| {
        if weight != 0.0 {
            terms.extend(value().map(|value| Term {
                name,
                value,
                weight,
            }));
        }
    };
    add("autoencoder", weights.alpha * share, &mut || {
        autoencoder(pass, scene)
    });
    add("consistency", weights.beta * per_pair, &mut || {
        consistency(pass.tape, scene, &pairs)
    });
    add("mapping", weights.gamma * per_way, &mut || {
        mapping(pass, scene, &ways)
    });
    add("distance", weights.delta * per_pair, &mut || {
        distance(pass.tape, scene, &pairs, weights.perturbations)
    });
    let routes = Routes {
        pairs: &pairs,
        ways: &ways,
        per_pair,
        per_way: share * per_way,
    };
    terms.extend(contact::terms(
        pass,
        scene,
        &routes,
        &weights.contact,
        noise,
    ));
    terms
}

/// `Σ_t Σ_i w_i h(head_t(z_t) − y_t)`, h the square or Huber's.
fn regression<T: Real>(pass: &mut Pass<'_, T>, scene: &Scene<'_, T>) -> Var {
    let mut errors = Vec::new();
    for t in scene.learning() {
        let prediction = scene.tasks[t].head.forward(pass, scene.latents[t].z);
        let error = scene.error(pass.tape, prediction, t);
        errors.push(scene.of_task(pass.tape, t, error));
    }
    sum(pass.tape, &errors).expect("a model has a task")
}

/// `Σ_t mean (ψ_t(u_t) − z_t)²`.
fn autoencoder<T: Real>(pass: &mut Pass<'_, T>, scene: &Scene<'_, T>) -> Option<Var> {
    let mut errors = Vec::new();
    for t in scene.learning() {
        let latent = &scene.latents[t];
        let back = scene.tasks[t].inverse.forward(pass, latent.u);
        let error = pass.tape.mean_square_difference(back, latent.z);
        errors.push(scene.of_task(pass.tape, t, error));
    }
    sum(pass.tape, &errors)
}

/// `Σ_pairs mean (u_s − u_t)²`.
fn consistency<T: Real>(
    tape: &mut Tape<T>,
    scene: &Scene<'_, T>,
    pairs: &[(usize, usize)],
) -> Option<Var> {
    let error = |&(s, t): &(usize, usize)| {
        let error = tape.mean_square_difference(scene.latents[s].u, scene.latents[t].u);
        scene.of_pair(tape, (s, t), error)
    };
    let errors: Vec<Var> = pairs.iter().map(error).collect();
    sum(tape, &errors)
}

/// `Σ_{s→t} Σ_i w_i h(head_t(ψ_t(u_s)) − y_t)`, h the square or Huber's.
fn mapping<T: Real>(
    pass: &mut Pass<'_, T>,
    scene: &Scene<'_, T>,
    ways: &[(usize, usize)],
) -> Option<Var> {
    let mut errors = Vec::new();
    for &(s, t) in ways {
        let z = scene.tasks[t].inverse.forward(pass, scene.latents[s].u);
        let prediction = scene.tasks[t].head.forward(pass, z);
        let error = scene.error(pass.tape, prediction, t);
        errors.push(scene.of_pair(pass.tape, (s, t), error));
    }
    sum(pass.tape, &errors)
}

/// `Σ_pairs mean (D_s − D_t)²` over molecules and perturbations.
fn distance<T: Real>(
    tape: &mut Tape<T>,
    scene: &Scene<'_, T>,
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
    let lengths: Vec<Var> = scene
        .latents
        .iter()
        .map(|latent| squared_lengths(tape, latent))
        .collect();
    let error = |&(s, t): &(usize, usize)| {
        let error = tape.mean_square_difference(lengths[s], lengths[t]);
        scene.of_pair(tape, (s, t), error)
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
pub(super) fn ways(tasks: usize, target: usize, which: Mapping) -> Vec<(usize, usize)> {
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
    fn pairs_and_ways_of_three_tasks() {
        assert_eq!(pairs(3, 2, Pairs::All), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(pairs(3, 2, Pairs::Target), [(0, 2), (1, 2)]);
        assert_eq!(ways(3, 1, Mapping::Target), [(0, 1), (2, 1)]);
        assert_eq!(ways(3, 1, Mapping::All).len(), 6);
    }
}

//! The networks of one task, and which tasks take part in a loss.

use crate::autograd::Var;
use crate::method::{ModelConfig, Start};
use crate::nn::{Mlp, ParameterId, Parameters, Pass};
use crate::random::Stream;
use crate::tensor::Real;

/// The four networks of one task.
#[derive(Clone, Debug)]
pub struct TaskModule {
    /// `x ∈ R^e ↦ z ∈ R^d`, widths [e, h, d].
    pub encoder: Mlp,
    /// φ: `z ↦ u ∈ R^m`, widths [d, h, h, m].
    pub transfer: Mlp,
    /// ψ: `u ↦ z`, widths [m, h, h, d].
    pub inverse: Mlp,
    /// `z ↦ y`, widths [d, h/2, 1].
    pub head: Mlp,
}

impl TaskModule {
    /// The networks of the task `name` on an embedding of width `e`.
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        (name, e): (&str, usize),
        config: &ModelConfig,
        stream: &mut Stream,
    ) -> Self {
        let (h, d, m) = (config.hidden, config.latent_dim, config.lf_dim);
        let mut mlp = |part: &str, sizes: &[usize]| {
            Mlp::new(
                parameters,
                &format!("task.{name}.{part}"),
                sizes,
                config.activation,
                stream,
            )
        };
        let module = Self {
            encoder: mlp("encoder", &[e, h, d]),
            transfer: mlp("transfer", &[d, h, h, m]),
            inverse: mlp("inverse", &[m, h, h, d]),
            head: mlp("head", &[d, (h / 2).max(1), 1]),
        };
        if config.start == Start::Isometric {
            module.transfer.start_isometric(parameters);
            module.inverse.start_isometric(parameters);
        }
        module
    }

    /// z and u of some embeddings: `F = φ ∘ encoder` with what is between.
    pub(super) fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> [Var; 2] {
        let z = self.encoder.forward(pass, x);
        [z, self.transfer.forward(pass, z)]
    }

    /// The matrices of the four.
    pub fn parameters(&self) -> Vec<ParameterId> {
        let networks = [&self.encoder, &self.transfer, &self.inverse, &self.head];
        networks.into_iter().flat_map(Mlp::parameters).collect()
    }
}

/// Which tasks take part in the losses, and how.
#[derive(Clone, Debug)]
pub(super) struct TaskSelection {
    /// The tasks that take part: what the losses call task t is task `tasks[t]`.
    pub(super) tasks: Vec<usize>,
    /// Which of them learn; the others are frozen.
    pub(super) learn: Vec<bool>,
    /// Which of them is the target.
    pub(super) target: usize,
    /// How much each of them counts in the losses; 1 for the target.
    pub(super) weights: Vec<f64>,
}

impl TaskSelection {
    /// These tasks, of which `target` is the target; all of them learn and count alike.
    pub(super) fn of(tasks: Vec<usize>, target: usize) -> Self {
        let place = tasks.iter().position(|&t| t == target);
        Self {
            learn: vec![true; tasks.len()],
            weights: vec![1.0; tasks.len()],
            target: place.expect("the target takes part"),
            tasks,
        }
    }
}

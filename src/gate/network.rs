//! The networks of GATE: one embedding, and per task an encoder, a transfer, its inverse, a head.

use super::config::{ModelConfig, PredictBy, Start};
use super::contact;
use super::losses::{self, Latents, LossWeights};
use super::method::{Batch, Method, Term};
use crate::autograd::Var;
use crate::nn::{Embedding, Features, Mlp, Parameters, Pass};
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
    /// The networks of the task `name`.
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        config: &ModelConfig,
        stream: &mut Stream,
    ) -> Self {
        let (e, h, d, m) = (
            config.embedding,
            config.hidden,
            config.latent_dim,
            config.lf_dim,
        );
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
}

/// The geometrically aligned transfer encoder.
#[derive(Clone, Debug)]
pub struct Gate {
    embedding: Embedding,
    tasks: Vec<TaskModule>,
    target: usize,
    weights: LossWeights,
    predict_by: PredictBy,
}

impl Gate {
    /// GATE on `embedding` for the tasks of these names, of which `target` is the target.
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        embedding: Embedding,
        (names, target): (&[String], usize),
        config: &ModelConfig,
        stream: &mut Stream,
    ) -> Self {
        let tasks = names
            .iter()
            .map(|name| TaskModule::new(parameters, name, config, stream))
            .collect();
        Self {
            embedding,
            tasks,
            target,
            weights: LossWeights::from(config),
            predict_by: config.predict_by,
        }
    }

    /// The network that all tasks share.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// The networks of every task.
    pub fn tasks(&self) -> &[TaskModule] {
        &self.tasks
    }

    /// The charts whose predictions are averaged with the task's own.
    fn mapped_into(&self, task: usize) -> Vec<usize> {
        match self.predict_by {
            PredictBy::Own => Vec::new(),
            PredictBy::Charts => losses::ways(self.tasks.len(), self.target, self.weights.mapping)
                .into_iter()
                .filter_map(|(s, t)| (t == task).then_some(s))
                .collect(),
        }
    }

    /// Latent vectors and images in the LF frame of the molecules and, in the same pass, of their
    /// perturbed copies.
    fn latents<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, rows: usize) -> Vec<Latents> {
        let encode = |module: &TaskModule| {
            let z_all = module.encoder.forward(pass, x); // [rows · (1 + perturbations), d]
            let u_all = module.transfer.forward(pass, z_all); // [rows · (1 + perturbations), m]
            let z = pass.tape.slice_rows(z_all, 0, rows);
            let u = pass.tape.slice_rows(u_all, 0, rows);
            let all = pass.tape.shape(u_all).0;
            let moved = (all > rows).then(|| pass.tape.slice_rows(u_all, rows, all));
            Latents {
                z,
                u,
                moved,
                pushed: None,
            }
        };
        self.tasks.iter().map(encode).collect()
    }

    /// The same with derivatives of every task's map at the molecules; perturbed copies pass on their
    /// own.
    fn latents_with_derivatives<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        (x, moved): (Var, Option<Var>),
        plan: contact::Plan,
        noise: &mut Stream,
    ) -> Vec<Latents> {
        let directions = plan.draw(pass.tape, x, noise);
        let encode = |module: &TaskModule| {
            let (z, u, pushed) = contact::push(pass, module, (x, &directions), plan);
            let moved = moved.map(|moved| {
                let z = module.encoder.forward(pass, moved);
                module.transfer.forward(pass, z)
            });
            Latents {
                z,
                u,
                moved,
                pushed: Some(pushed),
            }
        };
        self.tasks.iter().map(encode).collect()
    }
}

impl<T: Real> Method<T> for Gate {
    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, noise: &mut Stream) -> Vec<Term> {
        let x = self.embedding.forward(pass, &batch.features);
        let plan = self.weights.plan();
        let copies = losses::perturbed(pass.tape, x, (&self.weights, plan.is_none()), noise);
        let latents = match plan {
            None => self.latents(pass, copies.unwrap_or(x), batch.rows()),
            Some(plan) => self.latents_with_derivatives(pass, (x, copies), plan, noise),
        };
        let scene = losses::Scene {
            tasks: &self.tasks,
            latents: &latents,
            batch,
        };
        losses::terms(pass, &scene, self.target, &self.weights, noise)
    }

    /// `head_t(z_t)` for every task, or the mean of it and of `head_t(ψ_t(φ_s(z_s)))` over the
    /// charts s mapped into it.
    fn predict(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        let x = self.embedding.forward(pass, features);
        let encode = |module: &TaskModule| module.encoder.forward(pass, x);
        let latents: Vec<Var> = self.tasks.iter().map(encode).collect(); // [rows, d] each
        let columns: Vec<Var> = (0..self.tasks.len())
            .map(|t| {
                let mut predictions = vec![self.tasks[t].head.forward(pass, latents[t])];
                for s in self.mapped_into(t) {
                    let u = self.tasks[s].transfer.forward(pass, latents[s]);
                    let z = self.tasks[t].inverse.forward(pass, u);
                    predictions.push(self.tasks[t].head.forward(pass, z));
                }
                let share = T::ONE / T::from_f64(predictions.len() as f64);
                let terms: Vec<(Var, T)> = predictions.iter().map(|&p| (p, share)).collect();
                pass.tape.combination(&terms)
            })
            .collect();
        pass.tape.concat_columns(&columns)
    }

    fn gate(&self) -> Option<&Gate> {
        Some(self)
    }
}

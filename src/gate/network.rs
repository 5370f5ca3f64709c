//! The networks of GATE: one embedding, and per task an encoder, a transfer, its inverse, a head.

use super::config::{ModelConfig, PredictBy, Start};
use super::contact;
use super::losses::{self, Latents, LossWeights};
use super::method::{Batch, Method, Term};
use crate::autograd::Var;
use crate::nn::{Embedding, Features, Mlp, ParameterId, Parameters, Pass};
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

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

    /// The matrices of the four.
    pub fn parameters(&self) -> Vec<ParameterId> {
        let networks = [&self.encoder, &self.transfer, &self.inverse, &self.head];
        networks.into_iter().flat_map(Mlp::parameters).collect()
    }
}

/// The geometrically aligned transfer encoder.
#[derive(Clone, Debug)]
pub struct Gate {
    embedding: Embedding,
    tasks: Vec<TaskModule>,
    /// By which charts beside its own each task is predicted.
    charts_into: Vec<Vec<usize>>,
    pub(super) cast: Cast,
    pub(super) weights: LossWeights,
    predict_by: PredictBy,
}

/// Which tasks take part in the losses, and how.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    /// The tasks on the scene: what the losses call task t is task `columns[t]`.
    pub(super) columns: Vec<usize>,
    /// Which of them learn; the others are frozen.
    pub(super) learn: Vec<bool>,
    /// Which of them is the target.
    pub(super) target: usize,
    /// How much each of them counts in the losses; 1 for the target.
    pub(super) weights: Vec<f64>,
}

impl Cast {
    /// Every task learns.
    fn all(tasks: usize, target: usize) -> Self {
        Self {
            columns: (0..tasks).collect(),
            learn: vec![true; tasks],
            target,
            weights: vec![1.0; tasks],
        }
    }
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
        let tasks: Vec<TaskModule> = names
            .iter()
            .map(|name| TaskModule::new(parameters, (name, embedding.width()), config, stream))
            .collect();
        let weights = LossWeights::from(config);
        let ways = losses::ways(tasks.len(), target, weights.mapping);
        let into = |t: usize| ways.iter().filter(move |way| way.1 == t).map(|way| way.0);
        Self {
            embedding,
            charts_into: (0..tasks.len()).map(|t| into(t).collect()).collect(),
            cast: Cast::all(tasks.len(), target),
            tasks,
            weights,
            predict_by: config.predict_by,
        }
    }

    /// The same with the parts of every task in the losses times its weight, of pairs times both; a source of
    /// weight 0 is off: it takes no part and is not predicted.
    ///
    /// # Panics
    /// If there is not a weight for each task, or the target's is 0.
    #[track_caller]
    pub fn weighted(mut self, weights: &[f64]) -> Self {
        assert_eq!(weights.len(), self.tasks.len(), "a weight for each task");
        let target = self.cast.target;
        let on: Vec<usize> = (0..weights.len()).filter(|&t| weights[t] > 0.0).collect();
        for into in &mut self.charts_into {
            into.retain(|&s| weights[s] > 0.0);
        }
        self.cast = Cast {
            learn: vec![true; on.len()],
            target: on
                .iter()
                .position(|&t| t == target)
                .expect("the target is on"),
            weights: on.iter().map(|&t| weights[t]).collect(),
            columns: on,
        };
        self
    }

    /// One task more, into which every other that is on is mapped.
    pub(super) fn with_task(mut self, module: TaskModule) -> Self {
        self.charts_into.push(self.cast.columns.clone());
        self.cast.columns.push(self.tasks.len());
        self.tasks.push(module);
        self
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
    fn mapped_into(&self, task: usize) -> &[usize] {
        match self.predict_by {
            PredictBy::Own => &[],
            PredictBy::Charts => &self.charts_into[task],
        }
    }

    /// The networks of the tasks in the losses.
    fn on_scene(&self) -> Vec<&TaskModule> {
        let columns = self.cast.columns.iter();
        columns.map(|&column| &self.tasks[column]).collect()
    }

    /// z and u of each task on the scene, where it is frozen and they were [computed before](Method::fixed).
    fn known<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        features: &Features<T>,
    ) -> Vec<Option<[Var; 2]>> {
        let mut pairs = match features {
            Features::Fixed(_, others) => others.chunks(2),
            _ => [].chunks(2),
        };
        let of_task = |&learns: &bool| {
            let pair = if learns { None } else { pairs.next() };
            pair.map(|pair| [0, 1].map(|k| pass.tape.constant(&pair[k])))
        };
        self.cast.learn.iter().map(of_task).collect()
    }

    /// Latent vectors and images in the LF frame of the molecules and, in the same pass, of their
    /// perturbed copies, which stand below them in x; of a task whose own are known the copies alone.
    fn latents<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        (x, rows): (Var, usize),
        known: &[Option<[Var; 2]>],
    ) -> Vec<Latents> {
        let all = pass.tape.shape(x).0;
        let copies = (all > rows && known.iter().any(Option::is_some))
            .then(|| pass.tape.slice_rows(x, rows, all));
        let encode = |(module, known): (&TaskModule, &Option<[Var; 2]>)| {
            if let Some([z, u]) = *known {
                let moved = copies.map(|copies| {
                    let z = module.encoder.forward(pass, copies);
                    module.transfer.forward(pass, z)
                });
                return Latents {
                    z,
                    u,
                    moved,
                    pushed: None,
                };
            }
            let z_all = module.encoder.forward(pass, x); // [rows · (1 + perturbations), d]
            let u_all = module.transfer.forward(pass, z_all); // [rows · (1 + perturbations), m]
            let z = pass.tape.slice_rows(z_all, 0, rows);
            let u = pass.tape.slice_rows(u_all, 0, rows);
            let moved = (all > rows).then(|| pass.tape.slice_rows(u_all, rows, all));
            Latents {
                z,
                u,
                moved,
                pushed: None,
            }
        };
        self.on_scene().into_iter().zip(known).map(encode).collect()
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
        self.on_scene().into_iter().map(encode).collect()
    }
}

impl<T: Real> Method<T> for Gate {
    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, noise: &mut Stream) -> Vec<Term> {
        let x = self.embedding.forward(pass, &batch.features);
        let plan = self.weights.plan();
        // their distances are compared between tasks: one alone has no use for them
        let copies = (self.cast.columns.len() > 1)
            .then(|| losses::perturbed(pass.tape, x, (&self.weights, plan.is_none()), noise))
            .flatten();
        let latents = match plan {
            None => {
                let known = self.known(pass, &batch.features);
                self.latents(pass, (copies.unwrap_or(x), batch.rows()), &known)
            }
            Some(plan) => self.latents_with_derivatives(pass, (x, copies), plan, noise),
        };
        let scene = losses::Scene {
            tasks: &self.on_scene(),
            cast: &self.cast,
            latents: &latents,
            batch,
        };
        losses::terms(pass, &scene, &self.weights, noise)
    }

    /// z and u of the tasks that are frozen, one task after the other; derivatives are pushed from x on.
    fn fixed(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Vec<Var> {
        if self.weights.plan().is_some() {
            return Vec::new();
        }
        let x = self.embedding.forward(pass, features);
        let scene = self.on_scene().into_iter().zip(&self.cast.learn);
        let frozen = scene.filter(|(_, learns)| !**learns);
        frozen
            .flat_map(|(module, _)| {
                let z = module.encoder.forward(pass, x);
                [z, module.transfer.forward(pass, z)]
            })
            .collect()
    }

    /// `head_t(z_t)` for every task, or the mean of it and of `head_t(ψ_t(φ_s(z_s)))` over the
    /// charts s mapped into it; NaN for a task that takes no part.
    fn predict(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        let x = self.embedding.forward(pass, features);
        let encode = |module: &TaskModule| module.encoder.forward(pass, x);
        let latents: Vec<Var> = self.tasks.iter().map(encode).collect(); // [rows, d] each
        let columns: Vec<Var> = (0..self.tasks.len())
            .map(|t| {
                if !self.cast.columns.contains(&t) {
                    let unknown = |_, _| T::from_f64(f64::NAN);
                    let rows = pass.tape.shape(x).0;
                    return pass.tape.constant(&Tensor::from_fn(rows, 1, unknown));
                }
                let mut predictions = vec![self.tasks[t].head.forward(pass, latents[t])];
                for &s in self.mapped_into(t) {
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

//! GATE: one embedding, and per task an encoder, a transfer, its inverse, a head.

use super::contact;
use super::context::{LossContext, Perturbation, TaskLatents, transitions};
use super::losses;
use super::module::{TaskModule, TaskSelection};
use crate::autograd::Var;
use crate::method::{Batch, Construction, Distance, Method, ModelConfig, PredictBy, Term};
use crate::nn::{Embedding, Features, Pass};
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// The geometrically aligned transfer encoder.
#[derive(Clone, Debug)]
pub struct Gate {
    embedding: Embedding,
    tasks: Vec<TaskModule>,
    /// By which charts beside its own each task is predicted.
    charts_into: Vec<Vec<usize>>,
    pub(super) selection: TaskSelection,
    /// Weights and kinds of the losses.
    pub(super) config: ModelConfig,
}

impl Gate {
    /// GATE for the tasks of a construction.
    pub fn new<T: Real>(from: &mut Construction<'_, T>) -> Self {
        let embedding = from.embedding("");
        let (config, target) = (from.config, from.target);
        let names = from.tasks.iter();
        let tasks: Vec<TaskModule> = names
            .map(|name| {
                let task = (name.as_str(), embedding.width());
                TaskModule::new(from.parameters, task, config, from.stream)
            })
            .collect();
        let transitions = transitions(tasks.len(), target, config.mapping);
        let into = |t: usize| {
            transitions
                .iter()
                .filter(move |transition| transition.t == t)
                .map(|transition| transition.s)
        };
        Self {
            embedding,
            charts_into: (0..tasks.len()).map(|t| into(t).collect()).collect(),
            selection: TaskSelection::of((0..tasks.len()).collect(), target),
            tasks,
            config: config.clone(),
        }
    }

    /// This network with the parts of every task in the losses times its weight, of pairs times
    /// both; a source of weight 0 is off: it takes no part and is not predicted.
    ///
    /// # Panics
    /// If there is not a weight for each task, or the target's is 0.
    #[track_caller]
    pub fn weighted(mut self, weights: &[f64]) -> Self {
        assert_eq!(weights.len(), self.tasks.len(), "a weight for each task");
        let on: Vec<usize> = (0..weights.len()).filter(|&t| weights[t] > 0.0).collect();
        for into in &mut self.charts_into {
            into.retain(|&s| weights[s] > 0.0);
        }
        let of_tasks = on.iter().map(|&t| weights[t]).collect();
        let target = self.selection.target;
        self.selection = TaskSelection {
            weights: of_tasks,
            ..TaskSelection::of(on, target)
        };
        self
    }

    /// One task more, into which every other that is on is mapped.
    pub(super) fn with_task(mut self, module: TaskModule) -> Self {
        let (mut selected, added) = (self.selection.tasks, self.tasks.len());
        self.charts_into.push(selected.clone());
        selected.push(added);
        self.selection = TaskSelection::of(selected, added);
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
        match self.config.predict_by {
            PredictBy::Own => &[],
            PredictBy::Charts => &self.charts_into[task],
        }
    }

    /// The networks of the tasks in the losses.
    fn selected(&self) -> Vec<&TaskModule> {
        let tasks = self.selection.tasks.iter();
        tasks.map(|&task| &self.tasks[task]).collect()
    }

    /// Perturbed copies of a molecule: of the paper's distance loss, which compares them between tasks.
    fn perturbed_copies(&self) -> usize {
        let finite = self.config.distance == Distance::Perturb;
        let used = finite && self.config.delta != 0.0;
        if used && self.selection.tasks.len() > 1 {
            self.config.perturbations
        } else {
            0
        }
    }

    /// z and u of each task in the losses, where it is frozen and they were [computed before](Method::fixed).
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
        self.selection.learn.iter().map(of_task).collect()
    }

    /// Latent vectors and images in the LF frame of the molecules and, in the same pass, of their
    /// perturbed copies, which stand below them in x; of a task whose own are known the copies alone.
    fn latents<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        (x, rows): (Var, usize),
        known: &[Option<[Var; 2]>],
    ) -> Vec<TaskLatents> {
        let all = pass.tape.shape(x).0;
        let copies = (all > rows && known.iter().any(Option::is_some))
            .then(|| pass.tape.slice_rows(x, rows, all));
        let encode = |(module, known): (&TaskModule, &Option<[Var; 2]>)| {
            if let Some([z, u]) = *known {
                let moved = copies.map(|copies| module.forward(pass, copies)[1]);
                return TaskLatents {
                    z,
                    u,
                    moved,
                    pushed: None,
                };
            }
            let [z_all, u_all] = module.forward(pass, x); // [rows · (1 + perturbations), d], […, m]
            let z = pass.tape.slice_rows(z_all, 0, rows);
            let u = pass.tape.slice_rows(u_all, 0, rows);
            let moved = (all > rows).then(|| pass.tape.slice_rows(u_all, rows, all));
            TaskLatents {
                z,
                u,
                moved,
                pushed: None,
            }
        };
        self.selected().into_iter().zip(known).map(encode).collect()
    }

    /// Latents of every selected task at the molecules x, with derivatives of its map; the
    /// perturbed copies `moved` pass without derivatives.
    fn latents_with_derivatives<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        (x, moved): (Var, Option<Var>),
        plan: contact::ContactPlan,
        noise: &mut Stream,
    ) -> Vec<TaskLatents> {
        let directions = plan.draw(pass.tape, x, noise);
        let encode = |module: &TaskModule| {
            let (z, u, pushed) = contact::push(pass, module, (x, &directions), plan);
            let moved = moved.map(|moved| module.forward(pass, moved)[1]);
            TaskLatents {
                z,
                u,
                moved,
                pushed: Some(pushed),
            }
        };
        self.selected().into_iter().map(encode).collect()
    }
}

impl<T: Real> Method<T> for Gate {
    fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, noise: &mut Stream) -> Vec<Term> {
        let x = self.embedding.forward(pass, &batch.features);
        let plan = contact::ContactPlan::new(&self.config);
        let copies = Perturbation {
            copies: self.perturbed_copies(),
            epsilon: self.config.epsilon,
            with_pivots: plan.is_none(),
        };
        let copies = copies.of(pass.tape, x, noise);
        let latents = match plan {
            None => {
                let known = self.known(pass, &batch.features);
                self.latents(pass, (copies.unwrap_or(x), batch.rows()), &known)
            }
            Some(plan) => self.latents_with_derivatives(pass, (x, copies), plan, noise),
        };
        let context = LossContext {
            tasks: &self.selected(),
            selection: &self.selection,
            latents: &latents,
            batch,
        };
        losses::terms(pass, &context, &self.config, noise)
    }

    /// z and u of the tasks that are frozen, one task after the other; derivatives are pushed from x on.
    fn fixed(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Vec<Var> {
        if contact::ContactPlan::new(&self.config).is_some() {
            return Vec::new();
        }
        let x = self.embedding.forward(pass, features);
        let tasks = self.selected().into_iter().zip(&self.selection.learn);
        let frozen = tasks.filter(|(_, learns)| !**learns);
        frozen
            .flat_map(|(module, _)| module.forward(pass, x))
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
                if !self.selection.tasks.contains(&t) {
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
}

//! The networks of a trained GATE as maps and charts, with their weights in double precision.

use super::module::TaskModule;
use crate::chart::{LatentChart, Perceptron};
use crate::error::{Error, Result};
use crate::nn::{Mlp, Parameters};
use crate::tensor::Real;

/// The four maps of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskChart {
    /// Name of the task.
    pub name: String,
    /// E: `x ∈ R^e ↦ z ∈ R^d`.
    pub encoder: Perceptron,
    /// φ: `z ↦ u ∈ R^m`, the latent chart.
    pub transfer: LatentChart,
    /// ψ: `u ↦ z`.
    pub inverse: Perceptron,
    /// `z ↦ ŷ`, standardised.
    pub head: Perceptron,
}

/// The latent charts of several tasks and the maps between them. Tasks are counted from 0, in the
/// order of the model's outputs.
///
/// # Panics
/// Every method that takes the number of a task panics if there is no such task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskCharts {
    tasks: Vec<TaskChart>,
}

impl TaskCharts {
    /// The charts of the modules of the tasks of these names.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`](crate::error::ErrorKind::Weights) where a weight is not finite.
    pub fn new<T: Real>(
        modules: &[TaskModule],
        names: &[String],
        parameters: &Parameters<T>,
    ) -> Result<Self> {
        let perceptron = |network: &Mlp| Perceptron::from_network(network, parameters);
        let chart = |(module, name): (&TaskModule, &String)| {
            Ok(TaskChart {
                name: name.clone(),
                encoder: perceptron(&module.encoder)?,
                transfer: LatentChart::new(perceptron(&module.transfer)?)?,
                inverse: perceptron(&module.inverse)?,
                head: perceptron(&module.head)?,
            })
        };
        let tasks = modules.iter().zip(names).map(chart);
        Ok(Self {
            tasks: tasks.collect::<Result<_>>()?,
        })
    }

    /// All tasks.
    pub fn tasks(&self) -> &[TaskChart] {
        &self.tasks
    }

    /// The number of the task of this name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where there is none.
    pub fn index(&self, name: &str) -> Result<usize> {
        let found = self.tasks.iter().position(|task| task.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.tasks.iter().map(|task| task.name.as_str()).collect();
            Error::usage(
                format!("the model has no task `{name}`"),
                format!("choose one of {}", names.join(", ")),
            )
        })
    }

    /// `τ_{s→t} = ψ_t ∘ φ_s`, from the latent chart of s to that of t.
    #[track_caller]
    pub fn transition(&self, s: usize, t: usize) -> Perceptron {
        self.tasks[s].transfer.map().then(&self.tasks[t].inverse)
    }

    /// `F_t = φ_t ∘ E_t`, from the embedding into the locally flat frame.
    #[track_caller]
    pub fn frame_map(&self, t: usize) -> Perceptron {
        self.tasks[t].encoder.then(self.tasks[t].transfer.map())
    }
}

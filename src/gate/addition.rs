//! Task addition (arXiv 2409.16645): the sources first, then frozen, and one task more against them.
//!
//! The embedding and the sources' networks stay as they are, to the last bit; the new task's encoder, φ,
//! ψ and head learn:
//!
//! ```text
//! regression    MSE(head_t(z_t), y_t)
//! autoencoder   MSE(ψ_t(u_t), z_t)
//! consistency   Σ_s MSE(u_s, u_t)                      u_s a constant
//! mapping       Σ_s MSE(head_t(ψ_t(u_s)), y_t)
//! distance      Σ_s MSE(D_s, D_t)                      D_s a constant
//! ```
//!
//! with the weights of GATE, and its contact losses likewise between each source and the new task.

use super::config::{Mapping, ModelConfig, Pairs};
use super::losses::LossWeights;
use super::method::Course;
use super::network::{Cast, Gate, TaskModule};
use crate::nn::Parameters;
use crate::random::Stream;
use crate::tensor::Real;

impl Gate {
    /// Two courses: every task but `target` learns, its charts glued along every way; then these are
    /// frozen and `target` learns.
    pub fn addition<T: Real>(self, parameters: &Parameters<T>, target: usize) -> [Course<T>; 2] {
        let tasks = self.tasks().len();
        let sources: Vec<usize> = (0..tasks).filter(|&t| t != target).collect();
        let mut first = self.clone();
        first.weights.pairs = Pairs::All;
        first.weights.mapping = Mapping::All;
        first.cast = Cast {
            learn: vec![true; sources.len()],
            weights: vec![1.0; sources.len()],
            columns: sources,
            target: 0,
        };
        let pretraining = Course {
            lends: (0..tasks).map(|t| t != target).collect(),
            ..Course::whole(first, tasks)
        };
        [pretraining, self.learning_alone(parameters, target)]
    }

    /// The course that adds the task `name` to this trained GATE, whose parameters stay as they are; its
    /// losses are weighted as in `config`.
    pub fn extended<T: Real>(
        &self,
        parameters: &mut Parameters<T>,
        (name, config): (&str, &ModelConfig),
        stream: &mut Stream,
    ) -> Course<T> {
        let task = (name, self.embedding().width());
        let module = TaskModule::new(parameters, task, config, stream);
        let mut gate = self.clone().with_task(module);
        gate.weights = LossWeights::from(config);
        let added = gate.tasks().len() - 1;
        gate.learning_alone(parameters, added)
    }

    /// The course in which `target` learns and everything else is frozen.
    fn learning_alone<T: Real>(mut self, parameters: &Parameters<T>, target: usize) -> Course<T> {
        let columns = self.cast.columns.clone();
        let place = columns.iter().position(|&t| t == target);
        self.weights.pairs = Pairs::Target;
        self.weights.mapping = Mapping::Target;
        self.cast = Cast {
            learn: columns.iter().map(|&t| t == target).collect(),
            target: place.expect("the target is on"),
            weights: vec![1.0; columns.len()],
            columns,
        };
        Course {
            lends: (0..self.tasks().len()).map(|t| t == target).collect(),
            frozen: parameters.without(&self.tasks()[target].parameters()),
            embedded: Some(self.embedding().clone()),
            method: Box::new(self),
        }
    }
}

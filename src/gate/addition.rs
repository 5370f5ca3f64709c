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

use super::module::{TaskModule, TaskSelection};
use super::network::Gate;
use crate::method::{Mapping, ModelConfig, Pairs, Stage};
use crate::nn::Parameters;
use crate::random::Stream;
use crate::tensor::Real;

impl Gate {
    /// Two stages: every task but `target` learns, its charts glued along every transition; then these are
    /// frozen and `target` learns.
    pub fn addition<T: Real>(self, parameters: &Parameters<T>, target: usize) -> [Stage<T>; 2] {
        let tasks = self.tasks().len();
        let sources: Vec<usize> = (0..tasks).filter(|&t| t != target).collect();
        let mut first = self.clone();
        first.config.pairs = Pairs::All;
        first.config.mapping = Mapping::All;
        first.selection = TaskSelection::of(sources.clone(), sources[0]);
        let supervised = (0..tasks).map(|t| t != target).collect();
        let pretraining = Stage::new(first, supervised);
        [pretraining, self.learning_alone(parameters, target)]
    }

    /// This trained GATE, whose parameters stay as they are, with the task `name`, whose losses are weighted as in
    /// `config`, and the stage in which it learns.
    pub fn extended<T: Real>(
        &self,
        parameters: &mut Parameters<T>,
        (name, config): (&str, &ModelConfig),
        stream: &mut Stream,
    ) -> (Self, Stage<T>) {
        let task = (name, self.embedding().width());
        let module = TaskModule::new(parameters, task, config, stream);
        let mut gate = self.clone().with_task(module);
        let predict_by = gate.config.predict_by;
        gate.config = ModelConfig {
            predict_by,
            ..config.clone()
        };
        let added = gate.tasks().len() - 1;
        let stage = gate.clone().learning_alone(parameters, added);
        (gate, stage)
    }

    /// The stage in which `target` learns and everything else is frozen.
    fn learning_alone<T: Real>(mut self, parameters: &Parameters<T>, target: usize) -> Stage<T> {
        self.config.pairs = Pairs::Target;
        self.config.mapping = Mapping::Target;
        let selected = self.selection.tasks.clone();
        self.selection = TaskSelection {
            learn: selected.iter().map(|&t| t == target).collect(),
            ..TaskSelection::of(selected, target)
        };
        let supervised = (0..self.tasks().len()).map(|t| t == target).collect();
        Stage {
            frozen: parameters.without(&self.tasks()[target].parameters()),
            embedded: Some(self.embedding().clone()),
            ..Stage::new(self, supervised)
        }
    }
}

//! What a method is built from.

use super::config::ModelConfig;
#[cfg(feature = "molecule")]
use crate::nn::Dmpnn;
use crate::nn::{Embedding, Mlp, Parameters};
use crate::random::Stream;
use crate::tensor::Real;

/// What the embedding reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Molecular graphs with this many atom and bond features.
    #[cfg(feature = "molecule")]
    Graphs {
        /// Features of an atom.
        atoms: usize,
        /// Features of a bond.
        bonds: usize,
    },
    /// This many numbers a row.
    Numeric {
        /// How many.
        features: usize,
    },
}

/// The options, tasks and inputs of a network under construction, with the parameters it puts its matrices into and
/// the stream it draws them from.
pub struct Construction<'a, T> {
    /// Sizes, choices and weights.
    pub config: &'a ModelConfig,
    /// What the embedding reads.
    pub inputs: InputKind,
    /// Names of the tasks.
    pub tasks: &'a [String],
    /// Index of the target among them.
    pub target: usize,
    /// Where matrices go.
    pub parameters: &'a mut Parameters<T>,
    /// What draws them.
    pub stream: &'a mut Stream,
}

impl<T: Real> Construction<'_, T> {
    /// The embedding of the inputs; names of its matrices begin with `prefix`.
    pub fn embedding(&mut self, prefix: &str) -> Embedding {
        let config = self.config;
        let width = config.embedding;
        let name = format!("{prefix}embedding");
        match self.inputs {
            #[cfg(feature = "molecule")]
            InputKind::Graphs { atoms, bonds } => {
                let sizes = (width, config.depth, config.readout);
                let features = (atoms, bonds);
                let network = Dmpnn::new(self.parameters, &name, features, sizes, self.stream);
                Embedding::Graph(network)
            }
            InputKind::Numeric { features } => {
                let mut sizes = vec![features];
                sizes.resize(config.depth + 1, width);
                let mlp = Mlp::new(
                    self.parameters,
                    &name,
                    &sizes,
                    config.activation,
                    self.stream,
                );
                Embedding::Numeric(mlp, config.activation)
            }
        }
    }

    /// Of every task, is it the target?
    pub fn target_alone(&self) -> Vec<bool> {
        (0..self.tasks.len()).map(|t| t == self.target).collect()
    }

    /// Of every task, is it a source?
    pub fn sources(&self) -> Vec<bool> {
        (0..self.tasks.len()).map(|t| t != self.target).collect()
    }
}

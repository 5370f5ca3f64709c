//! What a method is built from.

use super::config::ModelConfig;
use crate::nn::{Dmpnn, DmpnnShape, Embedding, GraphWidths, Mlp, Parameters};
use crate::random::Stream;
use crate::tensor::Real;

/// What the embedding reads of a row: a graph, numbers, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputWidths {
    /// The features of a molecular graph; none where a row has none.
    pub graph: Option<GraphWidths>,
    /// How many numbers.
    pub features: usize,
}

/// The options, tasks and inputs of a network under construction, with the parameters it puts its matrices into and
/// the stream it draws them from.
pub struct Construction<'a, T> {
    /// Sizes, choices and weights.
    pub config: &'a ModelConfig,
    /// What the embedding reads.
    pub inputs: InputWidths,
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
        let features = self.inputs.features;
        if let Some(graph) = self.inputs.graph {
            let shape = DmpnnShape {
                width,
                depth: config.depth,
                readout: config.readout,
            };
            let network = Dmpnn::new(self.parameters, &name, graph, shape, self.stream);
            return match features {
                0 => Embedding::Graph(network),
                _ => Embedding::Both(network, features),
            };
        }
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

    /// Of every task, is it the target?
    pub fn target_alone(&self) -> Vec<bool> {
        (0..self.tasks.len()).map(|t| t == self.target).collect()
    }

    /// Of every task, is it a source?
    pub fn sources(&self) -> Vec<bool> {
        (0..self.tasks.len()).map(|t| t != self.target).collect()
    }
}

//! The shared embedding: a molecule's graph or a row of numbers becomes one vector.

use super::activation::Activation;
use super::graph_batch::GraphBatch;
use super::layer::{Mlp, Pass};
use super::message_passing::Dmpnn;
use crate::autograd::Var;
use crate::tensor::{Real, Tensor};

/// The inputs of a batch.
#[derive(Clone, Debug)]
pub enum Features<T> {
    /// Molecular graphs.
    Graphs(GraphBatch<T>),
    /// Standardised numeric features, `[rows, features]`.
    Numeric(Tensor<T>),
    /// What networks that no longer change have made of them: x itself, `[rows, e]`, and what else a method computes
    /// from it once.
    Fixed(Tensor<T>, Vec<Tensor<T>>),
}

/// `inputs → x ∈ R^e`.
#[derive(Clone, Debug)]
pub enum Embedding {
    /// Message passing over a molecule's graph.
    Graph(Dmpnn),
    /// A perceptron on numeric features, with an activation after its last layer.
    Numeric(Mlp, Activation),
}

impl Embedding {
    /// One vector per row, `[rows, e]`.
    ///
    /// # Panics
    /// If the features are not of the embedding's kind.
    #[track_caller]
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        match (self, features) {
            (_, Features::Fixed(x, _)) => pass.tape.constant(x),
            (Self::Graph(network), Features::Graphs(batch)) => network.forward(pass, batch),
            (Self::Numeric(network, activation), Features::Numeric(rows)) => {
                let x = pass.tape.constant(rows);
                let u = network.forward(pass, x);
                pass.tape.pointwise(u, *activation)
            }
            _ => panic!("embedding: graphs and numeric features do not mix"),
        }
    }
}

//! The shared embedding: a molecule's graph, a row of numbers, or both become one vector.

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
    /// Molecular graphs, and beside each of them standardised features, `[rows, f]`.
    Both(GraphBatch<T>, Tensor<T>),
    /// What networks that no longer change have made of them: x itself, `[rows, e]`, and what else a method computes
    /// from it once.
    Fixed(Tensor<T>, Vec<Tensor<T>>),
}

/// `inputs → x`, a vector of [`width`](Self::width) numbers.
#[derive(Clone, Debug)]
pub enum Embedding {
    /// Message passing over a molecule's graph.
    Graph(Dmpnn),
    /// A perceptron on numeric features, with an activation after its last layer.
    Numeric(Mlp, Activation),
    /// Message passing, and behind the molecule's vector this many features as they are.
    Both(Dmpnn, usize),
}

impl Embedding {
    /// Length of x: e, or e + f with f features beside the molecule.
    pub fn width(&self) -> usize {
        match self {
            Self::Graph(network) => network.width(),
            Self::Numeric(network, _) => network.width(),
            Self::Both(network, features) => network.width() + features,
        }
    }

    /// One vector per row, `[rows, width]`.
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
            (Self::Both(network, _), Features::Both(batch, rows)) => {
                let molecules = network.forward(pass, batch);
                let features = pass.tape.constant(rows);
                pass.tape.concat_columns(&[molecules, features])
            }
            _ => panic!("embedding: graphs and numeric features do not mix"),
        }
    }

    /// One vector per row, `[rows, width]`, with the features of molecules as variables, to which
    /// gradients flow: the vectors, then the variables of atoms' and of bonds' kinds. None where no
    /// molecule is read.
    pub fn forward_from_molecules<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        features: &Features<T>,
    ) -> Option<(Var, [Var; 2])> {
        let (network, batch, beside) = match (self, features) {
            (Self::Graph(network), Features::Graphs(batch)) => (network, batch, None),
            (Self::Both(network, _), Features::Both(batch, rows)) => (network, batch, Some(rows)),
            _ => return None,
        };
        let leaves = [batch.atoms(), batch.bonds()].map(|kinds| pass.tape.variable(kinds.rows()));
        let mut x = network.forward_from(pass, batch, leaves);
        if let Some(rows) = beside {
            let rows = pass.tape.constant(rows);
            x = pass.tape.concat_columns(&[x, rows]);
        }
        Some((x, leaves))
    }
}

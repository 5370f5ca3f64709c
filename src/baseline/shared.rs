//! Hard sharing: one embedding and one encoder, a head per task. With the target as the only task
//! it is single-task learning.

use crate::autograd::Var;
use crate::method::{Batch, Construction, Method, Term};
use crate::nn::{Embedding, Features, Mlp, Pass};
use crate::random::Stream;
use crate::tensor::Real;

/// `x --encoder--> z --head_t--> ŷ_t` with everything but the heads shared.
#[derive(Clone, Debug)]
pub struct HardSharing {
    embedding: Embedding,
    encoder: Mlp,
    heads: Vec<Mlp>,
}

impl HardSharing {
    /// Encoder [e, h, d] and heads [d, h/2, 1] for the tasks of a construction.
    pub fn new<T: Real>(from: &mut Construction<'_, T>) -> Self {
        Self::under("", from.tasks, from)
    }

    /// Embedding, encoder [e, h, d] and heads [d, h/2, 1] for the tasks `names`; names of matrices
    /// begin with `prefix`.
    pub(super) fn under<T: Real>(
        prefix: &str,
        names: &[String],
        from: &mut Construction<'_, T>,
    ) -> Self {
        let embedding = from.embedding(prefix);
        let config = from.config;
        let (e, h, d) = (embedding.width(), config.hidden, config.latent_dim);
        let mut mlp = |name: &str, sizes: &[usize]| {
            let name = format!("{prefix}{name}");
            Mlp::new(
                from.parameters,
                &name,
                sizes,
                config.activation,
                from.stream,
            )
        };
        let encoder = mlp("encoder", &[e, h, d]);
        let heads = names
            .iter()
            .map(|task| mlp(&Self::head_name(task), &[d, (h / 2).max(1), 1]));
        let heads = heads.collect();
        Self {
            embedding,
            encoder,
            heads,
        }
    }

    /// What the names of a task's head begin with.
    pub(super) fn head_name(task: &str) -> String {
        format!("task.{task}.head")
    }

    /// What makes x.
    pub(super) fn input(&self) -> &Embedding {
        &self.embedding
    }

    /// z, `[rows, d]`.
    pub(super) fn latent<T: Real>(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        let x = self.embedding.forward(pass, features);
        self.encoder.forward(pass, x)
    }

    /// `head_t(z)`, `[rows, 1]`.
    pub(super) fn head<T: Real>(&self, pass: &mut Pass<'_, T>, t: usize, z: Var) -> Var {
        self.heads[t].forward(pass, z)
    }

    fn heads<T: Real>(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Vec<Var> {
        let z = self.latent(pass, features);
        (0..self.heads.len())
            .map(|t| self.head(pass, t, z))
            .collect()
    }
}

impl<T: Real> Method<T> for HardSharing {
    fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, _: &mut Stream) -> Vec<Term> {
        let predictions = self.heads(pass, &batch.features);
        let error =
            |(t, &prediction): (usize, &Var)| (batch.error(pass.tape, prediction, t), T::ONE);
        let errors: Vec<(Var, T)> = predictions.iter().enumerate().map(error).collect();
        let value = pass.tape.combination(&errors);
        vec![Term {
            name: "regression",
            value,
            weight: 1.0,
        }]
    }

    fn predict(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var {
        let columns = self.heads(pass, features);
        pass.tape.concat_columns(&columns)
    }
}

//! What a trained model shows of its geometry: its maps, and where molecules lie on them.

use super::batch::Source;
use super::frame::{Frame, Weights};
use super::model::Model;
use super::network::Network;
use crate::chart::{Dense, Perceptron};
use crate::data::Inputs;
use crate::error::{Error, Result};
use crate::gate::{Gate, TaskCharts};
use crate::nn::Embedding;
use crate::tensor::{Real, Tensor};

/// Where molecules lie in the charts of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Latents {
    /// The shared embedding x of each molecule, `[molecule][e]`.
    pub embedding: Vec<f64>,
    /// Latent vector `z_t = E_t(x)` of the molecules for each task t, `[molecule][d]`.
    pub latents: Vec<Vec<f64>>,
}

impl Model {
    /// The maps and latent charts of every task, with the trained weights in double precision; of its first frame,
    /// where there are several.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the method has no latent charts.
    pub fn charts(&self) -> Result<TaskCharts> {
        self.frame().charts()
    }

    /// The embedding of some rows of the inputs, in the model's precision, and their latent vectors
    /// by the encoders of [`Self::charts`], in double precision.
    ///
    /// # Errors
    /// As [`Self::charts`], and as [`Self::predict`] where the inputs are of another kind.
    pub fn latents(&self, inputs: &Inputs, rows: &[usize]) -> Result<Latents> {
        self.frame().latents(inputs, rows)
    }

    /// The shared embedding of numeric features as a map from the features as they stand in the table
    /// to `x ∈ R^e`, with their scaling as its first layer and the weights in double precision.
    ///
    /// # Errors
    /// As [`Self::charts`], and [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) where the model
    /// reads molecules.
    pub fn embedding_map(&self) -> Result<Perceptron> {
        self.frame().embedding_map()
    }
}

impl Frame {
    /// The vectors x of some rows, `[rows][e]`.
    pub(super) fn embed(&self, source: Source<'_>, rows: &[usize]) -> Vec<f64> {
        match &self.weights {
            Weights::F32(network) => network.embed(source, rows),
            Weights::F64(network) => network.embed(source, rows),
        }
    }

    /// The maps and latent charts of every task.
    pub(super) fn charts(&self) -> Result<TaskCharts> {
        match &self.weights {
            Weights::F32(network) => self.charts_of(network),
            Weights::F64(network) => self.charts_of(network),
        }
    }

    /// Embedding and latent vectors of some rows.
    pub(super) fn latents(&self, inputs: &Inputs, rows: &[usize]) -> Result<Latents> {
        let charts = self.charts()?;
        let source = self.source(inputs)?;
        let embedding = self.embed(source, rows);
        let encode = |task: &crate::gate::TaskChart| task.encoder.evaluate(&embedding);
        let latents = charts.tasks().iter().map(encode).collect();
        Ok(Latents { embedding, latents })
    }

    /// The embedding of numeric features as a map.
    pub(super) fn embedding_map(&self) -> Result<Perceptron> {
        match &self.weights {
            Weights::F32(network) => self.embedding_of(network),
            Weights::F64(network) => self.embedding_of(network),
        }
    }

    fn embedding_of<T: Real>(&self, network: &Network<T>) -> Result<Perceptron> {
        let Embedding::Numeric(mlp, activation) = self.gate(network)?.embedding() else {
            return Err(Error::usage(
                "the embedding of molecules is no map of numbers",
                "ask for their embeddings with `latents`",
            ));
        };
        let mlp = Perceptron::from_network(mlp, &network.parameters)?;
        let mut layers = vec![self.scaling_layer()?];
        layers.extend_from_slice(mlp.layers());
        let last = layers.pop().expect("a perceptron has a layer");
        let bias = last.bias().map(<[f64]>::to_vec);
        layers.push(Dense::new(last.weight().clone(), bias, Some(*activation))?);
        Perceptron::new(layers)
    }

    /// `(y − mean) / std` of every feature, as a layer.
    fn scaling_layer(&self) -> Result<Dense> {
        let scalers = &self.description.feature_scaler.columns;
        let entry = |i: usize, j: usize| if i == j { 1.0 / scalers[i].std } else { 0.0 };
        let weight = Tensor::from_fn(scalers.len(), scalers.len(), entry);
        let bias = scalers.iter().map(|s| -s.mean / s.std).collect();
        Dense::new(weight, Some(bias), None)
    }

    fn charts_of<T: Real>(&self, network: &Network<T>) -> Result<TaskCharts> {
        let modules = self.gate(network)?.tasks();
        TaskCharts::new(modules, self.tasks(), &network.parameters)
    }

    fn gate<'a, T: Real>(&self, network: &'a Network<T>) -> Result<&'a Gate> {
        network.gate.as_ref().ok_or_else(|| {
            let method = self.description.model.method.as_str();
            Error::usage(
                format!("a model of the method `{method}` has no latent charts"),
                "train with option `method` = gate",
            )
        })
    }
}

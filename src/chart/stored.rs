//! Perceptrons from safetensors files, also those that other programs wrote.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::perceptron::{Dense, Perceptron};
use crate::error::{Error, ErrorKind, Result, WeightsFault};
use crate::nn::activation::Activation;
use crate::tensor::{Real, Tensor};

/// How a file lays out the weight matrices of layers. It cannot be told from the numbers where a
/// layer is square, so the caller states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[in, out]`: this crate, JAX, Flax.
    InputsFirst,
    /// `[out, in]`: `torch.nn.Linear`.
    OutputsFirst,
}

/// Where a file holds one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLayer {
    /// Name of the weight matrix.
    pub weight: String,
    /// Name of the bias, if the layer has one: a vector, or a matrix of one row.
    pub bias: Option<String>,
    /// What follows the layer; the identity where nothing does.
    pub activation: Option<Activation>,
}

impl StoredLayer {
    /// The layers `{prefix}.{k}.weight` and `{prefix}.{k}.bias` for the numbers `k`, with an
    /// activation between them and none after the last: a `torch.nn.Sequential` numbers its linear
    /// layers 0, 2, 4, …, this crate 0, 1, 2, ….
    pub fn sequence(
        prefix: &str,
        numbers: impl IntoIterator<Item = usize>,
        activation: Activation,
    ) -> Vec<Self> {
        let layer = |k: usize| Self {
            weight: format!("{prefix}.{k}.weight"),
            bias: Some(format!("{prefix}.{k}.bias")),
            activation: Some(activation),
        };
        let mut layers: Vec<Self> = numbers.into_iter().map(layer).collect();
        if let Some(last) = layers.last_mut() {
            last.activation = None;
        }
        layers
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.weight).chain(&self.bias)
    }
}

impl Perceptron {
    /// Reads the layers, first to last, from a safetensors file of 32- or 64-bit numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the file cannot be read; [`ErrorKind::Weights`] with the file's name where
    /// it is no safetensors file, tensors are missing (all of them listed), have another number type
    /// or shape, or do not chain.
    pub fn load(path: &Path, layers: &[StoredLayer], layout: Layout) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|source| Error::io("read", path, source))?;
        Self::from_safetensors(&bytes, layers, layout).map_err(|error| match error.kind() {
            ErrorKind::Weights { fault, .. } => ErrorKind::Weights {
                file: Some(path.to_path_buf()),
                fault: fault.clone(),
            }
            .into(),
            _ => error,
        })
    }

    /// Reads the layers, first to last, from the bytes of a safetensors file.
    ///
    /// # Errors
    /// As [`Self::load`], without a file's name.
    pub fn from_safetensors(bytes: &[u8], layers: &[StoredLayer], layout: Layout) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| WeightsFault::Format {
            reason: error.to_string(),
        })?;
        let absent = |name: &&String| file.tensor(name).is_err();
        let names: Vec<String> = (layers.iter().flat_map(StoredLayer::names))
            .filter(absent)
            .cloned()
            .collect();
        if !names.is_empty() {
            let mut found: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
            found.sort();
            return Err(WeightsFault::Missing { names, found }.into());
        }
        let read = |layer: &StoredLayer| dense(&file, layer, layout);
        Self::new(layers.iter().map(read).collect::<Result<_>>()?)
    }
}

/// One layer of a file.
fn dense(file: &SafeTensors<'_>, layer: &StoredLayer, layout: Layout) -> Result<Dense> {
    let (shape, numbers) = array(file, &layer.weight)?;
    let &[rows, cols] = shape.as_slice() else {
        let name = layer.weight.clone();
        return Err(WeightsFault::Rank { name, shape }.into());
    };
    let weight = match layout {
        Layout::InputsFirst => Tensor::from_vec(rows, cols, numbers),
        Layout::OutputsFirst => Tensor::from_fn(cols, rows, |i, j| numbers[j * cols + i]),
    };
    let bias = layer.bias.as_ref().map(|name| vector(file, name));
    Dense::new(weight, bias.transpose()?, layer.activation)
}

/// A vector, or a matrix of one row (as this crate writes biases).
fn vector(file: &SafeTensors<'_>, name: &str) -> Result<Vec<f64>> {
    let (shape, numbers) = array(file, name)?;
    match shape.as_slice() {
        [_] | [1, _] => Ok(numbers),
        _ => Err(WeightsFault::Rank {
            name: name.to_owned(),
            shape,
        }
        .into()),
    }
}

/// Shape and numbers of a tensor.
fn array(file: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f64>)> {
    let view = file.tensor(name).map_err(|error| WeightsFault::Format {
        reason: error.to_string(),
    })?;
    let numbers = match view.dtype() {
        Dtype::F32 => numbers::<f32>(&view),
        Dtype::F64 => numbers::<f64>(&view),
        other => {
            return Err(WeightsFault::NumberType {
                name: name.to_owned(),
                found: format!("{other:?}"),
            }
            .into());
        }
    };
    Ok((view.shape().to_vec(), numbers))
}

/// Little-endian numbers, which may lie at any address.
fn numbers<T: Real>(view: &TensorView<'_>) -> Vec<f64> {
    let bytes = view.data().chunks_exact(size_of::<T>());
    bytes.map(|b| T::from_bytes(b).to_f64()).collect()
}

//! A method with its parameters, built from a configuration.

use crate::autograd::{Tape, Var};
use crate::baseline::HardSharing;
use crate::gate::config::{MethodName, ModelConfig};
use crate::gate::{Gate, Method};
#[cfg(feature = "molecule")]
use crate::nn::Dmpnn;
use crate::nn::{Embedding, Features, Mlp, Parameters, Pass};
use crate::random::{Purpose, Stream};
use crate::tensor::{Real, Tensor};

use super::batch::Source;

/// Rows predicted together; fixed, so that predictions do not depend on the number of threads.
const PREDICTION_ROWS: usize = 128;

/// What the embedding reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputKind {
    /// Molecular graphs with this many atom and bond features.
    #[cfg(feature = "molecule")]
    Graphs { atoms: usize, bonds: usize },
    /// This many numbers a row.
    Numeric { features: usize },
}

/// A method and its numbers.
pub(super) struct Network<T> {
    pub(super) method: Box<dyn Method<T>>,
    pub(super) parameters: Parameters<T>,
}

impl<T: Real> Network<T> {
    /// The network of a configuration, for the tasks `names`, initialised by `seed`.
    pub(super) fn new(
        config: &ModelConfig,
        kind: InputKind,
        (names, target): (&[String], usize),
        seed: u64,
    ) -> Self {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(seed, Purpose::Initialisation, 0);
        let embedding = embedding(&mut parameters, config, kind, &mut stream);
        let (p, s) = (&mut parameters, &mut stream);
        let method: Box<dyn Method<T>> = match config.method {
            MethodName::Stl | MethodName::Mtl => {
                Box::new(HardSharing::new(p, embedding, names, config, s))
            }
            MethodName::Gate | MethodName::Gear | MethodName::Geogate => {
                Box::new(Gate::new(p, embedding, (names, target), config, s))
            }
        };
        Self { method, parameters }
    }

    /// Standardised predictions for some rows of the inputs, `[rows, tasks]`.
    pub(super) fn predict(&self, source: Source<'_>, rows: &[usize]) -> Tensor<T> {
        self.evaluate(source, rows, |pass, features| {
            self.method.predict(pass, features)
        })
    }

    /// What `output` makes of some rows of the inputs, a row each, one chunk of rows after the
    /// other.
    pub(super) fn evaluate(
        &self,
        source: Source<'_>,
        rows: &[usize],
        output: impl Fn(&mut Pass<'_, T>, &Features<T>) -> Var,
    ) -> Tensor<T> {
        let mut tape = Tape::new();
        let mut width = 0;
        let mut values = Vec::new();
        for chunk in rows.chunks(PREDICTION_ROWS) {
            tape.clear();
            let weights = self.parameters.bind(&mut tape, false);
            let features = source.features(chunk);
            let y = output(&mut Pass::new(&mut tape, &weights), &features);
            width = tape.shape(y).1;
            values.extend_from_slice(tape.value(y).as_slice());
        }
        Tensor::from_vec(rows.len(), width, values)
    }
}

fn embedding<T: Real>(
    parameters: &mut Parameters<T>,
    config: &ModelConfig,
    kind: InputKind,
    stream: &mut Stream,
) -> Embedding {
    let width = config.embedding;
    match kind {
        #[cfg(feature = "molecule")]
        InputKind::Graphs { atoms, bonds } => {
            let sizes = (width, config.depth, config.readout);
            Embedding::Graph(Dmpnn::new(
                parameters,
                "embedding",
                (atoms, bonds),
                sizes,
                stream,
            ))
        }
        InputKind::Numeric { features } => {
            let mut sizes = vec![features];
            sizes.resize(config.depth + 1, width);
            let mlp = Mlp::new(parameters, "embedding", &sizes, config.activation, stream);
            Embedding::Numeric(mlp, config.activation)
        }
    }
}

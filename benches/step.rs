//! A training step on made-up molecules, of as many rows and tasks as a bench asks for.

use geogate::autograd::Tape;
use geogate::baseline::HardSharing;
use geogate::gate::Gate;
use geogate::method::{
    Batch, Construction, GraphWidths, InputWidths, LabelLoss, Method, MethodName, ModelConfig, Term,
};
use geogate::nn::{Adam, Features, Parameters, Pass, Refinement, clip_norm};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};

use super::graphs::{FEATURES, matrix, molecules};

/// Molecules of a shard, as in training.
pub(crate) const SHARD: usize = 32;

/// One of `shards` shards, with labels of every task.
fn shard(salt: u64, (shards, tasks): (usize, usize)) -> Batch<f32> {
    Batch {
        features: Features::Graphs(molecules(SHARD, salt)),
        labels: matrix(SHARD, tasks, salt + 2),
        weights: Tensor::from_fn(SHARD, tasks, |_, _| 1.0 / (shards * SHARD) as f32),
        share: 1.0 / shards as f64,
        loss: LabelLoss::Square,
    }
}

/// A network with its shards and buffers.
pub(crate) struct Run {
    method: Box<dyn Method<f32>>,
    parameters: Parameters<f32>,
    adam: Adam<f32>,
    shards: Vec<Batch<f32>>,
    tape: Tape<f32>,
    pub(crate) gradient: Vec<f32>,
}

impl Run {
    /// A step of this many shards; the last of the tasks is the target.
    pub(crate) fn new(config: &ModelConfig, (shards, tasks): (usize, usize)) -> Self {
        config.validate().expect("the variants are valid");
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(1, Purpose::Test, 0);
        let names: Vec<String> = (0..tasks).map(|t| format!("t{t}")).collect();
        let (atoms, bonds) = FEATURES;
        let mut from = Construction {
            config,
            inputs: InputWidths {
                features: 0,
                graph: Some(GraphWidths { atoms, bonds }),
            },
            tasks: &names,
            target: tasks - 1,
            parameters: &mut parameters,
            stream: &mut stream,
        };
        let method: Box<dyn Method<f32>> = match config.method {
            MethodName::Mtl => Box::new(HardSharing::new(&mut from)),
            _ => Box::new(Gate::new(&mut from)),
        };
        let shard = |k| shard(10 * k as u64, (shards, tasks));
        Self {
            method,
            adam: Adam::new(parameters.values().len(), 0.0),
            gradient: vec![0.0; parameters.values().len()],
            parameters,
            shards: (0..shards).map(shard).collect(),
            tape: Tape::new(),
        }
    }

    /// Rows that the message passing of a step multiplies.
    pub(crate) fn message_rows(&self, depth: usize) -> usize {
        let rows = |shard: &Batch<f32>| match &shard.features {
            Features::Graphs(batch) => Refinement::new(batch, depth).rows(),
            _ => 0,
        };
        self.shards.iter().map(rows).sum()
    }

    /// Loss and gradient of a step.
    pub(crate) fn gradient(&mut self) -> f32 {
        let (mut loss, mut write) = (0.0, Write::Replace);
        for (k, batch) in self.shards.iter().enumerate() {
            self.tape.clear();
            let weights = self.parameters.bind(&mut self.tape, true);
            let mut noise = Stream::new(0, Purpose::Perturbation, k as u64);
            let mut pass = Pass::new(&mut self.tape, &weights);
            let terms = self.method.losses(&mut pass, batch, &mut noise);
            let total = Term::total(&terms, &mut self.tape);
            self.tape.backward(total);
            self.parameters
                .gradient_into(&weights, &self.tape, &mut self.gradient, write);
            write = Write::Add;
            loss += self.tape.value(total).to_scalar();
        }
        loss
    }

    /// A whole step; so small that the weights stay what they are to the last digits.
    pub(crate) fn step(&mut self) -> f32 {
        const RATE: f64 = 1e-9;
        let loss = self.gradient();
        clip_norm(&mut self.gradient, 5.0);
        self.adam
            .step(self.parameters.values_mut(), &self.gradient, RATE);
        loss
    }
}

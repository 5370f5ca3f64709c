//! One optimiser step: shards of molecules, their gradients added in a fixed order.

use rayon::prelude::*;

use super::batch::TrainingTable;
use super::network::Network;
use crate::autograd::Tape;
use crate::error::{ErrorKind, Result};
use crate::gate::Term;
use crate::nn::{Dropout, Pass};
use crate::random::{Purpose, Stream};
use crate::tensor::{Real, elementwise};

/// Molecules in a shard. Fixed: shards are what threads share, so their size must not depend on
/// the number of threads; large enough for GEMM, small enough for the L2 cache.
const SHARD_ROWS: usize = 32;

/// Streams of random numbers of one step leave room for this many shards.
const SHARDS_PER_STEP: u64 = 1 << 20;

/// The value of every loss term, in the order of [`crate::gate::Method::losses`].
pub(super) type Losses = Vec<(&'static str, f64)>;

/// What one shard leaves, and the buffers it keeps.
struct Shard<T> {
    tape: Tape<T>,
    gradient: Vec<T>,
    losses: Losses,
}

/// Shards with their buffers, kept from step to step.
pub(super) struct Stepper<T> {
    shards: Vec<Shard<T>>,
    gradient: Vec<T>,
    seed: u64,
    dropout: f64,
    parallel: bool,
}

impl<T: Real> Stepper<T> {
    /// For a network of `parameters` numbers; shards run over the current thread pool where
    /// `parallel`, one after the other where not, with the same result.
    pub(super) fn new(parameters: usize, seed: u64, dropout: f64, parallel: bool) -> Self {
        let gradient = vec![T::ZERO; parameters];
        Self { shards: Vec::new(), gradient, seed, dropout, parallel }
    }

    /// The gradient of the last step.
    pub(super) fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// Losses of the step `step` (counted from 0) on some rows of the table; the gradient is left
    /// in [`Self::gradient_mut`].
    pub(super) fn evaluate(
        &mut self,
        network: &Network<T>,
        table: &TrainingTable<'_>,
        rows: &[usize],
        step: u64,
    ) -> Result<Losses> {
        let parts: Vec<&[usize]> = rows.chunks(SHARD_ROWS).collect();
        let parameters = self.gradient.len();
        self.shards.resize_with(self.shards.len().max(parts.len()), || Shard {
            tape: Tape::new(),
            gradient: vec![T::ZERO; parameters],
            losses: Vec::new(),
        });
        let (seed, dropout) = (self.seed, self.dropout);
        let run = |(k, (shard, part)): (usize, (&mut Shard<T>, &&[usize]))| {
            let stream = step * SHARDS_PER_STEP + k as u64;
            shard.evaluate(network, (table, part, rows.len()), (seed, stream), dropout);
        };
        let shards = &mut self.shards[..parts.len()];
        if self.parallel && parts.len() > 1 {
            shards.par_iter_mut().zip(&parts).enumerate().for_each(run);
        } else {
            shards.iter_mut().zip(&parts).enumerate().for_each(run);
        }
        self.collect(parts.len(), step)
    }

    /// Adds up the gradients and losses of the first `count` shards, in their order.
    fn collect(&mut self, count: usize, step: u64) -> Result<Losses> {
        let (first, others) = self.shards[..count].split_first().expect("a step has a shard");
        self.gradient.copy_from_slice(&first.gradient);
        let mut losses = first.losses.clone();
        for shard in others {
            elementwise::add_scaled(&mut self.gradient, T::ONE, &shard.gradient);
            for (total, (_, part)) in losses.iter_mut().zip(&shard.losses) {
                total.1 += part;
            }
        }
        match losses.iter().find(|(_, value)| !value.is_finite()) {
            None => Ok(losses),
            Some(&(term, value)) => {
                let term = format!("the {term} loss");
                Err(ErrorKind::NonFinite { step: step + 1, term, value }.into())
            }
        }
    }
}

impl<T: Real> Shard<T> {
    fn evaluate(
        &mut self,
        network: &Network<T>,
        (table, rows, step_rows): (&TrainingTable<'_>, &[usize], usize),
        (seed, stream): (u64, u64),
        dropout: f64,
    ) {
        self.tape.clear();
        let batch = table.batch(rows, step_rows);
        let weights = network.parameters.bind(&mut self.tape, true);
        let mut noise = Stream::new(seed, Purpose::Perturbation, stream);
        let masks = || Dropout::new(dropout, Stream::new(seed, Purpose::Dropout, stream));
        let dropout = (dropout > 0.0).then(masks);
        let mut pass = Pass { tape: &mut self.tape, weights: &weights, dropout };
        let terms = network.method.losses(&mut pass, &batch, &mut noise);
        let total = Term::total(&terms, &mut self.tape);
        self.tape.backward(total);
        self.gradient.fill(T::ZERO);
        network.parameters.add_gradient(&weights, &self.tape, &mut self.gradient);
        self.losses.clear();
        // terms weighted by the shard's share are means over the shard: a step's value is their sum
        let value = |term: &Term| self.tape.value(term.value).to_scalar().to_f64() * term.weight;
        self.losses.extend(terms.iter().map(|term| (term.name, value(term))));
    }
}

//! One optimiser step: shards of molecules, their gradients added in a fixed order.

use std::ops::Range;

use rayon::prelude::*;

use super::batch::TrainingTable;
use super::network::Network;
use crate::autograd::{Breakdown, Tape};
use crate::error::{Error, ErrorKind, Result};
use crate::method::Term;
use crate::nn::{Bound, Dropout, ParameterId, Parameters, Pass, Trained, clip_norm_within};
use crate::random::{Purpose, Stream};
use crate::tensor::{Real, Write};

/// Molecules in a shard. Fixed: shards are what threads share, so their size must not depend on
/// the number of threads; large enough for GEMM, small enough for the L2 cache.
const SHARD_ROWS: usize = 32;

/// Streams of random numbers of one step leave room for this many shards.
const SHARDS_PER_STEP: u64 = 1 << 20;

/// The random numbers of a step: perturbations and dropout.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepNoise {
    pub(super) seed: u64,
    /// Probability that a hidden unit is dropped.
    pub(super) dropout: f64,
}

/// Named numbers of a step.
pub(super) type NamedNumbers = Vec<(&'static str, f64)>;

/// What a step found.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    /// The weighted value of every loss term, in the order of [`crate::method::Method::losses`].
    pub(super) terms: NamedNumbers,
    /// The readings, and the share of degenerate points where a metric was inverted.
    pub(super) readings: NamedNumbers,
}

impl Losses {
    /// Adds another step's, or another shard's, numbers of the same names.
    pub(super) fn add(&mut self, other: &Self) {
        if self.terms.is_empty() {
            self.clone_from(other);
            return;
        }
        let ours = self.terms.iter_mut().chain(&mut self.readings);
        for (sum, (_, part)) in ours.zip(other.terms.iter().chain(&other.readings)) {
            sum.1 += part;
        }
    }
}

/// What one shard leaves, and the buffers it keeps; the tape holds the weights.
struct Shard<T> {
    tape: Tape<T>,
    weights: Bound,
    losses: Losses,
    breakdowns: Vec<Breakdown>,
}

/// Shards with their buffers, kept from step to step.
pub(super) struct Stepper<T> {
    shards: Vec<Shard<T>>,
    trained: Trained,
    /// Zeros where the stage trains nothing.
    gradient: Vec<T>,
    noise: StepNoise,
    parallel: bool,
}

impl<T: Real> Stepper<T> {
    /// For one stage of a network; shards run over the current thread pool where `parallel`, one after the
    /// other where not, with the same result.
    pub(super) fn new(
        (network, stage): (&Network<T>, usize),
        noise: StepNoise,
        parallel: bool,
    ) -> Self {
        let parameters = &network.parameters;
        Self {
            shards: Vec::new(),
            trained: parameters.trained(&network.stages[stage].frozen),
            gradient: vec![T::ZERO; parameters.values().len()],
            noise,
            parallel: parallel && rayon::current_num_threads() > 1,
        }
    }

    /// The weights that the stage trains.
    pub(super) fn trained(&self) -> &Trained {
        &self.trained
    }

    /// The blocks of the weights that the stage trains, and the gradient of the last step.
    pub(super) fn descent(&self) -> (&[Range<usize>], &[T]) {
        (self.trained.blocks(), &self.gradient)
    }

    /// Shortens the gradient of the last step to the norm `limit` if it is longer; returns the norm it had.
    pub(super) fn clip(&mut self, limit: f64) -> f64 {
        clip_norm_within(self.trained.blocks(), &mut self.gradient, limit)
    }

    /// Losses of the step `step` (counted from 0) of the stage on some rows of its table; the gradient is left
    /// in [`Self::descent`].
    pub(super) fn evaluate(
        &mut self,
        (network, stage): (&Network<T>, usize),
        table: &TrainingTable<'_, T>,
        rows: &[usize],
        step: u64,
    ) -> Result<Losses> {
        let parts: Vec<&[usize]> = rows.chunks(SHARD_ROWS).collect();
        let frozen = &network.stages[stage].frozen;
        self.shards
            .resize_with(self.shards.len().max(parts.len()), || {
                Shard::new(&network.parameters, frozen)
            });
        let (noise, trained) = (self.noise, &self.trained);
        let run = |(k, (shard, part)): (usize, (&mut Shard<T>, &&[usize]))| {
            let stream = step * SHARDS_PER_STEP + k as u64;
            shard.evaluate(
                (network, stage),
                (table, part, rows.len()),
                (noise, stream),
                trained,
            );
        };
        let shards = &mut self.shards[..parts.len()];
        if self.parallel && parts.len() > 1 {
            shards.par_iter_mut().zip(&parts).enumerate().for_each(run);
        } else {
            shards.iter_mut().zip(&parts).enumerate().for_each(run);
        }
        self.collect(&network.parameters, parts.len(), step)
    }

    /// Adds up the gradients and losses of the first `count` shards, in their order.
    fn collect(&mut self, parameters: &Parameters<T>, count: usize, step: u64) -> Result<Losses> {
        let mut losses = Losses::default();
        let mut write = Write::Replace;
        for shard in &self.shards[..count] {
            let bound = (&shard.weights, &self.trained);
            parameters.trained_gradient_into(bound, &shard.tape, &mut self.gradient, write);
            losses.add(&shard.losses);
            write = Write::Add;
        }
        losses.readings.extend(self.degenerate(count, step)?);
        match losses.terms.iter().find(|(_, value)| !value.is_finite()) {
            None => Ok(losses),
            Some(&(term, value)) => Err(Error::non_finite(
                step + 1,
                format!("the {term} loss"),
                value,
            )),
        }
    }
}

impl<T: Real> Stepper<T> {
    /// The share of degenerate points among those at which the first `count` shards inverted a
    /// metric; an error where an operation met nothing else.
    fn degenerate(&self, count: usize, step: u64) -> Result<Option<(&'static str, f64)>> {
        let shards = &self.shards[..count];
        let operations = shards[0].breakdowns.len();
        let (mut all, mut degenerate) = (0, 0);
        for operation in 0..operations {
            let of_shards = shards.iter().map(|shard| &shard.breakdowns[operation]);
            let sum = |f: fn(&Breakdown) -> usize| of_shards.clone().map(f).sum::<usize>();
            let (rows, broken) = (sum(|b| b.rows), sum(|b| b.degenerate));
            if rows > 0 && rows == broken {
                let mut found = of_shards.clone().map(|b| b.singular_values.clone());
                return Err(ErrorKind::DegenerateChart {
                    step: step + 1,
                    points: rows,
                    singular_values: found.find(|values| !values.is_empty()).unwrap_or_default(),
                }
                .into());
            }
            all += rows;
            degenerate += broken;
        }
        Ok((all > 0).then(|| ("degenerate", degenerate as f64 / all as f64)))
    }
}

impl<T: Real> Shard<T> {
    /// With all weights on its tape.
    fn new(parameters: &Parameters<T>, frozen: &[ParameterId]) -> Self {
        let mut tape = Tape::new();
        let weights = parameters.bind_but(&mut tape, frozen);
        tape.hold();
        Self {
            tape,
            weights,
            losses: Losses::default(),
            breakdowns: Vec::new(),
        }
    }

    fn evaluate(
        &mut self,
        (network, stage): (&Network<T>, usize),
        (table, rows, step_rows): (&TrainingTable<'_, T>, &[usize], usize),
        (StepNoise { seed, dropout }, stream): (StepNoise, u64),
        trained: &Trained,
    ) {
        self.tape.clear();
        let parameters = &network.parameters;
        parameters.rebind(&self.weights, &mut self.tape, trained);
        let batch = table.batch(rows, step_rows);
        let stage = &network.stages[stage];
        let mut noise = Stream::new(seed, Purpose::Perturbation, stream);
        let masks = || Dropout::new(dropout, Stream::new(seed, Purpose::Dropout, stream));
        let dropout = (dropout > 0.0).then(masks);
        let mut pass = Pass {
            tape: &mut self.tape,
            weights: &self.weights,
            dropout,
        };
        let terms = stage.method.losses(&mut pass, &batch, &mut noise);
        let total = Term::total(&terms, &mut self.tape);
        self.tape.backward(total);
        self.breakdowns = self.tape.breakdowns().to_vec();
        // terms weighted by the shard's share are means over the shard: a step's value is their sum
        let value = |term: &Term| self.tape.value(term.value).to_scalar().to_f64();
        let (readings, terms): (Vec<Term>, _) = terms.iter().partition(|term| term.is_reading());
        self.losses = Losses {
            terms: Vec::from_iter(terms.iter().map(|t| (t.name, value(t) * t.weight))),
            readings: Vec::from_iter(readings.iter().map(|t| (t.name, value(t)))),
        };
    }
}

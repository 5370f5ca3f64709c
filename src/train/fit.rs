//! The training loop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::batch::{Source, TrainingTable, View};
use super::checkpoint::{self, State};
use super::config::{Precision, TrainingConfig};
use super::leg::{Frozen, Leg};
use super::model::{ModelDescription, TrainedModel, Weights};
use super::network::Network;
use super::relevance::Relevance;
use super::step::{Losses, Named, Stepper};
use crate::data::{Corpus, Partition};
use crate::error::{Error, ErrorKind, Result};
use crate::gate::config::{ModelConfig, SourceWeights};
use crate::nn::clip_norm;
use crate::random::{Purpose, Stream};
use crate::tensor::Real;

/// A checkpoint is written at the end of the first epoch and then at most this often.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(5);

/// How a run is watched and governed; nothing in it changes the result.
#[derive(Clone, Copy)]
pub struct RunControl<'a> {
    /// Told about every epoch.
    pub observer: &'a dyn Observer,
    /// Spreads the shards of a step over the current thread pool; the result is the same.
    pub parallel: bool,
    /// Folder in which resumable state is left while the run lasts.
    pub checkpoint: Option<&'a Path>,
    /// Goes on from the state in that folder, if there is one.
    pub resume: bool,
    /// Stops the run, with a checkpoint, once it is true.
    pub stop: &'a AtomicBool,
}

/// Watches a run.
pub trait Observer: Sync {
    /// An epoch is over.
    fn epoch(&self, progress: &EpochProgress) {
        let _ = progress;
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// Where a run stands at the end of an epoch.
#[derive(Clone, Debug)]
pub struct EpochProgress {
    /// The epoch just finished, counted from 1.
    pub epoch: usize,
    /// Epochs of the whole run.
    pub epochs: usize,
    /// Its losses and validation error.
    pub record: EpochRecord,
    /// The smallest validation error of this course of training so far.
    pub best_val_rmse: f64,
    /// Wall time of this run so far.
    pub seconds: f64,
}

/// One epoch in the history of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean over the steps of each weighted loss term, in the order of the method's terms.
    pub losses: Vec<(String, f64)>,
    /// Mean over the steps of what is watched beside them: the scale of derivatives that the contact
    /// losses are read against, the share of degenerate points.
    #[serde(default)]
    pub readings: Vec<(String, f64)>,
    /// Root mean square error on the target's validation rows, in the target's unit; of a pre-training
    /// epoch, on the sources' validation rows, in standard deviations.
    pub val_rmse: f64,
    /// Is it an epoch of pre-training on the sources?
    #[serde(default)]
    pub pretraining: bool,
    /// Learning rate of the last step.
    pub learning_rate: f64,
}

/// A finished run.
pub struct Fitted {
    /// The network with the weights of the best epoch.
    pub model: TrainedModel,
    /// Every epoch.
    pub history: Vec<EpochRecord>,
    /// The epoch whose weights were kept, counted from 1.
    pub best_epoch: usize,
    /// Validation error of that epoch, in the target's unit.
    pub best_val_rmse: f64,
    /// Epochs run.
    pub epochs: usize,
    /// Optimiser steps taken.
    pub steps: u64,
    /// How many of the target's training labels were corrupted.
    pub corrupted: usize,
}

/// Trains a model: the union table of all tasks' training rows, in batches, for the configured
/// epochs (more where these would be fewer than `min_steps` steps); the weights of the epoch with
/// the smallest error on the target's validation rows are kept, or their mean along training
/// ([`ModelConfig::average`]).
///
/// # Errors
/// A task without training labels, labels that are all equal, a loss that is not finite, a
/// checkpoint that does not fit or cannot be written, an interruption.
pub fn fit(
    corpus: &Corpus,
    partition: &Partition,
    model: &ModelConfig,
    training: &TrainingConfig,
    control: &RunControl<'_>,
) -> Result<Fitted> {
    model.validate_for(corpus.tasks.len())?;
    training.validate()?;
    let corpus = &*corpus.corrupted(partition, training.corruption(), training.seed)?;
    let mut description = ModelDescription::new(corpus, partition, model, training)?;
    if model.source_weights == SourceWeights::Learned && model.method.has_charts() {
        let options = (model, training);
        description.relevance = Relevance::of_sources(corpus, partition, options, control)?;
    }
    match training.precision {
        Precision::F32 => {
            let network = description.network::<f32>();
            Run::new((corpus, partition), (description, network), control)?.finish()
        }
        Precision::F64 => {
            let network = description.network::<f64>();
            Run::new((corpus, partition), (description, network), control)?.finish()
        }
    }
}

/// A run in progress.
pub(super) struct Run<'a, T: Real> {
    corpus: &'a Corpus,
    description: ModelDescription,
    control: &'a RunControl<'a>,
    partition: &'a Partition,
    network: Network<T>,
    state: State<T>,
    legs: Vec<Leg>,
}

impl<'a, T: Real> Run<'a, T> {
    /// A run of a network from its first weights, or from where an interrupted one was left.
    pub(super) fn new(
        (corpus, partition): (&'a Corpus, &'a Partition),
        (description, network): (ModelDescription, Network<T>),
        control: &'a RunControl<'a>,
    ) -> Result<Self> {
        let legs = Leg::all(&network, &description, (corpus, partition));
        let decay = description.newest_training().weight_decay;
        let mut state = State::new(&network.parameters, decay, legs[0].memory);
        if let (Some(folder), true) = (control.checkpoint, control.resume) {
            let fingerprint = description.fingerprint(corpus, partition);
            let n = network.parameters.values().len();
            let memories: Vec<u64> = legs.iter().map(|leg| leg.memory).collect();
            if let Some(saved) = checkpoint::load(folder, &fingerprint, (n, decay, &memories))? {
                state = saved;
            }
        }
        Ok(Self {
            corpus,
            description,
            control,
            partition,
            network,
            state,
            legs,
        })
    }

    /// Epochs of all legs.
    fn epochs(&self) -> usize {
        self.legs.iter().map(|leg| leg.epochs).sum()
    }

    /// Runs to the end.
    pub(super) fn finish(mut self) -> Result<Fitted>
    where
        Weights: From<Network<T>>,
    {
        let started = Instant::now();
        let (epochs, last) = (self.epochs(), self.legs.len() - 1);
        loop {
            self.run_leg(started)?;
            if self.state.leg == last {
                break;
            }
            let decay = self.description.newest_training().weight_decay;
            self.state
                .next_leg(decay, self.legs[self.state.leg + 1].memory);
        }
        let corruption = self.description.newest_training().corruption();
        let corrupted = corruption.rows(self.corpus, self.partition);
        let state = self.state;
        self.network
            .parameters
            .values_mut()
            .copy_from_slice(&state.best);
        Ok(Fitted {
            model: TrainedModel::new(self.description, self.network),
            best_epoch: state.best_epoch,
            best_val_rmse: state.best_val_rmse,
            epochs,
            steps: state.steps(),
            corrupted,
            history: state.history,
        })
    }

    /// The rest of the current leg.
    fn run_leg(&mut self, started: Instant) -> Result<()> {
        let leg = self.legs[self.state.leg].clone();
        let description = self.description.clone();
        let columns = description.columns(self.corpus);
        let source = Source {
            inputs: &self.corpus.inputs,
            scaling: &description.feature_scaler,
        };
        self.network
            .parameters
            .values_mut()
            .copy_from_slice(&self.state.weights);
        let view = self.network.view(leg.course, source, leg.seen.clone());
        let scaled = (columns.as_slice(), description.scalers.as_slice());
        let lends = self.network.courses[leg.course].lends.clone();
        let labels = (lends.as_slice(), description.newest_model().balance);
        let table = TrainingTable::new(self.corpus, self.partition, &view, scaled, labels);
        let n = self.network.parameters.values().len();
        let (seed, dropout) = (
            description.newest_training().seed,
            description.newest_model().dropout,
        );
        let mut stepper = Stepper::new(n, seed, dropout, self.control.parallel);
        let mut saved = None;
        while self.state.epoch < leg.epochs {
            let at_start = self.state.clone();
            if let Some(record) = self.epoch(&leg, &table, &mut stepper)? {
                self.judge(&leg, &view, record, started)?;
            } else {
                let checkpoint = self.save(&at_start)?;
                return Err(ErrorKind::Interrupted { checkpoint }.into());
            }
            if saved.is_none_or(|at: Instant| at.elapsed() >= CHECKPOINT_INTERVAL) {
                self.save(&self.state)?;
                saved = Some(Instant::now());
            }
        }
        Ok(())
    }

    /// One pass over the table; `None` where the run was stopped in the middle.
    fn epoch(
        &mut self,
        leg: &Leg,
        table: &TrainingTable<'_, T>,
        stepper: &mut Stepper<T>,
    ) -> Result<Option<EpochRecord>> {
        let training = self.description.newest_training().clone();
        let mut stream = Stream::new(
            training.seed,
            Purpose::Batches,
            self.state.history.len() as u64,
        );
        let order = stream.permutation(table.len());
        let mut sums = Losses::default();
        let mut rate = 0.0;
        self.network
            .parameters
            .values_mut()
            .copy_from_slice(&self.state.weights);
        let frozen = Frozen::new(&self.network, leg.course);
        for rows in order.chunks(training.batch_size) {
            if self.control.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let step = self.state.adam.steps();
            let losses = stepper.evaluate((&self.network, leg.course), table, rows, step)?;
            frozen.clear(stepper.gradient_mut());
            let norm = clip_norm(stepper.gradient_mut(), training.clip);
            if !norm.is_finite() {
                let term = "the norm of the gradient".to_owned();
                return Err(ErrorKind::NonFinite {
                    step: step + 1,
                    term,
                    value: norm,
                }
                .into());
            }
            rate = leg.schedule.rate(step);
            let weights = self.network.parameters.values_mut();
            self.state.adam.step(weights, stepper.gradient_mut(), rate);
            frozen.restore(weights);
            if self.state.average.remembers() {
                self.state.average.follow(weights, step + 1);
            }
            sums.add(&losses);
        }
        let (weights, steps) = (self.network.parameters.values(), self.state.adam.steps());
        if !self.state.average.remembers() {
            self.state.average.follow(weights, steps);
        }
        self.state
            .weights
            .copy_from_slice(self.network.parameters.values());
        self.state.epoch += 1;
        let steps = table.len().div_ceil(training.batch_size) as f64;
        Ok(Some(EpochRecord {
            epoch: self.state.history.len() + 1,
            losses: means(&sums.terms, steps),
            readings: means(&sums.readings, steps),
            val_rmse: f64::NAN,
            pretraining: leg.pretraining,
            learning_rate: rate,
        }))
    }

    /// Measures the validation error of the mean weights and keeps them if it is the smallest.
    fn judge(
        &mut self,
        leg: &Leg,
        view: &View<'_, T>,
        record: EpochRecord,
        started: Instant,
    ) -> Result<()> {
        let weights = self.network.parameters.values_mut();
        weights.copy_from_slice(self.state.average.mean());
        let judged = (&self.description, self.corpus);
        let val_rmse = leg.validation_error(&self.network, view, judged);
        if !val_rmse.is_finite() {
            let (step, term) = (self.state.adam.steps(), "the validation error".to_owned());
            return Err(ErrorKind::NonFinite {
                step,
                term,
                value: val_rmse,
            }
            .into());
        }
        let epochs = self.epochs();
        let state = &mut self.state;
        if val_rmse < state.best_val_rmse {
            state.best_val_rmse = val_rmse;
            state.best_epoch = record.epoch;
            state.best.copy_from_slice(state.average.mean());
        }
        let record = EpochRecord { val_rmse, ..record };
        state.history.push(record.clone());
        self.control.observer.epoch(&EpochProgress {
            epoch: record.epoch,
            epochs,
            record,
            best_val_rmse: state.best_val_rmse,
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    fn save(&self, state: &State<T>) -> Result<Option<std::path::PathBuf>> {
        let Some(folder) = self.control.checkpoint else {
            return Ok(None);
        };
        let fingerprint = self.description.fingerprint(self.corpus, self.partition);
        checkpoint::save(folder, &fingerprint, state)?;
        Ok(Some(folder.to_path_buf()))
    }
}

/// Sums over the steps of an epoch as means.
fn means(sums: &Named, steps: f64) -> Vec<(String, f64)> {
    let mean = |&(name, sum): &(&str, f64)| (name.to_owned(), sum / steps);
    sums.iter().map(mean).collect()
}

impl TrainingConfig {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] naming the option.
    pub fn validate(&self) -> Result<()> {
        let bad = |problem: String| Err(Error::usage(problem, "correct the option"));
        if self.batch_size == 0 || self.epochs == 0 {
            return bad("--batch-size and --epochs must be at least 1".to_owned());
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return bad(format!("--lr is {}, it must be positive", self.lr));
        }
        if !(0.0..1.0).contains(&self.warmup) {
            return bad(format!("--warmup is {}, it must be in [0, 1)", self.warmup));
        }
        if self.clip.is_nan() || self.clip <= 0.0 {
            return bad(format!("--clip is {}, it must be positive", self.clip));
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return bad(format!(
                "--weight-decay is {}, it must not be negative",
                self.weight_decay
            ));
        }
        self.corruption().validate()
    }
}

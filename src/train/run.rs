//! The training loop: one network through its stages.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::{InputView, Source, Supervision, TrainingTable};
use super::checkpoint::{self, State};
use super::choice::InnerValidation;
use super::config::Precision;
use super::control::{EpochProgress, EpochRecord, RunControl};
use super::description::ModelDescription;
use super::frame::{Frame, Weights};
use super::model::Model;
use super::network::Network;
use super::stage::{StagePlan, Validation};
use super::step::{Losses, NamedNumbers, StepNoise, Stepper};
use crate::data::{Corpus, Divided, Partition};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::Trained;
use crate::random::{Purpose, Stream};
use crate::tensor::Real;

/// A checkpoint is written at the end of the first epoch and then at most this often.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(5);

/// A finished run.
pub struct Fitted {
    /// The network with the weights that were kept: of the best epoch, or of the last where the length was chosen
    /// before; their mean along training with [`ModelConfig::average`](crate::method::ModelConfig::average).
    pub model: Model,
    /// Every epoch.
    pub history: Vec<EpochRecord>,
    /// The epoch whose weights were kept, counted from 1.
    pub best_epoch: usize,
    /// Validation error of that epoch, in the target's unit; NaN where no row validates.
    pub best_val_rmse: f64,
    /// Optimiser steps taken.
    pub steps: u64,
    /// The parts that the weights have seen the rows in: those given, or, where the length of training was chosen by
    /// inner validation, those of the refit, in which the target's validation rows train.
    pub partition: Partition,
    /// The inner validation by which length, or method, were chosen.
    pub inner: Option<InnerValidation>,
    /// How many of the target's training labels were corrupted.
    pub corrupted: usize,
}

/// Trains the network of a description, which begins with the weights of `base`, if there is one: judged by the target's
/// validation rows, or, where there are none, of this share of its `length`.
pub(super) fn run(
    base: Option<&Model>,
    data: Divided<'_>,
    description: ModelDescription,
    length: Option<f64>,
    control: &RunControl<'_>,
) -> Result<Fitted> {
    match description.newest_training().precision {
        Precision::F32 => {
            let frozen = base.and_then(|base| base.frame().weights.single());
            let network = description.network_from(frozen);
            TrainingRun::<f32>::new(data, (description, network), length, control)?.finish()
        }
        Precision::F64 => {
            let frozen = base.and_then(|base| base.frame().weights.double());
            let network = description.network_from(frozen);
            TrainingRun::<f64>::new(data, (description, network), length, control)?.finish()
        }
    }
}

/// A run in progress.
struct TrainingRun<'a, T: Real> {
    corpus: &'a Corpus,
    description: ModelDescription,
    control: &'a RunControl<'a>,
    partition: &'a Partition,
    network: Network<T>,
    state: State<T>,
    plans: Vec<StagePlan>,
}

impl<'a, T: Real> TrainingRun<'a, T> {
    /// A run of a network from its first weights, or from where an interrupted one was left.
    fn new(
        Divided { corpus, partition }: Divided<'a>,
        (description, network): (ModelDescription, Network<T>),
        length: Option<f64>,
        control: &'a RunControl<'a>,
    ) -> Result<Self> {
        let mut plans = StagePlan::all(&network, &description, Divided { corpus, partition });
        if let (Some(plan), Some(share)) = (plans.last_mut(), length) {
            plan.shorten(share);
        }
        let decay = description.newest_training().weight_decay;
        let mut state = State::new(&network.parameters, decay, plans[0].memory);
        if let (Some(folder), true) = (control.checkpoint, control.resume) {
            let fingerprint = description.fingerprint(corpus, partition);
            let n = network.parameters.values().len();
            let memories: Vec<u64> = plans.iter().map(|plan| plan.memory).collect();
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
            plans,
        })
    }

    /// Epochs of all plans.
    fn epochs(&self) -> usize {
        self.plans.iter().map(|plan| plan.epochs).sum()
    }

    /// Runs to the end.
    fn finish(mut self) -> Result<Fitted>
    where
        Weights: From<Network<T>>,
    {
        let last = self.plans.len() - 1;
        loop {
            self.run_stage()?;
            if self.state.at.stage == last {
                break;
            }
            let decay = self.description.newest_training().weight_decay;
            self.state
                .next_stage(decay, self.plans[self.state.at.stage + 1].memory);
        }
        let corruption = self.description.newest_training().corruption();
        let corrupted = corruption.rows(self.corpus, self.partition);
        let state = self.state;
        self.network
            .parameters
            .values_mut()
            .copy_from_slice(&state.best);
        Ok(Fitted {
            model: Frame::new(self.description, self.network).into(),
            best_epoch: state.at.best_epoch,
            best_val_rmse: Some(state.at.best_val_rmse)
                .filter(|rmse| rmse.is_finite())
                .unwrap_or(f64::NAN),
            steps: state.steps(),
            corrupted,
            history: state.at.history,
            partition: self.partition.clone(),
            inner: None,
        })
    }

    /// Trains the rest of the current stage.
    fn run_stage(&mut self) -> Result<()> {
        let plan = self.plans[self.state.at.stage].clone();
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
        let view = self.network.view(plan.stage, source, plan.seen.clone());
        let scaled = (columns.as_slice(), description.scalers.as_slice());
        let supervised = self.network.stages[plan.stage].supervised.clone();
        let labels = Supervision {
            supervised: &supervised,
            balance: description.newest_model().balance,
            loss: description.newest_training().label_loss(),
        };
        let table = TrainingTable::new(self.corpus, self.partition, &view, scaled, labels);
        let noise = StepNoise {
            seed: description.newest_training().seed,
            dropout: description.newest_model().dropout,
        };
        let stage = (&self.network, plan.stage);
        let mut stepper = Stepper::new(stage, noise, self.control.parallel);
        let mut saved = None;
        // all that an epoch changes before its end, as it was at its start
        let (mut adam, mut average) = (self.state.adam.clone(), self.state.average.clone());
        while self.state.at.epoch < plan.epochs {
            adam.copy_trained(&self.state.adam, stepper.trained());
            average.copy_trained(&self.state.average, stepper.trained());
            if let Some(record) = self.epoch(&plan, &table, &mut stepper)? {
                self.judge(&plan, (&view, stepper.trained()), record)?;
            } else {
                (self.state.adam, self.state.average) = (adam, average);
                let checkpoint = self.save()?;
                return Err(ErrorKind::Interrupted { checkpoint }.into());
            }
            if saved.is_none_or(|at: Instant| at.elapsed() >= CHECKPOINT_INTERVAL) {
                self.save()?;
                saved = Some(Instant::now());
            }
        }
        Ok(())
    }

    /// One pass over the table; `None` where the run was stopped in the middle.
    fn epoch(
        &mut self,
        plan: &StagePlan,
        table: &TrainingTable<'_, T>,
        stepper: &mut Stepper<T>,
    ) -> Result<Option<EpochRecord>> {
        let training = self.description.newest_training().clone();
        let mut stream = Stream::new(
            training.seed,
            Purpose::Batches,
            self.state.at.history.len() as u64,
        );
        let order = stream.permutation(table.len());
        let mut sums = Losses::default();
        let mut rate = 0.0;
        let values = self.network.parameters.values_mut();
        stepper.trained().copy(&self.state.weights, values);
        for rows in order.chunks(training.batch_size) {
            if self.control.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let step = self.state.adam.steps();
            let losses = stepper.evaluate((&self.network, plan.stage), table, rows, step)?;
            let norm = stepper.clip(training.clip);
            if !norm.is_finite() {
                return Err(Error::non_finite(
                    step + 1,
                    "the norm of the gradient",
                    norm,
                ));
            }
            rate = plan.schedule.rate(step);
            let weights = self.network.parameters.values_mut();
            let (blocks, gradient) = stepper.descent();
            let adam = &mut self.state.adam;
            adam.step_within(blocks, weights, gradient, rate);
            if self.state.average.remembers() {
                self.state.average.follow(blocks, weights, step + 1);
            }
            sums.add(&losses);
        }
        let (weights, steps) = (self.network.parameters.values(), self.state.adam.steps());
        if !self.state.average.remembers() {
            let (blocks, _) = stepper.descent();
            self.state.average.follow(blocks, weights, steps);
        }
        stepper.trained().copy(weights, &mut self.state.weights);
        self.state.at.epoch += 1;
        let steps = table.len().div_ceil(training.batch_size) as f64;
        Ok(Some(EpochRecord {
            epoch: self.state.at.history.len() + 1,
            losses: means(&sums.terms, steps),
            readings: means(&sums.readings, steps),
            val_rmse: f64::NAN,
            pretraining: plan.pretraining,
            learning_rate: rate,
        }))
    }

    /// Measures the validation error of the mean weights and keeps them if it is the smallest, or if no row
    /// validates.
    fn judge(
        &mut self,
        plan: &StagePlan,
        (view, trained): (&InputView<'_, T>, &Trained),
        record: EpochRecord,
    ) -> Result<()> {
        let values = self.network.parameters.values_mut();
        trained.copy(self.state.average.mean(), values);
        let judged = (&self.description, self.corpus);
        let Validation {
            rmse: val_rmse,
            predictions,
        } = plan.validation(&self.network, view, judged);
        if plan.judged() && !val_rmse.is_finite() {
            let step = self.state.adam.steps();
            return Err(Error::non_finite(step, "the validation error", val_rmse));
        }
        let epochs = self.epochs();
        let state = &mut self.state;
        if val_rmse < state.at.best_val_rmse || !plan.judged() {
            state.at.best_val_rmse = val_rmse;
            state.at.best_epoch = record.epoch;
            trained.copy(state.average.mean(), &mut state.best);
        }
        let record = EpochRecord { val_rmse, ..record };
        state.at.history.push(record.clone());
        self.control.observer.epoch(&EpochProgress {
            epochs,
            record,
            best_val_rmse: state.at.best_val_rmse,
            predictions,
        });
        Ok(())
    }

    fn save(&self) -> Result<Option<std::path::PathBuf>> {
        let Some(folder) = self.control.checkpoint else {
            return Ok(None);
        };
        let fingerprint = self.description.fingerprint(self.corpus, self.partition);
        checkpoint::save(folder, &fingerprint, &self.state)?;
        Ok(Some(folder.to_path_buf()))
    }
}

/// Sums over the steps of an epoch as means.
fn means(sums: &NamedNumbers, steps: f64) -> Vec<(String, f64)> {
    let mean = |&(name, sum): &(&str, f64)| (name.to_owned(), sum / steps);
    sums.iter().map(mean).collect()
}

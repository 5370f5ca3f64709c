//! Inner validation: the length of training, and the method, chosen by folds of the rows that may be learnt from.
//!
//! 20 validation rows make early stopping a lottery. Here every training and validation row of the target validates
//! once: K runs each hold one fold out, their errors are pooled at every length of training, the length with the smallest
//! is taken, and one run on all rows goes on for that length without looking at any error. The learning rate of a
//! shortened run is that of the first part of a whole one, as in the inner runs.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use super::choice::{Errors, Gain, InnerValidation, LENGTHS};
use super::config::TrainingConfig;
use super::control::{EpochProgress, Observer, RunControl};
use super::frame::Frame;
use super::model::Model;
use super::run::Fitted;
use super::single::fit_once;
use crate::data::{Corpus, Divided, Part, Partition};
use crate::error::{Error, Result};
use crate::files::{create_folder, names::INNER, write_json};
use crate::method::{MethodName, ModelConfig};

/// Inner folds of `auto` and of a run on every row, where their number is not given.
pub const DEFAULT_FOLDS: usize = 4;

/// What is to be chosen from, by which folds.
pub(super) struct ChoicePlan<'a> {
    /// The trained model that the target is added to, if to any.
    base: Option<&'a Model>,
    /// Right labels, which judge.
    corpus: &'a Corpus,
    /// The labels that runs learn from, some of them wrong where that was asked for.
    learnt: Cow<'a, Corpus>,
    partition: &'a Partition,
    /// The parts of the run on all rows.
    refit: Partition,
    training: &'a TrainingConfig,
    candidates: Vec<ModelConfig>,
    folds: usize,
}

/// One run of the inner validation.
struct InnerRun<'a> {
    model: &'a ModelConfig,
    fold: usize,
    partition: &'a Partition,
}

/// What an inner run found, as it is kept.
#[derive(Serialize, Deserialize)]
struct InnerTrace {
    /// Everything it depends on.
    fingerprint: String,
    /// `[LENGTHS][rows]`, the predictions for the fold's rows in their order, in the target's unit.
    #[serde(deserialize_with = "numbers_or_nan")]
    predictions: Vec<Vec<f64>>,
}

/// Reads what `serde_json` writes for NaN.
fn numbers_or_nan<'de, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<Vec<Vec<f64>>, D::Error> {
    let rows: Vec<Vec<Option<f64>>> = Vec::deserialize(from)?;
    let row = |row: Vec<Option<f64>>| row.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect();
    Ok(rows.into_iter().map(row).collect())
}

/// Trains a network whose own head reads it.
pub(super) fn fit_network(
    base: Option<&Model>,
    data: Divided<'_>,
    options: (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    if let Some(plan) = ChoicePlan::new(base, data, options)? {
        return plan.fit(control);
    }
    let (Divided { corpus, partition }, (_, training)) = (data, options);
    let corpus = corpus.corrupted(partition, training.corruption(), training.seed)?;
    let data = corpus.divided(partition);
    fit_once(base, data, options, None, control)
}

impl<'a> ChoicePlan<'a> {
    /// The plan of a run; `None` where there is nothing to choose but the best epoch on the validation rows.
    ///
    /// # Errors
    /// Those of [`ModelConfig::candidate`], [`Partition::refit`] and [`Corpus::corrupted`].
    pub(super) fn new(
        base: Option<&'a Model>,
        Divided { corpus, partition }: Divided<'a>,
        (model, training): (&ModelConfig, &'a TrainingConfig),
    ) -> Result<Option<Self>> {
        let auto = model.method == MethodName::Auto;
        let folds = match training.inner_folds {
            0 if auto || partition.is_final() => DEFAULT_FOLDS,
            folds => folds,
        };
        if folds == 0 {
            return Ok(None);
        }
        let candidates = match (auto, corpus.sources().next()) {
            (false, _) => vec![model.clone()],
            (true, None) => vec![model.candidate(MethodName::Stl)?],
            (true, Some(_)) => vec![
                model.candidate(MethodName::Stl)?,
                model.candidate(model.transfer)?,
            ],
        };
        let refit = partition.refit(corpus)?;
        let learnt = corpus.corrupted(&refit, training.corruption(), training.seed)?;
        Ok(Some(Self {
            base,
            corpus,
            learnt,
            partition,
            refit,
            training,
            candidates,
            folds,
        }))
    }

    /// Runs the folds, chooses, and trains on all rows.
    pub(super) fn fit(&self, control: &RunControl<'_>) -> Result<Fitted> {
        // what the finished runs found is kept
        let inner = self.validate(control);
        let inner = inner.map_err(|error| control.resumable(error))?;
        let chosen = |model: &&ModelConfig| model.method == inner.chosen;
        let model = self.candidates.iter().find(chosen);
        let model = model.expect("the chosen method is a candidate");
        let data = self.learnt.divided(&self.refit);
        let length = Some(inner.winner().length);
        let fitted = fit_once(self.base, data, (model, self.training), length, control)?;
        Ok(Fitted {
            inner: Some(inner),
            ..fitted
        })
    }

    /// Every row held out once by every candidate.
    fn validate(&self, control: &RunControl<'_>) -> Result<InnerValidation> {
        let partitions = self.partition.inner_folds(self.corpus, self.folds)?;
        let runs: Vec<InnerRun<'_>> = (self.candidates.iter())
            .flat_map(|model| {
                let folds = partitions.iter().enumerate();
                folds.map(move |(fold, partition)| InnerRun {
                    model,
                    fold,
                    partition,
                })
            })
            .collect();
        let (finished, all) = (AtomicUsize::new(0), runs.len());
        let trace = |run: &InnerRun<'_>| {
            let trace = self.trace(run, control)?;
            let finished = finished.fetch_add(1, Ordering::Relaxed) + 1;
            control.observer.inner(finished, all);
            Ok(trace)
        };
        let traces: Vec<InnerTrace> = if control.parallel {
            runs.par_iter().map(trace).collect::<Result<_>>()?
        } else {
            runs.iter().map(trace).collect::<Result<_>>()?
        };
        Ok(self.choose(&partitions, &traces))
    }

    /// What one run found, now or before an interruption.
    fn trace(&self, run: &InnerRun<'_>, control: &RunControl<'_>) -> Result<InnerTrace> {
        let data = self.learnt.divided(run.partition);
        let options = (run.model, self.training);
        let description = Frame::describe(self.base.map(Model::frame), data, options, Vec::new())?;
        let fingerprint = description.fingerprint(data.corpus, data.partition);
        let file = control.checkpoint.map(|folder| run.file(folder));
        let kept = file.as_deref().filter(|_| control.resume);
        if let Some(trace) = kept.and_then(|file| InnerTrace::read(file, &fingerprint)) {
            return Ok(trace);
        }
        let record = EpochPredictions::default();
        let alone = RunControl {
            observer: &record,
            // the runs are what threads share
            parallel: false,
            stop: control.stop,
            ..RunControl::default()
        };
        let fitted = fit_once(self.base, data, options, None, &alone);
        let predictions = match fitted {
            Ok(_) => record.at_lengths(),
            // a transfer that cannot be trained is one that does not help
            Err(error) if self.may_fail(run.model, &error) => {
                let rows = run.partition.count(self.corpus.target, Part::Val);
                vec![vec![f64::NAN; rows]; LENGTHS]
            }
            Err(error) => return Err(error),
        };
        let trace = InnerTrace {
            fingerprint,
            predictions,
        };
        if let Some(file) = file {
            file.parent().map_or(Ok(()), create_folder)?;
            write_json(&file, &trace)?;
        }
        Ok(trace)
    }

    /// Is it a breakdown of one of several methods, such that `stl` is left?
    fn may_fail(&self, model: &ModelConfig, error: &Error) -> bool {
        error.is_breakdown() && self.candidates.len() > 1 && model.method != MethodName::Stl
    }

    /// The choice, from the traces of all runs.
    fn choose(&self, partitions: &[Partition], traces: &[InnerTrace]) -> InnerValidation {
        let rows = |fold: &Partition| fold.rows(self.corpus.target, Part::Val);
        let held_out: Vec<Vec<usize>> = partitions.iter().map(rows).collect();
        let of_method = self.candidates.iter().zip(traces.chunks(partitions.len()));
        let errors: Vec<Errors> = of_method
            .map(|(model, traces)| Errors {
                method: model.method,
                by_length: (0..LENGTHS)
                    .map(|length| self.errors(&held_out, traces, length))
                    .collect(),
            })
            .collect();
        let gain = match &errors[..] {
            [alone, transfer] => Some(Gain::of(transfer, alone, &self.groups(&held_out))),
            _ => None,
        };
        let transfer = gain.is_none_or(|gain| gain.helps());
        let chosen = if transfer {
            errors.last()
        } else {
            errors.first()
        };
        InnerValidation {
            folds: partitions.len(),
            rows: held_out.iter().map(Vec::len).sum(),
            chosen: chosen.expect("there is a candidate").method,
            candidates: errors.iter().map(Errors::candidate).collect(),
            gain,
        }
    }

    /// Prediction minus label of the held-out rows, fold by fold, at one length.
    fn errors(&self, held_out: &[Vec<usize>], traces: &[InnerTrace], length: usize) -> Vec<f64> {
        let predictions = traces.iter().flat_map(|trace| &trace.predictions[length]);
        let rows = held_out.iter().flatten();
        let label = |row| self.corpus.label(row, self.corpus.target);
        predictions
            .zip(rows)
            .map(|(prediction, &row)| prediction - label(row))
            .collect()
    }

    /// The group of every held-out row, fold by fold: a row without one is a group of its own.
    fn groups(&self, held_out: &[Vec<usize>]) -> Vec<usize> {
        let of_row = &self.corpus.groups().of_row;
        let group = |&row: &usize| of_row[row].map_or(self.corpus.rows() + row, |group| group);
        held_out.iter().flatten().map(group).collect()
    }
}

impl InnerRun<'_> {
    /// Where the run is kept in the folder of the whole run.
    fn file(&self, folder: &Path) -> PathBuf {
        let name = format!("{}-{}.json", self.model.method.as_str(), self.fold);
        folder.join(INNER).join(name)
    }
}

impl InnerTrace {
    /// The trace in a file, if it is there, whole, and of this very run.
    fn read(file: &Path, fingerprint: &str) -> Option<Self> {
        let trace: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        let whole = trace.predictions.len() == LENGTHS;
        (whole && trace.fingerprint == fingerprint).then_some(trace)
    }
}

/// Remembers the predictions of every epoch.
#[derive(Default)]
struct EpochPredictions(Mutex<Vec<Vec<f64>>>);

impl Observer for EpochPredictions {
    fn epoch(&self, progress: &EpochProgress) {
        if !progress.record.pretraining {
            let mut epochs = self.0.lock().expect("no holder panics");
            epochs.push(progress.predictions.clone());
        }
    }
}

impl EpochPredictions {
    /// The predictions after 1/20, 2/20, … of the epochs, at least one.
    fn at_lengths(self) -> Vec<Vec<f64>> {
        let epochs = self.0.into_inner().expect("no holder panics");
        let after = |k: usize| (k as f64 / LENGTHS as f64 * epochs.len() as f64).round() as usize;
        (1..=LENGTHS)
            .map(|k| epochs[after(k).max(1) - 1].clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::config::{SplitConfig, SplitName};

    /// Some of the rows that train in the end are wrong, and the right labels judge.
    #[test]
    fn wrong_labels_are_drawn_once_and_judge_nothing() {
        let x: Vec<f64> = (0..80).map(f64::from).collect();
        let y = x.iter().map(|x| x.sin()).collect();
        let corpus = Corpus::of_features(vec!["y".into()], 0, vec!["x".into()], x, y).unwrap();
        let split = SplitConfig {
            split: SplitName::Random,
            val_fraction: 0.25,
            ..SplitConfig::default()
        };
        let partition = Partition::holdout(&corpus, &split, 0).unwrap();
        let training = TrainingConfig {
            inner_folds: 3,
            corrupt_share: 0.5,
            ..TrainingConfig::default()
        };
        let model = ModelConfig::of(MethodName::Stl);
        let plan = ChoicePlan::new(None, corpus.divided(&partition), (&model, &training));
        let plan = plan.unwrap().expect("there are folds");
        let wrong = |&row: &usize| plan.learnt.label(row, 0) != corpus.label(row, 0);
        let moved: Vec<usize> = (0..80).filter(wrong).collect();
        // 64 rows are no test rows
        assert_eq!((plan.refit.count(0, Part::Train), moved.len()), (64, 32));
        assert!(
            moved
                .iter()
                .all(|&row| plan.refit.part(row, 0) == Part::Train)
        );
        let folds = partition.inner_folds(&corpus, 3).unwrap();
        let held_out: Vec<Vec<usize>> = folds.iter().map(|fold| fold.rows(0, Part::Val)).collect();
        assert!(held_out.iter().all(|rows| rows.iter().any(wrong)));
        let right = |rows: &Vec<usize>| InnerTrace {
            fingerprint: String::new(),
            predictions: vec![rows.iter().map(|&row| corpus.label(row, 0)).collect(); LENGTHS],
        };
        let traces: Vec<InnerTrace> = held_out.iter().map(right).collect();
        assert_eq!(plan.errors(&held_out, &traces, 0), [0.0; 64]);
    }
}

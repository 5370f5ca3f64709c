//! From rows and options to frames with the Gaussian process that reads them.
//!
//! With cross-fitting, frame q is trained without part q of the target's labels (and, under strict overlap, without
//! those molecules in any source). Hyperparameters θ, common to all frames, are those of the largest
//!
//! ```text
//! Σ_q log p_q(labels that frame q has not seen | θ) + log prior(θ)
//! ```
//!
//! and the same rows give errors, the weight of the heads and the scores of intervals. Without it there is one frame,
//! which has seen every label, the marginal likelihood, and leave-one-out in closed form: right for views that no label
//! has shaped.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::calibration::{Calibration, LeftOut};
use super::rows::KnownRows;
use super::views::{Cell, Known, Scale, Sight, components, points};
use super::{Reading, Readout, ReadoutRecord, asked, labels, shared_sights, sights};
use crate::data::{Corpus, Divided, LabelScaler, Partition};
use crate::error::{ErrorKind, Result};
use crate::gp::{Component, Found, Hyperparameters, Likelihood, maximise};
use crate::method::{Family, ModelConfig, ViewName};
use crate::random::{Purpose, Stream};
use crate::train::config::TrainingConfig;
use crate::train::control::{RunControl, Silent};
use crate::train::description::ModelDescription;
use crate::train::fit::fit_network;
use crate::train::frame::Frame;
use crate::train::model::Model;
use crate::train::run::Fitted;
use crate::train::single::fit_once;

/// Labels of a frame that hyperparameters are chosen by: all of the target, and of the sources those of its molecules
/// first, then a seeded sample.
const SEARCHED: usize = 1200;
/// Loadings and own variances that a search begins with.
const START: (f64, f64) = (0.5, 0.135);

/// Frames with what came of their training.
struct Trained {
    frames: Vec<Frame>,
    /// The partitions whose validation rows a frame has not seen, one for each; none without cross-fitting.
    folds: Vec<Partition>,
    /// The training whose history is told.
    first: Option<Fitted>,
    steps: u64,
}

/// Trains what reads rows and fits the Gaussian process that reads it.
///
/// # Errors
/// Those of [`fit`](crate::train::fit), and a covariance that is not positive definite.
pub(in crate::train) fn fit(
    base: Option<&Model>,
    data: Divided<'_>,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    let whole = data.partition.refit(data.corpus)?;
    let learnt = data
        .corpus
        .corrupted(&whole, training.corruption(), training.seed)?;
    let whole_data = Divided {
        corpus: &learnt,
        partition: &whole,
    };
    let options = (model, training);
    let trained = match (model.method.entry().family, model.cross_fit) {
        (Family::Process, _) => without_network(whole_data, options)?,
        (_, true) => cross_fitted(base, (data.partition, whole_data), options, control)?,
        _ => one_frame(base, data, options, control)?,
    };
    let Trained {
        frames,
        folds,
        first,
        steps,
    } = trained;
    let readout = fit_readout(&frames, whole_data, &folds, options, control.parallel)?;
    let corrupted = training.corruption().rows(&learnt, &whole);
    let expected = readout.expected_rmse();
    let (history, best_epoch) =
        first.map_or((Vec::new(), 0), |first| (first.history, first.best_epoch));
    Ok(Fitted {
        model: Model {
            frames,
            readout: Some(readout),
        },
        history,
        best_epoch,
        best_val_rmse: expected,
        steps,
        partition: whole,
        inner: None,
        corrupted,
    })
}

/// A description alone.
fn without_network(data: Divided<'_>, options: (&ModelConfig, &TrainingConfig)) -> Result<Trained> {
    let Divided { corpus, partition } = data;
    let frame = Frame::untrained(corpus, partition, options.0, options.1)?;
    Ok(Trained {
        frames: vec![frame],
        folds: Vec::new(),
        first: None,
        steps: 0,
    })
}

/// One frame, trained as for its own head.
fn one_frame(
    base: Option<&Model>,
    data: Divided<'_>,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Trained> {
    let mut first = fit_network(base, data, (model, training), control)?;
    let frames = std::mem::take(&mut first.model.frames);
    Ok(Trained {
        frames,
        folds: Vec::new(),
        steps: first.steps,
        first: Some(first),
    })
}

/// As many frames as there are parts of the target's labels, each trained without one of them.
fn cross_fitted(
    base: Option<&Model>,
    (partition, whole): (&Partition, Divided<'_>),
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Trained> {
    let corpus = whole.corpus;
    let folds = folds(partition, corpus, model.ensemble)?;
    let alone = RunControl {
        observer: &Silent,
        // frames are what threads share
        parallel: false,
        checkpoint: None,
        resume: false,
        stop: control.stop,
    };
    let (finished, all) = (AtomicUsize::new(0), folds.len());
    let train = |fold: &Partition| -> Result<Fitted> {
        let seen = fold.without_validation(corpus.target);
        let data = Divided {
            corpus,
            partition: if std::env::var("GG_STOP").is_ok() {
                fold
            } else {
                &seen
            },
        };
        let fitted = fit_once(base, data, (model, training), Some(1.0), &alone)?;
        control
            .observer
            .inner(finished.fetch_add(1, Ordering::Relaxed) + 1, all);
        Ok(fitted)
    };
    let fitted: Vec<Fitted> = match control.parallel {
        true => folds.par_iter().map(train).collect::<Result<_>>()?,
        false => folds.iter().map(train).collect::<Result<_>>()?,
    };
    let steps = fitted.iter().map(|fitted| fitted.steps).sum();
    let mut fitted = fitted.into_iter();
    let mut first = fitted.next().expect("there are at least two folds");
    let mut frames = std::mem::take(&mut first.model.frames);
    frames.extend(fitted.flat_map(|fitted| fitted.model.frames));
    Ok(Trained {
        frames,
        folds,
        first: Some(first),
        steps,
    })
}

/// So many folds of the target's rows, or as many as there are rows for.
fn folds(partition: &Partition, corpus: &Corpus, wanted: usize) -> Result<Vec<Partition>> {
    let mut count = wanted;
    loop {
        match partition.inner_folds(corpus, count) {
            Err(error) if count > 2 && matches!(error.kind(), ErrorKind::TooFewRows { .. }) => {
                count -= 1;
            }
            folds => return folds,
        }
    }
}

/// Everything that a search and the calibration look at.
struct Setting<'a> {
    rows: KnownRows,
    views: Vec<ViewName>,
    components: Vec<Component>,
    scalers: Vec<LabelScaler>,
    /// By frame.
    sights: Vec<Vec<Cow<'a, Sight>>>,
    cross_fitted: bool,
    seed: u64,
    parallel: bool,
}

/// Fits the Gaussian process that reads frames.
fn fit_readout(
    frames: &[Frame],
    data: Divided<'_>,
    folds: &[Partition],
    (model, training): (&ModelConfig, &TrainingConfig),
    parallel: bool,
) -> Result<Readout> {
    let Divided { corpus, partition } = data;
    let description: &ModelDescription = &frames[0].description;
    let columns: Vec<usize> = description.columns(corpus).into_iter().flatten().collect();
    let strict = partition.is_strict();
    let rows = KnownRows::of(corpus, (partition, folds), &columns, strict);
    let scaler = |&task: &usize| corpus.scaler(partition, task, training.target_transform);
    let views = views_of(model, corpus);
    let known = Known::of(&views, &rows.inputs);
    let all: Vec<usize> = (0..rows.len()).collect();
    let shared = shared_sights(&views, &known, &rows.inputs, &all);
    let of_frame = |frame: &Frame| sights(&views, &shared, frame, (&rows.inputs, &all));
    let sights: Vec<Vec<Cow<'_, Sight>>> = frames.iter().map(of_frame).collect::<Result<_>>()?;
    let setting = Setting {
        scalers: columns.iter().map(scaler).collect::<Result<_>>()?,
        components: components(&sights[0]),
        cross_fitted: !folds.is_empty(),
        seed: training.seed,
        rows: rows.clone(),
        views,
        sights,
        parallel,
    };
    let (found, searched_labels) = setting.search()?;
    let record = ReadoutRecord {
        views: setting.views.clone(),
        components: setting.components.clone(),
        theta: found.theta,
        scalers: setting.scalers.clone(),
        calibrations: Vec::new(),
        frames: frames.len(),
        cross_fitted: setting.cross_fitted,
        strict,
        evaluations: found.evaluations,
        searched_labels,
        known_labels: 0,
        all_labels: 0,
        jitter: 0.0,
    };
    let mut readout = Readout::assembled(frames, rows, record, parallel)?;
    let left_out = match setting.cross_fitted {
        true => setting.left_out(&readout, frames)?,
        false => setting.leave_one_out(&readout),
    };
    let of_task = |(task, found): (usize, Vec<LeftOut>)| {
        Calibration::of(&found, |z| setting.scalers[task].restore(z))
    };
    readout.record.calibrations = left_out.into_iter().enumerate().map(of_task).collect();
    Ok(readout)
}

/// The views that the rows and the method have.
fn views_of(model: &ModelConfig, corpus: &Corpus) -> Vec<ViewName> {
    let family = model.method.entry().family;
    let (molecules, features) = (corpus.inputs.has_molecules(), corpus.inputs.feature_names());
    let has = |view: &ViewName| match view {
        ViewName::Frame | ViewName::Latent => family == Family::Charts,
        ViewName::Embedding => family != Family::Process,
        ViewName::Descriptors | ViewName::Substructures => molecules,
        ViewName::Features => !features.is_empty(),
    };
    model.views.iter().copied().filter(has).collect()
}

impl Setting<'_> {
    /// The hyperparameters, and the number of labels they were chosen by.
    fn search(&self) -> Result<(Found, usize)> {
        let cells = self.searched();
        let frames: Vec<usize> = (0..self.sights.len()).collect();
        let likelihoods: Vec<Likelihood> = frames
            .into_iter()
            .filter_map(|q| self.likelihood(q, &cells))
            .collect();
        let (shared, own) = START;
        let start = Hyperparameters::start(&self.components, self.rows.tasks, shared, own);
        let found = maximise(&likelihoods, &[start], self.parallel)?;
        Ok((found, cells.len()))
    }

    /// The labels that hyperparameters are chosen by.
    fn searched(&self) -> Vec<Cell> {
        let rows = &self.rows;
        let (own, others): (Vec<Cell>, Vec<Cell>) = rows
            .cells()
            .into_iter()
            .partition(|cell| cell.task == rows.target);
        let labelled = |cell: &Cell| {
            let of_target = Cell {
                task: rows.target,
                ..*cell
            };
            !rows.label(of_target).is_nan()
        };
        let (mut common, mut rest): (Vec<Cell>, Vec<Cell>) = others.into_iter().partition(labelled);
        let mut stream = Stream::new(self.seed, Purpose::Readout, 0);
        stream.shuffle(&mut common);
        stream.shuffle(&mut rest);
        let room = SEARCHED.saturating_sub(own.len());
        common.truncate(room.div_ceil(2));
        rest.truncate(room - common.len());
        let mut cells = [own, common, rest].concat();
        cells.sort_unstable_by_key(|cell| (cell.task, cell.row));
        cells
    }

    /// The likelihood of what frame q has not seen, or, without cross-fitting, of all; none where there is none.
    fn likelihood(&self, q: usize, cells: &[Cell]) -> Option<Likelihood> {
        let hidden = |cell: &Cell| self.cross_fitted && self.rows.hidden_from(*cell) == Some(q);
        let (left, mut ordered): (Vec<Cell>, Vec<Cell>) =
            cells.iter().copied().partition(|cell| hidden(cell));
        let given = if self.cross_fitted { ordered.len() } else { 0 };
        let scales = self.scales(q);
        ordered.extend(left);
        if given == ordered.len() {
            return None;
        }
        Some(Likelihood::new(
            &points(&self.sights[q], &scales, &ordered),
            &labels(&self.rows, &self.scalers, &ordered),
            given,
            &self.components,
            self.parallel,
        ))
    }

    /// Of the labels that frame q has seen.
    fn scales(&self, q: usize) -> Vec<Scale> {
        let seen = |cell: &Cell| !self.cross_fitted || self.rows.hidden_from(*cell) != Some(q);
        let cells: Vec<Cell> = self.rows.cells().into_iter().filter(seen).collect();
        let sights = self.sights[q].iter();
        sights.map(|sight| Scale::fit(sight, &cells)).collect()
    }

    /// What the frames say of labels they have not seen, by task.
    fn left_out(&self, readout: &Readout, frames: &[Frame]) -> Result<Vec<Vec<LeftOut>>> {
        let rows = &self.rows;
        let mut found = vec![Vec::new(); rows.tasks];
        for (q, (frame, reading)) in frames.iter().zip(&readout.readings).enumerate() {
            let hidden: Vec<usize> = (0..rows.len())
                .filter(|&row| rows.left_out[row] == Some(q))
                .collect();
            let Reading {
                scales, posterior, ..
            } = reading;
            let at = asked(&self.sights[q], scales, &hidden, rows.tasks);
            let joints = posterior.predict(&at, self.parallel);
            let heads = readout.heads(frame, &rows.inputs, &hidden)?;
            for (place, (&row, joint)) in hidden.iter().zip(&joints).enumerate() {
                for (task, found) in found.iter_mut().enumerate() {
                    let cell = Cell { row, task };
                    let label = rows.label(cell);
                    if label.is_nan() || rows.hidden_from(cell) != Some(q) {
                        continue;
                    }
                    found.push(LeftOut {
                        label: self.scalers[task].standardise(label),
                        mean: joint.mean[task],
                        head: heads.as_ref().map(|heads| heads[place * rows.tasks + task]),
                        deviation: joint.deviation(task, readout.record.theta.noise(task)),
                    });
                }
            }
        }
        Ok(found)
    }

    /// Leave-one-out of the one posterior, by task.
    fn leave_one_out(&self, readout: &Readout) -> Vec<Vec<LeftOut>> {
        let posterior = &readout.readings[0].posterior;
        let without = posterior.leave_one_out(self.parallel);
        let labels = posterior.labels();
        let mut found = vec![Vec::new(); self.rows.tasks];
        let all = without.means.iter().zip(&without.deviations);
        for ((&task, &label), (&mean, &deviation)) in
            labels.tasks.iter().zip(&labels.values).zip(all)
        {
            found[task].push(LeftOut {
                label,
                mean,
                head: None,
                deviation,
            });
        }
        found
    }
}

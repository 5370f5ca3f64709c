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

use super::calibration::{Calibration, LeftOut};
use super::frames::{Course, Trained, folds};
use super::rows::KnownRows;
use super::views::{Cell, Known, RawView, Scale, components, points};
use super::{Reading, Readout, ReadoutRecord, Rival, all_views, asked, labels, shared_views};
use crate::data::{Corpus, Divided, LabelScaler};
use crate::error::{Error, ErrorKind, Result};
use crate::gp::{Component, Found, Hyperparameters, Likelihood, maximise};
use crate::method::{Family, Head, MethodName, ModelConfig, ViewName};
use crate::random::{Purpose, Stream};
use crate::train::config::TrainingConfig;
use crate::train::control::RunControl;
use crate::train::description::ModelDescription;
use crate::train::frame::Frame;
use crate::train::model::Model;
use crate::train::run::Fitted;
use std::borrow::Cow;

/// Labels that hyperparameters are chosen by: of the target at most half, where there are sources; of these first those of
/// molecules with a label of the target, then a seeded sample.
const SEARCHED: usize = 800;
/// Loadings and own variances that searches begin with: tasks that share most, and, tried where there are few labels, which
/// leave more than one maximum, tasks that share little.
const STARTS: [(f64, f64); 2] = [(0.5, 0.135), (0.1, 0.5)];
/// Labels up to which every start is tried.
const FEW: usize = 400;

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
    if model.method == MethodName::Auto {
        return choose(data, (model, training), control);
    }
    if training.inner_folds > 0 && model.cross_fit && model.method.is_network() {
        return Err(Error::usage(
            "option `inner_folds` chooses the length of training by the errors of heads, and frames that a Gaussian \
             process reads train to the end",
            "leave option `inner_folds` out; option `ensemble` says how many parts are left out in turn",
        ));
    }
    if views_of(model, data.corpus).is_empty() {
        return Err(without_views());
    }
    let whole = data.partition.refit(data.corpus)?;
    let learnt = data
        .corpus
        .corrupted(&whole, training.corruption(), training.seed)?;
    let of_all = Divided {
        corpus: &learnt,
        partition: &whole,
    };
    let options = (model, training);
    let folds = folds(data, model.ensemble)?;
    let cross_fit = model.cross_fit && !folds.is_empty();
    let trained = match (model.method.entry().family, cross_fit) {
        (Family::Process, _) => Trained::none(of_all, options, folds)?,
        (_, true) => Trained::cross_fitted(base, &learnt, options, folds, control)?,
        _ => Trained::one(base, data, options, folds, control)?,
    };
    let judges = data.corpus;
    let readout = fit_readout(&trained, (of_all, judges), options, control.parallel)?;
    Ok(Fitted {
        best_val_rmse: readout.expected_rmse(),
        model: Model {
            frames: trained.frames,
            readout: Some(readout),
        },
        history: trained.course.history,
        best_epoch: trained.course.best_epoch,
        steps: trained.steps,
        corrupted: training.corruption().rows(&learnt, &whole),
        partition: whole,
        inner: None,
    })
}

/// Whichever of the target alone and all tasks together, with a network and without, has the smallest error on rows left
/// out.
fn choose(
    data: Divided<'_>,
    (model, training): (&ModelConfig, &TrainingConfig),
    control: &RunControl<'_>,
) -> Result<Fitted> {
    if !model.cross_fit {
        return Err(Error::usage(
            "option `method` = auto with option `cross_fit` = false: the errors of a frame on rows that it has seen decide nothing",
            "leave option `cross_fit` out",
        ));
    }
    let alone = data.corpus.sources().next().is_none();
    let methods = [
        MethodName::Gp,
        MethodName::Stl,
        MethodName::GpMtl,
        model.transfer,
    ];
    let methods = &methods[..if alone { 2 } else { 4 }];
    let (mut best, mut rivals): (Option<(f64, Fitted)>, Vec<Rival>) = (None, Vec::new());
    let mut failure = None;
    for &method in methods {
        let model = ModelConfig {
            head: Head::Gp,
            ..model.candidate(method)?
        };
        if views_of(&model, data.corpus).is_empty() {
            continue;
        }
        let fitted = match fit(None, data, (&model, training), control) {
            Ok(fitted) => fitted,
            // a method that cannot be trained is one that does not help, while there is another
            Err(error) if breaks_down(&error) => {
                let rmse = f64::NAN;
                rivals.push(Rival { method, rmse });
                failure = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let too_few = fitted
            .model
            .readout()
            .is_some_and(|readout| readout.record.too_few);
        // the errors of a frame on rows that it has seen decide nothing
        let rmse = if too_few {
            f64::NAN
        } else {
            fitted.best_val_rmse
        };
        rivals.push(Rival { method, rmse });
        let better = |(least, _): &(f64, Fitted)| rmse < *least || least.is_nan() && !rmse.is_nan();
        if best.as_ref().is_none_or(better) {
            best = Some((rmse, fitted));
        }
    }
    let (_, mut best) = best.ok_or_else(|| failure.unwrap_or_else(without_views))?;
    if let Some(readout) = &mut best.model.readout {
        readout.record.rivals = rivals;
    }
    Ok(best)
}

fn without_views() -> Error {
    Error::usage(
        "the rows have none of the views that a Gaussian process is to see",
        "name a view they have in option `views`: descriptors of molecules, features of columns",
    )
}

/// Did the numbers break down?
fn breaks_down(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NonFinite { .. }
            | ErrorKind::Covariance { .. }
            | ErrorKind::DegenerateChart { .. }
    )
}

/// The frames of a trained model read anew, under other options of the Gaussian process: views, say. The rows and parts
/// are those it was trained with.
///
/// # Errors
/// A model without a Gaussian process; those of [`fit`](crate::train::fit).
pub fn read_again(
    model: Model,
    Divided { corpus, partition }: Divided<'_>,
    options: (&ModelConfig, &TrainingConfig),
) -> Result<Model> {
    let Some(readout) = &model.readout else {
        return Err(Error::usage(
            "no Gaussian process reads the model",
            "train it with option `head` = gp",
        ));
    };
    let cross_fitted = readout.record.cross_fitted;
    let wanted = if cross_fitted {
        model.frames.len()
    } else {
        options.0.ensemble
    };
    let trained = Trained {
        folds: folds(Divided { corpus, partition }, wanted)?,
        frames: model.frames,
        cross_fitted,
        course: Course::default(),
        steps: 0,
    };
    let whole = partition.refit(corpus)?;
    let data = Divided {
        corpus,
        partition: &whole,
    };
    let again = fit_readout(&trained, (data, corpus), options, true)?;
    if again.rows.left_out != readout.rows.left_out {
        return Err(Error::usage(
            "the parts are not those that the frames were trained with",
            "give the partition of the training",
        ));
    }
    let readout = again;
    Ok(Model {
        frames: trained.frames,
        readout: Some(readout),
    })
}

/// Everything that a search and the calibration look at.
struct Setting<'a> {
    rows: KnownRows,
    /// The right labels, which judge, where some of those that are learnt were made wrong: `[rows][tasks]`.
    right: Vec<f64>,
    views: Vec<ViewName>,
    components: Vec<Component>,
    scalers: Vec<LabelScaler>,
    /// By frame.
    raw_views: Vec<Vec<Cow<'a, RawView>>>,
    cross_fitted: bool,
    seed: u64,
    parallel: bool,
}

/// Fits the Gaussian process that reads frames.
fn fit_readout(
    Trained {
        frames,
        folds,
        cross_fitted,
        ..
    }: &Trained,
    (Divided { corpus, partition }, judges): (Divided<'_>, &Corpus),
    (model, training): (&ModelConfig, &TrainingConfig),
    parallel: bool,
) -> Result<Readout> {
    let description: &ModelDescription = &frames[0].description;
    let columns: Vec<usize> = description.columns(corpus).into_iter().flatten().collect();
    let strict = partition.is_strict();
    let rows = KnownRows::of(corpus, (partition, folds), &columns, strict);
    let right = KnownRows::of(judges, (partition, folds), &columns, strict).labels;
    let scaler = |&task: &usize| corpus.scaler(partition, task, training.target_transform);
    let views = views_of(model, corpus);
    let known = Known::of(&views, &rows.inputs);
    let shared = shared_views(&views, &known, &rows.inputs, &rows.all());
    let raw_views = all_views(&views, &shared, frames, &rows)?;
    let setting = Setting {
        scalers: columns.iter().map(scaler).collect::<Result<_>>()?,
        components: components(&raw_views[0]),
        cross_fitted: *cross_fitted,
        seed: training.seed,
        rows: rows.clone(),
        right,
        views,
        raw_views,
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
        rows_blake3: String::new(),
        columns: Vec::new(),
        too_few: !cross_fitted && model.cross_fit && model.method.is_network(),
        rivals: Vec::new(),
    };
    let mut readout = Readout::assembled(&setting.raw_views, known, rows, record, parallel)?;
    let left_out = match setting.cross_fitted {
        true => setting.left_out(&readout, frames)?,
        false => setting.left_out_of_posterior(&readout)?,
    };
    let of_task = |(task, found): (usize, Vec<LeftOut>)| {
        Calibration::of(&found, |z| setting.scalers[task].restore(z))
    };
    readout.record.calibrations = left_out.into_iter().enumerate().map(of_task).collect();
    Ok(readout)
}

/// The views that the rows and the method have.
fn views_of(model: &ModelConfig, corpus: &Corpus) -> Vec<ViewName> {
    let (family, inputs) = (model.method.entry().family, corpus.inputs.kind());
    let has = |view: &ViewName| view.is_had_by(family, &inputs);
    model.views.iter().copied().filter(has).collect()
}

impl Setting<'_> {
    /// The hyperparameters, and the number of labels they were chosen by.
    fn search(&self) -> Result<(Found, usize)> {
        let cells = self.searched();
        let frames: Vec<usize> = (0..self.raw_views.len()).collect();
        let likelihoods: Vec<Likelihood> = frames
            .into_iter()
            .filter_map(|q| self.likelihood(q, &cells))
            .collect();
        let starts = STARTS.map(|(shared, own)| {
            Hyperparameters::start(&self.components, self.rows.tasks, shared, own)
        });
        let tried = if cells.len() <= FEW { STARTS.len() } else { 1 };
        let found = maximise(&likelihoods, &starts[..tried], self.parallel)?;
        Ok((found, cells.len()))
    }

    /// The labels that hyperparameters are chosen by.
    fn searched(&self) -> Vec<Cell> {
        let rows = &self.rows;
        let (mut own, others): (Vec<Cell>, Vec<Cell>) = rows
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
        let alone = common.is_empty() && rest.is_empty();
        stream.shuffle(&mut own);
        own.truncate(if alone { SEARCHED } else { SEARCHED / 2 });
        let room = SEARCHED - own.len();
        common.truncate(room.div_ceil(2));
        rest.truncate(room - common.len());
        let mut cells = [own, common, rest].concat();
        cells.sort_unstable_by_key(|cell| (cell.task, cell.row));
        cells
    }

    /// The likelihood of what frame q has not seen, or, without cross-fitting, of all; none where there is none.
    fn likelihood(&self, q: usize, cells: &[Cell]) -> Option<Likelihood> {
        let hidden = |cell: &Cell| self.cross_fitted && !self.rows.sees(q, *cell);
        let (left, mut ordered): (Vec<Cell>, Vec<Cell>) =
            cells.iter().copied().partition(|cell| hidden(cell));
        let given = if self.cross_fitted { ordered.len() } else { 0 };
        let scales = self.scales(q);
        ordered.extend(left);
        if given == ordered.len() {
            return None;
        }
        Some(Likelihood::new(
            &points(&self.raw_views[q], &scales, &ordered),
            &labels(&self.rows, &self.scalers, &ordered),
            given,
            &self.components,
            self.parallel,
        ))
    }

    /// Of the labels that frame q has seen.
    fn scales(&self, q: usize) -> Vec<Scale> {
        let seen = |cell: &Cell| !self.cross_fitted || self.rows.sees(q, *cell);
        let cells: Vec<Cell> = self.rows.cells().into_iter().filter(seen).collect();
        let raw_views = self.raw_views[q].iter();
        raw_views
            .map(|raw_view| Scale::fit(raw_view, &cells))
            .collect()
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
            let at = asked(&self.raw_views[q], scales, &hidden, rows.tasks);
            let joints = posterior.predict(&at, self.parallel);
            let heads = readout.heads(frame, &rows.inputs, &hidden)?;
            for (place, (&row, joint)) in hidden.iter().zip(&joints).enumerate() {
                for (task, found) in found.iter_mut().enumerate() {
                    let cell = Cell { row, task };
                    let label = self.right[row * rows.tasks + task];
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

    /// What the one posterior says of labels without those of their fold, or, where there are no folds, without them
    /// alone, by task.
    fn left_out_of_posterior(&self, readout: &Readout) -> Result<Vec<Vec<LeftOut>>> {
        let Reading {
            posterior, cells, ..
        } = &readout.readings[0];
        let mut blocks: Vec<Vec<usize>> = Vec::new();
        for (label, cell) in cells.iter().enumerate() {
            if let Some(fold) = self.rows.hidden_from(*cell) {
                blocks.resize_with(blocks.len().max(fold + 1), Vec::new);
                blocks[fold].push(label);
            }
        }
        let without = match blocks.is_empty() {
            true => posterior.leave_one_out(self.parallel)?,
            false => posterior.leave_out(&blocks, self.parallel)?,
        };
        let mut found = vec![Vec::new(); self.rows.tasks];
        let all = without.means.iter().zip(&without.deviations);
        for (cell, (&mean, &deviation)) in cells.iter().zip(all) {
            if !mean.is_nan() {
                let label = self.right[cell.row * self.rows.tasks + cell.task];
                found[cell.task].push(LeftOut {
                    label: self.scalers[cell.task].standardise(label),
                    mean,
                    head: None,
                    deviation,
                });
            }
        }
        Ok(found)
    }
}

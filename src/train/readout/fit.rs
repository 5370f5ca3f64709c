//! From rows and options to frames with the Gaussian process that reads them.
//!
//! With cross-fitting, frame q is trained without part q of the target's labels (and, under strict overlap, without
//! those molecules in any source). Hyperparameters θ, common to all frames, are those of the largest
//!
//! ```text
//! Σ_q log p_q(labels that frame q has not seen | θ) + log prior(θ)
//! ```
//!
//! and the same rows give errors, the weights of what is mixed and the scores of intervals. Without it there is one
//! frame, which has seen every label, the marginal likelihood, and labels left out of the posterior part by part in closed
//! form: right for views that no label has shaped, as are those of the rows alone, which one more posterior reads beside
//! the frames.

use super::calibration::{Calibration, LeftOut};
use super::frames::{Course, Trained, folds};
use super::rows::KnownRows;
use super::search::Setting;
use super::views::{Known, RawView};
use super::{
    ProcessRecord, Readout, ReadoutRecord, Rival, all_views, shared_views, without_network,
};
use crate::data::{Corpus, Divided, LabelScaler};
use crate::error::{Error, ErrorKind, Result};
use crate::method::{Family, Head, MethodName, ModelConfig, ViewName};
use crate::train::config::TrainingConfig;
use crate::train::control::RunControl;
use crate::train::description::ModelDescription;
use crate::train::model::Model;
use crate::train::run::Fitted;

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

/// Fits the Gaussian process that reads frames, and beside them one that reads the rows alone.
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
    let scalers: Vec<LabelScaler> = columns.iter().map(scaler).collect::<Result<_>>()?;
    let views = views_of(model, corpus);
    let known = Known::of(&views, &rows.inputs);
    let shared = shared_views(&views, &known, &rows.inputs, &rows.all());
    let by_frame = all_views(&views, &shared, frames, &rows)?;
    let setting = Setting {
        rows: &rows,
        right: &right,
        scalers: &scalers,
        by_frame: &by_frame,
        cross_fitted: *cross_fitted,
        seed: training.seed,
        parallel,
    };
    let record = ReadoutRecord {
        without_network: process_without_network(&setting, &views, &shared)?,
        process: ProcessRecord::found(views, setting.search()?),
        scalers: scalers.clone(),
        calibrations: Vec::new(),
        frames: frames.len(),
        cross_fitted: *cross_fitted,
        strict,
        rows_blake3: String::new(),
        too_few: !cross_fitted && model.cross_fit && model.method.is_network(),
        rivals: Vec::new(),
    };
    let mut readout =
        Readout::assembled((&by_frame, &shared), known, rows.clone(), record, parallel)?;
    let of_task = |(task, found): (usize, Vec<LeftOut>)| {
        Calibration::of(&found, |z| scalers[task].restore(z))
    };
    let left_out = setting.left_out(&readout, frames)?.into_iter();
    readout.record.calibrations = left_out.enumerate().map(of_task).collect();
    Ok(readout)
}

/// The process over the rows' own views alone, beside frames that were trained without parts of the labels; none where
/// there are no such frames or views.
fn process_without_network(
    setting: &Setting<'_>,
    views: &[ViewName],
    shared: &[Option<RawView>],
) -> Result<Option<ProcessRecord>> {
    let own: Vec<ViewName> = (views.iter().copied())
        .filter(|view| !view.is_of_network())
        .collect();
    if !setting.cross_fitted || own.is_empty() {
        return Ok(None);
    }
    let alone = Setting {
        by_frame: &[without_network(shared)],
        cross_fitted: false,
        ..*setting
    };
    Ok(Some(ProcessRecord::found(own, alone.search()?)))
}

/// The views that the rows and the method have.
fn views_of(model: &ModelConfig, corpus: &Corpus) -> Vec<ViewName> {
    let (family, inputs) = (model.method.entry().family, corpus.inputs.kind());
    let has = |view: &ViewName| view.is_had_by(family, &inputs);
    model.views.iter().copied().filter(has).collect()
}

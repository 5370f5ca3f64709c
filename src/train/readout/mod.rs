//! A Gaussian process that reads trained frames, or rows without any network: see [`gp`](crate::gp).
//!
//! | file | holds |
//! |---|---|
//! | `frames` | frames trained without each other's labels |
//! | `fit` | from rows and options to frames with what reads them |
//! | `search` | hyperparameters by what was left out, and what is said of that |
//! | `reading` | one posterior: its scales, labels and predictions |
//! | `rows` | the rows that are learnt from, and their file |
//! | `views` | coordinates of rows: frame, embedding, latent chart, descriptors, substructures, features |
//! | `calibration` | errors, intervals and the weights of what is mixed, by the rows left out |
//! | `predict` | what is said of new rows, with measured labels or without |
//! | `explain` | what one prediction is made of: views, tasks, labels |
//! | `atoms` | the atoms' shares of it, by the gradients of the network's views |

#[cfg(feature = "molecule")]
mod atoms;
mod calibration;
mod explain;
mod fit;
mod frames;
mod predict;
mod reading;
mod rows;
mod search;
mod views;

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use calibration::{Calibration, MixtureWeights};
pub use explain::{AtomShares, Explanation, LabelShare, ViewShare};
pub(super) use fit::fit;
pub use fit::read_again;

use self::reading::Reading;
use self::rows::KnownRows;
use self::search::Searched;
use self::views::{Cell, Known, RawView, Scale, of_network, points};
use super::choice::significant;
use super::description::ADVICE;
use super::frame::{Frame, FrameFiles, read};
use super::metrics::number_or_nan;
use crate::data::{Inputs, LabelScaler};
use crate::error::{Error, Result};
use crate::files::names::READOUT;
use crate::files::write_json;
use crate::gp::{Component, Coregionalisation, Hyperparameters, Kernel, Points};
use crate::method::{MethodName, ViewName};

/// What was found out: `readout.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadoutRecord {
    /// The Gaussian process over the frames; of a method without a network, over the rows' own views.
    pub process: ProcessRecord,
    /// Beside frames that were trained without parts of the labels, one over the rows' own views alone, in view of all
    /// labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_network: Option<ProcessRecord>,
    /// Scalers of the labels, by task.
    pub scalers: Vec<LabelScaler>,
    /// What predictions of rows left out came to, by task.
    pub calibrations: Vec<Calibration>,
    /// Number of frames.
    pub frames: usize,
    /// Was every row with a label of the target left out by a frame, so that errors are those of rows not seen?
    pub cross_fitted: bool,
    /// Have frames that left a row out seen none of its labels, or its label of the target alone not?
    pub strict: bool,
    /// Digest of `readout.csv`, so that rows lost are told; empty before the folder is written.
    #[serde(default)]
    pub rows_blake3: String,
    /// Were frames to be trained without parts of the labels, and the labels too few for that?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_few: bool,
    /// The methods among which `auto` has chosen this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
}

/// What was found out about one Gaussian process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessRecord {
    /// The views.
    pub views: Vec<ViewName>,
    /// The components, by view and kernel.
    pub components: Vec<Component>,
    /// Their hyperparameters.
    pub theta: Hyperparameters,
    /// Evaluations of the likelihood in the search.
    pub evaluations: usize,
    /// Labels that hyperparameters were chosen by.
    pub searched_labels: usize,
    /// Labels that the posterior which knows most of them knows …
    pub known_labels: usize,
    /// … of so many that it might.
    pub all_labels: usize,
    /// The largest jitter of a posterior's covariance.
    pub jitter: f64,
    /// Of each view, in the order of [`views`](Self::views), how many columns the first posterior reads.
    #[serde(default)]
    pub columns: Vec<ColumnCount>,
}

/// Columns of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnCount {
    /// That vary among the rows that are learnt from, and are read.
    pub read: usize,
    /// That there are; 0 of counts.
    pub of: usize,
}

/// A method with its error on rows left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rival {
    /// The method, read by a Gaussian process.
    pub method: MethodName,
    /// Root mean square error in the target's unit; NaN where it could not be trained.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
}

/// A Gaussian process over the views of one or several frames.
#[derive(Clone, Debug)]
pub struct Readout {
    record: ReadoutRecord,
    rows: KnownRows,
    known: Known,
    /// One for each frame.
    readings: Vec<Reading>,
    /// That of [`ReadoutRecord::without_network`].
    without_network: Option<Reading>,
    anchors: Anchors,
}

/// Where the target's labelled rows lie in the view that weighs most, in the first frame.
#[derive(Clone, Debug)]
struct Anchors {
    view: usize,
    points: Points,
    rows: Vec<usize>,
}

impl Readout {
    /// What was found out.
    pub fn record(&self) -> &ReadoutRecord {
        &self.record
    }

    /// The error expected of the target's new rows, in its unit: that of the rows left out.
    pub fn expected_rmse(&self) -> f64 {
        self.record.calibrations[self.rows.target].rmse
    }

    /// How the errors are expected and what they come from, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let record = &self.record;
        let process = &record.process;
        let mut sentences = vec![self.expectation()];
        if record.too_few {
            sentences.push(
                "Too few rows to train frames without parts of them: the frame has seen the rows its errors are of, \
                 which are too small."
                    .to_owned(),
            );
        }
        if !record.rivals.is_empty() {
            let told =
                |rival: &Rival| format!("{} {}", rival.method.as_str(), significant(rival.rmse));
            let told: Vec<String> = record.rivals.iter().map(told).collect();
            sentences.push(format!(
                "The method was chosen by its RMSE on rows left out: {}.",
                told.join(", ")
            ));
        }
        let least = |a: &ProcessRecord, b: &ProcessRecord| a.known_labels < b.known_labels;
        let processes = record.without_network.iter().chain([process]);
        let cut = processes
            .clone()
            .filter(|process| process.known_labels < process.all_labels);
        if let Some(cut) = cut.reduce(|a, b| if least(b, a) { b } else { a }) {
            sentences.push(format!(
                "Of {} labels a posterior knows {}: all of the target, and of the sources those nearest to them.",
                cut.all_labels, cut.known_labels
            ));
        }
        let views = process.views.iter().zip(&process.columns);
        for (view, count) in views.filter(|(_, count)| count.read < count.of) {
            sentences.push(format!(
                "Of {} columns of the view {} {} are read; the others are constant or missing among the rows.",
                count.of,
                view.as_str(),
                count.read
            ));
        }
        let jitter = processes.map(|process| process.jitter).fold(0.0, f64::max);
        if jitter > 0.0 {
            sentences.push(format!(
                "The covariance of the labels was factored with {jitter:.1e} added to its diagonal."
            ));
        }
        sentences
    }

    /// What is read, the error expected, and what it comes from.
    fn expectation(&self) -> String {
        let record = &self.record;
        let target = &record.calibrations[self.rows.target];
        let how = match record.cross_fitted {
            true => format!("each left out by one of {} frames", record.frames),
            false => "left out of the posterior in turn".to_owned(),
        };
        let views = &record.process.views;
        let network = views.iter().any(|view| view.is_of_network());
        let mixed = match network && record.cross_fitted {
            true => target.weights.sentence(record.without_network.is_some()),
            false => String::new(),
        };
        let views: Vec<&str> = views.iter().map(|view| view.as_str()).collect();
        format!(
            "Gaussian process over {}: RMSE {} expected of new rows, from {} rows {how}{mixed}.",
            views.join(", "),
            significant(target.rmse),
            target.scores.len(),
        )
    }

    /// Posteriors of all frames in view of the rows, which they see so, under hyperparameters that were found.
    fn assembled(
        (by_frame, shared): (&[Vec<Cow<'_, RawView>>], &[Option<RawView>]),
        known: Known,
        rows: KnownRows,
        mut record: ReadoutRecord,
        parallel: bool,
    ) -> Result<Self> {
        let cells = rows.cells();
        let mut readings = Vec::new();
        for (q, raw_views) in by_frame.iter().enumerate() {
            let seen = |cell: &Cell| !record.cross_fitted || rows.sees(q, *cell);
            let cells: Vec<Cell> = cells.iter().copied().filter(seen).collect();
            let of_process = (&mut record.process, &record.scalers[..]);
            readings.push(Reading::new(
                raw_views,
                (&rows, cells),
                of_process,
                parallel,
            )?);
        }
        let without_network = match &mut record.without_network {
            Some(process) => {
                let raw_views = without_network(shared);
                let of_process = (process, &record.scalers[..]);
                Some(Reading::new(
                    &raw_views,
                    (&rows, cells),
                    of_process,
                    parallel,
                )?)
            }
            None => None,
        };
        Ok(Self {
            anchors: Anchors::of(&rows, &record.process, (&by_frame[0], &readings[0].scales)),
            record,
            known,
            readings,
            without_network,
            rows,
        })
    }

    /// Writes it into a folder that exists, without the frames.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn save(&self, folder: &Path, tasks: &[String]) -> Result<()> {
        let record = ReadoutRecord {
            rows_blake3: self.rows.save(folder, tasks)?,
            ..self.record.clone()
        };
        write_json(&folder.join(READOUT), &record)
    }

    /// Reads it back with the frames of the model, of which `first` is the first.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::error::ErrorKind::Model) where a file is missing, truncated or foreign.
    pub(super) fn load(folder: &Path, first: Frame) -> Result<(Vec<Frame>, Self)> {
        let path = folder.join(READOUT);
        let text = read(&path)?;
        let mut record: ReadoutRecord = serde_json::from_slice(&text)
            .map_err(|error| Error::model(&path, format!("not a readout ({error})"), ADVICE))?;
        let tasks = first.tasks().len();
        let target = first.description.target_index();
        record.check(&path, &first)?;
        let of_file = (record.strict, record.rows_blake3.as_str());
        let rows = KnownRows::load(folder, &first.inputs(), (tasks, target), of_file)?;
        record.rows_blake3.clear();
        let mut frames = vec![first];
        for index in 1..record.frames {
            let frame = Frame::load(&FrameFiles::of(folder, index))?;
            if frame.tasks() != frames[0].tasks() || frame.inputs() != frames[0].inputs() {
                let problem = format!("frame {} is of another model", index + 1);
                return Err(Error::model(&path, problem, ADVICE));
            }
            frames.push(frame);
        }
        if !rows.cells().iter().any(|cell| cell.task == target) {
            let problem = "no row of readout.csv has a label of the target";
            return Err(Error::model(
                &path,
                problem,
                "restore the file, or train again",
            ));
        }
        let views = &record.process.views;
        let known = Known::of(views, &rows.inputs);
        let shared = shared_views(views, &known, &rows.inputs, &rows.all());
        let by_frame = all_views(views, &shared, &frames, &rows)?;
        let readout = Self::assembled((&by_frame, &shared), known, rows, record, true)?;
        Ok((frames, readout))
    }
}

impl ReadoutRecord {
    /// Refuses a record whose parts do not fit together.
    fn check(&self, path: &Path, first: &Frame) -> Result<()> {
        let tasks = first.tasks().len();
        let own = |process: &ProcessRecord| {
            let views = self.process.views.iter();
            let own = views.filter(|view| !view.is_of_network());
            self.cross_fitted && process.fits(first) && own.eq(&process.views)
        };
        let mut weights = self.calibrations.iter().map(|of_task| of_task.weights);
        let fits = self.frames > 0
            && self.process.fits(first)
            && self.without_network.as_ref().is_none_or(own)
            && self.scalers.len() == tasks
            && self.calibrations.len() == tasks
            && weights.all(|weights| weights.are_whole());
        match fits {
            true => Ok(()),
            false => Err(Error::model(
                path,
                "tasks, views and hyperparameters do not fit",
                ADVICE,
            )),
        }
    }
}

impl ProcessRecord {
    /// What a search has found, before there is a posterior.
    fn found(views: Vec<ViewName>, found: Searched) -> Self {
        Self {
            views,
            components: found.components,
            theta: found.theta,
            evaluations: found.evaluations,
            searched_labels: found.labels,
            known_labels: 0,
            all_labels: 0,
            jitter: 0.0,
            columns: Vec::new(),
        }
    }

    /// Do views, components and hyperparameters fit together, and the tasks of frames like this one?
    fn fits(&self, first: &Frame) -> bool {
        let tasks = first.tasks().len();
        let family = first.config().method.entry().family;
        let has = |view: &ViewName| view.is_had_by(family, &first.inputs());
        let of_tasks =
            |c: &Coregionalisation| c.loadings.len() == tasks && c.log_own.len() == tasks;
        let of_its_view = |c: &Component| {
            let counted = c.kernel == Kernel::MinMax;
            let view = self.views.get(c.view);
            view.is_some_and(|view| (*view == ViewName::Substructures) == counted)
        };
        !self.components.is_empty()
            && self.views.iter().all(has)
            && self.theta.tasks() == tasks
            && self.components.len() == self.theta.components.len()
            && self.theta.components.iter().all(of_tasks)
            && self.components.iter().all(of_its_view)
    }
}

impl Anchors {
    fn of(
        rows: &KnownRows,
        process: &ProcessRecord,
        (raw_views, scales): (&[Cow<'_, RawView>], &[Scale]),
    ) -> Self {
        let target = rows.target;
        let weight = |view: usize| -> f64 {
            let all = process.components.iter().zip(&process.theta.components);
            let of_view = all.filter(|(component, _)| component.view == view);
            of_view.map(|(_, of)| of.covariance(target, target)).sum()
        };
        let heavier = |a: usize, b: usize| if weight(b) > weight(a) { b } else { a };
        let view = (0..raw_views.len())
            .reduce(heavier)
            .expect("there is a view");
        let cells = rows.cells().into_iter().filter(|cell| cell.task == target);
        let cells: Vec<Cell> = cells.collect();
        Self {
            view,
            points: points(&raw_views[view..=view], &scales[view..=view], &cells),
            rows: cells.iter().map(|cell| cell.row).collect(),
        }
    }
}

/// Of shared views, those that there are.
fn without_network(shared: &[Option<RawView>]) -> Vec<Cow<'_, RawView>> {
    shared.iter().flatten().map(Cow::Borrowed).collect()
}

/// The views that no network takes part in, of some rows; none for the others.
fn shared_views(
    views: &[ViewName],
    known: &Known,
    inputs: &Inputs,
    rows: &[usize],
) -> Vec<Option<RawView>> {
    let shared =
        |view: &ViewName| (!view.is_of_network()).then(|| known.shared(*view, inputs, rows));
    views.iter().map(shared).collect()
}

/// All views of some rows in a frame.
fn raw_views<'a>(
    views: &[ViewName],
    shared: &'a [Option<RawView>],
    frame: &Frame,
    (inputs, rows): (&Inputs, &[usize]),
) -> Result<Vec<Cow<'a, RawView>>> {
    let both = views.iter().zip(shared);
    let raw_view = |(view, shared): (&ViewName, &'a Option<RawView>)| match shared {
        Some(raw_view) => Ok(Cow::Borrowed(raw_view)),
        None => Ok(Cow::Owned(of_network(*view, frame, inputs, rows)?)),
    };
    both.map(raw_view).collect()
}

/// All views of the rows that are learnt from, in every frame.
fn all_views<'a>(
    views: &[ViewName],
    shared: &'a [Option<RawView>],
    frames: &[Frame],
    rows: &KnownRows,
) -> Result<Vec<Vec<Cow<'a, RawView>>>> {
    let all = rows.all();
    let of_frame = |frame: &Frame| raw_views(views, shared, frame, (&rows.inputs, &all));
    frames.iter().map(of_frame).collect()
}

//! A Gaussian process that reads trained frames, or rows without any network: see [`gp`](crate::gp).
//!
//! | file | holds |
//! |---|---|
//! | `frames` | frames trained without each other's labels |
//! | `fit` | hyperparameters by what was left out, errors and intervals |
//! | `rows` | the rows that are learnt from, and their file |
//! | `views` | coordinates of rows: frame, embedding, latent chart, descriptors, substructures, features |
//! | `calibration` | errors, intervals and the weight of the heads, by the rows left out |
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
mod rows;
mod views;

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use calibration::Calibration;
pub use explain::{AtomShares, Explanation, LabelShare, ViewShare};
pub(super) use fit::fit;
pub use fit::read_again;

use self::rows::KnownRows;
use self::views::{Cell, Known, RawView, Scale, by_task, of_network, points};
use super::choice::significant;
use super::description::ADVICE;
use super::frame::{Frame, FrameFiles, read};
use super::metrics::number_or_nan;
use crate::data::{Inputs, LabelScaler};
use crate::error::{Error, Result};
use crate::files::names::READOUT;
use crate::files::write_json;
use crate::gp::{Component, Hyperparameters, Kernel, Labels, Points, Posterior};
use crate::method::{MethodName, ViewName};

/// The most labels of a posterior: beyond, those of sources that are farthest from the target's are left out.
const LARGEST: usize = 6000;

/// What was found out: `readout.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadoutRecord {
    /// The views.
    pub views: Vec<ViewName>,
    /// The components, by view and kernel.
    pub components: Vec<Component>,
    /// Their hyperparameters.
    pub theta: Hyperparameters,
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
    /// Evaluations of the likelihood in the search.
    pub evaluations: usize,
    /// Labels that hyperparameters were chosen by.
    pub searched_labels: usize,
    /// Labels that the posterior which knows most of them knows …
    pub known_labels: usize,
    /// … of so many that its frame has seen.
    pub all_labels: usize,
    /// The largest jitter of a posterior's covariance.
    pub jitter: f64,
    /// Digest of `readout.csv`, so that rows lost are told; empty before the folder is written.
    #[serde(default)]
    pub rows_blake3: String,
    /// Of each view, in the order of [`views`](Self::views), how many columns the first frame reads.
    #[serde(default)]
    pub columns: Vec<ColumnCount>,
    /// Were frames to be trained without parts of the labels, and the labels too few for that?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_few: bool,
    /// The methods among which `auto` has chosen this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
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
    anchors: Anchors,
}

/// What one frame's posterior is.
#[derive(Clone, Debug)]
struct Reading {
    scales: Vec<Scale>,
    /// What the posterior's labels are of.
    cells: Vec<Cell>,
    posterior: Posterior,
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
        let target = &record.calibrations[self.rows.target];
        let how = match record.cross_fitted {
            true => format!("each left out by one of {} frames", record.frames),
            false => "left out of the posterior in turn".to_owned(),
        };
        let network = record.views.iter().any(|view| view.is_of_network());
        let heads = match network && record.cross_fitted {
            true => format!(
                "; weight of the posterior beside the heads {:.2}",
                target.weight
            ),
            false => String::new(),
        };
        let mut sentences = vec![format!(
            "Gaussian process over {}: RMSE {} expected of new rows, from {} rows {how}{heads}.",
            self.view_names(),
            significant(target.rmse),
            target.scores.len(),
        )];
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
        if record.known_labels < record.all_labels {
            sentences.push(format!(
                "Of {} labels the posterior knows {}: all of the target, and of the sources those nearest to them.",
                record.all_labels, record.known_labels
            ));
        }
        let views = record.views.iter().zip(&record.columns);
        for (view, count) in views.filter(|(_, count)| count.read < count.of) {
            sentences.push(format!(
                "Of {} columns of the view {} {} are read; the others are constant or missing among the rows.",
                count.of,
                view.as_str(),
                count.read
            ));
        }
        if record.jitter > 0.0 {
            sentences.push(format!(
                "The covariance of the labels was factored with {:.1e} added to its diagonal.",
                record.jitter
            ));
        }
        sentences
    }

    fn view_names(&self) -> String {
        let names: Vec<&str> = self.record.views.iter().map(|view| view.as_str()).collect();
        names.join(", ")
    }

    /// Posteriors of all frames in view of the rows, which they see so, under hyperparameters that were found.
    fn assembled(
        by_frame: &[Vec<Cow<'_, RawView>>],
        known: Known,
        rows: KnownRows,
        mut record: ReadoutRecord,
        parallel: bool,
    ) -> Result<Self> {
        let cells = rows.cells();
        let (mut readings, mut anchors) = (Vec::new(), None);
        for (q, raw_views) in by_frame.iter().enumerate() {
            let seen = |cell: &Cell| !record.cross_fitted || rows.sees(q, *cell);
            let cells: Vec<Cell> = cells.iter().copied().filter(seen).collect();
            record.all_labels = record.all_labels.max(cells.len());
            let scales: Vec<Scale> = raw_views
                .iter()
                .map(|raw_view| Scale::fit(raw_view, &cells))
                .collect();
            let cells = nearest_to_target(cells, &rows, (raw_views, &scales));
            record.known_labels = record.known_labels.max(cells.len());
            let posterior = Posterior::new(
                points(raw_views, &scales, &cells),
                labels(&rows, &record.scalers, &cells),
                &record.components,
                &record.theta,
                parallel,
            )?;
            record.jitter = record.jitter.max(posterior.jitter());
            if anchors.is_none() {
                let counts = raw_views.iter().zip(&scales);
                record.columns = counts
                    .map(|(raw_view, scale)| scale.count(raw_view))
                    .collect();
                anchors = Some(Anchors::of(&rows, &record, (raw_views, &scales)));
            }
            readings.push(Reading {
                scales,
                cells,
                posterior,
            });
        }
        Ok(Self {
            record,
            known,
            readings,
            anchors: anchors.expect("there is a frame"),
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
        let known = Known::of(&record.views, &rows.inputs);
        let shared = shared_views(&record.views, &known, &rows.inputs, &rows.all());
        let by_frame = all_views(&record.views, &shared, &frames, &rows)?;
        let readout = Self::assembled(&by_frame, known, rows, record, true)?;
        Ok((frames, readout))
    }
}

impl ReadoutRecord {
    /// Refuses a record whose parts do not fit together.
    fn check(&self, path: &Path, first: &Frame) -> Result<()> {
        let tasks = first.tasks().len();
        let family = first.config().method.entry().family;
        let has = |view: &ViewName| view.is_had_by(family, &first.inputs());
        let of_tasks = |c: &crate::gp::Coregionalisation| {
            c.loadings.len() == tasks && c.log_own.len() == tasks
        };
        let of_its_view = |c: &Component| {
            let counted = c.kernel == Kernel::MinMax;
            let view = self.views.get(c.view);
            view.is_some_and(|view| (*view == ViewName::Substructures) == counted)
        };
        let fits = self.frames > 0
            && !self.components.is_empty()
            && self.views.iter().all(has)
            && self.theta.tasks() == tasks
            && self.scalers.len() == tasks
            && self.calibrations.len() == tasks
            && self.components.len() == self.theta.components.len()
            && self.theta.components.iter().all(of_tasks)
            && self.components.iter().all(of_its_view);
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

impl Anchors {
    fn of(
        rows: &KnownRows,
        record: &ReadoutRecord,
        (raw_views, scales): (&[Cow<'_, RawView>], &[Scale]),
    ) -> Self {
        let target = rows.target;
        let weight = |view: usize| -> f64 {
            let all = record.components.iter().zip(&record.theta.components);
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

/// The points of rows that are asked of: by task, where tasks have coordinates of their own.
fn asked(
    raw_views: &[Cow<'_, RawView>],
    scales: &[Scale],
    rows: &[usize],
    tasks: usize,
) -> Vec<Points> {
    let sets = if by_task(raw_views) { tasks } else { 1 };
    let of_task = |task: usize| {
        let cells: Vec<Cell> = rows.iter().map(|&row| Cell { row, task }).collect();
        points(raw_views, scales, &cells)
    };
    (0..sets).map(of_task).collect()
}

/// The labels of cells, standardised.
fn labels(rows: &KnownRows, scalers: &[LabelScaler], cells: &[Cell]) -> Labels {
    let standard = |cell: &Cell| scalers[cell.task].standardise(rows.label(*cell));
    Labels {
        tasks: cells.iter().map(|cell| cell.task).collect(),
        values: cells.iter().map(standard).collect(),
    }
}

/// All labels of the target, and of the others the nearest to them in the first view, up to [`LARGEST`] together.
fn nearest_to_target(
    cells: Vec<Cell>,
    rows: &KnownRows,
    (raw_views, scales): (&[Cow<'_, RawView>], &[Scale]),
) -> Vec<Cell> {
    let own = cells.iter().filter(|cell| cell.task == rows.target).count();
    if cells.len() <= LARGEST.max(own) {
        return cells;
    }
    let of_first = |cells: &[Cell]| points(&raw_views[..1], &scales[..1], cells);
    let target: Vec<Cell> = cells
        .iter()
        .copied()
        .filter(|c| c.task == rows.target)
        .collect();
    let (anchors, all) = (of_first(&target), of_first(&cells));
    let distance = |at: usize| {
        let distances =
            (0..anchors.len()).map(|to| all.distance_between((0, at), (&anchors, 0, to)));
        distances.fold(f64::INFINITY, f64::min)
    };
    use rayon::prelude::*;
    let mut ranked: Vec<(f64, usize)> = (0..cells.len())
        .into_par_iter()
        .map(|at| match cells[at].task == rows.target {
            true => (-1.0, at),
            false => (distance(at), at),
        })
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = ranked[..LARGEST.max(own)]
        .iter()
        .map(|&(_, at)| at)
        .collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| cells[at]).collect()
}

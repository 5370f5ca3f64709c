//! Frames for a Gaussian process to read: each trained without a part of the labels, kept one by one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::{Corpus, Divided, Partition};
use crate::error::{ErrorKind, Result};
use crate::files::names::INNER;
use crate::files::{create_folder, write_json};
use crate::method::ModelConfig;
use crate::train::config::TrainingConfig;
use crate::train::control::{EpochRecord, RunControl, Silent};
use crate::train::frame::{Frame, FrameFiles};
use crate::train::inner::fit_network;
use crate::train::model::Model;
use crate::train::single::fit_once;

/// Frames with what came of their training.
pub(super) struct Trained {
    pub(super) frames: Vec<Frame>,
    /// Partitions whose validation rows are left out in turn: each of a frame, which has not seen them, or, where there
    /// is one frame, of its posterior; none where there are too few rows.
    pub(super) folds: Vec<Partition>,
    /// Is there a frame for each?
    pub(super) cross_fitted: bool,
    /// The training of the first.
    pub(super) course: Course,
    /// Optimiser steps of all.
    pub(super) steps: u64,
}

/// How a frame's training went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Course {
    pub(super) history: Vec<EpochRecord>,
    pub(super) best_epoch: usize,
    steps: u64,
}

impl Trained {
    /// A description alone, of a method without a network.
    pub(super) fn none(
        Divided { corpus, partition }: Divided<'_>,
        (model, training): (&ModelConfig, &TrainingConfig),
        folds: Vec<Partition>,
    ) -> Result<Self> {
        let frame = Frame::untrained(corpus, partition, model, training)?;
        Ok(Self {
            frames: vec![frame],
            folds,
            cross_fitted: false,
            course: Course::default(),
            steps: 0,
        })
    }

    /// One frame, trained as for its own head.
    pub(super) fn one(
        base: Option<&Model>,
        data: Divided<'_>,
        options: (&ModelConfig, &TrainingConfig),
        folds: Vec<Partition>,
        control: &RunControl<'_>,
    ) -> Result<Self> {
        // of several methods, each would take another's checkpoint for its own
        let alone = RunControl {
            checkpoint: None,
            resume: false,
            ..*control
        };
        let fitted = fit_network(base, data, options, &alone);
        let fitted = fitted.map_err(|error| control.resumable(error))?;
        Ok(Self {
            frames: fitted.model.frames,
            folds,
            cross_fitted: false,
            steps: fitted.steps,
            course: Course {
                history: fitted.history,
                best_epoch: fitted.best_epoch,
                steps: fitted.steps,
            },
        })
    }

    /// As many frames as there are parts of the target's labels, each trained without one of them, to the end of its
    /// run: nothing that is left out takes part in the choice of an epoch.
    pub(super) fn cross_fitted(
        base: Option<&Model>,
        corpus: &Corpus,
        options: (&ModelConfig, &TrainingConfig),
        folds: Vec<Partition>,
        control: &RunControl<'_>,
    ) -> Result<Self> {
        let (finished, all) = (AtomicUsize::new(0), folds.len());
        let train = |(q, fold): (usize, &Partition)| -> Result<(Frame, Course)> {
            let partition = &fold.without_validation(corpus.target);
            let data = Divided { corpus, partition };
            let frame = kept_or_trained(base, data, options, (q, control))?;
            let finished = finished.fetch_add(1, Ordering::Relaxed) + 1;
            control.observer.inner(finished, all);
            Ok(frame)
        };
        let trained: Vec<(Frame, Course)> = match control.parallel {
            true => folds
                .par_iter()
                .enumerate()
                .map(train)
                .collect::<Result<_>>(),
            false => folds.iter().enumerate().map(train).collect(),
        }
        .map_err(|error| control.resumable(error))?;
        let (frames, courses): (Vec<Frame>, Vec<Course>) = trained.into_iter().unzip();
        Ok(Self {
            frames,
            folds,
            cross_fitted: true,
            steps: courses.iter().map(|course| course.steps).sum(),
            course: courses
                .into_iter()
                .next()
                .expect("there are at least two folds"),
        })
    }
}

/// So many folds of the target's rows, or as many as there are rows for; none where there are too few for two.
///
/// # Errors
/// Those of [`Partition::left_out_folds`] beside too few rows.
pub(super) fn folds(
    Divided { corpus, partition }: Divided<'_>,
    wanted: usize,
) -> Result<Vec<Partition>> {
    for count in (2..=wanted).rev() {
        match partition.left_out_folds(corpus, count) {
            Err(error) if matches!(error.kind(), ErrorKind::TooFewRows { .. }) => {}
            folds => return folds,
        }
    }
    Ok(Vec::new())
}

/// Frame q, now or before an interruption.
fn kept_or_trained(
    base: Option<&Model>,
    data: Divided<'_>,
    options: (&ModelConfig, &TrainingConfig),
    (q, control): (usize, &RunControl<'_>),
) -> Result<(Frame, Course)> {
    let description = Frame::describe(base.map(Model::frame), data, options, Vec::new())?;
    let fingerprint = description.fingerprint(data.corpus, data.partition);
    let place = control
        .checkpoint
        .map(|folder| Place::of(folder, options.0, q, &fingerprint));
    let kept = place.as_ref().filter(|_| control.resume);
    if let Some(kept) = kept.and_then(Place::read) {
        return Ok(kept);
    }
    let alone = RunControl {
        observer: &Silent,
        // frames are what threads share
        parallel: false,
        stop: control.stop,
        ..RunControl::default()
    };
    let fitted = fit_once(base, data, options, Some(1.0), &alone)?;
    let course = Course {
        history: fitted.history,
        best_epoch: fitted.best_epoch,
        steps: fitted.steps,
    };
    let frame = fitted
        .model
        .frames
        .into_iter()
        .next()
        .expect("a run trains a frame");
    if let Some(place) = place {
        place.write(&frame, &course)?;
    }
    Ok((frame, course))
}

/// Where a finished frame of an unfinished run is kept: its name tells all that it depends on.
struct Place {
    frame: FrameFiles,
    course: PathBuf,
}

impl Place {
    fn of(folder: &Path, model: &ModelConfig, q: usize, fingerprint: &str) -> Self {
        let name = format!("{}-{q}-{}", model.method.as_str(), &fingerprint[..16]);
        let name = folder.join(INNER).join(name);
        Self {
            frame: FrameFiles::named(&name),
            course: name.with_extension("course.json"),
        }
    }

    /// The frame, if it is there and whole.
    fn read(&self) -> Option<(Frame, Course)> {
        let course = serde_json::from_slice(&fs::read(&self.course).ok()?).ok()?;
        Some((Frame::load(&self.frame).ok()?, course))
    }

    fn write(&self, frame: &Frame, course: &Course) -> Result<()> {
        self.course.parent().map_or(Ok(()), create_folder)?;
        frame.save(&self.frame)?;
        // last: with it the frame is whole
        write_json(&self.course, course)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::data::Part;
    use crate::data::config::{SplitConfig, SplitName};
    use crate::method::MethodName;
    use crate::train::Silent;

    /// Two tasks over numbers; the labels of some rows moved.
    fn corpus(moved: &[usize]) -> Corpus {
        let x: Vec<f64> = (0..200).map(f64::from).collect();
        let label = |row: usize, task: usize| {
            let moved = if moved.contains(&row) { 50.0 } else { 0.0 };
            (row as f64 * 0.1).sin() + task as f64 + moved
        };
        let labels = (0..200)
            .flat_map(|row| [label(row, 0), label(row, 1)])
            .collect();
        let tasks = ["s", "t"].map(str::to_owned).to_vec();
        Corpus::of_features(tasks, 1, vec!["x".to_owned()], x, labels).unwrap()
    }

    #[test]
    fn a_frame_sees_no_label_of_its_part_and_the_others_do() {
        let split = SplitConfig {
            split: SplitName::Random,
            ..SplitConfig::default()
        };
        let corpus_of = |moved: &[usize]| corpus(moved);
        let clean = corpus_of(&[]);
        let partition = Partition::holdout(&clean, &split, 0).unwrap();
        let data = clean.divided(&partition);
        let parts = folds(data, 3).unwrap();
        let moved = corpus_of(&parts[0].rows(1, Part::Val));
        let model = ModelConfig {
            embedding: 4,
            hidden: 4,
            ..ModelConfig::of(MethodName::Mtl)
        };
        let training = TrainingConfig {
            epochs: 2,
            min_steps: 0,
            ..TrainingConfig::default()
        };
        let never = AtomicBool::new(false);
        let control = RunControl {
            observer: &Silent,
            parallel: false,
            checkpoint: None,
            resume: false,
            stop: &never,
        };
        let heads = |corpus: &Corpus| -> Vec<Vec<f64>> {
            let options = (&model, &training);
            let trained = Trained::cross_fitted(None, corpus, options, parts.clone(), &control);
            let said = |frame: &Frame| frame.heads(&clean.inputs, &[0, 1, 2]).unwrap();
            trained.unwrap().frames.iter().map(said).collect()
        };
        let (before, after) = (heads(&clean), heads(&moved));
        assert_eq!(before[0], after[0]);
        assert!(before[1] != after[1] && before[2] != after[2]);
    }
}

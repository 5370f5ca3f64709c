//! What is said of new rows.

use super::calibration::mix;
use super::{Readout, asked, raw_views, shared_views};
use crate::data::Inputs;
use crate::error::Result;
use crate::gp::Joint;
use crate::train::frame::Frame;
use crate::train::model::Evidence;
use crate::train::prediction::{Neighbour, Prediction, Predictions, Surprise, Uncertainty};

/// Rows whose views are held at once.
const CHUNK: usize = 1024;
/// Where labels leave more of the prior variance than this, a row is beyond what was seen.
const UNSEEN: f64 = 0.9;
/// Beyond so many standard deviations a measured label is a surprise.
const SURPRISING: f64 = 6.0;

impl Readout {
    /// Predictions for some rows, in view of measured labels of some of them.
    pub(in crate::train) fn predict(
        &self,
        frames: &[Frame],
        (inputs, rows): (&Inputs, &[usize]),
        evidence: &[Evidence],
    ) -> Result<Predictions> {
        let tasks = frames[0].tasks();
        let mut by_row: Vec<Vec<Evidence>> = vec![Vec::new(); rows.len()];
        evidence.iter().for_each(|one| by_row[one.row].push(*one));
        let mut values = Vec::with_capacity(rows.len() * tasks.len());
        let mut neighbours = Vec::with_capacity(rows.len());
        let mut surprises = Vec::new();
        for (chunk, given) in rows.chunks(CHUNK).zip(by_row.chunks(CHUNK)) {
            let found = self.chunk(frames, (inputs, chunk), given, true)?;
            values.extend(found.values);
            neighbours.extend(found.neighbours);
            surprises.extend(found.surprises);
        }
        let predictions = Predictions::new(tasks, values).with_neighbours(neighbours);
        Ok(predictions.with_surprises(surprises))
    }

    fn chunk(
        &self,
        frames: &[Frame],
        (inputs, rows): (&Inputs, &[usize]),
        given: &[Vec<Evidence>],
        parallel: bool,
    ) -> Result<Found> {
        let (record, tasks) = (&self.record, self.rows.tasks);
        let shared = shared_views(&record.views, &self.known, inputs, rows);
        let places: Vec<usize> = (0..rows.len()).collect();
        let mut sums = vec![Sums::default(); rows.len() * tasks];
        // without evidence
        let mut expected = sums.clone();
        let mut neighbours = Vec::new();
        for (frame, reading) in frames.iter().zip(&self.readings) {
            let raw_views = raw_views(&record.views, &shared, frame, (inputs, rows))?;
            let at = asked(&raw_views, &reading.scales, &places, tasks);
            let joints = reading.posterior.predict(&at, parallel);
            let heads = self.heads(frame, inputs, rows)?;
            for (row, mut joint) in joints.into_iter().enumerate() {
                let before = joint.mean.clone();
                let own = row * tasks..(row + 1) * tasks;
                let heads = heads.as_ref().map(|heads| &heads[own.clone()]);
                self.add(&mut expected[own.clone()], &joint, &before, heads);
                self.condition(&mut joint, &given[row]);
                self.add(&mut sums[own], &joint, &before, heads);
            }
            if neighbours.is_empty() {
                neighbours = self.neighbours(&at[if at.len() > 1 { self.rows.target } else { 0 }]);
            }
        }
        let prediction = |(index, sums): (usize, Sums)| {
            let task = index % tasks;
            let of_task = frames[0].absence(&frames[0].tasks()[task]);
            match of_task {
                Some(absence) => Prediction::Absent(absence),
                None => self.prediction(task, sums),
            }
        };
        Ok(Found {
            values: sums.into_iter().enumerate().map(prediction).collect(),
            neighbours,
            surprises: self.surprises(&expected, given),
        })
    }

    /// Adds what one frame says of a row: the mean `before` evidence mixed with that of the heads, moved as the
    /// evidence has moved the posterior.
    fn add(&self, sums: &mut [Sums], joint: &Joint, before: &[f64], heads: Option<&[f64]>) {
        for (task, sums) in sums.iter_mut().enumerate() {
            let weight = self.record.calibrations[task].weight;
            let head = heads.map(|heads| heads[task]);
            let shift = joint.mean[task] - before[task];
            let noise = self.record.theta.noise(task);
            sums.add(FrameEstimate {
                mean: mix(before[task], head, weight) + shift,
                variance: joint.deviation(task, noise).powi(2),
                left: joint.covariance[task * before.len() + task] / joint.prior[task],
            });
        }
    }

    /// The measured labels that are far from what was expected without any of them.
    fn surprises(&self, expected: &[Sums], given: &[Vec<Evidence>]) -> Vec<Surprise> {
        let surprise = |one: &Evidence, row: usize| {
            let sums = &expected[row * self.rows.tasks + one.task];
            let n = sums.frames as f64;
            let y = self.record.scalers[one.task].standardise(one.value);
            let deviations = (y - sums.mean / n).abs() / (sums.variance / n).sqrt();
            (deviations > SURPRISING).then_some(Surprise {
                row: one.row,
                task: one.task,
                deviations,
            })
        };
        let rows = given.iter().enumerate();
        rows.flat_map(|(row, given)| {
            given
                .iter()
                .filter_map(|one| surprise(one, row))
                .collect::<Vec<_>>()
        })
        .collect()
    }

    /// Is a measured label of the task within the range of its transformation, so that it can be conditioned on?
    ///
    /// # Panics
    /// If there is no such task.
    pub fn takes(&self, task: usize, value: f64) -> bool {
        self.record.scalers[task].standardise(value).is_finite()
    }

    /// What the heads say, standardised; none without a network.
    pub(super) fn heads(
        &self,
        frame: &Frame,
        inputs: &Inputs,
        rows: &[usize],
    ) -> Result<Option<Vec<f64>>> {
        if !frame.config().method.is_network() {
            return Ok(None);
        }
        let heads = frame.heads(inputs, rows)?.into_iter();
        let scalers = self.record.scalers.iter().cycle();
        Ok(Some(
            heads
                .zip(scalers)
                .map(|(y, scaler)| scaler.standardise(y))
                .collect(),
        ))
    }

    fn condition(&self, joint: &mut Joint, given: &[Evidence]) {
        for one in given {
            let y = self.record.scalers[one.task].standardise(one.value);
            joint.condition(one.task, y, self.record.theta.noise(one.task));
        }
    }

    fn prediction(&self, task: usize, sums: Sums) -> Prediction {
        let (scaler, calibration) = (&self.record.scalers[task], &self.record.calibrations[task]);
        let n = sums.frames as f64;
        let (mean, deviation) = (sums.mean / n, (sums.variance / n).sqrt());
        // limits would make the deviation of what lies at one of them zero
        let freely = |z: f64| scaler.restore_freely(z);
        Prediction::with(
            scaler.restore(mean),
            Uncertainty {
                sd: 0.5 * (freely(mean + deviation) - freely(mean - deviation)),
                trust: calibration.trust(deviation),
                unseen: sums.left / n > UNSEEN,
                standard_mean: mean,
                standard_deviation: deviation,
            },
        )
    }

    /// The interval that holds this share of labels: `μ ± q σ`, standardised, in the task's unit; infinite where too few
    /// rows were left out.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn interval(&self, task: usize, of: &Uncertainty, coverage: f64) -> [f64; 2] {
        let reach = self.record.calibrations[task].reach(coverage) * of.standard_deviation;
        if reach.is_infinite() {
            return [f64::NEG_INFINITY, f64::INFINITY];
        }
        let scaler = &self.record.scalers[task];
        [of.standard_mean - reach, of.standard_mean + reach].map(|z| scaler.restore(z))
    }

    /// The nearest labelled row of the target to each point, in the view that weighs most.
    fn neighbours(&self, at: &crate::gp::Points) -> Vec<Neighbour> {
        let anchors = &self.anchors;
        let nearest = |point: usize| {
            let distances = (0..anchors.points.len())
                .map(|to| at.distance_between((anchors.view, point), (&anchors.points, 0, to)));
            let numbered = distances.enumerate();
            let nearer = |a: (usize, f64), b: (usize, f64)| if b.1 < a.1 { b } else { a };
            let (to, distance) = numbered.reduce(nearer).expect("the target has labels");
            Neighbour {
                identifier: self.rows.identifiers[anchors.rows[to]].clone(),
                distance,
            }
        };
        (0..at.len()).map(nearest).collect()
    }
}

/// What is found of a chunk of rows.
struct Found {
    values: Vec<Prediction>,
    neighbours: Vec<Neighbour>,
    surprises: Vec<Surprise>,
}

/// What one frame says of a label.
struct FrameEstimate {
    mean: f64,
    variance: f64,
    left: f64,
}

/// Sums over frames.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    mean: f64,
    variance: f64,
    left: f64,
    frames: usize,
}

impl Sums {
    fn add(&mut self, estimate: FrameEstimate) {
        self.mean += estimate.mean;
        self.variance += estimate.variance;
        self.left += estimate.left;
        self.frames += 1;
    }
}

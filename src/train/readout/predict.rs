//! What is said of new rows.

use super::calibration::{Normal, Statements};
use super::reading::{Informed, Reading};
use super::{ProcessRecord, Readout, raw_views, shared_views, without_network};
use crate::data::Inputs;
use crate::error::Result;
use crate::gp::{Joint, Points};
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
        Ok(Predictions::new(tasks, values, neighbours, surprises))
    }

    fn chunk(
        &self,
        frames: &[Frame],
        (inputs, rows): (&Inputs, &[usize]),
        given: &[Vec<Evidence>],
        parallel: bool,
    ) -> Result<Found> {
        let (record, tasks) = (&self.record, self.rows.tasks);
        let views = &record.process.views;
        let shared = shared_views(views, &self.known, inputs, rows);
        let places: Vec<usize> = (0..rows.len()).collect();
        let mut sums = vec![Sums::default(); rows.len() * tasks];
        // without evidence
        let mut expected = sums.clone();
        let mut neighbours = Vec::new();
        let informed = |process: &ProcessRecord, reading: &Reading, at: &[Points]| {
            let scale = (&process.theta, &record.scalers[..]);
            reading.informed(at, given, scale, parallel)
        };
        let third = record
            .without_network
            .as_ref()
            .zip(self.without_network.as_ref());
        let third = third.map(|(process, reading)| {
            let at = reading.asked(&without_network(&shared), &places, tasks);
            informed(process, reading, &at)
        });
        for (frame, reading) in frames.iter().zip(&self.readings) {
            let raw_views = raw_views(views, &shared, frame, (inputs, rows))?;
            let at = reading.asked(&raw_views, &places, tasks);
            let of_frame = informed(&record.process, reading, &at);
            let heads = self.heads(frame, inputs, rows)?;
            for (row, informed) in of_frame.iter().enumerate() {
                let own = row * tasks..(row + 1) * tasks;
                let parts = RowParts {
                    informed,
                    heads: heads.as_ref().map(|heads| &heads[own.clone()]),
                    without_network: third.as_ref().map(|all| &all[row]),
                };
                self.add(&mut expected[own.clone()], &parts, |informed| {
                    &informed.before
                });
                self.add(&mut sums[own], &parts, |informed| &informed.given);
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

    /// Adds what one frame says of a row, in view of evidence or not; evidence moves a head by as much as the posterior
    /// of its frame.
    fn add(&self, sums: &mut [Sums], parts: &RowParts<'_>, view: impl Fn(&Informed) -> &Joint) {
        let record = &self.record;
        let joint = view(parts.informed);
        for (task, sums) in sums.iter_mut().enumerate() {
            let shift = joint.mean[task] - parts.informed.before.mean[task];
            let third = parts.without_network.zip(record.without_network.as_ref());
            let said = Statements {
                posterior: Normal::of(joint, &record.process.theta, task),
                head: parts.heads.map(|heads| heads[task] + shift),
                without_network: third
                    .map(|(all, process)| Normal::of(view(all), &process.theta, task)),
            };
            let mixed = record.calibrations[task].weights.mix(&said);
            sums.mean += mixed.mean;
            sums.square += mixed.mean.powi(2);
            sums.variance += mixed.deviation.powi(2);
            sums.left += joint.covariance[task * self.rows.tasks + task] / joint.prior[task];
            sums.frames += 1;
        }
    }

    /// The measured labels that are far from what was expected without any of them.
    fn surprises(&self, expected: &[Sums], given: &[Vec<Evidence>]) -> Vec<Surprise> {
        let surprise = |one: &Evidence, row: usize| {
            let sums = &expected[row * self.rows.tasks + one.task];
            let n = sums.frames as f64;
            let y = self.record.scalers[one.task].standardise(one.value);
            let deviations = (y - sums.mean / n).abs() / sums.variance().sqrt();
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
        if !frame.description.model.method.is_network() {
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

    fn prediction(&self, task: usize, sums: Sums) -> Prediction {
        let (scaler, calibration) = (&self.record.scalers[task], &self.record.calibrations[task]);
        let n = sums.frames as f64;
        let mean = sums.mean / n;
        let deviation = sums.variance().sqrt();
        // limits would make the deviation of what lies at one of them zero
        let freely = |z: f64| scaler.restore_freely(z);
        let uncertainty = Uncertainty {
            sd: 0.5 * (freely(mean + deviation) - freely(mean - deviation)),
            // rows left out have the deviation of one frame
            trust: calibration.trust((sums.variance / n).sqrt()),
            unseen: sums.left / n > UNSEEN,
            standard_mean: mean,
            standard_deviation: deviation,
        };
        Prediction::with(scaler.restore(mean), Some(uncertainty))
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
    fn neighbours(&self, at: &Points) -> Vec<Neighbour> {
        let anchors = &self.anchors;
        let found = at.nearest(anchors.view, (&anchors.points, 0)).into_iter();
        let neighbour = |nearest: Option<(usize, f64)>| {
            let (to, distance) = nearest.expect("the target has labels");
            Neighbour {
                identifier: self.rows.identifiers[anchors.rows[to]].clone(),
                distance,
            }
        };
        found.map(neighbour).collect()
    }
}

/// What is found of a chunk of rows.
struct Found {
    values: Vec<Prediction>,
    neighbours: Vec<Neighbour>,
    surprises: Vec<Surprise>,
}

/// What the parts of a prediction say of a row, in one frame.
struct RowParts<'a> {
    informed: &'a Informed,
    heads: Option<&'a [f64]>,
    without_network: Option<&'a Informed>,
}

/// Sums over frames.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    mean: f64,
    square: f64,
    variance: f64,
    left: f64,
    frames: usize,
}

impl Sums {
    /// The variance of the mixture of all frames: the mean of theirs, and that of their means.
    fn variance(&self) -> f64 {
        let n = self.frames as f64;
        let spread = self.square / n - (self.mean / n).powi(2);
        self.variance / n + spread.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_over_frames_is_their_mean_and_that_of_their_means() {
        // means −1 and 2, variances 0.5 and 1.5: 1 + 1.5²
        let sums = Sums {
            mean: 1.0,
            square: 5.0,
            variance: 2.0,
            left: 0.0,
            frames: 2,
        };
        assert_eq!(sums.variance(), 3.25);
    }
}

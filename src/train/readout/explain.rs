//! What one prediction is made of: views, tasks whose labels speak, single labels, atoms.

#[cfg(feature = "molecule")]
use std::borrow::Cow;

use serde::Serialize;

use super::reading::Reading;
use super::views::Cell;
#[cfg(feature = "molecule")]
use super::views::RawView;
use super::{ProcessRecord, Readout, raw_views, shared_views, without_network};
use crate::data::{Inputs, Transform};
use crate::error::{Error, Result};
use crate::gp::Points;
use crate::method::ViewName;
use crate::train::frame::Frame;
use crate::train::model::Model;

/// The share of labels that the interval of an explanation is to hold.
const COVERAGE: f64 = 0.9;

/// A prediction, and what moves it away from the mean of the training labels.
///
/// With w the weights of the posteriors of Q frames q, w_h of their heads h and w_0 of the posterior 0 that sees no
/// network, labels l of task s and components c of view v, all on the scale of the labels as they are learnt (mean m,
/// standard deviation σ):
///
/// ```text
/// part_q(v, s) = Σ_{l of s} α_l Σ_{c of v} C^c_st k_c(x, x_l)
/// part(v, s)   = (σ/Q) w Σ_q part_q(v, s) + σ w_0 part_0(v, s)
/// part(heads)  = (σ/Q) w_h Σ_q h
/// m + Σ parts  = the prediction
/// ```
///
/// Where the task's labels are transformed, m and all parts are of transformed labels, and so is their sum.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The task that is predicted.
    pub task: String,
    /// The predicted mean, in the task's unit.
    pub mean: f64,
    /// The standard deviation of the label, noise included, in the task's unit.
    pub sd: f64,
    /// The share of labels left out in training that were predicted with a larger standard deviation.
    pub trust: f64,
    /// Does the row lie beyond what was seen?
    pub unseen: bool,
    /// The share of labels that the interval is to hold.
    pub coverage: f64,
    /// The interval, in the task's unit; infinite where too few rows were left out.
    pub interval: [f64; 2],
    /// Are base and parts on the scale of transformed labels?
    pub transformed: bool,
    /// m, the mean of the task's training labels.
    pub base: f64,
    /// What moves the prediction away from it.
    pub parts: Vec<ViewShare>,
    /// What every training label contributes, the largest first.
    pub labels: Vec<LabelShare>,
    /// Shares of atoms; none without molecules, or where no view is of the network.
    pub atoms: Option<AtomShares>,
}

/// What a view contributes by the labels of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewShare {
    /// The view; none for the heads of the networks.
    pub view: Option<ViewName>,
    /// The task whose labels speak; none for the heads, which have learnt from all.
    pub task: Option<String>,
    /// The contribution.
    pub value: f64,
}

/// What one training label contributes by all views.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelShare {
    /// The molecule as first read, or the features joined by `;`.
    pub row: String,
    /// The label's task.
    pub task: String,
    /// The label, in its task's unit.
    pub label: f64,
    /// The contribution to all posteriors.
    pub contribution: f64,
    /// The distance of its row in the view that weighs most for the target, over the median distance of labelled rows; the
    /// mean over the frames that know the label, NaN where none does.
    pub distance: f64,
}

/// First-order shares of atoms in what the network's views (frame, embedding, latent chart) contribute together: gradient
/// times input.
///
/// They say what the contribution reacts to, and need not add up to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtomShares {
    /// The canonical SMILES, whose atoms these are, in its order.
    pub smiles: String,
    /// By atom, on the scale of the parts.
    pub values: Vec<f64>,
}

impl Model {
    /// What the prediction of `task` for one row of the inputs is made of.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a model that no Gaussian process reads, a task that it
    /// has not or does not predict, and inputs of another kind; a prediction that is not finite.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn explain(&self, inputs: &Inputs, row: usize, task: &str) -> Result<Explanation> {
        let Some(readout) = self.readout() else {
            return Err(Error::usage(
                "no Gaussian process reads this model: a network's head cannot be taken apart by labels and views",
                "train with option `head` = gp",
            ));
        };
        let Some(index) = self.tasks().iter().position(|name| name == task) else {
            return Err(Error::usage(
                format!("the model has no task `{task}`"),
                format!("its tasks are {}", self.tasks().join(", ")),
            ));
        };
        if let Some(absence) = self.absence(task) {
            return Err(Error::usage(
                format!("`{task}` is not predicted: {absence}"),
                "name another task",
            ));
        }
        // refuses inputs of another kind
        self.source(inputs)?;
        readout.explain(&self.frames, (inputs, row), index)
    }
}

impl Readout {
    fn explain(
        &self,
        frames: &[Frame],
        (inputs, row): (&Inputs, usize),
        task: usize,
    ) -> Result<Explanation> {
        let predicted = self.predict(frames, (inputs, &[row]), &[])?.at(0, task);
        let Some(uncertainty) = predicted.uncertainty() else {
            return Err(Error::usage(
                "the predicted value is not finite",
                "explain another row",
            ));
        };
        let mut sums = Sums::zero(self, task);
        let mut third = 0.0;
        for index in 0..frames.len() {
            third += self.add_frame(&mut sums, (frames, index), (inputs, row))?;
        }
        if let (Some(reading), Some(process)) =
            (&self.without_network, &self.record.without_network)
        {
            let shared = shared_views(&self.record.process.views, &self.known, inputs, &[row]);
            let at = reading.asked(&without_network(&shared), &[0], self.rows.tasks);
            self.add_shares(&mut sums, (reading, process), (&at, third));
        }
        let tasks = frames[0].tasks();
        let scaler = &self.record.scalers[task];
        Ok(Explanation {
            task: tasks[task].clone(),
            mean: predicted.mean(),
            sd: uncertainty.sd,
            trust: uncertainty.trust,
            unseen: uncertainty.unseen,
            coverage: COVERAGE,
            interval: self.interval(task, &uncertainty, COVERAGE),
            transformed: scaler.transform != Transform::None,
            base: scaler.mean,
            parts: sums.parts(&self.record.process.views, tasks),
            labels: self.label_shares(&sums, tasks),
            atoms: sums.atoms(inputs, row),
        })
    }

    /// Adds what one frame says, and returns what the posterior without a network is to be scaled by beside it.
    fn add_frame(
        &self,
        sums: &mut Sums,
        (frames, index): (&[Frame], usize),
        (inputs, row): (&Inputs, usize),
    ) -> Result<f64> {
        let (frame, reading, record) = (&frames[index], &self.readings[index], &self.record);
        let (task, tasks) = (sums.task, self.rows.tasks);
        let views = &record.process.views;
        let shared = shared_views(views, &self.known, inputs, &[row]);
        let raw_views = raw_views(views, &shared, frame, (inputs, &[row]))?;
        let at = reading.asked(&raw_views, &[0], tasks);
        let heads = self.heads(frame, inputs, &[row])?.map(|heads| heads[task]);
        let present = [
            true,
            heads.is_some_and(f64::is_finite),
            self.without_network.is_some(),
        ];
        let weights = record.calibrations[task].weights.among(present);
        let unit = record.scalers[task].std / frames.len() as f64;
        if let Some(head) = heads.filter(|head| head.is_finite()) {
            *sums.heads.get_or_insert(0.0) += unit * weights.heads * head;
        }
        let scale = unit * weights.posterior;
        self.add_shares(sums, (reading, &record.process), (&at, scale));
        let query = if at.len() == 1 { &at[0] } else { &at[task] };
        for (label, cell) in reading.cells.iter().enumerate() {
            sums.add_distance(
                *cell,
                self.distance(reading.posterior.points(), label, query),
            );
        }
        #[cfg(feature = "molecule")]
        {
            let slopes = self.network_slopes(index, &raw_views, &at, (task, scale));
            if !slopes.is_empty() {
                sums.add_atoms(frame.atom_shares(frame.source(inputs)?, (row, task), &slopes));
            }
        }
        Ok(unit * weights.without_network)
    }

    /// Adds `scale` times what the labels of a posterior contribute to its mean at the one point of `at`.
    fn add_shares(
        &self,
        sums: &mut Sums,
        (reading, process): (&Reading, &ProcessRecord),
        (at, scale): (&[Points], f64),
    ) {
        let views = &self.record.process.views;
        let place = |view: usize| views.iter().position(|name| *name == process.views[view]);
        let of_component: Vec<usize> = (process.components.iter())
            .map(|component| place(component.view).expect("views of both are views of the first"))
            .collect();
        for share in reading.posterior.shares(at, (0, sums.task)) {
            let parts = share.parts.iter().map(|part| scale * part);
            sums.add_label(
                reading.cells[share.label],
                parts.zip(of_component.iter().copied()),
            );
        }
    }

    /// The gradients of `scale` times what the network's views contribute to the posterior's mean of a task in a frame,
    /// each by the numbers of its view of the one row that is seen.
    #[cfg(feature = "molecule")]
    fn network_slopes(
        &self,
        index: usize,
        raw_views: &[Cow<'_, RawView>],
        at: &[Points],
        (task, scale): (usize, f64),
    ) -> Vec<(ViewName, Vec<f64>)> {
        let reading = &self.readings[index];
        let slope = |(view, name): (usize, &ViewName)| {
            let by_coordinates = reading.posterior.slope(at, (0, task), view)?;
            let cell = Cell { row: 0, task };
            let mut slope = reading.scales[view].slope(&raw_views[view], cell, &by_coordinates)?;
            slope.iter_mut().for_each(|slope| *slope *= scale);
            Some((*name, slope))
        };
        let views = self.record.process.views.iter().enumerate();
        let of_network = views.filter(|(_, name)| name.is_of_network());
        of_network.filter_map(slope).collect()
    }

    /// In the view that weighs most.
    fn distance(&self, known: &Points, label: usize, query: &Points) -> f64 {
        let view = self.anchors.view;
        query.distance_between((view, 0), (known, view, label))
    }

    fn label_shares(&self, sums: &Sums, tasks: &[String]) -> Vec<LabelShare> {
        let share = |cell: Cell| {
            let found = &sums.labels[cell.row * tasks.len() + cell.task];
            found.known.then(|| LabelShare {
                row: self.rows.identifiers[cell.row].clone(),
                task: tasks[cell.task].clone(),
                label: self.rows.label(cell),
                contribution: found.contribution,
                distance: found.distance / found.frames as f64,
            })
        };
        let mut shares: Vec<LabelShare> = self.rows.cells().into_iter().filter_map(share).collect();
        let size = |share: &LabelShare| share.contribution.abs();
        shares.sort_by(|a, b| size(b).total_cmp(&size(a)));
        shares
    }
}

/// Sums over frames.
struct Sums {
    task: usize,
    tasks: usize,
    /// `[views][tasks]`; none where no label of the task speaks.
    parts: Vec<Option<f64>>,
    heads: Option<f64>,
    /// `[rows][tasks]`.
    labels: Vec<LabelSum>,
    #[cfg(feature = "molecule")]
    atoms: Vec<f64>,
}

#[derive(Clone, Copy, Default)]
struct LabelSum {
    contribution: f64,
    known: bool,
    distance: f64,
    frames: usize,
}

impl Sums {
    fn zero(of: &Readout, task: usize) -> Self {
        let tasks = of.rows.tasks;
        Self {
            task,
            tasks,
            parts: vec![None; of.record.process.views.len() * tasks],
            heads: None,
            labels: vec![LabelSum::default(); of.rows.len() * tasks],
            #[cfg(feature = "molecule")]
            atoms: Vec::new(),
        }
    }

    /// What a label contributes, by view.
    fn add_label(&mut self, cell: Cell, parts: impl Iterator<Item = (f64, usize)>) {
        let label = &mut self.labels[cell.row * self.tasks + cell.task];
        label.known = true;
        for (part, view) in parts {
            label.contribution += part;
            *self.parts[view * self.tasks + cell.task].get_or_insert(0.0) += part;
        }
    }

    /// How far a label that a frame's posterior knows is from the row.
    fn add_distance(&mut self, cell: Cell, distance: f64) {
        let label = &mut self.labels[cell.row * self.tasks + cell.task];
        label.distance += distance;
        label.frames += 1;
    }

    #[cfg(feature = "molecule")]
    fn add_atoms(&mut self, shares: Vec<f64>) {
        self.atoms.resize(shares.len(), 0.0);
        let sums = self.atoms.iter_mut().zip(shares);
        sums.for_each(|(sum, share)| *sum += share);
    }

    fn parts(&self, views: &[ViewName], tasks: &[String]) -> Vec<ViewShare> {
        let part = |(index, value): (usize, &Option<f64>)| {
            Some(ViewShare {
                view: Some(views[index / self.tasks]),
                task: Some(tasks[index % self.tasks].clone()),
                value: (*value)?,
            })
        };
        let heads = self.heads.map(|value| ViewShare {
            view: None,
            task: None,
            value,
        });
        let of_views = self.parts.iter().enumerate().filter_map(part);
        of_views.chain(heads).collect()
    }

    #[cfg(feature = "molecule")]
    fn atoms(self, inputs: &Inputs, row: usize) -> Option<AtomShares> {
        let graph = &inputs.graphs()?[row];
        (!self.atoms.is_empty()).then(|| AtomShares {
            smiles: graph.smiles().to_owned(),
            values: self.atoms,
        })
    }

    #[cfg(not(feature = "molecule"))]
    fn atoms(self, _: &Inputs, _: usize) -> Option<AtomShares> {
        None
    }
}

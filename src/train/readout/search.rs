//! Hyperparameters by what was left out, and what the posteriors under them say of it.

use std::borrow::Cow;

use super::Readout;
use super::calibration::{LeftOut, Normal, Statements};
use super::reading::{Reading, labels};
use super::rows::KnownRows;
use super::views::{Cell, RawView, Scale, components, points};
use crate::data::LabelScaler;
use crate::error::Result;
use crate::gp::{Component, Hyperparameters, Likelihood, maximise};
use crate::random::{Purpose, Stream};
use crate::train::frame::Frame;

/// Labels that hyperparameters are chosen by: of the target at most half, where there are sources; of these first those of
/// molecules with a label of the target, then a seeded sample.
const SEARCHED: usize = 800;
/// Loadings and own variances that searches begin with: tasks that share most, and, tried where there are few labels, which
/// leave more than one maximum, tasks that share little.
const STARTS: [(f64, f64); 2] = [(0.5, 0.135), (0.1, 0.5)];
/// Labels up to which every start is tried.
const FEW: usize = 400;

/// What a search and the calibration look at.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) rows: &'a KnownRows,
    /// The right labels, which judge, where some of those that are learnt were made wrong: `[rows][tasks]`.
    pub(super) right: &'a [f64],
    pub(super) scalers: &'a [LabelScaler],
    /// The views of the rows, by frame.
    pub(super) by_frame: &'a [Vec<Cow<'a, RawView>>],
    /// Has every frame a part of the labels that it has not seen?
    pub(super) cross_fitted: bool,
    pub(super) seed: u64,
    pub(super) parallel: bool,
}

/// The outcome of a search.
pub(super) struct Searched {
    pub(super) components: Vec<Component>,
    pub(super) theta: Hyperparameters,
    pub(super) evaluations: usize,
    /// Number of labels that they were chosen by.
    pub(super) labels: usize,
}

impl Setting<'_> {
    /// The hyperparameters of the largest likelihood: of what the frames have not seen given what they have, or,
    /// without cross-fitting, of all.
    pub(super) fn search(&self) -> Result<Searched> {
        let cells = self.searched();
        let components = components(&self.by_frame[0]);
        let likelihoods: Vec<Likelihood> = (0..self.by_frame.len())
            .filter_map(|q| self.likelihood((q, &components), &cells))
            .collect();
        let starts = STARTS
            .map(|(shared, own)| Hyperparameters::start(&components, self.rows.tasks, shared, own));
        let tried = if cells.len() <= FEW { STARTS.len() } else { 1 };
        let found = maximise(&likelihoods, &starts[..tried], self.parallel)?;
        Ok(Searched {
            components,
            theta: found.theta,
            evaluations: found.evaluations,
            labels: cells.len(),
        })
    }

    /// The labels that hyperparameters are chosen by.
    fn searched(&self) -> Vec<Cell> {
        let rows = self.rows;
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
    fn likelihood(
        &self,
        (q, components): (usize, &[Component]),
        cells: &[Cell],
    ) -> Option<Likelihood> {
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
            &points(&self.by_frame[q], &scales, &ordered),
            &labels(self.rows, self.scalers, &ordered),
            given,
            components,
            self.parallel,
        ))
    }

    /// Of the labels that frame q has seen.
    fn scales(&self, q: usize) -> Vec<Scale> {
        let seen = |cell: &Cell| !self.cross_fitted || self.rows.sees(q, *cell);
        let cells: Vec<Cell> = self.rows.cells().into_iter().filter(seen).collect();
        let raw_views = self.by_frame[q].iter();
        raw_views
            .map(|raw_view| Scale::fit(raw_view, &cells))
            .collect()
    }

    /// What is said of labels by what has not seen them, by task.
    ///
    /// # Errors
    /// Those of [`Posterior::leave_out`](crate::gp::Posterior::leave_out).
    pub(super) fn left_out(
        &self,
        readout: &Readout,
        frames: &[Frame],
    ) -> Result<Vec<Vec<LeftOut>>> {
        if !self.cross_fitted {
            let reading = &readout.readings[0];
            let found = self.without_folds(reading)?;
            let said = |cell: Cell| {
                Some(Statements {
                    posterior: found[self.place(cell)]?,
                    head: None,
                    without_network: None,
                })
            };
            return Ok(self.labels_by_task(reading.cells.iter().copied(), said));
        }
        let without_network = &readout.without_network;
        let without_network = without_network.as_ref().map(|one| self.without_folds(one));
        let without_network = without_network.transpose()?;
        let mut found = vec![None; self.rows.len() * self.rows.tasks];
        for q in 0..frames.len() {
            self.add_hidden(&mut found, (readout, frames, q))?;
        }
        let said = |cell: Cell| {
            let third = without_network.as_ref();
            Some(Statements {
                without_network: third.and_then(|found| found[self.place(cell)]),
                ..found[self.place(cell)]?
            })
        };
        Ok(self.labels_by_task(self.rows.cells().into_iter(), said))
    }

    fn place(&self, cell: Cell) -> usize {
        cell.row * self.rows.tasks + cell.task
    }

    fn labels_by_task(
        &self,
        cells: impl Iterator<Item = Cell>,
        said: impl Fn(Cell) -> Option<Statements>,
    ) -> Vec<Vec<LeftOut>> {
        let mut by_task = vec![Vec::new(); self.rows.tasks];
        for cell in cells {
            if let Some(said) = said(cell) {
                let label = self.right[self.place(cell)];
                by_task[cell.task].push(LeftOut {
                    label: self.scalers[cell.task].standardise(label),
                    fold: self.rows.hidden_from(cell),
                    said,
                });
            }
        }
        by_task
    }

    /// What frame q and its head say of labels that they have not seen, `[rows][tasks]`.
    fn add_hidden(
        &self,
        found: &mut [Option<Statements>],
        (readout, frames, q): (&Readout, &[Frame], usize),
    ) -> Result<()> {
        let (rows, tasks) = (self.rows, self.rows.tasks);
        let hidden: Vec<usize> = (0..rows.len())
            .filter(|&row| rows.left_out[row] == Some(q))
            .collect();
        let reading = &readout.readings[q];
        let at = reading.asked(&self.by_frame[q], &hidden, tasks);
        let joints = reading.posterior.predict(&at, self.parallel);
        let heads = readout.heads(&frames[q], &rows.inputs, &hidden)?;
        let theta = &readout.record.process.theta;
        for (place, (&row, joint)) in hidden.iter().zip(&joints).enumerate() {
            for task in 0..tasks {
                let cell = Cell { row, task };
                if rows.hidden_from(cell) == Some(q) {
                    found[self.place(cell)] = Some(Statements {
                        posterior: Normal::of(joint, theta, task),
                        head: heads.as_ref().map(|heads| heads[place * tasks + task]),
                        without_network: None,
                    });
                }
            }
        }
        Ok(())
    }

    /// What a posterior that has seen all says of labels without those of their fold, or, where there are no folds,
    /// without them alone, `[rows][tasks]`.
    fn without_folds(&self, reading: &Reading) -> Result<Vec<Option<Normal>>> {
        let Reading {
            posterior, cells, ..
        } = reading;
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
        let mut found = vec![None; self.rows.len() * self.rows.tasks];
        let all = without.means.iter().zip(&without.deviations);
        for (cell, (&mean, &deviation)) in cells.iter().zip(all) {
            found[self.place(*cell)] = (!mean.is_nan()).then_some(Normal { mean, deviation });
        }
        Ok(found)
    }
}

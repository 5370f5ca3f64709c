//! One posterior: how it scales views, the labels it knows, what it says of rows.

use std::borrow::Cow;

use super::ProcessRecord;
use super::rows::KnownRows;
use super::views::{Cell, RawView, Scale, by_task, points};
use crate::data::LabelScaler;
use crate::error::Result;
use crate::gp::{Hyperparameters, Joint, Labels, Points, Posterior};
use crate::train::model::Evidence;

/// The most labels of a posterior: beyond, those of sources that are farthest from the target's are left out.
const LARGEST: usize = 6000;

/// A posterior with what its labels are of.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) scales: Vec<Scale>,
    /// What the posterior's labels are of.
    pub(super) cells: Vec<Cell>,
    pub(super) posterior: Posterior,
}

/// What a posterior says of a row without measured labels of it, and in view of them.
pub(super) struct Informed {
    pub(super) before: Joint,
    pub(super) given: Joint,
}

impl Reading {
    /// In view of the labels `cells`, or, of too many, of the target's and the nearest to them. `record` has the
    /// hyperparameters, and takes the numbers of labels and columns and the jitter.
    ///
    /// # Errors
    /// Those of [`Posterior::new`].
    pub(super) fn new(
        raw_views: &[Cow<'_, RawView>],
        (rows, cells): (&KnownRows, Vec<Cell>),
        (record, scalers): (&mut ProcessRecord, &[LabelScaler]),
        parallel: bool,
    ) -> Result<Self> {
        record.all_labels = record.all_labels.max(cells.len());
        let scales: Vec<Scale> = raw_views
            .iter()
            .map(|raw_view| Scale::fit(raw_view, &cells))
            .collect();
        let cells = nearest_to_target(cells, rows, (raw_views, &scales));
        record.known_labels = record.known_labels.max(cells.len());
        let posterior = Posterior::new(
            points(raw_views, &scales, &cells),
            labels(rows, scalers, &cells),
            &record.components,
            &record.theta,
            parallel,
        )?;
        record.jitter = record.jitter.max(posterior.jitter());
        if record.columns.is_empty() {
            let counts = raw_views.iter().zip(&scales);
            record.columns = counts
                .map(|(raw_view, scale)| scale.count(raw_view))
                .collect();
        }
        Ok(Self {
            scales,
            cells,
            posterior,
        })
    }

    /// The points of rows of these views: by task, where tasks have coordinates of their own.
    pub(super) fn asked(
        &self,
        raw_views: &[Cow<'_, RawView>],
        rows: &[usize],
        tasks: usize,
    ) -> Vec<Points> {
        let sets = if by_task(raw_views) { tasks } else { 1 };
        let of_task = |task: usize| {
            let cells: Vec<Cell> = rows.iter().map(|&row| Cell { row, task }).collect();
            points(raw_views, &self.scales, &cells)
        };
        (0..sets).map(of_task).collect()
    }

    /// What it says of points, each with the measured labels that are `given` of it.
    pub(super) fn informed(
        &self,
        at: &[Points],
        given: &[Vec<Evidence>],
        (theta, scalers): (&Hyperparameters, &[LabelScaler]),
        parallel: bool,
    ) -> Vec<Informed> {
        let condition = |(before, given): (Joint, &Vec<Evidence>)| {
            let mut joint = before.clone();
            for one in given {
                let y = scalers[one.task].standardise(one.value);
                joint.condition(one.task, y, theta.noise(one.task));
            }
            Informed {
                before,
                given: joint,
            }
        };
        let joints = self.posterior.predict(at, parallel);
        joints.into_iter().zip(given).map(condition).collect()
    }
}

/// The labels of cells, standardised.
pub(super) fn labels(rows: &KnownRows, scalers: &[LabelScaler], cells: &[Cell]) -> Labels {
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
    let nearest = of_first(&cells).nearest(0, (&of_first(&target), 0));
    let place = |(at, nearest): (usize, Option<(usize, f64)>)| match cells[at].task == rows.target {
        true => (-1.0, at),
        false => (nearest.map_or(f64::INFINITY, |(_, distance)| distance), at),
    };
    let mut ranked: Vec<(f64, usize)> = nearest.into_iter().enumerate().map(place).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = ranked[..LARGEST.max(own)]
        .iter()
        .map(|&(_, at)| at)
        .collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| cells[at]).collect()
}

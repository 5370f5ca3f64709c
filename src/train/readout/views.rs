//! What a Gaussian process sees of rows: views of them as coordinates, scaled by the rows it learns from.

use std::borrow::Cow;

#[cfg(feature = "molecule")]
use rayon::prelude::*;

use super::ColumnCount;
use crate::data::statistics::median;
use crate::data::{InputKind, Inputs, Scaler};
use crate::error::Result;
use crate::gp::{Component, Coordinates, Kernel, Points, median_distance};
use crate::method::{Family, ViewName};
#[cfg(feature = "molecule")]
use crate::molecule::{self, Substructures};
use crate::train::frame::Frame;

/// Bonds around an atom that a counted substructure reaches.
#[cfg(feature = "molecule")]
const RADIUS: usize = 2;
/// Standardised coordinates are kept within so many standard deviations.
const LARGEST: f64 = 6.0;

impl ViewName {
    /// Does a method of the family have it, of rows of this kind?
    pub(super) fn is_had_by(self, family: Family, inputs: &InputKind) -> bool {
        match self {
            Self::Frame | Self::Latent => family == Family::Charts,
            Self::Embedding => family != Family::Process,
            Self::Descriptors | Self::Substructures => inputs.molecules,
            Self::Features => !inputs.features.is_empty(),
        }
    }
}

/// One view of some rows as it is found.
#[derive(Clone, Debug)]
pub(super) enum RawView {
    /// Vectors `[rows][width]`, of every task its own or one set for all; NaN for a number that is missing.
    Vectors {
        width: usize,
        by_task: Vec<Vec<f64>>,
    },
    /// Counts.
    #[cfg_attr(
        not(feature = "molecule"),
        allow(dead_code, reason = "only molecules are counted in")
    )]
    Counts(Vec<Vec<(u32, u32)>>),
}

/// What views are made with beside networks: what the rows that are learnt from have.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    #[cfg(feature = "molecule")]
    substructures: Option<Substructures>,
}

impl Known {
    /// What these views take of all the inputs that are learnt from.
    pub(super) fn of(views: &[ViewName], inputs: &Inputs) -> Self {
        #[cfg(feature = "molecule")]
        {
            let counted = views.contains(&ViewName::Substructures);
            let graphs = inputs.graphs().filter(|_| counted);
            Self {
                substructures: graphs.map(|graphs| Substructures::of(graphs, RADIUS)),
            }
        }
        #[cfg(not(feature = "molecule"))]
        {
            let _ = (views, inputs);
            Self::default()
        }
    }

    /// A view that no network takes part in.
    pub(super) fn shared(&self, view: ViewName, inputs: &Inputs, rows: &[usize]) -> RawView {
        match view {
            ViewName::Features => {
                let values = rows.iter().flat_map(|&row| inputs.features_of(row));
                RawView::Vectors {
                    width: inputs.feature_names().len(),
                    by_task: vec![values.copied().collect()],
                }
            }
            #[cfg(feature = "molecule")]
            ViewName::Descriptors => descriptors(inputs, rows),
            #[cfg(feature = "molecule")]
            ViewName::Substructures => {
                let graphs = inputs.graphs().unwrap_or_default();
                let known = self.substructures.as_ref().expect("the view is known");
                RawView::Counts(rows.iter().map(|&row| known.counts(&graphs[row])).collect())
            }
            _ => unreachable!("no view that rows have"),
        }
    }
}

/// The descriptors of the molecules of rows, `[rows][descriptors]`; NaN where one is not defined.
#[cfg(feature = "molecule")]
fn descriptors(inputs: &Inputs, rows: &[usize]) -> RawView {
    let graphs = inputs.graphs().unwrap_or_default();
    let of_row = |&row: &usize| molecule::descriptors(&graphs[row]);
    let values: Vec<Vec<f64>> = rows.par_iter().map(of_row).collect();
    RawView::Vectors {
        width: molecule::descriptor_names().count(),
        by_task: vec![values.concat()],
    }
}

/// A view of a network.
pub(super) fn of_network(
    view: ViewName,
    frame: &Frame,
    inputs: &Inputs,
    rows: &[usize],
) -> Result<RawView> {
    let (width, by_task) = match view {
        ViewName::Embedding => {
            let x = frame.embed(frame.source(inputs)?, rows);
            (x.len() / rows.len().max(1), vec![x])
        }
        _ => {
            let charts = frame.charts()?;
            let latents = frame.latents(inputs, rows)?.latents;
            let d = charts.tasks()[0].encoder.outputs();
            match view {
                ViewName::Latent => (d, latents),
                _ => {
                    let maps = charts.tasks().iter().map(|task| task.transfer.map());
                    let frame = maps.zip(&latents).map(|(map, z)| map.evaluate(z)).collect();
                    (charts.tasks()[0].transfer.map().outputs(), frame)
                }
            }
        }
    };
    Ok(RawView::Vectors { width, by_task })
}

/// A cell of the table of labels: what a label is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// An index into the rows.
    pub(super) row: usize,
    /// The task.
    pub(super) task: usize,
}

/// How a view's numbers become coordinates.
#[derive(Clone, Debug)]
pub(super) enum Scale {
    /// Columns that vary, standardised; a missing number is the median.
    Vectors {
        columns: Vec<Column>,
        unit: f64,
    },
    Counts,
}

/// A column of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    index: usize,
    median: f64,
    scaler: Scaler,
}

impl Scale {
    /// Of the labels `cells` that are learnt from.
    pub(super) fn fit(raw_view: &RawView, cells: &[Cell]) -> Self {
        let RawView::Vectors { width, by_task } = raw_view else {
            return Self::Counts;
        };
        let value = |cell: &Cell, index: usize| row_of(by_task, *width, *cell)[index];
        let columns: Vec<Column> = (0..*width)
            .filter_map(|index| {
                let values: Vec<f64> = cells.iter().map(|cell| value(cell, index)).collect();
                Column::fit(index, values)
            })
            .collect();
        let mut scale = Self::Vectors { columns, unit: 1.0 };
        let median = match scale.coordinates(raw_view, cells) {
            Coordinates::Vectors { values, width, .. } => median_distance(&values, width),
            Coordinates::Counts(_) => 1.0,
        };
        if let Self::Vectors { unit, .. } = &mut scale {
            *unit = median;
        }
        scale
    }

    /// How many of the view's columns are read.
    pub(super) fn count(&self, raw_view: &RawView) -> ColumnCount {
        match (self, raw_view) {
            (Self::Vectors { columns, .. }, RawView::Vectors { width, .. }) => ColumnCount {
                read: columns.len(),
                of: *width,
            },
            _ => ColumnCount { read: 0, of: 0 },
        }
    }

    /// Coordinates of these cells.
    pub(super) fn coordinates(&self, raw_view: &RawView, cells: &[Cell]) -> Coordinates {
        match (self, raw_view) {
            (Self::Vectors { columns, unit }, RawView::Vectors { width, by_task }) => {
                let row = |cell: &Cell| row_of(by_task, *width, *cell);
                let rows = cells.iter().map(row);
                // without a column that varies, all rows are at one place
                let none = columns.is_empty().then_some(0.0);
                let values = rows.flat_map(|row| {
                    columns
                        .iter()
                        .map(|column| column.standardise(row))
                        .chain(none)
                });
                Coordinates::Vectors {
                    values: values.collect(),
                    width: columns.len().max(1),
                    unit: *unit,
                }
            }
            (Self::Counts, RawView::Counts(rows)) => {
                Coordinates::Counts(cells.iter().map(|cell| rows[cell.row].clone()).collect())
            }
            _ => unreachable!("a view has one kind of coordinates"),
        }
    }

    /// The gradient by the numbers of a view at a cell from that by its coordinates: zero for columns that are left
    /// out, and for numbers that are missing or beyond what is kept. None of counts.
    #[cfg(feature = "molecule")]
    pub(super) fn slope(
        &self,
        raw_view: &RawView,
        cell: Cell,
        by_coordinates: &[f64],
    ) -> Option<Vec<f64>> {
        let Self::Vectors { columns, .. } = self else {
            return None;
        };
        let RawView::Vectors { width, by_task } = raw_view else {
            return None;
        };
        let row = row_of(by_task, *width, cell);
        let mut slope = vec![0.0; row.len()];
        for (column, by_coordinate) in columns.iter().zip(by_coordinates) {
            slope[column.index] = by_coordinate * column.slope(row);
        }
        Some(slope)
    }
}

fn row_of(by_task: &[Vec<f64>], width: usize, cell: Cell) -> &[f64] {
    let values = match by_task {
        [all] => all,
        of_tasks => &of_tasks[cell.task],
    };
    &values[cell.row * width..(cell.row + 1) * width]
}

impl Column {
    /// Of its values; none where they are all alike or missing.
    fn fit(index: usize, mut values: Vec<f64>) -> Option<Self> {
        let known: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        if known.is_empty() {
            return None;
        }
        let median = median(&known);
        values
            .iter_mut()
            .filter(|x| !x.is_finite())
            .for_each(|x| *x = median);
        let scaler = Scaler::fit(&values)?;
        // what varies by rounding alone says nothing
        let varies = scaler.std > 1e-9 * scaler.mean.abs().max(1e-3);
        varies.then_some(Self {
            index,
            median,
            scaler,
        })
    }

    fn standardise(&self, row: &[f64]) -> f64 {
        let x = row[self.index];
        let x = if x.is_finite() { x } else { self.median };
        self.scaler.standardise(x).clamp(-LARGEST, LARGEST)
    }

    /// The derivative of [`standardise`](Self::standardise).
    #[cfg(feature = "molecule")]
    fn slope(&self, row: &[f64]) -> f64 {
        let z = self.scaler.standardise(row[self.index]);
        // a NaN is beyond as well
        if z.abs() < LARGEST {
            1.0 / self.scaler.std
        } else {
            0.0
        }
    }
}

/// The components of views: what adds up.
pub(super) fn components(raw_views: &[Cow<'_, RawView>]) -> Vec<Component> {
    let of_view = |(view, raw_view): (usize, &Cow<'_, RawView>)| {
        let kernels: &[Kernel] = match raw_view.as_ref() {
            RawView::Vectors { .. } => &[Kernel::Matern52, Kernel::Linear],
            RawView::Counts(_) => &[Kernel::MinMax],
        };
        kernels
            .iter()
            .map(move |&kernel| Component { view, kernel })
    };
    raw_views.iter().enumerate().flat_map(of_view).collect()
}

/// Points of these cells in every view.
pub(super) fn points(raw_views: &[Cow<'_, RawView>], scales: &[Scale], cells: &[Cell]) -> Points {
    let views = raw_views.iter().zip(scales);
    Points::new(
        views
            .map(|(raw_view, scale)| scale.coordinates(raw_view, cells))
            .collect(),
    )
}

/// Have the tasks coordinates of their own in any view?
pub(super) fn by_task(raw_views: &[Cow<'_, RawView>]) -> bool {
    let own = |raw_view: &Cow<'_, RawView>| match raw_view.as_ref() {
        RawView::Vectors { by_task, .. } => by_task.len() > 1,
        RawView::Counts(_) => false,
    };
    raw_views.iter().any(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: std::ops::Range<usize>) -> Vec<Cell> {
        rows.map(|row| Cell { row, task: 0 }).collect()
    }

    /// Columns: one that varies, with a number missing; one that is constant; one that is missing everywhere.
    #[test]
    fn what_varies_is_standardised_and_what_is_missing_is_the_median() {
        let nan = f64::NAN;
        let values = [
            [1.0, 7.0, nan],
            [2.0, 7.0, nan],
            [nan, 7.0, nan],
            [6.0, 7.0, nan],
            [100.0, 8.0, 1.0],
        ];
        let view = RawView::Vectors {
            width: 3,
            by_task: vec![values.concat()],
        };
        let scale = Scale::fit(&view, &cells(0..4));
        let Coordinates::Vectors {
            values,
            width,
            unit,
        } = scale.coordinates(&view, &cells(0..5))
        else {
            panic!("vectors");
        };
        // 1, 2, 2 (the median of 1, 2, 6), 6: mean 2.75, squares 3.0625 + 2 · 0.5625 + 10.5625 = 14.75
        let std = (14.75_f64 / 4.0).sqrt();
        let want = [1.0, 2.0, 2.0, 6.0].map(|x| (x - 2.75) / std);
        assert_eq!((width, &values[..4]), (1, &want[..]));
        assert_eq!(values[4], LARGEST);
        // distances 1, 1, 5, 0, 4, 4 over std: the fourth smallest
        assert!((unit - 4.0 / std).abs() < 1e-12, "{unit}");
    }

    #[test]
    fn without_a_column_that_varies_all_rows_are_at_one_place() {
        let view = RawView::Vectors {
            width: 1,
            by_task: vec![vec![3.0; 4]],
        };
        let scale = Scale::fit(&view, &cells(0..4));
        let want = Coordinates::Vectors {
            values: vec![0.0; 2],
            width: 1,
            unit: 1.0,
        };
        assert_eq!(scale.coordinates(&view, &cells(0..2)), want);
    }

    #[test]
    fn a_task_has_its_own_coordinates() {
        let view = RawView::Vectors {
            width: 1,
            by_task: vec![vec![1.0, 2.0], vec![10.0, 30.0]],
        };
        let both = [Cell { row: 0, task: 0 }, Cell { row: 1, task: 1 }];
        let scale = Scale::fit(&view, &both);
        let Coordinates::Vectors { values, .. } = scale.coordinates(&view, &both) else {
            panic!("vectors");
        };
        assert_eq!(values, [-1.0, 1.0]);
    }
}

//! Molecular descriptors of rows.

use rayon::prelude::*;

use super::views::RawView;
use crate::data::Inputs;
use crate::molecule::Descriptors;

/// The default descriptors of the molecules of some rows.
pub(super) fn of_rows(inputs: &Inputs, rows: &[usize]) -> RawView {
    let graphs = inputs.graphs().unwrap_or_default();
    let descriptors = Descriptors::default();
    let values: Vec<Vec<f64>> = rows
        .par_iter()
        .map(|&row| descriptors.row(&graphs[row]))
        .collect();
    RawView::Vectors {
        width: descriptors.len(),
        by_task: vec![values.concat()],
    }
}

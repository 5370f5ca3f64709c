//! Labels over the bands of the intervals that are to hold them.

use kuva::prelude::{Layout, LegendPosition, LinePlot, Plot, ScatterPlot};

use super::sheet::{sized, svg};
use super::{COLOURS, MOST_POINTS, plain};
use crate::evaluate::uncertainty::LabelledInterval;

/// Labels of `quantity` over the bands of their intervals, in the order of what was predicted; a row that is not finite
/// is left out.
pub fn held(rows: &[LabelledInterval], quantity: &str) -> String {
    let finite = |row: &&LabelledInterval| {
        let numbers = [row.truth, row.mean, row.bar.lower, row.bar.upper];
        numbers.iter().all(|x| x.is_finite())
    };
    let mut rows: Vec<LabelledInterval> = rows.iter().filter(finite).copied().collect();
    if rows.is_empty() {
        return String::new();
    }
    rows.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    let step = rows.len().div_ceil(MOST_POINTS).max(1);
    let rows: Vec<(f64, LabelledInterval)> = (rows.into_iter().enumerate().step_by(step))
        .map(|(place, row)| (place as f64 + 1.0, row))
        .collect();
    let of = |value: fn(&LabelledInterval) -> f64| -> Vec<f64> {
        rows.iter().map(|(_, r)| value(r)).collect()
    };
    let at = |value: fn(&LabelledInterval) -> f64| -> Vec<(f64, f64)> {
        rows.iter().map(|(x, row)| (*x, value(row))).collect()
    };
    let band = LinePlot::new()
        .with_data(at(|row| row.mean))
        .with_color(COLOURS[0])
        .with_band(of(|row| row.bar.lower), of(|row| row.bar.upper))
        .with_stroke_width(1.2)
        .with_legend("prediction");
    let truth = ScatterPlot::new()
        .with_data(at(|row| row.truth))
        .with_color(COLOURS[1])
        .with_size(2.5)
        .with_marker_opacity(0.7)
        .with_legend("truth");
    let plots: Vec<Plot> = vec![band.into(), truth.into()];
    let layout = sized(Layout::auto_from_plots(&plots))
        .with_x_label("rows, by prediction")
        .with_y_label(plain(quantity))
        .with_legend_position(LegendPosition::InsideTopLeft);
    svg(plots, layout)
}

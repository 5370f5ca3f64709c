//! Plots as SVG text, self-contained. The only module that knows the plotting library.
//!
//! Points that are not finite are left out; a plot without points is an empty text.

mod held;
mod layers;

pub use held::held;
pub use layers::{Figure, Layer, Mark, Style, diverging};

use kuva::prelude::{
    ForestPlot, Histogram, Layout, LegendPosition, LinePlot, Plot, ReferenceLine, ScatterPlot,
    StripPlot,
};

/// Points of a series that are drawn at most, spread evenly over it: a page stays light.
pub const MOST_POINTS: usize = 2_000;

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 400.0;
/// Colours that differ in lightness too: blue, orange, green, purple, brown, grey, then lighter and darker ones.
const COLOURS: [&str; 12] = [
    "#1f6fb4", "#e07b00", "#2a8c4a", "#7b4fa3", "#8a5a3c", "#7a8594", "#6db3e8", "#c2343f",
    "#9bc53d", "#c77dba", "#123a5c", "#d9b310",
];
/// From the series in front backwards.
const PARITY_COLOURS: [&str; 3] = ["#1f6fb4", "#e07b00", "#a3adb8"];
const GUIDE: &str = "#5b6675";
/// Share of the range left free around it.
const MARGIN: f64 = 0.04;
/// An axis spans at least this share of its values: labels of six digits could not tell less apart.
const THINNEST_RANGE: f64 = 1e-3;

/// A named set of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points (x, y).
    pub points: Vec<(f64, f64)>,
}

/// Prediction (y) against truth (x) of `quantity`, with the line of agreement; of several series
/// the last stands out.
pub fn parity(series: &[Series], quantity: &str) -> String {
    let series = drawable(series);
    let values = series
        .iter()
        .flat_map(|s| &s.points)
        .flat_map(|&(x, y)| [x, y]);
    let Some((low, high)) = padded_range(values) else {
        return String::new();
    };
    let (count, mut plots): (usize, Vec<Plot>) = (series.len(), vec![diagonal(low, high).into()]);
    for (place, series) in series.iter().enumerate() {
        let before_last = count - 1 - place;
        let points = ScatterPlot::new()
            .with_data(thinned(&series.points))
            .with_color(PARITY_COLOURS[before_last % PARITY_COLOURS.len()])
            .with_size(2.5)
            .with_marker_opacity(0.55)
            .with_legend(plain(&series.name));
        plots.push(points.into());
    }
    let layout = sized(Layout::auto_from_plots(&plots))
        .with_x_axis_min(low)
        .with_x_axis_max(high)
        .with_y_axis_min(low)
        .with_y_axis_max(high)
        .with_x_label(plain(&format!("{quantity}, truth")))
        .with_y_label(plain(&format!("{quantity}, prediction")))
        .with_legend_position(LegendPosition::InsideTopLeft);
    svg(plots, layout)
}

/// Histogram of `values`; `label` names their axis. Zero is marked.
pub fn histogram(values: &[f64], label: &str) -> String {
    let values: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let Some((low, high)) = padded_range(values.iter().copied()) else {
        return String::new();
    };
    // Sturges' number of bins grows too slowly for thousands of rows, the square root too fast
    let wanted = (2.0 * (values.len() as f64).cbrt()).clamp(5.0, 60.0);
    let width = round_step((high - low) / wanted);
    let (low, high) = ((low / width).floor() * width, (high / width).ceil() * width);
    let bins = ((high - low) / width).round().max(1.0) as usize;
    let histogram = Histogram::new()
        .with_data(values)
        .with_bins(bins)
        .with_range((low, high))
        .with_color(COLOURS[0]);
    let plots: Vec<Plot> = vec![histogram.into()];
    let mut layout = sized(Layout::auto_from_plots(&plots))
        .with_x_label(plain(label))
        .with_y_label("rows")
        .with_reference_line(ReferenceLine::vertical(0.0).with_color(GUIDE));
    // else ticks stand on edges of bins alone, which leaves two of them
    layout.x_bin_width = None;
    svg(plots, layout)
}

/// What an axis shows, and whether it is logarithmic: for positive values of several sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis<'a> {
    /// Label of the axis.
    pub label: &'a str,
    /// Is it logarithmic?
    pub logarithmic: bool,
}

impl<'a> Axis<'a> {
    /// An even one.
    pub fn linear(label: &'a str) -> Self {
        Self {
            label,
            logarithmic: false,
        }
    }

    fn shows(&self, value: f64) -> bool {
        value.is_finite() && (!self.logarithmic || value > 0.0)
    }
}

/// Lines over the epochs; `logarithmic` for positive values of several sizes. `marked` is the epoch
/// to mark.
pub fn history(series: &[Series], label: &str, logarithmic: bool, marked: Option<f64>) -> String {
    let errors = Axis { label, logarithmic };
    let marked = marked.map(Guide::Vertical);
    lines(series, [Axis::linear("epoch"), errors], marked)
}

/// What lines are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guide {
    /// The abscissa marked.
    Vertical(f64),
    /// The ordinate marked.
    Horizontal(f64),
    /// Where both are equal.
    Diagonal,
}

/// Lines over a horizontal axis, of values on a vertical one. A series has the colour of its place, whether or not those
/// before it have points.
pub fn lines(series: &[Series], [x, y]: [Axis<'_>; 2], guide: Option<Guide>) -> String {
    let several = series.len() > 1;
    let drawn = series.iter().enumerate().map(|(index, line)| {
        let shown = |&(a, b): &(f64, f64)| x.shows(a) && y.shows(b);
        let points: Vec<(f64, f64)> = line.points.iter().copied().filter(shown).collect();
        (index, &line.name, points)
    });
    let drawn = drawn.filter(|(.., points)| !points.is_empty());
    let drawn = drawn.collect::<Vec<_>>();
    if drawn.is_empty() {
        return String::new();
    }
    let mut plots: Vec<Plot> = Vec::new();
    if guide == Some(Guide::Diagonal) {
        let points = drawn.iter().flat_map(|(.., points)| points);
        let range = padded_range(points.map(|point| point.0));
        plots.extend(range.map(|(low, high)| diagonal(low, high).with_dashed().into()));
    }
    for (index, name, points) in drawn {
        let mut plot = LinePlot::new()
            .with_data(points)
            .with_color(colour(index))
            .with_stroke_width(1.8);
        if several {
            plot = plot.with_legend(plain(name));
        }
        plots.push(plot.into());
    }
    let mut layout = sized(Layout::auto_from_plots(&plots))
        .with_x_label(plain(x.label))
        .with_y_label(plain(y.label))
        // inside it would hide one line or another
        .with_legend_position(LegendPosition::OutsideRightTop);
    if x.logarithmic {
        layout = layout.with_log_x();
    }
    if y.logarithmic {
        layout = layout.with_log_y();
    }
    let marked = match guide {
        Some(Guide::Vertical(x)) => Some(ReferenceLine::vertical(x)),
        Some(Guide::Horizontal(y)) => Some(ReferenceLine::horizontal(y)),
        Some(Guide::Diagonal) | None => None,
    };
    if let Some(line) = marked {
        layout = layout.with_reference_line(line.with_color(GUIDE));
    }
    svg(plots, layout)
}

/// The line on which both coordinates are equal.
fn diagonal(low: f64, high: f64) -> LinePlot {
    LinePlot::new()
        .with_data(vec![(low, low), (high, high)])
        .with_color(GUIDE)
        .with_stroke_width(1.0)
}

/// A column of dots per group; `marked` is a value to mark.
pub fn dots(groups: &[(String, Vec<f64>)], label: &str, marked: Option<f64>) -> String {
    let finite = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect()
    };
    let mut strip = StripPlot::new()
        .with_point_size(4.0)
        .with_jitter(0.15)
        .with_marker_opacity(0.75)
        .with_group_colors((0..groups.len()).map(colour));
    let mut drawn = 0;
    for (name, values) in groups {
        let values = finite(values);
        drawn += values.len();
        strip = strip.with_group(plain(name), values);
    }
    if drawn == 0 {
        return String::new();
    }
    let plots: Vec<Plot> = vec![strip.into()];
    let mut layout = sized(Layout::auto_from_plots(&plots)).with_y_label(plain(label));
    if let Some(value) = marked {
        layout = layout.with_reference_line(ReferenceLine::horizontal(value).with_color(GUIDE));
    }
    svg(plots, layout)
}

/// A named estimate with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalEstimate {
    /// Name of its row.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Estimates with intervals, one below the other, and the value `null` marked.
pub fn intervals(estimates: &[IntervalEstimate], label: &str, null: f64) -> String {
    let finite = |estimate: &&IntervalEstimate| {
        [estimate.value, estimate.low, estimate.high]
            .iter()
            .all(|value| value.is_finite())
    };
    let mut forest = ForestPlot::new()
        .with_color(COLOURS[0])
        .with_null_value(null);
    let mut drawn = 0;
    for estimate in estimates.iter().filter(finite) {
        let IntervalEstimate {
            name,
            value,
            low,
            high,
        } = estimate;
        forest = forest.with_row(plain(name), *value, *low, *high);
        drawn += 1;
    }
    if drawn == 0 {
        return String::new();
    }
    let plots: Vec<Plot> = vec![forest.into()];
    let layout = sized(Layout::auto_from_plots(&plots)).with_x_label(plain(label));
    svg(plots, layout)
}

fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// The series that have finite points, and of them these points.
fn drawable(series: &[Series]) -> Vec<Series> {
    let finite = |series: &Series| {
        let mut finite = series.clone();
        finite
            .points
            .retain(|(x, y)| x.is_finite() && y.is_finite());
        finite
    };
    let drawable = series.iter().map(finite);
    drawable
        .filter(|series| !series.points.is_empty())
        .collect()
}

/// At most [`MOST_POINTS`] of the points, spread evenly.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    points.iter().copied().step_by(step).collect()
}

/// The range of the values and a little more on either side; none of no values.
fn padded_range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return None;
    }
    if high == low {
        let margin = MARGIN * low.abs().max(1.0);
        return Some((low - margin, high + margin));
    }
    let width = (high - low).max(THINNEST_RANGE * low.abs().max(high.abs()));
    let (middle, half) = (0.5 * (low + high), (0.5 + MARGIN) * width);
    Some((middle - half, middle + half))
}

/// The next of …, 1, 2, 5, 10, 20, … that is not below `step`.
fn round_step(step: f64) -> f64 {
    let magnitude = 10_f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter();
    let fitting = factors
        .map(|factor| factor * magnitude)
        .find(|&candidate| candidate >= step);
    fitting.unwrap_or(10.0 * magnitude)
}

fn sized(layout: Layout) -> Layout {
    layout
        .with_width(WIDTH)
        .with_height(HEIGHT)
        .with_show_grid(true)
}

/// Names come from the user: a dollar sign would start a formula.
fn plain(text: &str) -> String {
    text.replace('$', "\\$")
}

fn svg(plots: Vec<Plot>, layout: Layout) -> String {
    let text = kuva::render_to_svg(plots, layout);
    // inline in HTML there is no XML declaration
    text.find("<svg")
        .map_or(String::new(), |start| text[start..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: Vec<(f64, f64)>) -> Series {
        Series {
            name: "a & <b> $x$".to_owned(),
            points,
        }
    }

    /// What has no points takes no line, and leaves the others their colours.
    #[test]
    fn a_line_has_the_colour_of_its_place() {
        let axes = ["level", "share"].map(Axis::linear);
        let line = series(vec![(0.5, 0.4), (0.9, 0.8)]);
        let text = lines(&[series(vec![]), line.clone()], axes, Some(Guide::Diagonal));
        assert!(text.contains(COLOURS[1]) && !text.contains(COLOURS[0]));
        assert!(text.contains(GUIDE) && text.contains("stroke-dasharray"));
        assert!(lines(&[line], axes, None).contains(COLOURS[0]));
    }

    #[test]
    fn steps_are_round() {
        for (step, want) in [
            (0.7, 1.0),
            (1.0, 1.0),
            (3.2, 5.0),
            (51.0, 100.0),
            (0.017, 0.02),
        ] {
            assert!((round_step(step) / want - 1.0).abs() < 1e-12, "{step}");
        }
    }

    #[test]
    fn a_long_series_is_thinned_evenly() {
        let points: Vec<(f64, f64)> = (0..10_001).map(|i| (f64::from(i), 0.0)).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= MOST_POINTS && thin.len() > MOST_POINTS / 2);
        assert_eq!(thin[0], points[0]);
    }
}

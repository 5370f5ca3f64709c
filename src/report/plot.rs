//! Plots as SVG text, self-contained. The only module that knows the plotting library.
//!
//! Points that are not finite are left out; a plot without points is an empty text.

mod held;
mod layers;
mod palette;
mod sheet;
mod thinning;

pub use held::held;
pub use layers::{Figure, Layer, Mark, Style, diverging};
pub use thinning::MOST_POINTS;

use kuva::prelude::{
    ForestPlot, Histogram, Layout, LegendPosition, LinePlot, Plot, ReferenceLine, ScatterPlot,
    StripPlot, TickFormat,
};
use kuva::render::layout::AxisLabelOverlap;

use self::palette::{COLOURS, by_place, of_method};
use self::sheet::{HEIGHT, WIDTH, sized, svg, text_width};
use self::thinning::{corners, spread};
use crate::method::MethodName;

/// From the series in front backwards.
const PARITY_COLOURS: [&str; 3] = ["#1f6fb4", "#e07b00", "#a3adb8"];
const GUIDE: &str = "#5b6675";
/// What a picture needs beside its axes, about.
const AROUND: f64 = 100.0;
/// Degrees by which names are turned that are too wide to stand beside each other.
const SLANT: f64 = -40.0;
/// Height of a row of intervals, at least.
const ROW: f64 = 24.0;
/// Share of the range left free around it.
const MARGIN: f64 = 0.04;
/// An axis spans at least this share of its values: labels of six digits could not tell less apart.
const THINNEST_RANGE: f64 = 1e-3;

/// A named set of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// The method whose colour it has; none has the colour of its place.
    pub method: Option<MethodName>,
    /// Points (x, y).
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// What is not of one method.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.into(),
            method: None,
            points,
        }
    }

    /// What is of a method, by its name.
    pub fn of_method(method: MethodName, points: Vec<(f64, f64)>) -> Self {
        Self {
            method: Some(method),
            ..Self::new(method.as_str(), points)
        }
    }

    fn colour(&self, by_place: &'static str) -> &'static str {
        self.method.map_or(by_place, of_method)
    }
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
            .with_data(spread(&series.points))
            .with_color(series.colour(PARITY_COLOURS[before_last % PARITY_COLOURS.len()]))
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

/// Lines over a horizontal axis, of values on a vertical one. A series of no method has the colour of its place, whether
/// or not those before it have points.
pub fn lines(series: &[Series], [x, y]: [Axis<'_>; 2], guide: Option<Guide>) -> String {
    let several = series.len() > 1;
    let drawn = series.iter().enumerate().map(|(index, line)| {
        let shown = |&(a, b): &(f64, f64)| x.shows(a) && y.shows(b);
        let points: Vec<(f64, f64)> = line.points.iter().copied().filter(shown).collect();
        (line.colour(by_place(index)), &line.name, points)
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
    for (colour, name, points) in drawn {
        let mut plot = LinePlot::new()
            .with_data(corners(&points))
            .with_color(colour)
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
    // powers of ten are shorter in the library's own labels, and margins are measured by these
    if x.logarithmic {
        layout = layout.with_log_x().with_x_tick_format(TickFormat::Auto);
    }
    if y.logarithmic {
        layout = layout.with_log_y().with_y_tick_format(TickFormat::Auto);
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

/// A column of dots per method; `marked` is a value to mark.
pub fn dots(groups: &[(MethodName, Vec<f64>)], label: &str, marked: Option<f64>) -> String {
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
        .with_group_colors(groups.iter().map(|(method, _)| of_method(*method)));
    let (mut drawn, mut widest) = (0, 0.0_f64);
    for (method, values) in groups {
        let (name, values) = (method.as_str(), finite(values));
        drawn += values.len();
        widest = widest.max(text_width(name));
        strip = strip.with_group(name, values);
    }
    if drawn == 0 {
        return String::new();
    }
    let plots: Vec<Plot> = vec![strip.into()];
    let mut layout = sized(Layout::auto_from_plots(&plots))
        .with_y_label(plain(label))
        .with_x_label_overlap(AxisLabelOverlap::Allow);
    if widest * groups.len() as f64 > WIDTH - AROUND {
        layout = layout.with_x_tick_rotate(SLANT);
    }
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
    /// The method that it is of, whose colour it has.
    pub method: MethodName,
    /// The estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Estimates with intervals, one below the other, and the value `null` marked. The picture grows with their names and
/// their number.
pub fn intervals(estimates: &[IntervalEstimate], label: &str, null: f64) -> String {
    let finite = |estimate: &&IntervalEstimate| {
        [estimate.value, estimate.low, estimate.high]
            .iter()
            .all(|value| value.is_finite())
    };
    let mut forest = ForestPlot::new().with_null_value(null);
    let (mut drawn, mut widest) = (0, 0.0_f64);
    for estimate in estimates.iter().filter(finite) {
        let IntervalEstimate {
            name,
            method,
            value,
            low,
            high,
        } = estimate;
        forest = forest.with_colored_row(plain(name), *value, *low, *high, of_method(*method));
        drawn += 1;
        widest = widest.max(text_width(name));
    }
    if drawn == 0 {
        return String::new();
    }
    let plots: Vec<Plot> = vec![forest.into()];
    let layout = sized(Layout::auto_from_plots(&plots))
        .with_width(WIDTH + (widest - AROUND).max(0.0))
        .with_height(HEIGHT.max(AROUND + ROW * f64::from(drawn)))
        .with_x_label(plain(label));
    svg(plots, layout)
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

/// Names come from the user: a dollar sign would start a formula.
fn plain(text: &str) -> String {
    text.replace('$', "\\$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: Vec<(f64, f64)>) -> Series {
        Series::new("a & <b> $x$", points)
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

    /// Whatever else is in the picture, and in every kind of picture.
    #[test]
    fn a_method_has_its_own_colour() {
        let (method, other) = (MethodName::Stl, MethodName::Ridge);
        let points = vec![(0.5, 0.4), (0.9, 0.8)];
        let of = |method| Series::of_method(method, points.clone());
        let estimate = |method| IntervalEstimate {
            name: "a".to_owned(),
            method,
            value: 1.0,
            low: 0.9,
            high: 1.2,
        };
        let drawn = |methods: &[MethodName]| {
            let series: Vec<Series> = methods.iter().copied().map(of).collect();
            let groups: Vec<_> = methods.iter().map(|m| (*m, vec![0.4, 0.8])).collect();
            let estimates: Vec<_> = methods.iter().copied().map(estimate).collect();
            [
                lines(&series, ["level", "share"].map(Axis::linear), None),
                parity(&series, "y"),
                dots(&groups, "y", None),
                intervals(&estimates, "ratio", 1.0),
            ]
        };
        for methods in [&[method][..], &[method, other], &[other, method]] {
            for picture in drawn(methods) {
                let of_other = picture.contains(of_method(other));
                assert!(picture.contains(of_method(method)), "{picture}");
                assert_eq!(of_other, methods.contains(&other), "{picture}");
            }
        }
    }

    #[test]
    fn long_names_widen_the_picture() {
        let drawn = |name: &str, rows: usize| {
            let estimate = IntervalEstimate {
                name: name.to_owned(),
                method: MethodName::Gate,
                value: 1.0,
                low: 0.9,
                high: 1.2,
            };
            intervals(&vec![estimate; rows], "ratio", 1.0)
        };
        assert!(drawn("tc", 2).contains("viewBox=\"0 0 520 400\""));
        assert!(!drawn(&"name ".repeat(12), 2).contains("viewBox=\"0 0 520 "));
        assert!(!drawn("tc", 40).contains(" 400\""));
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
}

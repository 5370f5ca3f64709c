//! Methods with an option changed: curves over the option's values, ratios to the method as it is.

use serde::Serialize;

use super::{CaptionedFigure, interval};
use crate::evaluate::summary::PairSummary;
use crate::evaluate::units::distinct;
use crate::evaluate::variant_summary::{Change, OverallVariant, OverallVariants, VariantSummary};
use crate::method::MethodName;
use crate::report::plot::{self, Axis, IntervalEstimate, Series};

/// Values with a larger ratio are drawn on a logarithmic axis.
const FAR_APART: f64 = 30.0;
/// Values with a larger ratio are drawn on a logarithmic axis where one of them is zero, which such
/// an axis does not show.
const FAR_APART_BESIDE_ZERO: f64 = 1000.0;

/// The variants over all pairs in one kind of split.
#[derive(Serialize)]
pub(super) struct VariantSection<'a> {
    split: &'a str,
    rows: &'a [OverallVariant],
    figures: Vec<CaptionedFigure>,
}

/// An error of a method under a change.
struct Point<'a> {
    change: &'a Change,
    error: f64,
    /// The error of the method as it is.
    own_error: f64,
}

impl<'a> VariantSection<'a> {
    pub(super) fn new(overall: &'a OverallVariants) -> Self {
        let rows = &overall.variants;
        let point = |row: &'a OverallVariant| Point {
            change: &row.change,
            error: row.ratio.estimate.geometric_mean,
            own_error: 1.0,
        };
        let points: Vec<Point<'_>> = rows.iter().map(point).collect();
        let label = "RMSE / RMSE of the method as it is";
        let curves = curves(&points, label)
            .into_iter()
            .map(|curve| CaptionedFigure {
                svg: curve.svg,
                caption: format!("{label}, by {}.", curve.by),
            });
        let figures = curves.chain(intervals(rows, label));
        Self {
            split: &overall.split,
            rows,
            figures: figures.filter(|figure| !figure.svg.is_empty()).collect(),
        }
    }
}

/// Mean errors of a pair's methods over each option varied, with captions. A variant that has not finished on every
/// split is left out.
pub(super) fn of_pair(summary: &PairSummary) -> Vec<(String, String)> {
    let plain = |method: MethodName| {
        let mut of_method = summary.methods.iter().filter(|m| m.method == method);
        of_method.next().map(|summary| summary.rmse)
    };
    let point = |variant: &'_ VariantSummary| {
        let own = plain(variant.change.method).filter(|own| own.n == variant.rmse.n);
        own.map(|own| (variant.rmse.mean, own.mean))
    };
    let points: Vec<Point<'_>> = summary
        .variants
        .iter()
        .filter_map(|variant| {
            let (error, own_error) = point(variant)?;
            Some(Point {
                change: &variant.change,
                error,
                own_error,
            })
        })
        .collect();
    let curves = curves(&points, &format!("test RMSE, {}", summary.target));
    let captioned = curves.into_iter().map(|curve| {
        let caption = format!("Mean test RMSE over the splits, by {}.", curve.by);
        (curve.svg, caption)
    });
    captioned.collect()
}

/// Errors over the values of one option.
struct Curve {
    svg: String,
    /// The option, the methods, and what is not shown.
    by: String,
}

/// For each option with two numbers or more a picture, a line per method, through the method as it is.
fn curves(points: &[Point<'_>], label: &str) -> Vec<Curve> {
    let keys = distinct(points.iter().map(|point| point.change.key.as_str()));
    let curve = |key: &str| {
        let series = lines(points, key);
        let logarithmic = far_apart(&series);
        let x = Axis {
            label: key,
            logarithmic,
        };
        let methods: Vec<&str> = series.iter().map(|line| line.name.as_str()).collect();
        let zero = logarithmic
            && series
                .iter()
                .flat_map(|line| &line.points)
                .any(|p| p.0 == 0.0);
        let hidden = if zero { "; zero is not shown" } else { "" };
        Curve {
            svg: plot::lines(&series, [x, Axis::linear(label)], None),
            by: format!("{key} ({}){hidden}", methods.join(", ")),
        }
    };
    keys.into_iter().map(curve).collect()
}

/// Of each method with three numbers for the option, its own among them, the errors in the order of the numbers.
fn lines(points: &[Point<'_>], key: &str) -> Vec<Series> {
    let mut lines: Vec<Series> = Vec::new();
    for point in points.iter().filter(|point| point.change.key == key) {
        let Change {
            method, value, own, ..
        } = point.change;
        let at = lines.iter().position(|line| line.method == Some(*method));
        let at = at.unwrap_or_else(|| {
            lines.push(Series::of_method(*method, vec![(*own, point.own_error)]));
            lines.len() - 1
        });
        lines[at].points.push((*value, point.error));
    }
    for line in &mut lines {
        line.points.retain(|(x, y)| x.is_finite() && y.is_finite());
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    lines.retain(|line| line.points.len() > 2);
    lines
}

/// Are the positive values so far apart that the axis is to be logarithmic?
fn far_apart(series: &[Series]) -> bool {
    let values = series
        .iter()
        .flat_map(|line| &line.points)
        .map(|point| point.0);
    let (mut low, mut high, mut least) = (f64::INFINITY, 0.0, f64::INFINITY);
    for value in values {
        least = value.min(least);
        if value > 0.0 {
            (low, high) = (value.min(low), value.max(high));
        }
    }
    let ratio = high / low;
    least > 0.0 && ratio > FAR_APART || least == 0.0 && ratio > FAR_APART_BESIDE_ZERO
}

/// For each method the ratio of every variant with its interval.
fn intervals(rows: &[OverallVariant], label: &str) -> Vec<CaptionedFigure> {
    let methods = distinct(rows.iter().map(|row| row.change.method));
    let of_method = |method: MethodName| {
        let own = rows.iter().filter(|row| row.change.method == method);
        let estimates: Vec<IntervalEstimate> = own
            .map(|row| interval(row.change.variant.clone(), method, &row.ratio.estimate))
            .collect();
        CaptionedFigure {
            svg: plot::intervals(&estimates, label, 1.0),
            caption: format!(
                "{} with one option changed, with 95 % intervals.",
                method.as_str()
            ),
        }
    };
    methods.into_iter().map(of_method).collect()
}

//! Methods with an option changed: curves over the option's values, ratios to the method as it is.

use serde::Serialize;

use super::Figure;
use crate::evaluate::learner::Learner;
use crate::evaluate::sensitivity::{Changed, OverallVariant, OverallVariants};
use crate::evaluate::summary::PairSummary;
use crate::report::plot::{self, Axis, Estimate, Series};

/// Values that far apart are drawn on a logarithmic axis.
const DECADES_APART: f64 = 30.0;

/// The variants over all pairs in one kind of split.
#[derive(Serialize)]
pub(super) struct VariantSection<'a> {
    split: &'a str,
    rows: &'a [OverallVariant],
    figures: Vec<Figure>,
}

/// An error of a method under a change.
struct Point<'a> {
    changed: &'a Changed,
    error: f64,
    /// The same of the method as it is.
    own_error: f64,
}

impl<'a> VariantSection<'a> {
    pub(super) fn new(overall: &'a OverallVariants) -> Self {
        let rows = &overall.variants;
        let point = |row: &'a OverallVariant| Point {
            changed: &row.changed,
            error: row.ratio.geometric_mean,
            own_error: 1.0,
        };
        let points: Vec<Point<'_>> = rows.iter().map(point).collect();
        let label = "RMSE / RMSE of the method as it is";
        let curves = curves(&points, label).into_iter().map(|(key, svg)| Figure {
            svg,
            caption: format!("{label}, by {key}."),
        });
        let figures = curves.chain(intervals(rows, label));
        Self {
            split: &overall.split,
            rows,
            figures: figures.filter(|figure| !figure.svg.is_empty()).collect(),
        }
    }
}

/// Mean errors of a pair's methods over each option varied, with captions.
pub(super) fn of_pair(summary: &PairSummary) -> Vec<(String, String)> {
    let plain = |method: Learner| {
        let of_method = summary.methods.iter().find(|m| m.method == method);
        of_method.map_or(f64::NAN, |summary| summary.rmse.mean)
    };
    let points: Vec<Point<'_>> = summary
        .variants
        .iter()
        .map(|variant| Point {
            changed: &variant.changed,
            error: variant.rmse.mean,
            own_error: plain(variant.changed.method),
        })
        .collect();
    let label = format!("test RMSE, {}", summary.target);
    let curves = curves(&points, &label).into_iter();
    let captioned =
        curves.map(|(key, svg)| (svg, format!("Mean test RMSE over the splits, by {key}.")));
    captioned.collect()
}

/// For each option with two numbers or more a picture, a line per method, through the method as it is.
fn curves<'a>(points: &[Point<'a>], label: &str) -> Vec<(&'a str, String)> {
    let mut keys: Vec<&str> = Vec::new();
    for point in points {
        if !keys.contains(&point.changed.key.as_str()) {
            keys.push(&point.changed.key);
        }
    }
    let curve = |key: &'a str| {
        let of_key: Vec<&Point<'a>> = points
            .iter()
            .filter(|point| point.changed.key == key)
            .collect();
        let mut lines: Vec<(Learner, Series)> = Vec::new();
        for point in of_key {
            let changed = point.changed;
            let at = lines
                .iter()
                .position(|(method, _)| *method == changed.method);
            let at = at.unwrap_or_else(|| {
                let own = (changed.own, point.own_error);
                let name = changed.method.as_str().to_owned();
                lines.push((
                    changed.method,
                    Series {
                        name,
                        points: vec![own],
                    },
                ));
                lines.len() - 1
            });
            lines[at].1.points.push((changed.value, point.error));
        }
        let mut series: Vec<Series> = lines.into_iter().map(|(_, series)| series).collect();
        for line in &mut series {
            line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        series.retain(|line| {
            line.points
                .iter()
                .filter(|point| point.0.is_finite())
                .count()
                > 2
        });
        let x = Axis {
            label: key,
            logarithmic: spread_out(&series),
        };
        let y = Axis {
            label,
            logarithmic: false,
        };
        (key, plot::lines(&series, [x, y], None))
    };
    keys.into_iter().map(curve).collect()
}

/// Are all values positive and far apart?
fn spread_out(series: &[Series]) -> bool {
    let values = || {
        series
            .iter()
            .flat_map(|line| &line.points)
            .map(|point| point.0)
    };
    let (low, high) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(0.0, f64::max),
    );
    low > 0.0 && high / low > DECADES_APART
}

/// For each method the ratio of every variant with its interval.
fn intervals(rows: &[OverallVariant], label: &str) -> Vec<Figure> {
    let mut methods: Vec<Learner> = Vec::new();
    for row in rows {
        if !methods.contains(&row.changed.method) {
            methods.push(row.changed.method);
        }
    }
    let of_method = |method: Learner| {
        let own = rows.iter().filter(|row| row.changed.method == method);
        let estimates: Vec<Estimate> = own
            .map(|row| Estimate {
                name: row.changed.variant.clone(),
                value: row.ratio.geometric_mean,
                low: row.ratio.low,
                high: row.ratio.high,
            })
            .collect();
        Figure {
            svg: plot::intervals(&estimates, label, 1.0),
            caption: format!(
                "{} with one option changed, with 95 % intervals.",
                method.as_str()
            ),
        }
    };
    methods.into_iter().map(of_method).collect()
}

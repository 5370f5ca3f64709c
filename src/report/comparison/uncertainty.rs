//! Error bars: coverage by level, errors by trust, and a row of scores per pair and method.

use serde::Serialize;

use super::{CaptionedFigure, pair_title};
use crate::evaluate::levels::LEVELS;
use crate::evaluate::summary::{ComparisonSummary, PairSummary};
use crate::evaluate::uncertainty::UncertaintyScores;
use crate::evaluate::uncertainty_summary::{QUARTERS, UncertaintySummary};
use crate::method::MethodName;
use crate::report::extent;
use crate::report::plot::{self, Axis, Guide, Series};

/// The methods that have error bars.
#[derive(Serialize)]
pub(super) struct UncertaintySection<'a> {
    figures: Vec<CaptionedFigure>,
    rows: Vec<UncertaintyRow<'a>>,
}

/// One method on one pair in one kind of split.
#[derive(Serialize)]
struct UncertaintyRow<'a> {
    pair: String,
    method: MethodName,
    splits: usize,
    scores: &'a UncertaintyScores,
    relative_width: String,
    expected_over_test: f64,
}

impl<'a> UncertaintySection<'a> {
    /// Of a comparison of `methods`; none where no job has an error bar.
    pub(super) fn of(summary: &'a ComparisonSummary, methods: &[MethodName]) -> Option<Self> {
        let rows: Vec<UncertaintyRow<'a>> = summary.pairs.iter().flat_map(rows).collect();
        if rows.is_empty() {
            return None;
        }
        let figures = [coverage(summary, methods), trust(summary, methods)];
        let drawn = figures.into_iter().filter(|figure| !figure.svg.is_empty());
        Some(Self {
            figures: drawn.collect(),
            rows,
        })
    }
}

fn rows(pair: &PairSummary) -> impl Iterator<Item = UncertaintyRow<'_>> {
    pair.uncertainty.iter().map(|found| UncertaintyRow {
        pair: pair_title(pair),
        method: found.method,
        splits: found.splits,
        scores: &found.scores,
        relative_width: extent(found.relative_width),
        expected_over_test: found.expected_over_test,
    })
}

/// Of each method a line through the means over all pairs of what is found of it there.
fn series<const N: usize>(
    (summary, methods): (&ComparisonSummary, &[MethodName]),
    abscissas: [f64; N],
    of: impl Fn(&UncertaintySummary, usize) -> f64,
) -> Vec<Series> {
    let line = |&method: &MethodName| {
        let all = summary.pairs.iter().flat_map(|pair| &pair.uncertainty);
        let own: Vec<&UncertaintySummary> = all.filter(|found| found.method == method).collect();
        let mean = |place: usize| {
            let values = own.iter().map(|found| of(found, place));
            let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let points = abscissas.into_iter().enumerate();
        let points = points.map(|(place, x)| (x, mean(place)));
        Series::of_method(method, points.collect())
    };
    methods.iter().map(line).collect()
}

fn coverage(summary: &ComparisonSummary, methods: &[MethodName]) -> CaptionedFigure {
    let share = |found: &UncertaintySummary, place: usize| {
        let mut levels = found.levels.iter();
        let own = levels.find(|share| share.level == LEVELS[place]);
        own.map_or(f64::NAN, |share| share.coverage)
    };
    let lines = series((summary, methods), LEVELS, share);
    let axes = [
        "share that intervals are to hold",
        "share of test labels held",
    ];
    let svg = plot::lines(&lines, axes.map(Axis::linear), Some(Guide::Diagonal));
    let counted = |found: &UncertaintySummary| found.levels.first().map_or(0, |share| share.n);
    let caption = format!(
        "Share of the test labels within their intervals, by the share that these are to hold; dashed where both are \
         equal. Below it intervals are too narrow; one that is open holds every label. {}",
        pooled(summary, methods, counted)
    );
    CaptionedFigure { svg, caption }
}

fn trust(summary: &ComparisonSummary, methods: &[MethodName]) -> CaptionedFigure {
    let places: [f64; QUARTERS] = std::array::from_fn(|quarter| quarter as f64 + 1.0);
    let lines = series((summary, methods), places, |found, q| found.quarters[q]);
    let axes = [
        "quarter of the test rows, the most trusted last",
        "mean absolute error / that of all rows",
    ];
    let svg = plot::lines(&lines, axes.map(Axis::linear), Some(Guide::Horizontal(1.0)));
    let caption = format!(
        "Mean absolute error of each quarter of the test rows by trust (by standard deviation, where there is none), over \
         that of all of them. The more a line falls, the better a method knows where it can be trusted. {}",
        pooled(summary, methods, |found| found.scores.n)
    );
    CaptionedFigure { svg, caption }
}

/// What the lines are means of.
fn pooled(
    summary: &ComparisonSummary,
    methods: &[MethodName],
    rows: impl Fn(&UncertaintySummary) -> usize,
) -> String {
    let counted = methods.iter().filter_map(|&method| {
        let all = summary.pairs.iter().flat_map(|pair| &pair.uncertainty);
        let own = all.filter(|found| found.method == method);
        let n: usize = own.map(&rows).sum();
        (n > 0).then(|| format!("{} {n}", method.as_str()))
    });
    let counted: Vec<String> = counted.collect();
    let weighed = match summary.pairs.len() {
        1 => "Rows of all splits and seeds together",
        _ => {
            "Rows of all splits and seeds of a pair together, mean over the pairs and kinds of split; rows"
        }
    };
    format!("{weighed}: {}.", counted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::uncertainty::LabelledInterval;
    use crate::evaluate::uncertainty_summary::LevelShare;
    use crate::evaluate::units::Unit;
    use crate::train::ErrorBar;

    fn found(method: MethodName, coverage: f64, quarters: [f64; QUARTERS]) -> UncertaintySummary {
        let row = LabelledInterval {
            truth: 1.0,
            mean: 0.0,
            bar: ErrorBar {
                sd: 1.0,
                lower: -2.0,
                upper: 2.0,
                trust: 0.5,
            },
        };
        UncertaintySummary {
            method,
            splits: 1,
            scores: UncertaintyScores::of(&[row; 8]).unwrap(),
            relative_width: f64::INFINITY,
            expected_over_test: 0.75,
            levels: vec![LevelShare {
                level: 0.9,
                n: 8,
                coverage,
            }],
            quarters,
        }
    }

    fn summary(uncertainty: [Vec<UncertaintySummary>; 2]) -> ComparisonSummary {
        let pair = |uncertainty| PairSummary {
            pair: "<tc>".to_owned(),
            target: "tc".to_owned(),
            sources: Vec::new(),
            split: "random".to_owned(),
            repeats: 0,
            methods: Vec::new(),
            variants: Vec::new(),
            extrapolation: None,
            uncertainty,
            evidence: Vec::new(),
        };
        ComparisonSummary {
            pairs: uncertainty.map(pair).to_vec(),
            unit: Unit::Pair,
            overall: Vec::new(),
            overall_variants: Vec::new(),
            overall_evidence: Vec::new(),
            failures: Vec::new(),
        }
    }

    const METHODS: [MethodName; 2] = [MethodName::Stl, MethodName::Gp];

    #[test]
    fn lines_are_means_over_pairs() {
        let gp = |coverage, last| found(MethodName::Gp, coverage, [2.0, 1.0, 1.0, last]);
        let summary = summary([vec![gp(0.8, 0.5)], vec![gp(0.9, f64::NAN)]]);
        let lines = series((&summary, &METHODS), [1.0, 4.0], |found, place| {
            found.quarters[3 * place]
        });
        assert!(lines[0].points.iter().all(|point| point.1.is_nan()));
        assert_eq!(lines[1].points, [(1.0, 2.0), (4.0, 0.5)]);
        let section = UncertaintySection::of(&summary, &METHODS).unwrap();
        assert_eq!((section.figures.len(), section.rows.len()), (2, 2));
        assert!(section.figures[0].caption.ends_with("rows: gp 16."));
        assert_eq!(section.rows[0].relative_width, "open");
    }

    #[test]
    fn without_error_bars_there_is_no_section() {
        let summary = summary([Vec::new(), Vec::new()]);
        assert!(UncertaintySection::of(&summary, &METHODS).is_none());
    }
}

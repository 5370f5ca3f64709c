//! One pair in one kind of split: means, dots per split, ratios, parity, learning curves.

use serde::Serialize;

use super::{
    CaptionedFigure, ComparisonReport, extrapolation, interval, of_pair, pair_title, ratio_label,
    variants,
};
use crate::data::Part;
use crate::evaluate::job::{JobRecord, JobResult};
use crate::evaluate::summary::{MethodSummary, PairSummary};
use crate::evaluate::variant_summary::VariantSummary;
use crate::method::MethodName;
use crate::report::plot::{self, IntervalEstimate, MOST_POINTS, Series};

/// Points of all parity plots of a page together: it stays light.
const PARITY_POINTS: usize = 16_000;
/// Errors of a larger ratio are drawn on a logarithmic axis.
const FAR_APART: f64 = 10.0;

#[derive(Serialize)]
pub(super) struct PairSection<'a> {
    title: String,
    lead: String,
    repeats: Option<String>,
    methods: &'a [MethodSummary],
    variants: &'a [VariantSummary],
    figures: Vec<CaptionedFigure>,
    splits: Vec<SplitRow>,
}

/// The methods' errors on one split, NaN where the job failed.
#[derive(Serialize)]
struct SplitRow {
    seed: u64,
    fold: usize,
    rmse: Vec<f64>,
}

impl<'a> PairSection<'a> {
    /// The section of the summary at this place.
    pub(super) fn new(report: &ComparisonReport<'a>, index: usize) -> Self {
        let summary = &report.results.summary.pairs[index];
        let jobs = report.results.jobs.iter();
        let drawn = Drawn {
            report,
            summary,
            jobs: jobs.filter(|job| job.index.section == index).collect(),
        };
        Self {
            title: pair_title(summary),
            lead: of_pair(summary),
            repeats: summary.remark_on_repeats(),
            methods: &summary.methods,
            variants: &summary.variants,
            figures: drawn.figures(),
            splits: drawn.splits(),
        }
    }
}

/// What the figures of a section are drawn from.
struct Drawn<'a> {
    report: &'a ComparisonReport<'a>,
    summary: &'a PairSummary,
    jobs: Vec<&'a JobResult>,
}

impl Drawn<'_> {
    fn figures(&self) -> Vec<CaptionedFigure> {
        let first = self.report.compare.methods[0].as_str();
        let figures = [
            (self.dots(), "Test RMSE, a dot per split.".to_owned()),
            (
                self.ratios(first),
                format!("RMSE divided by that of {first} on the same split."),
            ),
            (
                self.intervals(first),
                "Geometric mean of these ratios with its 95 % interval.".to_owned(),
            ),
            self.parity(),
            (
                self.curves(),
                "RMSE on the validation rows by epoch, mean over the splits.".to_owned(),
            ),
        ];
        let figures = figures.into_iter();
        let figures = figures.chain(extrapolation::figures(self.summary));
        let figures = figures.chain(variants::of_pair(self.summary));
        let drawn = figures.filter(|(svg, _)| !svg.is_empty());
        drawn
            .map(|(svg, caption)| CaptionedFigure { svg, caption })
            .collect()
    }

    fn methods(&self) -> &[MethodName] {
        &self.report.compare.methods
    }

    /// The jobs of the method as it is.
    fn jobs_of(&self, method: MethodName) -> impl Iterator<Item = &JobResult> {
        let setting = self.methods().iter().position(|known| *known == method);
        let jobs = self.jobs.iter().copied();
        jobs.filter(move |job| Some(job.index.setting) == setting)
    }

    fn of(&self, method: MethodName) -> impl Iterator<Item = &JobRecord> {
        self.jobs_of(method).map(|job| &job.record)
    }

    fn dots(&self) -> String {
        let group = |&method: &MethodName| {
            let errors = self.of(method).map(|record| record.test.rmse);
            (method, errors.collect())
        };
        let groups: Vec<(MethodName, Vec<f64>)> = self.methods().iter().map(group).collect();
        plot::dots(
            &groups,
            &format!("test RMSE, {}", self.summary.target),
            None,
        )
    }

    /// The ratio on each split.
    fn ratios(&self, first: &str) -> String {
        let ratios = self.summary.methods.iter().filter_map(|method| {
            let pairs = &method.ratio.as_ref()?.pairs;
            let ratios = pairs.iter().map(|pair| pair.ratio).collect();
            Some((method.method, ratios))
        });
        let groups: Vec<(MethodName, Vec<f64>)> = ratios.collect();
        plot::dots(&groups, &ratio_label("RMSE", first), Some(1.0))
    }

    /// Geometric means with intervals, where there are enough splits.
    fn intervals(&self, first: &str) -> String {
        let estimate = |method: &MethodSummary| {
            let ratio = method.ratio.as_ref()?;
            let name = method.method.as_str();
            Some(interval(name, method.method, &ratio.estimate))
        };
        let methods = self.summary.methods.iter();
        let estimates: Vec<IntervalEstimate> = methods.filter_map(estimate).collect();
        plot::intervals(&estimates, &ratio_label("RMSE", first), 1.0)
    }

    /// Predictions of the first method and of the one with the smallest mean error, on the test rows of every
    /// split.
    fn parity(&self) -> (String, String) {
        let best = self
            .summary
            .methods
            .iter()
            .filter(|method| method.rmse.mean.is_finite())
            .min_by(|a, b| a.rmse.mean.total_cmp(&b.rmse.mean));
        let mut shown = vec![self.methods()[0]];
        shown.extend(
            best.map(|best| best.method)
                .filter(|best| *best != shown[0]),
        );
        let sections = self.report.results.summary.pairs.len().max(1);
        let most = (PARITY_POINTS / (2 * sections)).min(MOST_POINTS);
        let (mut series, mut names) = (Vec::new(), Vec::new());
        for &method in &shown {
            let tested = || self.jobs_of(method).flat_map(|job| job.of_part(Part::Test));
            let rows = tested().count();
            let step = rows.div_ceil(most).max(1);
            let points = tested().map(|found| (found.truth, found.prediction.mean()));
            let points: Vec<(f64, f64)> = points.step_by(step).collect();
            names.push(drawn(method, points.len(), rows));
            series.push(Series::of_method(method, points));
        }
        let caption = format!(
            "Prediction against truth on test rows of every split: {}.",
            names.join(" and ")
        );
        (plot::parity(&series, &self.summary.target), caption)
    }

    /// Mean validation error by epoch, as far as every split of the method has gone.
    fn curves(&self) -> String {
        let series = |&method: &MethodName| {
            let curves: Vec<&[f64]> = self.of(method).map(|r| &r.validation[..]).collect();
            let epochs = curves.iter().map(|curve| curve.len()).min().unwrap_or(0);
            let mean = |epoch: usize| {
                curves.iter().map(|curve| curve[epoch]).sum::<f64>() / curves.len() as f64
            };
            let points = (0..epochs).map(|e| (e as f64 + 1.0, mean(e)));
            Series::of_method(method, points.collect())
        };
        let series: Vec<Series> = self.methods().iter().map(series).collect();
        let label = format!("validation RMSE, {}", self.summary.target);
        plot::history(&series, &label, far_apart(&series), None)
    }

    fn splits(&self) -> Vec<SplitRow> {
        let of_job = |job: &&JobResult| (job.record.job.seed, job.record.job.fold);
        let mut splits: Vec<(u64, usize)> = self.jobs.iter().map(of_job).collect();
        splits.sort_unstable();
        splits.dedup();
        let row = |(seed, fold): (u64, usize)| {
            let error = |&method: &MethodName| {
                let mut records = self.of(method);
                let found = records.find(|r| (r.job.seed, r.job.fold) == (seed, fold));
                found.map_or(f64::NAN, |record| record.test.rmse)
            };
            SplitRow {
                seed,
                fold,
                rmse: self.methods().iter().map(error).collect(),
            }
        };
        splits.into_iter().map(row).collect()
    }
}

/// Are the positive ordinates so far apart that the axis is to be logarithmic?
fn far_apart(series: &[Series]) -> bool {
    let values = series.iter().flat_map(|line| &line.points);
    let positive = values.map(|point| point.1).filter(|value| *value > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    high / low > FAR_APART
}

/// The method, and of how many rows a part alone is drawn.
fn drawn(method: MethodName, points: usize, rows: usize) -> String {
    let name = method.as_str();
    if points < rows {
        format!("{name} ({points} of {rows} rows are drawn)")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies close together is a flat line over a decade.
    #[test]
    fn errors_of_one_size_are_on_an_even_axis() {
        let of = |low: f64| [Series::new("stl", vec![(1.0, 100.0), (2.0, low)])];
        assert!(!far_apart(&of(60.0)) && far_apart(&of(2.0)));
        assert!(!far_apart(&of(f64::NAN)) && !far_apart(&[]));
    }

    #[test]
    fn a_picture_says_what_it_leaves_out() {
        assert_eq!(drawn(MethodName::Ridge, 80, 80), "ridge");
        let thinned = drawn(MethodName::Ridge, 80, 160);
        assert_eq!(thinned, "ridge (80 of 160 rows are drawn)");
    }
}

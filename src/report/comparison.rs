//! The page of a comparison: means, dots per split, paired ratios.

use serde::Serialize;

use super::plot::{self, Estimate};
use crate::evaluate::comparison::ComparisonResults;
use crate::evaluate::config::{CompareConfig, ComparisonConfig};
use crate::evaluate::job::{Job, JobRecord};
use crate::evaluate::learner::Learner;
use crate::evaluate::summary::{JobFailure, MethodSummary, Summary};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport<'a> {
    /// Options of every job.
    pub config: ComparisonConfig<'a>,
    /// Methods, folds and seeds.
    pub compare: &'a CompareConfig,
    /// Records and summary of the jobs.
    pub results: &'a ComparisonResults,
}

#[derive(Serialize)]
struct Content<'a> {
    title: String,
    lead: String,
    failures: &'a [JobFailure],
    first: &'static str,
    methods: &'a [MethodSummary],
    method_names: Vec<&'static str>,
    dots: String,
    ratios: String,
    intervals: String,
    splits: Vec<SplitRow>,
    config: String,
}

/// The methods' errors on one split, NaN where the job failed.
#[derive(Serialize)]
struct SplitRow {
    seed: u64,
    fold: usize,
    rmse: Vec<f64>,
}

impl ComparisonReport<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let summary = &self.results.summary;
        let first = self.compare.methods[0].as_str();
        let names = self
            .compare
            .methods
            .iter()
            .map(|method| method.as_str())
            .collect();
        let content = Content {
            title: format!("Comparison on {}", summary.target),
            lead: lead(summary),
            failures: &summary.failures,
            first,
            methods: &summary.methods,
            method_names: names,
            dots: self.dots(),
            ratios: self.ratios(first),
            intervals: self.intervals(first),
            splits: self.splits(),
            config: toml::to_string_pretty(&self.config).expect("configurations are tables"),
        };
        super::page("comparison.html", &content)
    }

    fn records(&self, method: Learner) -> impl Iterator<Item = &JobRecord> {
        let records = self.results.records.iter();
        records.filter(move |record| record.job.method == method)
    }

    fn dots(&self) -> String {
        let methods = self.compare.methods.iter();
        let groups: Vec<(String, Vec<f64>)> = methods
            .map(|&method| {
                let errors = self.records(method).map(|record| record.test.rmse);
                (method.as_str().to_owned(), errors.collect())
            })
            .collect();
        let label = format!("test RMSE, {}", self.results.summary.target);
        plot::dots(&groups, &label, None)
    }

    /// The ratio on each split.
    fn ratios(&self, first: &str) -> String {
        let ratios = self.results.summary.methods.iter().filter_map(|method| {
            let pairs = &method.ratio.as_ref()?.pairs;
            let ratios = pairs.iter().map(|pair| pair.ratio).collect();
            Some((method.method.as_str().to_owned(), ratios))
        });
        let groups: Vec<(String, Vec<f64>)> = ratios.collect();
        plot::dots(&groups, &ratio_label(first), Some(1.0))
    }

    /// Geometric means with intervals, where there are enough splits.
    fn intervals(&self, first: &str) -> String {
        let estimates: Vec<Estimate> = self
            .results
            .summary
            .methods
            .iter()
            .filter_map(|method| {
                let ratio = method.ratio.as_ref()?;
                Some(Estimate {
                    name: method.method.as_str().to_owned(),
                    value: ratio.geometric_mean,
                    low: ratio.low,
                    high: ratio.high,
                })
            })
            .collect();
        plot::intervals(&estimates, &ratio_label(first), 1.0)
    }

    fn splits(&self) -> Vec<SplitRow> {
        let mut splits: Vec<(u64, usize)> = Vec::new();
        for Job { seed, fold, .. } in self.results.records.iter().map(|record| record.job) {
            if !splits.contains(&(seed, fold)) {
                splits.push((seed, fold));
            }
        }
        splits.sort_unstable();
        splits
            .into_iter()
            .map(|(seed, fold)| SplitRow {
                seed,
                fold,
                rmse: self
                    .compare
                    .methods
                    .iter()
                    .map(|&method| {
                        let mut records = self.records(method);
                        records
                            .find(|record| record.job.seed == seed && record.job.fold == fold)
                            .map_or(f64::NAN, |record| record.test.rmse)
                    })
                    .collect(),
            })
            .collect()
    }
}

fn ratio_label(first: &str) -> String {
    format!("RMSE / RMSE of {first}")
}

fn lead(summary: &Summary) -> String {
    let sources = match &summary.sources[..] {
        [] => "no source".to_owned(),
        [source] => format!("source {source}"),
        sources => format!("sources {}", sources.join(", ")),
    };
    format!(
        "Target {}, {sources}; {} split.",
        summary.target, summary.split
    )
}

//! The page of a comparison: methods over all pairs, then pair by pair.

mod evidence;
mod extrapolation;
mod pair;
mod ranks;
mod uncertainty;
mod variants;

use serde::Serialize;

use self::evidence::EvidenceTable;
use self::pair::PairSection;
use self::uncertainty::UncertaintySection;
use self::variants::VariantSection;
use super::plot::{self, IntervalEstimate};
use crate::evaluate::comparison::ComparisonResults;
use crate::evaluate::config::{CompareConfig, ComparisonConfig};
use crate::evaluate::overall::{Overall, OverallMethod};
use crate::evaluate::ratio::RatioEstimate;
use crate::evaluate::summary::{ComparisonSummary, JobFailure, PairSummary};
use crate::evaluate::units::Unit;
use crate::method::MethodName;

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport<'a> {
    /// Options of every job.
    pub config: ComparisonConfig<'a>,
    /// Methods, folds and seeds.
    pub compare: &'a CompareConfig,
    /// Jobs and summary.
    pub results: &'a ComparisonResults,
}

#[derive(Serialize)]
struct ComparisonContent<'a> {
    title: String,
    lead: String,
    protocol: Option<&'static str>,
    /// What to make of intervals over few splits or pairs.
    few: Vec<String>,
    failures: Vec<Failure<'a>>,
    first: &'static str,
    several: bool,
    unit: Unit,
    overall: Vec<OverallSection<'a>>,
    method_names: Vec<&'static str>,
    by_pair: Vec<CaptionedFigure>,
    variants: Vec<VariantSection<'a>>,
    evidence: Vec<EvidenceTable<'a>>,
    uncertainty: Option<UncertaintySection<'a>>,
    pairs: Vec<PairSection<'a>>,
    config: String,
}

#[derive(Serialize)]
struct Failure<'a> {
    id: String,
    error: &'a str,
}

impl<'a> Failure<'a> {
    fn of(failure: &'a JobFailure) -> Self {
        Self {
            id: failure.job.id(),
            error: &failure.error,
        }
    }
}

/// A picture with what it shows.
#[derive(Serialize)]
struct CaptionedFigure {
    svg: String,
    caption: String,
}

/// Methods over all pairs in one kind of split.
#[derive(Serialize)]
struct OverallSection<'a> {
    overall: &'a Overall,
    ranks: String,
    intervals: String,
    wins: Vec<WinRow>,
}

/// How often a method has a smaller error than each other.
#[derive(Serialize)]
struct WinRow {
    method: &'static str,
    cells: Vec<WinCell>,
}

/// Wins and losses of one method against another; `share` is that of wins, none on the diagonal.
#[derive(Serialize)]
struct WinCell {
    wins: usize,
    losses: usize,
    share: Option<f64>,
}

impl ComparisonReport<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let summary = &self.results.summary;
        let first = self.compare.methods[0].as_str();
        let pairs = 0..summary.pairs.len();
        let pairs = pairs.map(|index| PairSection::new(self, index));
        let content = ComparisonContent {
            title: title(summary),
            lead: lead(summary),
            protocol: evidence::protocol(self),
            few: summary.remarks_on_intervals(),
            failures: summary.failures.iter().map(Failure::of).collect(),
            first,
            several: summary.pairs.len() > 1,
            unit: summary.unit,
            overall: summary.overall.iter().map(overall_section).collect(),
            method_names: self.compare.methods.iter().map(|m| m.as_str()).collect(),
            by_pair: self.by_pair(),
            variants: summary
                .overall_variants
                .iter()
                .map(VariantSection::new)
                .collect(),
            evidence: evidence::tables(summary),
            uncertainty: UncertaintySection::of(summary, &self.compare.methods),
            pairs: pairs.collect(),
            config: toml::to_string_pretty(&self.config).expect("configurations are tables"),
        };
        super::page("comparison.html", &content)
    }

    /// Of several pairs the ratios of each method, pair by pair.
    fn by_pair(&self) -> Vec<CaptionedFigure> {
        let pairs = &self.results.summary.pairs;
        if pairs.len() < 2 {
            return Vec::new();
        }
        let methods = self.compare.methods.iter().enumerate().skip(1);
        let figure = |(index, method): (usize, &MethodName)| {
            let estimate = |pair: &PairSummary| {
                let ratio = pair.methods[index].ratio.as_ref()?;
                Some(interval(pair_title(pair), *method, &ratio.estimate))
            };
            let estimates: Vec<IntervalEstimate> = pairs.iter().filter_map(estimate).collect();
            let label = ratio_label(method.as_str(), self.compare.methods[0].as_str());
            CaptionedFigure {
                svg: plot::intervals(&estimates, &label, 1.0),
                caption: format!("{label}, pair by pair, with 95 % intervals over its splits."),
            }
        };
        let figures = methods.map(figure);
        figures.filter(|figure| !figure.svg.is_empty()).collect()
    }
}

fn overall_section(overall: &Overall) -> OverallSection<'_> {
    let estimates: Vec<IntervalEstimate> = overall
        .methods
        .iter()
        .filter_map(|method| {
            let ratio = method.ratio.as_ref()?;
            let name = method.method.as_str();
            Some(interval(name, method.method, &ratio.estimate))
        })
        .collect();
    let first = overall.methods[0].method.as_str();
    OverallSection {
        overall,
        ranks: ranks::picture(overall),
        intervals: plot::intervals(&estimates, &ratio_label("RMSE", first), 1.0),
        wins: win_rows(overall),
    }
}

fn win_rows(overall: &Overall) -> Vec<WinRow> {
    let cell = |a: usize, b: usize| {
        let (wins, losses) = (overall.wins[a][b], overall.wins[b][a]);
        let decided = wins + losses;
        WinCell {
            wins,
            losses,
            share: (a != b && decided > 0).then(|| wins as f64 / decided as f64),
        }
    };
    let methods = overall.methods.iter().enumerate();
    let row = |(a, method): (usize, &OverallMethod)| WinRow {
        method: method.method.as_str(),
        cells: (0..overall.methods.len()).map(|b| cell(a, b)).collect(),
    };
    methods.map(row).collect()
}

/// A ratio of a method with its interval, as it is drawn.
fn interval(
    name: impl Into<String>,
    method: MethodName,
    ratio: &RatioEstimate,
) -> IntervalEstimate {
    IntervalEstimate {
        name: name.into(),
        method,
        value: ratio.geometric_mean,
        low: ratio.low,
        high: ratio.high,
    }
}

/// `what / RMSE of first`.
fn ratio_label(what: &str, first: &str) -> String {
    match what {
        "RMSE" => format!("RMSE / RMSE of {first}"),
        method => format!("RMSE of {method} / RMSE of {first}"),
    }
}

fn title(summary: &ComparisonSummary) -> String {
    match &summary.pairs[..] {
        [only] => format!("Comparison on {}", only.target),
        pairs => format!("Comparison on {} targets and splits", pairs.len()),
    }
}

/// How a pair is called in lists.
fn pair_title(pair: &PairSummary) -> String {
    let name = if pair.pair.is_empty() {
        &pair.target
    } else {
        &pair.pair
    };
    format!("{name}, {}", pair.split)
}

fn lead(summary: &ComparisonSummary) -> String {
    match &summary.pairs[..] {
        [only] => of_pair(only),
        _ => "Every method on the same rows of every pair.".to_owned(),
    }
}

fn of_pair(pair: &PairSummary) -> String {
    let sources = match &pair.sources[..] {
        [] => "no source".to_owned(),
        [source] => format!("source {source}"),
        sources => format!("sources {}", sources.join(", ")),
    };
    format!("Target {}, {sources}; {} split.", pair.target, pair.split)
}

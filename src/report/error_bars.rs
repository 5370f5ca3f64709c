//! The error bars of one run: what was expected, what the test rows say, intervals drawn.

use serde::Serialize;

use super::plot;
use crate::data::Part;
use crate::evaluate::levels::{LevelCount, level_counts};
use crate::evaluate::outcome::{ReadoutMetrics, of_part};
use crate::evaluate::run::Run;
use crate::evaluate::uncertainty::{LabelledInterval, UncertaintyScores};

/// The section of a run that a Gaussian process reads.
#[derive(Serialize)]
pub(super) struct ErrorBars<'a> {
    /// How errors are expected, and what they come from.
    sentences: Vec<String>,
    expected: f64,
    /// What the test rows say; none without any.
    tested: Option<Tested<'a>>,
    rivals: Vec<RivalRow>,
}

/// Scores of the error bars on the test rows.
#[derive(Serialize)]
struct Tested<'a> {
    rmse: f64,
    expected_over_test: f64,
    scores: &'a UncertaintyScores,
    width: String,
    levels: Vec<LevelRow>,
    intervals: String,
}

/// Labels held at one level.
#[derive(Serialize)]
struct LevelRow {
    /// In percent, both.
    level: String,
    coverage: String,
    held: usize,
    n: usize,
    reach: String,
}

/// One of the methods that there was a choice of.
#[derive(Serialize)]
struct RivalRow {
    method: &'static str,
    rmse: f64,
    chosen: bool,
}

impl<'a> ErrorBars<'a> {
    /// Error bars of a run; none where no Gaussian process reads it.
    pub(super) fn of(run: &'a Run) -> Option<Self> {
        let (readout, found) = (run.model().readout()?, run.metrics.readout.as_ref()?);
        let rivals = readout.record().rivals.iter().map(|rival| RivalRow {
            method: rival.method.as_str(),
            rmse: rival.rmse,
            chosen: rival.method == run.model().config().method,
        });
        Some(Self {
            sentences: found.sentences(),
            expected: found.expected_rmse,
            tested: Tested::of(run, found),
            rivals: rivals.collect(),
        })
    }

    /// Does the section say this already?
    pub(super) fn says(&self, sentence: &str) -> bool {
        self.sentences.iter().any(|own| own == sentence)
    }
}

impl<'a> Tested<'a> {
    fn of(run: &Run, found: &'a ReadoutMetrics) -> Option<Self> {
        let target = &run.metrics.target;
        let rmse = run.metrics.tasks.get(target)?.test?.rmse;
        let scores = found.test.as_ref()?;
        let tested = of_part(&run.predictions, run.corpus.target, Part::Test);
        let held = tested.filter_map(LabelledInterval::of);
        let levels = level_counts(run.model(), &run.predictions, &run.corpus);
        Some(Self {
            rmse,
            expected_over_test: found.expected_rmse / rmse,
            scores,
            width: super::extent(scores.width),
            levels: levels.iter().map(LevelRow::of).collect(),
            intervals: plot::held(&held.collect::<Vec<_>>(), target),
        })
    }
}

impl LevelRow {
    fn of(count: &LevelCount) -> Self {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        Self {
            level: percent(count.level),
            coverage: percent(count.coverage()),
            held: count.held,
            n: count.n,
            reach: super::extent(count.reach),
        }
    }
}

//! The page of one run: scores, predictions, training, configuration.

use serde::Serialize;

use super::error_bars::ErrorBars;
use super::plot::{self, MOST_POINTS, Series};
use crate::data::Part;
use crate::evaluate::outcome::{Metrics, PARTS, PartMetrics, of_part};
use crate::evaluate::run::Run;
use crate::method::{MethodName, ModelConfig};
use crate::train::EpochRecord;

/// What the page shows.
pub struct RunReport<'a> {
    /// The run.
    pub run: &'a Run,
    /// Paragraphs under the title.
    pub remarks: &'a [String],
}

#[derive(Serialize)]
struct RunContent<'a> {
    title: String,
    lead: String,
    remarks: Vec<&'a String>,
    target: &'a str,
    scores: Vec<ScoreRow<'a>>,
    parity: String,
    thinned: Option<usize>,
    residuals: String,
    residual_part: &'static str,
    /// Where a Gaussian process reads the model.
    error_bars: Option<ErrorBars<'a>>,
    validation: String,
    losses: String,
    best_epoch: usize,
    /// Inner folds, where they chose the length of training.
    inner: Option<usize>,
    final_run: bool,
    config: String,
}

#[derive(Serialize)]
struct ScoreRow<'a> {
    task: &'a str,
    part: &'static str,
    target: bool,
    metrics: PartMetrics,
}

impl RunReport<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let target = self.run.metrics.target.as_str();
        let method = self.method().as_str();
        let parts = self.target_parts();
        let thinned = parts.iter().any(|part| part.points.len() > MOST_POINTS);
        let (residual_part, residuals) = residuals(&parts);
        let sources = self
            .run
            .corpus
            .sources()
            .map(|task| self.run.corpus.tasks[task].as_str());
        let sources: Vec<&str> = sources.collect();
        let error_bars = ErrorBars::of(self.run);
        let says = |remark: &&String| error_bars.as_ref().is_some_and(|bars| bars.says(remark));
        let content = RunContent {
            title: format!("{target} by {method}"),
            lead: lead(self, &sources),
            remarks: self.remarks.iter().filter(|one| !says(one)).collect(),
            target,
            scores: self.score_rows(),
            parity: plot::parity(&parts, target),
            thinned: thinned.then_some(MOST_POINTS),
            residuals: plot::histogram(&residuals, &format!("{target}, prediction − truth")),
            residual_part,
            error_bars,
            validation: self.validation_plot(target),
            losses: self.loss_plot(),
            best_epoch: self.run.fitted.best_epoch,
            inner: self.run.metrics.inner.as_ref().map(|inner| inner.folds),
            final_run: self.run.metrics.final_run,
            config: toml::to_string_pretty(&self.run.config).expect("configurations are tables"),
        };
        super::page("run.html", &content)
    }

    /// The method that was trained in the end.
    fn method(&self) -> MethodName {
        match (&self.run.metrics.inner, self.run.config.model.method) {
            (Some(inner), _) => inner.chosen,
            // among methods read by a Gaussian process
            (None, MethodName::Auto) => self.run.model().config().method,
            (None, method) => method,
        }
    }

    /// Truth and prediction of the target, part by part.
    fn target_parts(&self) -> Vec<Series> {
        let of_part = |part: Part| {
            let found = of_part(&self.run.predictions, self.run.corpus.target, part);
            found.map(|p| (p.truth, p.prediction.mean())).collect()
        };
        PARTS
            .map(|part| Series::new(part.name(), of_part(part)))
            .to_vec()
    }

    /// The target's scores first.
    fn score_rows(&self) -> Vec<ScoreRow<'_>> {
        let is_target = |task: &str| task == self.run.metrics.target;
        let tasks = &self.run.metrics.tasks;
        let targets = tasks.iter().filter(|(name, _)| is_target(name));
        targets
            .chain(tasks.iter().filter(|(name, _)| !is_target(name)))
            .flat_map(|(task, scores)| {
                scores.parts().map(move |(part, metrics)| ScoreRow {
                    task,
                    part,
                    target: is_target(task),
                    metrics,
                })
            })
            .collect()
    }

    fn validation_plot(&self, target: &str) -> String {
        let fitted = &self.run.fitted;
        let trained = fitted.history.iter().filter(|r| !r.pretraining);
        let points: Vec<(f64, f64)> = match &self.run.metrics.inner {
            None => trained
                .map(|record| (record.epoch as f64, record.val_rmse))
                .collect(),
            Some(inner) => {
                // the run ended after this share of its epochs; those before it were of pre-training
                let (candidate, epochs) = (inner.winner(), trained.count() as f64);
                let before = fitted.best_epoch as f64 - epochs;
                let lengths = candidate.rmse_by_length.len() as f64 * candidate.length;
                let curve = candidate.rmse_by_length.iter().zip(1..);
                curve
                    .map(|(rmse, k)| (before + f64::from(k) / lengths * epochs, *rmse))
                    .collect()
            }
        };
        let line = Series::new(target, points);
        let label = format!("validation RMSE, {target}");
        plot::history(&[line], &label, false, Some(fitted.best_epoch as f64))
    }

    /// Every term of the last stage, over the epochs that have it.
    fn loss_plot(&self) -> String {
        let history = &self.run.fitted.history;
        let terms = history.last().map_or(&[][..], |record| &record.losses);
        let value = |record: &EpochRecord, term: &str| {
            let found = record.losses.iter().find(|(name, _)| name == term);
            found.map(|(_, value)| (record.epoch as f64, *value))
        };
        let line = |(name, _): &(String, f64)| {
            let points = history.iter().filter_map(|record| value(record, name));
            Series::new(name, points.collect())
        };
        let lines: Vec<Series> = terms.iter().map(line).collect();
        plot::history(&lines, "loss", true, None)
    }
}

/// Prediction minus truth of the test rows, or of the validation rows if there is no test row.
fn residuals(parts: &[Series]) -> (&'static str, Vec<f64>) {
    let of = |index: usize| {
        parts[index]
            .points
            .iter()
            .map(|(truth, y)| y - truth)
            .collect()
    };
    if parts[2].points.is_empty() {
        ("validation", of(1))
    } else {
        ("test", of(2))
    }
}

fn lead(report: &RunReport<'_>, sources: &[&str]) -> String {
    let Metrics { target, epochs, .. } = &report.run.metrics;
    let method = report.method().as_str();
    let help = match sources {
        [] => "without sources".to_owned(),
        [source] => format!("with the source {source}"),
        sources => format!("with the sources {}", sources.join(", ")),
    };
    let charts = charts(report.run.model().config());
    format!("Target {target}, method {method}, {help}; {epochs} epochs.{charts}")
}

/// What the sizes of a network say about the curvature of its charts.
fn charts(model: &ModelConfig) -> String {
    let (d, m) = (model.latent_dim, model.lf_dim);
    if !model.method.has_charts() {
        String::new()
    } else if d == m || d == 1 {
        format!(" Every chart is flat by construction: {d} coordinates in {m} dimensions.")
    } else {
        format!(" The charts are curved: {d} coordinates in {m} dimensions.")
    }
}

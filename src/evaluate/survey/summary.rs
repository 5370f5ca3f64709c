//! `geometry.json`: quantiles of everything, counts and definitions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::definitions::definitions;
use super::quantities::{TaskSummary, TransitionSummary};
use super::stability::Stability;
use super::{Survey, SurveyConfig};

/// What `geometry.json` says.
#[derive(Clone, Debug, Serialize)]
pub struct SurveySummary {
    /// The options.
    pub config: SurveyConfig,
    /// The method that trained the model.
    pub method: &'static str,
    /// Dimension d of the charts.
    pub latent_dim: usize,
    /// Dimension m of the locally flat frame.
    pub lf_dim: usize,
    /// Name of the target.
    pub target: String,
    /// Where the points come from.
    pub origin: String,
    /// How many molecules there were to draw from.
    pub available: usize,
    /// How many points were looked at.
    pub points: usize,
    /// What to know before the numbers.
    pub remarks: Vec<String>,
    /// Every task, in the order of the model.
    pub tasks: Vec<TaskSummary>,
    /// Every ordered pair of tasks.
    pub pairs: Vec<TransitionSummary>,
    /// The target's geometry beside that of other models; absent where there is no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<Stability>,
    /// What the numbers mean.
    pub definitions: BTreeMap<&'static str, &'static str>,
}

impl SurveySummary {
    /// The summary of a survey.
    pub fn of(survey: &Survey) -> Self {
        Self {
            config: survey.config.clone(),
            method: survey.method,
            latent_dim: survey.latent_dim(),
            lf_dim: survey.lf_dim(),
            target: survey.task(survey.target).to_owned(),
            origin: survey.sample.origin.clone(),
            available: survey.sample.available,
            points: survey.sample.len(),
            remarks: survey.remarks(),
            tasks: TaskSummary::all(survey),
            pairs: TransitionSummary::all(survey),
            stability: None,
            definitions: definitions(),
        }
    }
}

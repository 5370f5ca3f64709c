//! A target's geometry model beside model, as tables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::short;
use crate::evaluate::survey::{Quantiles, Stability, SurveyedModel};

/// What is shown of the chart, by its names in the definitions.
const CHART: [&str; 5] = [
    "condition",
    "scalar_curvature_per_lf2",
    "sectional_min_per_lf2",
    "sectional_max_per_lf2",
    "flatness_radius_lf",
];

/// What is shown of the transitions.
const DEFECTS: [&str; 6] = [
    "consistency_lf",
    "isometry",
    "affine_per_lf",
    "curvature_per_lf2",
    "inverse_lf",
    "cocycle_lf",
];

/// The matrix of similarities, and medians of every model.
#[derive(Serialize)]
pub(super) struct StabilityTables<'a> {
    target: &'a str,
    points: usize,
    matrix: Vec<MatrixRow<'a>>,
    chart_quantities: [&'static str; 5],
    charts: Vec<ChartRow<'a>>,
    defects: [&'static str; 6],
    transitions: Vec<TransitionRow<'a>>,
}

/// One model against each.
#[derive(Serialize)]
struct MatrixRow<'a> {
    model: &'a str,
    cells: Vec<String>,
}

#[derive(Serialize)]
struct ChartRow<'a> {
    model: &'a str,
    method: &'a str,
    sources: String,
    latent_dim: usize,
    lf_dim: usize,
    cells: [String; 5],
}

#[derive(Serialize)]
struct TransitionRow<'a> {
    model: &'a str,
    from: &'a str,
    to: &'a str,
    overlap: usize,
    cells: [String; 6],
}

impl<'a> StabilityTables<'a> {
    pub(super) fn of(stability: &'a Stability) -> Self {
        let models = &stability.models;
        let cells = |a: usize| (0..models.len()).map(move |b| short(stability.cka(a, b)));
        let line = |(a, model): (usize, &'a SurveyedModel)| MatrixRow {
            model: &model.model,
            cells: cells(a).collect(),
        };
        Self {
            target: &stability.target,
            points: stability.points,
            matrix: models.iter().enumerate().map(line).collect(),
            chart_quantities: CHART,
            charts: models.iter().map(chart).collect(),
            defects: DEFECTS,
            transitions: models.iter().flat_map(transitions).collect(),
        }
    }
}

/// Medians by name, NaN where there is none.
fn medians<const N: usize>(
    quantities: &BTreeMap<&'static str, Quantiles>,
    names: [&str; N],
) -> [String; N] {
    names.map(|name| short(quantities.get(name).map_or(f64::NAN, |q| q.p50)))
}

fn chart(model: &SurveyedModel) -> ChartRow<'_> {
    ChartRow {
        model: &model.model,
        method: model.method,
        sources: model.sources.join(", "),
        latent_dim: model.latent_dim,
        lf_dim: model.lf_dim,
        cells: medians(&model.chart.quantities, CHART),
    }
}

fn transitions(model: &SurveyedModel) -> impl Iterator<Item = TransitionRow<'_>> {
    model.transitions.iter().map(|pair| TransitionRow {
        model: &model.model,
        from: &pair.from,
        to: &pair.to,
        overlap: pair.overlap,
        cells: medians(&pair.everywhere, DEFECTS),
    })
}

//! `geometry.json`: quantiles of everything, counts and definitions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chart_point::{ChartPoint, PointCurvature, PointGeometry};
use super::definitions::definitions;
use super::pair_point::{Defects, PairPoint};
use super::quantiles::Quantiles;
use super::stability::Stability;
use super::{Pair, Survey, SurveyConfig};

/// What `geometry.json` says.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
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
    pub pairs: Vec<PairSummary>,
    /// The target's geometry beside that of other models; absent where there is no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<Stability>,
    /// What the numbers mean.
    pub definitions: BTreeMap<&'static str, &'static str>,
}

/// One chart over all points.
#[derive(Clone, Debug, Serialize)]
pub struct TaskSummary {
    /// The task.
    pub task: String,
    /// Points with a metric.
    pub immersed: usize,
    /// Points where the Jacobian has not full rank.
    pub rank_deficient: usize,
    /// True where m = d: curvatures are zero without a look.
    pub flat_by_construction: bool,
    /// True where the extreme sectional curvatures are exact (d ≤ 3).
    pub sectional_exact: bool,
    /// Distribution of each quantity, by its name in `definitions`.
    pub quantities: BTreeMap<&'static str, Quantiles>,
}

/// One transition over all points.
#[derive(Clone, Debug, Serialize)]
pub struct PairSummary {
    /// Task s.
    pub from: String,
    /// Task t.
    pub to: String,
    /// What errors are compared with.
    pub scale_lf: f64,
    /// Points on the overlap.
    pub overlap: usize,
    /// Points looked at.
    pub points: usize,
    /// Distribution of each quantity on the overlap, by its name in `definitions`.
    pub on_overlap: BTreeMap<&'static str, Quantiles>,
    /// The same over all points.
    pub everywhere: BTreeMap<&'static str, Quantiles>,
}

/// A quantity of a point with its name.
type Named<T> = (&'static str, fn(&T, f64) -> Option<f64>);

const METRIC: [Named<PointGeometry>; 2] = [
    ("condition", |g, _| Some(g.condition())),
    ("volume_element_lf_d", |g, _| Some(g.volume_element)),
];

const CURVATURE: [Named<PointCurvature>; 7] = [
    ("scalar_curvature_per_lf2", |k, _| Some(k.scalar)),
    ("sectional_min_per_lf2", |k, _| Some(k.sectional_min)),
    ("sectional_max_per_lf2", |k, _| Some(k.sectional_max)),
    ("sectional_lower_per_lf2", |k, _| Some(k.sectional_lower)),
    ("sectional_upper_per_lf2", |k, _| Some(k.sectional_upper)),
    ("flatness_radius_lf", |k, epsilon| {
        Some(k.flatness_radius(epsilon))
    }),
    ("certified_radius_lf", |k, epsilon| {
        Some(k.certified_radius(epsilon))
    }),
];

/// Names of [`Defects::values`] in the files.
const DEFECTS: [&str; 5] = [
    "isometry",
    "affine_per_lf",
    "curvature_per_lf2",
    "inverse_lf",
    "cocycle_lf",
];

impl Summary {
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
            tasks: (0..survey.tasks()).map(|t| task(survey, t)).collect(),
            pairs: survey
                .pairs
                .iter()
                .map(|pair| of_pair(survey, pair))
                .collect(),
            stability: None,
            definitions: definitions(),
        }
    }
}

fn task(survey: &Survey, t: usize) -> TaskSummary {
    let points = &survey.points[t];
    let (d, epsilon) = (survey.latent_dim(), survey.config.flatness);
    let immersed = points.iter().filter(|point| point.local.is_ok()).count();
    let mut quantities = BTreeMap::new();
    let eigenvalues = points.iter().filter_map(ChartPoint::geometry);
    let eigenvalues = eigenvalues.flat_map(|g| g.eigenvalues.iter().copied());
    for (name, value) in METRIC {
        let values = points.iter().filter_map(|p| value(p.geometry()?, epsilon));
        quantities.insert(name, Quantiles::of(values));
    }
    quantities.insert("metric_eigenvalues_lf2", Quantiles::of(eigenvalues));
    for (name, value) in CURVATURE {
        let values = points.iter().filter_map(|p| value(p.curvature()?, epsilon));
        quantities.insert(name, Quantiles::of(values));
    }
    let errors = points.iter().map(|point| point.inverse_error);
    quantities.insert("inverse_error_lf", Quantiles::of(errors));
    quantities.retain(|_, quantiles| quantiles.n > 0);
    TaskSummary {
        task: survey.task(t).to_owned(),
        immersed,
        rank_deficient: points.iter().filter(|point| point.rank < d).count(),
        flat_by_construction: d > 1 && survey.lf_dim() == d,
        sectional_exact: (2..=3).contains(&d),
        quantities,
    }
}

fn of_pair(survey: &Survey, pair: &Pair) -> PairSummary {
    PairSummary {
        from: survey.task(pair.from).to_owned(),
        to: survey.task(pair.to).to_owned(),
        scale_lf: pair.scale,
        overlap: pair.points.iter().filter(|point| point.overlap).count(),
        points: pair.points.len(),
        on_overlap: defects(&pair.points, |point| point.overlap),
        everywhere: defects(&pair.points, |_| true),
    }
}

fn defects(
    points: &[PairPoint],
    counts: impl Fn(&PairPoint) -> bool,
) -> BTreeMap<&'static str, Quantiles> {
    let counted: Vec<&PairPoint> = points.iter().filter(|point| counts(point)).collect();
    let mut quantities = BTreeMap::new();
    let consistency = counted.iter().map(|point| point.consistency);
    quantities.insert("consistency_lf", Quantiles::of(consistency));
    let errors = counted.iter().map(|point| point.overlap_error);
    quantities.insert("overlap_error", Quantiles::of(errors));
    for (k, name) in DEFECTS.into_iter().enumerate() {
        let values = counted.iter().filter_map(|point| point.defects.values()[k]);
        quantities.insert(name, Quantiles::of(values));
    }
    quantities.retain(|_, quantiles| quantiles.n > 0);
    quantities
}

// the two lists of defects state the same
const _: () = assert!(DEFECTS.len() == Defects::NAMES.len());

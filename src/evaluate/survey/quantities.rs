//! Charts and transitions over all points, in quantiles.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chart_point::{ChartPoint, PointCurvature, PointGeometry};
use super::pair_point::{Defects, PairPoint};
use super::quantiles::Quantiles;
use super::{Survey, TaskPair};

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
pub struct TransitionSummary {
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
    /// Distribution of each quantity over all points, by its name in `definitions`.
    pub everywhere: BTreeMap<&'static str, Quantiles>,
}

/// A quantity of a point with its name.
type NamedQuantity<T> = (&'static str, fn(&T, f64) -> Option<f64>);

const METRIC: [NamedQuantity<PointGeometry>; 2] = [
    ("condition", |g, _| Some(g.condition())),
    ("volume_element_lf_d", |g, _| Some(g.volume_element)),
];

const CURVATURE: [NamedQuantity<PointCurvature>; 7] = [
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

impl TaskSummary {
    /// Every chart of a survey, in the order of its tasks.
    pub(super) fn all(survey: &Survey) -> Vec<Self> {
        (0..survey.tasks()).map(|t| task(survey, t)).collect()
    }
}

impl TransitionSummary {
    /// Every transition of a survey, in its order.
    pub(super) fn all(survey: &Survey) -> Vec<Self> {
        let pairs = survey.pairs.iter();
        pairs.map(|pair| of_pair(survey, pair)).collect()
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

fn of_pair(survey: &Survey, pair: &TaskPair) -> TransitionSummary {
    TransitionSummary {
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

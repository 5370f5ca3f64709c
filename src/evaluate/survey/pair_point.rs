//! How two charts fit together at one molecule.

use super::chart_point::ChartPoint;
use crate::chart::{LatentChart, Perceptron};
use crate::gate::TaskCharts;
use crate::geometry::{self, ErrorKind, Map, Transition, cocycle_defect};

/// What a survey says of τ_{s→t} at one molecule, z being its latent vector of task s.
#[derive(Clone, Debug, PartialEq)]
pub struct PairPoint {
    /// |φ_s(z_s) − φ_t(z_t)|, a length in R^m.
    pub consistency: f64,
    /// The largest of the consistency and the inverse errors of both tasks, over the pair's scale;
    /// NaN where all are zero and there is no scale.
    pub overlap_error: f64,
    /// Whether the molecule is on the overlap: the error is at most the tolerance.
    pub overlap: bool,
    /// The defects, where they exist.
    pub defects: Defects,
    /// Why one does not exist.
    pub note: Option<String>,
}

/// The five defects of τ_{s→t} at a point: none where one does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Defects {
    /// Frobenius norm of `L_s⁻¹ (Dτᵀ g_t Dτ) L_s⁻ᵀ − I`.
    pub isometry: Option<f64>,
    /// Norm of ∇dτ.
    pub affine: Option<f64>,
    /// |R_t(τ(z)) − R_s(z)|.
    pub curvature: Option<f64>,
    /// Length of τ_{t→s}(τ_{s→t}(z)) − z in g_s.
    pub inverse: Option<f64>,
    /// The longest of τ_{u→t}(τ_{s→u}(z)) − τ_{s→t}(z) in g_t over all tasks u between.
    pub cocycle: Option<f64>,
}

impl Defects {
    /// Names of the defects, in the order of [`Defects::values`].
    pub const NAMES: [&'static str; 5] = ["isometry", "affine", "curvature", "inverse", "cocycle"];

    /// The defects in the order of [`Defects::NAMES`].
    pub fn values(&self) -> [Option<f64>; 5] {
        let Self {
            isometry,
            affine,
            curvature,
            inverse,
            cocycle,
        } = *self;
        [isometry, affine, curvature, inverse, cocycle]
    }
}

/// A transition s → t, by the indices of its tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct TransitionIndex {
    pub(super) s: usize,
    pub(super) t: usize,
}

/// The largest error on the overlap of two charts: `tolerance · scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct OverlapBound {
    /// Size of the images in the LF frame.
    pub(super) scale: f64,
    /// The largest error, relative to the scale.
    pub(super) tolerance: f64,
}

/// All charts with all transitions.
pub(super) struct SurveyedAtlas<'a> {
    charts: &'a TaskCharts,
    /// τ_{s→t}, `[s][t]`.
    transitions: Vec<Vec<Perceptron>>,
}

impl<'a> SurveyedAtlas<'a> {
    pub(super) fn new(charts: &'a TaskCharts) -> Self {
        let tasks = 0..charts.tasks().len();
        let from = |s| tasks.clone().map(|t| charts.transition(s, t)).collect();
        Self {
            transitions: tasks.clone().map(from).collect(),
            charts,
        }
    }

    fn chart(&self, t: usize) -> &'a LatentChart {
        &self.charts.tasks()[t].transfer
    }

    fn transition(&self, s: usize, t: usize) -> Transition<'_> {
        Transition::new(self.chart(s), self.chart(t), &self.transitions[s][t])
    }

    /// What there is to say of a transition at z; `points` are the molecule in both charts.
    pub(super) fn at(
        &self,
        transition: TransitionIndex,
        z: &[f64],
        points: [&ChartPoint; 2],
        overlap: OverlapBound,
    ) -> PairPoint {
        let apart = points[0].image.iter().zip(&points[1].image);
        let consistency = apart.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let errors = [
            consistency,
            points[0].inverse_error,
            points[1].inverse_error,
        ];
        let mut note = points[0].local.as_ref().err().cloned();
        let defects = match note {
            Some(_) => Defects::default(),
            None => self.defects(transition, z, &mut note),
        };
        // a NaN among the errors stays
        let largest = errors
            .into_iter()
            .fold(0.0_f64, |a, b| if a.is_nan() || b <= a { a } else { b });
        let overlap_error = largest / overlap.scale;
        PairPoint {
            consistency,
            overlap_error,
            // false for NaN too
            overlap: overlap_error <= overlap.tolerance,
            defects,
            note,
        }
    }

    fn defects(
        &self,
        transition: TransitionIndex,
        z: &[f64],
        note: &mut Option<String>,
    ) -> Defects {
        let TransitionIndex { s, t } = transition;
        let tau = self.transition(s, t);
        let (d, m) = (z.len(), self.chart(s).target_dim());
        let mut kept = |value: geometry::Result<f64>| match value {
            Ok(value) => Some(value),
            Err(error) => {
                let error = self.chart(t).explain(error);
                note.get_or_insert_with(|| format!("at the image: {}", explained(&error)));
                None
            }
        };
        Defects {
            isometry: kept(tau.isometry(z).map(|defect| defect.norm)),
            affine: kept(tau.affine(z).map(|defect| defect.norm)),
            curvature: match (d, m > d) {
                (1, _) => None,
                (_, false) => Some(0.0),
                (_, true) => kept(tau.curvature(z).map(f64::abs)),
            },
            inverse: kept(tau.inverse(&self.transitions[t][s], z)),
            cocycle: self.cocycle(transition, z, &mut kept),
        }
    }

    fn cocycle(
        &self,
        TransitionIndex { s, t }: TransitionIndex,
        z: &[f64],
        kept: &mut impl FnMut(geometry::Result<f64>) -> Option<f64>,
    ) -> Option<f64> {
        let direct = self.transition(s, t);
        let between = (0..self.transitions.len()).filter(|&u| u != s && u != t);
        let lengths = between.map(|u| {
            let (first, second) = (self.transition(s, u), self.transition(u, t));
            kept(cocycle_defect(&first, &second, &direct, z))
        });
        lengths.reduce(|a, b| Some(a?.max(b?))).flatten()
    }
}

/// One sentence without the point, which stands beside it.
fn explained(error: &geometry::Error) -> String {
    match error.kind() {
        ErrorKind::Singular {
            singular_values, ..
        } => super::chart_point::no_metric(singular_values),
        ErrorKind::NotFinite { quantity, .. } => format!("the {quantity} is not finite"),
        _ => error.to_string(),
    }
}

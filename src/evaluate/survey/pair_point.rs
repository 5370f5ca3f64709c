//! How two charts fit together at the molecules of a sample.

use rayon::prelude::*;

use super::chart_point::{ChartPoint, SurveyedChart, length};
use crate::chart::{BatchTransition, Perceptron, TransitionDefects};
use crate::gate::TaskCharts;

/// Points of which values are computed at a time.
const POINTS: usize = 64;
/// What may overflow where a metric does not.
const IMAGE: &str = "image of a transition";

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
    pub(super) charts: &'a [SurveyedChart<'a>],
    /// τ_{s→t}, `[s][t]`.
    maps: Vec<Vec<Perceptron>>,
}

/// A transition between two charts, prepared for many points.
pub(super) struct SurveyedTransition<'a> {
    atlas: &'a SurveyedAtlas<'a>,
    index: TransitionIndex,
    geometry: BatchTransition<'a>,
}

impl<'a> SurveyedAtlas<'a> {
    pub(super) fn new(charts: &'a [SurveyedChart<'a>], tasks: &TaskCharts) -> Self {
        let count = 0..charts.len();
        let from = |s| count.clone().map(|t| tasks.transition(s, t)).collect();
        Self {
            maps: count.clone().map(from).collect(),
            charts,
        }
    }

    pub(super) fn transition(&'a self, index: TransitionIndex) -> SurveyedTransition<'a> {
        let TransitionIndex { s, t } = index;
        let [from, to] = [s, t].map(|t| &self.charts[t].geometry);
        SurveyedTransition {
            atlas: self,
            index,
            geometry: BatchTransition::new(from, to, &self.maps[s][t]),
        }
    }

    /// τ_{s→t} at many points.
    fn values(&self, s: usize, t: usize, points: &[f64]) -> Vec<f64> {
        let map = &self.maps[s][t];
        let parts = points.par_chunks(POINTS * map.inputs());
        parts.flat_map_iter(|part| map.evaluate(part)).collect()
    }
}

impl SurveyedTransition<'_> {
    /// What there is to say at the points z, `[point][i]`; `points` are the same molecules in both charts.
    pub(super) fn at(
        &self,
        z: &[f64],
        points: [&[ChartPoint]; 2],
        overlap: OverlapBound,
    ) -> Vec<PairPoint> {
        let ends = self.ends(z);
        let point = |(k, (from, to)): (usize, (&ChartPoint, &ChartPoint))| {
            let mut note = from.local.as_ref().err().cloned();
            let defects = match note {
                Some(_) => Defects::default(),
                None => self.defects(&ends, k, from, &mut note),
            };
            PairPoint::new([from, to], overlap, (defects, note))
        };
        let each = points[0].iter().zip(points[1]).enumerate();
        each.map(point).collect()
    }

    /// Where the points z arrive on all ways, and the defects that need derivatives.
    fn ends(&self, z: &[f64]) -> Ends {
        let (TransitionIndex { s, t }, atlas) = (self.index, self.atlas);
        let images = atlas.values(s, t, z);
        let between = (0..atlas.charts.len()).filter(|&u| u != s && u != t);
        let detour = |u| atlas.values(u, t, &atlas.values(s, u, z));
        Ends {
            returned: apart(atlas.values(t, s, &images), z),
            detours: between.map(|u| apart(detour(u), &images)).collect(),
            local: self.geometry.defects(z, images),
        }
    }

    /// The defects at point k, and why one does not exist.
    fn defects(
        &self,
        ends: &Ends,
        k: usize,
        from: &ChartPoint,
        note: &mut Option<String>,
    ) -> Defects {
        let (target, local) = (&self.atlas.charts[self.index.t], &ends.local);
        let (d, m) = target.dims();
        let (vector, matrix) = (k * d..(k + 1) * d, k * d * d..(k + 1) * d * d);
        let factor = &local.target_factor[matrix.clone()];
        let why = |what: &str| match factor[0].is_nan() {
            true => target.no_metric(&local.images[vector.clone()]),
            false => format!("the {what} is not finite"),
        };
        let mut kept = |value: f64, what: &str| {
            if !value.is_finite() {
                note.get_or_insert_with(|| format!("at the image: {}", why(what)));
            }
            value.is_finite().then_some(value)
        };
        let isometry = kept(local.isometry[k], "metric");
        let affine = kept(local.affine[k], "connection");
        let curvature = match (d, from.curvature()) {
            (1, _) | (_, None) => None,
            _ if m == d => Some(0.0),
            (_, Some(here)) => kept((local.target_scalar[k] - here.scalar).abs(), "curvature"),
        };
        let length_of = |factor: &[f64], v: &[f64]| length(factor, &v[vector.clone()]);
        let back = length_of(&local.source_factor[matrix], &ends.returned);
        let inverse = kept(back, IMAGE);
        let detours = ends.detours.iter();
        let detours = detours.map(|apart| kept(length_of(factor, apart), IMAGE));
        Defects {
            isometry,
            affine,
            curvature,
            inverse,
            cocycle: detours.reduce(|a, b| Some(a?.max(b?))).flatten(),
        }
    }
}

impl PairPoint {
    /// A molecule at both ends, with its defects and why one does not exist.
    fn new(
        points: [&ChartPoint; 2],
        overlap: OverlapBound,
        (defects, note): (Defects, Option<String>),
    ) -> Self {
        let apart = points[0].image.iter().zip(&points[1].image);
        let consistency = apart.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let errors = [
            consistency,
            points[0].inverse_error,
            points[1].inverse_error,
        ];
        // a NaN among the errors stays
        let largest = errors
            .into_iter()
            .fold(0.0_f64, |a, b| if a.is_nan() || b <= a { a } else { b });
        let overlap_error = largest / overlap.scale;
        Self {
            consistency,
            overlap_error,
            // false for NaN too
            overlap: overlap_error <= overlap.tolerance,
            defects,
            note,
        }
    }
}

/// Where a transition leads from the points of a batch, and what it is compared with.
struct Ends {
    /// τ_{t→s}(τ_{s→t}(z)) − z, `[point][i]`.
    returned: Vec<f64>,
    /// τ_{u→t}(τ_{s→u}(z)) − τ_{s→t}(z) for every task u between, `[point][i]`.
    detours: Vec<Vec<f64>>,
    /// Images, factors of the metrics, and the defects that need derivatives.
    local: TransitionDefects,
}

/// a − b.
fn apart(mut a: Vec<f64>, b: &[f64]) -> Vec<f64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    a
}

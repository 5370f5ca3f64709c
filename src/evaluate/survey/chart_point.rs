//! The geometry of one chart at the points of a sample.

use rayon::prelude::*;

use super::planes::FrameForm;
use crate::chart::{BatchGeometry, LatentChart, Perceptron, SecondForms};
use crate::gate::TaskChart;
use crate::geometry::conventions::{ROUNDOFF, pairs, rank};
use crate::geometry::{C1Map, Jet1};
use crate::random::Stream;
use crate::tensor::{View, singular_values};

/// Everything a survey says of one chart at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartPoint {
    /// u = φ(z), m numbers.
    pub image: Vec<f64>,
    /// Singular values of the Jacobian of φ, descending.
    pub singular_values: Vec<f64>,
    /// [Rank](rank) of the Jacobian.
    pub rank: usize,
    /// Length of the image of ψ(φ(z)) − z under the Jacobian: its length in g.
    pub inverse_error: f64,
    /// Metric and curvature, or why there is none.
    pub local: Result<PointGeometry, String>,
}

/// Metric and curvature at a point where φ is an immersion.
#[derive(Clone, Debug, PartialEq)]
pub struct PointGeometry {
    /// Eigenvalues of g, ascending: the squares of the singular values, which keep twice the digits.
    pub eigenvalues: Vec<f64>,
    /// √det g.
    pub volume_element: f64,
    /// Curvature; none in one dimension, where there is no plane.
    pub curvature: Option<PointCurvature>,
}

/// Curvature at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointCurvature {
    /// The scalar curvature R.
    pub scalar: f64,
    /// The smallest sectional curvature: exact up to three dimensions, above the smallest found.
    pub sectional_min: f64,
    /// The largest sectional curvature: exact up to three dimensions, above the largest found.
    pub sectional_max: f64,
    /// Lower bound of the sectional curvature: the smallest eigenvalue of the curvature operator.
    pub sectional_lower: f64,
    /// Upper bound of the sectional curvature: the largest eigenvalue of the curvature operator.
    pub sectional_upper: f64,
}

impl PointGeometry {
    /// Ratio of the extreme eigenvalues of g.
    pub fn condition(&self) -> f64 {
        self.eigenvalues[self.eigenvalues.len() - 1] / self.eigenvalues[0]
    }
}

impl PointCurvature {
    /// Of a chart with as many ambient components as coordinates.
    const FLAT: Self = Self {
        scalar: 0.0,
        sectional_min: 0.0,
        sectional_max: 0.0,
        sectional_lower: 0.0,
        sectional_upper: 0.0,
    };

    /// `ρ_ε = √(3 ε / max|K|)` with the extremes found; infinite where they are zero.
    pub fn flatness_radius(&self, epsilon: f64) -> f64 {
        radius(epsilon, self.sectional_min, self.sectional_max)
    }

    /// `√(3 ε / max|K|)` with the eigenvalue bounds on K: a lower bound of ρ_ε; infinite where they
    /// are zero.
    pub fn certified_radius(&self, epsilon: f64) -> f64 {
        radius(epsilon, self.sectional_lower, self.sectional_upper)
    }
}

fn radius(epsilon: f64, min: f64, max: f64) -> f64 {
    (3.0 * epsilon / min.abs().max(max.abs())).sqrt()
}

impl ChartPoint {
    /// Metric and curvature, where there are.
    pub fn geometry(&self) -> Option<&PointGeometry> {
        self.local.as_ref().ok()
    }

    /// Curvature, where there is.
    pub fn curvature(&self) -> Option<&PointCurvature> {
        self.geometry()?.curvature.as_ref()
    }
}

/// The maps of a task, prepared for many points.
pub(super) struct SurveyedChart<'a> {
    chart: &'a LatentChart,
    pub(super) geometry: BatchGeometry<'a>,
    inverse: &'a Perceptron,
}

impl<'a> SurveyedChart<'a> {
    pub(super) fn new(task: &'a TaskChart) -> Self {
        Self {
            chart: &task.transfer,
            geometry: BatchGeometry::new(task.transfer.map()),
            inverse: &task.inverse,
        }
    }

    /// The dimensions d and m.
    pub(super) fn dims(&self) -> (usize, usize) {
        (self.chart.map().inputs(), self.chart.map().outputs())
    }

    /// How many points are worked on at a time: their second fundamental forms are held together.
    pub(super) fn block(&self) -> usize {
        const BYTES: usize = 32 << 20;
        const RANGE: [usize; 2] = [48, 512];
        let (d, m) = self.dims();
        (BYTES / (pairs(d) * m * size_of::<f64>())).clamp(RANGE[0], RANGE[1])
    }

    /// The chart at the points z, `[point][i]`; `starts` draws the directions from which the search for extreme planes
    /// begins, by the number of the point among these.
    pub(super) fn at(&self, z: &[f64], starts: impl Fn(usize) -> Stream + Sync) -> Vec<ChartPoint> {
        let (d, m) = self.dims();
        let images = self.chart.map().evaluate(z);
        let mut apart = self.inverse.evaluate(&images);
        apart.iter_mut().zip(z).for_each(|(back, z)| *back -= z);
        let forms = match d > 1 && m > d {
            true => self.geometry.second_form(z),
            false => SecondForms {
                factor: self.geometry.factor(z),
                ..SecondForms::default()
            },
        };
        let point = |(k, factor): (usize, &[f64])| {
            let image = images[k * m..(k + 1) * m].to_vec();
            let apart = &apart[k * d..(k + 1) * d];
            if factor[0].is_nan() {
                return self.degenerate(&z[k * d..(k + 1) * d], apart, image);
            }
            let singular_values = singular_values(View::new(factor, d, d));
            ChartPoint {
                image,
                rank: rank(&singular_values, ROUNDOFF),
                inverse_error: length(factor, apart),
                local: immersed(&forms, k, &singular_values, || starts(k)),
                singular_values,
            }
        };
        let points = forms.factor.par_chunks_exact(d * d).enumerate();
        points.map(point).collect()
    }

    /// A point without a metric, from its Jacobian alone.
    fn degenerate(&self, z: &[f64], apart: &[f64], image: Vec<f64>) -> ChartPoint {
        let mut jet = Jet1::new();
        self.chart.jet1(z, &mut jet);
        let mut pushed = vec![0.0; image.len()];
        jet.push_forward(apart, &mut pushed);
        let singular_values = self.chart.singular_values(z);
        ChartPoint {
            image,
            rank: rank(&singular_values, ROUNDOFF),
            inverse_error: norm(pushed.into_iter()),
            local: Err(explained(&singular_values)),
            singular_values,
        }
    }

    /// Why there is no metric at z.
    pub(super) fn no_metric(&self, z: &[f64]) -> String {
        explained(&self.chart.singular_values(z))
    }
}

/// Why there is no metric, in one sentence without the point, which stands beside it.
fn explained(singular_values: &[f64]) -> String {
    let values: Vec<String> = singular_values.iter().map(|s| format!("{s:.3e}")).collect();
    format!(
        "the Jacobian has not full rank (singular values {}): no metric here",
        values.join(", ")
    )
}

/// Metric and curvature at point k, which has a metric; without components of II there is no curvature.
fn immersed(
    forms: &SecondForms,
    k: usize,
    singular_values: &[f64],
    starts: impl FnOnce() -> Stream,
) -> Result<PointGeometry, String> {
    let d = singular_values.len();
    let curvature = match (d, forms.components) {
        (1, _) => None,
        (_, 0) => Some(PointCurvature::FLAT),
        _ => Some(curvature(forms, (k, d), &mut starts())?),
    };
    let factor = &forms.factor[k * d * d..(k + 1) * d * d];
    Ok(PointGeometry {
        eigenvalues: singular_values.iter().rev().map(|s| s * s).collect(),
        volume_element: (0..d).map(|a| factor[a * d + a]).product(),
        curvature,
    })
}

/// The curvature at point k in d dimensions, or that it is not finite.
fn curvature(
    forms: &SecondForms,
    (k, d): (usize, usize),
    starts: &mut Stream,
) -> Result<PointCurvature, String> {
    let (scalar, size) = (forms.scalar[k], pairs(d) * forms.components);
    if !scalar.is_finite() {
        return Err("the second fundamental form is not finite".to_owned());
    }
    let form = &forms.form[k * size..(k + 1) * size];
    let range = FrameForm::new(d, form).sectional_range(starts);
    Ok(PointCurvature {
        scalar,
        sectional_min: range.min,
        sectional_max: range.max,
        sectional_lower: range.lower,
        sectional_upper: range.upper,
    })
}

/// |R v|, the length of v in g = Rᵀ R, R being `[a][i]`.
pub(super) fn length(factor: &[f64], v: &[f64]) -> f64 {
    let row = |row: &[f64]| row.iter().zip(v).map(|(r, v)| r * v).sum::<f64>();
    norm(factor.chunks_exact(v.len()).map(row))
}

fn norm(v: impl Iterator<Item = f64>) -> f64 {
    v.map(|v| v * v).sum::<f64>().sqrt()
}

//! The geometry of one chart at one point.

use super::planes::FrameForm;
use crate::chart::{LatentChart, Perceptron};
use crate::geometry::conventions::{ROUNDOFF, rank};
use crate::geometry::{self, C1Map, ErrorKind, Jet1, LocalGeometry, Map, quantity};
use crate::random::Stream;

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
    /// The geometry of `chart` at z; `starts` draws directions for the search for extreme planes,
    /// `local` is working memory.
    pub(super) fn at(
        (chart, inverse): (&LatentChart, &Perceptron),
        z: &[f64],
        starts: &mut Stream,
        local: &mut LocalGeometry,
    ) -> Self {
        let mut jet = Jet1::new();
        chart.jet1(z, &mut jet);
        let image = jet.value().to_vec();
        let singular_values = chart.singular_values(z);
        Self {
            rank: rank(&singular_values, ROUNDOFF),
            inverse_error: inverse_error(inverse, &jet, z),
            local: point_geometry(chart, z, &singular_values, starts, local)
                .map_err(|error| explained(&error)),
            singular_values,
            image,
        }
    }

    /// Metric and curvature, where there are.
    pub fn geometry(&self) -> Option<&PointGeometry> {
        self.local.as_ref().ok()
    }

    /// Curvature, where there is.
    pub fn curvature(&self) -> Option<&PointCurvature> {
        self.geometry()?.curvature.as_ref()
    }
}

/// |J (ψ(φ(z)) − z)|.
fn inverse_error(inverse: &Perceptron, jet: &Jet1, z: &[f64]) -> f64 {
    let mut difference = vec![0.0; z.len()];
    inverse.value(jet.value(), &mut difference);
    difference
        .iter_mut()
        .zip(z)
        .for_each(|(back, z)| *back -= z);
    let mut pushed = vec![0.0; jet.target_dim()];
    jet.push_forward(&difference, &mut pushed);
    pushed.iter().map(|p| p * p).sum::<f64>().sqrt()
}

fn point_geometry(
    chart: &LatentChart,
    z: &[f64],
    singular_values: &[f64],
    starts: &mut Stream,
    local: &mut LocalGeometry,
) -> geometry::Result<PointGeometry> {
    chart.immersion(z)?;
    let (d, m) = (chart.source_dim(), chart.target_dim());
    let curved = d > 1 && m > d;
    let explain = |error| chart.explain(error);
    let (volume_element, curvature) = if curved {
        let curvatures = (
            quantity::SecondForm,
            quantity::Frame,
            quantity::ScalarCurvature,
        );
        let (volume_element, (form, frame, scalar)) = local
            .at(chart, z, (quantity::VolumeElement, curvatures))
            .map_err(explain)?;
        let range = FrameForm::new(form, frame).sectional_range(starts);
        let curvature = PointCurvature {
            scalar,
            sectional_min: range.min,
            sectional_max: range.max,
            sectional_lower: range.lower,
            sectional_upper: range.upper,
        };
        (volume_element, Some(curvature))
    } else {
        let volume_element = local
            .at(chart, z, quantity::VolumeElement)
            .map_err(explain)?;
        (volume_element, (d > 1).then_some(PointCurvature::FLAT))
    };
    Ok(PointGeometry {
        eigenvalues: singular_values.iter().rev().map(|s| s * s).collect(),
        volume_element,
        curvature,
    })
}

/// One sentence without the point, which stands beside it.
pub(super) fn explained(error: &geometry::Error) -> String {
    match error.kind() {
        ErrorKind::Singular {
            singular_values, ..
        } => {
            let values: Vec<String> = singular_values.iter().map(|s| format!("{s:.3e}")).collect();
            format!(
                "the Jacobian has not full rank (singular values {}): no metric here",
                values.join(", ")
            )
        }
        ErrorKind::NotFinite { quantity, .. } => format!("the {quantity} is not finite"),
        _ => error.to_string(),
    }
}

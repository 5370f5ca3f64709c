//! The complex projective line with the Fubini–Study metric.

use crate::dense::{dot, norm};
use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::charts::{conformal_christoffel, conformal_components};
use geogate_geometry::{
    C3MetricSource, C3Space, Formula, MetricField, MetricSource, Scalar, Space, Tensor,
};
use std::f64::consts::FRAC_PI_2;

/// CP¹ in the affine coordinate z = x + iy, `g = δ / (1 + |z|²)²`: K = 4, area π, given as a metric field.
#[derive(Clone, Copy, Debug)]
pub struct ComplexProjectiveLine;

impl Formula for ComplexProjectiveLine {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let w = x[0].square() + x[1].square() + 1.0;
        conformal_components(2, w.square().recip(), out);
    }
}

impl MetricField for ComplexProjectiveLine {
    /// The distance to the point at infinity.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        Some(FRAC_PI_2 - norm(x).atan())
    }
}

impl Space for ComplexProjectiveLine {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

impl C3Space for ComplexProjectiveLine {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Field(self)
    }
}

impl ClosedForms for ComplexProjectiveLine {
    fn name(&self) -> String {
        "complex projective line".into()
    }

    fn region(&self) -> Region {
        Region::cube(2, -1.0, 1.1)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::scaled_identity(2, (1.0 + dot(x, x)).powi(-2)))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let scale = -2.0 / (1.0 + dot(x, x));
        Some(conformal_christoffel(&[scale * x[0], scale * x[1]]))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(4.0)
    }

    /// atan |z − w| / |1 + z̄ w|.
    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        let apart = (x[0] - y[0]).hypot(x[1] - y[1]);
        Some(apart.atan2((1.0 + dot(x, y)).hypot(x[0] * y[1] - x[1] * y[0])))
    }
}

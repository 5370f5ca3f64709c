//! Enneper's minimal surface.

use geogate_geometry::charts::conformal_christoffel;
use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::{Chart, Formula, Scalar, Tensor};

/// Enneper's surface `(u − u³/3 + u v², v − v³/3 + v u², u² − v²)`; `g = (1 + u² + v²)² δ`.
#[derive(Clone, Copy, Debug)]
pub struct Enneper;

impl Formula for Enneper {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (u, v) = (x[0], x[1]);
        let (u2, v2) = (u.square(), v.square());
        out[0] = u - u2 * u / 3.0 + u * v2;
        out[1] = v - v2 * v / 3.0 + v * u2;
        out[2] = u2 - v2;
    }
}

impl Chart for Enneper {
    /// K ≤ 0 and complete on the whole plane of (u, v).
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl ClosedForms for Enneper {
    fn name(&self) -> String {
        "Enneper's surface".into()
    }

    fn region(&self) -> Region {
        Region::cube(2, -1.2, 1.1)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::scaled_identity(
            2,
            (1.0 + x[0] * x[0] + x[1] * x[1]).powi(2),
        ))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let w = 1.0 + x[0] * x[0] + x[1] * x[1];
        Some(conformal_christoffel(&[2.0 * x[0] / w, 2.0 * x[1] / w]))
    }

    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        Some(-8.0 * (1.0 + x[0] * x[0] + x[1] * x[1]).powi(-4))
    }
}

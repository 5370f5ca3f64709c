//! The Veronese surface: a curved surface with a three-dimensional normal space.

use geogate_geometry::charts::{ClosedForms, Region, Sphere};
use geogate_geometry::{Chart, Formula, Result, Scalar, Tensor};

/// `s √3 (yz, xz, xy, (x² − y²)/2, (x² + y² − 2z²)/(2√3))` of the unit sphere's point (x, y, z) at angles
/// (θ, φ), in R⁵: the metric is 3 s² that of the unit sphere, `K = 1/(3 s²)`.
#[derive(Clone, Copy, Debug)]
pub struct Veronese {
    s: f64,
}

impl Veronese {
    /// The Veronese surface in the sphere of radius s of R⁵.
    pub fn new(s: f64) -> Self {
        Self { s }
    }
}

impl Formula for Veronese {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        5
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let ((st, ct), (sp, cp)) = (x[0].sin_cos(), x[1].sin_cos());
        let (x, y, z) = (st * cp, st * sp, ct);
        let root = 3f64.sqrt() * self.s;
        out[0] = y * z * root;
        out[1] = x * z * root;
        out[2] = x * y * root;
        out[3] = (x.square() - y.square()) * (0.5 * root);
        out[4] = (x.square() + y.square() - z.square() * 2.0) * (0.5 * self.s);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        Formula::domain(&Sphere::new(2, 1.0), x)
    }
}

impl Chart for Veronese {
    /// The injectivity radius of the sphere of radius √3 s in angles.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        Sphere::new(2, 3f64.sqrt() * self.s).injectivity_radius(x)
    }
}

impl ClosedForms for Veronese {
    fn name(&self) -> String {
        format!("Veronese surface of size {}", self.s)
    }

    fn region(&self) -> Region {
        Sphere::new(2, 1.0).region()
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let scale = 3.0 * self.s * self.s;
        Some(Tensor::diagonal(&[scale, scale * x[0].sin().powi(2)]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        Sphere::new(2, 1.0).stated_christoffel(x)
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(1.0 / (3.0 * self.s * self.s))
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Sphere::new(2, 1.0).stated_exp(x, v)
    }
}

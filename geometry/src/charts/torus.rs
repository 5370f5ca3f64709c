//! The torus of revolution: curvature of both signs.

use super::{ClosedForms, Region};
use crate::formula::Formula;
use crate::scalar::Scalar;
use crate::space::Chart;
use crate::tensor::Tensor;
use std::f64::consts::PI;

/// `((R + r cos v) cos u, (R + r cos v) sin u, r sin v)`, coordinates (u, v), not wrapped, R > r > 0.
/// `K = cos v / (r (R + r cos v))`: positive outside, negative inside.
#[derive(Clone, Copy, Debug)]
pub struct Torus {
    major: f64,
    minor: f64,
}

impl Torus {
    /// The torus with centre circle of radius R and tube of radius r < R.
    pub fn new(major: f64, minor: f64) -> Self {
        Self { major, minor }
    }

    fn distance_to_axis(&self, v: f64) -> f64 {
        self.major + self.minor * v.cos()
    }
}

impl Formula for Torus {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let ((su, cu), (sv, cv)) = (x[0].sin_cos(), x[1].sin_cos());
        let w = cv * self.minor + self.major;
        out[0] = w * cu;
        out[1] = w * su;
        out[2] = sv * self.minor;
    }
}

impl Chart for Torus {
    /// A lower bound on the universal cover by Klingenberg's lemma. Conjugate points are π √(r (R + r)) away or more,
    /// because K ≤ 1/(r (R + r)). A geodesic loop encloses ∫K ≥ π by Gauss–Bonnet; with ranges a in u and b in v it
    /// encloses at most 2 a n, n = ⌈b/2π⌉ strips of positive curvature, and its half length is at least
    /// √((R − r)² a² + r² b²): for n = 1 that is ½ π (R − r) or more, for n ≥ 2, by the means' inequality,
    /// π √(2 r (R − r) (n − 1)/n) ≥ π √(r (R − r)), which is below the conjugate radius.
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        let (inner, tube) = (self.major - self.minor, self.minor);
        Some(PI * (0.5 * inner).min((tube * inner).sqrt()))
    }
}

impl ClosedForms for Torus {
    fn name(&self) -> String {
        format!("torus of radii {} and {}", self.major, self.minor)
    }

    fn region(&self) -> Region {
        Region::cube(2, -PI, PI)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::diagonal(&[
            self.distance_to_axis(x[1]).powi(2),
            self.minor * self.minor,
        ]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let w = self.distance_to_axis(x[1]);
        let mut gamma = Tensor::<3>::zeros(2);
        gamma[[1, 0, 0]] = w * x[1].sin() / self.minor;
        gamma[[0, 0, 1]] = -self.minor * x[1].sin() / w;
        gamma[[0, 1, 0]] = gamma[[0, 0, 1]];
        Some(gamma)
    }

    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        Some(2.0 * x[1].cos() / (self.minor * self.distance_to_axis(x[1])))
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        Some((self.region(), 4.0 * PI * PI * self.major * self.minor))
    }
}

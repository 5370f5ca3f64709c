//! Minimal surfaces: the catenoid and the helicoid, which are isometric. Both are conformal in these coordinates,
//! `g = λ δ`.

use super::{ClosedForms, Region, conformal_christoffel};
use crate::formula::Formula;
use crate::scalar::Scalar;
use crate::space::Chart;
use crate::tensor::Tensor;
use std::f64::consts::PI;

/// `a (cosh u cos v, cosh u sin v, u)`, coordinates (u, v), v not wrapped.
#[derive(Clone, Copy, Debug)]
pub struct Catenoid {
    a: f64,
}

impl Catenoid {
    /// The catenoid with waist radius a > 0.
    pub fn new(a: f64) -> Self {
        Self { a }
    }
}

/// `a (sinh u cos v, sinh u sin v, v)`, coordinates (u, v): isometric to the catenoid, u and v alike.
#[derive(Clone, Copy, Debug)]
pub struct Helicoid {
    a: f64,
}

impl Helicoid {
    /// The helicoid of pitch 2πa, a > 0.
    pub fn new(a: f64) -> Self {
        Self { a }
    }
}

impl Formula for Catenoid {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (s, c) = x[1].sin_cos();
        let radius = x[0].cosh() * self.a;
        out[0] = radius * c;
        out[1] = radius * s;
        out[2] = x[0] * self.a;
    }
}

impl Formula for Helicoid {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (s, c) = x[1].sin_cos();
        let radius = x[0].sinh() * self.a;
        out[0] = radius * c;
        out[1] = radius * s;
        out[2] = x[1] * self.a;
    }
}

impl Chart for Catenoid {
    /// K < 0 on the whole plane of (u, v): no conjugate points, no second geodesic.
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl Chart for Helicoid {
    /// K < 0 on the whole plane of (u, v): no conjugate points, no second geodesic.
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

/// The closed forms the two surfaces share, `g = a² cosh² u δ`, `K = −1/(a² cosh⁴ u)`.
macro_rules! shared_closed_forms {
    ($surface:ident, $name:literal) => {
        impl ClosedForms for $surface {
            fn name(&self) -> String {
                format!(concat!($name, " of size {}"), self.a)
            }

            fn region(&self) -> Region {
                Region::new(&[-1.2, -2.0], &[1.3, 2.5])
            }

            fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
                Some(Tensor::scaled_identity(2, (self.a * x[0].cosh()).powi(2)))
            }

            fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
                Some(conformal_christoffel(&[x[0].tanh(), 0.0]))
            }

            fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
                Some(catenoid_scalar(self.a, x[0]))
            }

            fn stated_volume(&self) -> Option<(Region, f64)> {
                Some((
                    Region::new(&[-1.0, 0.0], &[1.0, 2.0 * PI]),
                    catenoid_area(self.a),
                ))
            }
        }
    };
}
shared_closed_forms!(Catenoid, "catenoid");
shared_closed_forms!(Helicoid, "helicoid");

/// R = 2K = −2/(a² cosh⁴ u).
fn catenoid_scalar(a: f64, u: f64) -> f64 {
    -2.0 / (a * a * u.cosh().powi(4))
}

/// Area over u ∈ [−1, 1], v ∈ [0, 2π]: a² 2π ∫ cosh² u du = a² π (2 + sinh 2).
fn catenoid_area(a: f64) -> f64 {
    a * a * PI * (2.0 + 2f64.sinh())
}

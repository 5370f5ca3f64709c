//! Geodesics: curves that do not turn, `ẍ^k = −Γ^k_ij ẋ^i ẋ^j`, and the maps made of them.
//!
//! ```text
//! exp_p(v) = γ(1)        for the geodesic γ with γ(0) = p, γ'(0) = v; its length is √g(v, v)
//! log_p(q) = v           with exp_p(v) = q
//! ∇_γ' w = 0             parallel transport of w
//! ∇_γ' ∇_γ' J = −R(J, γ') γ'   Jacobi fields; where one vanishes twice, the ends are conjugate
//! ```
//!
//! Points and vectors are d coordinates; several at once are rows, `[vector][i]`. Linear maps between tangent spaces
//! (the differential of exp, holonomy) are `[i][j]`, column j the image of ∂_j. Curves run over [0, 1]; errors are
//! relative to the size of the solution in coordinates ([`Integrator`]).
//!
//! **Accuracy of the end point.** A geodesic is that of a velocity a few 1e-13 beside the one given, and its end moves
//! with the [differential of exp](exp_differential): in flat and positively curved spaces by about 1e-11 of the length
//! at most, where the curvature is −κ² by up to e^(κℓ) as much across it. In the hyperbolic plane (κ = 1) the end is
//! right to 2e-12 at length 2, 2e-9 at 10, 1e-4 at 20, and to no digit from 30 on; the speed is kept to 1e-11 all the way.
//!
//! The right-hand side takes the value, d first derivatives and one second directional derivative of the
//! chart: Γ(v, v) is the least-squares solution y of `J y = D²f(v, v)`.
//!
//! ```
//! use geogate_geometry::{charts::StereographicSphere, exp, log};
//! let sphere = StereographicSphere::new(2, 1.0);
//! // from the south pole straight on for a quarter of a great circle, to the equator (g = 4 at the pole)
//! let v = [std::f64::consts::FRAC_PI_4, 0.0];
//! let q = exp(&sphere, &[0.0, 0.0], &v)?;
//! assert!((q[0] - 1.0).abs() < 1e-10);
//! let back = log(&sphere, &[0.0, 0.0], &q)?;
//! assert!((back.velocity[0] - v[0]).abs() < 1e-10 && back.is_minimal());
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

mod conjugate;
mod jacobi;
mod logarithm;
mod relaxation;
mod spray;
mod transport;

pub use conjugate::{ConjugateScan, first_conjugate_point};
pub use jacobi::{ExpDifferential, JacobiFields, exp_differential, jacobi_fields};
pub use logarithm::{DEFAULT_LOG_TOLERANCE, Logarithm, Minimality, Route, distance, log, log_with};
pub use transport::{Transport, holonomy, transport, transport_along};

use crate::dense;
use crate::error::{Error, Result};
use crate::metric;
use crate::ode::{self, Effort, Integrator, System, Trajectory};
use crate::space::Space;
use spray::Spray;

/// A geodesic on the parameter interval [0, 1], with dense output.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Geodesic {
    dim: usize,
    length: f64,
    trajectory: Trajectory,
}

impl Geodesic {
    /// x(t), t in [0, 1] (clamped).
    pub fn position(&self, t: f64) -> Vec<f64> {
        let mut state = self.trajectory.at(t);
        state.truncate(self.dim);
        state
    }

    /// ẋ(t), t in [0, 1] (clamped).
    pub fn velocity(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t).split_off(self.dim)
    }

    /// The length, √g(v, v) of the initial velocity.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Steps and evaluations it took.
    pub fn effort(&self) -> Effort {
        self.trajectory.effort
    }

    /// The parameters between steps, from 0 to 1.
    pub fn times(&self) -> &[f64] {
        self.trajectory.times()
    }
}

/// The geodesic from x with velocity v, over [0, 1].
///
/// # Errors
/// Where it runs out of the chart ([`ErrorKind::Stalled`](crate::ErrorKind::Stalled) with the parameter reached),
/// where the metric is degenerate, and where a setting of the method is out of range
/// ([`ErrorKind::Setting`](crate::ErrorKind::Setting)).
pub fn geodesic(space: &dyn Space, x: &[f64], v: &[f64], method: Integrator) -> Result<Geodesic> {
    let trajectory = shoot(space, x, v, method, true)?;
    let length = metric::inner(space, x, v, v)?.sqrt();
    Ok(Geodesic {
        dim: x.len(),
        length,
        trajectory,
    })
}

/// exp_x(v), by the default method; [the module](self) says how accurate it is.
///
/// # Errors
/// As [`geodesic`].
pub fn exp(space: &dyn Space, x: &[f64], v: &[f64]) -> Result<Vec<f64>> {
    exp_with(space, x, v, Integrator::default())
}

/// exp_x(v), by a given method.
///
/// # Errors
/// As [`geodesic`].
pub fn exp_with(space: &dyn Space, x: &[f64], v: &[f64], method: Integrator) -> Result<Vec<f64>> {
    Ok(shoot(space, x, v, method, false)?.end()[..x.len()].to_vec())
}

/// Integrates (x, ẋ) over [0, 1].
fn shoot(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    method: Integrator,
    dense: bool,
) -> Result<Trajectory> {
    let mut system = GeodesicSystem {
        space,
        spray: Spray::default(),
    };
    let start = [x, v].concat();
    ode::solve(&mut system, &start, &geodesic_floor(v), method, dense)
}

/// The size relative to which errors of position and velocity are judged: the velocity's, for both.
fn geodesic_floor(v: &[f64]) -> Vec<f64> {
    vec![dense::norm(v).max(f64::MIN_POSITIVE); 2 * v.len()]
}

struct GeodesicSystem<'a> {
    space: &'a dyn Space,
    spray: Spray,
}

impl System for GeodesicSystem<'_> {
    fn rhs(&mut self, _: f64, y: &[f64], dy: &mut [f64]) -> Result<()> {
        let (x, v) = y.split_at(y.len() / 2);
        let (dx, dv) = dy.split_at_mut(y.len() / 2);
        if !dense::all_finite(y) {
            return Err(Error::not_finite("geodesic", x));
        }
        dx.copy_from_slice(v);
        self.spray.acceleration(self.space, x, v, dv)
    }
}

//! Reference charts that state their own answers.
//!
//! Each is written as one [`Formula`](crate::Formula) and carries, typed independently of the crate's
//! contractions, whatever is known of it in closed form: metric, Christoffel symbols, curvature, geodesics,
//! distances, volumes, injectivity radius ([`ClosedForms`]). They are test objects, starting points and documentation
//! at once.
//!
//! | space | d | n | coordinates | curvature |
//! |---|---|---|---|---|
//! | [`Plane`] | any | d | Cartesian | 0 |
//! | [`PolarPlane`], [`Cylinder`], [`Cone`] | 2 | 2, 3, 3 | (ρ, φ), (φ, z), (s, φ) | 0 |
//! | [`CliffordTorus`] | 2 | 4 | (u, v) | 0 |
//! | [`Sphere`], [`StereographicSphere`] | any | d + 1 | angles, projection | 1/r² |
//! | [`Torus`] | 2 | 3 | (u, v) | both signs |
//! | [`HyperbolicHalfSpace`], [`HyperbolicBall`] | any | metric field | x_d > 0, \|x\| < 1 | −1 |
//! | [`Catenoid`], [`Helicoid`] | 2 | 3 | conformal | negative |
//!
//! ```
//! use geogate_geometry::charts::{ClosedForms, HyperbolicBall};
//! use geogate_geometry::{curvature, distance};
//! let ball = HyperbolicBall::new(3);
//! let (x, y) = ([0.1, 0.2, -0.1], [0.3, -0.2, 0.0]);
//! // computed from the metric, and stated
//! assert!((curvature::scalar_curvature(&ball, &x)? + 6.0).abs() < 1e-12);
//! assert_eq!(ball.stated_scalar(&x), Some(-6.0));
//! let stated = ball.stated_distance(&x, &y).ok_or("the ball states its distances")?;
//! assert!((distance(&ball, &x, &y)? - stated).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod flat;
mod hyperbolic;
mod minimal;
mod sphere;
mod torus;

pub use flat::{CliffordTorus, Cone, Cylinder, Plane, PolarPlane};
pub use hyperbolic::{HyperbolicBall, HyperbolicHalfSpace};
pub use minimal::{Catenoid, Helicoid};
pub use sphere::{Sphere, StereographicSphere};
pub use torus::Torus;

use crate::conventions::pair;
use crate::scalar::Scalar;
use crate::space::C3Space;
use crate::tensor::Tensor;

/// A box of coordinates: where closed forms are sampled and volumes stated.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Region {
    /// Lower ends, one per coordinate.
    pub lower: Vec<f64>,
    /// Upper ends, one per coordinate.
    pub upper: Vec<f64>,
}

impl Region {
    /// The box Π [lower_i, upper_i].
    pub fn new(lower: &[f64], upper: &[f64]) -> Self {
        Self {
            lower: lower.to_vec(),
            upper: upper.to_vec(),
        }
    }

    /// The cube [lower, upper]^d.
    pub fn cube(d: usize, lower: f64, upper: f64) -> Self {
        Self {
            lower: vec![lower; d],
            upper: vec![upper; d],
        }
    }

    /// The point at fractions `unit` of the sides, each in [0, 1].
    pub fn point(&self, unit: &[f64]) -> Vec<f64> {
        let ends = self.lower.iter().zip(&self.upper);
        ends.zip(unit).map(|((l, u), t)| l + t * (u - l)).collect()
    }

    /// The middle of the box.
    pub fn centre(&self) -> Vec<f64> {
        self.point(&vec![0.5; self.lower.len()])
    }
}

/// What a space knows of itself in closed form; `None` where nothing is known.
pub trait ClosedForms: C3Space {
    /// A short name with the parameters: "sphere S² of radius 2".
    fn name(&self) -> String;

    /// A box well inside the domain.
    fn region(&self) -> Region;

    /// g_ij, `[i][j]`.
    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>>;

    /// Γ^k_ij, `[k][i][j]`.
    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let _ = x;
        None
    }

    /// The scalar curvature R.
    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        self.constant_curvature()
            .map(|k| k * (x.len() * (x.len() - 1)) as f64)
    }

    /// R_ijkl, `[i][j][k][l]`. By default `K (g_ik g_jl − g_il g_jk)` where K is constant or d = 2.
    fn stated_riemann(&self, x: &[f64]) -> Option<Tensor<4>> {
        let k = match x.len() {
            2 => self.stated_scalar(x)? / 2.0,
            _ => self.constant_curvature()?,
        };
        Some(constant_curvature_tensor(k, &self.stated_metric(x)?))
    }

    /// The sectional curvature, where it is the same for all points and planes.
    fn constant_curvature(&self) -> Option<f64> {
        None
    }

    /// Whether ∇R = 0, as where the curvature is constant.
    fn is_locally_symmetric(&self) -> bool {
        self.constant_curvature().is_some()
    }

    /// Whether Ric = (R/d) g.
    fn is_einstein(&self) -> bool {
        self.constant_curvature().is_some() || self.dim() == 2
    }

    /// exp_x(v), for v shorter than the injectivity radius.
    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        let _ = (x, v);
        None
    }

    /// The geodesic distance, within the injectivity radius.
    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        let _ = (x, y);
        None
    }

    /// A box and its volume ∫ √det g dx.
    fn stated_volume(&self) -> Option<(Region, f64)> {
        None
    }
}

/// `K (g_ik g_jl − g_il g_jk)`.
fn constant_curvature_tensor(k: f64, g: &Tensor<2>) -> Tensor<4> {
    let d = g.dim();
    let mut out = Tensor::<4>::zeros(d);
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        for (k_, l) in (0..d * d).map(|at| (at / d, at % d)) {
            out[[i, j, k_, l]] = k * (g[[i, k_]] * g[[j, l]] - g[[i, l]] * g[[j, k_]]);
        }
    }
    out
}

/// `Γ^k_ij = δ_ki φ_j + δ_kj φ_i − δ_ij φ_k`, `[k][i][j]`, of the metric `e^{2φ} δ_ij`, from the gradient `φ_i = ∂_i φ`.
///
/// ```
/// // the half-plane, g = δ / y²: φ = −ln y
/// let gamma = geogate_geometry::charts::conformal_christoffel(&[0.0, -1.0 / 2.0]);
/// assert_eq!((gamma[[1, 0, 0]], gamma[[0, 0, 1]], gamma[[1, 1, 1]]), (0.5, -0.5, -0.5));
/// ```
pub fn conformal_christoffel(grad: &[f64]) -> Tensor<3> {
    let d = grad.len();
    let mut gamma = Tensor::<3>::zeros(d);
    for i in 0..d {
        for j in 0..d {
            gamma[[i, i, j]] += grad[j];
            gamma[[j, i, j]] += grad[i];
            gamma[[j, i, i]] -= grad[j];
        }
    }
    gamma
}

/// The packed components of `λ δ_ij`, as [`MetricField`](crate::MetricField) takes them: those of e^{2φ} δ with λ = e^{2φ}.
pub fn conformal_components<S: Scalar>(d: usize, lambda: S, out: &mut [S]) {
    out.fill(S::constant(0.0));
    for i in 0..d {
        out[pair(i, i)] = lambda;
    }
}

/// The angle congruent to `angle` modulo 2π that is nearest to `near`.
fn lifted(angle: f64, near: f64) -> f64 {
    angle + std::f64::consts::TAU * ((near - angle) / std::f64::consts::TAU).round()
}

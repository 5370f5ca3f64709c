//! Hyperbolic space of curvature −1 and any dimension: half-space and ball.

use super::flat::positive;
use super::{ClosedForms, Region, conformal_christoffel, conformal_components};
use crate::dense::dot;
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::scalar::Scalar;
use crate::space::{C3MetricSource, C3Space, MetricField, MetricSource, Space};
use crate::tensor::Tensor;

/// The Poincaré half-space x_d > 0 with `g = δ / x_d²`.
#[derive(Clone, Copy, Debug)]
pub struct HyperbolicHalfSpace {
    d: usize,
}

impl HyperbolicHalfSpace {
    /// H^d, d ≥ 2.
    ///
    /// # Panics
    /// If d < 2.
    #[track_caller]
    pub fn new(d: usize) -> Self {
        assert!(d > 1, "hyperbolic space has dimension 2 or more");
        Self { d }
    }
}

impl Formula for HyperbolicHalfSpace {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d * (self.d + 1) / 2
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        conformal_components(self.d, x[self.d - 1].square().recip(), out);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        positive(x, self.d - 1, "x_d > 0")
    }
}

impl MetricField for HyperbolicHalfSpace {
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl Space for HyperbolicHalfSpace {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

impl C3Space for HyperbolicHalfSpace {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Field(self)
    }
}

impl ClosedForms for HyperbolicHalfSpace {
    fn name(&self) -> String {
        format!("hyperbolic half-space H^{}", self.d)
    }

    fn region(&self) -> Region {
        let mut region = Region::cube(self.d, -1.0, 1.0);
        (region.lower[self.d - 1], region.upper[self.d - 1]) = (0.4, 2.0);
        region
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::scaled_identity(self.d, x[self.d - 1].powi(-2)))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let mut grad = vec![0.0; self.d];
        grad[self.d - 1] = -1.0 / x[self.d - 1];
        Some(conformal_christoffel(&grad))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(-1.0)
    }

    /// Circles that meet x_d = 0 at right angles: with the horizontal speed a, the vertical speed b and the
    /// length s of v, `x = x_0 + a h sinh s/s / D`, `x_d = h / D`, `D = cosh s − (b/s) sinh s`, all in units of h.
    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        let h = x[self.d - 1];
        let s = dot(v, v).sqrt() / h;
        let sinhc = if s > 0.0 { s.sinh() / s } else { 1.0 };
        let b = v[self.d - 1] / h;
        let denominator = s.cosh() - b * sinhc;
        let mut out: Vec<f64> = x
            .iter()
            .zip(v)
            .map(|(x, v)| x + v * sinhc / denominator)
            .collect();
        out[self.d - 1] = h / denominator;
        Some(out)
    }

    /// 2 asinh(|x − y| / (2 √(x_d y_d))).
    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
        Some(2.0 * (0.5 * (square / (x[self.d - 1] * y[self.d - 1])).sqrt()).asinh())
    }

    /// The unit cube with its last side from ½ to 1: ∫ h^{−d} dh = (2^{d−1} − 1)/(d − 1).
    fn stated_volume(&self) -> Option<(Region, f64)> {
        let mut region = Region::cube(self.d, 0.0, 1.0);
        region.lower[self.d - 1] = 0.5;
        let m = self.d as i32 - 1;
        Some((region, (2f64.powi(m) - 1.0) / f64::from(m)))
    }
}

/// The Poincaré ball |x| < 1 with `g = 4 δ / (1 − |x|²)²`.
#[derive(Clone, Copy, Debug)]
pub struct HyperbolicBall {
    d: usize,
}

impl HyperbolicBall {
    /// H^d, d ≥ 2.
    ///
    /// # Panics
    /// If d < 2.
    #[track_caller]
    pub fn new(d: usize) -> Self {
        assert!(d > 1, "hyperbolic space has dimension 2 or more");
        Self { d }
    }
}

impl Formula for HyperbolicBall {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d * (self.d + 1) / 2
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut gap = S::constant(1.0);
        for &xi in x {
            gap -= xi.square();
        }
        conformal_components(self.d, (gap * 0.5).square().recip(), out);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        if dot(x, x) < 1.0 {
            Ok(())
        } else {
            Err(Error::outside_domain(x, "|x| < 1"))
        }
    }
}

impl MetricField for HyperbolicBall {
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl Space for HyperbolicBall {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

impl C3Space for HyperbolicBall {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Field(self)
    }
}

impl ClosedForms for HyperbolicBall {
    fn name(&self) -> String {
        format!("hyperbolic ball H^{}", self.d)
    }

    fn region(&self) -> Region {
        let side = 0.8 / (self.d as f64).sqrt();
        Region::cube(self.d, -side, side)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::scaled_identity(
            self.d,
            4.0 / (1.0 - dot(x, x)).powi(2),
        ))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let scale = 2.0 / (1.0 - dot(x, x));
        Some(conformal_christoffel(
            &x.iter().map(|x| scale * x).collect::<Vec<_>>(),
        ))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(-1.0)
    }

    /// Möbius addition x ⊕ tanh(s/2) v/|v|, with s = 2|v|/(1 − |x|²) the length of v.
    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        let (x2, length) = (dot(x, x), dot(v, v).sqrt());
        let t = (length / (1.0 - x2)).tanh();
        let w: Vec<f64> = v
            .iter()
            .map(|v| if length > 0.0 { t * v / length } else { 0.0 })
            .collect();
        let (xw, w2) = (dot(x, &w), dot(&w, &w));
        let denominator = 1.0 + 2.0 * xw + x2 * w2;
        let add = |(x, w): (&f64, &f64)| ((1.0 + 2.0 * xw + w2) * x + (1.0 - x2) * w) / denominator;
        Some(x.iter().zip(&w).map(add).collect())
    }

    /// 2 asinh(|x − y| / √((1 − |x|²)(1 − |y|²))).
    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
        Some(
            2.0 * (square / ((1.0 - dot(x, x)) * (1.0 - dot(y, y))))
                .sqrt()
                .asinh(),
        )
    }
}

//! Flat spaces in coordinates that do, and do not, look flat.

use super::{ClosedForms, Region};
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::scalar::Scalar;
use crate::space::Chart;
use crate::tensor::Tensor;
use std::f64::consts::PI;

/// R^d in Cartesian coordinates.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    d: usize,
}

impl Plane {
    /// Euclidean space of the given dimension.
    pub fn new(d: usize) -> Self {
        Self { d }
    }
}

impl Formula for Plane {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out.copy_from_slice(x);
    }
}

impl Chart for Plane {
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl ClosedForms for Plane {
    fn name(&self) -> String {
        format!("plane R^{}", self.d)
    }

    fn region(&self) -> Region {
        Region::cube(self.d, -2.0, 2.0)
    }

    fn stated_metric(&self, _: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::identity(self.d))
    }

    fn stated_christoffel(&self, _: &[f64]) -> Option<Tensor<3>> {
        Some(Tensor::<3>::zeros(self.d))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(x.iter().zip(v).map(|(x, v)| x + v).collect())
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        Some(
            x.iter()
                .zip(y)
                .map(|(x, y)| (x - y) * (x - y))
                .sum::<f64>()
                .sqrt(),
        )
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        Some((self.region(), 4f64.powi(self.d as i32)))
    }
}

/// The plane in polar coordinates (ρ, φ), ρ > 0: Γ ≠ 0 and yet R = 0. The angle is not wrapped.
#[derive(Clone, Copy, Debug)]
pub struct PolarPlane;

impl Formula for PolarPlane {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        2
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (s, c) = x[1].sin_cos();
        out[0] = x[0] * c;
        out[1] = x[0] * s;
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        positive(x, 0, "ρ > 0")
    }
}

/// x\[i\] > 0, or an error with the requirement.
pub(super) fn positive(x: &[f64], i: usize, requirement: &'static str) -> Result<()> {
    if x[i] > 0.0 {
        Ok(())
    } else {
        Err(Error::outside_domain(x, requirement))
    }
}

impl Chart for PolarPlane {
    /// The distance to the origin, which the chart leaves out.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        Some(x[0])
    }
}

impl ClosedForms for PolarPlane {
    fn name(&self) -> String {
        "polar plane".into()
    }

    fn region(&self) -> Region {
        Region::new(&[0.3, -1.0], &[2.0, 4.0])
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::diagonal(&[1.0, x[0] * x[0]]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        Some(polar_christoffel(x[0], 1.0))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(straight_in_polar(x, v, 1.0))
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        polar_distance(x, y, 1.0)
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        Some((Region::new(&[0.5, 0.0], &[2.0, 1.0]), 0.5 * (4.0 - 0.25)))
    }
}

/// Γ of dρ² + k² ρ² dφ²: Γ^ρ_φφ = −k² ρ, Γ^φ_ρφ = 1/ρ.
fn polar_christoffel(rho: f64, k: f64) -> Tensor<3> {
    let mut gamma = Tensor::<3>::zeros(2);
    gamma[[0, 1, 1]] = -k * k * rho;
    gamma[[1, 0, 1]] = 1.0 / rho;
    gamma[[1, 1, 0]] = 1.0 / rho;
    gamma
}

/// A straight line of the plane with polar angle kφ, which turns by less than π.
fn straight_in_polar(x: &[f64], v: &[f64], k: f64) -> Vec<f64> {
    let along = x[0] + v[0];
    let across = x[0] * k * v[1];
    vec![along.hypot(across), x[1] + across.atan2(along) / k]
}

/// The law of cosines at the angle k(φ − φ'), below π.
fn polar_distance(x: &[f64], y: &[f64], k: f64) -> Option<f64> {
    let half = (0.5 * k * (x[1] - y[1])).sin();
    let turned = k * (x[1] - y[1]).abs() < PI;
    turned.then(|| ((x[0] - y[0]).powi(2) + 4.0 * x[0] * y[0] * half * half).sqrt())
}

/// A cylinder of radius r in R³, coordinates (φ, z), not wrapped.
#[derive(Clone, Copy, Debug)]
pub struct Cylinder {
    r: f64,
}

impl Cylinder {
    /// The cylinder of radius r > 0.
    pub fn new(r: f64) -> Self {
        Self { r }
    }
}

impl Formula for Cylinder {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (s, c) = x[0].sin_cos();
        out[0] = c * self.r;
        out[1] = s * self.r;
        out[2] = x[1];
    }
}

impl Chart for Cylinder {
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl ClosedForms for Cylinder {
    fn name(&self) -> String {
        format!("cylinder of radius {}", self.r)
    }

    fn region(&self) -> Region {
        Region::new(&[-3.0, -2.0], &[3.0, 2.0])
    }

    fn stated_metric(&self, _: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::diagonal(&[self.r * self.r, 1.0]))
    }

    fn stated_christoffel(&self, _: &[f64]) -> Option<Tensor<3>> {
        Some(Tensor::<3>::zeros(2))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(vec![x[0] + v[0], x[1] + v[1]])
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        Some((self.r * (x[0] - y[0])).hypot(x[1] - y[1]))
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        Some((
            Region::new(&[0.0, 0.0], &[2.0 * PI, 1.0]),
            2.0 * PI * self.r,
        ))
    }
}

/// A cone of half-angle α in R³, coordinates (s, φ): s > 0 is the distance from the apex, φ is not wrapped.
#[derive(Clone, Copy, Debug)]
pub struct Cone {
    alpha: f64,
}

impl Cone {
    /// The cone of half-angle α in (0, π/2), in radians.
    pub fn new(alpha: f64) -> Self {
        Self { alpha }
    }
}

impl Formula for Cone {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (sin_a, cos_a) = self.alpha.sin_cos();
        let (s, c) = x[1].sin_cos();
        out[0] = x[0] * c * sin_a;
        out[1] = x[0] * s * sin_a;
        out[2] = x[0] * cos_a;
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        positive(x, 0, "s > 0")
    }
}

impl Chart for Cone {
    /// The distance to the apex.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        Some(x[0])
    }
}

impl ClosedForms for Cone {
    fn name(&self) -> String {
        format!("cone of half-angle {}", self.alpha)
    }

    fn region(&self) -> Region {
        Region::new(&[0.4, -2.0], &[2.5, 3.0])
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::diagonal(&[1.0, (x[0] * self.alpha.sin()).powi(2)]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        Some(polar_christoffel(x[0], self.alpha.sin()))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(straight_in_polar(x, v, self.alpha.sin()))
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        polar_distance(x, y, self.alpha.sin())
    }
}

/// The flat torus (a cos u, a sin u, b cos v, b sin v) in R⁴, coordinates (u, v), not wrapped.
#[derive(Clone, Copy, Debug)]
pub struct CliffordTorus {
    a: f64,
    b: f64,
}

impl CliffordTorus {
    /// The product of circles of radii a and b.
    pub fn new(a: f64, b: f64) -> Self {
        Self { a, b }
    }
}

impl Formula for CliffordTorus {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        4
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        for (k, radius) in [self.a, self.b].into_iter().enumerate() {
            let (s, c) = x[k].sin_cos();
            out[2 * k] = c * radius;
            out[2 * k + 1] = s * radius;
        }
    }
}

impl Chart for CliffordTorus {
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

impl ClosedForms for CliffordTorus {
    fn name(&self) -> String {
        format!("Clifford torus {} × {}", self.a, self.b)
    }

    fn region(&self) -> Region {
        Region::cube(2, -PI, PI)
    }

    fn stated_metric(&self, _: &[f64]) -> Option<Tensor<2>> {
        Some(Tensor::diagonal(&[self.a * self.a, self.b * self.b]))
    }

    fn stated_christoffel(&self, _: &[f64]) -> Option<Tensor<3>> {
        Some(Tensor::<3>::zeros(2))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(vec![x[0] + v[0], x[1] + v[1]])
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        Some((self.a * (x[0] - y[0])).hypot(self.b * (x[1] - y[1])))
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        Some((self.region(), 4.0 * PI * PI * self.a * self.b))
    }
}

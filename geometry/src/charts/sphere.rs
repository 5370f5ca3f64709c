//! Spheres of any dimension, in angles and by stereographic projection.

use super::{ClosedForms, Region, conformal_christoffel, lifted};
use crate::dense::{dot, norm};
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::jet::Jet1;
use crate::map::{C1Map, Map};
use crate::scalar::Scalar;
use crate::space::Chart;
use crate::tensor::Tensor;
use std::f64::consts::PI;

/// The sphere S^d of radius r in angles (θ_1, …, θ_{d−1}, φ), 0 < θ < π, φ not wrapped:
/// `r (cos θ_1, sin θ_1 cos θ_2, …, sin θ_1 ⋯ sin θ_{d−1} cos φ, sin θ_1 ⋯ sin θ_{d−1} sin φ)`.
#[derive(Clone, Copy, Debug)]
pub struct Sphere {
    d: usize,
    r: f64,
}

impl Sphere {
    /// S^d of radius r > 0.
    ///
    /// # Panics
    /// If d = 0.
    #[track_caller]
    pub fn new(d: usize, r: f64) -> Self {
        assert!(d > 0, "a sphere has dimension 1 or more");
        Self { d, r }
    }

    /// The angles of an ambient point, φ nearest to `near`.
    fn angles(&self, y: &[f64], near: f64) -> Vec<f64> {
        let mut x: Vec<f64> = (0..self.d - 1)
            .map(|i| norm(&y[i + 1..]).atan2(y[i]))
            .collect();
        x.push(lifted(y[self.d].atan2(y[self.d - 1]), near));
        x
    }
}

impl Formula for Sphere {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d + 1
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut radius = S::constant(self.r);
        for (i, &angle) in x.iter().enumerate() {
            let (s, c) = angle.sin_cos();
            out[i] = radius * c;
            radius *= s;
        }
        out[self.d] = radius;
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        if x[..self.d - 1]
            .iter()
            .all(|&theta| theta > 0.0 && theta < PI)
        {
            Ok(())
        } else {
            Err(Error::outside_domain(x, "0 < θ < π"))
        }
    }
}

impl Chart for Sphere {
    /// The distance to the set the angles leave out, r asin(sin θ_1 ⋯ sin θ_{d−1}).
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        let product: f64 = x[..self.d - 1].iter().map(|t| t.sin()).product();
        Some(if self.d == 1 {
            f64::INFINITY
        } else {
            self.r * product.asin()
        })
    }
}

impl ClosedForms for Sphere {
    fn name(&self) -> String {
        format!("sphere S^{} of radius {}", self.d, self.r)
    }

    fn region(&self) -> Region {
        let mut region = Region::cube(self.d, 0.6, 2.4);
        (region.lower[self.d - 1], region.upper[self.d - 1]) = (-3.0, 3.0);
        region
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let mut entry = self.r * self.r;
        let mut entries = vec![entry];
        for theta in &x[..self.d - 1] {
            entry *= theta.sin().powi(2);
            entries.push(entry);
        }
        Some(Tensor::diagonal(&entries))
    }

    /// Γ^i_jj = −sin θ_i cos θ_i Π_{i<m<j} sin² θ_m and Γ^j_ij = cot θ_i, for i < j.
    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let mut gamma = Tensor::<3>::zeros(self.d);
        for j in 0..self.d {
            for i in 0..j {
                let between: f64 = x[i + 1..j].iter().map(|t| t.sin().powi(2)).product();
                gamma[[i, j, j]] = -x[i].sin() * x[i].cos() * between;
                gamma[[j, i, j]] = x[i].cos() / x[i].sin();
                gamma[[j, j, i]] = x[i].cos() / x[i].sin();
            }
        }
        Some(gamma)
    }

    fn constant_curvature(&self) -> Option<f64> {
        (self.d > 1).then_some(1.0 / (self.r * self.r))
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        Some(self.angles(&great_circle(self, self.r, x, v), x[self.d - 1]))
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        Some(great_circle_distance(self, self.r, x, y))
    }

    fn stated_volume(&self) -> Option<(Region, f64)> {
        let region = Region::new(&[0.0, 0.0], &[PI, 2.0 * PI]);
        (self.d == 2).then_some((region, 4.0 * PI * self.r * self.r))
    }
}

/// cos(s/r) y + r sin(s/r) w/|w| for the ambient point y and velocity w, s = |w|.
fn great_circle(chart: &dyn C1Map, r: f64, x: &[f64], v: &[f64]) -> Vec<f64> {
    let mut jet = Jet1::new();
    chart.jet1(x, &mut jet);
    let mut w = vec![0.0; chart.target_dim()];
    jet.push_forward(v, &mut w);
    let s = norm(&w);
    let sinc = if s > 0.0 { r * (s / r).sin() / s } else { 1.0 };
    jet.value()
        .iter()
        .zip(&w)
        .map(|(y, w)| (s / r).cos() * y + sinc * w)
        .collect()
}

/// 2 r asin(chord / 2r), accurate at short distance.
fn great_circle_distance(chart: &dyn Map, r: f64, x: &[f64], y: &[f64]) -> f64 {
    let mut ends = vec![0.0; 2 * chart.target_dim()];
    chart.values(&[x, y].concat(), &mut ends);
    let (a, b) = ends.split_at(chart.target_dim());
    let chord = norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    2.0 * r * (0.5 * chord / r).min(1.0).asin()
}

/// The sphere S^d of radius r without its north pole, by stereographic projection from it:
/// `f = (2 r² x, r (|x|² − r²)) / (|x|² + r²)`, so `g = 4 r⁴ / (|x|² + r²)² δ`.
#[derive(Clone, Copy, Debug)]
pub struct StereographicSphere {
    d: usize,
    r: f64,
}

impl StereographicSphere {
    /// S^d of radius r > 0.
    pub fn new(d: usize, r: f64) -> Self {
        Self { d, r }
    }
}

impl Formula for StereographicSphere {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d + 1
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let r2 = self.r * self.r;
        let mut square = S::constant(0.0);
        for &xi in x {
            square += xi.square();
        }
        let inverse = (square + r2).recip();
        let scale = inverse * (2.0 * r2);
        for (o, &xi) in out.iter_mut().zip(x) {
            *o = xi * scale;
        }
        out[self.d] = (square - r2) * inverse * self.r;
    }
}

impl Chart for StereographicSphere {
    /// The distance to the north pole, which the chart leaves out.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        Some(2.0 * self.r * self.r.atan2(norm(x)))
    }
}

impl ClosedForms for StereographicSphere {
    fn name(&self) -> String {
        format!("stereographic S^{} of radius {}", self.d, self.r)
    }

    fn region(&self) -> Region {
        Region::cube(self.d, -1.2 * self.r, 1.1 * self.r)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let r2 = self.r * self.r;
        Some(Tensor::scaled_identity(
            self.d,
            (2.0 * r2 / (dot(x, x) + r2)).powi(2),
        ))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let scale = -2.0 / (dot(x, x) + self.r * self.r);
        Some(conformal_christoffel(
            &x.iter().map(|x| scale * x).collect::<Vec<_>>(),
        ))
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(1.0 / (self.r * self.r))
    }

    fn stated_exp(&self, x: &[f64], v: &[f64]) -> Option<Vec<f64>> {
        let y = great_circle(self, self.r, x, v);
        Some(
            y[..self.d]
                .iter()
                .map(|yi| self.r * yi / (self.r - y[self.d]))
                .collect(),
        )
    }

    fn stated_distance(&self, x: &[f64], y: &[f64]) -> Option<f64> {
        Some(great_circle_distance(self, self.r, x, y))
    }
}

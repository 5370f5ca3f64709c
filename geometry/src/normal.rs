//! Riemann normal coordinates: the coordinates in which a neighbourhood looks as flat as it can.
//!
//! ```text
//! x(ξ) = exp_p(E ξ)                                    E an orthonormal frame at p
//! x^k(ξ) = p^k + v^k − ½ Γ^k_ij v^i v^j + ⅙ (2 Γ^k_mj Γ^m_il − ∂_l Γ^k_ij) v^i v^j v^l + O(|ξ|⁴),   v = E ξ
//! g_ij(ξ) = δ_ij − ⅓ R_ikjl ξ^k ξ^l + O(|ξ|³)          √det g = 1 − ⅙ R_kl ξ^k ξ^l + O(|ξ|³)
//! ρ_ε = √(3 ε / max |K|)                               flatness radius
//! ```
//!
//! ξ has d components in the frame E (`[i][a]`); the metric in normal coordinates and R at p are tensors in that frame,
//! `[i][j]` and `[i][j][k][l]`.
//!
//! The remainders of the last two are O(|ξ|⁴) where ∇R = 0. Curvature is what is left of the geometry once the frame
//! is locally flat; the flatness radius says how far "locally" reaches: to leading order the metric differs from δ by
//! less than ε in operator norm within it.
//!
//! ```
//! use geogate_geometry::{NormalCoordinates, charts::Sphere};
//! let sphere = Sphere::new(2, 2.0);
//! let normal = NormalCoordinates::at(&sphere, &[1.0, 0.0])?;
//! let xi = [0.2, 0.1];
//! let (exact, expansion) = (normal.metric(&xi)?, normal.metric_expansion(&xi));
//! assert!((exact[[0, 0]] - expansion[[0, 0]]).abs() < 1e-4 && (exact[[0, 0]] - 1.0).abs() > 5e-4);
//! assert!((normal.flatness_radius(0.01) - (0.03f64 * 4.0).sqrt()).abs() < 1e-12);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::DEFAULT_LOG_TOLERANCE;
use crate::connection::connection_jet;
use crate::conventions::ROUNDOFF;
use crate::curvature::in_frame;
use crate::dense;
use crate::error::Result;
use crate::geodesic::{ExpDifferential, Logarithm, exp_differential, exp_with, log_with};
use crate::local::LocalGeometry;
use crate::metric;
use crate::ode::Integrator;
use crate::quantity;
use crate::space::{C3Space, Space};
use crate::tensor::Tensor;
use nalgebra::DMatrix;

/// Normal coordinates at a point, with the curvature there.
#[derive(Clone)]
pub struct NormalCoordinates<'a> {
    space: &'a dyn Space,
    base: Vec<f64>,
    frame: Tensor<2>,
    /// E⁻¹ = Eᵀ g.
    coframe: Tensor<2>,
    riem: Tensor<4>,
}

impl<'a> NormalCoordinates<'a> {
    /// Normal coordinates at p with the frame of [`metric::orthonormal_frame`].
    ///
    /// # Errors
    /// Outside the domain and where the metric is degenerate.
    pub fn at(space: &'a dyn Space, p: &[f64]) -> Result<Self> {
        let mut local = LocalGeometry::new();
        let (g, frame, riem) = local.at(
            space,
            p,
            (quantity::Metric, quantity::Frame, quantity::Riemann),
        )?;
        let d = p.len();
        let mut coframe = Tensor::<2>::zeros(d);
        for (a, i) in (0..d * d).map(|at| (at / d, at % d)) {
            coframe[[a, i]] = (0..d).map(|j| frame[[j, a]] * g[[j, i]]).sum();
        }
        let riem = in_frame(d, riem.components(), frame.components());
        Ok(Self {
            space,
            base: p.to_vec(),
            frame: frame.to_owned(),
            coframe,
            riem: Tensor::from_components(d, riem),
        })
    }

    /// The point p, at ξ = 0.
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// The frame E, `[i][a]`.
    pub fn frame(&self) -> &Tensor<2> {
        &self.frame
    }

    /// The Riemann tensor at p in the frame, `[i][j][k][l]`.
    pub fn riemann(&self) -> &Tensor<4> {
        &self.riem
    }

    /// v = E ξ.
    pub fn velocity(&self, xi: &[f64]) -> Vec<f64> {
        times(&self.frame, xi)
    }

    /// x(ξ) = exp_p(E ξ).
    ///
    /// # Errors
    /// As [`geodesic`](crate::geodesic()).
    pub fn point(&self, xi: &[f64]) -> Result<Vec<f64>> {
        exp_with(
            self.space,
            &self.base,
            &self.velocity(xi),
            Integrator::default(),
        )
    }

    /// ξ(x) = E⁻¹ log_p(x), with the evidence of the logarithm.
    ///
    /// # Errors
    /// As [`log`](crate::log()).
    pub fn coordinates(&self, x: &[f64]) -> Result<(Vec<f64>, Logarithm)> {
        let log = log_with(
            self.space,
            &self.base,
            x,
            Integrator::default(),
            DEFAULT_LOG_TOLERANCE,
        )?;
        Ok((times(&self.coframe, &log.velocity), log))
    }

    /// The metric in normal coordinates at ξ, exactly: `(D exp E)ᵀ g (D exp E)`, `[i][j]`.
    ///
    /// # Errors
    /// As [`geodesic`](crate::geodesic()).
    pub fn metric(&self, xi: &[f64]) -> Result<Tensor<2>> {
        let d = self.base.len();
        let ExpDifferential {
            point,
            differential,
        } = exp_differential(
            self.space,
            &self.base,
            &self.velocity(xi),
            Integrator::default(),
        )?;
        let g = metric::metric(self.space, &point)?;
        let column = |a: usize| -> Vec<f64> { (0..d).map(|i| self.frame[[i, a]]).collect() };
        let images: Vec<Vec<f64>> = (0..d).map(|a| times(&differential, &column(a))).collect();
        let mut out = Tensor::<2>::zeros(d);
        for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
            out[[a, b]] = dense::bilinear(g.components(), &images[a], &images[b]);
        }
        Ok(out)
    }

    /// Expansion of the metric in normal coordinates to second order, `δ_ij − ⅓ R_ikjl ξ^k ξ^l`.
    pub fn metric_expansion(&self, xi: &[f64]) -> Tensor<2> {
        let d = xi.len();
        let mut out = Tensor::identity(d);
        for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
            out[[i, j]] -= self.tidal(i, j, xi) / 3.0;
        }
        out
    }

    /// R_ikjl ξ^k ξ^l.
    fn tidal(&self, i: usize, j: usize, xi: &[f64]) -> f64 {
        let d = xi.len();
        (0..d * d)
            .map(|at| self.riem[[i, at / d, j, at % d]] * xi[at / d] * xi[at % d])
            .sum()
    }

    /// √det g in normal coordinates at ξ, exactly.
    ///
    /// # Errors
    /// As [`geodesic`](crate::geodesic()).
    pub fn volume(&self, xi: &[f64]) -> Result<f64> {
        let d = xi.len();
        Ok(DMatrix::from_row_slice(d, d, self.metric(xi)?.components())
            .determinant()
            .sqrt())
    }

    /// The largest |K| over all planes at p. Up to three dimensions every bivector is a plane, and it is the largest
    /// |eigenvalue| of the curvature operator; beyond, the best of an alternating maximisation from all coordinate
    /// directions and their diagonals (each start ends in a local maximum).
    pub fn max_sectional(&self) -> f64 {
        let d = self.base.len();
        if d <= 3 {
            let planes = &[[0, 1], [0, 2], [1, 2]][..d * (d - 1) / 2];
            let entry = |([i, j], [k, l]): (&[usize; 2], &[usize; 2])| self.riem[[*i, *j, *k, *l]];
            let operator: Vec<f64> = planes
                .iter()
                .flat_map(|p| planes.iter().map(move |q| entry((p, q))))
                .collect();
            let eigenvalues = metric::eigenvalues(planes.len(), &operator);
            return crate::tensor::max_abs(&eigenvalues);
        }
        let mut starts: Vec<Vec<f64>> = Vec::new();
        for i in 0..d {
            for j in 0..=i {
                for sign in if i == j { &[0.0][..] } else { &[1.0, -1.0] } {
                    let mut u = vec![0.0; d];
                    u[i] = 1.0;
                    u[j] += if i == j { 0.0 } else { *sign };
                    starts.push(u);
                }
            }
        }
        starts
            .into_iter()
            .map(|u| self.alternating_maximisation(u))
            .fold(0.0, f64::max)
    }

    /// From a direction u: the plane through it with the largest |K|, then again from the other direction, and so on.
    fn alternating_maximisation(&self, mut u: Vec<f64>) -> f64 {
        const ROUNDS: usize = 100;
        let (d, mut best) = (u.len(), 0.0);
        // scaled, because the iteration squares entries and does not end on what overflows
        let scale = self.riem.max_abs();
        if scale == 0.0 || !scale.is_finite() {
            return scale;
        }
        for _ in 0..ROUNDS {
            let size = dense::norm(&u);
            u.iter_mut().for_each(|u| *u /= size);
            let form = DMatrix::from_fn(d, d, |i, j| self.tidal(i, j, &u) / scale);
            let eigen = form.symmetric_eigen();
            let (at, top) = eigen.eigenvalues.iter().map(|e| e.abs()).enumerate().fold(
                (0, 0.0),
                |top, next| {
                    if next.1 > top.1 { next } else { top }
                },
            );
            if top <= best * (1.0 + ROUNDOFF) {
                break;
            }
            best = top;
            u = eigen.eigenvectors.column(at).iter().copied().collect();
        }
        best * scale
    }

    /// The flatness radius ρ_ε = √(3ε / max |K|); infinite where the curvature vanishes.
    pub fn flatness_radius(&self, epsilon: f64) -> f64 {
        (3.0 * epsilon / self.max_sectional()).sqrt()
    }
}

/// The map ξ ↦ x(ξ) to third order.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TaylorMap {
    base: Vec<f64>,
    frame: Tensor<2>,
    gamma: Tensor<3>,
    /// 2 Γ^k_mj Γ^m_il − ∂_l Γ^k_ij, `[k][i][j][l]`.
    cubic: Tensor<4>,
}

impl TaylorMap {
    /// The expansion at p, with the frame of [`metric::orthonormal_frame`].
    ///
    /// # Errors
    /// Outside the domain and where the metric is degenerate.
    pub fn at(space: &dyn C3Space, p: &[f64]) -> Result<Self> {
        let d = p.len();
        let jet = connection_jet(space, p)?;
        let (gamma, dgamma) = (&jet.gamma, &jet.dgamma);
        let mut cubic = Tensor::<4>::zeros(d);
        for (k, i) in (0..d * d).map(|at| (at / d, at % d)) {
            for (j, l) in (0..d * d).map(|at| (at / d, at % d)) {
                let products: f64 = (0..d).map(|m| gamma[[k, m, j]] * gamma[[m, i, l]]).sum();
                cubic[[k, i, j, l]] = 2.0 * products - dgamma[[l, k, i, j]];
            }
        }
        let frame = metric::orthonormal_frame(&space.source(), p)?;
        Ok(Self {
            base: p.to_vec(),
            frame,
            gamma: jet.gamma,
            cubic,
        })
    }

    /// x(ξ) up to O(|ξ|⁴).
    pub fn point(&self, xi: &[f64]) -> Vec<f64> {
        let d = xi.len();
        let v = times(&self.frame, xi);
        let quadratic = |k: usize| {
            dense::bilinear(&self.gamma.components()[k * d * d..(k + 1) * d * d], &v, &v)
        };
        let cubic = |k: usize| -> f64 {
            let slot =
                |i: usize| &self.cubic.components()[(k * d + i) * d * d..(k * d + i + 1) * d * d];
            (0..d)
                .map(|i| v[i] * dense::bilinear(slot(i), &v, &v))
                .sum()
        };
        (0..d)
            .map(|k| self.base[k] + v[k] - quadratic(k) / 2.0 + cubic(k) / 6.0)
            .collect()
    }
}

/// Matrix times vector.
fn times(matrix: &Tensor<2>, v: &[f64]) -> Vec<f64> {
    let d = v.len();
    (0..d)
        .map(|i| dense::dot(&matrix.components()[i * d..(i + 1) * d], v))
        .collect()
}

//! Parallel transport along geodesics and along any curve, and holonomy.
//!
//! ```text
//! ẇ^k = −Γ^k_ij ẋ^i w^j
//! ```
//!
//! Around a small loop first along k, then l, the holonomy P satisfies `P − I = −R(∂_k, ∂_l)·area` to first order in
//! the side.

use super::{Geodesic, geodesic_floor};
use crate::dense;
use crate::error::{Error, Result};
use crate::jet::Jet1;
use crate::local::LocalGeometry;
use crate::map::C1Map;
use crate::ode::{self, Integrator, System, Trajectory};
use crate::quantity;
use crate::space::Space;
use crate::tensor::{Tensor, TensorRef};

/// A geodesic with vectors carried along it in parallel.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transport {
    dim: usize,
    trajectory: Trajectory,
}

impl Transport {
    /// x(t), t in [0, 1] (clamped).
    pub fn position(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[..self.dim].to_vec()
    }

    /// ẋ(t), itself parallel.
    pub fn velocity(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[self.dim..2 * self.dim].to_vec()
    }

    /// The transported vectors at t, `[vector][i]`.
    pub fn vectors(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[2 * self.dim..].to_vec()
    }
}

/// Carries vectors (`[vector][i]`) along the geodesic from x with velocity v, over [0, 1]: `ẇ^k = −Γ^k_ij ẋ^i w^j`.
///
/// ```
/// use geogate_geometry::{Integrator, charts::PolarPlane, transport};
/// // straight up from (x, y) = (1, 0), a vector that points along x keeps pointing along x
/// let moved = transport(&PolarPlane, &[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], Integrator::default())?;
/// let ([rho, phi], w) = ([2f64.sqrt(), std::f64::consts::FRAC_PI_4], moved.vectors(1.0));
/// assert!((moved.position(1.0)[0] - rho).abs() < 1e-10);
/// assert!((w[0] - phi.cos()).abs() < 1e-10 && (w[1] + phi.sin() / rho).abs() < 1e-10);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
///
/// # Errors
/// As [`geodesic`](super::geodesic).
pub fn transport(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    vectors: &[f64],
    method: Integrator,
) -> Result<Transport> {
    let d = x.len();
    let mut floor = geodesic_floor(v);
    floor.extend(
        vectors
            .chunks_exact(d)
            .flat_map(|w| vec![dense::norm(w).max(f64::MIN_POSITIVE); d]),
    );
    let mut system = AlongGeodesic {
        space,
        local: LocalGeometry::new(),
        d,
    };
    let start = [x, v, vectors].concat();
    let trajectory = ode::solve(&mut system, &start, &floor, method, true)?;
    Ok(Transport { dim: d, trajectory })
}

impl Geodesic {
    /// Carries vectors (`[vector][i]`) along this geodesic from its start to its end.
    ///
    /// # Errors
    /// As [`geodesic`](super::geodesic).
    pub fn carry(&self, space: &dyn Space, vectors: &[f64]) -> Result<Vec<f64>> {
        let moved = transport(
            space,
            &self.position(0.0),
            &self.velocity(0.0),
            vectors,
            Integrator::default(),
        )?;
        Ok(moved.vectors(1.0))
    }
}

/// Carries vectors (`[vector][i]`) along any curve t ↦ x(t), a map from R, for t from 0 to 1.
///
/// # Errors
/// Where the curve leaves the chart, or the metric is degenerate.
pub fn transport_along(
    space: &dyn Space,
    curve: &dyn C1Map,
    vectors: &[f64],
    method: Integrator,
) -> Result<Vec<f64>> {
    let d = space.dim();
    let floor: Vec<f64> = vectors
        .chunks_exact(d)
        .flat_map(|w| vec![dense::norm(w).max(f64::MIN_POSITIVE); d])
        .collect();
    let mut system = AlongCurve {
        space,
        curve,
        jet: Jet1::new(),
        local: LocalGeometry::new(),
    };
    Ok(ode::solve(&mut system, vectors, &floor, method, false)?
        .end()
        .to_vec())
}

/// The holonomy P^i_j of a closed polygon of coordinate segments through the given corners (`[corner][i]`), from the
/// first corner around to it: the transported vector of ∂_j has components P^i_j, `[i][j]`.
///
/// Around a small loop first along k, then l, `P − I = −R(∂_k, ∂_l)·area` to first order in the side.
///
/// ```
/// use geogate_geometry::{Integrator, charts::Sphere, holonomy};
/// // on the unit sphere at the equator, R(∂_θ, ∂_φ) ∂_φ = ∂_θ: the loop turns ∂_φ by −area towards ∂_θ
/// let (t, h) = (std::f64::consts::FRAC_PI_2, 1e-3);
/// let p = holonomy(&Sphere::new(2, 1.0), &[t, 0.0, t + h, 0.0, t + h, h, t, h], Integrator::default())?;
/// assert!((p[[0, 1]] / (h * h) + 1.0).abs() < 1e-3);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
///
/// # Errors
/// As [`transport_along`].
pub fn holonomy(space: &dyn Space, corners: &[f64], method: Integrator) -> Result<Tensor<2>> {
    let d = space.dim();
    let mut vectors = Tensor::identity(d).components().to_vec();
    let count = corners.len() / d;
    for side in 0..count {
        let from = &corners[side * d..(side + 1) * d];
        let next = (side + 1) % count;
        let to = &corners[next * d..(next + 1) * d];
        vectors = transport_along(space, &Segment { from, to }, &vectors, method)?;
    }
    let mut out = Tensor::<2>::zeros(d);
    for (at, value) in vectors.into_iter().enumerate() {
        out[[at % d, at / d]] = value;
    }
    Ok(out)
}

/// The coordinate segment t ↦ from + t (to − from).
struct Segment<'a> {
    from: &'a [f64],
    to: &'a [f64],
}

impl crate::map::Map for Segment<'_> {
    fn source_dim(&self) -> usize {
        1
    }

    fn target_dim(&self) -> usize {
        self.from.len()
    }

    fn value(&self, t: &[f64], out: &mut [f64]) {
        for ((o, a), b) in out.iter_mut().zip(self.from).zip(self.to) {
            *o = a + t[0] * (b - a);
        }
    }
}

impl C1Map for Segment<'_> {
    fn jet1(&self, t: &[f64], out: &mut Jet1) {
        out.reshape(1, self.from.len());
        crate::map::Map::value(self, t, out.value_mut());
        for ((o, a), b) in out.column_mut(0).iter_mut().zip(self.from).zip(self.to) {
            *o = b - a;
        }
    }
}

/// The connection's part of parallel transport, −Γ^k_ij v^i w^j, into `out`.
pub(super) fn connection_term(gamma: TensorRef<'_, 3>, v: &[f64], w: &[f64], out: &mut [f64]) {
    for (k, o) in out.iter_mut().enumerate() {
        *o = -dense::bilinear(gamma.part(k).components(), v, w);
    }
}

struct AlongGeodesic<'a> {
    space: &'a dyn Space,
    local: LocalGeometry,
    d: usize,
}

impl System for AlongGeodesic<'_> {
    fn rhs(&mut self, _: f64, y: &[f64], dy: &mut [f64]) -> Result<()> {
        let d = self.d;
        let (x, v) = (&y[..d], &y[d..2 * d]);
        if !dense::all_finite(y) {
            return Err(Error::not_finite("transported vectors", x));
        }
        let gamma = self.local.at(self.space, x, quantity::Christoffel)?;
        dy[..d].copy_from_slice(v);
        for (w, dw) in y[d..].chunks_exact(d).zip(dy[d..].chunks_exact_mut(d)) {
            connection_term(gamma, v, w, dw);
        }
        Ok(())
    }
}

struct AlongCurve<'a> {
    space: &'a dyn Space,
    curve: &'a dyn C1Map,
    jet: Jet1,
    local: LocalGeometry,
}

impl System for AlongCurve<'_> {
    fn rhs(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<()> {
        self.curve.jet1(&[t], &mut self.jet);
        let d = self.jet.target_dim();
        let gamma = self
            .local
            .at(self.space, self.jet.value(), quantity::Christoffel)?;
        for (w, dw) in y.chunks_exact(d).zip(dy.chunks_exact_mut(d)) {
            connection_term(gamma, self.jet.column(0), w, dw);
        }
        Ok(())
    }
}

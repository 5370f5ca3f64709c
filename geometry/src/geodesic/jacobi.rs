//! Jacobi fields: how neighbouring geodesics spread, and the differential of exp.
//!
//! ```text
//! ∇_t J = P,   ∇_t P = −R(J, γ') γ'          (R J)^i = g^il R_ljkm γ'^j γ'^m J^k
//! D exp_x at t v, applied to t w, is J(t) for J(0) = 0, P(0) = w
//! ```

use super::geodesic_floor;
use super::transport::connection_term;
use crate::dense;
use crate::error::{Error, Result};
use crate::local::LocalGeometry;
use crate::ode::{self, Integrator, System, Trajectory};
use crate::quantity;
use crate::space::Space;
use crate::tensor::Tensor;

/// A geodesic with Jacobi fields along it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JacobiFields {
    dim: usize,
    fields: usize,
    trajectory: Trajectory,
}

impl JacobiFields {
    /// x(t), t in [0, 1] (clamped).
    pub fn position(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[..self.dim].to_vec()
    }

    /// ẋ(t).
    pub fn velocity(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[self.dim..2 * self.dim].to_vec()
    }

    /// The fields at t, `[field][i]`.
    pub fn values(&self, t: f64) -> Vec<f64> {
        let d = self.dim;
        self.trajectory.at(t)[2 * d..(2 + self.fields) * d].to_vec()
    }

    /// Covariant derivatives of the fields along the geodesic at t, `[field][i]`.
    pub fn derivatives(&self, t: f64) -> Vec<f64> {
        self.trajectory.at(t)[(2 + self.fields) * self.dim..].to_vec()
    }

    /// The parameters between steps, from 0 to 1.
    pub(super) fn times(&self) -> &[f64] {
        self.trajectory.times()
    }
}

/// Jacobi fields along the geodesic from x with velocity v over [0, 1], with the given values and covariant
/// derivatives at its start (each `[field][i]`).
///
/// ```text
/// ∇_t J = P,   ∇_t P = −R(J, γ') γ'          (R(J, γ') γ')^i = g^il R_ljkm γ'^j J^k γ'^m
/// ```
///
/// ```
/// use geogate_geometry::{Integrator, charts::StereographicSphere, jacobi_fields};
/// // a meridian of the unit sphere from its south pole, of length 1; across it the field is sin t
/// let fields = jacobi_fields(&StereographicSphere::new(2, 1.0), &[0.0, 0.0], &[0.5, 0.0], &[0.0, 0.0],
///     &[0.0, 0.5], Integrator::default())?;
/// let (x, j) = (fields.position(1.0)[0], fields.values(1.0)[1]);
/// assert!((2.0 * j / (1.0 + x * x) - 1f64.sin()).abs() < 1e-10);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
///
/// # Errors
/// As [`geodesic`](super::geodesic).
///
/// # Panics
/// If there are not as many derivatives as values.
#[track_caller]
pub fn jacobi_fields(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    values: &[f64],
    derivatives: &[f64],
    method: Integrator,
) -> Result<JacobiFields> {
    assert_eq!(
        values.len(),
        derivatives.len(),
        "one derivative per Jacobi field"
    );
    let trajectory = integrate(space, x, v, values, derivatives, method, true)?;
    Ok(JacobiFields {
        dim: x.len(),
        fields: values.len() / x.len(),
        trajectory,
    })
}

/// The end of a geodesic with the differential of exp there.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpDifferential {
    /// exp_x(v).
    pub point: Vec<f64>,
    /// D exp_x at v, `[[i, j]]`.
    pub differential: Tensor<2>,
}

/// exp_x(v) and its differential at v, `[i][j]`: column j is the image of ∂_j, the value at the end of the Jacobi
/// field with `J(0) = 0`, `P(0) = ∂_j`.
///
/// # Errors
/// As [`geodesic`](super::geodesic).
pub fn exp_differential(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    method: Integrator,
) -> Result<ExpDifferential> {
    let d = x.len();
    let identity = Tensor::identity(d);
    let end = integrate(
        space,
        x,
        v,
        &vec![0.0; d * d],
        identity.components(),
        method,
        false,
    )?;
    let mut out = Tensor::<2>::zeros(d);
    for (at, &value) in end.end()[2 * d..(2 + d) * d].iter().enumerate() {
        out[[at % d, at / d]] = value;
    }
    Ok(ExpDifferential {
        point: end.end()[..d].to_vec(),
        differential: out,
    })
}

fn integrate(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    values: &[f64],
    derivatives: &[f64],
    method: Integrator,
    dense: bool,
) -> Result<Trajectory> {
    let d = x.len();
    let mut floor = geodesic_floor(v);
    // field and derivative are judged by the larger of the two, since either may start at zero
    let sizes: Vec<f64> = values
        .chunks_exact(d)
        .zip(derivatives.chunks_exact(d))
        .flat_map(|(a, b)| vec![dense::norm(a).max(dense::norm(b)).max(f64::MIN_POSITIVE); d])
        .collect();
    floor.extend_from_slice(&sizes);
    floor.extend_from_slice(&sizes);
    let (local, buffers) = (LocalGeometry::new(), vec![0.0; 2 * d * d]);
    let mut system = JacobiSystem {
        space,
        local,
        buffers,
        d,
    };
    ode::solve(
        &mut system,
        &[x, v, values, derivatives].concat(),
        &floor,
        method,
        dense,
    )
}

struct JacobiSystem<'a> {
    space: &'a dyn Space,
    local: LocalGeometry,
    /// R(·, v) v with its index down, then up, each `[i][k]`.
    buffers: Vec<f64>,
    d: usize,
}

impl System for JacobiSystem<'_> {
    fn rhs(&mut self, _: f64, y: &[f64], dy: &mut [f64]) -> Result<()> {
        let d = self.d;
        let (x, v) = (&y[..d], &y[d..2 * d]);
        if !dense::all_finite(y) {
            return Err(Error::not_finite("Jacobi fields", x));
        }
        let quantities = (quantity::Inverse, quantity::Christoffel, quantity::Riemann);
        let (g_inv, gamma, riem) = self.local.at(self.space, x, quantities)?;
        let (lowered, tidal) = self.buffers.split_at_mut(d * d);
        lower_tidal(d, riem.components(), v, lowered);
        raise_rows(d, g_inv.components(), lowered, tidal);
        dy[..d].copy_from_slice(v);
        connection_term(gamma, v, v, &mut dy[d..2 * d]);
        let (values, derivatives) = y[2 * d..].split_at((y.len() - 2 * d) / 2);
        let (dvalues, dderivatives) = dy[2 * d..].split_at_mut(values.len());
        for at in (0..values.len()).step_by(d) {
            let (j, p) = (&values[at..at + d], &derivatives[at..at + d]);
            let dj = &mut dvalues[at..at + d];
            connection_term(gamma, v, j, dj);
            dj.iter_mut().zip(p).for_each(|(dj, p)| *dj += p);
            let dp = &mut dderivatives[at..at + d];
            connection_term(gamma, v, p, dp);
            for (i, dp) in dp.iter_mut().enumerate() {
                *dp -= dense::dot(&tidal[i * d..(i + 1) * d], j);
            }
        }
        Ok(())
    }
}

/// R_ljkm v^j v^m, `[l][k]`.
fn lower_tidal(d: usize, riem: &[f64], v: &[f64], out: &mut [f64]) {
    for (at, o) in out.iter_mut().enumerate() {
        let (l, k) = (at / d, at % d);
        let inner = |j: usize| dense::dot(&riem[((l * d + j) * d + k) * d..][..d], v);
        *o = (0..d).map(|j| v[j] * inner(j)).sum();
    }
}

/// g^il a_lk, `[i][k]`.
fn raise_rows(d: usize, g_inv: &[f64], a: &[f64], out: &mut [f64]) {
    for (at, o) in out.iter_mut().enumerate() {
        let (i, k) = (at / d, at % d);
        *o = (0..d).map(|l| g_inv[i * d + l] * a[l * d + k]).sum();
    }
}

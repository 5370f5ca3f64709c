//! The metric: lengths and angles of coordinate vectors.
//!
//! ```text
//! g_ij = ⟨∂_i f, ∂_j f⟩         pullback by an immersion f, symmetric positive definite, d×d
//! g = L Lᵀ,  E = L^{-T}         orthonormal frame: Eᵀ g E = I, columns the vectors
//! dV = √det g dx                volume element
//! ```
//!
//! A metric that is [degenerate](crate::conventions#where-a-metric-is-degenerate) is an
//! [`ErrorKind::DegenerateMetric`](crate::ErrorKind) with the point, the eigenvalues and the limit of their ratio
//! ([`CONDITION_LIMIT`]).
//!
//! ```
//! use geogate_geometry::{charts::PolarPlane, metric};
//! // the plane in polar coordinates (ρ, φ): g = diag(1, ρ²)
//! let g = metric::metric(&PolarPlane, &[2.0, 0.3])?;
//! assert!((g[[0, 0]] - 1.0).abs() < 1e-15 && g[[0, 1]].abs() < 1e-15 && (g[[1, 1]] - 4.0).abs() < 1e-15);
//! assert!((metric::volume_element(&PolarPlane, &[2.0, 0.3])? - 2.0).abs() < 1e-15);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::conventions::{CONDITION_LIMIT, pair};
use crate::dense::{self, dot};
use crate::error::{Error, ErrorKind, Result};
use crate::local::LocalGeometry;
use crate::quantity;
use crate::space::Space;
use crate::tensor::Tensor;
use nalgebra::DMatrix;

/// The metric g_ij at x, `[i][j]`.
///
/// # Errors
/// Outside the domain and where g is not finite or not positive definite.
pub fn metric(space: &dyn Space, x: &[f64]) -> Result<Tensor<2>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Metric)?.to_owned())
}

/// The inverse metric g^ij at x, `[i][j]`.
///
/// # Errors
/// As [`metric`].
pub fn inverse(space: &dyn Space, x: &[f64]) -> Result<Tensor<2>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Inverse)?.to_owned())
}

/// The volume element √det g at x.
///
/// # Errors
/// As [`metric`].
pub fn volume_element(space: &dyn Space, x: &[f64]) -> Result<f64> {
    let mut local = LocalGeometry::new();
    local.at(space, x, quantity::VolumeElement)
}

/// The orthonormal frame E at x, `[i][a]`: column a is the a-th vector, `E^i_a g_ij E^j_b = δ_ab`.
///
/// # Errors
/// As [`metric`].
pub fn orthonormal_frame(space: &dyn Space, x: &[f64]) -> Result<Tensor<2>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Frame)?.to_owned())
}

/// The inner product g(u, v) at x.
///
/// # Errors
/// As [`metric`].
///
/// # Panics
/// If u or v has not as many components as x.
#[track_caller]
pub fn inner(space: &dyn Space, x: &[f64], u: &[f64], v: &[f64]) -> Result<f64> {
    let d = x.len();
    assert_eq!((u.len(), v.len()), (d, d), "components of tangent vectors");
    Ok(dense::bilinear(metric(space, x)?.components(), u, v))
}

/// g_ij = ⟨J_i, J_j⟩.
#[inline(always)]
pub(crate) fn pullback(d: usize, jac: &[f64], n: usize, g: &mut [f64]) {
    let g = &mut g[..d * d];
    for i in 0..d {
        for j in 0..=i {
            let value = dot(&jac[i * n..(i + 1) * n], &jac[j * n..(j + 1) * n]);
            g[i * d + j] = value;
            g[j * d + i] = value;
        }
    }
}

/// Packed components to a full symmetric matrix.
pub(crate) fn unpack(d: usize, packed: &[f64], g: &mut [f64]) {
    for i in 0..d {
        for j in 0..d {
            g[i * d + j] = packed[pair(i, j)];
        }
    }
}

/// g⁻¹ = E Eᵀ; by the adjugate in two dimensions, which is faster and no less accurate. `frame` holds E of
/// [`condition_bound`] in other dimensions.
#[inline(always)]
pub(crate) fn invert(d: usize, g: &[f64], l: &[f64], frame: &[f64], g_inv: &mut [f64]) {
    if d == 2 {
        let root = l[0] * l[3];
        let r = 1.0 / (root * root);
        (g_inv[0], g_inv[1], g_inv[2], g_inv[3]) = (g[3] * r, -g[1] * r, -g[1] * r, g[0] * r);
    } else {
        dense::gram_of_rows(d, frame, g_inv);
    }
}

/// An upper bound of the ratio of eigenvalues, tr g · tr g⁻¹, at most d² times too large. Leaves E in `frame` but
/// in two dimensions, where tr g⁻¹ = tr g / det g.
#[inline(always)]
pub(crate) fn condition_bound(d: usize, g: &[f64], l: &[f64], frame: &mut [f64]) -> f64 {
    let trace: f64 = (0..d).map(|i| g[i * d + i]).sum();
    if d == 2 {
        let ratio = trace / (l[0] * l[3]);
        return ratio * ratio;
    }
    dense::inverse_transpose(d, l, frame);
    trace * dot(&frame[..d * d], &frame[..d * d])
}

/// √det g = Π L_ii.
#[inline]
pub(crate) fn volume_of_factor(d: usize, l: &[f64]) -> f64 {
    (0..d).map(|i| l[i * d + i]).product()
}

/// Factors g at `x` into `l`, or says what is wrong with it; `frame` is scratch, left as by [`condition_bound`].
#[inline(always)]
pub(crate) fn checked_factor(
    d: usize,
    g: &[f64],
    l: &mut [f64],
    frame: &mut [f64],
    x: &[f64],
) -> Result<()> {
    if !dense::all_finite(&g[..d * d]) {
        return Err(Error::not_finite("metric", x));
    }
    // the bound may be too large: where it says no, or is NaN, the eigenvalues decide
    let accepted = dense::cholesky(d, g, l)
        && (condition_bound(d, g, l, frame) <= CONDITION_LIMIT
            || condition(d, g) <= CONDITION_LIMIT);
    if accepted {
        Ok(())
    } else {
        Err(degenerate(d, g, x))
    }
}

#[cold]
fn degenerate(d: usize, g: &[f64], x: &[f64]) -> Error {
    ErrorKind::DegenerateMetric {
        point: x.to_vec(),
        eigenvalues: eigenvalues(d, g),
        condition_limit: CONDITION_LIMIT,
    }
    .into()
}

/// Eigenvalues of a symmetric matrix `[i][j]`, ascending; NaN where an entry is not finite.
pub(crate) fn eigenvalues(d: usize, g: &[f64]) -> Vec<f64> {
    let size = crate::tensor::max_abs(&g[..d * d]);
    if !size.is_finite() {
        return vec![f64::NAN; d];
    }
    if size == 0.0 {
        return vec![0.0; d];
    }
    // scaled, because the iteration squares entries and does not end on what overflows
    let scaled = DMatrix::from_row_slice(d, d, &g[..d * d]) / size;
    let mut values: Vec<f64> = scaled
        .symmetric_eigenvalues()
        .iter()
        .map(|e| e * size)
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The ratio of the extreme eigenvalues; infinite where one is not positive.
#[cold]
fn condition(d: usize, g: &[f64]) -> f64 {
    let values = eigenvalues(d, g);
    if values[0] > 0.0 {
        values[d - 1] / values[0]
    } else {
        f64::INFINITY
    }
}

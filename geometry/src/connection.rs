//! The Levi-Civita connection: how coordinate vectors turn from point to point.
//!
//! ```text
//! Γ_{l,ij} = ⟨∂_l f, ∂_i ∂_j f⟩                       immersion, no derivative of g needed
//! Γ_{l,ij} = ½ (∂_i g_jl + ∂_j g_il − ∂_l g_ij)       metric field
//! Γ^k_ij   = g^kl Γ_{l,ij}                            d×d×d, symmetric in i, j
//! ∂_l Γ^k_ij = g^km (∂_l Γ_{m,ij} − ∂_l g_mn Γ^n_ij)   with ∂_l g_mn = Γ_{m,ln} + Γ_{n,lm}
//! ```
//!
//! ```
//! use geogate_geometry::{charts::PolarPlane, connection};
//! // flat, and yet Γ ≠ 0: Γ^ρ_φφ = −ρ, Γ^φ_ρφ = 1/ρ
//! let gamma = connection::christoffel(&PolarPlane, &[2.0, 0.3])?;
//! assert!((gamma[[0, 1, 1]] + 2.0).abs() < 1e-15);
//! assert!((gamma[[1, 0, 1]] - 0.5).abs() < 1e-15);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::conventions::{pair, pairs};
use crate::dense::dot;
use crate::error::Result;
use crate::jet::{Jet2, Jet3};
use crate::local::LocalGeometry;
use crate::quantity;
use crate::space::{C3MetricSource, C3Space, Space};
use crate::tensor::Tensor;

/// Christoffel symbols of the first kind Γ_{l,ij} at x, `[l][i][j]`.
///
/// # Errors
/// Outside the domain and where the metric is degenerate or a derivative is not finite.
pub fn christoffel_first_kind(space: &dyn Space, x: &[f64]) -> Result<Tensor<3>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::ChristoffelFirst)?.to_owned())
}

/// Christoffel symbols of the second kind Γ^k_ij at x, `[k][i][j]`.
///
/// # Errors
/// As [`christoffel_first_kind`].
pub fn christoffel(space: &dyn Space, x: &[f64]) -> Result<Tensor<3>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Christoffel)?.to_owned())
}

/// The connection and its coordinate derivatives at a point.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConnectionJet {
    /// g_ij, `[i][j]`.
    pub g: Tensor<2>,
    /// Γ^k_ij, `[k][i][j]`.
    pub gamma: Tensor<3>,
    /// ∂_l Γ^k_ij, `[l][k][i][j]`.
    pub dgamma: Tensor<4>,
}

/// Γ^k_ij and ∂_l Γ^k_ij at x; an immersion needs its third derivatives for it.
///
/// # Errors
/// As [`christoffel_first_kind`].
pub fn connection_jet(space: &dyn C3Space, x: &[f64]) -> Result<ConnectionJet> {
    let d = x.len();
    let mut local = LocalGeometry::new();
    let connection = (quantity::ChristoffelFirst, quantity::Christoffel);
    let source = space.source();
    let ((first, gamma), g_inv, g) = local.at(
        &source,
        x,
        (connection, quantity::Inverse, quantity::Metric),
    )?;
    let dfirst = first_kind_derivatives(space, x);
    let mut dgamma = Tensor::<4>::zeros(d);
    for l in 0..d {
        for i in 0..d {
            for j in 0..d {
                // ∂_l Γ_{m,ij} − ∂_l g_mn Γ^n_ij, one number per m
                let lowered: Vec<f64> = (0..d)
                    .map(|m| {
                        let turned =
                            |n: usize| (first[[m, l, n]] + first[[n, l, m]]) * gamma[[n, i, j]];
                        dfirst[[l, m, i, j]] - (0..d).map(turned).sum::<f64>()
                    })
                    .collect();
                for k in 0..d {
                    dgamma[[l, k, i, j]] = (0..d).map(|m| g_inv[[k, m]] * lowered[m]).sum();
                }
            }
        }
    }
    if dgamma.max_abs().is_finite() {
        Ok(ConnectionJet {
            g: g.to_owned(),
            gamma: gamma.to_owned(),
            dgamma,
        })
    } else {
        Err(crate::Error::not_finite("third derivatives", x))
    }
}

/// ∂_l Γ_{m,ij}, `[l][m][i][j]`: `⟨H_lm, H_ij⟩ + ⟨J_m, ∂_l H_ij⟩`, or
/// `½ (∂_l ∂_i g_jm + ∂_l ∂_j g_im − ∂_l ∂_m g_ij)`.
fn first_kind_derivatives(space: &dyn C3Space, x: &[f64]) -> Tensor<4> {
    let d = x.len();
    let mut out = Tensor::<4>::zeros(d);
    let mut fill = |entry: &dyn Fn(usize, usize, usize, usize) -> f64| {
        for (at, value) in out.components_mut().iter_mut().enumerate() {
            let (l, m, i, j) = (at / (d * d * d), at / (d * d) % d, at / d % d, at % d);
            *value = entry(l, m, i, j);
        }
    };
    match space.c3_source() {
        C3MetricSource::Immersion(map) => {
            let mut jet = Jet3::new();
            map.jet3(x, &mut jet);
            let (first, second) = (&jet.second.first, &jet.second);
            fill(&|l, m, i, j| {
                dot(second.second(l, m), second.second(i, j))
                    + dot(first.column(m), jet.third(l, i, j))
            });
        }
        C3MetricSource::Field(field) => {
            let mut jet = Jet2::new();
            field.jet2(x, &mut jet);
            let ddg = |l: usize, i: usize, j: usize, m: usize| jet.second(l, i)[pair(j, m)];
            fill(&|l, m, i, j| 0.5 * (ddg(l, i, j, m) + ddg(l, j, i, m) - ddg(l, m, i, j)));
        }
    }
    out
}

/// Γ_{l,ij} = ⟨J_l, H_ij⟩.
#[inline(always)]
pub(crate) fn first_kind_of_immersion(
    d: usize,
    n: usize,
    jac: &[f64],
    hess: &[f64],
    out: &mut [f64],
) {
    let out = &mut out[..d * d * d];
    for l in 0..d {
        let column = &jac[l * n..(l + 1) * n];
        for i in 0..d {
            for j in 0..=i {
                let at = pair(j, i) * n;
                let value = dot(column, &hess[at..at + n]);
                out[(l * d + i) * d + j] = value;
                out[(l * d + j) * d + i] = value;
            }
        }
    }
}

/// Γ_{l,ij} = ½ (∂_i g_jl + ∂_j g_il − ∂_l g_ij), from ∂_k g_ij stored `[k][pair(i, j)]`.
#[inline(always)]
pub(crate) fn first_kind_of_field(d: usize, dg: &[f64], out: &mut [f64]) {
    let p = pairs(d);
    let (dg, out) = (&dg[..d * p], &mut out[..d * d * d]);
    for l in 0..d {
        for i in 0..d {
            for j in 0..d {
                out[(l * d + i) * d + j] = 0.5
                    * (dg[i * p + pair(j, l)] + dg[j * p + pair(i, l)] - dg[l * p + pair(i, j)]);
            }
        }
    }
}

/// Γ^k_ij = g^kl Γ_{l,ij}.
#[inline(always)]
pub(crate) fn raise_first(d: usize, g_inv: &[f64], first: &[f64], out: &mut [f64]) {
    let (g_inv, first, out) = (&g_inv[..d * d], &first[..d * d * d], &mut out[..d * d * d]);
    for k in 0..d {
        for i in 0..d {
            for j in 0..=i {
                let value: f64 = (0..d)
                    .map(|l| g_inv[k * d + l] * first[(l * d + i) * d + j])
                    .sum();
                out[(k * d + i) * d + j] = value;
                out[(k * d + j) * d + i] = value;
            }
        }
    }
}

//! How an immersed chart bends in its ambient space.
//!
//! ```text
//! II_ij = ∂_i ∂_j f − Γ^k_ij ∂_k f        second fundamental form: the normal part of the Hessian, n×d×d
//! H     = g^ij II_ij / d                  mean curvature vector, n components
//! ```
//!
//! II is stored `[pair(i, j)][a]`; both are normal to the chart and point to the side it bends to, inwards on a sphere.
//!
//! ```
//! use geogate_geometry::{charts::Catenoid, extrinsic};
//! // a minimal surface: the mean curvature vanishes, the second fundamental form does not
//! let x = [0.4, 1.0];
//! assert!(extrinsic::mean_curvature(&Catenoid::new(2.0), &x)?.iter().all(|h| h.abs() < 1e-15));
//! assert!(extrinsic::second_fundamental_form(&Catenoid::new(2.0), &x)?.of(0, 0)[0].abs() > 0.1);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::conventions::pair;
use crate::dense::dot;
use crate::error::Result;
use crate::jet::Jet2;
use crate::local::LocalGeometry;
use crate::quantity;
use crate::space::Space;
use crate::tensor::Tensor;
use nalgebra::DMatrix;

/// The second fundamental form at a point: a normal vector of the ambient space for every index pair. `C` holds the
/// components: a vector, or a slice in the borrowed [`SecondFormRef`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecondForm<C = Vec<f64>> {
    dim: usize,
    ambient: usize,
    components: C,
}

/// A [`SecondForm`] whose components lie elsewhere, as those of [`LocalGeometry`] do.
pub type SecondFormRef<'a> = SecondForm<&'a [f64]>;

impl<C: AsRef<[f64]>> SecondForm<C> {
    /// The form of n numbers per index pair of d coordinates, `[pair(i, j)][a]`.
    #[inline]
    pub(crate) fn from_components(dim: usize, ambient: usize, components: C) -> Self {
        Self {
            dim,
            ambient,
            components,
        }
    }

    /// II_ij, n numbers, indices in either order.
    ///
    /// # Panics
    /// If an index is not below d.
    #[track_caller]
    #[inline]
    pub fn of(&self, i: usize, j: usize) -> &[f64] {
        let at = pair(i, j) * self.ambient;
        &self.components()[at..at + self.ambient]
    }

    /// All of II, `[pair(i, j)][a]` with [`pair`], last index fastest.
    #[inline]
    pub fn components(&self) -> &[f64] {
        self.components.as_ref()
    }

    /// Number d of coordinates.
    #[inline]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Ambient dimension n.
    #[inline]
    pub fn ambient_dim(&self) -> usize {
        self.ambient
    }

    /// The d×d matrix of component a of II_ij, which is symmetric.
    ///
    /// # Panics
    /// If a is not below n.
    #[track_caller]
    pub fn to_dmatrix(&self, a: usize) -> DMatrix<f64> {
        DMatrix::from_fn(self.dim, self.dim, |i, j| self.of(i, j)[a])
    }

    /// The squared norm `g^ik g^jl ⟨II_ij, II_kl⟩`, the scale of the terms that cancel in the Gauss equation.
    ///
    /// # Panics
    /// If `g_inv` is not over d coordinates.
    #[track_caller]
    pub fn squared_norm<B: AsRef<[f64]>>(&self, g_inv: &Tensor<2, B>) -> f64 {
        let d = self.dim;
        let mut sum = 0.0;
        for (i, k) in (0..d * d).map(|at| (at / d, at % d)) {
            for (j, l) in (0..d * d).map(|at| (at / d, at % d)) {
                sum += g_inv[[i, k]] * g_inv[[j, l]] * dot(self.of(i, j), self.of(k, l));
            }
        }
        sum
    }
}

/// The second fundamental form at x.
///
/// # Errors
/// For a metric field, outside the domain, and where the metric is degenerate.
pub fn second_fundamental_form(space: &dyn Space, x: &[f64]) -> Result<SecondForm> {
    let mut local = LocalGeometry::new();
    let form = local.at(space, x, quantity::SecondForm)?;
    let components = form.components().to_vec();
    Ok(SecondForm::from_components(
        form.dim,
        form.ambient,
        components,
    ))
}

/// The mean curvature vector `g^ij II_ij / d` at x, n numbers, normal to the chart.
///
/// # Errors
/// As [`second_fundamental_form`].
pub fn mean_curvature(space: &dyn Space, x: &[f64]) -> Result<Vec<f64>> {
    let d = x.len();
    let mut local = LocalGeometry::new();
    let (form, g_inv) = local.at(space, x, (quantity::SecondForm, quantity::Inverse))?;
    let mut out = vec![0.0; form.ambient];
    for i in 0..d {
        for j in 0..d {
            for (o, h) in out.iter_mut().zip(form.of(i, j)) {
                *o += g_inv[[i, j]] * h / d as f64;
            }
        }
    }
    Ok(out)
}

/// II_ij = H_ij − Γ^k_ij J_k.
#[inline(always)]
pub(crate) fn normal_part(d: usize, n: usize, jet: &Jet2, gamma: &[f64], out: &mut [f64]) {
    let (jac, hess, gamma) = (jet.first.jac(), jet.hess(), &gamma[..d * d * d]);
    for i in 0..d {
        for j in 0..=i {
            let at = pair(j, i) * n;
            let (h, o) = (&hess[at..at + n], &mut out[at..at + n]);
            o.copy_from_slice(h);
            for k in 0..d {
                let turn = gamma[(k * d + i) * d + j];
                for (o, j_k) in o.iter_mut().zip(&jac[k * n..(k + 1) * n]) {
                    *o -= turn * j_k;
                }
            }
        }
    }
}

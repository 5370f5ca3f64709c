//! Curvature: what no choice of coordinates can remove.
//!
//! ```text
//! R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩                                   immersion (Gauss equation), d⁴
//! R^i_jkl = ∂_k Γ^i_lj − ∂_l Γ^i_kj + Γ^i_km Γ^m_lj − Γ^i_lm Γ^m_kj           coordinate formula
//! Ric_jl = g^ik R_ijkl                   R = g^jl Ric_jl
//! K(u,v) = R(u,v,u,v) / (g(u,u) g(v,v) − g(u,v)²)
//! W = R − (g ∧ Ric)/(d−2) + R (g ∧ g)/(2(d−1)(d−2))      Weyl, for d ≥ 4
//! R_ijkl R^ijkl                                          Kretschmann scalar
//! ```
//!
//! Riemann and Weyl are `[i][j][k][l]` (d⁴ numbers), Ricci is `[j][l]` (d²), the others are scalars. Here ∧ is the
//! Kulkarni–Nomizu product `(a ∧ b)_ijkl = a_ik b_jl + a_jl b_ik − a_il b_jk − a_jk b_il`. Signs as
//! in [`conventions`](crate::conventions): spheres are positive.
//!
//! ```
//! use geogate_geometry::{charts::{HyperbolicHalfSpace, Sphere}, curvature};
//! let sphere = Sphere::new(3, 2.0);
//! let x = [1.0, 1.2, 0.5];
//! assert!((curvature::sectional_curvature(&sphere, &x, &[1.0, 0.0, 0.0], &[0.0, 1.0, 1.0])? - 0.25).abs() < 1e-13);
//! assert!((curvature::scalar_curvature(&HyperbolicHalfSpace::new(3), &[0.1, 0.2, 0.7])? + 6.0).abs() < 1e-12);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::conventions::{pair, pairs};
use crate::dense::{self, dot};
use crate::error::{ErrorKind, Result};
use crate::local::LocalGeometry;
use crate::quantity;
use crate::space::Space;
use crate::tensor::{Tensor, TensorRef};

/// Below this fraction of g(u,u) g(v,v) the squared area of a parallelogram is rounding.
const PLANE_TOLERANCE: f64 = 1e-14;

/// The Riemann tensor R_ijkl at x, `[i][j][k][l]`: by the Gauss equation for an immersion, from second
/// derivatives of g for a metric field.
///
/// # Errors
/// Outside the domain and where the metric is degenerate or a derivative is not finite.
pub fn riemann(space: &dyn Space, x: &[f64]) -> Result<Tensor<4>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Riemann)?.to_owned())
}

/// The Ricci tensor Ric_jl = R^k_jkl at x, `[j][l]`.
///
/// # Errors
/// As [`riemann`].
pub fn ricci(space: &dyn Space, x: &[f64]) -> Result<Tensor<2>> {
    let mut local = LocalGeometry::new();
    Ok(local.at(space, x, quantity::Ricci)?.to_owned())
}

/// The scalar curvature R = g^jl Ric_jl at x.
///
/// # Errors
/// As [`riemann`].
pub fn scalar_curvature(space: &dyn Space, x: &[f64]) -> Result<f64> {
    let mut local = LocalGeometry::new();
    local.at(space, x, quantity::ScalarCurvature)
}

/// The sectional curvature K(u, v) of the plane spanned by u and v at x.
///
/// # Errors
/// As [`riemann`], and where u and v span no plane.
pub fn sectional_curvature(space: &dyn Space, x: &[f64], u: &[f64], v: &[f64]) -> Result<f64> {
    let mut local = LocalGeometry::new();
    local.at(space, x, quantity::Sectional)?.of(u, v)
}

/// The Weyl tensor W_ijkl at x, `[i][j][k][l]`: the part of R without traces, unchanged in direction by
/// conformal maps.
///
/// # Errors
/// As [`riemann`], and below four dimensions, where it vanishes identically.
pub fn weyl(space: &dyn Space, x: &[f64]) -> Result<Tensor<4>> {
    let d = x.len();
    if d < 4 {
        return Err(ErrorKind::Dimension {
            quantity: "Weyl tensor",
            needed: 4,
            found: d,
        }
        .into());
    }
    let mut local = LocalGeometry::new();
    let curvatures = (
        quantity::Riemann,
        quantity::Ricci,
        quantity::ScalarCurvature,
    );
    let (g, (riem, ricci, scalar)) = local.at(space, x, (quantity::Metric, curvatures))?;
    let m = d as f64;
    let pure = scalar / (2.0 * (m - 1.0) * (m - 2.0));
    let mut out = riem.to_owned();
    for (at, w) in out.components_mut().iter_mut().enumerate() {
        let index = [at / (d * d * d), at / (d * d) % d, at / d % d, at % d];
        *w += pure * kulkarni_nomizu(g, g, index) - kulkarni_nomizu(g, ricci, index) / (m - 2.0);
    }
    Ok(out)
}

/// The Kretschmann scalar R_ijkl R^ijkl at x.
///
/// # Errors
/// As [`riemann`].
pub fn kretschmann(space: &dyn Space, x: &[f64]) -> Result<f64> {
    let mut local = LocalGeometry::new();
    let (riem, frame) = local.at(space, x, (quantity::Riemann, quantity::Frame))?;
    Ok(in_frame(x.len(), riem.components(), frame.components())
        .iter()
        .map(|r| r * r)
        .sum())
}

/// `a_ik b_jl + a_jl b_ik − a_il b_jk − a_jk b_il`.
fn kulkarni_nomizu(a: TensorRef<'_, 2>, b: TensorRef<'_, 2>, [i, j, k, l]: [usize; 4]) -> f64 {
    a[[i, k]] * b[[j, l]] + a[[j, l]] * b[[i, k]] - a[[i, l]] * b[[j, k]] - a[[j, k]] * b[[i, l]]
}

/// A covariant rank-4 tensor in a frame: `R_abcd = R_ijkl E^i_a E^j_b E^k_c E^l_d`.
pub(crate) fn in_frame(d: usize, riem: &[f64], frame: &[f64]) -> Vec<f64> {
    let block = d * d * d;
    let mut current = riem.to_vec();
    // each pass turns the first index and moves it to the back, so four passes restore the order
    for _ in 0..4 {
        let mut next = vec![0.0; current.len()];
        for (rest, a) in (0..block * d).map(|at| (at / d, at % d)) {
            next[rest * d + a] = (0..d)
                .map(|i| frame[i * d + a] * current[i * block + rest])
                .sum();
        }
        current = next;
    }
    current
}

/// The sectional curvatures at a point: the value of [`quantity::Sectional`].
#[derive(Clone, Copy, Debug)]
pub struct Planes<'a> {
    g: TensorRef<'a, 2>,
    riem: TensorRef<'a, 4>,
}

impl<'a> Planes<'a> {
    #[inline]
    pub(crate) fn new(g: TensorRef<'a, 2>, riem: TensorRef<'a, 4>) -> Self {
        Self { g, riem }
    }

    /// The sectional curvature K(u, v) of the plane spanned by u and v.
    ///
    /// # Errors
    /// Where u and v span no plane.
    ///
    /// # Panics
    /// If u or v has not d components.
    #[track_caller]
    pub fn of(&self, u: &[f64], v: &[f64]) -> Result<f64> {
        let (d, g) = (self.g.dim(), self.g.components());
        assert_eq!((u.len(), v.len()), (d, d), "components of tangent vectors");
        let (uu, vv, uv) = (
            dense::bilinear(g, u, u),
            dense::bilinear(g, v, v),
            dense::bilinear(g, u, v),
        );
        let squared_area = uu * vv - uv * uv;
        // false for NaN too
        let spans = squared_area > PLANE_TOLERANCE * uu * vv;
        if !spans {
            return Err(ErrorKind::DegeneratePlane {
                squared_area,
                scale: uu * vv,
            }
            .into());
        }
        let mut sum = 0.0;
        for (at, r) in self.riem.components().iter().enumerate() {
            sum += r * u[at / (d * d * d)] * v[at / (d * d) % d] * u[at / d % d] * v[at % d];
        }
        Ok(sum / squared_area)
    }
}

/// R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩; `gram` holds the inner products of all pairs.
#[inline(always)]
pub(crate) fn gauss(d: usize, n: usize, second: &[f64], gram: &mut [f64], riem: &mut [f64]) {
    let p = pairs(d);
    let (gram, riem) = (&mut gram[..p * p], &mut riem[..d * d * d * d]);
    for a in 0..p {
        for b in 0..=a {
            let value = dot(&second[a * n..(a + 1) * n], &second[b * n..(b + 1) * n]);
            gram[a * p + b] = value;
            gram[b * p + a] = value;
        }
    }
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        for (k, l) in (0..d * d).map(|at| (at / d, at % d)) {
            riem[((i * d + j) * d + k) * d + l] =
                gram[pair(i, k) * p + pair(j, l)] - gram[pair(i, l) * p + pair(j, k)];
        }
    }
}

/// II^k_l = g^ki II_il, `[k][l][a]`.
#[inline(always)]
pub(crate) fn raise(d: usize, n: usize, g_inv: &[f64], second: &[f64], mixed: &mut [f64]) {
    let g_inv = &g_inv[..d * d];
    for (k, l) in (0..d * d).map(|at| (at / d, at % d)) {
        let out = &mut mixed[(k * d + l) * n..(k * d + l + 1) * n];
        out.fill(0.0);
        for i in 0..d {
            let at = pair(i, l) * n;
            for (o, h) in out.iter_mut().zip(&second[at..at + n]) {
                *o += g_inv[k * d + i] * h;
            }
        }
    }
}

/// Ric_jl = ⟨tr II, II_jl⟩ − ⟨II^k_l, II_jk⟩; `trace` is scratch of n numbers or more.
#[inline(always)]
pub(crate) fn ricci_of_immersion(
    d: usize,
    n: usize,
    second: &[f64],
    mixed: &[f64],
    trace: &mut [f64],
    out: &mut [f64],
) {
    let trace = &mut trace[..n];
    trace.fill(0.0);
    for k in 0..d {
        trace
            .iter_mut()
            .zip(&mixed[(k * d + k) * n..])
            .for_each(|(t, m)| *t += m);
    }
    let second = |i: usize, j: usize| &second[pair(i, j) * n..(pair(i, j) + 1) * n];
    for j in 0..d {
        for l in 0..=j {
            let crossed: f64 = (0..d)
                .map(|k| dot(&mixed[(k * d + l) * n..(k * d + l + 1) * n], second(j, k)))
                .sum();
            let value = dot(trace, second(j, l)) - crossed;
            out[j * d + l] = value;
            out[l * d + j] = value;
        }
    }
}

/// R = 2 Σ_{k<l} ⟨II^k_k, II^l_l⟩ − ⟨II^k_l, II^l_k⟩: the terms k = l, which cancel, are left out.
#[inline(always)]
pub(crate) fn scalar_of_immersion(d: usize, n: usize, mixed: &[f64]) -> f64 {
    let m = |k: usize, l: usize| &mixed[(k * d + l) * n..(k * d + l + 1) * n];
    let mut sum = 0.0;
    for l in 1..d {
        for k in 0..l {
            sum += dot(m(k, k), m(l, l)) - dot(m(k, l), m(l, k));
        }
    }
    2.0 * sum
}

/// `R_ijkl = ½ (∂_j ∂_k g_il + ∂_i ∂_l g_jk − ∂_i ∂_k g_jl − ∂_j ∂_l g_ik) + Γ_{m,jk} Γ^m_il − Γ_{m,jl} Γ^m_ik`,
/// from ∂_i ∂_j g stored `[pair(i, j)][pair(k, l)]`.
#[inline(always)]
pub(crate) fn riemann_of_field(
    d: usize,
    ddg: &[f64],
    first: &[f64],
    gamma: &[f64],
    riem: &mut [f64],
) {
    let p = pairs(d);
    let (first, gamma) = (&first[..d * d * d], &gamma[..d * d * d]);
    let dd = |i: usize, j: usize, k: usize, l: usize| ddg[pair(i, j) * p + pair(k, l)];
    let product = |j: usize, k: usize, i: usize, l: usize| -> f64 {
        (0..d)
            .map(|m| first[(m * d + j) * d + k] * gamma[(m * d + i) * d + l])
            .sum()
    };
    let at = |i: usize, j: usize, k: usize, l: usize| ((i * d + j) * d + k) * d + l;
    riem[..d * d * d * d].fill(0.0);
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)).filter(|(i, j)| i < j) {
        for (k, l) in (0..d * d).map(|at| (at / d, at % d)).filter(|(k, l)| k < l) {
            let value = 0.5 * (dd(j, k, i, l) + dd(i, l, j, k) - dd(i, k, j, l) - dd(j, l, i, k))
                + product(j, k, i, l)
                - product(j, l, i, k);
            riem[at(i, j, k, l)] = value;
            riem[at(j, i, l, k)] = value;
            riem[at(j, i, k, l)] = -value;
            riem[at(i, j, l, k)] = -value;
        }
    }
}

/// Ric_jl = g^ik R_ijkl.
#[inline(always)]
pub(crate) fn contract_first_and_third(d: usize, g_inv: &[f64], riem: &[f64], out: &mut [f64]) {
    let (g_inv, riem, out) = (&g_inv[..d * d], &riem[..d * d * d * d], &mut out[..d * d]);
    for (j, l) in (0..d * d).map(|at| (at / d, at % d)) {
        let mut sum = 0.0;
        for (i, k) in (0..d * d).map(|at| (at / d, at % d)) {
            sum += g_inv[i * d + k] * riem[((i * d + j) * d + k) * d + l];
        }
        out[j * d + l] = sum;
    }
}

//! The five defects of a transition at a point.

use crate::connection::christoffel;
use crate::curvature::scalar_curvature;
use crate::dense;
use crate::error::Result;
use crate::jet::Jet2;
use crate::map::{C2Map, Map};
use crate::metric::{eigenvalues, inner, inverse, metric, orthonormal_frame};
use crate::space::Space;
use crate::tensor::{Tensor, TensorRef};
use crate::transition::pullback_metric;

/// A map τ from one space to another.
#[derive(Clone, Copy)]
pub struct Transition<'a> {
    from: &'a dyn Space,
    to: &'a dyn Space,
    map: &'a dyn C2Map,
}

/// How far a map is from preserving lengths at a point.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IsometryDefect {
    /// Eigenvalues of `L_s⁻¹ (Dτᵀ g_t Dτ) L_s⁻ᵀ − I`, ascending: squared stretches minus one. They do not depend on
    /// the frame, the matrix does.
    pub eigenvalues: Vec<f64>,
    /// Root sum of squares of the eigenvalues, the Frobenius norm of the matrix.
    pub norm: f64,
}

/// How far a map is from taking geodesics to geodesics at a point.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AffineDefect {
    /// Coordinates of the source.
    pub source_dim: usize,
    /// (∇dτ)^a_ij, `[a][i][j]`.
    pub components: Vec<f64>,
    /// `√(g_t_ab g_s^ik g_s^jl (∇dτ)^a_ij (∇dτ)^b_kl)`.
    pub norm: f64,
}

impl AffineDefect {
    /// Component a of the defect: (∇dτ)^a_ij, `[[i, j]]`.
    ///
    /// # Panics
    /// If a is not a coordinate of the target.
    #[track_caller]
    pub fn part(&self, a: usize) -> TensorRef<'_, 2> {
        let size = self.source_dim * self.source_dim;
        Tensor::from_components(self.source_dim, &self.components[a * size..(a + 1) * size])
    }

    /// ∇dτ(v, w), the components of a vector at τ(z).
    pub fn along(&self, v: &[f64], w: &[f64]) -> Vec<f64> {
        let planes = self
            .components
            .chunks_exact(self.source_dim * self.source_dim);
        planes.map(|plane| dense::bilinear(plane, v, w)).collect()
    }
}

impl<'a> Transition<'a> {
    /// The transition τ from one space to another.
    ///
    /// # Panics
    /// If the map does not fit the spaces.
    #[track_caller]
    pub fn new(from: &'a dyn Space, to: &'a dyn Space, map: &'a dyn C2Map) -> Self {
        assert_eq!(
            from.dim(),
            map.source_dim(),
            "coordinates of the source and of the map"
        );
        assert_eq!(
            to.dim(),
            map.target_dim(),
            "coordinates of the target and components of the map"
        );
        Self { from, to, map }
    }

    /// τ(z).
    pub fn image(&self, z: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.map.target_dim()];
        Map::value(self.map, z, &mut out);
        out
    }

    /// The space τ starts from.
    pub fn from(&self) -> &'a dyn Space {
        self.from
    }

    /// The space τ leads to.
    pub fn to(&self) -> &'a dyn Space {
        self.to
    }

    /// The map τ.
    pub fn map(&self) -> &'a dyn C2Map {
        self.map
    }

    /// The isometry defect at z.
    ///
    /// # Errors
    /// Where z or τ(z) is outside its domain, or a metric is degenerate.
    pub fn isometry(&self, z: &[f64]) -> Result<IsometryDefect> {
        let d = z.len();
        let frame = orthonormal_frame(self.from, z)?;
        let pulled = pullback_metric(self.to, self.map, z)?;
        let column = |a: usize| -> Vec<f64> { (0..d).map(|i| frame[[i, a]]).collect() };
        let mut matrix = Tensor::<2>::zeros(d);
        for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
            let identity = if a == b { 1.0 } else { 0.0 };
            matrix[[a, b]] =
                dense::bilinear(pulled.components(), &column(a), &column(b)) - identity;
        }
        let eigenvalues = eigenvalues(d, matrix.components());
        let norm = dense::norm(&eigenvalues);
        Ok(IsometryDefect { eigenvalues, norm })
    }

    /// The affine defect ∇dτ at z.
    ///
    /// # Errors
    /// As [`isometry`](Self::isometry).
    pub fn affine(&self, z: &[f64]) -> Result<AffineDefect> {
        let (d, m) = (z.len(), self.map.target_dim());
        let mut jet = Jet2::new();
        self.map.jet2(z, &mut jet);
        let gamma_s = christoffel(self.from, z)?;
        let gamma_t = christoffel(self.to, jet.first.value())?;
        let mut components = vec![0.0; m * d * d];
        for (at, o) in components.iter_mut().enumerate() {
            let (a, i, j) = (at / (d * d), at / d % d, at % d);
            let source: f64 = (0..d)
                .map(|k| gamma_s[[k, i, j]] * jet.first.column(k)[a])
                .sum();
            let form = gamma_t.part(a);
            let target =
                dense::bilinear(form.components(), jet.first.column(i), jet.first.column(j));
            *o = jet.second(i, j)[a] - source + target;
        }
        let g_inv = inverse(self.from, z)?;
        let g = metric(self.to, jet.first.value())?;
        let norm = affine_norm(d, m, &components, g_inv.components(), g.components());
        Ok(AffineDefect {
            source_dim: d,
            components,
            norm,
        })
    }

    /// The curvature defect R_t(τ(z)) − R_s(z).
    ///
    /// # Errors
    /// As [`isometry`](Self::isometry).
    pub fn curvature(&self, z: &[f64]) -> Result<f64> {
        Ok(scalar_curvature(self.to, &self.image(z))? - scalar_curvature(self.from, z)?)
    }

    /// The inverse defect of a candidate inverse: the length of τ⁻¹(τ(z)) − z in g_s(z).
    ///
    /// # Errors
    /// Where the metric of the source is degenerate or the candidate's value is not finite.
    pub fn inverse(&self, candidate: &dyn Map, z: &[f64]) -> Result<f64> {
        let mut back = vec![0.0; z.len()];
        candidate.value(&self.image(z), &mut back);
        displacement(self.from, z, &back)
    }
}

/// The cocycle defect of three transitions s → t → u and s → u: the length of τ_tu(τ_st(z)) − τ_su(z) in g_u(τ_su(z)).
///
/// # Errors
/// Where the metric of u is degenerate or a value is not finite.
pub fn cocycle_defect(
    st: &Transition<'_>,
    tu: &Transition<'_>,
    su: &Transition<'_>,
    z: &[f64],
) -> Result<f64> {
    displacement(su.to, &su.image(z), &tu.image(&st.image(z)))
}

/// The length of b − a in the metric at a.
fn displacement(space: &dyn Space, a: &[f64], b: &[f64]) -> Result<f64> {
    let apart: Vec<f64> = b.iter().zip(a).map(|(b, a)| b - a).collect();
    let square = inner(space, a, &apart, &apart)?;
    if square.is_finite() {
        Ok(square.sqrt())
    } else {
        Err(crate::Error::not_finite("image of a transition", b))
    }
}

/// √(g_ab g^ik g^jl A^a_ij A^b_kl).
fn affine_norm(d: usize, m: usize, a: &[f64], g_inv: &[f64], g: &[f64]) -> f64 {
    // raised one index at a time: d³ products per component where both at once take d⁴
    let raised: Vec<Vec<f64>> = a
        .chunks_exact(d * d)
        .map(|plane| times(d, &times(d, g_inv, plane), g_inv))
        .collect();
    let planes = a.chunks_exact(d * d);
    let sum: f64 = planes
        .enumerate()
        .map(|(a, plane)| {
            let rows = raised.iter().enumerate();
            rows.map(|(b, raised)| g[a * m + b] * dense::dot(plane, raised))
                .sum::<f64>()
        })
        .sum();
    sum.max(0.0).sqrt()
}

/// The product of two matrices of d rows and columns.
fn times(d: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; d * d];
    for (row, a) in out.chunks_exact_mut(d).zip(a.chunks_exact(d)) {
        for (&a, b) in a.iter().zip(b.chunks_exact(d)) {
            row.iter_mut().zip(b).for_each(|(o, b)| *o += a * b);
        }
    }
    out
}

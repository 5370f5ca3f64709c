//! Jets: a map's value and all its derivatives up to an order, in buffers the caller owns and reuses.

use crate::conventions::{pair, pairs, triple, triples};
use nalgebra::DMatrix;

/// Value and first derivatives of a map R^d → Rⁿ at a point.
///
/// ```text
/// Jet1: f, J_i = ∂_i f        Jet2: + H_ij = ∂_i ∂_j f        Jet3: + ∂_i ∂_j ∂_k f
/// ```
///
/// Storage as in [`conventions`](crate::conventions): each derivative is one contiguous row of n numbers, and
/// of symmetric index groups only one member is kept. A jet takes the shape of the map that fills it; memory
/// is allocated the first time a shape is met and reused afterwards.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Jet1 {
    d: usize,
    n: usize,
    value: Vec<f64>,
    jac: Vec<f64>,
}

impl Jet1 {
    /// An empty jet, shaped by the first map that fills it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the jet the shape of a map R^d → Rⁿ. Contents are unspecified afterwards.
    #[inline]
    pub fn reshape(&mut self, d: usize, n: usize) {
        if (d, n) != (self.d, self.n) {
            (self.d, self.n) = (d, n);
            self.value.resize(n, 0.0);
            self.jac.resize(d * n, 0.0);
        }
    }

    /// Dimension d of the coordinates.
    #[inline]
    pub fn source_dim(&self) -> usize {
        self.d
    }

    /// Dimension n of the values.
    #[inline]
    pub fn target_dim(&self) -> usize {
        self.n
    }

    /// f, n numbers.
    #[inline]
    pub fn value(&self) -> &[f64] {
        &self.value
    }

    /// f, to be filled.
    #[inline]
    pub fn value_mut(&mut self) -> &mut [f64] {
        &mut self.value
    }

    /// The whole Jacobian, `[i][a]`.
    #[inline]
    pub fn jac(&self) -> &[f64] {
        &self.jac
    }

    /// The whole Jacobian, `[i][a]`, to be filled.
    #[inline]
    pub fn jac_mut(&mut self) -> &mut [f64] {
        &mut self.jac
    }

    /// J_i = ∂_i f, n numbers.
    #[inline]
    pub fn column(&self, i: usize) -> &[f64] {
        &self.jac[i * self.n..(i + 1) * self.n]
    }

    /// J_i, to be filled.
    #[inline]
    pub fn column_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.jac[i * self.n..(i + 1) * self.n]
    }

    /// Df as an n×d matrix: column i is J_i.
    ///
    /// ```
    /// use geogate_geometry::{C1Map, Jet1, charts::PolarPlane};
    /// let mut jet = Jet1::new();
    /// PolarPlane.jet1(&[2.0, 0.0], &mut jet);
    /// // ∂_φ of (ρ cos φ, ρ sin φ) at φ = 0 is (0, ρ)
    /// assert_eq!(jet.column(1), [0.0, 2.0]);
    /// assert_eq!(jet.to_dmatrix().column(1).as_slice(), [0.0, 2.0]);
    /// ```
    pub fn to_dmatrix(&self) -> DMatrix<f64> {
        DMatrix::from_column_slice(self.n, self.d, &self.jac)
    }

    /// Df(v) = v^i J_i, written into `out` (n numbers).
    pub fn push_forward(&self, v: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (i, &vi) in v.iter().enumerate() {
            for (o, &j) in out.iter_mut().zip(self.column(i)) {
                *o += vi * j;
            }
        }
    }
}

/// Value, first and second derivatives of a map R^d → Rⁿ at a point.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Jet2 {
    /// Value and first derivatives.
    pub first: Jet1,
    hess: Vec<f64>,
}

impl Jet2 {
    /// An empty jet, shaped by the first map that fills it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the jet the shape of a map R^d → Rⁿ. Contents are unspecified afterwards.
    #[inline]
    pub fn reshape(&mut self, d: usize, n: usize) {
        self.first.reshape(d, n);
        self.hess.resize(pairs(d) * n, 0.0);
    }

    /// All second derivatives, `[pair(i, j)][a]`.
    #[inline]
    pub fn hess(&self) -> &[f64] {
        &self.hess
    }

    /// All second derivatives, `[pair(i, j)][a]`, to be filled.
    #[inline]
    pub fn hess_mut(&mut self) -> &mut [f64] {
        &mut self.hess
    }

    /// H_ij = ∂_i ∂_j f, n numbers, indices in either order.
    #[inline]
    pub fn second(&self, i: usize, j: usize) -> &[f64] {
        let at = pair(i, j) * self.first.n;
        &self.hess[at..at + self.first.n]
    }

    /// H_ij, to be filled.
    #[inline]
    pub fn second_mut(&mut self, i: usize, j: usize) -> &mut [f64] {
        let at = pair(i, j) * self.first.n;
        &mut self.hess[at..at + self.first.n]
    }

    /// The Hessian of component a, H^a_ij, as a symmetric d×d matrix.
    ///
    /// ```
    /// use geogate_geometry::{C2Map, Jet2, charts::PolarPlane};
    /// let mut jet = Jet2::new();
    /// PolarPlane.jet2(&[2.0, 0.0], &mut jet);
    /// // ∂_ρ ∂_φ of ρ sin φ at φ = 0 is 1
    /// assert_eq!(jet.second(0, 1), [0.0, 1.0]);
    /// assert_eq!(jet.to_dmatrix(1)[(1, 0)], 1.0);
    /// ```
    ///
    /// # Panics
    /// If a is not below n.
    #[track_caller]
    pub fn to_dmatrix(&self, a: usize) -> DMatrix<f64> {
        DMatrix::from_fn(self.first.d, self.first.d, |i, j| self.second(i, j)[a])
    }

    /// D²f(v, w) = v^i w^j H_ij, written into `out` (n numbers).
    pub fn second_along(&self, v: &[f64], w: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for j in 0..self.first.d {
            for i in 0..=j {
                let weight = if i == j {
                    v[i] * w[i]
                } else {
                    v[i] * w[j] + v[j] * w[i]
                };
                for (o, &h) in out.iter_mut().zip(self.second(i, j)) {
                    *o += weight * h;
                }
            }
        }
    }
}

/// Value and derivatives to third order of a map R^d → Rⁿ at a point.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Jet3 {
    /// Value, first and second derivatives.
    pub second: Jet2,
    third: Vec<f64>,
}

impl Jet3 {
    /// An empty jet, shaped by the first map that fills it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the jet the shape of a map R^d → Rⁿ. Contents are unspecified afterwards.
    #[inline]
    pub fn reshape(&mut self, d: usize, n: usize) {
        self.second.reshape(d, n);
        self.third.resize(triples(d) * n, 0.0);
    }

    /// All third derivatives, `[triple(i, j, k)][a]`.
    #[inline]
    pub fn thirds(&self) -> &[f64] {
        &self.third
    }

    /// All third derivatives, `[triple(i, j, k)][a]`, to be filled.
    #[inline]
    pub fn thirds_mut(&mut self) -> &mut [f64] {
        &mut self.third
    }

    /// ∂_i ∂_j ∂_k f, n numbers, indices in any order.
    #[inline]
    pub fn third(&self, i: usize, j: usize, k: usize) -> &[f64] {
        let at = triple(i, j, k) * self.second.first.n;
        &self.third[at..at + self.second.first.n]
    }

    /// ∂_i ∂_j ∂_k f, to be filled.
    #[inline]
    pub fn third_mut(&mut self, i: usize, j: usize, k: usize) -> &mut [f64] {
        let at = triple(i, j, k) * self.second.first.n;
        &mut self.third[at..at + self.second.first.n]
    }
}

//! Index order, signs, shapes and storage: stated here once, linked from everywhere.
//!
//! Letters i, j, k, l, m run over the d coordinates of a chart, a, b over the n components of the
//! ambient space; sums over repeated indices are implied; ⟨·,·⟩ is the inner product of Rⁿ.
//!
//! # Signs
//!
//! A sphere of radius r has sectional curvature **+1/r²**.
//!
//! ```text
//! R_ijkl = ⟨R(∂_k, ∂_l) ∂_j, ∂_i⟩        R(X, Y) = ∇_X ∇_Y − ∇_Y ∇_X − ∇_[X,Y]
//! R^i_jkl = ∂_k Γ^i_lj − ∂_l Γ^i_kj + Γ^i_km Γ^m_lj − Γ^i_lm Γ^m_kj
//! Ric_jl  = R^k_jkl                       (slots 1 and 3; slots 1 and 4 would give −Ric)
//! K(u, v) = R(u, v, u, v) / (g(u,u) g(v,v) − g(u,v)²)
//! ```
//!
//! # Storage
//!
//! Everything is row-major, last index fastest.
//!
//! | quantity | index order | length |
//! |---|---|---|
//! | Jacobian J_i = ∂_i f | `[i][a]`: one contiguous row of n numbers per coordinate | d·n |
//! | Hessian H_ij = ∂_i ∂_j f | `[pair(i, j)][a]`, i ≤ j | d(d+1)/2·n |
//! | third derivatives ∂_i ∂_j ∂_k f | `[triple(i, j, k)][a]`, i ≤ j ≤ k | d(d+1)(d+2)/6·n |
//! | second fundamental form II_ij | `[pair(i, j)][a]` | d(d+1)/2·n |
//! | metric g_ij, inverse g^ij, Ricci | `[i][j]` | d² |
//! | orthonormal frame E, columns are the vectors | `[i][a]`, a counts vectors | d² |
//! | Christoffel, first kind Γ_{l,ij} | `[l][i][j]` | d³ |
//! | Christoffel, second kind Γ^k_ij | `[k][i][j]` | d³ |
//! | derivative ∂_l Γ^k_ij | `[l][k][i][j]` | d⁴ |
//! | Riemann R_ijkl, all indices down | `[i][j][k][l]` | d⁴ |
//! | the components of a metric field | `[pair(i, j)]`, i ≤ j | d(d+1)/2 |
//!
//! A symmetric index pair i ≤ j is stored at [`pair`]`(i, j) = j(j+1)/2 + i` and a triple i ≤ j ≤ k at
//! [`triple`]`(i, j, k) = k(k+1)(k+2)/6 + j(j+1)/2 + i`; both are independent of d.
//!
//! # Reading by index, and nalgebra
//!
//! A [`Tensor`](crate::Tensor) is read by its indices in the order of the table, `gamma[[k, i, j]]`, and so is the
//! borrowed [`TensorRef`](crate::TensorRef). Of packed quantities the pair or triple is asked for, in any order:
//! [`Jet2::second`](crate::Jet2::second)`(i, j)` and
//! [`SecondForm::of`](crate::extrinsic::SecondForm::of)`(i, j)` are n numbers each.
//!
//! Points and vectors are slices, which the vectors of [`nalgebra`] lend; tensors with two indices become matrices
//! and back ([`Tensor`](crate::Tensor)). Several vectors in one slice (`[vector][i]`) are the columns of
//! `DMatrix::from_vec(d, count, …)`.
//!
//! ```
//! use geogate_geometry::nalgebra::{DVector, Vector2};
//! use geogate_geometry::{charts::Sphere, exp, metric};
//! let (sphere, x, v) = (Sphere::new(2, 2.0), Vector2::new(1.0, 0.5), Vector2::new(0.3, 0.2));
//! let end: DVector<f64> = exp(&sphere, x.as_slice(), v.as_slice())?.into();
//! let g = metric::metric(&sphere, end.as_slice())?.to_dmatrix();
//! assert!((g[(0, 0)] - 4.0).abs() < 1e-14);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```
//!
//! # Units
//!
//! Angles are radians. Parameters of geodesics run over [0, 1] where nothing else is said, so an initial
//! velocity v has length √g(v, v) equal to the length of its geodesic.

/// Position of the symmetric index pair (i, j), in either order: `j(j+1)/2 + i` for i ≤ j.
#[inline(always)]
pub const fn pair(i: usize, j: usize) -> usize {
    if i <= j {
        j * (j + 1) / 2 + i
    } else {
        i * (i + 1) / 2 + j
    }
}

/// Number of symmetric index pairs in d dimensions, d(d+1)/2.
#[inline(always)]
pub const fn pairs(d: usize) -> usize {
    d * (d + 1) / 2
}

/// Position of the symmetric index triple (i, j, k), in any order:
/// `k(k+1)(k+2)/6 + j(j+1)/2 + i` for i ≤ j ≤ k.
#[inline]
pub const fn triple(i: usize, j: usize, k: usize) -> usize {
    let (i, j) = if i <= j { (i, j) } else { (j, i) };
    let (j, k) = if j <= k { (j, k) } else { (k, j) };
    let (i, j) = if i <= j { (i, j) } else { (j, i) };
    k * (k + 1) * (k + 2) / 6 + j * (j + 1) / 2 + i
}

/// Number of symmetric index triples in d dimensions, d(d+1)(d+2)/6.
#[inline(always)]
pub const fn triples(d: usize) -> usize {
    d * (d + 1) * (d + 2) / 6
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The packed positions are a bijection onto 0..count, whatever the order of the indices.
    #[test]
    fn packed_positions_are_bijections() {
        for d in 1..7 {
            let mut seen_pairs = vec![0; pairs(d)];
            let mut seen_triples = vec![0; triples(d)];
            for k in 0..d {
                for j in 0..=k {
                    seen_pairs[pair(j, k)] += 1;
                    assert_eq!(pair(j, k), pair(k, j));
                    for i in 0..=j {
                        seen_triples[triple(i, j, k)] += 1;
                        for [a, b, c] in [[i, k, j], [j, i, k], [j, k, i], [k, i, j], [k, j, i]] {
                            assert_eq!(triple(i, j, k), triple(a, b, c));
                        }
                    }
                }
            }
            assert!(
                seen_pairs
                    .iter()
                    .chain(&seen_triples)
                    .all(|&count| count == 1)
            );
        }
    }
}

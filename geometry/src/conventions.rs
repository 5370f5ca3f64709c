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
//! ([`Tensor`](crate::Tensor)). Several vectors in one slice (`[vector][i]`) are the columns of
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
//! # Where a metric is degenerate
//!
//! g is degenerate where the ratio of its extreme eigenvalues, the square of that of the singular values σ of J
//! where g = JᵀJ, exceeds [`condition_limit`]:
//!
//! ```text
//! λ_max / λ_min = (σ_max / σ_min)² > min((10⁻³/ε)², 10¹³)     ε the roundoff of the numbers J is made of
//! ```
//!
//! so that what is inverted keeps three digits, give or take a factor of two. From J an inverse keeps those that
//! `ε √(λ_max/λ_min)` leaves; g, which is formed in double precision at best, those of `ε₆₄ λ_max/λ_min`. In double
//! precision the second bound is the smaller one, 10¹³ ([`CONDITION_LIMIT`]); in single precision it is the first,
//! 7.0·10⁷. Not finite is degenerate too. The question is asked of the numbers as they are: coordinates whose units
//! differ by more than 3·10⁶ are degenerate, whatever their angles.
//!
//! Wherever it is asked, an upper bound of the ratio comes first, because it costs a few multiplications (tr g · tr g⁻¹,
//! at most d² too large, or ‖g‖_F ‖g⁻¹‖_F, at most d), and the eigenvalues or, by [`rank`], the singular values decide
//! where the bound does not.
//!
//! # Units
//!
//! Angles are radians. Parameters of geodesics run over [0, 1] where nothing else is said, so an initial
//! velocity v has length √g(v, v) equal to the length of its geodesic.

/// Distance from one to the next larger number, ε = 2⁻⁵²: twice the unit roundoff.
pub const ROUNDOFF: f64 = f64::EPSILON;

/// The largest ratio of the eigenvalues of a metric that is not degenerate, for numbers of this roundoff ε:
/// `min((10⁻³/ε)², 10¹³)`, as [the module](self) explains. ε is at least [`ROUNDOFF`].
pub const fn condition_limit(roundoff: f64) -> f64 {
    const DIGITS: f64 = 1e-3;
    const OF_GRAM_MATRIX: f64 = 1e13;
    let of_columns = DIGITS / roundoff;
    if of_columns * of_columns < OF_GRAM_MATRIX {
        of_columns * of_columns
    } else {
        OF_GRAM_MATRIX
    }
}

/// [`condition_limit`] in double precision, 10¹³.
pub const CONDITION_LIMIT: f64 = condition_limit(ROUNDOFF);

// what the text above says of the two precisions
const _: () = assert!(CONDITION_LIMIT == 1e13 && CONDITION_LIMIT * ROUNDOFF < 3e-3);
const _: () = {
    let single = condition_limit(f32::EPSILON as f64);
    assert!(single > 7.0e7 && single < 7.1e7);
};

/// The rank of a matrix of these singular values, in descending order, and of this roundoff: how many of them are not
/// zero and at least the largest over the root of [`condition_limit`]. JᵀJ is not degenerate where the rank of J is
/// the number of its columns. NaN does not count.
///
/// ```
/// use geogate_geometry::conventions::{ROUNDOFF, rank};
/// assert_eq!(rank(&[2.0, 1e-6, 5e-7], ROUNDOFF), 2);
/// assert_eq!(rank(&[2.0, 1e-3, 1e-4], f64::from(f32::EPSILON)), 2);
/// assert_eq!(rank(&[0.0, 0.0], ROUNDOFF), 0);
/// ```
pub fn rank(singular_values: &[f64], roundoff: f64) -> usize {
    let largest = singular_values.first().copied().unwrap_or(0.0);
    let ratio = condition_limit(roundoff).sqrt();
    let counts = |&&s: &&f64| s > 0.0 && largest <= ratio * s;
    singular_values.iter().filter(counts).count()
}

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

/// The symmetric index pairs in their order, that of [`pair`]: (0, 0), (0, 1), (1, 1), (0, 2), …, i ≤ j.
///
/// ```
/// use geogate_geometry::conventions::{index_pairs, pair};
/// assert!(index_pairs(4).enumerate().all(|(at, (i, j))| i <= j && pair(i, j) == at));
/// ```
pub fn index_pairs(d: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..d).flat_map(|j| (0..=j).map(move |i| (i, j)))
}

/// Does [`pair`] count the pairs below d as nested loops do, over j and in it over i ≤ j? For loops that count along
/// to say so at compile time.
pub const fn pairs_run_by_columns(d: usize) -> bool {
    let (mut at, mut j) = (0, 0);
    while j < d {
        let mut i = 0;
        while i <= j {
            if pair(i, j) != at || pair(j, i) != at {
                return false;
            }
            (at, i) = (at + 1, i + 1);
        }
        j += 1;
    }
    at == pairs(d)
}

const _: () = assert!(pairs_run_by_columns(16));

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

    /// What is not finite is degenerate, and the limit itself is not.
    #[test]
    fn rank_counts_what_is_within_the_limit() {
        let edge = CONDITION_LIMIT.sqrt();
        assert_eq!(rank(&[edge, 1.0, 1.0 - 1e-9], ROUNDOFF), 2);
        assert_eq!(rank(&[f64::NAN, f64::NAN], ROUNDOFF), 0);
        assert_eq!(rank(&[1.0, f64::NAN], ROUNDOFF), 1);
        assert_eq!(rank(&[], ROUNDOFF), 0);
    }

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

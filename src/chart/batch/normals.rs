//! Orthonormal frames of the normal space at the points of a tile.
//!
//! The tangent frame t, n × d with the blocks `T_1` (d × d) and `T_2`, is the image of d signed unit vectors under
//! an orthogonal matrix Q, a block reflector; Q takes the other unit vectors to normals:
//!
//! ```text
//! W = t − [S; 0],  S = diag(±1)     Q = I + W (T_1ᵀ S − I)⁻¹ Wᵀ     Q [S; 0] = t
//! ν = Q [0; I] = [0; I] + W X       X = S M⁻¹ T_2ᵀ                   M = T_1ᵀ − S
//! ```
//!
//! M is eliminated without exchange of rows, and each sign is chosen where its pivot is reached, against
//! the pivot, which is thus at least 1 (Ballard et al. 2014, "Reconstructing Householder vectors from
//! tall-skinny QR", section 3; Schreiber and Parlett 1988, "Block reflectors: theory and computation").

use super::frame::Frame;
use super::lane::{Grid, Lane, Part, add, fuse, map, product, room, splat, zip};
use super::tile::{Sizes, grouped};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// n − d orthonormal vectors normal to a frame at every point of a tile.
#[derive(Default)]
pub(super) struct Normals<T> {
    /// ν, `[component][normal][group]`.
    pub(super) nu: Vec<Lane<T>>,
    /// `(T_1ᵀ − S, T_2ᵀ)` eliminated, and in the end X in place of `T_2ᵀ`: `[a][component][group]`.
    rows: Vec<Lane<T>>,
    /// S, `[a][group]`.
    signs: Vec<Lane<T>>,
}

impl<T: Real> Normals<T> {
    /// The normals of a frame of d vectors in Rⁿ, d < n; NaN where the frame is.
    pub(super) fn of(&mut self, frame: &Frame<T>, (n, d, groups): Sizes) {
        let count = n - d;
        let rows = room(&mut self.rows, d * n * groups);
        let signs = room(&mut self.signs, d * groups);
        let nu = room(&mut self.nu, n * count * groups);
        rows.copy_from_slice(&frame.t[..d * n * groups]);
        vectorised(
            #[inline(always)]
            || {
                for g in 0..groups {
                    eliminate((&mut *rows, &mut *signs), (n, d, groups), g);
                    substitute((&mut *rows, &*signs), (n, d, groups), g);
                }
            },
        );
        for g in 0..groups {
            let x = Grid {
                start: d * groups + g,
                ..grouped(n, groups, g)
            };
            product(
                (&mut *nu, grouped(count, groups, g)),
                (Write::Replace, Part::Whole),
                (&frame.t, grouped(n, groups, g).t()),
                (&*rows, x),
                (n, d, count),
            );
            for (a, k) in (0..d * count).map(|at| (at / count, at % count)) {
                let x = &rows[(a * n + d + k) * groups + g];
                let back = zip(&signs[a * groups + g], x, |s, x| -s * x);
                add(&mut nu[(a * count + k) * groups + g], &back);
            }
            for k in 0..count {
                add(&mut nu[((d + k) * count + k) * groups + g], &splat(T::ONE));
            }
        }
    }
}

/// Row b less the multiple of row a, a < b, that leaves nothing in column a; S as the pivots ask for it.
#[inline(always)]
fn eliminate<T: Real>(
    (rows, signs): (&mut [Lane<T>], &mut [Lane<T>]),
    (n, d, groups): Sizes,
    g: usize,
) {
    for a in 0..d {
        let (done, rest) = rows.split_at_mut((a + 1) * n * groups);
        let pivot = &mut done[a * n * groups..];
        let diagonal = &mut pivot[a * groups + g];
        let sign = map(diagonal, |p| if p >= T::ZERO { -T::ONE } else { T::ONE });
        *diagonal = zip(diagonal, &sign, |p, s| p - s);
        signs[a * groups + g] = sign;
        let scale = map(diagonal, |p| -T::ONE / p);
        for row in rest.chunks_exact_mut(n * groups) {
            let factor = zip(&row[a * groups + g], &scale, |x, s| x * s);
            for c in a + 1..n {
                fuse(&mut row[c * groups + g], &factor, &pivot[c * groups + g]);
            }
        }
    }
}

/// `X = S U⁻¹ Y` in place of Y, the columns from d on, U being the upper triangle.
#[inline(always)]
fn substitute<T: Real>(
    (rows, signs): (&mut [Lane<T>], &[Lane<T>]),
    (n, d, groups): Sizes,
    g: usize,
) {
    for a in (0..d).rev() {
        let (rows, below) = rows.split_at_mut((a + 1) * n * groups);
        let row = &mut rows[a * n * groups..];
        for (b, other) in (a + 1..d).zip(below.chunks_exact(n * groups)) {
            // X_b = S_b Z_b is there already, and Z_b is wanted
            let sign = &signs[b * groups + g];
            let factor = zip(&row[b * groups + g], sign, |u, s| -u * s);
            for c in d..n {
                fuse(&mut row[c * groups + g], &factor, &other[c * groups + g]);
            }
        }
        let sign = &signs[a * groups + g];
        let scale = zip(sign, &row[a * groups + g], |s, p| s / p);
        for c in d..n {
            row[c * groups + g] = zip(&row[c * groups + g], &scale, |x, s| x * s);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    /// A frame of d random vectors in Rⁿ at every point of `groups` groups.
    fn frame((n, d, groups): Sizes) -> Frame<f64> {
        let mut stream = Stream::new(7, Purpose::Test, (n * d) as u64);
        let mut normal = || std::array::from_fn(|_| stream.normal());
        let jac: Vec<Lane<f64>> = (0..n * d * groups).map(|_| normal()).collect();
        let mut frame = Frame::default();
        frame.of(&jac, (n, d, d, groups));
        frame
    }

    #[test]
    fn tangents_and_normals_are_an_orthonormal_basis() {
        for (n, d, groups) in [(2, 1, 1), (3, 2, 6), (9, 1, 2), (8, 7, 1), (64, 16, 2)] {
            let frame = frame((n, d, groups));
            let mut normals = Normals::default();
            normals.of(&frame, (n, d, groups));
            let count = n - d;
            for (g, e) in (0..groups).flat_map(|g| (0..8).map(move |e| (g, e))) {
                let vector = |k: usize, c: usize| {
                    if k < d {
                        frame.t[(k * n + c) * groups + g][e]
                    } else {
                        normals.nu[(c * count + k - d) * groups + g][e]
                    }
                };
                for (k, l) in (0..n * n).map(|at| (at / n, at % n)) {
                    let product: f64 = (0..n).map(|c| vector(k, c) * vector(l, c)).sum();
                    let want = f64::from(u8::from(k == l));
                    assert!(
                        (product - want).abs() < 1e-13,
                        "{n}, {d}: {k}, {l}: {product}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_normal_of_a_plane_is_its_cross_product() {
        // J_1 = (1, 0, 2), J_2 = (0, 1, -2): J_1 x J_2 = (-2, 2, 1) / 3, up to sign
        let jac = [[1.0, 0.0], [0.0, 1.0], [2.0, -2.0]];
        let jac: Vec<Lane<f64>> = jac.as_flattened().iter().map(|&x| splat(x)).collect();
        let mut frame = Frame::default();
        frame.of(&jac, (3, 2, 2, 1));
        let mut normals = Normals::default();
        normals.of(&frame, (3, 2, 1));
        let nu: Vec<f64> = normals.nu.iter().map(|c| c[0]).collect();
        let sign = nu[2].signum();
        for (got, want) in nu.iter().zip([-2.0 / 3.0, 2.0 / 3.0, 1.0 / 3.0]) {
            assert!((sign * got - want).abs() < 1e-15, "{nu:?}");
        }
    }

    #[test]
    fn a_frame_that_is_lost_has_no_normals() {
        let jac: Vec<Lane<f64>> = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0].map(splat).to_vec();
        let mut frame = Frame::default();
        frame.of(&jac, (3, 2, 2, 1));
        let mut normals = Normals::default();
        normals.of(&frame, (3, 2, 1));
        assert!(normals.nu.iter().flatten().all(|x| x.is_nan()));
    }
}

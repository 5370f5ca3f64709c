//! Orthonormal frames of the tangent space at the points of a tile.

use super::lane::{Grid, Lane, Part, add, fuse, map, product, room, splat, zip};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// `J_i = Σ_a t_a r_ai`, `t_a = J_i e_ia`, with orthonormal t, at every point of a tile.
#[derive(Default)]
pub(super) struct Frame<T> {
    /// t, `[a][component][group]`.
    pub(super) t: Vec<Lane<T>>,
    /// E, `[i][a][group]`, upper triangular: E Eᵀ is the inverse of the metric.
    pub(super) e: Vec<Lane<T>>,
    /// R, `[a][i][group]`, upper triangular.
    pub(super) r: Vec<Lane<T>>,
}

impl<T: Real> Frame<T> {
    /// The frame of the Jacobian `[component][i][group]`, of which the first d of `columns` columns
    /// are read, by the modified Gram–Schmidt process: from J, not from g, whose condition is the
    /// square of that of J.
    ///
    /// Where J_a is, to rounding, a combination of those before it, everything is NaN from a on.
    pub(super) fn of(
        &mut self,
        jac: &[Lane<T>],
        (n, d, columns, groups): (usize, usize, usize, usize),
    ) {
        let t = room(&mut self.t, d * n * groups);
        let e = room(&mut self.e, d * d * groups);
        let r = room(&mut self.r, d * d * groups);
        e.fill(splat(T::ZERO));
        r.fill(splat(T::ZERO));
        vectorised(
            #[inline(always)]
            || {
                for (a, t) in t.chunks_exact_mut(n * groups).enumerate() {
                    for c in 0..n {
                        let at = (c * columns + a) * groups;
                        t[c * groups..(c + 1) * groups].copy_from_slice(&jac[at..at + groups]);
                    }
                }
                for g in 0..groups {
                    orthonormalise((&mut *t, &mut *r), (n, d, groups, g));
                    invert(r, e, (d, groups, g));
                }
            },
        );
    }

    /// The inverse of the metric, `[k][l][group]`.
    pub(super) fn inverse_metric(&self, d: usize, groups: usize, out: &mut [Lane<T>]) {
        for g in 0..groups {
            let grid = Grid {
                start: g,
                row: d * groups,
                col: groups,
            };
            product(
                (&mut *out, grid),
                (Write::Replace, Part::Whole),
                (&self.e, grid),
                (&self.e, grid.t()),
                (d, d, d),
            );
        }
    }
}

/// `Σ_c a_c b_c` of two columns of n entries in group g.
#[inline(always)]
fn dot<T: Real>(a: &[Lane<T>], b: &[Lane<T>], (groups, g): (usize, usize)) -> Lane<T> {
    // four sums, so that additions need not wait for one another
    let mut sums = [splat(T::ZERO); 4];
    let (a, b) = (a.chunks(4 * groups), b.chunks(4 * groups));
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.chunks(groups).zip(b.chunks(groups))) {
            fuse(sum, &a[g], &b[g]);
        }
    }
    let [mut total, one, two, three] = sums;
    for sum in [one, two, three] {
        add(&mut total, &sum);
    }
    total
}

/// The columns of t in group g become orthonormal; the coefficients go into r.
#[inline(always)]
fn orthonormalise<T: Real>(
    (t, r): (&mut [Lane<T>], &mut [Lane<T>]),
    (n, d, groups, g): (usize, usize, usize, usize),
) {
    let noise = T::from_f64(d as f64) * T::UNIT_ROUNDOFF;
    for a in 0..d {
        let (before, rest) = t.split_at_mut(a * n * groups);
        let column = &mut rest[..n * groups];
        let length = map(&dot(column, column, (groups, g)), T::root);
        for (k, t) in before.chunks_exact(n * groups).enumerate() {
            let along = dot(t, column, (groups, g));
            r[(k * d + a) * groups + g] = along;
            let back = map(&along, |x| -x);
            for (o, t) in column.chunks_exact_mut(groups).zip(t.chunks_exact(groups)) {
                fuse(&mut o[g], &back, &t[g]);
            }
        }
        let left = map(&dot(column, column, (groups, g)), T::root);
        let left = zip(&left, &length, |left, length| {
            // false also where either is NaN
            let independent = left > noise * length;
            if independent {
                left
            } else {
                T::from_f64(f64::NAN)
            }
        });
        r[(a * d + a) * groups + g] = left;
        let scale = map(&left, |x| T::ONE / x);
        for o in column.chunks_exact_mut(groups) {
            o[g] = zip(&o[g], &scale, |o, s| o * s);
        }
    }
}

/// `E = R⁻¹` in group g, column after column.
#[inline(always)]
fn invert<T: Real>(r: &[Lane<T>], e: &mut [Lane<T>], (d, groups, g): (usize, usize, usize)) {
    for a in 0..d {
        let scale = map(&r[(a * d + a) * groups + g], |x| T::ONE / x);
        for i in 0..a {
            let mut sum = splat(T::ZERO);
            for k in i..a {
                fuse(
                    &mut sum,
                    &e[(i * d + k) * groups + g],
                    &r[(k * d + a) * groups + g],
                );
            }
            e[(i * d + a) * groups + g] = zip(&sum, &scale, |x, s| -x * s);
        }
        e[(a * d + a) * groups + g] = scale;
    }
}

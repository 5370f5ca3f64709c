//! Small dense algebra of the pullback metric at one point, over either precision.
//!
//! Index order and storage are those of `geometry::conventions`. Degenerate metrics give NaN, not
//! errors: these kernels run inside batches.

use crate::tensor::Real;

/// Partial sums of [`dot`], fixed so that the order of additions is.
const LANES: usize = 8;

/// `⟨a, b⟩`.
#[inline(always)]
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (x, y) in (&mut left).zip(&mut right) {
        for k in 0..LANES {
            lanes[k] = x[k].fused(y[k], lanes[k]);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder());
    let rest = rest.fold(T::ZERO, |sum, (&x, &y)| x.fused(y, sum));
    lanes.iter().fold(rest, |total, &lane| total + lane)
}

/// `out += c · a`.
#[inline(always)]
pub(super) fn add_scaled<T: Real>(out: &mut [T], c: T, a: &[T]) {
    for (o, &a) in out.iter_mut().zip(a) {
        *o = c.fused(a, *o);
    }
}

/// `g_ij = ⟨J_i, J_j⟩`, `[i][j]`; `column(i)` is J_i.
#[inline(always)]
pub(super) fn metric<'a, T: Real>(d: usize, column: impl Fn(usize) -> &'a [T], g: &mut [T]) {
    for i in 0..d {
        for j in 0..=i {
            let value = dot(column(i), column(j));
            g[i * d + j] = value;
            g[j * d + i] = value;
        }
    }
}

/// An orthonormal frame of the tangent space by the modified Gram–Schmidt process: the rows J_i
/// (n numbers each) become `J_i E_ia`, and E goes into `e`, `[i][a]`, columns the vectors, upper
/// triangular. From J, not from g, whose condition is the square of that of J.
///
/// Where J_a is, to rounding, a combination of those before it, E and the rows are NaN from a on.
#[inline(always)]
pub(super) fn orthonormalise<T: Real>(d: usize, rows: &mut [T], e: &mut [T]) {
    let n = rows.len() / d;
    let noise = T::from_f64(d as f64) * T::UNIT_ROUNDOFF;
    for a in 0..d {
        let (before, rest) = rows.split_at_mut(a * n);
        let row = &mut rest[..n];
        let length = dot(row, row).root();
        for (k, t) in before.chunks_exact(n).enumerate() {
            let along = dot(t, row);
            add_scaled(row, -along, t);
            e[k * d + a] = along;
            e[a * d + k] = T::ZERO;
        }
        let left = dot(row, row).root();
        let independent = left > noise * length;
        let scale = if independent {
            T::ONE / left
        } else {
            T::from_f64(f64::NAN)
        };
        row.iter_mut().for_each(|t| *t *= scale);
        // column a of the inverse of the triangle R, J_a = Σ_k t_k R_ka
        e[a * d + a] = scale;
        for i in 0..a {
            let sum = (i..a).fold(T::ZERO, |sum, k| sum + e[i * d + k] * e[k * d + a]);
            e[i * d + a] = -scale * sum;
        }
    }
}

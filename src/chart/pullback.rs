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

/// The orthonormal frame `E = L^{-T}`, `g = L Lᵀ`, in place of g: `[i][a]`, columns the vectors,
/// upper triangular; NaN where g is not positive definite.
#[inline(always)]
pub(super) fn frame<T: Real>(d: usize, g: &mut [T]) {
    // L below the diagonal and on it
    for i in 0..d {
        for j in 0..=i {
            let products = (0..j).map(|k| g[i * d + k] * g[j * d + k]);
            let rest = products.fold(g[i * d + j], |rest, p| rest - p);
            g[i * d + j] = if i == j {
                // a pivot that is zero or negative is refused as NaN, not passed on as infinity
                let pivot = rest.root();
                if pivot > T::ZERO {
                    pivot
                } else {
                    T::from_f64(f64::NAN)
                }
            } else {
                rest / g[j * d + j]
            };
        }
    }
    // column a of L^{-1} goes into row a of E, beyond the diagonal
    for a in 0..d {
        let inverse = T::ONE / g[a * d + a];
        for b in a + 1..d {
            let first = g[b * d + a] * inverse;
            let sum = (a + 1..b).fold(first, |sum, k| sum + g[b * d + k] * g[a * d + k]);
            g[a * d + b] = -sum / g[b * d + b];
        }
        // the diagonal of L is still read by the rows above, which are done
        g[a * d + a] = inverse;
    }
}

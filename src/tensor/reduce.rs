//! Sums in a fixed order: sixteen interleaved partial sums, then those from the first to the last.

use super::elementwise::vectorised;
use super::real::Real;

/// Partial sums kept side by side; fixed, so that the order of additions is.
pub(crate) const LANES: usize = 16;

/// `Σ_k f(k-th element)` over one slice.
fn sum_by<T: Real>(a: &[T], f: impl Fn(T) -> T) -> T {
    vectorised(
        #[inline(always)]
        || {
            let mut lanes = [T::ZERO; LANES];
            let mut chunks = a.chunks_exact(LANES);
            for chunk in &mut chunks {
                for (lane, &x) in lanes.iter_mut().zip(chunk) {
                    *lane += f(x);
                }
            }
            for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
                *lane += f(x);
            }
            lanes.iter().fold(T::ZERO, |total, &lane| total + lane)
        },
    )
}

/// Sum of the entries.
pub fn sum<T: Real>(a: &[T]) -> T {
    sum_by(a, |x| x)
}

/// Sum of the squares of the entries.
pub fn sum_of_squares<T: Real>(a: &[T]) -> T {
    sum_by(a, |x| x * x)
}

/// `Σ_k f(a_k, b_k)`.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn sum2<T: Real>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    assert_eq!(a.len(), b.len(), "sum2: lengths differ");
    vectorised(
        #[inline(always)]
        || {
            let mut lanes = [T::ZERO; LANES];
            let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
            for (x, y) in (&mut left).zip(&mut right) {
                for (lane, (&x, &y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
                    *lane += f(x, y);
                }
            }
            let rest = left.remainder().iter().zip(right.remainder());
            for (lane, (&x, &y)) in lanes.iter_mut().zip(rest) {
                *lane += f(x, y);
            }
            lanes.iter().fold(T::ZERO, |total, &lane| total + lane)
        },
    )
}

/// Adds the rows of a matrix with rows of length `out.len()` to `out`.
pub fn add_column_sums<T: Real>(out: &mut [T], rows: &[T]) {
    if out.is_empty() {
        return;
    }
    vectorised(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(out.len()) {
                out.iter_mut().zip(row).for_each(|(o, &x)| *o += x);
            }
        },
    );
}

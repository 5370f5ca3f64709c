//! Small dense matrices in double precision, row-major in slices: what a row of a batch needs.

/// `Σ_k a_k b_k` in four interleaved partial sums, so that the loop is vectorised.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 4;
    let mut lanes = [0.0; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (x, y) in (&mut left).zip(&mut right) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f64 = rest.map(|(x, y)| x * y).sum();
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// `out += c · a`.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f64], c: f64, a: &[f64]) {
    for (out, a) in out.iter_mut().zip(a) {
        *out += c * a;
    }
}

/// The lower factor L of the symmetric positive definite n × n matrix `a = L Lᵀ`; entries above the
/// diagonal become zero. False where a pivot is not positive.
#[inline(always)]
pub(crate) fn cholesky(n: usize, a: &[f64], l: &mut [f64]) -> bool {
    l.fill(0.0);
    for i in 0..n {
        for j in 0..=i {
            let below = dot(&l[i * n..i * n + j], &l[j * n..j * n + j]);
            let rest = a[i * n + j] - below;
            if i != j {
                l[i * n + j] = rest / l[j * n + j];
            } else if rest > 0.0 && rest.is_finite() {
                l[i * n + i] = rest.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// `x ← L⁻¹ x`.
#[inline(always)]
pub(crate) fn solve_lower(n: usize, l: &[f64], x: &mut [f64]) {
    for i in 0..n {
        let below = dot(&l[i * n..i * n + i], &x[..i]);
        x[i] = (x[i] - below) / l[i * n + i];
    }
}

/// `x ← L⁻ᵀ x`.
#[inline(always)]
pub(crate) fn solve_upper(n: usize, l: &[f64], x: &mut [f64]) {
    for i in (0..n).rev() {
        x[i] /= l[i * n + i];
        let (above, at) = x.split_at_mut(i);
        add_scaled(above, -at[0], &l[i * n..i * n + i]);
    }
}

/// The inverse of `L Lᵀ`, symmetric.
#[inline(always)]
pub(crate) fn inverse(n: usize, l: &[f64], out: &mut [f64]) {
    for j in 0..n {
        let row = &mut out[j * n..(j + 1) * n];
        row.fill(0.0);
        row[j] = 1.0;
        solve_lower(n, l, row);
        solve_upper(n, l, row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L = (2 0 / 1 3), a = (4 2 / 2 10), det 36.
    const A: [f64; 4] = [4.0, 2.0, 2.0, 10.0];

    #[test]
    fn a_matrix_of_order_two() {
        let (mut l, mut inverted) = ([f64::NAN; 4], [f64::NAN; 4]);
        assert!(cholesky(2, &A, &mut l));
        assert_eq!(l, [2.0, 0.0, 1.0, 3.0]);
        let mut x = [4.0, 11.0];
        solve_lower(2, &l, &mut x);
        assert_eq!(x, [2.0, 3.0]);
        let mut x = [5.0, 6.0];
        solve_upper(2, &l, &mut x);
        assert_eq!(x, [1.5, 2.0]);
        inverse(2, &l, &mut inverted);
        for (got, want) in inverted.iter().zip([10.0, -2.0, -2.0, 4.0]) {
            assert!((got - want / 36.0).abs() < 1e-16);
        }
        assert!(!cholesky(2, &[1.0, 2.0, 2.0, 1.0], &mut l), "indefinite");
        assert!(!cholesky(1, &[f64::NAN], &mut l[..1]));
    }

    #[test]
    fn dot_is_exact_on_integers() {
        let a: Vec<f64> = (1..=11).map(f64::from).collect();
        assert_eq!(dot(&a, &a), 506.0);
    }
}

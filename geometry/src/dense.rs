//! Small dense kernels on slices: one text for every dimension, specialised by the compiler for small ones.

/// Runs an expression with the dimension a compile-time constant where it is at most 4.
macro_rules! by_dim {
    ($d:ident => $call:expr) => {
        match $d {
            1 => {
                let $d: usize = 1;
                $call
            }
            2 => {
                let $d: usize = 2;
                $call
            }
            3 => {
                let $d: usize = 3;
                $call
            }
            4 => {
                let $d: usize = 4;
                $call
            }
            _ => $call,
        }
    };
}
pub(crate) use by_dim;

/// ⟨a, b⟩.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// u^i g_ij v^j for g stored `[i][j]`.
#[inline]
pub(crate) fn bilinear(g: &[f64], u: &[f64], v: &[f64]) -> f64 {
    let d = u.len();
    (0..d).map(|i| u[i] * dot(&g[i * d..(i + 1) * d], v)).sum()
}

/// Euclidean length.
pub(crate) fn norm(a: &[f64]) -> f64 {
    a.iter().fold(0.0f64, |h, x| h.hypot(*x))
}

/// Lower Cholesky factor of a symmetric d×d matrix, `l[i][j]`; false when a pivot is not positive.
#[inline(always)]
pub(crate) fn cholesky(d: usize, g: &[f64], l: &mut [f64]) -> bool {
    let (g, l) = (&g[..d * d], &mut l[..d * d]);
    for i in 0..d {
        for j in 0..=i {
            let mut s = g[i * d + j];
            for k in 0..j {
                s -= l[i * d + k] * l[j * d + k];
            }
            if i == j {
                if !(s > 0.0 && s.is_finite()) {
                    return false;
                }
                l[i * d + i] = s.sqrt();
            } else {
                l[i * d + j] = s / l[j * d + j];
                l[j * d + i] = 0.0;
            }
        }
    }
    true
}

/// The frame E = L^{-T} of a lower factor L, `e[i][a]`, columns the vectors; upper triangular.
#[inline(always)]
pub(crate) fn inverse_transpose(d: usize, l: &[f64], e: &mut [f64]) {
    let (l, e) = (&l[..d * d], &mut e[..d * d]);
    e.fill(0.0);
    for a in 0..d {
        e[a * d + a] = 1.0 / l[a * d + a];
        // row b of L^{-1} below the diagonal of column a
        for b in a + 1..d {
            let mut s = 0.0;
            for k in a..b {
                s -= l[b * d + k] * e[a * d + k];
            }
            e[a * d + b] = s / l[b * d + b];
        }
    }
}

/// g⁻¹ = E Eᵀ for the frame of [`inverse_transpose`].
#[inline(always)]
pub(crate) fn gram_of_rows(d: usize, e: &[f64], out: &mut [f64]) {
    let (e, out) = (&e[..d * d], &mut out[..d * d]);
    for i in 0..d {
        for j in 0..=i {
            let s = dot(&e[i * d..(i + 1) * d], &e[j * d..(j + 1) * d]);
            out[i * d + j] = s;
            out[j * d + i] = s;
        }
    }
}

/// Whether every number is finite, without a branch per number.
#[inline(always)]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    values.iter().map(|x| x * 0.0).sum::<f64>() == 0.0
}

/// Solves L Lᵀ x = b in place for a lower factor.
#[inline(always)]
pub(crate) fn cholesky_solve(d: usize, l: &[f64], b: &mut [f64]) {
    let (l, b) = (&l[..d * d], &mut b[..d]);
    for i in 0..d {
        for k in 0..i {
            b[i] -= l[i * d + k] * b[k];
        }
        b[i] /= l[i * d + i];
    }
    for i in (0..d).rev() {
        for k in i + 1..d {
            b[i] -= l[k * d + i] * b[k];
        }
        b[i] /= l[i * d + i];
    }
}

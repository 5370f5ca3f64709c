//! Products of vectors.

/// ⟨a, b⟩.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// u^i g_ij v^j for g stored `[i][j]`.
pub(crate) fn bilinear(g: &[f64], u: &[f64], v: &[f64]) -> f64 {
    let d = u.len();
    (0..d).map(|i| u[i] * dot(&g[i * d..(i + 1) * d], v)).sum()
}

/// Euclidean length.
pub(crate) fn norm(a: &[f64]) -> f64 {
    a.iter().fold(0.0f64, |h, x| h.hypot(*x))
}

/// The largest absolute value; NaN if there is one.
pub(crate) fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, x| {
        if x.is_nan() || largest.is_nan() {
            f64::NAN
        } else {
            largest.max(x.abs())
        }
    })
}

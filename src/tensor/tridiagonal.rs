//! The extreme eigenvalues of a symmetric matrix, and an eigenvector of the largest.
//!
//! For one or two eigenvalues of n most of a full decomposition is waste: the tridiagonal form is
//! enough, and the ends of its spectrum are found by signs of pivots.
//!
//! ```text
//! A = Q T Qᵀ,  Q = H_0 H_1 ⋯ H_(n−2),  H_k = 1 − w_k w_kᵀ,  |w_k|² = 2 or 0         (Householder)
//! T_ii = a_i,  T_(i,i+1) = b_i
//! D_i = x − a_i − b²_(i−1) / D_(i−1);   x > λ_max  ⟺  all D_i > 0                      (Sylvester)
//! U_i = x − a_i − b²_i / U_(i+1),  γ_i = D_i + U_i − (x − a_i)
//! (x − T) z = γ_k e_k,  z_k = 1:  D_i z_i = b_i z_(i+1) for i < k,  U_i z_i = b_(i−1) z_(i−1) for i > k
//! ```
//!
//! With the k of the least |γ_k| the last line, a factorisation twisted at k, has an eigenvector for x
//! near λ, `|γ_k| / |z| ≤ √n |x − λ|`, however many eigenvalues are near (B. N. Parlett and
//! I. S. Dhillon, Linear Algebra and its Applications 267 (1997) 247–279). At the end of the spectrum
//! D and U are positive, so that nothing cancels in γ.

use super::elementwise::vectorised;
use super::small::{add_scaled, dot};

/// Numbers that one pass compares with the spectrum.
const POINTS: usize = 8;
/// Passes that shrink an interval of twice the norm below the roundoff of the norm:
/// (POINTS + 1)^PASSES > 2 / ε.
const PASSES: usize = 17;
/// Smaller sums of squares have lost digits, and count as zero.
const LEAST_SQUARE: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// The smallest and the largest eigenvalue of the symmetric matrix `[i][j]` of n rows, within
/// rounding of the largest magnitude; only the upper triangle is read. NaN where an entry is not
/// finite, or so large that a square overflows.
///
/// # Panics
/// If there are not n² numbers, or none.
#[track_caller]
pub(crate) fn extreme_eigenvalues(matrix: &[f64], n: usize) -> [f64; 2] {
    let reduced = Tridiagonal::of(matrix, n);
    [-reduced.largest(-1.0), reduced.largest(1.0)]
}

/// The largest eigenvalue λ of the symmetric matrix `[i][j]` of n rows, and a unit vector v with
/// A v = λ v, one of many where λ is repeated: both within rounding of the largest magnitude. Only
/// the upper triangle is read. NaN where an entry is not finite, or so large that a square overflows.
///
/// # Panics
/// If there are not n² numbers, or none.
#[track_caller]
pub(crate) fn top_eigenpair(matrix: &[f64], n: usize) -> (f64, Vec<f64>) {
    let reduced = Tridiagonal::of(matrix, n);
    let value = reduced.largest(1.0);
    (value, reduced.eigenvector(value))
}

/// A = Q T Qᵀ.
#[derive(Debug)]
struct Tridiagonal {
    /// a_i.
    diagonal: Vec<f64>,
    /// b_i, and 0 at the end.
    beside: Vec<f64>,
    /// w_k, `[k][i]`, zero up to i = k.
    reflectors: Vec<f64>,
}

impl Tridiagonal {
    #[track_caller]
    fn of(matrix: &[f64], n: usize) -> Self {
        assert_eq!(matrix.len(), n * n, "a matrix of {n} rows and columns");
        assert!(n > 0, "a matrix without rows has no eigenvalues");
        let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n]);
        let mut reflectors = matrix.to_vec();
        vectorised(
            #[inline(always)]
            || reduce(&mut reflectors, &mut diagonal, &mut beside),
        );
        Self {
            diagonal,
            beside,
            reflectors,
        }
    }

    /// The largest eigenvalue of `sign · T`, between its largest entry and Gershgorin's bound.
    fn largest(&self, sign: f64) -> f64 {
        let (mut below, mut above) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut before = 0.0; // b_(i−1)
        let mut entries = Vec::with_capacity(self.diagonal.len());
        for (a, b) in self.diagonal.iter().zip(&self.beside) {
            let (a, reach) = (sign * a, f64::abs(before) + b.abs());
            if !(a + reach * reach).is_finite() {
                return f64::NAN;
            }
            (below, above) = (below.max(a), above.max(a + reach));
            entries.push([a, before * before]);
            before = *b;
        }
        vectorised(
            #[inline(always)]
            || {
                for _ in 0..PASSES {
                    let step = (above - below) / (POINTS + 1) as f64;
                    let points = std::array::from_fn(|at| below + (at + 1) as f64 * step);
                    let least = least_pivots(&entries, points);
                    let beyond = least.iter().position(|&pivot| pivot > 0.0);
                    let beyond = beyond.unwrap_or(POINTS);
                    if beyond > 0 {
                        below = points[beyond - 1];
                    }
                    if beyond < POINTS {
                        above = points[beyond];
                    }
                }
            },
        );
        above
    }

    /// A unit eigenvector of A for its largest eigenvalue, given within rounding.
    fn eigenvector(&self, value: f64) -> Vec<f64> {
        let (n, b) = (self.diagonal.len(), &self.beside);
        if value.is_nan() {
            return vec![value; n];
        }
        let size = b.iter().fold(value.abs(), |size, b| size.max(b.abs()));
        let floor = (f64::EPSILON * size).max(f64::MIN_POSITIVE);
        // a pivot that is rounding is moved by as much, and no quotient overflows
        let pivot = |d: f64| if d.abs() < floor { floor } else { d };
        let gap: Vec<f64> = self.diagonal.iter().map(|a| value - a).collect();
        let (mut down, mut up) = (gap.clone(), gap.clone());
        down[0] = pivot(gap[0]);
        for i in 1..n {
            down[i] = pivot(gap[i] - b[i - 1] * b[i - 1] / down[i - 1]);
        }
        up[n - 1] = pivot(gap[n - 1]);
        for i in (0..n - 1).rev() {
            up[i] = pivot(gap[i] - b[i] * b[i] / up[i + 1]);
        }
        let gamma = |i: usize| (down[i] + up[i] - gap[i]).abs();
        let twist = (1..n).fold(0, |k, i| if gamma(i) < gamma(k) { i } else { k });
        let mut z = vec![0.0; n];
        z[twist] = 1.0;
        for i in (0..twist).rev() {
            z[i] = b[i] * z[i + 1] / down[i];
        }
        for i in twist + 1..n {
            z[i] = b[i - 1] * z[i - 1] / up[i];
        }
        for w in self.reflectors.chunks_exact(n).rev() {
            let along = dot(w, &z);
            add_scaled(&mut z, -along, w);
        }
        let length = dot(&z, &z).sqrt();
        z.iter().map(|z| z / length).collect()
    }
}

/// The smallest D_i for each x, of the T with entries `[a_i, b²_(i−1)]`; what follows a D_i ≤ 0 does
/// not count.
#[inline(always)]
fn least_pivots(entries: &[[f64; 2]], x: [f64; POINTS]) -> [f64; POINTS] {
    let (mut pivot, mut least) = ([1.0; POINTS], [f64::INFINITY; POINTS]);
    for &[a, square] in entries {
        for at in 0..POINTS {
            pivot[at] = x[at] - a - square / pivot[at];
            if pivot[at] < least[at] {
                least[at] = pivot[at];
            }
        }
    }
    least
}

/// Householder's reduction: a and b are written, and in the rows of A the reflectors. `A −= p wᵀ + w pᵀ`
/// of a step waits for the product with the next w, so that a step goes through A once.
#[inline(always)]
fn reduce(rows: &mut [f64], diagonal: &mut [f64], beside: &mut [f64]) {
    let n = diagonal.len();
    let (mut w, mut p, mut next) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    for k in 0..n {
        let (done, rest) = rows.split_at_mut((k + 1) * n);
        let row = &mut done[k * n..];
        add_both(&mut row[k..], [-w[k], -p[k]], [&p[k..], &w[k..]]);
        diagonal[k] = row[k];
        row[..=k].fill(0.0);
        if k + 1 == n {
            break;
        }
        beside[k] = reflector(&mut row[k + 1..]);
        next.fill(0.0);
        for (i, below) in (k + 1..n).zip(rest.chunks_exact_mut(n)) {
            add_both(&mut below[i..], [-w[i], -p[i]], [&p[i..], &w[i..]]);
            next[i] += dot(&below[i..], &row[i..]);
            add_scaled(&mut next[i + 1..], row[i], &below[i + 1..]);
        }
        let half = 0.5 * dot(&next, row);
        add_scaled(&mut next, -half, row);
        w.copy_from_slice(row);
        std::mem::swap(&mut p, &mut next);
    }
}

/// Makes of x the w of the reflection `1 − w wᵀ` that takes it to a multiple of the first axis: the
/// multiple.
#[inline(always)]
fn reflector(x: &mut [f64]) -> f64 {
    let first = x[0];
    let rest = dot(&x[1..], &x[1..]);
    if rest < LEAST_SQUARE {
        x.fill(0.0);
        return first;
    }
    let length = (first * first + rest).sqrt();
    let image = -length.copysign(first);
    x[0] -= image;
    let scale = 1.0 / (length * (length + first.abs())).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
    image
}

/// `out += c_0 a_0 + c_1 a_1`.
#[inline(always)]
fn add_both(out: &mut [f64], c: [f64; 2], a: [&[f64]; 2]) {
    for (out, (x, y)) in out.iter_mut().zip(a[0].iter().zip(a[1])) {
        *out += c[0] * x + c[1] * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use crate::tensor::SymmetricEigen;

    /// λ_i of n.
    type Spectrum = fn(usize, usize) -> f64;

    fn symmetric(n: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        (0..n * n)
            .map(|at| entry((at / n).min(at % n), (at / n).max(at % n)))
            .collect()
    }

    /// The extremes against the full decomposition and the residual of the pair, to `tolerance` of the
    /// norm.
    #[track_caller]
    fn check(matrix: &[f64], n: usize, tolerance: f64, case: &str) {
        let full = SymmetricEigen::of(matrix, n).values;
        let norm = full[0].abs().max(full[n - 1].abs());
        let [least, most] = extreme_eigenvalues(matrix, n);
        let (value, v) = top_eigenpair(matrix, n);
        for (got, want) in [(least, full[0]), (most, full[n - 1]), (value, full[n - 1])] {
            let error = (got - want).abs();
            assert!(error <= tolerance * norm, "{case} {n}: {got:e} {want:e}");
        }
        let residuals = matrix.chunks_exact(n).zip(&v);
        let residuals: Vec<f64> = residuals
            .map(|(row, v_i)| dot(row, &v) - value * v_i)
            .collect();
        let residual = dot(&residuals, &residuals).sqrt();
        assert!(
            residual <= tolerance * norm,
            "{case} {n}: {residual:e} of {norm:e}"
        );
        assert!((dot(&v, &v) - 1.0).abs() < 1e-14, "{case} {n}: {v:?}");
    }

    /// −1, 2, −1 beside the diagonal: `λ_k = 2 − 2 cos(k π / (n+1))`, and of the last `v_i ∝ ±sin(i n π / (n+1))`.
    #[test]
    fn second_differences_have_sines() {
        let n = 12;
        let matrix = symmetric(n, |i, j| [2.0, -1.0, 0.0][(j - i).min(2)]);
        let angle = std::f64::consts::PI / (n + 1) as f64;
        let top = 2.0 - 2.0 * (n as f64 * angle).cos();
        let [least, most] = extreme_eigenvalues(&matrix, n);
        assert!((least - (2.0 - 2.0 * angle.cos())).abs() < 2e-15, "{least}");
        assert!((most - top).abs() < 4e-15, "{most}");
        let (value, v) = top_eigenpair(&matrix, n);
        assert_eq!(value, most);
        let sines = (1..=n).map(|i| (i as f64 * n as f64 * angle).sin());
        for (v, sine) in v.iter().zip(sines) {
            let want = sine * (2.0 / (n + 1) as f64).sqrt();
            assert!((v * v - want * want).abs() < 1e-14, "{v} {want}");
        }
    }

    /// Wilkinson's W⁺ of order 21: the two largest eigenvalues, 10.746194182903393 and
    /// 10.746194182903322, agree in fourteen digits, with vectors at both ends of the matrix.
    #[test]
    fn a_nearly_repeated_largest_eigenvalue() {
        let diagonal = |i: usize| (10.0 - i as f64).abs();
        let matrix = symmetric(21, |i, j| [diagonal(i), 1.0, 0.0][(j - i).min(2)]);
        let (value, _) = top_eigenpair(&matrix, 21);
        assert!((value - 10.746_194_182_903_393).abs() < 1e-14, "{value}");
        check(&matrix, 21, 1e-14, "Wilkinson");
    }

    #[test]
    fn ends_agree_with_the_full_decomposition() {
        let spectra: [(&str, Spectrum); 10] = [
            ("distinct", |i, _| i as f64),
            ("clustered", |i, _| 1.0 - 1e-10 * i as f64),
            ("clusters", |i, n| f64::from(i > n / 3) + 1e-13 * i as f64),
            ("repeated", |i, n| if i < n / 2 { 1.0 } else { -0.5 }),
            ("rank one", |i, _| f64::from(i == 0) * 3.0),
            ("negative of rank one", |i, _| f64::from(i == 0) * -3.0),
            ("indefinite", |i, n| 1.0 - 2.0 * i as f64 / n as f64),
            ("negative", |i, _| -1e3 - i as f64),
            ("graded", |i, _| 10.0_f64.powi(-(i as i32))),
            ("one", |_, _| 1.0),
        ];
        let mut stream = Stream::new(5, Purpose::Test, 0);
        for n in [1, 2, 3, 4, 7, 16, 21, 120] {
            // errors of a reduction grow with the root of its steps
            let tolerance = if n > 32 { 5e-14 } else { 1e-14 };
            for _ in 0..if n > 32 { 1 } else { 20 } {
                let draws: Vec<f64> = (0..n * n).map(|_| stream.normal()).collect();
                let random = symmetric(n, |i, j| draws[i * n + j]);
                check(&random, n, tolerance, "random");
                let axes = SymmetricEigen::of(&random, n);
                for (case, value) in &spectra {
                    let terms = |i, j| (0..n).map(move |k| (k, i, j));
                    let term = |(k, i, j)| value(k, n) * axes.vector(k)[i] * axes.vector(k)[j];
                    let matrix = symmetric(n, |i, j| terms(i, j).map(term).sum());
                    check(&matrix, n, tolerance, case);
                    for scale in [1e-120, 1e120] {
                        let scaled: Vec<f64> = matrix.iter().map(|a| a * scale).collect();
                        check(&scaled, n, tolerance, case);
                    }
                }
            }
        }
    }

    /// Exact zeros beside the diagonal, and a coupling that rounding hides.
    #[test]
    fn parts_that_do_not_meet() {
        for (case, coupling) in [("apart", 0.0), ("nearly apart", 1e-17), ("joined", 1e-8)] {
            for top in [[2.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 2.0 - 1e-16]] {
                let matrix = symmetric(8, |i, j| match (i, j) {
                    (3, 4) => coupling,
                    _ if i == j => top[i / 4] - (i % 4) as f64,
                    _ => 0.0,
                });
                check(&matrix, 8, 1e-14, case);
            }
        }
        check(&[0.0; 36], 6, 0.0, "zero");
        check(&[-4.0], 1, 0.0, "one row");
    }

    #[test]
    fn what_is_not_finite_has_no_eigenvalues() {
        let unknown = |matrix: &[f64], n| {
            let (value, v) = top_eigenpair(matrix, n);
            assert!(value.is_nan() && v.iter().all(|v| v.is_nan()), "{matrix:?}");
            assert!(extreme_eigenvalues(matrix, n).iter().all(|v| v.is_nan()));
        };
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in [[0, 0], [0, 1], [1, 2], [2, 2]] {
                unknown(
                    &symmetric(3, |i, j| if [i, j] == at { bad } else { 1.0 }),
                    3,
                );
            }
            unknown(&[bad], 1);
        }
        unknown(&[0.0, 1e200, 1e200, 0.0], 2);
    }
}

//! Random directions.

use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// Below this length a vector is drawn anew: what is left of it is rounding.
const SHORTEST: f64 = 1e-3;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Scales the vector to length one, if it is long enough.
fn normalise(v: &mut [f64]) -> bool {
    let length = dot(v, v).sqrt();
    v.iter_mut().for_each(|x| *x /= length);
    length > SHORTEST || v.is_empty()
}

/// Uniformly random unit vectors, one after the other: normalised Gaussians.
fn units(count: usize, dim: usize, noise: &mut Stream) -> Vec<f64> {
    let mut all = noise.normals(count * dim);
    for v in all.chunks_mut(dim.max(1)) {
        while !normalise(v) {
            v.copy_from_slice(&noise.normals(dim));
        }
    }
    all
}

/// A uniformly random unit vector of R^dim in every row, `[rows, dim]`.
pub(super) fn unit_vectors<T: Real>(rows: usize, dim: usize, noise: &mut Stream) -> Tensor<T> {
    matrix(rows, dim, &units(rows, dim, noise))
}

/// Two orthonormal vectors of R^dim in every row, `[rows, dim]` each, uniformly distributed: the
/// second is drawn uniformly and its part along the first taken out.
///
/// # Panics
/// If `dim` is less than 2.
pub(super) fn orthonormal_pairs<T: Real>(
    rows: usize,
    dim: usize,
    noise: &mut Stream,
) -> [Tensor<T>; 2] {
    assert!(dim >= 2, "no two orthonormal vectors in {dim} dimensions");
    let first = units(rows, dim, noise);
    let mut second = units(rows, dim, noise);
    for (a, b) in first.chunks(dim).zip(second.chunks_mut(dim)) {
        loop {
            let along = dot(a, b);
            b.iter_mut().zip(a).for_each(|(b, a)| *b -= along * a);
            if normalise(b) {
                break;
            }
            b.copy_from_slice(&units(1, dim, noise));
        }
    }
    [first, second].map(|entries| matrix(rows, dim, &entries))
}

fn matrix<T: Real>(rows: usize, cols: usize, entries: &[f64]) -> Tensor<T> {
    Tensor::from_vec(
        rows,
        cols,
        entries.iter().map(|&x| T::from_f64(x)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn directions_are_orthonormal_and_even() {
        const N: usize = 20_000;
        let mut noise = Stream::new(1, Purpose::Test, 0);
        let [a, b] = orthonormal_pairs::<f64>(N, 3, &mut noise);
        let mut square = 0.0;
        for i in 0..N {
            assert!((dot(a.row(i), a.row(i)) - 1.0).abs() < 1e-14);
            assert!((dot(b.row(i), b.row(i)) - 1.0).abs() < 1e-14);
            assert!(dot(a.row(i), b.row(i)).abs() < 1e-12);
            square += b.row(i)[0].powi(2) / N as f64;
        }
        // the mean of a squared component is 1/3, its variance 3/15 − 1/9 = 4/45
        let bound = 5.0 * (4.0 / 45.0 / N as f64).sqrt();
        assert!((square - 1.0 / 3.0).abs() < bound, "{square}");
        let line = unit_vectors::<f64>(4, 1, &mut noise);
        assert!(line.as_slice().iter().all(|x| x.abs() == 1.0));
    }
}

//! Random directions.

use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// A uniformly random unit vector.
fn unit(dim: usize, noise: &mut Stream) -> Vec<f64> {
    loop {
        let v: Vec<f64> = (0..dim).map(|_| noise.normal()).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > 0.0 || dim == 0 {
            return v.iter().map(|x| x / length).collect();
        }
    }
}

/// A uniformly random unit vector of R^dim in every row, `[rows, dim]`: a normalised Gaussian.
pub(super) fn unit_vectors<T: Real>(rows: usize, dim: usize, noise: &mut Stream) -> Tensor<T> {
    let entries = (0..rows).flat_map(|_| unit(dim, noise));
    Tensor::from_vec(rows, dim, entries.map(T::from_f64).collect())
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
    /// Below this length what is left of the second vector is rounding; it is drawn anew.
    const SHORTEST: f64 = 1e-3;
    assert!(dim >= 2, "no two orthonormal vectors in {dim} dimensions");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let a = unit(dim, noise);
        let b = loop {
            let b = unit(dim, noise);
            let along: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let rest: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - along * a).collect();
            let length = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length > SHORTEST {
                break rest.into_iter().map(move |x| x / length);
            }
        };
        second.extend(b.map(T::from_f64));
        first.extend(a.into_iter().map(T::from_f64));
    }
    [first, second].map(|entries| Tensor::from_vec(rows, dim, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

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

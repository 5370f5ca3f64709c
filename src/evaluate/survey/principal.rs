//! The plane in which a cloud of points is widest.

use crate::tensor::SymmetricEigen;

/// The first two principal axes of a set of points (one, where there is one coordinate).
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalPlane {
    /// Mean of the points.
    pub mean: Vec<f64>,
    /// Orthonormal axes, widest first; of each the first component of largest magnitude is positive.
    pub axes: Vec<Vec<f64>>,
    /// Share of the variance along each.
    pub shares: Vec<f64>,
}

impl PrincipalPlane {
    /// The plane of `points`, `[point][i]`, d ≥ 1 coordinates each.
    pub fn of(points: &[f64], d: usize) -> Self {
        let count = (points.len() / d) as f64;
        let mut mean = vec![0.0; d];
        for point in points.chunks_exact(d) {
            mean.iter_mut()
                .zip(point)
                .for_each(|(m, x)| *m += x / count);
        }
        let mut covariance = vec![0.0; d * d];
        for point in points.chunks_exact(d) {
            for (at, c) in covariance.iter_mut().enumerate() {
                let (i, j) = (at / d, at % d);
                *c += (point[i] - mean[i]) * (point[j] - mean[j]) / count;
            }
        }
        let eigen = SymmetricEigen::of(&covariance, d);
        let total: f64 = eigen.values.iter().sum();
        let widest: Vec<usize> = (0..d).rev().take(2).collect();
        Self {
            mean,
            axes: widest.iter().map(|&k| eigen.vector(k).to_vec()).collect(),
            shares: widest.iter().map(|&k| eigen.values[k] / total).collect(),
        }
    }

    /// Coordinates of a point in the plane; the second is zero where there is one axis.
    pub fn place(&self, point: &[f64]) -> [f64; 2] {
        let apart: Vec<f64> = point.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        self.direction(&apart)
    }

    /// Components of a vector in the plane.
    pub fn direction(&self, vector: &[f64]) -> [f64; 2] {
        let along = |k: usize| {
            let axis = self.axes.get(k);
            axis.map_or(0.0, |axis| {
                axis.iter().zip(vector).map(|(a, v)| a * v).sum()
            })
        };
        [along(0), along(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a long and a short axis of a rotated cross: variances 2·9/4 and 2·1/4.
    #[test]
    fn a_rotated_cross() {
        let (c, s) = (0.8, 0.6);
        let cross = [(3.0, 0.0), (-3.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
        let points: Vec<f64> = cross
            .iter()
            .flat_map(|(a, b)| [5.0 + c * a - s * b, 7.0 + s * a + c * b])
            .collect();
        let plane = PrincipalPlane::of(&points, 2);
        assert!((plane.mean[0] - 5.0).abs() < 1e-14 && (plane.mean[1] - 7.0).abs() < 1e-14);
        assert!((plane.axes[0][0] - c).abs() < 1e-14 && (plane.axes[0][1] - s).abs() < 1e-14);
        assert!((plane.shares[0] - 0.9).abs() < 1e-14);
        let [x, y] = plane.place(&points[..2]);
        assert!((x - 3.0).abs() < 1e-14 && y.abs() < 1e-14);
    }

    #[test]
    fn one_coordinate_has_one_axis() {
        let plane = PrincipalPlane::of(&[1.0, 3.0], 1);
        assert_eq!(plane.place(&[3.0]), [1.0, 0.0]);
    }
}

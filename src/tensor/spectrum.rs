//! Singular values.

use super::gemm::{View, operand};

/// Singular values of a matrix, descending, `min(rows, cols)` of them, each within rounding of the
/// largest; all NaN where an entry is not finite.
pub fn singular_values(matrix: View<'_, f64>) -> Vec<f64> {
    let (rows, cols) = matrix.shape();
    let unknown = |_| vec![f64::NAN; rows.min(cols)];
    operand(matrix).singular_values().unwrap_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    #[test]
    fn a_scaled_reflection_has_the_scales() {
        // (3, 4)/5 and (4, −3)/5 are orthonormal; scaled by 10 and 5, beside a zero column
        let matrix = Tensor::from_vec(2, 3, vec![6.0, 8.0, 0.0, 4.0, -3.0, 0.0]);
        for view in [matrix.view(), matrix.view().t()] {
            let values = singular_values(view);
            assert_eq!(values.len(), 2);
            assert!((values[0] - 10.0).abs() < 1e-14 && (values[1] - 5.0).abs() < 1e-14);
        }
    }

    #[test]
    fn a_singular_matrix_has_a_zero() {
        let values = singular_values(View::new(&[1.0, 2.0, 2.0, 4.0], 2, 2));
        assert!((values[0] - 5.0).abs() < 1e-14 && values[1].abs() < 1e-15);
    }

    #[test]
    fn nan_stays_nan() {
        let values = singular_values(View::new(&[1.0, f64::NAN, 2.0, 4.0], 2, 2));
        assert!(values.iter().all(|s| s.is_nan()), "{values:?}");
    }
}

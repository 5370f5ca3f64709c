//! Eigenvalues of matrices whose axes are known.

use geogate::tensor::SymmetricEigen;

/// [[2, 1], [1, 2]] has 1 along (1, −1) and 3 along (1, 1).
#[test]
fn a_matrix_with_known_axes() {
    let matrix = [2.0, 1.0, 1.0, 2.0];
    let eigen = SymmetricEigen::of(&matrix, 2);
    let half = std::f64::consts::FRAC_1_SQRT_2;
    for (k, value, vector) in [(0, 1.0, [half, -half]), (1, 3.0, [half, half])] {
        assert!((eigen.values[k] - value).abs() < 1e-15);
        for (got, want) in eigen.vector(k).iter().zip(vector) {
            assert!((got - want).abs() < 1e-15, "{eigen:?}");
        }
    }
}

#[test]
fn the_terms_rebuild_the_matrix() {
    let n = 9;
    let mut matrix = vec![0.0; n * n];
    for (i, j) in (0..n * n).map(|at| (at / n, at % n)) {
        matrix[i * n + j] = ((i * j + i + j) as f64 * 0.7).sin();
    }
    let eigen = SymmetricEigen::of(&matrix, n);
    for (at, &want) in matrix.iter().enumerate() {
        let terms = (0..n).map(|k| {
            let v = eigen.vector(k);
            eigen.values[k] * v[at / n] * v[at % n]
        });
        assert!((terms.sum::<f64>() - want).abs() < 1e-13);
    }
}

#[test]
fn nan_stays_nan_and_nothing_has_nothing() {
    let matrix = [1.0, f64::NAN, f64::NAN, 1.0];
    assert!(SymmetricEigen::of(&matrix, 2).values[1].is_nan());
    assert!(SymmetricEigen::of(&[], 0).values.is_empty());
}

//! Eigenvalues and eigenvectors of symmetric matrices.

use faer::{MatRef, Side};

/// `A = Σ_k λ_k v_k v_kᵀ` with orthonormal v_k.
#[derive(Clone, Debug, PartialEq)]
pub struct SymmetricEigen {
    /// λ_k, ascending.
    pub values: Vec<f64>,
    /// v_k, `[k][i]`: one contiguous row of n numbers per eigenvalue. Of each the first entry of
    /// the largest magnitude is positive.
    pub vectors: Vec<f64>,
}

impl SymmetricEigen {
    /// The decomposition of the symmetric matrix `[i][j]` of n rows, of which only the lower
    /// triangle is read. All NaN where an entry is not finite.
    ///
    /// # Panics
    /// If there are not n² numbers.
    #[track_caller]
    pub fn of(matrix: &[f64], n: usize) -> Self {
        let Ok(eigen) = stored(matrix, n).self_adjoint_eigen(Side::Lower) else {
            return Self {
                values: vec![f64::NAN; n],
                vectors: vec![f64::NAN; n * n],
            };
        };
        let (s, u) = (eigen.S().column_vector(), eigen.U());
        let mut vectors = vec![0.0; n * n];
        for (k, vector) in vectors.chunks_exact_mut(n.max(1)).enumerate() {
            (0..n).for_each(|i| vector[i] = u[(i, k)]);
            orient(vector);
        }
        Self {
            values: (0..n).map(|k| s[k]).collect(),
            vectors,
        }
    }

    /// v_k.
    ///
    /// # Panics
    /// If there is no such eigenvalue.
    #[track_caller]
    pub fn vector(&self, k: usize) -> &[f64] {
        let n = self.values.len();
        &self.vectors[k * n..(k + 1) * n]
    }
}

/// Makes the first entry of the largest magnitude positive.
fn orient(vector: &mut [f64]) {
    let largest = vector.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let first = vector.iter().find(|v| v.abs() >= largest);
    if first.is_some_and(|&v| v < 0.0) {
        vector.iter_mut().for_each(|v| *v = -*v);
    }
}

#[track_caller]
fn stored(matrix: &[f64], n: usize) -> MatRef<'_, f64> {
    assert_eq!(matrix.len(), n * n, "a matrix of {n} rows and columns");
    MatRef::from_row_major_slice(matrix, n, n)
}

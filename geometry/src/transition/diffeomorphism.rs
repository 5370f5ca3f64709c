//! Reference diffeomorphisms: affine maps and the inversion in a sphere.

use crate::dense::dot;
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::scalar::Scalar;

/// x ↦ A x + b.
#[derive(Clone, Debug)]
pub struct Affine {
    matrix: Vec<f64>,
    shift: Vec<f64>,
}

impl Affine {
    /// The map with matrix `[a][i]` and shift.
    ///
    /// # Panics
    /// If the matrix has not a whole number of columns.
    #[track_caller]
    pub fn new(matrix: Vec<f64>, shift: Vec<f64>) -> Self {
        assert_eq!(
            matrix.len() % shift.len(),
            0,
            "entries of a matrix with {} rows",
            shift.len()
        );
        Self { matrix, shift }
    }
}

impl Formula for Affine {
    fn source_dim(&self) -> usize {
        self.matrix.len() / self.shift.len()
    }

    fn target_dim(&self) -> usize {
        self.shift.len()
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        for ((o, row), &shift) in out
            .iter_mut()
            .zip(self.matrix.chunks_exact(x.len()))
            .zip(&self.shift)
        {
            *o = S::constant(shift);
            for (&entry, &x) in row.iter().zip(x) {
                *o += x * entry;
            }
        }
    }
}

/// x ↦ r² x/|x|²: the transition between the stereographic projections of a sphere of radius r from its two poles,
/// its own inverse.
#[derive(Clone, Copy, Debug)]
pub struct Inversion {
    d: usize,
    r: f64,
}

impl Inversion {
    /// The inversion of R^d in the sphere of radius r.
    pub fn new(d: usize, r: f64) -> Self {
        Self { d, r }
    }
}

impl Formula for Inversion {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut square = S::constant(0.0);
        for &xi in x {
            square += xi.square();
        }
        let scale = square.recip() * (self.r * self.r);
        for (o, &xi) in out.iter_mut().zip(x) {
            *o = xi * scale;
        }
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        if dot(x, x) > 0.0 {
            Ok(())
        } else {
            Err(Error::outside_domain(x, "x ≠ 0"))
        }
    }
}

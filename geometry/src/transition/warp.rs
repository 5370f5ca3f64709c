//! Reference diffeomorphisms: affine maps, random smooth warps, inversion in a sphere.

use crate::charts::Polynomial;
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

/// x ↦ x + s Σ_j b_ij sin(c_ij + x_j) with |b_ij| ≤ 1/d: a diffeomorphism of R^d for s < 1.
#[derive(Clone, Debug)]
pub struct Warp {
    d: usize,
    weights: Vec<f64>,
    phases: Vec<f64>,
}

impl Warp {
    /// A warp of strength s in [0, 1), its coefficients from uniform numbers in [0, 1).
    pub fn from_draws(d: usize, strength: f64, draw: &mut dyn FnMut() -> f64) -> Self {
        let weights = (0..d * d)
            .map(|_| strength * (2.0 * draw() - 1.0) / d as f64)
            .collect();
        let phases = (0..d * d).map(|_| std::f64::consts::TAU * draw()).collect();
        Self { d, weights, phases }
    }

    /// A warp of strength s in [0, 1), drawn from `seed`.
    pub fn random(d: usize, strength: f64, seed: u64) -> Self {
        Self::from_draws(d, strength, &mut Polynomial::draws(seed))
    }
}

impl Formula for Warp {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.d
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        for (i, o) in out.iter_mut().enumerate() {
            *o = x[i];
            for (j, &x) in x.iter().enumerate() {
                let at = i * self.d + j;
                *o += (x + self.phases[at]).sin() * self.weights[at];
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

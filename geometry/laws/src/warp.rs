//! Random smooth changes of coordinates.

use crate::charts::Polynomial;
use geogate_geometry::{Formula, Scalar};

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

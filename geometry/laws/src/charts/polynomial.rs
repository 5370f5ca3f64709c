//! Polynomial maps with given or random coefficients: generic test objects without any symmetry.

use geogate_geometry::{Formula, Scalar};

/// A map R^d → R^m whose components are polynomials of total degree 2 to `degree` (no constant or linear part).
#[derive(Clone, Debug)]
pub struct Polynomial {
    d: usize,
    monomials: Vec<Vec<usize>>,
    /// One coefficient per component and monomial, `[a][monomial]`.
    coefficients: Vec<Vec<f64>>,
}

impl Polynomial {
    /// Random coefficients, uniform in [−scale, scale] and divided by the factorial of the degree, drawn from `seed`.
    pub fn random(d: usize, m: usize, degree: usize, scale: f64, seed: u64) -> Self {
        Self::from_draws(d, m, degree, scale, &mut Self::draws(seed))
    }

    /// Reproducible numbers in [0, 1) (SplitMix64): for test objects, not for statistics.
    pub fn draws(seed: u64) -> impl FnMut() -> f64 {
        uniform(seed)
    }

    /// Coefficients uniform in [−scale, scale] and divided by the factorial of the degree, made of the uniform numbers
    /// in [0, 1) that `draw` gives.
    pub fn from_draws(
        d: usize,
        m: usize,
        degree: usize,
        scale: f64,
        draw: &mut dyn FnMut() -> f64,
    ) -> Self {
        let mut monomials: Vec<Vec<usize>> = (0..d).map(|i| vec![i]).collect();
        let mut kept = Vec::new();
        for _ in 2..=degree {
            let extend = |m: &Vec<usize>| {
                let last = m[m.len() - 1];
                (last..d)
                    .map(|i| [m.as_slice(), &[i]].concat())
                    .collect::<Vec<_>>()
            };
            monomials = monomials.iter().flat_map(extend).collect();
            kept.extend(monomials.iter().cloned());
        }
        let mut coefficient = |m: &Vec<usize>| {
            let factorial: usize = (1..=m.len()).product();
            scale * (2.0 * draw() - 1.0) / factorial as f64
        };
        let coefficients = (0..m)
            .map(|_| kept.iter().map(&mut coefficient).collect())
            .collect();
        Self {
            d,
            monomials: kept,
            coefficients,
        }
    }
}

impl Formula for Polynomial {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        self.coefficients.len()
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out.fill(S::constant(0.0));
        for (at, monomial) in self.monomials.iter().enumerate() {
            let mut product = x[monomial[0]];
            for &i in &monomial[1..] {
                product *= x[i];
            }
            for (o, coefficients) in out.iter_mut().zip(&self.coefficients) {
                *o += product * coefficients[at];
            }
        }
    }
}

fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

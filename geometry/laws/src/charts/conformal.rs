//! Conformally flat metrics `e^{2φ} δ` for any function φ.

use crate::dense::dot;
use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::charts::{conformal_christoffel, conformal_components};
use geogate_geometry::conventions::pairs;
use geogate_geometry::{
    C2Map, C3MetricSource, C3Space, Formula, Jet2, Map, MetricField, MetricSource, Result, Scalar,
    Space, Tensor,
};

/// The metric field `e^{2φ(x)} δ_ij` for a formula φ: R^d → R.
#[derive(Clone, Debug)]
pub struct Conformal<P> {
    phi: P,
}

impl<P: Formula> Conformal<P> {
    /// The conformal metric with the given logarithmic factor.
    pub fn new(phi: P) -> Self {
        Self { phi }
    }
}

impl<P: Formula> Formula for Conformal<P> {
    fn source_dim(&self) -> usize {
        Formula::source_dim(&self.phi)
    }

    fn target_dim(&self) -> usize {
        pairs(Formula::source_dim(&self.phi))
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut phi = [S::constant(0.0)];
        self.phi.eval(x, &mut phi);
        conformal_components(x.len(), (phi[0] * 2.0).exp(), out);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        Formula::domain(&self.phi, x)
    }
}

impl<P: Formula> MetricField for Conformal<P> {}

impl<P: Formula> Space for Conformal<P> {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Field(self)
    }
}

impl<P: Formula> C3Space for Conformal<P> {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Field(self)
    }
}

/// φ = a Σ_i sin(x_i + i) + ½ a |x|², a smooth function without symmetries.
#[derive(Clone, Copy, Debug)]
pub struct SineFactor {
    d: usize,
    a: f64,
}

impl SineFactor {
    /// The function on R^d with amplitude a.
    pub fn new(d: usize, a: f64) -> Self {
        Self { d, a }
    }
}

impl Formula for SineFactor {
    fn source_dim(&self) -> usize {
        self.d
    }

    fn target_dim(&self) -> usize {
        1
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut sum = S::constant(0.0);
        for (i, &xi) in x.iter().enumerate() {
            sum += (xi + i as f64).sin() + xi.square() * 0.5;
        }
        out[0] = sum * self.a;
    }
}

impl<P: Formula> ClosedForms for Conformal<P> {
    fn name(&self) -> String {
        format!("conformal metric on R^{}", Formula::source_dim(&self.phi))
    }

    fn region(&self) -> Region {
        Region::cube(Formula::source_dim(&self.phi), -0.7, 0.7)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let mut phi = [0.0];
        self.phi.value(x, &mut phi);
        Some(Tensor::scaled_identity(x.len(), (2.0 * phi[0]).exp()))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let mut jet = Jet2::new();
        self.phi.jet2(x, &mut jet);
        Some(conformal_christoffel(jet.first.jac()))
    }

    /// R = −e^{−2φ} (2 (d−1) Δφ + (d−1)(d−2) |∇φ|²).
    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        let mut jet = Jet2::new();
        self.phi.jet2(x, &mut jet);
        let d = x.len() as f64;
        let laplacian: f64 = (0..x.len()).map(|i| jet.second(i, i)[0]).sum();
        let squared_slope = dot(jet.first.jac(), jet.first.jac());
        let bracket = 2.0 * (d - 1.0) * laplacian + (d - 1.0) * (d - 2.0) * squared_slope;
        Some(-(-2.0 * jet.first.value()[0]).exp() * bracket)
    }

    /// `−e^{2φ} (δ_ik A_jl + δ_jl A_ik − δ_il A_jk − δ_jk A_il)` with `A_ij = φ_ij − φ_i φ_j + ½ |∇φ|² δ_ij`.
    fn stated_riemann(&self, x: &[f64]) -> Option<Tensor<4>> {
        let mut jet = Jet2::new();
        self.phi.jet2(x, &mut jet);
        let (d, slope) = (x.len(), jet.first.jac());
        let delta = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let a = |i: usize, j: usize| {
            jet.second(i, j)[0] - slope[i] * slope[j] + 0.5 * dot(slope, slope) * delta(i, j)
        };
        let scale = (2.0 * jet.first.value()[0]).exp();
        let mut riem = Tensor::<4>::zeros(d);
        for (at, entry) in riem.components_mut().iter_mut().enumerate() {
            let [i, j, k, l] = [at / (d * d * d), at / (d * d) % d, at / d % d, at % d];
            *entry = -scale
                * (delta(i, k) * a(j, l) + delta(j, l) * a(i, k)
                    - delta(i, l) * a(j, k)
                    - delta(j, k) * a(i, l));
        }
        Some(riem)
    }
}

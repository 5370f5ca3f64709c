//! Surfaces of revolution about the z-axis.

use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::{C2Map, Chart, Error, Formula, Jet2, Result, Scalar, Tensor};

/// A profile curve t ↦ (ρ, z) with ρ > 0.
pub trait Profile: Formula {
    /// Injectivity radius of the surface at parameter t; see [`Chart::injectivity_radius`].
    fn injectivity_radius(&self, t: f64) -> Option<f64> {
        let _ = t;
        None
    }
}

/// `(ρ(t) cos φ, ρ(t) sin φ, z(t))` for a profile t ↦ (ρ, z) with ρ > 0, coordinates (t, φ), φ not wrapped.
#[derive(Clone, Debug)]
pub struct SurfaceOfRevolution<P> {
    profile: P,
}

impl<P: Formula> SurfaceOfRevolution<P> {
    /// The surface swept by a profile curve, a formula R → R².
    pub fn new(profile: P) -> Self {
        Self { profile }
    }
}

impl<P: Formula> Formula for SurfaceOfRevolution<P> {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut profile = [S::constant(0.0); 2];
        self.profile.eval(&x[..1], &mut profile);
        let (s, c) = x[1].sin_cos();
        out[0] = profile[0] * c;
        out[1] = profile[0] * s;
        out[2] = profile[1];
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        Formula::domain(&self.profile, &x[..1])
    }
}

/// The tractrix `a (sech t, t − tanh t)`, t > 0, whose surface of revolution has constant curvature −1/a².
#[derive(Clone, Copy, Debug)]
pub struct Pseudosphere {
    a: f64,
}

impl Pseudosphere {
    /// The profile of size a > 0.
    pub fn new(a: f64) -> Self {
        Self { a }
    }
}

impl<P: Profile> Chart for SurfaceOfRevolution<P> {
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        self.profile.injectivity_radius(x[0])
    }
}

impl Profile for Pseudosphere {
    /// The distance to the rim t = 0, a ln cosh t.
    fn injectivity_radius(&self, t: f64) -> Option<f64> {
        Some(self.a * t.cosh().ln())
    }
}

impl Formula for Pseudosphere {
    fn source_dim(&self) -> usize {
        1
    }

    fn target_dim(&self) -> usize {
        2
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out[0] = x[0].cosh().recip() * self.a;
        out[1] = (x[0] - x[0].tanh()) * self.a;
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        if x[0] > 0.0 {
            Ok(())
        } else {
            Err(Error::outside_domain(x, "t > 0"))
        }
    }
}

impl ClosedForms for SurfaceOfRevolution<Pseudosphere> {
    fn name(&self) -> String {
        format!("pseudosphere of size {}", self.profile.a)
    }

    fn region(&self) -> Region {
        Region::new(&[0.4, -2.0], &[1.8, 2.0])
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let a2 = self.profile.a * self.profile.a;
        Some(Tensor::diagonal(&[
            a2 * x[0].tanh().powi(2),
            a2 / x[0].cosh().powi(2),
        ]))
    }

    /// Γ^t_tt = (ln tanh t)', Γ^t_φφ = −ρρ'/E, Γ^φ_tφ = ρ'/ρ, with ρ = sech t, E = tanh² t.
    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let (sinh, cosh) = (x[0].sinh(), x[0].cosh());
        let mut gamma = Tensor::<3>::zeros(2);
        gamma[[0, 0, 0]] = 1.0 / (sinh * cosh);
        gamma[[0, 1, 1]] = 1.0 / (sinh * cosh);
        gamma[[1, 0, 1]] = -sinh / cosh;
        gamma[[1, 1, 0]] = -sinh / cosh;
        Some(gamma)
    }

    fn constant_curvature(&self) -> Option<f64> {
        Some(-1.0 / (self.profile.a * self.profile.a))
    }
}

impl<P: Formula> SurfaceOfRevolution<P> {
    /// The Gaussian curvature in closed form, `z' (ρ' z'' − ρ'' z') / (ρ (ρ'² + z'²)²)`, of any profile.
    pub fn stated_curvature(&self, t: f64) -> f64 {
        let mut jet = Jet2::new();
        self.profile.jet2(&[t], &mut jet);
        let rho = jet.first.value()[0];
        let ([rho1, z1], [rho2, z2]) = (
            [jet.first.column(0)[0], jet.first.column(0)[1]],
            [jet.second(0, 0)[0], jet.second(0, 0)[1]],
        );
        z1 * (rho1 * z2 - rho2 * z1) / (rho * (rho1 * rho1 + z1 * z1).powi(2))
    }
}

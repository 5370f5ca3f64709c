//! Graphs of functions: x ↦ (x, h(x)).

use super::Polynomial;
use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::nalgebra::DMatrix;
use geogate_geometry::{C2Map, Chart, Formula, Jet2, Scalar, Tensor};

/// The graph of any map h: R^d → R^m, an immersion into R^{d+m} without further conditions.
#[derive(Clone, Debug)]
pub struct Graph<H> {
    height: H,
}

impl<H: Formula> Graph<H> {
    /// The graph of `height`.
    pub fn new(height: H) -> Self {
        Self { height }
    }
}

impl<H: Formula> Formula for Graph<H> {
    fn source_dim(&self) -> usize {
        Formula::source_dim(&self.height)
    }

    fn target_dim(&self) -> usize {
        Formula::source_dim(&self.height) + Formula::target_dim(&self.height)
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (flat, height) = out.split_at_mut(x.len());
        flat.copy_from_slice(x);
        self.height.eval(x, height);
    }
}

impl<H: Formula> Chart for Graph<H> {}

impl ClosedForms for Graph<Polynomial> {
    fn name(&self) -> String {
        format!(
            "polynomial graph over R^{} in codimension {}",
            self.height.source_dim(),
            self.height.target_dim()
        )
    }

    fn region(&self) -> Region {
        Region::cube(Formula::source_dim(&self.height), -0.8, 0.8)
    }

    /// δ_ij + Σ_a ∂_i h^a ∂_j h^a.
    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let mut jet = Jet2::new();
        self.height.jet2(x, &mut jet);
        let mut g = Tensor::identity(x.len());
        for (i, j) in (0..x.len() * x.len()).map(|at| (at / x.len(), at % x.len())) {
            let products = jet
                .first
                .column(i)
                .iter()
                .zip(jet.first.column(j))
                .map(|(a, b)| a * b);
            g[[i, j]] += products.sum::<f64>();
        }
        Some(g)
    }

    /// Γ^k_ij = W_ab h^a_k h^b_ij.
    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let height = HeightJet::of(&self.height, x)?;
        let mut gamma = Tensor::<3>::zeros(x.len());
        for (at, entry) in gamma.components_mut().iter_mut().enumerate() {
            let (k, i, j) = (
                at / (x.len() * x.len()),
                at / x.len() % x.len(),
                at % x.len(),
            );
            *entry = height.product(height.jet.first.column(k), height.jet.second(i, j));
        }
        Some(gamma)
    }

    /// g^ik g^jl R_ijkl with g^ij = δ_ij − W_ab h^a_i h^b_j.
    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        let (d, height, riem) = (
            x.len(),
            HeightJet::of(&self.height, x)?,
            self.stated_riemann(x)?,
        );
        let slope = |i: usize| height.jet.first.column(i);
        let inverse = |i: usize, j: usize| {
            let identity = if i == j { 1.0 } else { 0.0 };
            identity - height.product(slope(i), slope(j))
        };
        let terms = riem.components().iter().enumerate().map(|(at, r)| {
            let [i, j, k, l] = [at / (d * d * d), at / (d * d) % d, at / d % d, at % d];
            inverse(i, k) * inverse(j, l) * r
        });
        Some(terms.sum())
    }

    /// R_ijkl = W_ab (h^a_ik h^b_jl − h^a_il h^b_jk).
    fn stated_riemann(&self, x: &[f64]) -> Option<Tensor<4>> {
        let (d, height) = (x.len(), HeightJet::of(&self.height, x)?);
        let mut riem = Tensor::<4>::zeros(d);
        for (at, entry) in riem.components_mut().iter_mut().enumerate() {
            let [i, j, k, l] = [at / (d * d * d), at / (d * d) % d, at / d % d, at % d];
            let h = |i: usize, j: usize| height.jet.second(i, j);
            *entry = height.product(h(i, k), h(j, l)) - height.product(h(i, l), h(j, k));
        }
        Some(riem)
    }
}

/// Derivatives of a height h: R^d → R^m and the inner product of second derivatives' normal parts,
/// `W = (1 + Dh Dhᵀ)⁻¹`, m×m.
struct HeightJet {
    jet: Jet2,
    weight: DMatrix<f64>,
}

impl HeightJet {
    /// `None` where the derivatives overflow.
    fn of(height: &impl Formula, x: &[f64]) -> Option<Self> {
        let mut jet = Jet2::new();
        height.jet2(x, &mut jet);
        let m = jet.first.target_dim();
        let slopes = DMatrix::from_column_slice(m, x.len(), jet.first.jac());
        let weight = (DMatrix::identity(m, m) + &slopes * slopes.transpose()).try_inverse()?;
        Some(Self { jet, weight })
    }

    /// W_ab u^a v^b.
    fn product(&self, u: &[f64], v: &[f64]) -> f64 {
        (0..u.len() * v.len())
            .map(|at| u[at / v.len()] * self.weight[(at / v.len(), at % v.len())] * v[at % v.len()])
            .sum()
    }
}

/// The paraboloid z = ½ a (u² + v²); `K = a² / (1 + a² ρ²)²`.
#[derive(Clone, Copy, Debug)]
pub struct Paraboloid {
    a: f64,
}

impl Paraboloid {
    /// The paraboloid with curvature a² at its apex.
    pub fn new(a: f64) -> Self {
        Self { a }
    }
}

/// The saddle z = ½ a (u² − v²); `K = −a² / (1 + a² ρ²)²`.
#[derive(Clone, Copy, Debug)]
pub struct Saddle {
    a: f64,
}

impl Saddle {
    /// The saddle with curvature −a² at its centre.
    pub fn new(a: f64) -> Self {
        Self { a }
    }
}

impl Formula for Paraboloid {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out[0] = x[0];
        out[1] = x[1];
        out[2] = (x[0].square() + x[1].square()) * (0.5 * self.a);
    }
}

impl Formula for Saddle {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        out[0] = x[0];
        out[1] = x[1];
        out[2] = (x[0].square() - x[1].square()) * (0.5 * self.a);
    }
}

impl Chart for Paraboloid {}

impl Chart for Saddle {
    /// K < 0, complete and simply connected.
    fn injectivity_radius(&self, _: &[f64]) -> Option<f64> {
        Some(f64::INFINITY)
    }
}

/// Γ^k_ij = h_k h_ij / (1 + |∇h|²) for a graph over the plane with diagonal Hessian.
fn graph_christoffel(grad: [f64; 2], hess: [f64; 2]) -> Tensor<3> {
    let w = 1.0 + grad[0] * grad[0] + grad[1] * grad[1];
    let mut gamma = Tensor::<3>::zeros(2);
    for k in 0..2 {
        gamma[[k, 0, 0]] = grad[k] * hess[0] / w;
        gamma[[k, 1, 1]] = grad[k] * hess[1] / w;
    }
    gamma
}

/// δ_ij + h_i h_j.
fn graph_metric(grad: [f64; 2]) -> Tensor<2> {
    let [p, q] = grad;
    Tensor::<2>::from_components(2, vec![1.0 + p * p, p * q, p * q, 1.0 + q * q])
}

impl ClosedForms for Paraboloid {
    fn name(&self) -> String {
        format!("paraboloid of curvature {}", self.a)
    }

    fn region(&self) -> Region {
        Region::cube(2, -1.5, 1.4)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(graph_metric([self.a * x[0], self.a * x[1]]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        Some(graph_christoffel(
            [self.a * x[0], self.a * x[1]],
            [self.a, self.a],
        ))
    }

    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        let a2 = self.a * self.a;
        Some(2.0 * a2 / (1.0 + a2 * (x[0] * x[0] + x[1] * x[1])).powi(2))
    }
}

impl ClosedForms for Saddle {
    fn name(&self) -> String {
        format!("saddle of curvature {}", self.a)
    }

    fn region(&self) -> Region {
        Region::cube(2, -1.5, 1.4)
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        Some(graph_metric([self.a * x[0], -self.a * x[1]]))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        Some(graph_christoffel(
            [self.a * x[0], -self.a * x[1]],
            [self.a, -self.a],
        ))
    }

    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        let a2 = self.a * self.a;
        Some(-2.0 * a2 / (1.0 + a2 * (x[0] * x[0] + x[1] * x[1])).powi(2))
    }
}

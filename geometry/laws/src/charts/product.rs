//! Riemannian products: coordinates and ambient components side by side.

use geogate_geometry::charts::{ClosedForms, Region};
use geogate_geometry::{Chart, Formula, Result, Scalar, Tensor};

/// The product of two charts, (x, y) ↦ (a(x), b(y)): metric, Γ and R are block-diagonal, mixed planes are flat.
#[derive(Clone, Copy, Debug)]
pub struct Product<A, B> {
    a: A,
    b: B,
}

impl<A: Formula, B: Formula> Product<A, B> {
    /// a × b.
    pub fn new(a: A, b: B) -> Self {
        Self { a, b }
    }

    fn split(&self) -> usize {
        Formula::source_dim(&self.a)
    }
}

impl<A: Formula, B: Formula> Formula for Product<A, B> {
    fn source_dim(&self) -> usize {
        self.split() + Formula::source_dim(&self.b)
    }

    fn target_dim(&self) -> usize {
        Formula::target_dim(&self.a) + Formula::target_dim(&self.b)
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let (x, y) = x.split_at(self.split());
        let (a, b) = out.split_at_mut(Formula::target_dim(&self.a));
        self.a.eval(x, a);
        self.b.eval(y, b);
    }

    fn domain(&self, x: &[f64]) -> Result<()> {
        Formula::domain(&self.a, &x[..self.split()])?;
        Formula::domain(&self.b, &x[self.split()..])
    }
}

impl<A: Formula + Chart, B: Formula + Chart> Chart for Product<A, B> {
    /// The smaller of the factors'.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        let (x, y) = x.split_at(self.split());
        Some(
            self.a
                .injectivity_radius(x)?
                .min(self.b.injectivity_radius(y)?),
        )
    }
}

/// The two factors' tensors on the diagonal, zero elsewhere.
fn blocks<const R: usize>(a: &Tensor<R>, b: &Tensor<R>) -> Tensor<R> {
    let (p, q) = (a.dim(), b.dim());
    let mut out = Tensor::zeros(p + q);
    for (tensor, shift) in [(a, 0), (b, p)] {
        for (at, &value) in tensor.components().iter().enumerate() {
            let digits = (0..R)
                .rev()
                .map(|r| at / tensor.dim().pow(r as u32) % tensor.dim() + shift);
            let target = digits.fold(0, |position, digit| position * (p + q) + digit);
            out.components_mut()[target] = value;
        }
    }
    out
}

impl<A: Formula + Chart + ClosedForms, B: Formula + Chart + ClosedForms> ClosedForms
    for Product<A, B>
{
    fn name(&self) -> String {
        format!("{} × {}", self.a.name(), self.b.name())
    }

    fn region(&self) -> Region {
        let (a, b) = (self.a.region(), self.b.region());
        Region {
            lower: [a.lower, b.lower].concat(),
            upper: [a.upper, b.upper].concat(),
        }
    }

    fn stated_metric(&self, x: &[f64]) -> Option<Tensor<2>> {
        let (x, y) = x.split_at(self.split());
        Some(blocks(&self.a.stated_metric(x)?, &self.b.stated_metric(y)?))
    }

    fn stated_christoffel(&self, x: &[f64]) -> Option<Tensor<3>> {
        let (x, y) = x.split_at(self.split());
        Some(blocks(
            &self.a.stated_christoffel(x)?,
            &self.b.stated_christoffel(y)?,
        ))
    }

    fn stated_scalar(&self, x: &[f64]) -> Option<f64> {
        let (x, y) = x.split_at(self.split());
        Some(self.a.stated_scalar(x)? + self.b.stated_scalar(y)?)
    }

    fn stated_riemann(&self, x: &[f64]) -> Option<Tensor<4>> {
        let (x, y) = x.split_at(self.split());
        Some(blocks(
            &self.a.stated_riemann(x)?,
            &self.b.stated_riemann(y)?,
        ))
    }

    fn is_locally_symmetric(&self) -> bool {
        self.a.is_locally_symmetric() && self.b.is_locally_symmetric()
    }

    /// Of two spaces of constant curvature: where the factors' Ricci curvatures (d − 1) K agree.
    fn is_einstein(&self) -> bool {
        let ricci =
            |space: &dyn ClosedForms| Some((space.dim() - 1) as f64 * space.constant_curvature()?);
        match (ricci(&self.a), ricci(&self.b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }
}

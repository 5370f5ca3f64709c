//! The scalar function that ends every check of a rule: `y = ⟨c, x⟩` with fixed coefficients. It is a
//! rule of the tests' own, so that no rule under test is checked through another.

use geogate::autograd::{Forward, Reverse, Rule, Tape, Var};
use geogate::tensor::{Real, Tensor, Write};

struct Projection;

/// Coefficients without symmetry: no two columns or rows look alike.
pub(super) fn coefficient(k: usize) -> f64 {
    (1.0 + 0.7 * k as f64).sin() + 0.3
}

/// `Σ_k c_k x_k`, 1 × 1.
pub(super) fn project<T: Real>(tape: &mut Tape<T>, x: Var) -> Var {
    let terms = tape.value(x).as_slice().iter().enumerate();
    let total = terms.fold(T::ZERO, |sum, (k, &x)| {
        sum + T::from_f64(coefficient(k)) * x
    });
    tape.record(Projection, &[x], [Tensor::scalar(total)])
}

impl<T: Real> Rule<T> for Projection {
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0).map(Tensor::to_scalar) else {
            return;
        };
        let (out, write) = at.accumulate(0);
        for (k, out) in out.as_mut_slice().iter_mut().enumerate() {
            let term = g * T::from_f64(coefficient(k));
            *out = match write {
                Write::Replace => term,
                Write::Add => *out + term,
            };
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        let dx = at.tangent_or_zero(0);
        let terms = dx.as_slice().iter().enumerate();
        let total = terms.fold(T::ZERO, |sum, (k, &d)| {
            sum + T::from_f64(coefficient(k)) * d
        });
        at.set(0, Tensor::scalar(total));
    }
}

//! Sums, differences, products and multiples of matrices of one shape.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise};

/// `Σ_i c_i x_i`.
struct Combination<T> {
    coefficients: Vec<T>,
}

/// `a ⊙ b`.
struct ProductRule;

impl<T: Real> Tape<T> {
    /// `a + b`.
    #[track_caller]
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.combination(&[(a, T::ONE), (b, T::ONE)])
    }

    /// `a − b`.
    #[track_caller]
    pub fn sub(&mut self, a: Var, b: Var) -> Var {
        self.combination(&[(a, T::ONE), (b, -T::ONE)])
    }

    /// `c · a`.
    #[track_caller]
    pub fn scale(&mut self, a: Var, c: T) -> Var {
        self.combination(&[(a, c)])
    }

    /// The linear combination `Σ_i c_i x_i` of variables of one shape.
    ///
    /// # Panics
    /// If there are none, or their shapes differ.
    #[track_caller]
    pub fn combination(&mut self, terms: &[(Var, T)]) -> Var {
        let (first, _) = *terms.first().expect("combination: no terms");
        let (rows, cols) = self.shape(first);
        let mut y = self.buffer(rows, cols);
        let mut write = Write::Replace;
        for &(x, c) in terms {
            assert_eq!(self.shape(x), (rows, cols), "combination: shapes differ");
            let x = self.value(x).as_slice();
            elementwise::map(y.as_mut_slice(), write, x, |x| c * x);
            write = Write::Add;
        }
        let (inputs, coefficients): (Vec<Var>, Vec<T>) = terms.iter().copied().unzip();
        self.record(Combination { coefficients }, &inputs, [y])
    }

    /// The entry-wise product `a ⊙ b`.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mul(&mut self, a: Var, b: Var) -> Var {
        let (rows, cols) = self.shape(a);
        assert_eq!((rows, cols), self.shape(b), "mul: shapes differ");
        let mut y = self.buffer(rows, cols);
        let (u, v) = (self.value(a).as_slice(), self.value(b).as_slice());
        elementwise::map2(y.as_mut_slice(), Write::Replace, u, v, |u, v| u * v);
        self.record(ProductRule, &[a, b], [y])
    }
}

impl<T: Real> Rule<T> for Combination<T> {
    /// `x̄_i += c_i ȳ`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        for (i, &c) in self.coefficients.iter().enumerate() {
            if at.wants(i) {
                let (out, write) = at.accumulate(i);
                elementwise::map(out.as_mut_slice(), write, g.as_slice(), |g| c * g);
            }
        }
    }

    /// `ẏ = Σ_i c_i ẋ_i`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let mut dy = Tensor::zeros(at.output(0).rows(), at.output(0).cols());
        for (i, &c) in self.coefficients.iter().enumerate() {
            if let Some(dx) = at.tangent(i) {
                elementwise::add_scaled(dy.as_mut_slice(), c, dx.as_slice());
            }
        }
        at.set(0, dy);
    }
}

impl<T: Real> Rule<T> for ProductRule {
    /// `ā += ȳ ⊙ b`, `b̄ += ȳ ⊙ a`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        for (i, other) in [(0, at.value(1)), (1, at.value(0))] {
            if at.wants(i) {
                let (out, write) = at.accumulate(i);
                let (g, other) = (g.as_slice(), other.as_slice());
                elementwise::map2(out.as_mut_slice(), write, g, other, |g, o| g * o);
            }
        }
    }

    /// `ẏ = ȧ ⊙ b + a ⊙ ḃ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let mut dy = Tensor::zeros(at.output(0).rows(), at.output(0).cols());
        for (i, other) in [(0, at.value(1)), (1, at.value(0))] {
            if let Some(dx) = at.tangent(i) {
                let (dx, other) = (dx.as_slice(), other.as_slice());
                elementwise::map2(dy.as_mut_slice(), Write::Add, dx, other, |d, o| d * o);
            }
        }
        at.set(0, dy);
    }
}

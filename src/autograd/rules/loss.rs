//! Means of squares and weighted errors: the ends of a computation, 1 × 1.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, elementwise, reduce};

/// `Σ_k a_k² / n`.
struct MeanSquare;
/// `Σ_k (a_k − b_k)² / n`.
struct MeanSquareDifference;
/// `Σ_k w_k h(a_k − b_k)` with Huber's h; inputs a and the constant w. Squares are the h without a bound.
struct WeightedError;

impl<T: Real> Tape<T> {
    /// Mean of the squares of all entries; 0 for no entries.
    pub fn mean_square(&mut self, a: Var) -> Var {
        let x = self.value(a).as_slice();
        let mean = reduce::sum_of_squares(x) / count::<T>(x.len());
        let y = self.scalar_buffer(mean);
        self.record(MeanSquare, &[a], [y])
    }

    /// Mean over all entries of `(a − b)²`; 0 for no entries.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mean_square_difference(&mut self, a: Var, b: Var) -> Var {
        assert_eq!(
            self.shape(a),
            self.shape(b),
            "mean_square_difference: shapes differ"
        );
        let (u, v) = (self.value(a).as_slice(), self.value(b).as_slice());
        let mean = reduce::sum2(u, v, |u, v| (u - v) * (u - v)) / count::<T>(u.len());
        let y = self.scalar_buffer(mean);
        self.record(MeanSquareDifference, &[a, b], [y])
    }

    /// `Σ_k w_k (a_k − b_k)²` with constant labels b and weights w; an entry of weight zero has no
    /// influence, also where its label is NaN.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn weighted_square_error(
        &mut self,
        a: Var,
        labels: &Tensor<T>,
        weights: &Tensor<T>,
    ) -> Var {
        self.weighted_error(a, labels, weights, T::from_f64(f64::INFINITY))
    }

    /// `Σ_k w_k h(a_k − b_k)` with constant labels b and weights w, and Huber's loss of threshold δ > 0
    /// (Huber 1964), scaled so that it is the square within ±δ:
    ///
    /// ```text
    /// h(r) = r²            |r| ≤ δ
    ///        2 δ |r| − δ²  beyond
    ///      = c (2 r − c),   h'(r) = 2 c,   c = min(max(r, −δ), δ)
    /// ```
    ///
    /// An entry of weight zero has no influence, also where its label is NaN.
    ///
    /// # Panics
    /// If the shapes differ or δ is not above zero.
    #[track_caller]
    pub fn weighted_huber_error(
        &mut self,
        a: Var,
        labels: &Tensor<T>,
        weights: &Tensor<T>,
        delta: f64,
    ) -> Var {
        assert!(delta > 0.0, "weighted_huber_error: threshold {delta}");
        self.weighted_error(a, labels, weights, T::from_f64(delta))
    }

    #[track_caller]
    fn weighted_error(&mut self, a: Var, labels: &Tensor<T>, weights: &Tensor<T>, delta: T) -> Var {
        let shape = self.shape(a);
        assert_eq!(shape, labels.shape(), "weighted error: shape of the labels");
        assert_eq!(
            shape,
            weights.shape(),
            "weighted error: shape of the weights"
        );
        let mut clipped = self.buffer(shape.0, shape.1);
        let mut total = self.buffer(shape.0, shape.1);
        let columns = self
            .value(a)
            .as_slice()
            .iter()
            .zip(labels.as_slice())
            .zip(weights.as_slice());
        let outs = clipped.as_mut_slice().iter_mut().zip(total.as_mut_slice());
        for ((clipped, loss), ((&p, &y), &w)) in outs.zip(columns) {
            let r = if w == T::ZERO { T::ZERO } else { p - y };
            // comparisons, so that a NaN stays one
            let c = if r > delta {
                delta
            } else if r < -delta {
                -delta
            } else {
                r
            };
            (*clipped, *loss) = (c, w * c * (r + r - c));
        }
        let sum = reduce::sum(total.as_slice());
        self.release(total);
        let y = self.scalar_buffer(sum);
        let w = self.constant(weights);
        self.record(WeightedError, &[a, w], [y, clipped])
    }

    fn scalar_buffer(&mut self, x: T) -> Tensor<T> {
        let mut y = self.buffer(1, 1);
        y.as_mut_slice()[0] = x;
        y
    }
}

/// The number of entries as a divisor: at least one.
fn count<T: Real>(n: usize) -> T {
    T::from_f64(n.max(1) as f64)
}

impl<T: Real> Rule<T> for MeanSquare {
    /// `ā += ȳ 2 a / n`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let a = at.value(0).as_slice();
        let factor = g.to_scalar() * T::from_f64(2.0) / count::<T>(a.len());
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            elementwise::map(out.as_mut_slice(), write, a, |a| factor * a);
        }
    }

    /// `ẏ = 2 ⟨a, ȧ⟩ / n`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (a, da) = (at.value(0).as_slice(), at.tangent_or_zero(0));
        let factor = T::from_f64(2.0) / count::<T>(a.len());
        let dy = factor * reduce::sum2(a, da.as_slice(), |a, d| a * d);
        at.set(0, Tensor::scalar(dy));
    }
}

impl<T: Real> Rule<T> for MeanSquareDifference {
    /// `ā += ȳ 2 (a − b) / n`, `b̄` the negative.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let (a, b) = (at.value(0).as_slice(), at.value(1).as_slice());
        let factor = g.to_scalar() * T::from_f64(2.0) / count::<T>(a.len());
        for (i, factor) in [(0, factor), (1, -factor)] {
            if at.wants(i) {
                let (out, write) = at.accumulate(i);
                elementwise::map2(out.as_mut_slice(), write, a, b, |a, b| factor * (a - b));
            }
        }
    }

    /// `ẏ = 2 ⟨a − b, ȧ − ḃ⟩ / n`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (a, b) = (at.value(0).as_slice(), at.value(1).as_slice());
        let (da, db) = (at.tangent_or_zero(0), at.tangent_or_zero(1));
        let factor = T::from_f64(2.0) / count::<T>(a.len());
        // differences before products: ⟨a, ȧ⟩ − ⟨b, ȧ⟩ loses the digits that a and b share
        let changes = da.as_slice().iter().zip(db.as_slice());
        let terms = a.iter().zip(b).zip(changes);
        let along = terms.fold(T::ZERO, |sum, ((&a, &b), (&da, &db))| {
            sum + (a - b) * (da - db)
        });
        at.set(0, Tensor::scalar(factor * along));
    }
}

impl<T: Real> Rule<T> for WeightedError {
    /// `ā += ȳ 2 w ⊙ c` with the residual `a − b` clipped to ±δ (0 where w is).
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let factor = g.to_scalar() * T::from_f64(2.0);
        let (weights, clipped) = (at.value(1).as_slice(), at.output(1).as_slice());
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            let f = |w: T, c: T| factor * w * c;
            elementwise::map2(out.as_mut_slice(), write, weights, clipped, f);
        }
    }

    /// `ẏ = 2 Σ w c ȧ`.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let (weights, clipped) = (at.value(1).as_slice(), at.output(1).as_slice());
        let da = at.tangent_or_zero(0);
        let terms = weights.iter().zip(clipped).zip(da.as_slice());
        let sum = terms.fold(T::ZERO, |sum, ((&w, &c), &d)| sum + w * c * d);
        at.set(0, Tensor::scalar(T::from_f64(2.0) * sum));
    }
}

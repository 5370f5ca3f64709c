//! Directional derivatives pushed forward with the value, and differentiable in reverse.
//!
//! A jet of order k of `y(x)` along directions `v_1, …, v_D` is the stack
//!
//! ```text
//! [ y ; ∂y/∂v_1 ; … ; ∂y/∂v_D ; ∂²y/∂v_1² ; … ; ∂²y/∂v_D² ]        (second derivatives at order 2)
//! ```
//!
//! as row blocks of one matrix, so a linear layer is one GEMM and an activation one rule. What is
//! computed from a jet is an ordinary variable of the tape: a loss of derivatives has its weight
//! gradient by [`Tape::backward`], reverse over forward, without finite differences.

use super::rules::pointwise::Pointwise;
use super::tape::{Tape, Var};
use crate::tensor::{Real, Tensor};

/// A value with its directional derivatives, stacked.
///
/// ```
/// use geogate::autograd::{Tape, jet::Jet};
/// use geogate::nn::activation::Activation;
/// use geogate::tensor::Tensor;
/// let mut tape = Tape::<f64>::new();
/// let x = tape.constant(&Tensor::scalar(0.5));
/// let v = Tensor::scalar(1.0);
/// let y = Jet::seed(&mut tape, x, &[v], 2).pointwise(&mut tape, Activation::Tanh);
/// let (t, slope) = (0.5_f64.tanh(), 1.0 - 0.5_f64.tanh().powi(2));
/// let second = y.second(&mut tape, 0);
/// assert!((tape.value(second).to_scalar() + 2.0 * t * slope).abs() < 1e-15); // σ'' = −2 σ σ'
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Jet {
    stack: Var,
    rows: usize,
    directions: usize,
    order: usize,
}

impl Jet {
    /// The jet of x itself: value x `[n, width]`, first derivatives the directions (each of the
    /// shape of x), second derivatives zero.
    ///
    /// # Panics
    /// If the order is not 1 or 2, or a direction has another shape than x.
    #[track_caller]
    pub fn seed<T: Real>(
        tape: &mut Tape<T>,
        x: Var,
        directions: &[Tensor<T>],
        order: usize,
    ) -> Self {
        assert!(
            order == 1 || order == 2,
            "jet: order {order}, should be 1 or 2"
        );
        let (rows, cols) = tape.shape(x);
        let mut parts = vec![x];
        for v in directions {
            assert_eq!(v.shape(), (rows, cols), "jet: shape of a direction");
            parts.push(tape.constant(v));
        }
        if order == 2 {
            parts.push(tape.constant(&Tensor::zeros(rows * directions.len(), cols)));
        }
        let stack = tape.concat_rows(&parts);
        Self {
            stack,
            rows,
            directions: directions.len(),
            order,
        }
    }

    /// `y W + b`: the derivatives are mapped by W alone.
    #[must_use]
    #[track_caller]
    pub fn linear<T: Real>(self, tape: &mut Tape<T>, w: Var, b: Option<Var>) -> Self {
        Self {
            stack: tape.linear_stacked(self.stack, w, b, self.rows),
            ..self
        }
    }

    /// σ(y), with derivatives by the chain rule (Faà di Bruno to order 2).
    #[must_use]
    #[track_caller]
    pub fn pointwise<T: Real>(self, tape: &mut Tape<T>, f: impl Pointwise<T>) -> Self {
        let stack = tape.pointwise_stacked(self.stack, f, self.rows, self.directions, self.order);
        Self { stack, ..self }
    }

    /// The value, `[n, width]`.
    pub fn value<T: Real>(&self, tape: &mut Tape<T>) -> Var {
        self.block(tape, 0)
    }

    /// The first derivative along direction k, `[n, width]`.
    ///
    /// # Panics
    /// If there is no such direction.
    #[track_caller]
    pub fn first<T: Real>(&self, tape: &mut Tape<T>, k: usize) -> Var {
        assert!(
            k < self.directions,
            "jet: direction {k} of {}",
            self.directions
        );
        self.block(tape, 1 + k)
    }

    /// The second derivative along direction k, twice, `[n, width]`.
    ///
    /// # Panics
    /// If there is no such direction or the order is 1.
    #[track_caller]
    pub fn second<T: Real>(&self, tape: &mut Tape<T>, k: usize) -> Var {
        assert!(
            k < self.directions,
            "jet: direction {k} of {}",
            self.directions
        );
        assert!(
            self.order == 2,
            "jet: a second derivative of a jet of order 1"
        );
        self.block(tape, 1 + self.directions + k)
    }

    fn block<T: Real>(&self, tape: &mut Tape<T>, k: usize) -> Var {
        tape.slice_rows(self.stack, k * self.rows, (k + 1) * self.rows)
    }
}

//! Dropout with a seeded stream.

use crate::autograd::jet::Jet;
use crate::autograd::{Tape, Var};
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// Sets a share of the entries to zero and scales the others up, so that the mean stays
/// (Srivastava et al. 2014): `y = x ⊙ mask / (1 − rate)`.
#[derive(Clone, Debug)]
pub struct Dropout {
    rate: f64,
    stream: Stream,
}

impl Dropout {
    /// Dropout of a share `rate` in `[0, 1)`, with masks drawn from `stream`.
    ///
    /// # Panics
    /// If the rate is not in `[0, 1)`.
    #[track_caller]
    pub fn new(rate: f64, stream: Stream) -> Self {
        assert!(
            (0.0..1.0).contains(&rate),
            "dropout: rate {rate} is not in [0, 1)"
        );
        Self { rate, stream }
    }

    /// `x` with a fresh mask; `x` itself where the rate is zero.
    pub fn apply<T: Real>(&mut self, tape: &mut Tape<T>, x: Var) -> Var {
        if self.rate == 0.0 {
            return x;
        }
        let (rows, cols) = tape.shape(x);
        let mask = self.mask(rows, cols);
        let mask = tape.constant(&mask);
        tape.mul(x, mask)
    }

    /// A value with its derivatives under one fresh mask.
    pub fn apply_to_jet<T: Real>(&mut self, tape: &mut Tape<T>, x: Jet) -> Jet {
        if self.rate == 0.0 {
            return x;
        }
        let mask = self.mask(x.rows(), x.width(tape));
        x.masked(tape, &mask)
    }

    fn mask<T: Real>(&mut self, rows: usize, cols: usize) -> Tensor<T> {
        let keep = T::from_f64(1.0 / (1.0 - self.rate));
        let mut draw = || {
            if self.stream.uniform() < self.rate {
                T::ZERO
            } else {
                keep
            }
        };
        Tensor::from_vec(rows, cols, (0..rows * cols).map(|_| draw()).collect())
    }
}

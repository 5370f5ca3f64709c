//! Numbers with first derivatives.

use super::operators;
use crate::scalar::Scalar;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number with its first derivatives in D variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taylor1<const D: usize> {
    value: f64,
    first: [f64; D],
}

impl<const D: usize> Taylor1<D> {
    /// The variable number `index`, with the given value.
    #[inline(always)]
    pub fn variable(value: f64, index: usize) -> Self {
        let mut first = [0.0; D];
        first[index] = 1.0;
        Self { value, first }
    }

    /// A number with the given value and first derivatives.
    #[inline(always)]
    pub fn new(value: f64, first: [f64; D]) -> Self {
        Self { value, first }
    }

    /// The first derivative x_i.
    #[inline(always)]
    pub fn first(&self, i: usize) -> f64 {
        self.first[i]
    }

    #[inline(always)]
    fn sum(mut self, other: Self) -> Self {
        self.value += other.value;
        for i in 0..D {
            self.first[i] += other.first[i];
        }
        self
    }

    #[inline(always)]
    fn scale(mut self, c: f64) -> Self {
        self.value *= c;
        for i in 0..D {
            self.first[i] *= c;
        }
        self
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        let mut out = Self::constant(self.value * other.value);
        for i in 0..D {
            out.first[i] = self.value * other.first[i] + self.first[i] * other.value;
        }
        out
    }
}

impl<const D: usize> Scalar for Taylor1<D> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Self {
            value: c,
            first: [0.0; D],
        }
    }

    #[inline(always)]
    fn real(self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn chain(self, h: [f64; 4]) -> Self {
        let mut out = Self::constant(h[0]);
        for i in 0..D {
            out.first[i] = h[1] * self.first[i];
        }
        out
    }
}

operators!(Taylor1);

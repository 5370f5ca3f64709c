//! Numbers with derivatives to third order.

use super::operators;
use crate::scalar::Scalar;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number with its derivatives to third order in D variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taylor3<const D: usize> {
    value: f64,
    first: [f64; D],
    /// `second[i][j]` for j ≤ i; the rest stays zero.
    second: [[f64; D]; D],
    /// `third[i][j][k]` for k ≤ j ≤ i; the rest stays zero.
    third: [[[f64; D]; D]; D],
}

impl<const D: usize> Taylor3<D> {
    /// The variable number `index`, with the given value.
    #[inline(always)]
    pub fn variable(value: f64, index: usize) -> Self {
        let mut first = [0.0; D];
        first[index] = 1.0;
        Self::new(value, first)
    }

    /// A number with the given value and first derivatives, higher derivatives zero.
    #[inline(always)]
    pub fn new(value: f64, first: [f64; D]) -> Self {
        Self {
            value,
            first,
            second: [[0.0; D]; D],
            third: [[[0.0; D]; D]; D],
        }
    }

    /// The first derivative x_i.
    #[inline(always)]
    pub fn first(&self, i: usize) -> f64 {
        self.first[i]
    }

    /// The second derivative x_ij.
    #[inline(always)]
    pub fn second(&self, i: usize, j: usize) -> f64 {
        if j <= i {
            self.second[i][j]
        } else {
            self.second[j][i]
        }
    }

    /// The third derivative x_ijk for i ≥ j ≥ k.
    #[inline(always)]
    pub fn third_sorted(&self, i: usize, j: usize, k: usize) -> f64 {
        self.third[i][j][k]
    }

    #[inline(always)]
    fn sum(mut self, other: Self) -> Self {
        self.value += other.value;
        for i in 0..D {
            self.first[i] += other.first[i];
            for j in 0..=i {
                self.second[i][j] += other.second[i][j];
                for k in 0..=j {
                    self.third[i][j][k] += other.third[i][j][k];
                }
            }
        }
        self
    }

    #[inline(always)]
    fn scale(mut self, c: f64) -> Self {
        self.value *= c;
        for i in 0..D {
            self.first[i] *= c;
            for j in 0..=i {
                self.second[i][j] *= c;
                for k in 0..=j {
                    self.third[i][j][k] *= c;
                }
            }
        }
        self
    }

    #[inline(always)]
    fn product(self, b: Self) -> Self {
        let a = self;
        let mut out = Self::constant(a.value * b.value);
        for i in 0..D {
            out.first[i] = a.value * b.first[i] + a.first[i] * b.value;
            for j in 0..=i {
                out.second[i][j] = a.value * b.second[i][j]
                    + a.first[i] * b.first[j]
                    + a.first[j] * b.first[i]
                    + a.second[i][j] * b.value;
                for k in 0..=j {
                    out.third[i][j][k] = a.value * b.third[i][j][k]
                        + a.third[i][j][k] * b.value
                        + a.second[i][j] * b.first[k]
                        + a.second[i][k] * b.first[j]
                        + a.second[j][k] * b.first[i]
                        + a.first[i] * b.second[j][k]
                        + a.first[j] * b.second[i][k]
                        + a.first[k] * b.second[i][j];
                }
            }
        }
        out
    }
}

impl<const D: usize> Scalar for Taylor3<D> {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Self::new(c, [0.0; D])
    }

    #[inline(always)]
    fn real(self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn chain(self, h: [f64; 4]) -> Self {
        let (x, s) = (&self.first, &self.second);
        let mut out = Self::constant(h[0]);
        for i in 0..D {
            out.first[i] = h[1] * x[i];
            for j in 0..=i {
                out.second[i][j] = h[1] * s[i][j] + h[2] * x[i] * x[j];
                for k in 0..=j {
                    out.third[i][j][k] = h[1] * self.third[i][j][k]
                        + h[2] * (s[i][j] * x[k] + s[i][k] * x[j] + s[j][k] * x[i])
                        + h[3] * x[i] * x[j] * x[k];
                }
            }
        }
        out
    }
}

operators!(Taylor3);

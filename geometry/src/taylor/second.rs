//! Numbers with first and second derivatives.

use super::operators;
use crate::scalar::Scalar;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number with its derivatives to second order in D variables.
///
/// It stands for `x(t) = x + x_i t^i + ½ x_ij t^i t^j`, and what is stored are the derivatives x_i, x_ij:
///
/// ```text
/// (ab)_ij = a b_ij + a_i b_j + a_j b_i + b a_ij        h(x)_ij = h' x_ij + h'' x_i x_j
/// ```
///
/// ```
/// use geogate_geometry::{Scalar, Taylor2};
/// let x = Taylor2::<1>::variable(2.0, 0);
/// let y = x * x * x + x.sin();
/// assert_eq!(y.first(0), 12.0 + 2f64.cos());
/// assert_eq!(y.second(0, 0), 12.0 - 2f64.sin());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taylor2<const D: usize> {
    value: f64,
    first: [f64; D],
    /// `second[i][j]` for j ≤ i; the rest stays zero and is optimised away.
    second: [[f64; D]; D],
}

impl<const D: usize> Taylor2<D> {
    /// The variable number `index`, with the given value.
    #[inline(always)]
    pub fn variable(value: f64, index: usize) -> Self {
        let mut first = [0.0; D];
        first[index] = 1.0;
        Self::new(value, first)
    }

    /// A number with the given value and first derivatives, second derivatives zero.
    #[inline(always)]
    pub fn new(value: f64, first: [f64; D]) -> Self {
        Self {
            value,
            first,
            second: [[0.0; D]; D],
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

    #[inline(always)]
    fn sum(mut self, other: Self) -> Self {
        self.value += other.value;
        for i in 0..D {
            self.first[i] += other.first[i];
            for j in 0..=i {
                self.second[i][j] += other.second[i][j];
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
            }
        }
        self
    }

    #[inline(always)]
    fn product(self, b: Self) -> Self {
        let mut out = Self::constant(self.value * b.value);
        for i in 0..D {
            out.first[i] = self.value * b.first[i] + self.first[i] * b.value;
            for j in 0..=i {
                out.second[i][j] = self.value * b.second[i][j]
                    + self.first[i] * b.first[j]
                    + self.first[j] * b.first[i]
                    + self.second[i][j] * b.value;
            }
        }
        out
    }
}

impl<const D: usize> Scalar for Taylor2<D> {
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
        let mut out = Self::constant(h[0]);
        for i in 0..D {
            out.first[i] = h[1] * self.first[i];
            for j in 0..=i {
                out.second[i][j] = h[1] * self.second[i][j] + h[2] * self.first[i] * self.first[j];
            }
        }
        out
    }
}

operators!(Taylor2);

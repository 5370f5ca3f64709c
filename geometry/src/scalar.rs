//! The numbers a [`Formula`](crate::Formula) is written over: `f64`, or a truncated Taylor number that carries
//! derivatives along.
//!
//! The rules of calculus live here, once: each function states its value and first three derivatives, and
//! [`Scalar::chain`] of the number type turns them into a jet.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real number with as many derivatives as its type carries.
pub trait Scalar:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// The constant c: all derivatives zero.
    fn constant(c: f64) -> Self;

    /// The value, without derivatives.
    fn real(self) -> f64;

    /// h(self), given h and its first three derivatives at [`real`](Scalar::real); a type uses as many as
    /// it carries.
    fn chain(self, h: [f64; 4]) -> Self;

    /// self².
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    /// 1/self.
    #[inline(always)]
    fn recip(self) -> Self {
        let r = 1.0 / self.real();
        let r2 = r * r;
        self.chain([r, -r2, 2.0 * r2 * r, -6.0 * r2 * r2])
    }

    /// √self, for self > 0.
    #[inline(always)]
    fn sqrt(self) -> Self {
        let x = self.real();
        let s = x.sqrt();
        let r = 1.0 / x;
        let first = 0.5 * s * r;
        self.chain([s, first, -0.5 * first * r, 0.75 * first * r * r])
    }

    /// selfⁿ.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        let x = self.real();
        let m = f64::from(n);
        let at = |k: i32, factor: f64| {
            if factor == 0.0 {
                0.0
            } else {
                factor * x.powi(n - k)
            }
        };
        let (d1, d2, d3) = (m, m * (m - 1.0), m * (m - 1.0) * (m - 2.0));
        self.chain([x.powi(n), at(1, d1), at(2, d2), at(3, d3)])
    }

    /// self^p, for self > 0.
    #[inline(always)]
    fn powf(self, p: f64) -> Self {
        let x = self.real();
        let value = x.powf(p);
        let d1 = p * value / x;
        let d2 = (p - 1.0) * d1 / x;
        self.chain([value, d1, d2, (p - 2.0) * d2 / x])
    }

    /// e^self.
    #[inline(always)]
    fn exp(self) -> Self {
        let e = self.real().exp();
        self.chain([e, e, e, e])
    }

    /// Natural logarithm, for self > 0.
    #[inline(always)]
    fn ln(self) -> Self {
        let r = 1.0 / self.real();
        self.chain([self.real().ln(), r, -r * r, 2.0 * r * r * r])
    }

    /// Sine and cosine together.
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        let (s, c) = self.real().sin_cos();
        (self.chain([s, c, -s, -c]), self.chain([c, -s, -c, s]))
    }

    /// Sine of an angle in radians.
    #[inline(always)]
    fn sin(self) -> Self {
        self.sin_cos().0
    }

    /// Cosine of an angle in radians.
    #[inline(always)]
    fn cos(self) -> Self {
        self.sin_cos().1
    }

    /// Tangent of an angle in radians.
    #[inline(always)]
    fn tan(self) -> Self {
        let t = self.real().tan();
        let d1 = 1.0 + t * t;
        self.chain([t, d1, 2.0 * t * d1, 2.0 * d1 * (1.0 + 3.0 * t * t)])
    }

    /// Inverse tangent, in (−π/2, π/2).
    #[inline(always)]
    fn atan(self) -> Self {
        let x = self.real();
        let d1 = 1.0 / (1.0 + x * x);
        let d2 = -2.0 * x * d1 * d1;
        self.chain([x.atan(), d1, d2, (6.0 * x * x - 2.0) * d1 * d1 * d1])
    }

    /// Hyperbolic sine.
    #[inline(always)]
    fn sinh(self) -> Self {
        let (s, c) = (self.real().sinh(), self.real().cosh());
        self.chain([s, c, s, c])
    }

    /// Hyperbolic cosine.
    #[inline(always)]
    fn cosh(self) -> Self {
        let (s, c) = (self.real().sinh(), self.real().cosh());
        self.chain([c, s, c, s])
    }

    /// Hyperbolic tangent.
    #[inline(always)]
    fn tanh(self) -> Self {
        let t = self.real().tanh();
        let d1 = 1.0 - t * t;
        self.chain([t, d1, -2.0 * t * d1, d1 * (6.0 * t * t - 2.0)])
    }
}

impl Scalar for f64 {
    #[inline(always)]
    fn constant(c: f64) -> Self {
        c
    }

    #[inline(always)]
    fn real(self) -> f64 {
        self
    }

    #[inline(always)]
    fn chain(self, h: [f64; 4]) -> Self {
        h[0]
    }
}

//! The scalar types of the engine.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use super::elementary;

/// A floating-point scalar: `f32` or `f64`.
///
/// `exp`, `tanh` and `sigmoid` are branch-free polynomials, made to be called in the plain loops of
/// [`crate::tensor::elementwise`]; their errors are in their own descriptions.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + Debug
    + Display
    + Send
    + Sync
    + 'static
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + faer::traits::ComplexField
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Distance from one to the next larger number.
    const ROUNDOFF: Self;
    /// Name of the type in files: `f32` or `f64`.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// This number in double precision, exact.
    fn to_f64(self) -> f64;
    /// Little-endian bytes, four or eight.
    fn to_bytes(self) -> Vec<u8>;
    /// The number with these little-endian bytes.
    ///
    /// # Panics
    /// If there are not exactly four, respectively eight.
    fn from_bytes(bytes: &[u8]) -> Self;
    /// Neither NaN nor infinite.
    fn finite(self) -> bool;
    /// Absolute value.
    fn magnitude(self) -> Self;
    /// Square root.
    fn root(self) -> Self;
    /// `self · a + b` with one rounding.
    fn fused(self, a: Self, b: Self) -> Self;
    /// The larger of the two; NaN if either is.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other || self.is_nan_value() {
            self
        } else {
            other
        }
    }
    /// Is this NaN?
    #[inline(always)]
    #[allow(clippy::eq_op, reason = "NaN is what differs from itself")]
    fn is_nan_value(self) -> bool {
        self != self
    }
    /// e^self, within 1.5 ulp (f32) and 2 ulp (f64); overflow gives infinity, underflow zero, NaN
    /// stays NaN.
    fn exponential(self) -> Self;
    /// Hyperbolic tangent within 3 ulp (f32) and 4 ulp (f64), also near zero; NaN stays NaN.
    fn hyperbolic_tangent(self) -> Self;
    /// `1 / (1 + e^-self)`; NaN stays NaN.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exponential())
    }
    /// `ln(1 + e^self)` without overflow: `max(self, 0) + ln(1 + e^-|self|)`.
    fn softplus(self) -> Self;
    /// The complementary error function `2/√π ∫ e^(-t²) dt` from self to infinity, of libm.
    fn complementary_error_function(self) -> Self;
}

macro_rules! real {
    ($type:ident, $exp:path, $tanh:path, $erfc:path) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const ROUNDOFF: Self = $type::EPSILON;
            const NAME: &'static str = stringify!($type);

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn to_bytes(self) -> Vec<u8> {
                self.to_le_bytes().to_vec()
            }
            fn from_bytes(bytes: &[u8]) -> Self {
                $type::from_le_bytes(bytes.try_into().expect("the bytes of one number"))
            }
            #[inline(always)]
            fn finite(self) -> bool {
                $type::is_finite(self)
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                $type::abs(self)
            }
            #[inline(always)]
            fn root(self) -> Self {
                $type::sqrt(self)
            }
            #[inline(always)]
            fn fused(self, a: Self, b: Self) -> Self {
                $type::mul_add(self, a, b)
            }
            #[inline(always)]
            fn exponential(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn hyperbolic_tangent(self) -> Self {
                $tanh(self)
            }
            fn softplus(self) -> Self {
                self.larger(0.0) + (-self.magnitude()).exponential().ln_1p()
            }
            fn complementary_error_function(self) -> Self {
                $erfc(self)
            }
        }
    };
}

real!(f32, elementary::exp_f32, elementary::tanh_f32, libm::erfcf);
real!(f64, elementary::exp_f64, elementary::tanh_f64, libm::erfc);

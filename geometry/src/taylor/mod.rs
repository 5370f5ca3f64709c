//! Truncated Taylor numbers in D variables: a value with all its derivatives to first ([`Taylor1`]), second
//! ([`Taylor2`]) or third ([`Taylor3`]) order, exact to rounding and on the stack.
//!
//! A number x stands for `x(t) = x + x_i t^i + ½ x_ij t^i t^j + ⅙ x_ijk t^i t^j t^k`, and what is stored are the
//! derivatives x_i, x_ij, x_ijk. Products follow Leibniz, functions follow Faà di Bruno:
//!
//! ```text
//! (ab)_ij = a b_ij + a_i b_j + a_j b_i + b a_ij
//! h(x)_ij = h' x_ij + h'' x_i x_j
//! h(x)_ijk = h' x_ijk + h'' (x_ij x_k + x_ik x_j + x_jk x_i) + h''' x_i x_j x_k
//! ```
//!
//! ```
//! use geogate_geometry::{Scalar, Taylor2};
//! let x = Taylor2::<1>::variable(2.0, 0);
//! let y = x * x * x + x.sin();
//! assert_eq!(y.first(0), 12.0 + 2f64.cos());
//! assert_eq!(y.second(0, 0), 12.0 - 2f64.sin());
//! ```

mod first;
mod second;
mod third;

pub use first::Taylor1;
pub use second::Taylor2;
pub use third::Taylor3;

/// Operator traits from the `sum`, `scale`, `product` and `chain` of a Taylor number.
macro_rules! operators {
    ($number:ident) => {
        impl<const D: usize> Neg for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.scale(-1.0)
            }
        }
        impl<const D: usize> Add for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.sum(other)
            }
        }
        impl<const D: usize> Sub for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.sum(other.scale(-1.0))
            }
        }
        impl<const D: usize> Mul for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.product(other)
            }
        }
        impl<const D: usize> Div for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.product(other.recip())
            }
        }
        impl<const D: usize> Add<f64> for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn add(mut self, c: f64) -> Self {
                self.value += c;
                self
            }
        }
        impl<const D: usize> Sub<f64> for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn sub(mut self, c: f64) -> Self {
                self.value -= c;
                self
            }
        }
        impl<const D: usize> Mul<f64> for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, c: f64) -> Self {
                self.scale(c)
            }
        }
        impl<const D: usize> Div<f64> for $number<D> {
            type Output = Self;
            #[inline(always)]
            fn div(self, c: f64) -> Self {
                self.scale(1.0 / c)
            }
        }
        impl<const D: usize> Mul<$number<D>> for f64 {
            type Output = $number<D>;
            #[inline(always)]
            fn mul(self, x: $number<D>) -> $number<D> {
                x.scale(self)
            }
        }
        impl<const D: usize> Add<$number<D>> for f64 {
            type Output = $number<D>;
            #[inline(always)]
            fn add(self, x: $number<D>) -> $number<D> {
                x + self
            }
        }
        impl<const D: usize> Sub<$number<D>> for f64 {
            type Output = $number<D>;
            #[inline(always)]
            fn sub(self, x: $number<D>) -> $number<D> {
                x.scale(-1.0) + self
            }
        }
        impl<const D: usize> AddAssign for $number<D> {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl<const D: usize> SubAssign for $number<D> {
            #[inline(always)]
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
        impl<const D: usize> MulAssign for $number<D> {
            #[inline(always)]
            fn mul_assign(&mut self, other: Self) {
                *self = *self * other;
            }
        }
    };
}
use operators;

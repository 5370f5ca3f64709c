//! Activations with their first three derivatives.
//!
//! With s = sigmoid(u), t = tanh(u), Φ and φ the normal distribution function and density:
//!
//! | | σ | σ' | σ'' | σ''' |
//! |---|---|---|---|---|
//! | relu | max(u, 0) | 1 if u > 0, else 0 | 0 | 0 |
//! | silu | u s | s + u q | 2 q + u q r | 3 q r + u q (r² − 2 q) |
//! | tanh | t | 1 − t² | −2 t (1 − t²) | (1 − t²)(6 t² − 2) |
//! | softplus | ln(1 + e^u) | s | q | q r |
//! | gelu | u Φ | Φ + u φ | (2 − u²) φ | (u³ − 4 u) φ |
//!
//! where `q = s (1 − s)` and `r = 1 − 2 s` (so `s' = q`, `q' = q r`, `r' = −2 q`).

use serde::{Deserialize, Serialize};

use crate::autograd::Pointwise;
use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// A scalar function between two linear layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `max(u, 0)`; not smooth: its derivatives at 0 are taken as 0.
    Relu,
    /// `u · sigmoid(u)`.
    #[default]
    Silu,
    /// Hyperbolic tangent.
    Tanh,
    /// `ln(1 + e^u)`.
    Softplus,
    /// `u Φ(u)`, exact.
    Gelu,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 5] = [
        Self::Relu,
        Self::Silu,
        Self::Tanh,
        Self::Softplus,
        Self::Gelu,
    ];
}

impl<T: Real> Pointwise<T> for Activation {
    fn derivatives(&self, u: &[T], out: &mut [&mut [T]]) {
        match self {
            Self::Relu => fill(u, out, relu),
            Self::Silu => fill(u, out, silu),
            Self::Tanh => fill(u, out, tanh),
            Self::Softplus => fill(u, out, softplus),
            Self::Gelu => fill(u, out, gelu),
        }
    }
}

/// Writes entry k of `f(u)` into `out[k]`; what is not asked for is not computed, because the
/// loops are compiled for each order apart.
fn fill<T: Real>(u: &[T], out: &mut [&mut [T]], f: impl Fn(T) -> [T; 4]) {
    match out {
        [a] => fill_orders(u, [a], f),
        [a, b] => fill_orders(u, [a, b], f),
        [a, b, c] => fill_orders(u, [a, b, c], f),
        [a, b, c, d] => fill_orders(u, [a, b, c, d], f),
        _ => panic!(
            "derivatives of an activation: {} orders asked, 1 to 4 there",
            out.len()
        ),
    }
}

/// Numbers computed at a time by [`fill_orders`].
const BLOCK: usize = 32;

/// Blocks of a length known to the compiler, in arrays of their own: with slices it could prove
/// neither that indices are in range nor that the outputs are apart, and vectorised nothing.
fn fill_orders<T: Real, const ORDERS: usize>(
    u: &[T],
    out: [&mut [T]; ORDERS],
    f: impl Fn(T) -> [T; 4],
) {
    let mut out = out.map(|o| &mut o[..u.len()]);
    vectorised(
        #[inline(always)]
        || {
            let (blocks, rest) = u.as_chunks();
            for (at, u) in blocks.iter().enumerate() {
                let from = at * BLOCK;
                for (out, block) in out.iter_mut().zip(fill_block::<T, ORDERS>(u, &f)) {
                    out[from..from + BLOCK].copy_from_slice(&block);
                }
            }
            if !rest.is_empty() {
                let mut padded = [T::ZERO; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                let from = u.len() - rest.len();
                for (out, block) in out.iter_mut().zip(fill_block::<T, ORDERS>(&padded, &f)) {
                    out[from..].copy_from_slice(&block[..rest.len()]);
                }
            }
        },
    );
}

/// The orders of one block.
#[inline(always)]
fn fill_block<T: Real, const ORDERS: usize>(
    u: &[T; BLOCK],
    f: impl Fn(T) -> [T; 4],
) -> [[T; BLOCK]; ORDERS] {
    let mut block = [[T::ZERO; BLOCK]; ORDERS];
    for (k, &u) in u.iter().enumerate() {
        for (block, value) in block.iter_mut().zip(f(u)) {
            block[k] = value;
        }
    }
    block
}

#[inline(always)]
fn relu<T: Real>(u: T) -> [T; 4] {
    // NaN must stay NaN, also in the derivatives: it fails the comparisons and is passed on
    let nothing = if u.is_nan_value() { u } else { T::ZERO };
    let slope = if u > T::ZERO { T::ONE } else { nothing };
    let value = if u > T::ZERO { u } else { nothing };
    [value, slope, nothing, nothing]
}

/// s, q and r of the table from e^-|u|: with `1 − s` itself, q would lose its digits where s is
/// close to 1.
#[inline(always)]
fn logistic<T: Real>(u: T) -> [T; 3] {
    let e = (-u.magnitude()).exponential();
    let large = T::ONE / (T::ONE + e);
    let small = e * large;
    let (s, complement) = if u > T::ZERO {
        (large, small)
    } else {
        (small, large)
    };
    [s, large * small, complement - s]
}

#[inline(always)]
fn silu<T: Real>(u: T) -> [T; 4] {
    let two = T::from_f64(2.0);
    let [s, q, r] = logistic(u);
    let third = T::from_f64(3.0) * q * r + u * q * (r * r - two * q);
    [u * s, s + u * q, two * q + u * q * r, third]
}

#[inline(always)]
fn tanh<T: Real>(u: T) -> [T; 4] {
    let two = T::from_f64(2.0);
    let t = u.hyperbolic_tangent();
    let slope = T::ONE - t * t;
    [
        t,
        slope,
        -two * t * slope,
        slope * (T::from_f64(6.0) * t * t - two),
    ]
}

#[inline(always)]
fn softplus<T: Real>(u: T) -> [T; 4] {
    let [s, q, r] = logistic(u);
    [u.softplus(), s, q, q * r]
}

#[inline(always)]
fn gelu<T: Real>(u: T) -> [T; 4] {
    let half = T::from_f64(0.5);
    // Φ(u) = erfc(−u/√2)/2; 1 + erf(u/√2) would lose its digits on the left
    let scaled = u * T::from_f64(-std::f64::consts::FRAC_1_SQRT_2);
    let cumulative = half * scaled.complementary_error_function();
    let root = T::from_f64(1.0 / std::f64::consts::TAU.sqrt());
    let density = root * (-half * u * u).exponential();
    let u2 = u * u;
    [
        u * cumulative,
        cumulative + u * density,
        (T::from_f64(2.0) - u2) * density,
        (u2 - T::from_f64(4.0)) * u * density,
    ]
}

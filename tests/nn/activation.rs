//! σ, σ', σ'', σ''' of every activation.

use geogate::autograd::Pointwise;
use geogate::nn::activation::Activation;
use geogate::tensor::Real;
use proptest::prelude::*;

use crate::closeness::assert_close;
use crate::{series, strategies};

/// Roundings of a formula of the table: up to ten operations, each of a few ulp.
const ROUNDINGS: f64 = 16.0;
/// Step of differences extrapolated to sixth order.
const STEP: f64 = 0.02;
/// Those differences in units of ε: rounding 1/h times a few, truncation h⁶/ε · 1e-4 · σ⁽⁷⁾, with
/// σ⁽⁷⁾ ≤ 1e3.
const DIFFERENCES: f64 = 4e4;

/// σ, …, σ''' at one number.
fn at<T: Real>(activation: Activation, u: T) -> [T; 4] {
    let mut out = [[T::ZERO]; 4];
    let mut slices = out.each_mut().map(|o| o.as_mut_slice());
    activation.derivatives(&[u], &mut slices);
    out.map(|o| o[0])
}

/// `[-8, 8]` in steps of 1/16, which holds 0.
fn grid() -> impl Iterator<Item = f64> {
    (-128..=128).map(|k| f64::from(k) / 16.0)
}

#[test]
fn each_order_is_the_difference_of_the_one_below() {
    for activation in Activation::ALL {
        for u in grid() {
            if activation == Activation::Relu && u.abs() < 2.0 * STEP {
                continue;
            }
            let order = |k: usize, u: f64| at(activation, u)[k];
            for k in 1..4 {
                let central = |h: f64| (order(k - 1, u + h) - order(k - 1, u - h)) / (2.0 * h);
                let [d1, d2, d4] = [STEP, STEP / 2.0, STEP / 4.0].map(central);
                let (once, twice) = ((4.0 * d2 - d1) / 3.0, (4.0 * d4 - d2) / 3.0);
                let want = (16.0 * twice - once) / 15.0;
                assert_close(&[order(k, u)], &[want], DIFFERENCES, u.abs().max(1.0));
            }
        }
    }
}

#[test]
fn formulas_agree_with_power_series() {
    for activation in Activation::ALL {
        for u in grid() {
            if activation == Activation::Relu && u == 0.0 {
                continue;
            }
            let want = series::derivatives(activation, u);
            let scale = u.abs().max(1.0);
            assert_close(&at(activation, u), &want, ROUNDINGS, scale);
            let u = u as f32; // exact
            assert_close(&at(activation, u), &want, ROUNDINGS, scale);
        }
    }
}

/// The tails decay to numbers far below ε; they keep their digits there, in both precisions and on
/// both sides: curvature is a ratio of such numbers.
#[test]
fn small_derivatives_keep_their_digits() {
    for activation in [Activation::Silu, Activation::Softplus] {
        for k in -60..=60 {
            let u = f64::from(k) / 4.0 + 0.125;
            let want = series::derivatives(activation, u.min(-u.abs()));
            for (order, parity) in [(2, 1.0), (3, -1.0)] {
                // σ'' is even and σ''' odd for both
                let sign: f64 = if u > 0.0 { parity } else { 1.0 };
                let want = sign * want[order];
                // the terms of the sum, which cancel in places
                let scale = (3.0 + u.abs()) * (-u.abs()).exp();
                let double = at(activation, u)[order];
                assert_close(&[double], &[want], ROUNDINGS, scale);
                let single = at(activation, u as f32)[order];
                assert_close(&[single], &[want], ROUNDINGS, scale);
            }
        }
    }
    for k in 0..=50 {
        let u = -f64::from(k) / 4.0;
        let want = lower_tail(u);
        assert_close(
            &[at(Activation::Gelu, u)[0]],
            &[u * want],
            256.0,
            (u * want).abs(),
        );
        let single = at(Activation::Gelu, u as f32)[0];
        assert_close(&[single], &[u * want], 256.0, (u * want).abs());
    }
}

/// Φ(u) for u ≤ 0 by the continued fraction of Mills' ratio where that converges, else by the series.
fn lower_tail(u: f64) -> f64 {
    let x = -u;
    if x < 1.0 {
        return series::derivatives(Activation::Gelu, -x)[0] / if x == 0.0 { 1.0 } else { -x };
    }
    let mills = (1..400).rev().fold(x, |f, k| x + f64::from(k) / f);
    (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt() / mills
}

/// `lim [σ, σ', σ'', σ''']` at ±∞, where the value itself is finite.
#[test]
fn far_out_the_limits_are_reached() {
    for activation in Activation::ALL {
        for u in [50.0, 1e4] {
            let flat = activation == Activation::Tanh;
            let right = if flat {
                [1.0, 0.0, 0.0, 0.0]
            } else {
                [u, 1.0, 0.0, 0.0]
            };
            let left = if flat {
                [-1.0, 0.0, 0.0, 0.0]
            } else {
                [0.0; 4]
            };
            // e^-50 · 50² is far below one rounding
            assert_close(&at(activation, u), &right, 1.0, u);
            assert_close(&at(activation, -u), &left, 1.0, 1.0);
            assert_close(&at(activation, u as f32), &right, 1.0, u);
            assert_close(&at(activation, -u as f32), &left, 1.0, 1.0);
        }
    }
}

#[test]
fn nan_stays_nan_at_every_order() {
    for activation in Activation::ALL {
        for order in 0..4 {
            let (double, single) = (at(activation, f64::NAN), at(activation, f32::NAN));
            assert!(double[order].is_nan(), "{activation:?}, order {order}");
            assert!(single[order].is_nan(), "{activation:?}, order {order}");
        }
    }
}

#[test]
fn relu_has_its_stated_derivatives_at_zero() {
    for zero in [0.0, -0.0] {
        assert_eq!(at(Activation::Relu, zero), [0.0; 4]);
    }
    assert_eq!(at(Activation::Relu, f64::MIN_POSITIVE)[1], 1.0);
}

proptest! {
    #![proptest_config(strategies::cases(128))]

    /// What is asked for does not depend on how much is asked for, on the place in the slice or on
    /// the length of it.
    #[test]
    fn orders_and_places_are_independent(
        entries in strategies::entries(),
        length in strategies::length(),
    ) {
        let u = entries.matrix(1, length, 0);
        for activation in Activation::ALL {
            for orders in 1..5 {
                let mut out = vec![vec![f64::NAN; length]; orders];
                let mut slices: Vec<&mut [f64]> = out.iter_mut().map(Vec::as_mut_slice).collect();
                activation.derivatives(u.as_slice(), &mut slices);
                for (order, got) in out.iter().enumerate() {
                    let want: Vec<f64> = u.as_slice().iter().map(|&u| at(activation, u)[order]).collect();
                    prop_assert_eq!(got, &want);
                }
            }
        }
    }
}

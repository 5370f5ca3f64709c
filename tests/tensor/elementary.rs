//! exp, tanh, sigmoid and softplus against the standard library, and sums.

use geogate::tensor::{Real, elementwise, reduce};
use proptest::prelude::*;

use crate::closeness::{assert_close, size};
use crate::strategies;

/// Stated bounds of exp and tanh, and one more ulp for the standard library's own error.
const ULPS: f64 = 5.0;

/// Numbers of every size, also where results overflow, vanish or are subnormal.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -30.0..30.0_f64,
        -800.0..800.0_f64,
        -1e-3..1e-3_f64,
        prop::num::f64::ANY,
    ]
}

/// `got` is within `ULPS` spacings of `want`, which at least are those of the smallest numbers.
fn close<T: Real>(of: &str, got: T, want: f64, smallest: f64) {
    let (got, spacing) = (got.to_f64(), T::ROUNDOFF.to_f64());
    let bound = ULPS * (spacing * want.abs()).max(smallest);
    let fits = got == want || (got - want).abs() <= bound || (got.is_nan() && want.is_nan());
    assert!(fits, "{of}: got {got:e}, want {want:e}, bound {bound:e}");
}

proptest! {
    #![proptest_config(strategies::cases(2000))]

    #[test]
    fn functions_agree_with_the_standard_library(x in number()) {
        let least = f64::from_bits(1);
        close("exp", x.exponential(), x.exp(), least);
        close("tanh", x.hyperbolic_tangent(), x.tanh(), least);
        close("sigmoid", Real::sigmoid(x), 1.0 / (1.0 + (-x).exp()), least);
        close("softplus", x.softplus(), x.max(0.0) + (-x.abs()).exp().ln_1p(), least);
        let single = x as f32;
        let wide = f64::from(single);
        let least = f64::from(f32::from_bits(1));
        // where single precision overflows, so does the result
        let narrow = |y: f64| if y > f64::from(f32::MAX) { f64::INFINITY } else { y };
        close("exp", single.exponential(), narrow(wide.exp()), least);
        close("tanh", single.hyperbolic_tangent(), wide.tanh(), least);
        close("softplus", single.softplus(), wide.max(0.0) + (-wide.abs()).exp().ln_1p(), least);
        // 1 / (1 + e^-x) is zero where e^-x overflows
        let want = 1.0 / (1.0 + narrow((-wide).exp()));
        close("sigmoid", Real::sigmoid(single), want, least);
    }

    #[test]
    fn the_larger_of_two_is_nan_if_either_is(x in number(), y in number()) {
        let larger = x.larger(y);
        if x.is_nan() || y.is_nan() {
            prop_assert!(larger.is_nan());
        } else {
            prop_assert_eq!(larger, x.max(y));
        }
    }
}

proptest! {
    #![proptest_config(strategies::cases(128))]

    #[test]
    fn sums_agree_with_exact_ones(entries in strategies::entries(), n in 0_usize..100) {
        let x = entries.matrix(1, n, 0).into_vec();
        let y = entries.matrix(1, n, 1).into_vec();
        let magnitudes: f64 = x.iter().map(|x| x.abs()).sum();
        // additions of 16 lanes: n/16 + 16 roundings of partial sums
        let roundings = 16.0 + n as f64 / 16.0;
        assert_close(&[reduce::sum(&x)], &[compensated(x.iter().copied())], roundings, magnitudes);
        let products = || x.iter().zip(&y).map(|(x, y)| x * y);
        let scale = products().map(f64::abs).sum();
        let dot = reduce::sum2(&x, &y, |x, y| x * y);
        assert_close(&[dot], &[compensated(products())], roundings, scale);
        let squares = x.iter().map(|x| x * x);
        let scale = squares.clone().sum();
        assert_close(&[reduce::sum_of_squares(&x)], &[compensated(squares)], roundings, scale);
    }

    #[test]
    fn column_sums_and_added_rows(
        entries in strategies::moderate_entries(),
        (rows, cols) in (strategies::length(), strategies::length()),
    ) {
        let (x, r) = (entries.matrix(rows, cols, 0), entries.matrix(1, cols, 1));
        let mut sums = r.as_slice().to_vec();
        reduce::add_column_sums(&mut sums, x.as_slice());
        let want: Vec<f64> = (0..cols)
            .map(|j| r.row(0)[j] + (0..rows).map(|i| x.row(i)[j]).sum::<f64>())
            .collect();
        assert_close(&sums, &want, 2.0 + rows as f64, size(&want, 2.0 * rows as f64));
        let mut y = x.clone();
        elementwise::add_row(y.as_mut_slice(), r.as_slice());
        for i in 0..rows {
            let want: Vec<f64> = x.row(i).iter().zip(r.row(0)).map(|(x, r)| x + r).collect();
            prop_assert_eq!(y.row(i), want);
        }
    }
}

/// Neumaier's sum.
fn compensated(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for x in terms {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() {
            (sum - next) + x
        } else {
            (x - next) + sum
        };
        sum = next;
    }
    sum + lost
}

#[test]
fn bytes_come_back() {
    for x in [0.0, -0.0, 1.5, f64::MIN_POSITIVE, f64::INFINITY] {
        assert_eq!(f64::from_bytes(&x.to_bytes()).to_bits(), x.to_bits());
        let single = x as f32;
        assert_eq!(
            f32::from_bytes(&single.to_bytes()).to_bits(),
            single.to_bits()
        );
    }
    assert_eq!((f32::NAME, f64::NAME), ("f32", "f64"));
}

//! When two arrays of numbers count as equal.

use geogate::autograd::gradcheck::Disagreement;
use geogate::tensor::Real;

/// Reverse against forward mode: a few thousand roundings of 1.1e-16.
pub(crate) const REVERSE_AGAINST_FORWARD: f64 = 1e-11;
/// Reverse mode against extrapolated differences of step 1e-3: truncation h⁴ = 1e-12 and rounding
/// 1e-16/h = 1e-13 times the ratio of a function's size and fifth derivative to its gradient.
pub(crate) const REVERSE_AGAINST_DIFFERENCES: f64 = 1e-6;

/// Fails unless `|got[k] − want[k]| ≤ c · ε · scale` for every k, with ε the spacing of numbers of
/// type T at one: `c` counts roundings, `scale` is the size of the numbers that were rounded. NaN on
/// either side fails; equal infinities agree.
#[track_caller]
pub(crate) fn assert_close<T: Real>(got: &[T], want: &[f64], c: f64, scale: f64) {
    assert_eq!(got.len(), want.len(), "numbers of entries");
    let bound = c * T::ROUNDOFF.to_f64() * scale;
    for (index, (got, &want)) in got.iter().map(|g| g.to_f64()).zip(want).enumerate() {
        let error = if got == want { 0.0 } else { (got - want).abs() };
        assert!(
            error <= bound,
            "entry {index}: got {got:e}, want {want:e}, error {error:e}, bound {bound:e}"
        );
    }
}

/// Fails unless the three ways to differentiate agree; NaN fails.
#[track_caller]
pub(crate) fn assert_gradient(of: &str, disagreement: Disagreement) {
    let Disagreement {
        forward,
        differences,
    } = disagreement;
    assert!(
        forward < REVERSE_AGAINST_FORWARD,
        "{of}: reverse against forward mode {forward:e}"
    );
    assert!(
        differences < REVERSE_AGAINST_DIFFERENCES,
        "{of}: reverse mode against differences {differences:e}"
    );
}

/// The largest magnitude, at least `floor`; NaN if one is NaN.
pub(crate) fn size(x: &[f64], floor: f64) -> f64 {
    x.iter().fold(floor, |largest, x| {
        if x.abs() > largest || x.is_nan() {
            x.abs()
        } else {
            largest
        }
    })
}

#[test]
fn the_bound_is_c_epsilon_scale() {
    let spacing = f64::EPSILON;
    assert_close(&[8.0 + 8.0 * spacing], &[8.0], 1.0, 8.0);
    assert_close(&[8.0 - 8.0 * spacing], &[8.0], 1.0, 8.0);
    assert_close(&[1.0_f32 + 2.0 * f32::EPSILON], &[1.0], 2.0, 1.0);
    assert_close(&[f64::INFINITY], &[f64::INFINITY], 1.0, 1.0);
    assert_close::<f64>(&[], &[], 1.0, 1.0);
}

#[test]
#[should_panic(expected = "entry 1: got 1.5e0, want 2e0, error 5e-1, bound 4.44")]
fn the_message_names_the_entry() {
    assert_close(&[1.0, 1.5], &[1.0, 2.0], 2.0, 1.0);
}

#[test]
#[should_panic(expected = "entry 0: got 1e0, want 2e0")]
fn an_error_below_counts_like_one_above() {
    assert_close(&[1.0], &[2.0], 1.0, 1.0);
}

#[test]
#[should_panic(expected = "entry 0: got NaN")]
fn nan_fails() {
    assert_close(&[f64::NAN], &[f64::NAN], 1e300, 1e300);
}

#[test]
#[should_panic(expected = "bound NaN")]
fn a_bound_that_is_nan_fails() {
    assert_close(&[1.0], &[2.0], 1.0, f64::NAN);
}

#[test]
#[should_panic(expected = "got inf, want -inf")]
fn infinities_of_different_sign_fail() {
    assert_close(&[f64::INFINITY], &[f64::NEG_INFINITY], 1.0, 1.0);
}

#[test]
#[should_panic(expected = "numbers of entries")]
fn a_length_mismatch_fails() {
    assert_close(&[1.0], &[1.0, 2.0], 1.0, 1.0);
}

#[test]
#[should_panic(expected = "forward mode NaN")]
fn a_gradient_that_is_nan_fails() {
    let disagreement = Disagreement {
        forward: f64::NAN,
        differences: 0.0,
    };
    assert_gradient("nothing", disagreement);
}

#[test]
fn nan_is_the_largest() {
    assert_eq!(size(&[1.0, -3.0, 2.0], 0.0), 3.0);
    assert_eq!(size(&[1.0], 2.0), 2.0);
    assert!(size(&[1.0, f64::NAN, 5.0], 0.0).is_nan());
}

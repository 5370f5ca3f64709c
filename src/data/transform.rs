//! Monotone maps of labels, so that what is learnt is less skewed than what was measured.
//!
//! ```text
//! log          T(y) = ln y                                 y > 0
//! yeo-johnson  T(y) = Y_λ((y − mean) / std)
//!              Y_λ(x) =  ((1 + x)^λ − 1) / λ               x ≥ 0, λ ≠ 0       ln(1 + x)    λ = 0
//!                       −((1 − x)^(2−λ) − 1) / (2 − λ)     x < 0, λ ≠ 2      −ln(1 − x)    λ = 2
//! ```
//!
//! (Yeo and Johnson 2000, eq. 2.1). Y_λ is not invariant under a change of unit, so it acts on labels in standard
//! deviations from their mean: grams and kilograms are learnt alike.

use serde::{Deserialize, Serialize};

use super::scaler::Scaler;
use crate::config::is_default;

/// Which map a run takes; see [`Transform`] for the fitted one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetTransform {
    /// Labels as they are.
    #[default]
    None,
    /// The logarithm of positive labels.
    Log,
    /// Yeo and Johnson's power transform, λ by maximum likelihood.
    YeoJohnson,
    /// By task, whichever of these the training labels call for: see [`Transform::chosen`].
    Auto,
}

/// A map of labels, fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Transform {
    /// Labels as they are.
    #[default]
    None,
    /// ln y.
    Log,
    /// `Y_λ((y − mean) / std)`.
    YeoJohnson {
        /// The exponent.
        lambda: f64,
        /// Mean of the training labels, in the task's unit.
        mean: f64,
        /// Standard deviation of the training labels, in the task's unit.
        std: f64,
    },
}

/// λ is looked for in ± this.
const LARGEST_LAMBDA: f64 = 8.0;
/// λ is found to within this.
const LAMBDA_ACCURACY: f64 = 1e-8;
/// Labels of a skewness below this are left alone by [`Transform::chosen`]: a transform costs accuracy where the error is
/// measured in the original unit, so it has to be worth it.
const SKEWED: f64 = 1.0;

impl Transform {
    /// `T(y)`; NaN for the logarithm of a label that is not positive.
    pub fn forward(&self, y: f64) -> f64 {
        match *self {
            Self::None => y,
            Self::Log if y > 0.0 => y.ln(),
            Self::Log => f64::NAN,
            Self::YeoJohnson { lambda, mean, std } => yeo_johnson(lambda, (y - mean) / std),
        }
    }

    /// The y with `T(y) = t`; beyond the range of T (Y_λ is bounded above for λ < 0, below for λ > 2) the
    /// infinity on that side.
    pub fn inverse(&self, t: f64) -> f64 {
        match *self {
            Self::None => t,
            Self::Log => t.exp(),
            Self::YeoJohnson { lambda, mean, std } => mean + std * yeo_johnson_inverse(lambda, t),
        }
    }

    /// Yeo and Johnson's transform of the λ under which the `labels` are likeliest to be normal; `None` where they
    /// cannot be scaled.
    pub fn yeo_johnson(labels: &[f64]) -> Option<Self> {
        let Scaler { mean, std } = Scaler::fit(labels)?;
        let x: Vec<f64> = labels.iter().map(|y| (y - mean) / std).collect();
        let lambda = maximum_likelihood_lambda(&x);
        Some(Self::YeoJohnson { lambda, mean, std })
    }

    /// The transform that the `labels` call for: none where their skewness is below 1 in size; else the logarithm
    /// or Yeo and Johnson's transform, whichever makes them likelier to be normal. A fitted λ must earn the half
    /// `ln n` of Schwarz's criterion; the logarithm is considered where all labels are `positive`.
    pub fn chosen(labels: &[f64], positive: bool) -> Self {
        // written so that a NaN is not skewed
        let skewed = skewness(labels).abs() >= SKEWED;
        let power = Self::yeo_johnson(labels).filter(|_| skewed);
        let Some(power) = power else {
            return Self::None;
        };
        let earned = 0.5 * (labels.len() as f64).ln();
        let log = log_likelihood(Self::Log, labels);
        if positive && log >= log_likelihood(power, labels) - earned {
            Self::Log
        } else {
            power
        }
    }

    /// `ln T′(y)`, the logarithm of the derivative.
    fn log_slope(&self, y: f64) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Log => -y.ln(),
            Self::YeoJohnson { lambda, mean, std } => {
                yeo_johnson_log_slope(lambda, (y - mean) / std) - std.ln()
            }
        }
    }
}

/// `Y_λ(x)`, in the form that is exact near λ = 0 and λ = 2.
fn yeo_johnson(lambda: f64, x: f64) -> f64 {
    if x >= 0.0 {
        power(lambda, x.ln_1p())
    } else {
        -power(2.0 - lambda, (-x).ln_1p())
    }
}

/// The x with `Y_λ(x) = t`; the infinity on that side where there is none.
fn yeo_johnson_inverse(lambda: f64, t: f64) -> f64 {
    if t >= 0.0 {
        inverse_power(lambda, t).exp_m1()
    } else {
        -inverse_power(2.0 - lambda, -t).exp_m1()
    }
}

/// `ln Y_λ′(x) = ±(λ − 1) ln(1 + |x|)`.
fn yeo_johnson_log_slope(lambda: f64, x: f64) -> f64 {
    (lambda - 1.0) * x.abs().ln_1p().copysign(x)
}

/// `(e^(p u) − 1) / p`, u where p is 0.
fn power(p: f64, u: f64) -> f64 {
    if p == 0.0 { u } else { (p * u).exp_m1() / p }
}

/// The u with `power(p, u) = t`, infinite where p t ≤ −1.
fn inverse_power(p: f64, t: f64) -> f64 {
    match p * t {
        _ if p == 0.0 => t,
        bound if bound <= -1.0 => f64::INFINITY,
        inside => inside.ln_1p() / p,
    }
}

/// Third standardised moment `mean (y − ȳ)³ / std³`; NaN where the labels cannot be scaled.
fn skewness(labels: &[f64]) -> f64 {
    let Some(scaler) = Scaler::fit(labels) else {
        return f64::NAN;
    };
    let cubes = labels.iter().map(|&y| scaler.standardise(y).powi(3));
    cubes.sum::<f64>() / labels.len() as f64
}

/// The log-likelihood of `labels` of which T is normal, at the likeliest mean and variance σ²:
/// `−(n/2) ln σ² + Σ ln T′(y)`, but for a constant.
fn log_likelihood(transform: Transform, labels: &[f64]) -> f64 {
    let mapped: Vec<f64> = labels.iter().map(|&y| transform.forward(y)).collect();
    let slopes: f64 = labels.iter().map(|&y| transform.log_slope(y)).sum();
    match Scaler::fit(&mapped) {
        Some(scaler) => slopes - labels.len() as f64 * scaler.std.ln(),
        None => f64::NEG_INFINITY,
    }
}

/// The λ of the largest likelihood in ±8, by golden section: the profile likelihood of Yeo and Johnson has one
/// maximum.
fn maximum_likelihood_lambda(x: &[f64]) -> f64 {
    let standard = |lambda| Transform::YeoJohnson {
        lambda,
        mean: 0.0,
        std: 1.0,
    };
    let value = |lambda: f64| log_likelihood(standard(lambda), x);
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (-LARGEST_LAMBDA, LARGEST_LAMBDA);
    let inner = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
    let (mut left, mut right) = inner(low, high);
    let (mut at_left, mut at_right) = (value(left), value(right));
    while high - low > LAMBDA_ACCURACY {
        if at_left >= at_right {
            high = right;
            (right, at_right) = (left, at_left);
            left = inner(low, high).0;
            at_left = value(left);
        } else {
            low = left;
            (left, at_left) = (right, at_right);
            right = inner(low, high).1;
            at_right = value(right);
        }
    }
    0.5 * (low + high)
}

/// How the labels of a task are shown to a network, and its outputs read: transformed, then standardised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelScaler {
    /// Mean of the transformed training labels.
    pub mean: f64,
    /// Standard deviation of the transformed training labels.
    pub std: f64,
    /// The transform.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transform: Transform,
    /// Least and largest value that is predicted where there is a transform, in the task's unit: the range of the
    /// training labels, widened by itself on either side. An inverse may be steep without bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<[f64; 2]>,
}

impl LabelScaler {
    /// The scaler of `labels` under `transform`; `None` where they, or their images, cannot be scaled.
    pub fn fit(labels: &[f64], transform: Transform) -> Option<Self> {
        let mapped: Vec<f64> = labels.iter().map(|&y| transform.forward(y)).collect();
        let Scaler { mean, std } = Scaler::fit(&mapped)?;
        let least = labels.iter().copied().fold(f64::INFINITY, f64::min);
        let most = labels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let width = most - least;
        let limits = (transform != Transform::None).then_some([least - width, most + width]);
        Some(Self {
            mean,
            std,
            transform,
            limits,
        })
    }

    /// `(T(y) − mean) / std`.
    pub fn standardise(&self, y: f64) -> f64 {
        (self.transform.forward(y) - self.mean) / self.std
    }

    /// The value of an output z, in the task's unit, without limits: +∞ where it is beyond every number.
    pub fn restore_freely(&self, z: f64) -> f64 {
        self.transform.inverse(self.mean + self.std * z)
    }

    /// The value of an output z, in the task's unit: the inverse of [`standardise`](Self::standardise), kept within
    /// the [`limits`](Self::limits).
    pub fn restore(&self, z: f64) -> f64 {
        let y = self.restore_freely(z);
        match self.limits {
            // comparisons, so that a NaN stays one
            Some([least, _]) if y < least => least,
            Some([_, most]) if y > most => most,
            _ => y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        // a handful of roundings and one library function
        let bound = 32.0 * f64::EPSILON * want.abs().max(1.0);
        assert!((got - want).abs() <= bound, "got {got}, want {want}");
    }

    #[test]
    fn closed_forms() {
        // λ = 1 is the identity, 0 and 2 are logarithms, 1/2 a root
        for x in [-3.0, -0.2, 0.0, 0.7, 12.0] {
            close(yeo_johnson(1.0, x), x);
        }
        close(yeo_johnson(0.0, 1.5), 2.5_f64.ln());
        close(yeo_johnson(2.0, -1.5), -(2.5_f64.ln()));
        close(yeo_johnson(0.5, 3.0), 2.0);
        // −((1 + 3)^1.5 − 1) / 1.5
        close(yeo_johnson(0.5, -3.0), -7.0 / 1.5);
        close(yeo_johnson(-1.0, 1.0), 0.5);
        close(Transform::Log.forward(5.0), 5.0_f64.ln());
        assert!(Transform::Log.forward(0.0).is_nan());
    }

    #[test]
    fn near_the_logarithms_nothing_cancels() {
        // Y_λ(x) = ln(1 + x) + λ ln(1 + x)² / 2 + …
        let u = 4.0_f64.ln();
        close(yeo_johnson(1e-12, 3.0), u + 0.5e-12 * u * u);
        close(yeo_johnson_inverse(1e-12, u), 3.0 - 4.0 * 0.5e-12 * u * u);
    }

    #[test]
    fn what_has_no_inverse_is_the_infinity_on_that_side() {
        // Y_{−1} < 1 and Y_3 > −1
        assert_eq!(yeo_johnson_inverse(-1.0, 1.0), f64::INFINITY);
        assert_eq!(yeo_johnson_inverse(-1.0, 7.0), f64::INFINITY);
        assert_eq!(yeo_johnson_inverse(3.0, -1.0), f64::NEG_INFINITY);
        assert!(yeo_johnson_inverse(-1.0, f64::NAN).is_nan());
        let labels: Vec<f64> = (1..40).map(|k| f64::from(k).powi(3)).collect();
        for transform in [Transform::Log, Transform::yeo_johnson(&labels).unwrap()] {
            let scaler = LabelScaler::fit(&labels, transform).unwrap();
            let widest = 2.0 * 39.0_f64.powi(3) - 1.0;
            assert_eq!(scaler.restore(1e6), widest);
            let least = scaler.restore(-1e6);
            assert!(least.is_finite() && (2.0 - widest..=1.0).contains(&least));
            assert!(scaler.restore(f64::NAN).is_nan());
        }
    }

    /// SciPy 1.17.1: `scipy.stats.yeojohnson`, which finds λ by Brent's method to 1.5e-8.
    #[test]
    fn the_likeliest_lambda_is_that_of_scipy() {
        let x = [
            0.3, -1.2, 2.5, 7.1, 0.05, -0.4, 12.8, 1.9, 3.3, -2.2, 0.9, 4.4,
        ];
        let lambda = maximum_likelihood_lambda(&x);
        // a maximum is flat: its place is known to half the digits of its height
        assert!((lambda - 0.490_892_907_684_465_75).abs() < 1e-6, "{lambda}");
        close(yeo_johnson(-0.7, 12.8), 1.201_068_705_376_569_4);
        close(yeo_johnson(-0.7, -2.2), -8.190_958_444_304_09);
        close(yeo_johnson(2.5, 12.8), 282.581_280_421_161_5);
        close(yeo_johnson(2.5, -2.2), -0.881_966_011_250_105_1);
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(lambda in -3.0_f64..5.0, x in -20.0_f64..20.0) {
            let t = yeo_johnson(lambda, x);
            let back = yeo_johnson_inverse(lambda, t);
            // an error of one rounding of t, through the slope of the inverse, and a few of x
            let slope = (-yeo_johnson_log_slope(lambda, x)).exp();
            let bound = 16.0 * f64::EPSILON * (slope * (t.abs() + 1.0) + x.abs() + 1.0);
            proptest::prop_assert!((back - x).abs() <= bound, "{} {} {} {}", lambda, x, t, back);
        }

        #[test]
        fn labels_are_restored(labels in proptest::collection::vec(0.01_f64..1e3, 3..40), log in proptest::bool::ANY) {
            let transform = if log { Some(Transform::Log) } else { Transform::yeo_johnson(&labels) };
            let scaler = transform.and_then(|transform| LabelScaler::fit(&labels, transform));
            let Some(scaler) = scaler else { return Ok(()) };
            for &y in &labels {
                let back = scaler.restore(scaler.standardise(y));
                proptest::prop_assert!((back - y).abs() <= 1e-6 * (1.0 + y), "{} {} {:?}", y, back, scaler);
            }
        }
    }
}

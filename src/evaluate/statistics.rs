//! Student's t, for intervals of means of few values.

use std::f64::consts::{FRAC_2_PI, PI};

/// Mean and standard deviation (n − 1 below) of some values.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Spread {
    /// Mean; NaN of no values.
    pub mean: f64,
    /// Standard deviation of the values; NaN of fewer than two.
    pub sd: f64,
    /// Standard error of the mean, sd / √n.
    pub se: f64,
    /// Number of values.
    pub n: usize,
}

impl Spread {
    /// Mean and standard deviation of `values`.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = if n < 2 {
            f64::NAN
        } else {
            (squares / (n as f64 - 1.0)).sqrt()
        };
        let se = sd / (n as f64).sqrt();
        Self { mean, sd, se, n }
    }

    /// Half the width of the two-sided interval of the mean that Student's t gives at `confidence`
    /// (0.95, say), for independent normal values; NaN of fewer than two.
    pub fn half_width(&self, confidence: f64) -> f64 {
        if self.n < 2 {
            return f64::NAN;
        }
        t_quantile(confidence, self.n - 1) * self.se
    }
}

/// The t with P(|T| < t) = `probability` at `freedom` degrees of freedom.
///
/// # Panics
/// If `probability` is not within (0, 1) or `freedom` is zero.
#[track_caller]
pub fn t_quantile(probability: f64, freedom: usize) -> f64 {
    assert!(
        probability > 0.0 && probability < 1.0 && freedom > 0,
        "t_quantile: probability {probability} in (0, 1), {freedom} >= 1 degrees of freedom"
    );
    // bisection over the angle, where the distribution is smooth and the range finite
    let (mut low, mut high) = (0.0, PI / 2.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return (freedom as f64).sqrt() * f64::tan(middle);
        }
        if central_probability(middle, freedom) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// P(|T| < t) for t = √ν tan θ, by the finite series for whole degrees of freedom ν:
///
/// ```text
/// ν odd:  2/π (θ + sin θ (cos θ + 2/3 cos³θ + … + (2·4…(ν−3))/(3·5…(ν−2)) cos^(ν−2) θ))
/// ν even: sin θ (1 + 1/2 cos²θ + … + (1·3…(ν−3))/(2·4…(ν−2)) cos^(ν−2) θ)
/// ```
///
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn central_probability(theta: f64, freedom: usize) -> f64 {
    let (sine, cosine) = theta.sin_cos();
    let odd = freedom % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut power = if odd { 1 } else { 0 };
    let mut sum = 0.0;
    while power + 2 <= freedom {
        sum += term;
        term *= cosine * cosine * (power as f64 + 1.0) / (power as f64 + 2.0);
        power += 2;
    }
    if odd {
        FRAC_2_PI * (theta + sine * sum)
    } else {
        sine * sum
    }
}

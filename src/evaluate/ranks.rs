//! Ranks of methods, and how far apart average ranks must be (Demšar 2006, "Statistical comparisons of
//! classifiers over multiple data sets").

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// The difference of two average ranks, of `methods` over `blocks`, that chance exceeds with probability
/// `alpha` (Nemenyi's test, Demšar eq. after 5):
///
/// ```text
/// CD = q √(k (k + 1) / (6 N)),   √2 q the upper α quantile of the range of k standard normal numbers
/// ```
///
/// NaN of fewer than two methods or no block.
pub fn critical_difference(methods: usize, blocks: usize, alpha: f64) -> f64 {
    if methods < 2 || blocks == 0 {
        return f64::NAN;
    }
    let k = methods as f64;
    range_quantile(methods, 1.0 - alpha)
        * FRAC_1_SQRT_2
        * (k * (k + 1.0) / (6.0 * blocks as f64)).sqrt()
}

/// The q with P(range of `k` standard normal numbers < q) = `probability`, by bisection.
fn range_quantile(k: usize, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if range_probability(k, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// `k ∫ φ(z) [Φ(z) − Φ(z − q)]^(k−1) dz`, by the trapezoidal rule, which is exact to rounding for a smooth
/// integrand that vanishes at both ends.
fn range_probability(k: usize, q: f64) -> f64 {
    const HALF_WIDTH: f64 = 9.0;
    const STEPS: usize = 400;
    let step = (2.0 * HALF_WIDTH + q) / STEPS as f64;
    let sum: f64 = (0..=STEPS)
        .map(|i| {
            let z = -HALF_WIDTH + i as f64 * step;
            let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
            density * (normal(z) - normal(z - q)).powi(k as i32 - 1)
        })
        .sum();
    k as f64 * step * sum
}

/// Φ(z).
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metrics::ranks;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 2.0]), [3.0, 1.0, 2.0]);
        assert_eq!(ranks(&[2.0, 1.0, 2.0, 2.0]), [3.0, 1.0, 3.0, 3.0]);
    }

    /// Demšar 2006, table 5a, α = 0.05 for 2 to 10 methods: three decimals.
    #[test]
    fn critical_values_of_the_printed_table() {
        let table = [
            1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164,
        ];
        for (k, want) in (2..).zip(table) {
            let got = range_quantile(k, 0.95) * FRAC_1_SQRT_2;
            assert!((got - want).abs() <= 1e-3, "{k}: got {got}, want {want}");
        }
        // two numbers: their difference is normal of variance 2
        assert!((range_probability(2, SQRT_2) - (1.0 - libm::erfc(FRAC_1_SQRT_2))).abs() < 1e-14);
    }

    /// Demšar's example: 4 methods over 14 data sets, CD 1.25.
    #[test]
    fn the_printed_example() {
        let got = critical_difference(4, 14, 0.05);
        assert!((got - 1.25).abs() < 5e-3, "{got}");
        assert!(critical_difference(1, 14, 0.05).is_nan());
        assert!(critical_difference(4, 0, 0.05).is_nan());
    }
}

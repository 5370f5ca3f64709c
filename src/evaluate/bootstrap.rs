//! Intervals of means by resampling.

use crate::random::{Purpose, Stream};

/// Resamples behind an interval.
pub const RESAMPLES: usize = 10_000;

/// The percentile interval of the mean of `values` at `confidence` (Efron 1979): the quantiles
/// `(1 ∓ confidence) / 2` of the means of [`RESAMPLES`] samples of the same number, drawn with replacement. NaN of
/// fewer than two values. The draws are seeded, the same for every interval of as many values.
///
/// Of few values it is too narrow: it knows no values but these.
pub fn interval(values: &[f64], confidence: f64) -> [f64; 2] {
    let n = values.len();
    if n < 2 || values.iter().any(|value| value.is_nan()) {
        return [f64::NAN; 2];
    }
    let mut stream = Stream::new(0, Purpose::Bootstrap, 0);
    let mut mean = || {
        let drawn = (0..n).map(|_| values[stream.below(n)]);
        drawn.sum::<f64>() / n as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - confidence);
    [quantile(&means, tail), quantile(&means, 1.0 - tail)]
}

/// The quantile of values in ascending order, linear between order statistics: `p = k / (n − 1)` is the
/// k-th from 0.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_on_lines() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for (p, want) in [
            (0.0, 1.0),
            (1.0, 8.0),
            (0.5, 3.0),
            (1.0 / 3.0, 2.0),
            (0.9, 6.8),
        ] {
            let got = quantile(&values, p);
            assert!((got - want).abs() < 1e-14, "{p}: {got}");
        }
    }

    /// Of 0 and 1, n times each, the mean is binomial: standard deviation 1 / √(8 n).
    #[test]
    fn the_interval_of_many_values_is_normal() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let [low, high] = interval(&values, 0.95);
        let half = 1.959_964 * 0.5 / 20.0;
        // quantiles of 10,000 draws: standard error √(p (1 − p) / 10,000) over the density, 0.03 of the half
        assert!((low - (0.5 - half)).abs() < 0.1 * half, "{low}");
        assert!((high - (0.5 + half)).abs() < 0.1 * half, "{high}");
    }

    #[test]
    fn two_values_bound_the_interval() {
        // a quarter of the samples are twice the one value
        assert_eq!(interval(&[3.0, 5.0], 0.95), [3.0, 5.0]);
        assert_eq!(interval(&[2.0; 7], 0.95), [2.0, 2.0]);
        assert!(interval(&[1.0], 0.95)[0].is_nan() && interval(&[], 0.95)[1].is_nan());
        assert!(interval(&[1.0, f64::NAN], 0.95)[0].is_nan());
    }
}

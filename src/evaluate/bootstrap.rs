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
}

//! Order statistics of labels.

/// The median, the mean of the middle two for an even number; NaN for none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        // halved before added: two labels near the largest number must not overflow
        _ => 0.5 * sorted[middle - 1] + 0.5 * sorted[middle],
    }
}

/// A standard deviation that outliers do not move: 1.4826 times the median absolute deviation from
/// the median, which is the standard deviation of a normal distribution.
pub(super) fn robust_deviation(values: &[f64]) -> f64 {
    // 1 / Φ⁻¹(3/4)
    const NORMAL: f64 = 1.482_602_218_505_602;
    let centre = median(values);
    let deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    NORMAL * median(&deviations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        assert!(median(&[]).is_nan());
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[5.0, 1.0]), 3.0);
        assert_eq!(median(&[5.0, -1.0, 2.0]), 2.0);
        assert_eq!(median(&[f64::MAX, f64::MAX]), f64::MAX);
    }

    #[test]
    fn the_robust_deviation_ignores_one_outlier() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1e9];
        // deviations from 4: 3 2 1 0 1 2 1e9, median 2
        assert!((robust_deviation(&values) - 2.0 * 1.482_602_218_505_602).abs() < 1e-15);
        assert_eq!(robust_deviation(&[2.0, 2.0, 2.0]), 0.0);
    }
}

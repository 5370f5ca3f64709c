//! Quantiles of a sample.

use serde::Serialize;

/// The distribution of a quantity over the points where it exists.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// Number of points.
    pub n: usize,
    /// 5 % of the values are smaller.
    pub p05: f64,
    /// Lower quartile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Upper quartile.
    pub p75: f64,
    /// 95 % of the values are smaller.
    pub p95: f64,
}

impl Quantiles {
    /// Quantiles of the values, with linear interpolation between neighbours in order; NaN is left
    /// out, and all are NaN of nothing.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|v| !v.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&sorted, share);
        Self {
            n: sorted.len(),
            p05: at(0.05),
            p25: at(0.25),
            p50: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
        }
    }
}

/// The value with `share` of the sorted values below it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share * last as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    let weight = place - place.floor();
    // equal neighbours first: between infinities there is nothing to interpolate
    if low == high || sorted[low] == sorted[high] {
        return sorted[low];
    }
    sorted[low] + weight * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_ladder() {
        let values = (0..=100).rev().map(f64::from).chain([f64::NAN]);
        let q = Quantiles::of(values);
        assert_eq!((q.n, q.p05, q.p25, q.p50), (101, 5.0, 25.0, 50.0));
        assert_eq!((q.p75, q.p95), (75.0, 95.0));
        assert_eq!(Quantiles::of([1.0, 2.0]).p25, 1.25);
    }

    #[test]
    fn nothing_one_and_infinity() {
        assert!(Quantiles::of([]).p50.is_nan());
        assert_eq!(Quantiles::of([3.0]).p95, 3.0);
        assert_eq!(Quantiles::of([f64::INFINITY; 4]).p50, f64::INFINITY);
    }
}

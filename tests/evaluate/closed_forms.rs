//! Statistics of few values, in closed form or counted out.

use geogate::evaluate::bootstrap::interval;
use geogate::evaluate::signed_rank::{holm, wilcoxon};
use geogate::evaluate::statistics::{Spread, t_quantile};

/// All 2ⁿ signs, one by one.
fn by_hand(differences: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = differences
        .iter()
        .map(|d| d.abs())
        .filter(|d| *d > 0.0)
        .collect();
    sizes.sort_by(f64::total_cmp);
    let rank = |d: f64| {
        let below = sizes.iter().filter(|s| **s < d).count() as f64;
        let equal = sizes.iter().filter(|s| **s == d).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    let ranks: Vec<f64> = sizes.iter().map(|&d| rank(d)).collect();
    let mean = ranks.iter().sum::<f64>() / 2.0;
    let found: f64 = differences
        .iter()
        .filter(|d| **d > 0.0)
        .map(|d| rank(d.abs()))
        .sum();
    let n = ranks.len();
    let far = (0..1_usize << n).filter(|signs| {
        let sum: f64 = (0..n)
            .filter(|i| signs >> i & 1 == 1)
            .map(|i| ranks[i])
            .sum();
        (sum - mean).abs() >= (found - mean).abs() - 1e-9
    });
    far.count() as f64 / (1_usize << n) as f64
}

#[test]
fn few_differences_are_counted_out() {
    // all of one sign: 2 of 2ⁿ
    assert_eq!(wilcoxon(&[1.0, 2.0, 3.0, 4.0]), 0.125);
    assert_eq!(wilcoxon(&[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]), 0.03125);
    // many ties, and a zero
    let tied = [
        -1.0, 5.0, 1.0, -4.0, -11.0, -1.0, -1.0, -3.0, -3.0, -1.0, -10.0, 0.0,
    ];
    assert!((wilcoxon(&tied) - by_hand(&tied)).abs() < 1e-12);
    for salt in 0..20 {
        let value = |k: usize| ((k * 37 + salt * 11) % 17) as f64 - 8.0 + 0.5 * (salt % 2) as f64;
        let differences: Vec<f64> = (0..10).map(value).collect();
        let want = by_hand(&differences);
        assert!((wilcoxon(&differences) - want).abs() < 1e-12, "{salt}");
    }
    assert!(wilcoxon(&[]).is_nan() && wilcoxon(&[0.0, 0.0]).is_nan());
    assert!(wilcoxon(&[1.0, f64::NAN]).is_nan());
}

#[test]
fn many_differences_are_normal() {
    // one more than is counted out, against the count: the approximation is good to a hundredth here
    let value = |k: usize| ((k * 7919) % 101) as f64 - 43.0;
    let many: Vec<f64> = (0..=100).map(value).collect();
    let exact = wilcoxon(&many[1..]);
    let normal = wilcoxon(&many);
    assert!((exact - normal).abs() < 0.03, "{exact} {normal}");
    assert!(wilcoxon(&vec![1.0; 200]) < 1e-30);
}

#[test]
fn corrections_step_down() {
    let got = holm(&[0.01, 0.04, 0.03, f64::NAN, 0.005]);
    let want = [0.03, 0.06, 0.06, f64::NAN, 0.02];
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-15 || got.is_nan() && want.is_nan());
    }
    assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
}

#[test]
fn quantiles_of_the_printed_tables() {
    let table = [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (9, 2.262),
        (10, 2.228),
        (30, 2.042),
        (1000, 1.962),
    ];
    for (freedom, want) in table {
        let got = t_quantile(0.95, freedom);
        assert!(
            (got - want).abs() <= 5e-4,
            "{freedom}: got {got}, want {want}"
        );
    }
    assert!((t_quantile(0.99, 5) - 4.032).abs() <= 5e-4);
}

#[test]
fn one_and_two_degrees_of_freedom_have_closed_forms() {
    // Cauchy: t = tan(π p / 2); two degrees: t = p √(2 / (1 − p²))
    for p in [0.1, 0.5, 0.9, 0.95] {
        let cauchy = (std::f64::consts::PI * p / 2.0).tan();
        assert!((t_quantile(p, 1) / cauchy - 1.0).abs() < 1e-12);
        let two = p * (2.0 / (1.0 - p * p)).sqrt();
        assert!((t_quantile(p, 2) / two - 1.0).abs() < 1e-12);
    }
}

#[test]
fn spread_of_few_values() {
    let spread = Spread::of(&[1.0, 2.0, 3.0, 6.0]);
    assert_eq!(spread.mean, 3.0);
    assert!((spread.sd - (14.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    let half = spread.half_width(0.95);
    assert!((half - 3.1824 * spread.sd / 2.0).abs() < 1e-3, "{half}");
    assert!(Spread::of(&[1.0]).half_width(0.95).is_nan());
    assert!(Spread::of(&[]).mean.is_nan());
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

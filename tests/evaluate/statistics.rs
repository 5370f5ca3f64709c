//! The statistics of a comparison against SciPy's, on 100 random tables of paired differences.
//!
//! `golden/statistics.json` was written by SciPy 1.17.1 and NumPy (seed 20231006). Each table has 2 to 4 columns of
//! 5 to 30 differences, normal and rounded to four digits, no two of one size; every fourth table has at most 12
//! rounded to quarters, for ties and zeros. Of each column `d`:
//!
//! ```text
//! exact   wilcoxon(d, method="exact"); with ties over all signs, method=PermutationMethod(n_resamples=2**13)
//! normal  wilcoxon(d, zero_method="wilcox", correction=True, method="asymptotic")
//! low, high  bootstrap((d,), mean, n_resamples=100_000, method="percentile")
//! holm    of a table's exact probabilities: cumulative maximum of sorted p * (n .. 1), at most 1
//! nemenyi studentized_range.ppf(0.95, k, inf) / sqrt(2), by the number of methods k
//! ```

use std::collections::BTreeMap;

use geogate::evaluate::bootstrap::{self, RESAMPLES};
use geogate::evaluate::ranks::critical_difference;
use geogate::evaluate::signed_rank::{approximated, counted, holm, wilcoxon};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    nemenyi: BTreeMap<usize, f64>,
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<Column>,
    holm: Vec<f64>,
}

#[derive(Deserialize)]
struct Column {
    differences: Vec<f64>,
    exact: f64,
    normal: f64,
    low: f64,
    high: f64,
}

fn golden() -> Golden {
    let text = include_str!("../golden/statistics.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    assert_eq!(golden.tables.len(), 100);
    golden
}

#[test]
fn signed_ranks_and_their_correction() {
    for (index, table) in golden().tables.iter().enumerate() {
        let mut probabilities = Vec::new();
        for column in &table.columns {
            let (got, want) = (counted(&column.differences), column.exact);
            assert!((got - want).abs() < 1e-12, "{index}: {got} {want}");
            assert_eq!(got, wilcoxon(&column.differences));
            let (normal, want) = (approximated(&column.differences), column.normal);
            assert!((normal - want).abs() < 1e-12, "{index}: {normal} {want}");
            probabilities.push(got);
        }
        for (got, want) in holm(&probabilities).iter().zip(&table.holm) {
            assert!((got - want).abs() < 1e-12, "{index}: {got} {want}");
        }
    }
}

/// Quantiles of resampled means agree as far as both are known: p (1 − p) / B over the squared density there is the
/// variance of a quantile of B draws, the density about the normal one. NumPy's own draws, 10,000 of them, are up to
/// four deviations from SciPy's 100,000 on these tables, where few values make the distribution lumpy.
#[test]
fn intervals_by_resampling() {
    const NORMAL_DENSITY: f64 = 0.0584; // at 1.96
    let mut compared = 0;
    for (index, table) in golden().tables.iter().enumerate() {
        for column in &table.columns {
            let d = &column.differences;
            let n = d.len() as f64;
            let mean = d.iter().sum::<f64>() / n;
            let variance = d.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            let deviation = (variance / n).sqrt();
            let draws = 1.0 / RESAMPLES as f64 + 1e-5;
            let error = (0.025 * 0.975 * draws).sqrt() / NORMAL_DENSITY * deviation;
            // rounded to quarters, means lie on a lattice
            let lattice = if index % 4 == 3 { 0.25 / n } else { 0.0 };
            let [low, high] = bootstrap::interval(d, 0.95);
            for (got, want) in [(low, column.low), (high, column.high)] {
                let bound = 6.0 * error + lattice;
                assert!((got - want).abs() <= bound, "{index}: {got} {want} {bound}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 622);
}

#[test]
fn critical_differences() {
    for (methods, want) in golden().nemenyi {
        let k = methods as f64;
        let got = critical_difference(methods, 6, 0.05);
        let want = want * (k * (k + 1.0) / 36.0).sqrt();
        assert!((got / want - 1.0).abs() < 1e-8, "{methods}: {got} {want}");
    }
}

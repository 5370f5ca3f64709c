//! Methods over all pairs of a comparison.

use serde::Serialize;

use super::blocks::Block;
use super::ranks::critical_difference;
use super::ratio::{CONFIDENCE, RatioEstimate};
use super::signed_rank::{holm, wilcoxon};
use super::units::{Unit, by_unit, distinct};
use crate::method::MethodName;
use crate::train::metrics::ranks;

/// The kind of split of a summary over every kind.
pub const EVERY_SPLIT: &str = "all";

/// Methods over all pairs, in one kind of split or in every one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overall {
    /// The kind of split, or [`EVERY_SPLIT`].
    pub split: String,
    /// Units with a division that every ranked method has finished, of which the ranks are averages.
    pub units: usize,
    /// Methods that have finished no division, and have no rank.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unranked: Vec<MethodName>,
    /// The methods in the order they were named.
    pub methods: Vec<OverallMethod>,
    /// Difference of two average ranks that chance exceeds once in twenty, were all methods alike.
    pub critical_difference: f64,
    /// On how many divisions the method of the row has a smaller error than that of the column.
    pub wins: Vec<Vec<usize>>,
}

/// One method over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverallMethod {
    /// The method.
    pub method: MethodName,
    /// Mean over the units of the rank of its geometric mean error, 1 the smallest; NaN (`null`) where it has none.
    pub average_rank: f64,
    /// RMSE relative to the first method's; absent for the first method itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<OverallRatio>,
}

/// The ratio over all pairs that both have finished: each unit with the geometric mean of its divisions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverallRatio {
    /// Over the units, `p` over all divisions.
    #[serde(flatten)]
    pub estimate: RatioEstimate,
    /// Two-sided probability by Wilcoxon's test of the units' mean log-ratios, which are
    /// independent where divisions of one table are not.
    pub p_units: f64,
    /// `p_units` after Holm's correction for the number of ratios.
    pub p_units_holm: f64,
}

/// Over every kind of split (where there are several), then kind by kind.
pub(super) fn overall(blocks: &[Block<'_>], methods: &[MethodName], unit: Unit) -> Vec<Overall> {
    let kinds = distinct(blocks.iter().map(|block| block.split));
    let several = kinds.len() > 1;
    let all: Vec<&Block<'_>> = blocks.iter().collect();
    let every = several.then(|| over(EVERY_SPLIT, &all, methods, unit));
    let of_kind = kinds.iter().map(|kind| {
        let own: Vec<&Block<'_>> = blocks.iter().filter(|b| b.split == *kind).collect();
        over(kind, &own, methods, unit)
    });
    every.into_iter().chain(of_kind).collect()
}

fn over(split: &str, blocks: &[&Block<'_>], methods: &[MethodName], unit: Unit) -> Overall {
    let units = by_unit(blocks.iter().copied(), unit, |block| block.pair);
    let finished = |&m: &usize| blocks.iter().any(|block| block.finished(m));
    let (ranked, unranked): (Vec<usize>, Vec<usize>) = (0..methods.len()).partition(finished);
    let ranks = AverageRanks::of(&units, &ranked);
    let summary = |(m, &method): (usize, &MethodName)| OverallMethod {
        method,
        average_rank: ranks.of_method(m),
        ratio: (m > 0).then(|| ratio(&units, m, methods[0])),
    };
    let mut summaries: Vec<OverallMethod> = methods.iter().enumerate().map(summary).collect();
    let ratios = summaries
        .iter_mut()
        .filter_map(|method| method.ratio.as_mut());
    OverallRatio::correct(ratios.collect());
    let beats = |a: usize, b: usize| {
        let wins = |block: &&&Block<'_>| block.rmse[a] < block.rmse[b];
        blocks.iter().filter(wins).count()
    };
    let count = methods.len();
    Overall {
        split: split.to_owned(),
        units: ranks.units,
        unranked: unranked.into_iter().map(|m| methods[m]).collect(),
        methods: summaries,
        critical_difference: critical_difference(ranked.len(), ranks.units, 1.0 - CONFIDENCE),
        wins: (0..count)
            .map(|a| (0..count).map(|b| beats(a, b)).collect())
            .collect(),
    }
}

/// The methods that are ranked, with the means of their ranks.
struct AverageRanks<'a> {
    methods: &'a [usize],
    means: Vec<f64>,
    /// Units of which they are means.
    units: usize,
}

impl<'a> AverageRanks<'a> {
    fn of(units: &[Vec<&Block<'_>>], methods: &'a [usize]) -> Self {
        let places: Vec<Vec<f64>> = units
            .iter()
            .filter_map(|unit| unit_ranks(unit, methods))
            .collect();
        let mean = |at: usize| places.iter().map(|p| p[at]).sum::<f64>() / places.len() as f64;
        Self {
            methods,
            means: (0..methods.len()).map(mean).collect(),
            units: places.len(),
        }
    }

    /// NaN of a method that is not ranked.
    fn of_method(&self, method: usize) -> f64 {
        let at = self.methods.iter().position(|ranked| *ranked == method);
        at.map_or(f64::NAN, |at| self.means[at])
    }
}

/// Ranks of the geometric mean errors of `methods` over the divisions that all of them have finished; none without
/// any.
fn unit_ranks(unit: &[&Block<'_>], methods: &[usize]) -> Option<Vec<f64>> {
    let complete = |block: &&&Block<'_>| methods.iter().all(|&m| block.finished(m));
    let complete: Vec<&&Block<'_>> = unit.iter().filter(complete).collect();
    let log = |&m: &usize| complete.iter().map(|block| block.rmse[m].ln()).sum::<f64>();
    (!complete.is_empty()).then(|| ranks(&methods.iter().map(log).collect::<Vec<f64>>()))
}

fn ratio(units: &[Vec<&Block<'_>>], method: usize, to: MethodName) -> OverallRatio {
    let logs: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| unit.iter().filter_map(|b| b.log_ratio(method, 0)).collect())
        .filter(|logs: &Vec<f64>| !logs.is_empty())
        .collect();
    OverallRatio::of(to, &logs)
}

impl OverallRatio {
    /// Of the log-ratios of each unit's divisions; the probabilities not corrected yet.
    pub(super) fn of(to: MethodName, logs: &[Vec<f64>]) -> Self {
        let means: Vec<f64> = logs
            .iter()
            .map(|logs| logs.iter().sum::<f64>() / logs.len() as f64)
            .collect();
        Self {
            estimate: RatioEstimate::of(to, &means, &logs.concat()),
            p_units: wilcoxon(&means),
            p_units_holm: f64::NAN,
        }
    }

    /// Holm's correction of both probabilities for the number of `ratios`.
    pub(super) fn correct(mut ratios: Vec<&mut Self>) {
        RatioEstimate::correct(ratios.iter_mut().map(|ratio| &mut ratio.estimate));
        let p_units = holm(
            &ratios
                .iter()
                .map(|ratio| ratio.p_units)
                .collect::<Vec<f64>>(),
        );
        for (ratio, p) in ratios.into_iter().zip(p_units) {
            ratio.p_units_holm = p;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::MethodName;

    fn block(pair: &'static str, seed: u64, rmse: [f64; 3]) -> Block<'static> {
        Block {
            pair,
            split: "random",
            seed,
            fold: 0,
            rmse: rmse.to_vec(),
        }
    }

    fn methods() -> [MethodName; 3] {
        [MethodName::Stl, MethodName::Mtl, MethodName::Gate]
    }

    /// Pairs weigh alike, whatever the number of their divisions.
    #[test]
    fn pairs_are_the_units() {
        let blocks = [
            block("a", 0, [2.0, 1.0, 4.0]),
            block("a", 1, [2.0, 1.0, 4.0]),
            block("a", 2, [2.0, 1.0, f64::NAN]),
            block("b", 0, [1.0, 1.0, 4.0]),
        ];
        let all = overall(&blocks, &methods(), Unit::Pair);
        let [overall] = &all[..] else {
            panic!("{all:?}")
        };
        let [stl, mtl, gate] = &overall.methods[..] else {
            panic!("{overall:?}")
        };
        assert_eq!((overall.split.as_str(), overall.units), ("random", 2));
        let ranks = [stl, mtl, gate].map(|method| method.average_rank);
        assert_eq!(ranks, [(2.0 + 1.5) / 2.0, (1.0 + 1.5) / 2.0, 3.0]);
        let ratio = mtl.ratio.as_ref().unwrap();
        assert!((ratio.estimate.geometric_mean - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(ratio.estimate.wins_ties_losses, [1, 1, 0]);
        // three halvings and a tie: 2 of 2³
        assert_eq!((ratio.estimate.p, ratio.estimate.p_holm), (0.25, 0.5));
        let ratio = gate.ratio.as_ref().unwrap();
        assert!((ratio.estimate.geometric_mean - 8.0_f64.sqrt()).abs() < 1e-14);
        assert_eq!(overall.wins, [[0, 0, 3], [3, 0, 3], [0, 0, 0]]);
        assert!(stl.ratio.is_none());
    }

    #[test]
    fn divisions_are_the_units_of_a_single_pair() {
        let blocks = [block("", 0, [2.0, 1.0, 4.0]), block("", 1, [2.0, 1.0, 8.0])];
        let overall = &overall(&blocks, &methods(), Unit::of(1))[0];
        assert_eq!(overall.units, 2);
        let ratio = overall.methods[2].ratio.as_ref().unwrap();
        assert!(
            (ratio.estimate.low - 2.0).abs() < 1e-12 && (ratio.estimate.high - 4.0).abs() < 1e-12
        );
        assert_eq!(ratio.estimate.p, ratio.p_units);
    }

    /// One of two pairs has finished: it is still one unit, whatever the number of its divisions.
    #[test]
    fn what_has_finished_does_not_decide_the_unit() {
        let blocks = [
            block("a", 0, [2.0, 1.0, 4.0]),
            block("a", 1, [2.0, 1.0, 8.0]),
        ];
        let overall = &overall(&blocks, &methods(), Unit::of(2))[0];
        assert_eq!(overall.units, 1);
    }

    #[test]
    fn a_method_that_never_finishes_leaves_ranks_to_the_others() {
        let blocks = [
            block("", 0, [2.0, f64::NAN, 1.0]),
            block("", 1, [1.0, f64::NAN, 2.0]),
            block("", 2, [1.0, f64::NAN, f64::NAN]),
        ];
        let overall = &overall(&blocks, &methods(), Unit::Split)[0];
        let ranks: Vec<f64> = overall.methods.iter().map(|m| m.average_rank).collect();
        assert_eq!((overall.units, ranks[0], ranks[2]), (2, 1.5, 1.5));
        assert!(ranks[1].is_nan());
        assert_eq!(overall.unranked, methods()[1..2]);
        assert_eq!(
            overall.critical_difference,
            critical_difference(2, 2, 1.0 - CONFIDENCE)
        );
    }
}

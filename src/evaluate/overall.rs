//! Methods over all pairs of a comparison.

use serde::Serialize;

use super::blocks::{Block, wins_ties_losses};
use super::bootstrap;
use super::learner::Learner;
use super::ranks::{critical_difference, ranks};
use super::signed_rank::{holm, wilcoxon};
use super::summary::CONFIDENCE;

/// The kind of split of a summary over every kind.
pub const EVERY_SPLIT: &str = "all";

/// Methods over all pairs, in one kind of split or in every one.
///
/// A pair is the unit: of a comparison of one pair, a division of its rows is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overall {
    /// The kind of split, or [`EVERY_SPLIT`].
    pub split: String,
    /// Units on which every method has finished, of which the ranks are averages.
    pub units: usize,
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
    pub method: Learner,
    /// Mean over the units of the rank of its geometric mean error, 1 the smallest.
    pub average_rank: f64,
    /// RMSE relative to the first method's; absent for the first method itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<OverallRatio>,
}

/// RMSE of a method divided by that of the first, or of a variant by that of the method as it is, over all pairs
/// that both have finished.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverallRatio {
    /// The method compared with: the first, or of a variant the same method as it is.
    pub to: Learner,
    /// Geometric mean over the units of the geometric means of their divisions.
    pub geometric_mean: f64,
    /// Lower end of its interval, by resampling units; `null` for a single one.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Units on which the method's geometric mean error is smaller, equal, larger.
    pub wins_ties_losses: [usize; 3],
    /// Two-sided probability of the log-ratios of all divisions by Wilcoxon's test, were the methods alike.
    pub p: f64,
    /// The same after Holm's correction for the number of ratios: methods compared with the first, or variants.
    pub p_holm: f64,
    /// The same of the units' mean log-ratios, which are independent where divisions of one table are not.
    pub p_units: f64,
    /// After Holm's correction.
    pub p_units_holm: f64,
}

/// Over every kind of split (where there are several), then kind by kind.
pub(super) fn overall(blocks: &[Block<'_>], methods: &[Learner]) -> Vec<Overall> {
    let mut kinds: Vec<&str> = Vec::new();
    for block in blocks {
        if !kinds.contains(&block.split) {
            kinds.push(block.split);
        }
    }
    let several = kinds.len() > 1;
    let all: Vec<&Block<'_>> = blocks.iter().collect();
    let every = several.then(|| over(EVERY_SPLIT, &all, methods));
    let of_kind = kinds.iter().map(|kind| {
        let own: Vec<&Block<'_>> = blocks.iter().filter(|b| b.split == *kind).collect();
        over(kind, &own, methods)
    });
    every.into_iter().chain(of_kind).collect()
}

fn over(split: &str, blocks: &[&Block<'_>], methods: &[Learner]) -> Overall {
    let units = units(blocks);
    let places: Vec<Vec<f64>> = units.iter().filter_map(|unit| unit_ranks(unit)).collect();
    let rank = |m: usize| places.iter().map(|ranks| ranks[m]).sum::<f64>() / places.len() as f64;
    let summary = |(m, &method): (usize, &Learner)| OverallMethod {
        method,
        average_rank: rank(m),
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
        units: places.len(),
        methods: summaries,
        critical_difference: critical_difference(count, places.len(), 1.0 - CONFIDENCE),
        wins: (0..count)
            .map(|a| (0..count).map(|b| beats(a, b)).collect())
            .collect(),
    }
}

/// The divisions of each pair, or each division of the only pair by itself.
fn units<'b, 'a>(blocks: &[&'b Block<'a>]) -> Vec<Vec<&'b Block<'a>>> {
    let mut names: Vec<&str> = Vec::new();
    for block in blocks {
        if !names.contains(&block.pair) {
            names.push(block.pair);
        }
    }
    if let [_] = names[..] {
        return blocks.iter().map(|&block| vec![block]).collect();
    }
    let of_pair = |name: &&str| blocks.iter().filter(|b| b.pair == *name).copied().collect();
    names.iter().map(of_pair).collect()
}

/// Ranks of the methods' geometric mean errors over the divisions that all have finished; none without any.
fn unit_ranks(unit: &[&Block<'_>]) -> Option<Vec<f64>> {
    let complete: Vec<&&Block<'_>> = unit.iter().filter(|block| block.complete()).collect();
    let methods = complete.first()?.rmse.len();
    let log = |m: usize| complete.iter().map(|block| block.rmse[m].ln()).sum::<f64>();
    Some(ranks(&(0..methods).map(log).collect::<Vec<f64>>()))
}

fn ratio(units: &[Vec<&Block<'_>>], method: usize, to: Learner) -> OverallRatio {
    let logs: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| unit.iter().filter_map(|b| b.log_ratio(method, 0)).collect())
        .filter(|logs: &Vec<f64>| !logs.is_empty())
        .collect();
    OverallRatio::of(to, &logs)
}

impl OverallRatio {
    /// Of the log-ratios of each unit's divisions; the probabilities not corrected yet.
    pub(super) fn of(to: Learner, logs: &[Vec<f64>]) -> Self {
        let means: Vec<f64> = logs
            .iter()
            .map(|logs| logs.iter().sum::<f64>() / logs.len() as f64)
            .collect();
        let [low, high] = bootstrap::interval(&means, CONFIDENCE);
        Self {
            to,
            geometric_mean: (means.iter().sum::<f64>() / means.len() as f64).exp(),
            low: low.exp(),
            high: high.exp(),
            wins_ties_losses: wins_ties_losses(&means),
            p: wilcoxon(&logs.concat()),
            p_holm: f64::NAN,
            p_units: wilcoxon(&means),
            p_units_holm: f64::NAN,
        }
    }

    /// Holm's correction of both probabilities for the number of `ratios`.
    pub(super) fn correct(ratios: Vec<&mut Self>) {
        let p = holm(&ratios.iter().map(|ratio| ratio.p).collect::<Vec<f64>>());
        let p_units = holm(
            &ratios
                .iter()
                .map(|ratio| ratio.p_units)
                .collect::<Vec<f64>>(),
        );
        for ((ratio, p), p_units) in ratios.into_iter().zip(p).zip(p_units) {
            (ratio.p_holm, ratio.p_units_holm) = (p, p_units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::config::MethodName;

    fn block(pair: &'static str, seed: u64, rmse: [f64; 3]) -> Block<'static> {
        Block {
            pair,
            split: "random",
            seed,
            fold: 0,
            rmse: rmse.to_vec(),
        }
    }

    fn methods() -> [Learner; 3] {
        [MethodName::Stl, MethodName::Mtl, MethodName::Gate].map(Learner::Network)
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
        let all = overall(&blocks, &methods());
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
        assert!((ratio.geometric_mean - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(ratio.wins_ties_losses, [1, 1, 0]);
        // three halvings and a tie: 2 of 2³
        assert_eq!((ratio.p, ratio.p_holm), (0.25, 0.5));
        let ratio = gate.ratio.as_ref().unwrap();
        assert!((ratio.geometric_mean - 8.0_f64.sqrt()).abs() < 1e-14);
        assert_eq!(overall.wins, [[0, 0, 3], [3, 0, 3], [0, 0, 0]]);
        assert!(stl.ratio.is_none());
    }

    #[test]
    fn divisions_are_the_units_of_a_single_pair() {
        let blocks = [block("", 0, [2.0, 1.0, 4.0]), block("", 1, [2.0, 1.0, 8.0])];
        let overall = &overall(&blocks, &methods())[0];
        assert_eq!(overall.units, 2);
        let ratio = overall.methods[2].ratio.as_ref().unwrap();
        assert!((ratio.low - 2.0).abs() < 1e-12 && (ratio.high - 4.0).abs() < 1e-12);
        assert_eq!(ratio.p, ratio.p_units);
    }
}

//! Errors of a method over those of another, split by split.

use serde::Serialize;

use super::bootstrap;
use super::signed_rank::{holm, wilcoxon};
use super::statistics::Spread;
use super::units::Unit;
use crate::method::MethodName;

/// Confidence of every interval of a comparison.
pub const CONFIDENCE: f64 = 0.95;
/// Intervals over fewer units are too narrow to be trusted. Of n independent values symmetric about their mean all lie on
/// one side of it with probability 2^(1 − n), and no resample reaches beyond them: at most 87.5 % of such intervals hold
/// the mean for n = 4.
pub const FEWEST_UNITS: usize = 5;

/// RMSE of a method divided by that of the first, or of a variant by that of the method as it is: what is said over splits,
/// or over other units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatioEstimate {
    /// The method compared with: the first, or of a variant the same method as it is.
    pub to: MethodName,
    /// Geometric mean over the units; below 1 this method is better.
    pub geometric_mean: f64,
    /// Lower end of the mean's interval by resampling units ([`bootstrap`]); `null` for a single one.
    pub low: f64,
    /// Upper end of the mean's interval; `null` for a single unit.
    pub high: f64,
    /// Units on which this method's error is smaller, equal, larger.
    pub wins_ties_losses: [usize; 3],
    /// Two-sided probability of the log-ratios of all splits by Wilcoxon's test, were the methods alike.
    pub p: f64,
    /// `p` after Holm's correction for the number of ratios: methods compared with the first, or
    /// variants.
    pub p_holm: f64,
}

/// The ratio over the splits that both have finished.
///
/// Both intervals take splits as independent; training sets of one table overlap, so they are somewhat too
/// narrow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// Over the splits.
    #[serde(flatten)]
    pub estimate: RatioEstimate,
    /// Student's interval of the mean log-ratio, which is wider of few splits.
    pub student: [f64; 2],
    /// Each pair's seed, fold and ratio.
    pub pairs: Vec<PairRatio>,
}

/// The ratio on one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairRatio {
    /// Seed of the split.
    pub seed: u64,
    /// Fold of the split.
    pub fold: usize,
    /// RMSE of the method over that of the first.
    pub ratio: f64,
}

/// The logarithm of a ratio on one split.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogRatio {
    pub(super) seed: u64,
    pub(super) fold: usize,
    pub(super) log: f64,
}

impl RatioEstimate {
    /// The units of which it is the mean.
    pub fn units(&self) -> usize {
        self.wins_ties_losses.iter().sum()
    }

    /// Of the log-ratio of each unit, and of each split; the probability not corrected yet.
    pub(super) fn of(to: MethodName, units: &[f64], splits: &[f64]) -> Self {
        let [low, high] = bootstrap::interval(units, CONFIDENCE);
        Self {
            to,
            geometric_mean: (units.iter().sum::<f64>() / units.len() as f64).exp(),
            low: low.exp(),
            high: high.exp(),
            wins_ties_losses: wins_ties_losses(units),
            p: wilcoxon(splits),
            p_holm: f64::NAN,
        }
    }

    /// Holm's correction for the number of `ratios`.
    pub(super) fn correct<'a>(ratios: impl Iterator<Item = &'a mut Self>) {
        let ratios: Vec<&mut Self> = ratios.collect();
        let corrected = holm(&ratios.iter().map(|ratio| ratio.p).collect::<Vec<f64>>());
        for (ratio, p) in ratios.into_iter().zip(corrected) {
            ratio.p_holm = p;
        }
    }
}

impl Ratio {
    /// Of the log-ratio on each split; the probability not corrected yet.
    pub(super) fn of(to: MethodName, found: &[LogRatio]) -> Self {
        let logs: Vec<f64> = found.iter().map(|found| found.log).collect();
        let spread = Spread::of(&logs);
        let half = spread.half_width(CONFIDENCE);
        let pair = |&LogRatio { seed, fold, log }: &LogRatio| PairRatio {
            seed,
            fold,
            ratio: log.exp(),
        };
        Self {
            estimate: RatioEstimate::of(to, &logs, &logs),
            student: [spread.mean - half, spread.mean + half].map(f64::exp),
            pairs: found.iter().map(pair).collect(),
        }
    }
}

/// What is to be known of the intervals of `ratios` where one rests on fewer than [`FEWEST_UNITS`] units; of a single unit
/// there is no interval.
pub fn remark_on_few<'a>(
    ratios: impl Iterator<Item = &'a RatioEstimate>,
    unit: Unit,
) -> Option<String> {
    let several = ratios.map(RatioEstimate::units).filter(|&units| units > 1);
    let fewest = several.min().filter(|&units| units < FEWEST_UNITS)?;
    let units = unit.plural();
    let student = match unit {
        Unit::Pair => "",
        Unit::Split => {
            " Student's interval in summary.json is wider; it assumes independent and normal log-ratios, which so few \
             cannot show."
        }
    };
    Some(format!(
        "A 95 % interval here rests on {fewest} {units} and cannot be trusted: resampling reaches no further than the \
         smallest and the largest of their {fewest} ratios, and the true mean lies beyond these in one of {} cases even where \
         {units} are independent and the log-ratios symmetric about it.{student}",
        1_usize << (fewest - 1)
    ))
}

/// How many are negative, zero, positive.
fn wins_ties_losses(logs: &[f64]) -> [usize; 3] {
    let count = |sign: fn(&f64) -> bool| logs.iter().filter(|log| sign(log)).count();
    [
        count(|l| *l < 0.0),
        count(|l| *l == 0.0),
        count(|l| *l > 0.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: usize) -> RatioEstimate {
        let logs: Vec<f64> = (0..units).map(|k| 0.1 * k as f64).collect();
        RatioEstimate::of(MethodName::Stl, &logs, &logs)
    }

    #[test]
    fn few_units_are_said() {
        let remark = |units: &[usize], unit| {
            let ratios: Vec<RatioEstimate> = units.iter().copied().map(of).collect();
            remark_on_few(ratios.iter(), unit)
        };
        let said = remark(&[5, 3, 1], Unit::Split).unwrap();
        assert!(said.contains("rests on 3 splits and cannot be trusted"));
        assert!(said.contains("in one of 4 cases") && said.contains("normal log-ratios"));
        let said = remark(&[2], Unit::Pair).unwrap();
        assert!(said.contains("rests on 2 pairs") && !said.contains("Student"));
        for enough in [&[][..], &[0], &[1], &[5, 60]] {
            assert_eq!(remark(enough, Unit::Split), None);
        }
    }

    /// Two values are all that their resamples have.
    #[test]
    fn an_interval_of_two_reaches_from_one_to_the_other() {
        let ratio = of(2);
        assert_eq!([ratio.low, ratio.high], [1.0, 0.1_f64.exp()]);
        assert!(of(1).low.is_nan() && of(1).high.is_nan());
        assert_eq!([0, 1, 4].map(|n| of(n).units()), [0, 1, 4]);
    }
}

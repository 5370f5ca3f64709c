//! What inner validation says: how long to train, and by which method.
//!
//! Every row that may be learnt from is predicted once by a run that has not seen it, at 20 lengths of training. With
//! e the errors of a method at its best length, over n rows in groups G (scaffolds, skeletons; single rows where there
//! are none):
//!
//! ```text
//! RMSE     = √(Σ_i e_i² / n)
//! L        = ln(RMSE_transfer / RMSE_stl)                            the expected gain, on a logarithmic scale
//! ψ_i      = (e_i,transfer² / MSE_transfer − e_i,stl² / MSE_stl) / 2 what row i contributes to L
//! se(L)²   = Σ_G (Σ_{i in G} ψ_i)² / n²                              rows of a group err together
//! interval = exp(L ± 1.96 se)
//! ```
//!
//! (the delta method of a ratio of means, with the variance of Liang and Zeger 1986 for clusters).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metrics::number_or_nan;
use crate::method::MethodName;

/// Lengths of training that are considered: 1/20, 2/20, … of the run. A finer choice would be one among noise.
pub(super) const LENGTHS: usize = 20;
/// Standard errors to either side of the interval of 95 %.
const NORMAL_95: f64 = 1.96;

/// What inner validation found and what was made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InnerValidation {
    /// Inner folds.
    pub folds: usize,
    /// Rows of the target that were predicted, each by a run that had not seen it.
    pub rows: usize,
    /// The method that was trained on all of them.
    pub chosen: MethodName,
    /// The methods that were tried.
    pub candidates: Vec<Candidate>,
    /// What transfer is expected to gain over `stl`, where both were tried.
    pub gain: Option<Gain>,
}

/// A method under inner validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The method.
    pub method: MethodName,
    /// The share of the run's epochs after which its error is smallest.
    pub length: f64,
    /// The smallest error: the root mean square over all rows, in the target's unit.
    #[serde(deserialize_with = "number_or_nan")]
    pub rmse: f64,
    /// The error after 1/20, 2/20, … of the run, in the target's unit; empty where the method could
    /// not be trained.
    pub rmse_by_length: Vec<f64>,
}

/// What transfer is expected to gain over learning the target alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Expected RMSE of transfer over that of `stl`; below 1 transfer helps.
    #[serde(deserialize_with = "number_or_nan")]
    pub ratio: f64,
    /// Standard error of its logarithm.
    #[serde(deserialize_with = "number_or_nan")]
    pub standard_error: f64,
    /// Lower end of the 95 % interval of the ratio.
    #[serde(deserialize_with = "number_or_nan")]
    pub low: f64,
    /// Upper end of the 95 % interval of the ratio.
    #[serde(deserialize_with = "number_or_nan")]
    pub high: f64,
}

/// Errors of a method at every length, rows in one order for all methods.
#[derive(Clone, Debug)]
pub(super) struct Errors {
    pub(super) method: MethodName,
    /// `[LENGTHS][rows]`, prediction minus label.
    pub(super) by_length: Vec<Vec<f64>>,
}

impl Errors {
    /// The length of the smallest error, the shortest of equal ones, as an index.
    fn best(&self) -> usize {
        let rmse = self.rmse_by_length();
        (0..rmse.len()).fold(0, |best, k| if rmse[k] < rmse[best] { k } else { best })
    }

    fn rmse_by_length(&self) -> Vec<f64> {
        self.by_length
            .iter()
            .map(|e| mean_square(e).sqrt())
            .collect()
    }

    /// What is kept of it.
    pub(super) fn candidate(&self) -> Candidate {
        let (best, mut rmse_by_length) = (self.best(), self.rmse_by_length());
        let rmse = rmse_by_length[best];
        if rmse.is_nan() {
            rmse_by_length.clear();
        }
        Candidate {
            method: self.method,
            length: (best + 1) as f64 / self.by_length.len() as f64,
            rmse,
            rmse_by_length,
        }
    }
}

impl Gain {
    /// Of `transfer` over `alone`, each at its best length; `groups` of the rows.
    pub(super) fn of(transfer: &Errors, alone: &Errors, groups: &[usize]) -> Self {
        let best = |errors: &Errors| errors.by_length[errors.best()].clone();
        Self::of_errors(&best(transfer), &best(alone), groups)
    }

    fn of_errors(transfer: &[f64], alone: &[f64], groups: &[usize]) -> Self {
        let (with, without) = (mean_square(transfer), mean_square(alone));
        let mut by_group: BTreeMap<usize, f64> = BTreeMap::new();
        for ((t, s), &group) in transfer.iter().zip(alone).zip(groups) {
            *by_group.entry(group).or_default() += 0.5 * (t * t / with - s * s / without);
        }
        let squares: f64 = by_group.values().map(|sum| sum * sum).sum();
        let standard_error = squares.sqrt() / transfer.len() as f64;
        let log_ratio = 0.5 * (with / without).ln();
        let reach = NORMAL_95 * standard_error;
        Self {
            ratio: log_ratio.exp(),
            standard_error,
            low: (log_ratio - reach).exp(),
            high: (log_ratio + reach).exp(),
        }
    }

    /// Is transfer expected to help? The two errors of the choice cost alike, so the sign of the expected gain
    /// decides; where it is not a number, learning alone is the safe choice.
    pub fn helps(&self) -> bool {
        self.ratio < 1.0
    }
}

impl InnerValidation {
    /// The candidate that was trained in the end.
    ///
    /// # Panics
    /// If the chosen method was not tried.
    #[track_caller]
    pub fn winner(&self) -> &Candidate {
        let chosen = |candidate: &&Candidate| candidate.method == self.chosen;
        let found = self.candidates.iter().find(chosen);
        found.expect("the chosen method was tried")
    }

    /// The choice and its reason, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let winner = self.winner();
        let mut sentences = Vec::new();
        if let Some(gain) = self.gain {
            let transfer = self.candidates.iter().find(|c| c.method != MethodName::Stl);
            let name = transfer.map_or("transfer", |c| c.method.as_str());
            let chosen = winner.method.as_str();
            sentences.push(if gain.ratio.is_nan() {
                format!("Method {chosen} was chosen: {name} could not be trained in every inner fold.")
            } else {
                format!(
                    "Method {chosen} was chosen: {name} is expected to have {:.3} of the RMSE of stl (95 % interval \
                     {:.3} to {:.3}), from {} inner folds of {} rows.",
                    gain.ratio, gain.low, gain.high, self.folds, self.rows
                )
            });
        }
        sentences.push(format!(
            "Length: {:.0} % of the run, where the RMSE over {} inner folds of {} rows is smallest, {}; all of them \
             trained in the end.",
            100.0 * winner.length,
            self.folds,
            self.rows,
            significant(winner.rmse)
        ));
        sentences
    }
}

/// Four significant digits, plainly.
pub(super) fn significant(x: f64) -> String {
    const DIGITS: i32 = 4;
    let before = if x > 0.0 {
        x.log10().floor() as i32 + 1
    } else {
        1
    };
    let decimals = (DIGITS - before).max(0) as usize;
    format!("{x:.decimals$}")
}

fn mean_square(errors: &[f64]) -> f64 {
    errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(method: MethodName, by_length: &[&[f64]]) -> Errors {
        Errors {
            method,
            by_length: by_length.iter().map(|e| e.to_vec()).collect(),
        }
    }

    #[test]
    fn the_shortest_of_the_best_lengths() {
        let curve = errors(MethodName::Stl, &[&[3.0, 4.0], &[1.0, -1.0], &[-1.0, 1.0]]);
        let candidate = curve.candidate();
        assert_eq!((candidate.length, candidate.rmse), (2.0 / 3.0, 1.0));
        assert_eq!(candidate.rmse_by_length[0], 12.5_f64.sqrt());
    }

    #[test]
    fn gain_and_its_error_by_hand() {
        // squares 1, 1, 4 against 4, 4, 4: ratio sqrt(2 / 4); ψ = (1/2 − 1)/2 twice, then (2 − 1)/2
        let gain = Gain::of_errors(&[1.0, -1.0, 2.0], &[2.0, 2.0, -2.0], &[0, 1, 2]);
        assert!((gain.ratio - 0.5_f64.sqrt()).abs() < 1e-15);
        let want = (2.0 * 0.0625 + 0.25_f64).sqrt() / 3.0;
        assert!((gain.standard_error - want).abs() < 1e-15, "{gain:?}");
        assert!(gain.helps() && gain.low < gain.ratio && gain.ratio < gain.high);
        // rows of one group err together: −1/4 − 1/4 and 1/2
        let together = Gain::of_errors(&[1.0, -1.0, 2.0], &[2.0, 2.0, -2.0], &[5, 5, 2]);
        assert!((together.standard_error - 0.5_f64.sqrt() / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_method_that_broke_down_is_told() {
        let [alone, broken] = [1.0, f64::NAN].map(|e| errors(MethodName::Stl, &[&[e, e]]));
        let broken = Errors {
            method: MethodName::Gate,
            ..broken
        };
        let inner = InnerValidation {
            folds: 2,
            rows: 2,
            chosen: MethodName::Stl,
            gain: Some(Gain::of(&broken, &alone, &[0, 1])),
            candidates: vec![alone.candidate(), broken.candidate()],
        };
        assert!(inner.sentences()[0].contains("gate could not be trained"));
        let text = serde_json::to_string(&inner).unwrap();
        let back: InnerValidation = serde_json::from_str(&text).unwrap();
        assert!(back.candidates[1].rmse.is_nan() && back.gain.unwrap().ratio.is_nan());
    }

    #[test]
    fn what_is_not_a_number_helps_nobody() {
        let nan = Gain::of_errors(&[f64::NAN, 1.0], &[1.0, 1.0], &[0, 1]);
        assert!(!nan.helps());
        assert!(!Gain::of_errors(&[0.0], &[0.0], &[0]).helps());
        assert!(!Gain::of_errors(&[1.0], &[1.0], &[0]).helps());
    }
}

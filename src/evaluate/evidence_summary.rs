//! What measured labels of other tasks at test rows are worth: errors of the same models without and with them.

use serde::Serialize;

use super::blocks::{Block, blocks_by};
use super::job::JobRecord;
use super::units::{Unit, by_unit};
use crate::method::MethodName;

/// Errors of one method over those of the first without evidence, on the splits that both have finished.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EvidenceRatio {
    /// The method.
    pub method: MethodName,
    /// Splits that both have finished.
    pub splits: usize,
    /// Geometric mean of the ratios without evidence.
    pub without: f64,
    /// Geometric mean of the ratios with evidence; `without` for a method that has no use for
    /// evidence.
    pub given: f64,
    /// `given / without`.
    pub given_over_without: f64,
}

/// A split's logarithms of both ratios, with its pair.
struct Logs<'a> {
    pair: &'a str,
    both: [f64; 2],
}

/// Of each of `methods`, as it is, both ratios over `records`, units alike; nothing where evidence was given to none.
pub(super) fn evidence_ratios(
    records: &[&JobRecord],
    methods: &[MethodName],
    unit: Unit,
) -> Vec<EvidenceRatio> {
    let aided = |record: &&JobRecord| {
        record.without_evidence.is_some()
            && record.job.variant.is_empty()
            && methods.contains(&record.job.method)
    };
    if !records.iter().any(aided) {
        return Vec::new();
    }
    let unaided = |record: &JobRecord| record.unaided().map_or(f64::NAN, |scores| scores.rmse);
    let without = blocks_by(records, methods, unaided);
    let given = blocks_by(records, methods, |record| record.test.rmse);
    let of_method = |(index, &method): (usize, &MethodName)| {
        let splits = without.iter().zip(&given);
        let logs = splits.filter_map(|(without, given)| Logs::of(index, without, given));
        let logs: Vec<Logs<'_>> = logs.collect();
        (!logs.is_empty()).then(|| EvidenceRatio::of(method, &logs, unit))
    };
    methods.iter().enumerate().filter_map(of_method).collect()
}

impl<'a> Logs<'a> {
    /// Of the method of this index; none where it or the first has not finished.
    fn of(index: usize, without: &Block<'a>, given: &Block<'_>) -> Option<Self> {
        let both = [without, given].map(|block| (block.rmse[index] / without.rmse[0]).ln());
        let finished = both.iter().all(|log| log.is_finite());
        finished.then_some(Self {
            pair: without.pair,
            both,
        })
    }
}

impl EvidenceRatio {
    fn of(method: MethodName, logs: &[Logs<'_>], unit: Unit) -> Self {
        let units = by_unit(logs, unit, |one| one.pair);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let of_all = |which: usize| {
            let of_unit = |unit: &Vec<&Logs<'_>>| {
                mean(&unit.iter().map(|one| one.both[which]).collect::<Vec<_>>())
            };
            mean(&units.iter().map(of_unit).collect::<Vec<_>>())
        };
        let (without, given) = (of_all(0), of_all(1));
        Self {
            method,
            splits: logs.len(),
            without: without.exp(),
            given: given.exp(),
            given_over_without: (given - without).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::config::EvidenceUse;
    use crate::evaluate::job::Job;

    const METHODS: [MethodName; 3] = [MethodName::Stl, MethodName::Gp, MethodName::GpMtl];

    fn record(pair: &str, at: (MethodName, u64), rmse: f64, unaided: Option<f64>) -> JobRecord {
        let (method, seed) = at;
        let plain = JobRecord::of_error(method, seed, rmse);
        JobRecord {
            job: Job {
                pair: pair.to_owned(),
                ..plain.job
            },
            evidence: unaided.map_or(EvidenceUse::None, |_| EvidenceUse::Given),
            without_evidence: unaided.map(|rmse| JobRecord::of_error(method, seed, rmse).test),
            ..plain
        }
    }

    /// Pair a: without 1/2 twice, given 1/4 and 1/8; pair b: without 2, given 1. A split alone does not count.
    #[test]
    fn both_ratios_are_to_the_first_without_evidence() {
        let [stl, gp, mtl] = METHODS;
        let records = [
            record("a", (stl, 0), 8.0, None),
            record("a", (stl, 1), 8.0, None),
            record("b", (stl, 0), 1.0, None),
            record("a", (mtl, 0), 2.0, Some(4.0)),
            record("a", (mtl, 1), 1.0, Some(4.0)),
            record("b", (mtl, 0), 1.0, Some(2.0)),
            record("b", (mtl, 1), 9.0, Some(9.0)),
            record("a", (gp, 0), 4.0, None),
        ];
        let found = evidence_ratios(&records.each_ref(), &METHODS, Unit::Pair);
        let [first, plain, aided] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((first.without, first.given, first.splits), (1.0, 1.0, 3));
        assert_eq!((plain.without, plain.given, plain.splits), (0.5, 0.5, 1));
        let close = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-14, "{got} {want}");
        // of logarithms to base 2: (−1 + 1) / 2 without, (−2.5 + 0) / 2 given
        close(aided.without, 1.0);
        close(aided.given, 2_f64.powf(-1.25));
        close(aided.given_over_without, 2_f64.powf(-1.25));
        let splits = evidence_ratios(&records.each_ref(), &METHODS, Unit::Split);
        close(splits[2].without, 2_f64.powf(-1.0 / 3.0));
        close(splits[2].given, 2_f64.powf(-5.0 / 3.0));
        let unaided = [&records[0], &records[7]];
        assert_eq!(evidence_ratios(&unaided, &METHODS, Unit::Pair), []);
    }
}

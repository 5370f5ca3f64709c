//! Which protocol the page shows, and both side by side where the jobs know of both.

use serde::Serialize;

use super::{ComparisonReport, pair_title};
use crate::evaluate::config::EvidenceUse;
use crate::evaluate::evidence_summary::EvidenceRatio;
use crate::evaluate::job::JobResult;
use crate::evaluate::summary::ComparisonSummary;

/// Methods without and with labels of other tasks at the test rows.
#[derive(Serialize)]
pub(super) struct EvidenceTable<'a> {
    /// What the rows are of; none where there is one pair alone.
    title: Option<String>,
    rows: &'a [EvidenceRatio],
}

/// Over all pairs first, then pair by pair; nothing where such labels were given to no method.
pub(super) fn tables(summary: &ComparisonSummary) -> Vec<EvidenceTable<'_>> {
    let several = summary.pairs.len() > 1;
    let all = EvidenceTable {
        title: several.then(|| format!("all {}", summary.unit.plural())),
        rows: &summary.overall_evidence,
    };
    let pairs = summary.pairs.iter().filter(|_| several);
    let pairs = pairs.map(|pair| EvidenceTable {
        title: Some(pair_title(pair)),
        rows: &pair.evidence,
    });
    let tables = [all].into_iter().chain(pairs);
    tables.filter(|table| !table.rows.is_empty()).collect()
}

/// Whether labels of other tasks were given where the target was predicted; none where no method could have used them.
pub(super) fn protocol(report: &ComparisonReport<'_>) -> Option<&'static str> {
    let jobs = &report.results.jobs;
    let given = |job: &JobResult| job.record.evidence == EvidenceUse::Given;
    let read_by_process = jobs.iter().any(|job| job.record.uncertainty.is_some());
    match report.compare.evidence {
        EvidenceUse::Given if jobs.iter().any(given) => Some(
            "Evidence is given: methods that a Gaussian process reads are told the measured labels of other tasks at the \
             target's held-out rows when these are predicted, never in training. Every number and picture is with them, \
             unless it says without.",
        ),
        EvidenceUse::Given => Some(
            "Evidence was to be given, but no job had a use for it: no Gaussian process reads its method, or no test row \
             has a label of another task.",
        ),
        EvidenceUse::None => read_by_process.then_some(
            "Evidence is not given: no method is told the measured labels of other tasks at the target's held-out rows.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::units::Unit;
    use crate::method::MethodName;

    #[test]
    fn one_pair_has_one_table() {
        let ratio = EvidenceRatio {
            method: MethodName::GpMtl,
            splits: 2,
            without: 0.5,
            given: 0.25,
            given_over_without: 0.5,
        };
        let mut summary = ComparisonSummary {
            pairs: Vec::new(),
            unit: Unit::Split,
            overall: Vec::new(),
            overall_variants: Vec::new(),
            overall_evidence: vec![ratio],
            failures: Vec::new(),
        };
        let found = tables(&summary);
        assert_eq!((found.len(), found[0].rows), (1, &[ratio][..]));
        assert_eq!(found[0].title, None);
        summary.overall_evidence.clear();
        assert!(tables(&summary).is_empty());
    }
}

//! What a comparison runs: a method on the rows of a job, be it one network, several, or none.

use super::config::EvidenceUse;
use super::levels::level_counts;
use super::outcome::{PARTS, predictions, scores, target_predictions};
use super::ridge;
use super::situation::{JobSituation, Learned};
use crate::data::Part;
use crate::error::Result;
use crate::method::{Family, MethodName};
use crate::train::{InnerValidation, Readout, RunControl, fit};

/// Learns from the training rows, chooses by the validation rows, predicts.
///
/// # Errors
/// Those of [`fit`] and [`predictions`]; target labels that are all equal.
pub fn learn(
    method: MethodName,
    situation: &JobSituation<'_>,
    control: &RunControl<'_>,
) -> Result<Learned> {
    let mut learned = match method.entry().family {
        Family::Regression => ridge::ridge(situation, control),
        _ => network(situation, control),
    }?;
    if situation.evidence == EvidenceUse::Given && learned.expected_rmse.is_none() {
        let note = "No Gaussian process reads this method: measured labels of other tasks are of no use to it.";
        learned.notes.push(note.to_owned());
    }
    Ok(learned)
}

/// One network, trained once, or after inner validation.
fn network(situation: &JobSituation<'_>, control: &RunControl<'_>) -> Result<Learned> {
    let JobSituation {
        config,
        corpus,
        partition,
        ..
    } = *situation;
    let fitted = fit(corpus, partition, &config.model, &config.training, control)?;
    let inner = fitted.inner.as_ref();
    let readout = fitted.model.readout();
    let data = corpus.divided(&fitted.partition);
    // what a Gaussian process says of sources' rows would be scored by nobody, and costs more than what is scored
    let (said, given) = match readout {
        None => (predictions(&fitted.model, corpus, &fitted.partition)?, 0),
        Some(_) => target_predictions(&fitted.model, data, &PARTS, situation.evidence)?,
    };
    let evidence = match given {
        0 => EvidenceUse::None,
        _ => EvidenceUse::Given,
    };
    let tested = fitted.partition.count(corpus.target, Part::Test);
    let asked = readout.is_some() && situation.evidence == EvidenceUse::Given;
    let note = format!("Labels of other tasks were given at {given} of {tested} test rows.");
    Ok(Learned {
        levels: level_counts(&fitted.model, &said, corpus),
        without_evidence: match evidence {
            EvidenceUse::None => None,
            EvidenceUse::Given => {
                let none = EvidenceUse::None;
                let (unaided, _) = target_predictions(&fitted.model, data, &[Part::Test], none)?;
                Some(scores(&unaided, corpus.target, Part::Test))
            }
        },
        predictions: said,
        epochs: fitted.history.len(),
        best_epoch: fitted.best_epoch,
        notes: (inner.into_iter().flat_map(InnerValidation::sentences))
            .chain(readout.into_iter().flat_map(Readout::sentences))
            .chain(asked.then_some(note))
            .collect(),
        inner_rmse: readout
            .map(Readout::expected_rmse)
            .or(inner.map(|inner| inner.winner().rmse)),
        expected_rmse: readout.map(Readout::expected_rmse),
        evidence,
        history: fitted.history,
    })
}

//! What a comparison runs: a method on the rows of a job, be it one network, several, or none.

use super::outcome::predictions;
use super::ridge;
use super::situation::{Learned, Situation};
use crate::error::Result;
use crate::method::{Family, MethodName};
use crate::train::{InnerValidation, Readout, RunControl, fit};

/// Learns from the training rows, chooses by the validation rows, predicts.
///
/// # Errors
/// Those of [`fit`] and [`predictions`]; target labels that are all equal.
pub fn learn(
    method: MethodName,
    situation: &Situation<'_>,
    control: &RunControl<'_>,
) -> Result<Learned> {
    match method.entry().family {
        Family::Regression => ridge::ridge(situation, control),
        _ => network(situation, control),
    }
}

/// One network, trained once, or after inner validation.
fn network(situation: &Situation<'_>, control: &RunControl<'_>) -> Result<Learned> {
    let Situation {
        config,
        corpus,
        partition,
        ..
    } = *situation;
    let fitted = fit(corpus, partition, &config.model, &config.training, control)?;
    let inner = fitted.inner.as_ref();
    let readout = fitted.model.readout();
    Ok(Learned {
        predictions: predictions(&fitted.model, corpus, &fitted.partition)?,
        epochs: fitted.history.len(),
        best_epoch: fitted.best_epoch,
        notes: (inner.into_iter().flat_map(InnerValidation::sentences))
            .chain(readout.into_iter().flat_map(Readout::sentences))
            .collect(),
        inner_rmse: readout
            .map(Readout::expected_rmse)
            .or(inner.map(|inner| inner.winner().rmse)),
        history: fitted.history,
    })
}

//! The reference of a comparison: ridge regression of the target alone, on counted circular substructures of
//! molecules, on standardised features, or on both. A method that cannot beat it is not worth its training.

use std::sync::atomic::Ordering;

use super::outcome::{LabelledPrediction, scored_rows};
use super::situation::{JobSituation, Learned, smaller};
use crate::baseline::{Ridge, RidgeWeights, SparseRow};
use crate::data::{Corpus, FeatureScaler, Part, Partition, TargetTransform};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "molecule")]
use crate::molecule::Substructures;
use crate::train::metrics::Scores;
use crate::train::{Prediction, RunControl};

/// Bonds around an atom that a substructure reaches: the usual choice, a diameter of four bonds.
pub const RADIUS: usize = 2;

/// The λ tried: half decades from 10⁻³ to 10⁴.
const LAMBDAS: [f64; 15] = [
    1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1e0, 3e0, 1e1, 3e1, 1e2, 3e2, 1e3, 3e3, 1e4,
];

/// The rows of a design matrix.
struct Design {
    /// By row of the corpus; empty where the target has no label.
    rows: Vec<SparseRow>,
    columns: usize,
    /// What a column is.
    named: String,
}

/// Fits ridge regression to the target's training rows with the λ of the smallest error on its validation
/// rows, and predicts the target's rows.
///
/// # Errors
/// Training labels that are all equal; a stop, after which nothing is kept.
pub(super) fn ridge(situation: &JobSituation<'_>, control: &RunControl<'_>) -> Result<Learned> {
    let (corpus, partition) = (situation.corpus, situation.partition);
    let target = corpus.target;
    corpus.scaler(partition, target, TargetTransform::None)?;
    let training = partition.rows(target, Part::Train);
    let design = Design::of(corpus, partition, &training);
    let rows: Vec<SparseRow> = training.iter().map(|&i| design.rows[i].clone()).collect();
    let options = &situation.config.training;
    let learnt = corpus.corrupted(partition, options.corruption(), options.seed)?;
    let labels: Vec<f64> = training.iter().map(|&i| learnt.label(i, target)).collect();
    let problem = Ridge::new(&rows, design.columns, &labels);
    let validation = partition.rows(target, Part::Val);
    let mut best: Option<(f64, f64, RidgeWeights)> = None;
    for lambda in LAMBDAS {
        if control.stop.load(Ordering::Relaxed) {
            return Err(ErrorKind::Interrupted { checkpoint: None }.into());
        }
        let Some(fit) = problem.fit(lambda) else {
            continue;
        };
        let rmse = rmse(&fit, &design, corpus, &validation);
        let least = best.as_ref().map(|(least, ..)| *least);
        if least.is_none_or(|least| smaller(rmse, least)) {
            best = Some((rmse, lambda, fit));
        }
    }
    let (_, lambda, fit) = best.ok_or_else(unsolvable)?;
    let notes = vec![format!(
        "λ = {lambda} of {} tried, by the validation rows; {} {} of the training rows",
        LAMBDAS.len(),
        design.columns,
        design.named
    )];
    Ok(Learned {
        predictions: predictions(&fit, &design, corpus, partition),
        notes,
        ..Learned::default()
    })
}

fn unsolvable() -> Error {
    Error::usage(
        "ridge regression has no solution for any penalty",
        "look for extreme values among the features with `geogate check`",
    )
}

fn rmse(fit: &RidgeWeights, design: &Design, corpus: &Corpus, rows: &[usize]) -> f64 {
    let label = |&row: &usize| corpus.label(row, corpus.target);
    let truth: Vec<f64> = rows.iter().map(label).collect();
    let predicted: Vec<f64> = rows
        .iter()
        .map(|&row| fit.predict(&design.rows[row]))
        .collect();
    Scores::of(&truth, &predicted).rmse
}

fn predictions(
    fit: &RidgeWeights,
    design: &Design,
    corpus: &Corpus,
    partition: &Partition,
) -> Vec<LabelledPrediction> {
    let task = corpus.target;
    scored_rows(corpus, partition)
        .map(|(row, part)| LabelledPrediction {
            row,
            task,
            part,
            truth: corpus.label(row, task),
            prediction: Prediction::of(fit.predict(&design.rows[row])),
            bar: None,
        })
        .collect()
}

impl Design {
    /// The design of the target's rows, with the columns that the `training` rows have.
    fn of(corpus: &Corpus, partition: &Partition, training: &[usize]) -> Self {
        let used: Vec<usize> = scored_rows(corpus, partition).map(|(row, _)| row).collect();
        let mut rows = vec![SparseRow::new(); corpus.rows()];
        let (mut columns, mut named) = (0, Vec::new());
        #[cfg(feature = "molecule")]
        if let Some(graphs) = corpus.inputs.graphs() {
            let known = Substructures::of(training.iter().map(|&row| &graphs[row]), RADIUS);
            for &row in &used {
                let counts = known.counts(&graphs[row]).into_iter();
                rows[row] = counts.map(|(j, count)| (j, f64::from(count))).collect();
            }
            columns = known.len();
            named.push(format!("substructures up to radius {RADIUS}"));
        }
        let scaler = FeatureScaler::fit(&corpus.inputs, training);
        if !scaler.columns.is_empty() {
            let first = u32::try_from(columns).expect("fewer columns than 2^32");
            for row in used {
                let scaled = scaler.columns.iter().zip(corpus.inputs.features_of(row));
                let scaled = scaled.map(|(scaler, x)| scaler.standardise(*x));
                rows[row].extend((first..).zip(scaled));
            }
            columns += scaler.columns.len();
            named.push("standardised features".to_owned());
        }
        Self {
            rows,
            columns,
            named: named.join(" and "),
        }
    }
}

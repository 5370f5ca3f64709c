//! Rows to come, and the texts by which they are told apart.
//!
//! ```text
//! key            canonical SMILES, features, or both, joined by `;`: equal keys are one row
//! held-out key   the molecule's own, whatever it is under; the features, where there is no molecule:
//!                rows of equal held-out keys are of one overlap class
//! ```
//!
//! A feature stands there as the shortest text that reads back as the same number, so equal keys are equal
//! vectors, and no SMILES holds a `;`.

#[cfg(feature = "molecule")]
use rayon::prelude::*;

use super::inputs::{Input, InputKind, Inputs};
use crate::error::{Error, Result};
#[cfg(feature = "molecule")]
use crate::molecule::{MolecularGraph, Molecule, SmilesError};

/// A row to come: its keys and its input.
pub(super) struct Entry {
    pub(super) key: String,
    /// The held-out key where it differs from `key`.
    pub(super) held_out_key: Option<String>,
    pub(super) input: Input,
}

impl Entry {
    /// A molecule with the features beside it, which may be none.
    #[cfg(feature = "molecule")]
    pub(super) fn of_molecule(molecule: Molecule, features: Vec<f64>) -> Self {
        let features = without_signed_zeros(features);
        let key = key(Some(&molecule.canonical_smiles()), &features);
        let held_out = molecule.connectivity_key();
        Self {
            held_out_key: (held_out != key).then_some(held_out),
            key,
            input: Input {
                graph: Some(molecule.into_graph()),
                features,
            },
        }
    }

    /// A feature vector.
    pub(super) fn of_features(features: Vec<f64>) -> Self {
        let features = without_signed_zeros(features);
        Self {
            key: key(None, &features),
            held_out_key: None,
            input: Input {
                #[cfg(feature = "molecule")]
                graph: None,
                features,
            },
        }
    }
}

/// Features in which −0 is written as 0, so that equal points have equal bits.
fn without_signed_zeros(mut features: Vec<f64>) -> Vec<f64> {
    features.iter_mut().for_each(|value| *value += 0.0);
    features
}

/// The key of a molecule of this canonical SMILES, if of one, and of these features, if of any.
pub(super) fn key(canonical: Option<&str>, features: &[f64]) -> String {
    // -0 is the same point as 0
    let features = features.iter().map(|value| format!("{:?}", value + 0.0));
    let texts = canonical.map(str::to_owned).into_iter().chain(features);
    texts.collect::<Vec<String>>().join(";")
}

/// Entries of SMILES from memory.
#[cfg(feature = "molecule")]
pub(super) fn molecule_entries(smiles: &[String]) -> Result<Vec<Entry>> {
    let entry = |molecule| Entry::of_molecule(molecule, Vec::new());
    Ok(parsed(smiles, Molecule::parse)?
        .into_par_iter()
        .map(entry)
        .collect())
}

/// What `parse` makes of every SMILES, over the thread pool; the first refused is an error with its row.
#[cfg(feature = "molecule")]
fn parsed<T: Send, S: AsRef<str> + Sync>(
    smiles: &[S],
    parse: impl Fn(&str) -> Result<T, SmilesError> + Sync,
) -> Result<Vec<T>> {
    let found = smiles.par_iter().map(|text| parse(text.as_ref()));
    let numbered = found.collect::<Vec<_>>().into_iter().enumerate();
    let named = |(row, molecule): (usize, Result<T, SmilesError>)| {
        molecule.map_err(|error| {
            let text = super::names::shortened(smiles[row].as_ref());
            Error::usage(
                format!("row {row}: {}", error.reason()),
                format!("the SMILES is `{text}`"),
            )
        })
    };
    numbered.map(named).collect()
}

impl Inputs {
    /// A molecule per SMILES.
    ///
    /// # Errors
    /// A SMILES that is refused: its row, counted from 0, and why.
    #[cfg(feature = "molecule")]
    pub fn of_smiles(smiles: &[impl AsRef<str> + Sync]) -> Result<Self> {
        parsed(smiles, MolecularGraph::parse).map(Self::of_molecules)
    }

    /// Rows of a kind: molecules from `smiles`, where it reads any, with `values` `[rows x features]` beside them.
    ///
    /// # Errors
    /// A SMILES that is refused, a value that is not finite; molecules in a build that reads none.
    pub fn of(
        kind: &InputKind,
        smiles: &[impl AsRef<str> + Sync],
        values: Vec<f64>,
    ) -> Result<Self> {
        if !values.is_empty() {
            check_finite(&kind.features, &values)?;
        }
        let numbers = |values| Self::of_features(kind.features.clone(), values);
        match (kind.molecules, kind.features.is_empty()) {
            (false, _) => Ok(numbers(values)),
            #[cfg(feature = "molecule")]
            (true, true) => Self::of_smiles(smiles),
            #[cfg(feature = "molecule")]
            (true, false) => Ok(Self::of_smiles(smiles)?.beside(numbers(values))),
            #[cfg(not(feature = "molecule"))]
            (true, _) => {
                let _ = smiles;
                Err(Error::usage(
                    "this build reads no molecules",
                    "build with the feature `molecule`",
                ))
            }
        }
    }
}

/// Entries of feature vectors from memory, `values` `[rows x names]`.
pub(super) fn feature_entries(names: &[String], values: &[f64]) -> Result<Vec<Entry>> {
    check_finite(names, values)?;
    let rows = values.chunks_exact(names.len());
    Ok(rows.map(|row| Entry::of_features(row.to_vec())).collect())
}

fn check_finite(names: &[String], values: &[f64]) -> Result<()> {
    let Some(cell) = values.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let (row, column) = (cell / names.len(), cell % names.len());
    Err(Error::usage(
        format!("row {row}: feature `{}` is {}", names[column], values[cell]),
        "leave out rows with features that are not finite",
    ))
}

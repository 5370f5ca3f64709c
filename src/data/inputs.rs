//! What a model sees of a row: a molecular graph, or named numbers.

#[cfg(feature = "molecule")]
use rayon::prelude::*;

use super::account::Reason;
use crate::error::{Error, Result};
#[cfg(feature = "molecule")]
use crate::molecule::{MolecularGraph, Molecule, SmilesError};

/// What a model sees of each row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Inputs {
    /// A molecular graph per row.
    #[cfg(feature = "molecule")]
    Molecules(Vec<MolecularGraph>),
    /// Named numbers.
    Numeric {
        /// Names of the features.
        names: Vec<String>,
        /// Values `[rows x names]`, row-major, finite.
        values: Vec<f64>,
    },
}

impl Inputs {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            #[cfg(feature = "molecule")]
            Self::Molecules(graphs) => graphs.len(),
            Self::Numeric { names, values } => values.len() / names.len().max(1),
        }
    }

    /// Names of the numeric features; empty for molecules.
    pub fn feature_names(&self) -> &[String] {
        match self {
            #[cfg(feature = "molecule")]
            Self::Molecules(_) => &[],
            Self::Numeric { names, .. } => names,
        }
    }

    pub(super) fn push(&mut self, input: Input) {
        match (self, input) {
            #[cfg(feature = "molecule")]
            (Self::Molecules(graphs), Input::Molecule(graph)) => graphs.push(graph),
            (Self::Numeric { values, .. }, Input::Numeric(row)) => values.extend(row),
            #[cfg(feature = "molecule")]
            _ => unreachable!("rows of one corpus are of one kind"),
        }
    }

    pub(super) fn retain(&mut self, keep: &[bool]) {
        match self {
            #[cfg(feature = "molecule")]
            Self::Molecules(graphs) => super::corpus::retain(graphs, keep, 1),
            Self::Numeric { names, values } => {
                super::corpus::retain(values, keep, names.len().max(1));
            }
        }
    }

    /// Name of the group of each of `rows`: scaffold or skeleton of the molecule that
    /// `identifiers` spells, else the identifier itself.
    pub(super) fn group_names(&self, identifiers: &[String], rows: &[usize]) -> Vec<String> {
        match self {
            #[cfg(feature = "molecule")]
            Self::Molecules(_) => rows
                .par_iter()
                .map(|&row| {
                    Molecule::parse(&identifiers[row])
                        .expect("an identifier is the text the molecule was read from")
                        .group_key()
                })
                .collect(),
            Self::Numeric { .. } => rows.iter().map(|&row| identifiers[row].clone()).collect(),
        }
    }
}

/// The input of one row.
pub(super) enum Input {
    #[cfg(feature = "molecule")]
    Molecule(MolecularGraph),
    Numeric(Vec<f64>),
}

/// A row to come: its keys and its input.
pub(super) struct Entry {
    pub(super) key: String,
    /// The key without stereo where it differs from `key`.
    pub(super) flat_key: Option<String>,
    pub(super) input: Input,
}

impl Entry {
    /// A molecule under its keys.
    #[cfg(feature = "molecule")]
    pub(super) fn of_molecule(molecule: Molecule) -> Self {
        let key = molecule.canonical_smiles();
        let flat = molecule.connectivity_key();
        Self {
            flat_key: (flat != key).then_some(flat),
            key,
            input: Input::Molecule(molecule.into_graph()),
        }
    }

    /// A feature vector under its numbers, which must be finite.
    pub(super) fn of_features(mut values: Vec<f64>) -> Self {
        for value in &mut values {
            *value += 0.0; // -0 becomes 0, which is the same point
        }
        // the shortest text that reads back as the same number, so equal keys are equal vectors
        let texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        Self {
            key: texts.join(";"),
            flat_key: None,
            input: Input::Numeric(values),
        }
    }
}

/// Why a SMILES was refused, as an entry of the account.
#[cfg(feature = "molecule")]
pub(super) fn smiles_reason(error: &SmilesError) -> Reason {
    let (reason, excerpt) = (error.reason(), error.to_string());
    let (problem, advice) = reason.split_once("; ").unwrap_or((&reason, ""));
    Reason::Smiles {
        problem: problem.to_owned(),
        advice: advice.to_owned(),
        excerpt: excerpt.split_once('\n').map(|(_, lines)| lines.to_owned()),
    }
}

/// A finite number.
///
/// # Errors
/// Text that is none.
pub(super) fn number(text: &str) -> Result<f64, Reason> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(Reason::NotFinite),
        Err(_) => Err(Reason::NotANumber),
    }
}

/// Entries of SMILES from memory.
#[cfg(feature = "molecule")]
pub(super) fn molecule_entries(smiles: &[String]) -> Result<Vec<Entry>> {
    let parsed: Vec<_> = smiles
        .par_iter()
        .map(|text| Molecule::parse(text).map(Entry::of_molecule))
        .collect();
    let refused = |(row, error): (usize, SmilesError)| {
        Error::usage(
            format!("row {row}: {}", error.reason()),
            format!("the SMILES is `{}`", super::table::shortened(&smiles[row])),
        )
    };
    let numbered = parsed.into_iter().enumerate();
    numbered
        .map(|(row, entry)| entry.map_err(|error| refused((row, error))))
        .collect()
}

/// Entries of feature vectors from memory, `values` `[rows x names]`.
pub(super) fn feature_entries(names: &[String], values: &[f64]) -> Result<Vec<Entry>> {
    if let Some(cell) = values.iter().position(|value| !value.is_finite()) {
        let (row, column) = (cell / names.len(), cell % names.len());
        return Err(Error::usage(
            format!("row {row}: feature `{}` is {}", names[column], values[cell]),
            "leave out rows with features that are not finite",
        ));
    }
    let rows = values.chunks_exact(names.len());
    Ok(rows.map(|row| Entry::of_features(row.to_vec())).collect())
}

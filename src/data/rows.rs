//! The one reader of rows: which columns of a table a model reads, and what a row says there, or why it
//! cannot be used. Training, checks, predictions and surveys read by it.

use rayon::prelude::*;

use super::account::{Reason, Skipped};
use super::cell::{is_missing, number};
use super::inputs::{Input, InputKind, Inputs};
use super::names::shortened;
use super::table::{Row, Table};
use crate::error::Result;
#[cfg(feature = "molecule")]
use crate::molecule::{MolecularGraph, SmilesError};

/// Why a row cannot be used; boxed, for it is rare and large.
pub type Refusal = Box<Skipped>;

/// Where a model's inputs stand in the rows of a table.
#[derive(Clone, Debug)]
pub struct InputColumns {
    header: Vec<String>,
    kind: InputKind,
    /// The column of SMILES, where molecules are read.
    smiles: Option<usize>,
    /// Columns of the features, in their order.
    features: Vec<usize>,
}

/// The inputs of some rows: those that can be used, and where they went.
#[derive(Clone, Debug)]
pub struct ReadRows {
    /// What a model sees of the rows that can be used, in their order.
    pub inputs: Inputs,
    /// Of each row its place among the inputs, or why it has none.
    pub places: Vec<Result<usize, Refusal>>,
}

impl InputColumns {
    /// The columns of `kind` in `table`.
    ///
    /// # Errors
    /// [`ErrorKind::Table`](crate::error::ErrorKind::Table) naming the file and the column it lacks;
    /// molecules in a build that reads none.
    pub fn of(table: &Table, kind: &InputKind) -> Result<Self> {
        #[cfg(not(feature = "molecule"))]
        if kind.molecules {
            return Err(crate::error::Error::usage(
                "this build reads no molecules",
                "name numeric columns as option `features`, or build with the feature `molecule`",
            ));
        }
        let smiles = kind.molecules.then(|| table.molecules(kind));
        let features = kind.features.iter().map(|name| table.input(name, kind));
        Ok(Self {
            header: table.header().to_vec(),
            kind: kind.clone(),
            smiles: smiles.transpose()?,
            features: features.collect::<Result<_>>()?,
        })
    }

    /// The inputs of `rows`, read over the thread pool.
    pub fn read(&self, rows: &[Row]) -> ReadRows {
        let found: Vec<Result<Input, Refusal>> =
            rows.par_iter().map(|row| self.input(row)).collect();
        let mut inputs = Inputs::none(&self.kind);
        let places = found.into_iter().map(|input| {
            inputs.push(input?);
            Ok(inputs.rows() - 1)
        });
        ReadRows {
            places: places.collect(),
            inputs,
        }
    }

    /// The inputs of no row.
    pub fn no_rows(&self) -> Inputs {
        Inputs::none(&self.kind)
    }

    /// How outputs name a row that was read with these features: its SMILES, or the features joined by `;`.
    pub fn identifier(&self, row: &Row, features: &[f64]) -> String {
        match self.smiles {
            Some(column) => row.text(column).unwrap_or_default().to_owned(),
            None => super::entry::key(None, features),
        }
    }

    /// Is a column among the inputs?
    pub(super) fn contains(&self, column: usize) -> bool {
        self.smiles == Some(column) || self.features.contains(&column)
    }

    /// Refuses a row whose fields are not those of the header.
    pub(super) fn check(&self, row: &Row) -> Result<(), Refusal> {
        let expected = self.header.len();
        if let Some((line, reason)) = row.open_quote(expected) {
            return Err(Skipped::row(line, None, None, reason));
        }
        if row.len() == expected {
            return Ok(());
        }
        let reason = Reason::FieldCount {
            found: row.len(),
            expected,
            last_line: (row.last_line() > row.line()).then_some(row.last_line()),
        };
        Err(Skipped::row(row.line(), None, None, reason))
    }

    /// The SMILES of a row, where molecules are read, still as text.
    #[cfg(feature = "molecule")]
    pub(super) fn smiles<'a>(&self, row: &'a Row) -> Result<Option<&'a str>, Refusal> {
        self.smiles.map(|column| self.text(row, column)).transpose()
    }

    /// The features of a row, in their order.
    pub(super) fn features(&self, row: &Row) -> Result<Vec<f64>, Refusal> {
        let feature = |&column: &usize| match self.text(row, column)? {
            text if is_missing(text) => Err(self.fault(row, column, Reason::Missing)),
            text => number(text).map_err(|reason| self.fault(row, column, reason)),
        };
        self.features.iter().map(feature).collect()
    }

    /// The label of a row in `column`; none where it is blank.
    pub(crate) fn label(&self, row: &Row, column: usize) -> Result<Option<f64>, Refusal> {
        match self.text(row, column)? {
            text if is_missing(text) => Ok(None),
            text => number(text)
                .map(Some)
                .map_err(|reason| self.fault(row, column, reason)),
        }
    }

    /// The text of a field without the white space around it.
    pub(super) fn text<'a>(&self, row: &'a Row, column: usize) -> Result<&'a str, Refusal> {
        row.text(column)
            .map_err(|_| self.fault(row, column, Reason::NotUtf8))
    }

    /// What is wrong with a field.
    pub(crate) fn fault(&self, row: &Row, column: usize, reason: Reason) -> Refusal {
        let bytes = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let text = row.text(column).map_or_else(bytes, str::to_owned);
        let value = (!text.is_empty()).then(|| shortened(&text));
        Skipped::row(row.line(), Some(self.header[column].clone()), value, reason)
    }

    /// What is wrong with the SMILES of a row.
    #[cfg(feature = "molecule")]
    pub(super) fn smiles_fault(&self, row: &Row, error: &SmilesError) -> Refusal {
        let column = self.smiles.expect("a SMILES was read");
        let text = row.text(column).unwrap_or_default();
        if is_missing(text) {
            return self.fault(row, column, Reason::NoSmiles);
        }
        let mut reason = smiles_reason(error);
        if let (Reason::Smiles { advice, .. }, Some(hint)) = (&mut reason, seems(text)) {
            *advice = hint.to_owned();
        }
        self.fault(row, column, reason)
    }

    fn input(&self, row: &Row) -> Result<Input, Refusal> {
        self.check(row)?;
        Ok(Input {
            #[cfg(feature = "molecule")]
            graph: match self.smiles(row)? {
                None => None,
                Some(text) => {
                    let graph = MolecularGraph::parse(text);
                    Some(graph.map_err(|error| self.smiles_fault(row, &error))?)
                }
            },
            features: self.features(row)?,
        })
    }
}

/// What a text that is no SMILES seems to be, and what to do about it.
#[cfg(feature = "molecule")]
fn seems(text: &str) -> Option<&'static str> {
    let is_key = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let capitals = |part: &&str| part.bytes().all(|byte| byte.is_ascii_uppercase());
        matches!(&parts[..], [a, b, c] if a.len() == 14 && b.len() == 10 && c.len() == 1)
            && parts.iter().all(capitals)
    };
    let is_cas = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        matches!(&parts[..], [a, b, c] if (2..=7).contains(&a.len()) && b.len() == 2 && c.len() == 1)
            && parts.iter().all(digits)
    };
    if text.starts_with("InChI=") {
        Some("this is an InChI: convert the column to SMILES, for example with RDKit")
    } else if is_key(text) {
        Some("this is an InChIKey, from which no molecule can be read: look its SMILES up")
    } else if is_cas(text) {
        Some("this is a CAS number: look its SMILES up, for example at PubChem")
    } else if text.contains([' ', '\t']) {
        Some(
            "leave the SMILES alone in its field: what stands behind it, such as a name, needs a column of its own",
        )
    } else {
        None
    }
}

/// Why a SMILES was refused, as an entry of the account.
#[cfg(feature = "molecule")]
fn smiles_reason(error: &SmilesError) -> Reason {
    let (reason, excerpt) = (error.reason(), error.to_string());
    let (problem, advice) = reason.split_once("; ").unwrap_or((&reason, ""));
    Reason::Smiles {
        problem: problem.to_owned(),
        advice: advice.to_owned(),
        excerpt: excerpt.split_once('\n').map(|(_, lines)| lines.to_owned()),
    }
}

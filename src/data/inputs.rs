//! What a model sees of a row: a molecular graph, named numbers, or both.

use std::fmt;

#[cfg(feature = "molecule")]
use crate::molecule::MolecularGraph;

/// Which inputs a model reads: molecules, named columns of numbers, or both.
///
/// ```
/// use geogate::data::InputKind;
/// let kind = InputKind { molecules: true, features: vec!["T".into(), "P".into()] };
/// assert_eq!(kind.to_string(), "molecules and the columns T, P");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputKind {
    /// A molecule per row, in a column `smiles` of tables.
    pub molecules: bool,
    /// Names of the numeric features, in order.
    pub features: Vec<String>,
}

impl InputKind {
    /// True where a molecule is not the whole of a row: its features are the conditions it is under.
    pub fn is_both(&self) -> bool {
        self.molecules && !self.features.is_empty()
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.features.join(", ");
        match (self.molecules, &self.features[..]) {
            (true, []) => f.write_str("molecules"),
            (false, []) => f.write_str("nothing"),
            (true, [_]) => write!(f, "molecules and the column {names}"),
            (true, _) => write!(f, "molecules and the columns {names}"),
            (false, [_]) => write!(f, "the column {names}"),
            (false, _) => write!(f, "the columns {names}"),
        }
    }
}

/// What a model sees of some rows: a molecular graph each, numbers each, or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    rows: usize,
    #[cfg(feature = "molecule")]
    graphs: Option<Vec<MolecularGraph>>,
    names: Vec<String>,
    /// `[rows x names]`, row-major.
    values: Vec<f64>,
}

impl Inputs {
    /// A molecule per row.
    #[cfg(feature = "molecule")]
    pub fn of_molecules(graphs: Vec<MolecularGraph>) -> Self {
        Self {
            rows: graphs.len(),
            graphs: Some(graphs),
            ..Self::default()
        }
    }

    /// Numbers called `names` per row: `values` `[rows x names]`, row-major, finite.
    ///
    /// # Panics
    /// If there are no names, or `values` has another shape.
    #[track_caller]
    pub fn of_features(names: Vec<String>, values: Vec<f64>) -> Self {
        assert!(
            !names.is_empty() && values.len().is_multiple_of(names.len()),
            "{} values for {} features",
            values.len(),
            names.len()
        );
        Self {
            rows: values.len() / names.len(),
            #[cfg(feature = "molecule")]
            graphs: None,
            names,
            values,
        }
    }

    /// No row, of a kind.
    pub(super) fn none(kind: &InputKind) -> Self {
        Self {
            #[cfg(feature = "molecule")]
            graphs: kind.molecules.then(Vec::new),
            names: kind.features.clone(),
            ..Self::default()
        }
    }

    /// Molecules with the numbers of others, which are no molecules, beside them.
    #[cfg(feature = "molecule")]
    pub(super) fn beside(mut self, numbers: Self) -> Self {
        debug_assert_eq!(self.rows, numbers.rows, "as many rows");
        self.names = numbers.names;
        self.values = numbers.values;
        self
    }

    /// The rows for which `keep` is true.
    ///
    /// # Panics
    /// If there is not a choice for each row.
    #[must_use]
    pub fn chosen(&self, keep: &[bool]) -> Self {
        assert_eq!(keep.len(), self.rows, "a choice for each row");
        let mut chosen = self.clone();
        chosen.retain(keep);
        chosen
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The molecules, one per row; none where rows are numbers alone.
    #[cfg(feature = "molecule")]
    pub fn graphs(&self) -> Option<&[MolecularGraph]> {
        self.graphs.as_deref()
    }

    /// True where a row has a molecule.
    pub fn has_molecules(&self) -> bool {
        #[cfg(feature = "molecule")]
        return self.graphs.is_some();
        #[cfg(not(feature = "molecule"))]
        return false;
    }

    /// True where molecules have features beside them: one molecule may be several rows.
    pub fn has_both(&self) -> bool {
        self.has_molecules() && !self.names.is_empty()
    }

    /// Names of the numeric features; empty where there are molecules alone.
    pub fn feature_names(&self) -> &[String] {
        &self.names
    }

    /// The numeric features `[rows x names]`, row-major; empty where there are molecules alone.
    pub fn features(&self) -> &[f64] {
        &self.values
    }

    /// The numeric features of one row; empty where there are molecules alone.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn features_of(&self, row: usize) -> &[f64] {
        let width = self.names.len();
        &self.values[row * width..(row + 1) * width]
    }

    /// What these are.
    pub fn kind(&self) -> InputKind {
        InputKind {
            molecules: self.has_molecules(),
            features: self.names.clone(),
        }
    }

    /// Puts the rows of `more`, of the same kind, behind these.
    ///
    /// # Panics
    /// If it is of another kind.
    #[track_caller]
    pub fn append(&mut self, more: Self) {
        assert_eq!(self.kind(), more.kind(), "rows of one kind");
        self.rows += more.rows;
        #[cfg(feature = "molecule")]
        if let (Some(graphs), Some(more)) = (&mut self.graphs, more.graphs) {
            graphs.extend(more);
        }
        self.values.extend(more.values);
    }

    pub(super) fn push(&mut self, input: Input) {
        self.rows += 1;
        #[cfg(feature = "molecule")]
        if let (Some(graphs), Some(graph)) = (&mut self.graphs, input.graph) {
            graphs.push(graph);
        }
        self.values.extend(input.features);
    }

    pub(super) fn retain(&mut self, keep: &[bool]) {
        self.rows = keep.iter().filter(|&&kept| kept).count();
        #[cfg(feature = "molecule")]
        if let Some(graphs) = &mut self.graphs {
            retain(graphs, keep, 1);
        }
        if !self.names.is_empty() {
            retain(&mut self.values, keep, self.names.len());
        }
    }
}

/// The input of one row, of the kind of the [`Inputs`] it is for.
#[derive(Clone, Debug)]
pub(super) struct Input {
    #[cfg(feature = "molecule")]
    pub(super) graph: Option<MolecularGraph>,
    pub(super) features: Vec<f64>,
}

/// Keeps the rows of `items` (`width` items a row) for which `keep` is true.
pub(super) fn retain<T>(items: &mut Vec<T>, keep: &[bool], width: usize) {
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        keep[(index - 1) / width]
    });
}

//! What weighs alike in the numbers of a comparison, and items taken unit by unit.

use serde::Serialize;

/// What weighs alike in the numbers over all pairs, is ranked, and is resampled for intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A pair with all its divisions, in a comparison of several.
    Pair,
    /// A division of the rows of the only pair.
    Split,
}

impl Unit {
    /// The unit of a comparison of so many pairs, whatever finishes of them.
    pub(super) fn of(pairs: usize) -> Self {
        if pairs > 1 { Self::Pair } else { Self::Split }
    }

    /// What one is called.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Split => "split",
        }
    }

    /// What several are called.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Pair => "pairs",
            Self::Split => "splits",
        }
    }
}

/// Each of `items` that is there, once, in the order of the first.
pub(crate) fn distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

/// `items` unit by unit: those of each pair, or each by itself.
pub(super) fn by_unit<'a, T>(
    items: impl IntoIterator<Item = T>,
    unit: Unit,
    pair: impl Fn(&T) -> &'a str,
) -> Vec<Vec<T>> {
    let mut units: Vec<Vec<T>> = Vec::new();
    for item in items {
        let same = |of_unit: &&mut Vec<T>| pair(&of_unit[0]) == pair(&item);
        match units.iter_mut().find(same).filter(|_| unit == Unit::Pair) {
            Some(of_unit) => of_unit.push(item),
            None => units.push(vec![item]),
        }
    }
    units
}

//! What message passing reads: the index arrays of a batch of graphs, and its features by kind.

use std::sync::Arc;

use crate::tensor::graph::{BondGraph, gather};
use crate::tensor::{Real, Tensor, Write};

/// Feature rows that many atoms, or bonds, have in common: the distinct rows, and which of them each
/// atom has. A batch of a few hundred atoms has a few dozen kinds, and what depends on the features
/// alone is computed once per kind.
#[derive(Clone, Debug)]
pub struct Kinds<T> {
    /// The distinct rows, `[kinds, features]`.
    rows: Tensor<T>,
    /// The kind of each atom.
    of: Arc<[u32]>,
}

impl<T: Real> Kinds<T> {
    /// Kinds with the feature rows `rows`; atom i is of kind `of[i]`.
    ///
    /// # Panics
    /// If a kind has no row.
    #[track_caller]
    pub fn new(rows: Tensor<T>, of: impl Into<Arc<[u32]>>) -> Self {
        let of = of.into();
        let largest = of.iter().max().map_or(0, |&kind| kind as usize + 1);
        assert!(
            largest <= rows.rows(),
            "kinds: kind {} of {} rows",
            largest - 1,
            rows.rows()
        );
        Self { rows, of }
    }

    /// Every row a kind of its own.
    pub fn each(rows: Tensor<T>) -> Self {
        let of: Vec<u32> = (0..rows.rows() as u32).collect();
        Self::new(rows, of)
    }

    /// The distinct rows, `[kinds, features]`.
    pub fn rows(&self) -> &Tensor<T> {
        &self.rows
    }

    /// The kind of each atom.
    pub fn of(&self) -> &Arc<[u32]> {
        &self.of
    }
}

/// A batch of graphs: index arrays and features.
#[derive(Clone, Debug)]
pub struct GraphBatch<T> {
    pub(super) graph: Arc<BondGraph>,
    pub(super) atoms: Kinds<T>,
    pub(super) bonds: Kinds<T>,
    pub(super) starts: Starts,
}

/// Where messages start: the distinct pairs of a source atom's kind and a bond's kind.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    /// Atom kind of each pair.
    pub(super) atom: Arc<[u32]>,
    /// Bond kind of each pair.
    pub(super) bond: Arc<[u32]>,
    /// The pair of each directed bond.
    pub(super) of: Arc<[u32]>,
}

impl<T: Real> GraphBatch<T> {
    /// A batch of `graph` with the features of its atoms and of its directed bonds.
    ///
    /// # Panics
    /// If the numbers of atoms and bonds are not the graph's.
    #[track_caller]
    pub fn new(graph: impl Into<Arc<BondGraph>>, atoms: Kinds<T>, bonds: Kinds<T>) -> Self {
        let graph = graph.into();
        assert_eq!(atoms.of.len(), graph.atoms(), "graph batch: atoms");
        assert_eq!(bonds.of.len(), graph.bonds(), "graph batch: bonds");
        let starts = Starts::new(&graph, &atoms, &bonds);
        Self {
            graph,
            atoms,
            bonds,
            starts,
        }
    }

    /// This batch with a kind for every atom and every directed bond: each has a row of features of
    /// its own.
    #[must_use]
    pub fn apart(&self) -> Self {
        let each = |kinds: &Kinds<T>| {
            let mut rows = Tensor::zeros(kinds.of.len(), kinds.rows.cols());
            gather(&mut rows, Write::Replace, &kinds.rows, &kinds.of);
            Kinds::each(rows)
        };
        Self::new(
            Arc::clone(&self.graph),
            each(&self.atoms),
            each(&self.bonds),
        )
    }

    /// The index arrays.
    pub fn graph(&self) -> &Arc<BondGraph> {
        &self.graph
    }

    /// Features of the atoms.
    pub fn atoms(&self) -> &Kinds<T> {
        &self.atoms
    }

    /// Features of the directed bonds.
    pub fn bonds(&self) -> &Kinds<T> {
        &self.bonds
    }
}

impl Starts {
    /// Pairs in the order of their first bonds.
    fn new<T: Real>(graph: &BondGraph, atoms: &Kinds<T>, bonds: &Kinds<T>) -> Self {
        const NONE: u32 = u32::MAX;
        let width = bonds.rows.rows();
        let mut number = vec![NONE; atoms.rows.rows() * width];
        let (mut atom, mut bond) = (Vec::new(), Vec::new());
        let pair = |(&source, &kind): (&u32, &u32)| {
            let from = atoms.of[source as usize];
            let number = &mut number[from as usize * width + kind as usize];
            if *number == NONE {
                *number = atom.len() as u32;
                atom.push(from);
                bond.push(kind);
            }
            *number
        };
        let of = graph.source().iter().zip(&*bonds.of).map(pair).collect();
        Self {
            atom: atom.into(),
            bond: bond.into(),
            of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_as_they_come() {
        // 0-1-2 with atoms of kinds 0, 1, 0 and bonds of one kind, and an atom alone
        let graph = BondGraph::new(vec![0, 1, 1, 2], vec![1, 0, 2, 1], vec![0, 3, 4]);
        let atoms = Kinds::new(Tensor::<f32>::zeros(2, 5), [0, 1, 0, 1]);
        let bonds = Kinds::new(Tensor::<f32>::zeros(1, 3), [0; 4]);
        let batch = GraphBatch::new(graph, atoms, bonds);
        assert_eq!(*batch.starts.of, [0, 1, 1, 0]);
        assert_eq!(
            (&*batch.starts.atom, &*batch.starts.bond),
            (&[0, 1][..], &[0, 0][..])
        );
    }

    #[test]
    #[should_panic(expected = "kind 2 of 2 rows")]
    fn a_kind_without_a_row_is_refused() {
        Kinds::new(Tensor::<f32>::zeros(2, 5), [0, 2]);
    }
}

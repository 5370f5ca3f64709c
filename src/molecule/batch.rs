//! Molecules side by side as one disconnected graph.

use super::features::{ATOM_FEATURES, BOND_FEATURES};
use super::graph::MolecularGraph;

/// The disjoint union of molecules as plain arrays: what a message-passing network reads.
///
/// ```
/// use geogate::molecule::{MolecularGraph, MoleculeBatch};
/// let graphs = [MolecularGraph::parse("C")?, MolecularGraph::parse("CO")?];
/// let batch = MoleculeBatch::collate(&graphs);
/// assert_eq!(batch.molecule_offsets, [0, 1, 3]);
/// assert_eq!((&batch.source[..], &batch.destination[..]), (&[1, 2][..], &[2, 1][..]));
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MoleculeBatch {
    /// Number of molecules.
    pub molecules: usize,
    /// Atom features, row-major `[n_atoms x 72]`.
    pub atoms: Vec<f32>,
    /// Features of directed bonds, row-major `[n_directed x 14]`.
    pub bonds: Vec<f32>,
    /// The atom each directed bond leaves; bond `k ^ 1` is the reverse of bond `k`.
    pub source: Vec<u32>,
    /// The atom each directed bond enters.
    pub destination: Vec<u32>,
    /// First atom of each molecule, and the number of atoms at the end: `molecules + 1` entries.
    pub molecule_offsets: Vec<u32>,
}

impl Default for MoleculeBatch {
    /// The batch of no molecules.
    fn default() -> Self {
        Self {
            molecules: 0,
            atoms: Vec::new(),
            bonds: Vec::new(),
            source: Vec::new(),
            destination: Vec::new(),
            molecule_offsets: vec![0],
        }
    }
}

impl MoleculeBatch {
    /// The union of `graphs` in their order; no graphs give an empty batch.
    pub fn collate<'a>(graphs: impl IntoIterator<Item = &'a MolecularGraph>) -> Self {
        let mut batch = Self::default();
        batch.collate_from(graphs);
        batch
    }

    /// As [`collate`](Self::collate), into the buffers this batch already has.
    pub fn collate_from<'a>(&mut self, graphs: impl IntoIterator<Item = &'a MolecularGraph>) {
        self.clear();
        for graph in graphs {
            self.push(graph);
        }
    }

    /// Number of atoms of all molecules.
    pub fn atom_count(&self) -> usize {
        self.atoms.len() / ATOM_FEATURES
    }

    /// Number of directed bonds of all molecules: twice their bonds.
    pub fn directed_bond_count(&self) -> usize {
        self.source.len()
    }

    fn clear(&mut self) {
        self.molecules = 0;
        self.atoms.clear();
        self.bonds.clear();
        self.source.clear();
        self.destination.clear();
        self.molecule_offsets.clear();
        self.molecule_offsets.push(0);
    }

    fn push(&mut self, graph: &MolecularGraph) {
        let offset = self.atom_count() as u32;
        for atom in &graph.atoms {
            let mut row = [0.0; ATOM_FEATURES];
            atom.write(&mut row);
            self.atoms.extend_from_slice(&row);
        }
        for &(begin, end, bond) in &graph.bonds {
            let mut row = [0.0; BOND_FEATURES];
            bond.write(&mut row);
            self.bonds.extend_from_slice(&row);
            self.bonds.extend_from_slice(&row);
            self.source.extend([offset + begin, offset + end]);
            self.destination.extend([offset + end, offset + begin]);
        }
        self.molecules += 1;
        self.molecule_offsets.push(self.atom_count() as u32);
    }
}

//! Molecules side by side as one disconnected graph.

use super::features::{ATOM_FEATURES, AtomCode, BOND_FEATURES, BondCode};
use super::graph::MolecularGraph;

/// The disjoint union of molecules as plain arrays: what a message-passing network reads.
///
/// ```
/// use geogate::molecule::{MolecularGraph, MoleculeBatch};
/// let graphs = [MolecularGraph::parse("C")?, MolecularGraph::parse("CO")?];
/// let batch = MoleculeBatch::collate(&graphs);
/// assert_eq!(batch.molecule_offsets, [0, 1, 3]);
/// assert_eq!((&batch.source[..], &batch.destination[..]), (&[1, 2][..], &[2, 1][..]));
/// // methane's carbon and that of methanol differ in their hydrogens
/// assert_eq!(batch.kind_of_atom, [0, 1, 2]);
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MoleculeBatch {
    /// Number of molecules.
    pub molecules: usize,
    /// The distinct rows of atom features in the order of their first atoms, row-major `[kinds x 72]`.
    pub atom_kinds: Vec<f32>,
    /// The row of each atom in `atom_kinds`.
    pub kind_of_atom: Vec<u32>,
    /// The distinct rows of bond features, row-major `[kinds x 14]`.
    pub bond_kinds: Vec<f32>,
    /// The row of each directed bond in `bond_kinds`.
    pub kind_of_bond: Vec<u32>,
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
            atom_kinds: Vec::new(),
            kind_of_atom: Vec::new(),
            bond_kinds: Vec::new(),
            kind_of_bond: Vec::new(),
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

    /// Makes this batch the union of `graphs` in their order, in the buffers it already has.
    pub fn collate_from<'a>(&mut self, graphs: impl IntoIterator<Item = &'a MolecularGraph>) {
        self.clear();
        let (mut atoms, mut bonds) = (Vec::new(), Vec::new());
        for graph in graphs {
            self.push(graph, &mut atoms, &mut bonds);
        }
    }

    /// Number of atoms of all molecules.
    pub fn atom_count(&self) -> usize {
        self.kind_of_atom.len()
    }

    /// Number of directed bonds of all molecules: twice their bonds.
    pub fn directed_bond_count(&self) -> usize {
        self.source.len()
    }

    fn clear(&mut self) {
        self.molecules = 0;
        self.atom_kinds.clear();
        self.kind_of_atom.clear();
        self.bond_kinds.clear();
        self.kind_of_bond.clear();
        self.source.clear();
        self.destination.clear();
        self.molecule_offsets.clear();
        self.molecule_offsets.push(0);
    }

    fn push(
        &mut self,
        graph: &MolecularGraph,
        atoms: &mut Vec<AtomCode>,
        bonds: &mut Vec<BondCode>,
    ) {
        let offset = self.atom_count() as u32;
        for atom in &graph.atoms {
            let kind = number(atoms, *atom, || {
                let mut row = [0.0; ATOM_FEATURES];
                atom.write(&mut row);
                self.atom_kinds.extend_from_slice(&row);
            });
            self.kind_of_atom.push(kind);
        }
        for &(begin, end, bond) in &graph.bonds {
            let kind = number(bonds, bond, || {
                let mut row = [0.0; BOND_FEATURES];
                bond.write(&mut row);
                self.bond_kinds.extend_from_slice(&row);
            });
            self.kind_of_bond.extend([kind, kind]);
            self.source.extend([offset + begin, offset + end]);
            self.destination.extend([offset + end, offset + begin]);
        }
        self.molecules += 1;
        self.molecule_offsets.push(self.atom_count() as u32);
    }
}

/// The place of `code` among the `kinds`; where it is new, it is added and `first` called. A few dozen
/// kinds are searched faster than they are hashed.
fn number<C: PartialEq + Copy>(kinds: &mut Vec<C>, code: C, first: impl FnOnce()) -> u32 {
    let place = kinds.iter().position(|kind| *kind == code);
    let place = place.unwrap_or_else(|| {
        first();
        kinds.push(code);
        kinds.len() - 1
    });
    place as u32
}

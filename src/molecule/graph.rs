//! A molecule as a graph of feature rows, in compact form.

use super::error::SmilesError;
use super::features::{ATOM_FEATURES, AtomCode, BOND_FEATURES, BondCode};
use super::perception;

/// A molecular graph with the features of chemprop v2 (see [`molecule`](super) for the columns): 12
/// bytes an atom and 12 a bond, expanded to dense rows on request, beside the bytes of its SMILES.
///
/// Atoms stand in the order of the canonical SMILES, so all spellings of a molecule give the same
/// graph to the last bit. Hydrogens are counted, not listed, unless they are isotopes, charged or
/// alone. An undirected bond `k` is the directed pair `2k` (begin to end) and `2k + 1`
/// (end to begin), so the reverse of directed bond `b` is `b ^ 1`. The several components of a salt
/// are one graph.
///
/// ```
/// use geogate::molecule::{ATOM_FEATURES, MolecularGraph};
/// let acetate = MolecularGraph::parse("CC(=O)[O-].[Na+]")?;
/// assert_eq!((acetate.atom_count(), acetate.bond_count()), (5, 3));
/// assert_eq!(acetate.smiles(), "CC(=O)[O-].[Na+]");
/// assert_eq!(acetate.endpoints(1), (1, 2)); // C=O
/// let mut row = [0.0; ATOM_FEATURES];
/// acetate.atom_features_into(0, &mut row);
/// assert_eq!(row[5], 1.0); // carbon
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MolecularGraph {
    /// The canonical SMILES, which numbers the atoms.
    pub(super) smiles: Box<str>,
    pub(super) atoms: Vec<AtomCode>,
    pub(super) bonds: Vec<(u32, u32, BondCode)>,
}

impl MolecularGraph {
    /// The graph of a SMILES, as [`Molecule::parse`](super::Molecule::parse) finds it.
    ///
    /// # Errors
    /// As [`Molecule::parse`](super::Molecule::parse).
    pub fn parse(smiles: &str) -> Result<Self, SmilesError> {
        let (_, canonical) = perception::Perceived::parse(smiles)?;
        perception::graph(&canonical)
    }

    /// The canonical SMILES, of which atom `k` is the `k`-th that is written.
    pub fn smiles(&self) -> &str {
        &self.smiles
    }

    /// Number of atoms, at least 1.
    pub fn atom_count(&self) -> usize {
        self.atoms.len()
    }

    /// Number of undirected bonds; 0 for a single atom.
    pub fn bond_count(&self) -> usize {
        self.bonds.len()
    }

    /// True if a bond is in a ring.
    pub(super) fn has_ring(&self) -> bool {
        self.bonds.iter().any(|(_, _, bond)| bond.in_ring())
    }

    /// The atoms `(begin, end)` of undirected bond `bond`.
    ///
    /// # Panics
    /// If `bond` is not below [`bond_count`](Self::bond_count).
    #[track_caller]
    pub fn endpoints(&self, bond: usize) -> (usize, usize) {
        let (begin, end, _) = self.bonds[bond];
        (begin as usize, end as usize)
    }

    /// Writes the dense feature row of `atom` into `row`.
    ///
    /// # Panics
    /// If `atom` is not below [`atom_count`](Self::atom_count).
    #[track_caller]
    pub fn atom_features_into(&self, atom: usize, row: &mut [f32; ATOM_FEATURES]) {
        row.fill(0.0);
        self.atoms[atom].write(row);
    }

    /// Writes the dense feature row of undirected bond `bond` into `row`.
    ///
    /// # Panics
    /// If `bond` is not below [`bond_count`](Self::bond_count).
    #[track_caller]
    pub fn bond_features_into(&self, bond: usize, row: &mut [f32; BOND_FEATURES]) {
        row.fill(0.0);
        self.bonds[bond].2.write(row);
    }

    /// The columns of `atom` that are 1, in ascending order; what is left is the mass column.
    ///
    /// # Panics
    /// If `atom` is not below [`atom_count`](Self::atom_count).
    #[track_caller]
    pub fn atom_columns(&self, atom: usize) -> impl Iterator<Item = usize> + '_ {
        self.atoms[atom].columns()
    }

    /// The mass column of `atom`: its mass in units of 100 u.
    ///
    /// # Panics
    /// If `atom` is not below [`atom_count`](Self::atom_count).
    #[track_caller]
    pub fn scaled_mass(&self, atom: usize) -> f32 {
        self.atoms[atom].scaled_mass()
    }

    /// The columns of undirected bond `bond` that are 1, in ascending order.
    ///
    /// # Panics
    /// If `bond` is not below [`bond_count`](Self::bond_count).
    #[track_caller]
    pub fn bond_columns(&self, bond: usize) -> impl Iterator<Item = usize> + '_ {
        self.bonds[bond].2.columns()
    }
}

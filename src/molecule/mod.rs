//! Molecules: SMILES to graph to features, keys of duplicates and groups, batches, counted substructures,
//! descriptors.
//!
//! Chemistry is that of RDKit (`MolFromSmiles` with sanitisation), features are those of chemprop
//! v2: [`ATOM_FEATURES`] columns an atom, [`BOND_FEATURES`] a bond, in this order:
//!
//! ```text
//! atom  0..38  element: atomic numbers 1-36, 53, other
//!      38..45  total degree, hydrogens included: 0-5, other
//!      45..51  formal charge: -1, -2, 1, 2, 0, other
//!      51..56  tetrahedral tag: none, clockwise, counter-clockwise, (unused), other
//!      56..62  hydrogens: 0-4, other
//!      62..70  hybridisation: S, SP, SP2, SP2D, SP3, SP3D, SP3D2, other
//!      70      1 if aromatic
//!      71      mass / (100 u)
//! bond  0      never 1 (chemprop's "no bond")
//!       1..5   single, double, triple, aromatic; a dative or quadruple bond has none of them
//!       5      1 if conjugated
//!       6      1 if in a ring
//!       7..14  stereo: none, any, Z, E, cis, trans, other
//! ```
//!
//! Features are those of the canonical SMILES, atoms in its order. In RDKit and chemprop they are
//! those of the text as given, where the tetrahedral tag, which is relative to the order of the
//! bonds, may turn over from one spelling of a molecule to another; here a molecule has one graph.
//!
//! ```
//! use geogate::molecule::{Molecule, MoleculeBatch};
//! let molecule = Molecule::parse("OC(=O)[C@@H]1CCCN1")?;
//! assert_eq!(molecule.canonical_smiles(), "O=C(O)[C@@H]1CCCN1");
//! assert_eq!(molecule.connectivity_key(), "O=C(O)C1CCCN1");
//! assert_eq!(molecule.group_key(), "C1CCNC1");
//! // isobutanol and isopentane share a skeleton
//! assert_eq!(Molecule::parse("CC(C)CO")?.group_key(), Molecule::parse("CCC(C)C")?.group_key());
//! let batch = MoleculeBatch::collate([&molecule.graph()]);
//! assert_eq!(batch.atom_count(), 8);
//! # Ok::<(), geogate::molecule::SmilesError>(())
//! ```

mod batch;
mod canonical;
mod descriptors;
mod drawing;
mod error;
mod features;
mod graph;
mod keys;
mod mass;
mod perception;
mod ring;
mod skeleton;
mod sketch;
mod spelling;
mod stereo;
mod substructures;
mod syntax;

pub use batch::MoleculeBatch;
pub use descriptors::{descriptor_names, descriptors};
pub use drawing::Drawing;
pub use error::{SmilesError, SmilesErrorKind};
pub use features::{ATOM_FEATURES, BOND_FEATURES};
pub use graph::MolecularGraph;
pub use substructures::Substructures;

use perception::Perceived;

/// Longest SMILES that is read, in bytes. Canonical texts take quadratic time, so a limit keeps
/// one absurd row from stalling a table.
pub const MAX_BYTES: usize = 2_000;
/// Most atoms that are read, hydrogens written as atoms included.
pub const MAX_ATOMS: usize = 500;

/// A molecule read from a SMILES: its graph, and the texts by which it is told apart.
///
/// Several components (`CC(=O)[O-].[Na+]`) are one molecule. Keys do not depend on how the SMILES
/// was spelled.
#[derive(Clone)]
pub struct Molecule {
    perceived: Perceived,
    canonical: String,
    graph: MolecularGraph,
}

impl Molecule {
    /// Reads a SMILES, white space around it ignored.
    ///
    /// The text is held to the OpenSMILES grammar (RDKit's `->`, `<-` and `%(100)` are allowed as
    /// well), then sanitised as RDKit does.
    ///
    /// # Errors
    /// An empty text, more than [`MAX_BYTES`] or [`MAX_ATOMS`], a breach of the grammar, an
    /// impossible valence, an aromatic system without Kekulé structure.
    pub fn parse(smiles: &str) -> Result<Self, SmilesError> {
        let (perceived, canonical) = Perceived::parse(smiles)?;
        let graph = perception::graph(&canonical)?;
        Ok(Self {
            perceived,
            canonical,
            graph,
        })
    }

    /// The graph with its features.
    pub fn graph(&self) -> MolecularGraph {
        self.graph.clone()
    }

    /// The graph with its features, without a copy.
    pub fn into_graph(self) -> MolecularGraph {
        self.graph
    }
}

impl std::fmt::Debug for Molecule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Molecule({})", self.canonical)
    }
}

//! The keys of molecules, each defined once and here.

use super::Molecule;
use super::skeleton;

/// # Keys
///
/// Three texts by which molecules are told apart, from the finest to the coarsest:
///
/// | key | tells apart | serves |
/// |---|---|---|
/// | [`canonical_smiles`](Self::canonical_smiles) | molecules, stereoisomers, isotopologues | duplicates, joins between tables |
/// | [`connectivity_key`](Self::connectivity_key) | skeletons of elements, charges and bonds | molecules held out under a strict overlap |
/// | [`group_key`](Self::group_key) | scaffolds, or carbon skeletons of what has no ring | groups held out by the scaffold split |
///
/// None of them depends on how a writer spelled the molecule: on the order of atoms, branches,
/// ring numbers and components, on a Kekulé or an aromatic spelling, on hydrogens written as
/// atoms, in brackets or not at all, on atom maps (`[CH3:1]`). Two molecules of one key share the
/// keys below it in the table. A charge, a proton more or less, and another tautomer are another
/// molecule.
///
/// ```
/// use geogate::molecule::Molecule;
/// // one molecule: Kekulé, aromatic and with maps, its hydrogens written
/// let spellings = ["C1=CC=CC=C1O", "c1ccccc1O", "[OH:7][c:1]1ccccc1", "[H]Oc1c([H])cccc1"];
/// for text in spellings {
///     let molecule = Molecule::parse(text)?;
///     assert_eq!(molecule.canonical_smiles(), "Oc1ccccc1");
///     assert_eq!(molecule.connectivity_key(), "Oc1ccccc1");
///     assert_eq!(molecule.group_key(), "c1ccccc1");
/// }
/// // an isotopologue is another molecule of the same skeleton
/// let deuterated = Molecule::parse("[2H]Oc1ccccc1")?;
/// assert_eq!(deuterated.canonical_smiles(), "[2H]Oc1ccccc1");
/// assert_eq!(deuterated.connectivity_key(), "Oc1ccccc1");
/// // and so is a stereoisomer
/// let [l, d] = ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"].map(Molecule::parse);
/// let (l, d) = (l?, d?);
/// assert_ne!(l.canonical_smiles(), d.canonical_smiles());
/// assert_eq!(l.connectivity_key(), d.connectivity_key());
/// assert_eq!(l.group_key(), "acyclic CC(C)C(C)C");
/// # Ok::<(), geogate::molecule::SmilesError>(())
/// ```
impl Molecule {
    /// The key of identity: RDKit's canonical isomeric SMILES.
    ///
    /// Changed by whatever makes another molecule, stereo marks and labels of isotopes among it;
    /// not by a stereo mark where there is nothing to mark.
    pub fn canonical_smiles(&self) -> String {
        self.canonical.clone()
    }

    /// The key under which molecules are held out: RDKit's canonical SMILES of the molecule without
    /// stereo marks and labels of isotopes, an isotope of hydrogen being a hydrogen as any other.
    ///
    /// Changed by elements, bonds, charges and the number of hydrogens, and by nothing else.
    pub fn connectivity_key(&self) -> String {
        if is_bare(&self.canonical) {
            return self.canonical.clone();
        }
        // what could be written with stereo marks can be written without
        let key = self.perceived.bare().canonical_smiles();
        key.unwrap_or_else(|| self.canonical.clone())
    }

    /// The key of the scaffold split: the Bemis–Murcko scaffold of a molecule with rings,
    /// `"acyclic "` and the heavy-atom skeleton (every atom C, every bond single) of one without;
    /// both of the molecule that [`connectivity_key`](Self::connectivity_key) names.
    ///
    /// Changed by rings, what links them and what is doubly bonded to either; without rings, by
    /// the number of heavy atoms and how they branch.
    pub fn group_key(&self) -> String {
        if !self.graph.has_ring() {
            return format!("acyclic {}", skeleton::skeleton(&self.graph));
        }
        let scaffold = match is_bare(&self.canonical) {
            true => self.perceived.scaffold(),
            false => self.perceived.bare().scaffold(),
        };
        scaffold.unwrap_or_else(|| self.connectivity_key())
    }
}

/// True where a canonical SMILES holds no stereo mark and no isotope.
fn is_bare(canonical: &str) -> bool {
    let bytes = canonical.as_bytes();
    let isotope = |pair: &[u8]| pair[0] == b'[' && pair[1].is_ascii_digit();
    !bytes.iter().any(|b| matches!(b, b'@' | b'/' | b'\\')) && !bytes.windows(2).any(isotope)
}

//! What does not depend on how a molecule is spelled.

use geogate::molecule::Molecule;

use super::golden::entries;

#[test]
fn keys_and_graphs_do_not_depend_on_the_spelling() {
    let mut spellings = 0;
    for entry in entries() {
        let original = Molecule::parse(entry.smiles).unwrap();
        for spelling in [entry.canonical].iter().chain(&entry.spellings) {
            let respelled = Molecule::parse(spelling).unwrap_or_else(|e| panic!("{e}"));
            let context = format!("{} as {spelling}", entry.smiles);
            assert_eq!(respelled.canonical_smiles(), entry.canonical, "{context}");
            assert_eq!(respelled.connectivity_key(), entry.flat, "{context}");
            assert_eq!(respelled.group_key(), original.group_key(), "{context}");
            assert_eq!(respelled.graph(), original.graph(), "{context}");
            spellings += 1;
        }
    }
    assert!(spellings > 2000, "{spellings}");
}

#[test]
fn white_space_around_a_text_is_ignored() {
    let molecule = Molecule::parse(" \tCCO\r\n").unwrap();
    assert_eq!(molecule.canonical_smiles(), "CCO");
}

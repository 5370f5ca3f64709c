//! What does not depend on how a molecule is spelled.

use geogate::molecule::{ATOM_FEATURES, BOND_FEATURES, MolecularGraph, Molecule};

use super::golden::entries;

/// The block of the tetrahedral tag, which is relative to the order of the text by definition.
const CHIRALITY: std::ops::Range<usize> = 51..56;

type Rows = (Vec<[u32; ATOM_FEATURES]>, Vec<[u32; BOND_FEATURES]>);

/// Feature rows as bit patterns in sorted order, tetrahedral tags left out.
fn sorted_rows(graph: &MolecularGraph) -> Rows {
    let mut atoms: Vec<_> = (0..graph.atom_count())
        .map(|atom| {
            let mut row = [f32::NAN; ATOM_FEATURES];
            graph.atom_features_into(atom, &mut row);
            row[CHIRALITY].fill(0.0);
            row.map(f32::to_bits)
        })
        .collect();
    let mut bonds: Vec<_> = (0..graph.bond_count())
        .map(|bond| {
            let mut row = [f32::NAN; BOND_FEATURES];
            graph.bond_features_into(bond, &mut row);
            row.map(f32::to_bits)
        })
        .collect();
    atoms.sort_unstable();
    bonds.sort_unstable();
    (atoms, bonds)
}

#[test]
fn keys_and_features_do_not_depend_on_the_spelling() {
    let mut spellings = 0;
    for entry in entries() {
        let original = Molecule::parse(entry.smiles).unwrap();
        let rows = sorted_rows(&original.graph());
        for spelling in [entry.canonical].iter().chain(&entry.spellings) {
            let respelled = Molecule::parse(spelling).unwrap_or_else(|e| panic!("{e}"));
            let context = format!("{} as {spelling}", entry.smiles);
            assert_eq!(respelled.canonical_smiles(), entry.canonical, "{context}");
            assert_eq!(respelled.flat_smiles(), entry.flat, "{context}");
            assert_eq!(respelled.group_key(), original.group_key(), "{context}");
            assert_eq!(sorted_rows(&respelled.graph()), rows, "{context}");
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

#[test]
fn stereoisomers_and_isotopologues_differ_only_in_the_isomeric_key() {
    let pairs = [
        ("C/C=C/C", "C/C=C\\C"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("O", "[2H]O[2H]"),
        ("C", "[13CH4]"),
    ];
    for (a, b) in pairs {
        let (first, second) = (Molecule::parse(a).unwrap(), Molecule::parse(b).unwrap());
        assert_ne!(first.canonical_smiles(), second.canonical_smiles());
        assert_eq!(first.group_key(), second.group_key(), "{a} {b}");
        if !b.contains("[2H]") {
            assert_eq!(first.flat_smiles(), second.flat_smiles(), "{a} {b}");
        }
    }
}

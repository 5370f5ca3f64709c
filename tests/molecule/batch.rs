//! Batches against their molecules one by one.

use geogate::molecule::{ATOM_FEATURES, BOND_FEATURES, MolecularGraph, MoleculeBatch};

/// An atom alone, two bare ions, a chain, a ring, a salt with a ring.
const MOLECULES: &[&str] = &[
    "C",
    "[Na+].[Cl-]",
    "CCO",
    "c1ccccc1",
    "CC(=O)[O-].C[n+]1ccccc1",
    "[He]",
];

fn graphs() -> Vec<MolecularGraph> {
    let parse = |smiles: &&str| MolecularGraph::parse(smiles).unwrap();
    MOLECULES.iter().map(parse).collect()
}

#[test]
fn a_batch_is_its_molecules_side_by_side() {
    let graphs = graphs();
    let batch = MoleculeBatch::collate(&graphs);
    assert_eq!(batch.molecules, graphs.len());
    assert_eq!(batch.molecule_offsets.len(), graphs.len() + 1);
    let mut bond = 0;
    for (m, graph) in graphs.iter().enumerate() {
        let offset = batch.molecule_offsets[m] as usize;
        let next = batch.molecule_offsets[m + 1] as usize;
        assert_eq!(next - offset, graph.atom_count());
        for atom in 0..graph.atom_count() {
            let mut row = [f32::NAN; ATOM_FEATURES];
            graph.atom_features_into(atom, &mut row);
            let kind = batch.kind_of_atom[offset + atom] as usize;
            assert_eq!(
                batch.atom_kinds[kind * ATOM_FEATURES..][..ATOM_FEATURES],
                row
            );
        }
        for undirected in 0..graph.bond_count() {
            let mut row = [f32::NAN; BOND_FEATURES];
            graph.bond_features_into(undirected, &mut row);
            let (begin, end) = graph.endpoints(undirected);
            for (from, to) in [(begin, end), (end, begin)] {
                assert_eq!(batch.source[bond] as usize, offset + from);
                assert_eq!(batch.destination[bond] as usize, offset + to);
                let kind = batch.kind_of_bond[bond] as usize;
                assert_eq!(
                    batch.bond_kinds[kind * BOND_FEATURES..][..BOND_FEATURES],
                    row
                );
                bond += 1;
            }
        }
    }
    assert_eq!(bond, batch.directed_bond_count());
    assert_eq!(batch.kind_of_bond.len(), bond);
}

#[test]
fn a_kind_stands_once_in_the_order_of_first_appearance() {
    let batch = MoleculeBatch::collate(&graphs());
    for (kinds, of, width) in [
        (&batch.atom_kinds, &batch.kind_of_atom, ATOM_FEATURES),
        (&batch.bond_kinds, &batch.kind_of_bond, BOND_FEATURES),
    ] {
        let rows: Vec<&[f32]> = kinds.chunks(width).collect();
        for (k, row) in rows.iter().enumerate() {
            assert!(!rows[..k].contains(row), "row {k} stands twice");
        }
        let mut seen = 0;
        for &kind in of {
            assert!(kind <= seen, "kind {kind} before {seen}");
            seen = seen.max(kind + 1);
        }
        assert_eq!(seen as usize, rows.len());
    }
}

#[test]
fn the_reverse_of_a_directed_bond_differs_in_its_last_bit() {
    let batch = MoleculeBatch::collate(&graphs());
    for bond in 0..batch.directed_bond_count() {
        assert_eq!(batch.source[bond], batch.destination[bond ^ 1]);
        assert_eq!(batch.destination[bond], batch.source[bond ^ 1]);
    }
}

#[test]
fn buffers_are_reused_without_a_trace_of_the_last_batch() {
    let graphs = graphs();
    let mut reused = MoleculeBatch::collate(&graphs);
    reused.collate_from(&graphs[2..4]);
    assert_eq!(reused, MoleculeBatch::collate(&graphs[2..4]));
    reused.collate_from([]);
    assert_eq!(reused, MoleculeBatch::default());
    assert_eq!(reused.molecule_offsets, [0]);
}

#[test]
fn bare_atoms_make_a_batch_without_bonds() {
    let batch = MoleculeBatch::collate(&[graphs().remove(0), graphs().remove(1)]);
    assert_eq!((batch.atom_count(), batch.directed_bond_count()), (3, 0));
    assert_eq!(batch.molecule_offsets, [0, 1, 3]);
    assert!(batch.bond_kinds.is_empty() && batch.source.is_empty());
}

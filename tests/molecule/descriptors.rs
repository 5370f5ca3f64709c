//! Descriptors against RDKit, and by hand.

use geogate::molecule::{MolecularGraph, descriptor_names, descriptors};

/// All descriptors of `smiles`.
fn row(smiles: &str) -> Vec<f64> {
    let graph = MolecularGraph::parse(smiles).unwrap_or_else(|error| panic!("{smiles}: {error}"));
    descriptors(&graph)
}

fn column(name: &str) -> usize {
    let found = descriptor_names().position(|other| other == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

fn value(smiles: &str, name: &str) -> f64 {
    row(smiles)[column(name)]
}

/// Columns without a namesake in RDKit.
const OURS: usize = 30;

/// RDKit's values are written to 7 digits; what is below 1 is compared as it stands.
const TOLERANCE: f64 = 1e-4;

/// Charges of an aromatic boron, for which only this reader has parameters.
const CHARGED_HERE_ALONE: &str = "b1ccccc1";

/// The columns from one to another.
fn between(first: &str, last: &str) -> std::ops::Range<usize> {
    column(first)..column(last) + 1
}

#[test]
fn values_are_those_of_rdkit() {
    let golden = include_str!("../golden/molecule_descriptors.tsv");
    let mut lines = golden.lines().skip(1);
    let names: Vec<&str> = lines.next().unwrap().split('\t').skip(1).collect();
    let place = |name: &str| descriptor_names().position(|other| other == name);
    let columns: Vec<Option<usize>> = names.iter().map(|name| place(name)).collect();
    let known = columns.iter().flatten().count();
    assert_eq!(known + OURS, descriptor_names().count());
    let (charge, heavy_atoms) = (
        between("MaxPartialCharge", "PEOE_VSA14"),
        column("HeavyAtomCount"),
    );
    let (mut molecules, mut without_charges) = (0, 0);
    for line in lines {
        let (smiles, values) = line.split_once('\t').unwrap();
        let row = row(smiles);
        // where charges are no numbers RDKit puts all surface into the last bin, and we say nothing
        let uncharged = row[charge.start].is_nan();
        assert!(row[charge.clone()].iter().all(|v| v.is_nan() == uncharged));
        let left_aside = uncharged || smiles == CHARGED_HERE_ALONE;
        for ((&column, &name), text) in columns.iter().zip(&names).zip(values.split('\t')) {
            let Some(column) = column else { continue };
            let wanted = if text.is_empty() { "0" } else { text };
            let (got, wanted): (f64, f64) = (row[column], wanted.parse().unwrap());
            // flexibility per heavy atom is 0 to RDKit where there is none
            let without_atoms = name == "Phi" && row[heavy_atoms] == 0.0;
            if left_aside && charge.contains(&column) || without_atoms {
                continue;
            }
            let close = (got - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0);
            assert!(close, "{name} of {smiles}: {got} instead of {wanted}");
        }
        molecules += 1;
        without_charges += usize::from(uncharged);
    }
    assert_eq!((molecules, without_charges), (500, 15));
}

#[test]
fn spellings_have_the_same_numbers() {
    let golden = include_str!("../golden/molecule_features.tsv");
    let bits = |smiles: &str| {
        row(smiles)
            .into_iter()
            .map(f64::to_bits)
            .collect::<Vec<_>>()
    };
    for line in golden.lines().step_by(12) {
        let (given, rest) = line.split_once('\t').unwrap();
        let (canonical, _) = rest.split_once('\t').unwrap();
        assert_eq!(bits(given), bits(canonical), "{given}");
    }
}

#[test]
fn extraordinary_molecules_have_numbers_or_none() {
    for smiles in [
        "C",
        "[H][H]",
        "[H+]",
        "*",
        "[Na+].[Cl-]",
        "[Fe]",
        "[2H]O[2H]",
        "[U]",
        "[OH-]",
    ] {
        let row = row(smiles);
        assert_eq!(row.len(), descriptor_names().count(), "{smiles}");
        assert!(row.iter().all(|v| v.is_finite() || v.is_nan()), "{smiles}");
        assert!(
            row[between("HeavyAtomCount", "NumBorons")]
                .iter()
                .all(|v| v.is_finite()),
            "{smiles}"
        );
    }
    assert!(value("C*C", "MaxPartialCharge").is_nan());
    assert!(value("C[Se]C", "PEOE_VSA14").is_nan());
    assert!(value("[H][H]", "Phi").is_nan());
    assert_eq!(value("[H][H]", "NumHydrogens"), 2.0);
    assert_eq!(value("[H][H]", "MolWt"), 2.016);
    assert_eq!(value("C", "WienerIndex"), 0.0);
    // components do not see one another, and their counts add up
    assert_eq!(
        value("CCO.CCO", "WienerIndex"),
        2.0 * value("CCO", "WienerIndex")
    );
    assert_eq!(value("CC(=O)[O-].[Na+]", "FormalCharge"), 0.0);
}

#[test]
fn numbers_of_our_own() {
    // 1-2, 2-3, 3-4: 1; 1-3, 2-4: 2; 1-4: 3
    assert_eq!(value("CCCC", "WienerIndex"), 10.0);
    assert_eq!(
        (value("CCCC", "Radius"), value("CCCC", "Diameter")),
        (2.0, 3.0)
    );
    assert_eq!(
        (value("CCCC", "Zagreb1"), value("CCCC", "Zagreb2")),
        (10.0, 8.0)
    );
    let carbons = |smiles| row(smiles)[between("C1SP1", "C4SP3")].to_vec();
    assert_eq!(
        carbons("C#CC=Cc1ccccc1"),
        [1.0, 1.0, 0.0, 7.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(
        carbons("CCC(C)C(C)(C)C"),
        [0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 1.0, 1.0, 1.0]
    );
    assert_eq!(value("CCOC(C)=O", "NumEsterBonds"), 1.0);
    assert_eq!(value("c1ccccc1-c1ccccc1", "NumRingSystems"), 2.0);
}

#[test]
fn columns_are_named_once() {
    let names: std::collections::HashSet<&str> = descriptor_names().collect();
    assert_eq!((names.len(), descriptor_names().count()), (133, 133));
    assert_eq!(row("CCO").len(), 133);
}

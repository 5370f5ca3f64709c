//! The virtual lab: its molecules, their groups by two routes, the method's estimates, the noise; the
//! table of molecules and the grammar it is made by.

#[path = "../../examples/lab/mod.rs"]
mod lab;
mod situation;
mod structure;

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use geogate::data::virtual_lab::{LabMolecule, NOISE, VirtualLab};
use geogate::molecule::Molecule;
use lab::joback::Group;
use lab::{Built, Family};
use structure::Structure;

static LAB: LazyLock<VirtualLab> = LazyLock::new(|| VirtualLab::new(0));
static BUILT: LazyLock<Vec<Built>> = LazyLock::new(lab::molecules);

/// Tb (K), Tc (K), Pc (bar), Vc (cm³/mol), computed by hand from the method's table.
const BY_HAND: [(&str, [f64; 4]); 21] = [
    ("CC(C)=O", [321.91, 500.25, 48.02, 209.5]),
    ("c1ccccc1", [358.38, 569.71, 47.69, 263.5]),
    ("CCO", [337.34, 499.11, 57.57, 166.5]),
    ("CC(=O)O", [390.67, 587.25, 57.31, 171.5]),
    ("C1CCCCC1", [360.90, 565.41, 41.30, 305.5]),
    ("Cc1ccccc1", [386.24, 597.75, 41.14, 319.5]),
    ("Oc1ccccc1", [439.00, 671.01, 59.26, 229.5]),
    ("CCOCC", [313.34, 476.89, 38.15, 277.5]),
    ("CCC(C)=O", [344.79, 523.30, 42.22, 265.5]),
    ("COC(C)=O", [326.26, 500.55, 44.39, 229.5]),
    ("CC=O", [293.82, 465.29, 56.03, 164.5]),
    ("CCCCN", [363.45, 545.13, 41.89, 288.5]),
    ("CCNCC", [341.09, 511.35, 39.61, 294.5]),
    ("CC(C)(C)C", [310.57, 484.58, 35.47, 304.5]),
    ("C=C(C)C", [287.48, 455.75, 41.36, 241.5]),
    ("CCF", [244.43, 391.33, 47.24, 165.5]),
    ("Clc1ccccc1", [400.79, 623.15, 44.44, 312.5]),
    ("CC(C)Br", [333.76, 524.35, 48.97, 259.5]),
    ("c1ccc2c(c1)CCCC2", [475.54, 708.10, 35.69, 437.5]),
    ("CC1CCCCC1", [379.11, 581.63, 35.22, 360.5]),
    ("C=CC", [264.72, 427.32, 46.66, 184.5]),
];

fn named(smiles: &str) -> &'static LabMolecule {
    let found = LAB.molecules().iter().find(|m| m.smiles == smiles);
    found.unwrap_or_else(|| panic!("{smiles} is not in the lab"))
}

#[test]
fn the_bundled_table_is_what_the_grammar_builds() {
    let bundled = include_bytes!("../../assets/virtual_lab.csv");
    let mut written = Vec::new();
    lab::write(&BUILT, &mut written).unwrap();
    assert!(
        written == bundled,
        "example 12_virtual_lab writes the table anew"
    );
    assert_eq!(LAB.molecules().len(), BUILT.len());
    for (read, built) in LAB.molecules().iter().zip(&*BUILT) {
        assert_eq!(read, &built.molecule);
    }
}

#[test]
fn estimates_are_those_computed_by_hand() {
    for (smiles, expected) in BY_HAND {
        let got = named(smiles).truth.values();
        for ((got, expected), half_digit) in got.iter().zip(expected).zip([5e-3, 5e-3, 5e-3, 0.05])
        {
            let error = (got - expected).abs();
            assert!(
                error <= half_digit + 1e-9,
                "{smiles}: {got}, by hand {expected}"
            );
        }
    }
}

#[test]
fn groups_counted_in_the_structure_are_those_it_was_built_from() {
    for built in &*BUILT {
        let counted = Structure::read(&built.molecule.smiles).groups();
        assert_eq!(counted, built.groups, "{}", built.molecule.smiles);
    }
}

#[test]
fn molecules_stay_where_the_method_holds() {
    for built in &*BUILT {
        let (smiles, groups) = (&built.molecule.smiles, &built.groups);
        assert!(groups.heavy_atoms() <= 20, "{smiles}");
        let sum = groups.sum(|line| line.critical_temperature);
        assert!(sum < 0.48, "{smiles}: sum {sum}");
        assert!(groups.count(Group::Phenol) <= 1, "{smiles}");
        let oddities = Structure::read(smiles).oddities();
        assert!(oddities.is_empty(), "{smiles}: {oddities:?}");
    }
}

#[test]
fn molecules_are_many_and_distinct() {
    let molecules = LAB.molecules();
    let distinct: HashSet<&str> = molecules.iter().map(|m| m.smiles.as_str()).collect();
    assert_eq!(distinct.len(), molecules.len());
    assert!(molecules.len() >= 2_600, "{} molecules", molecules.len());
    let vectors: HashSet<_> = BUILT.iter().map(|built| built.groups).collect();
    assert!(vectors.len() >= 1_000, "{} group vectors", vectors.len());
    let (acyclic, cyclic): (BTreeSet<&str>, BTreeSet<&str>) = molecules
        .iter()
        .map(|m| m.group_key.as_str())
        .partition(|key| key.starts_with("acyclic"));
    assert!(acyclic.len() >= 100, "{} skeletons", acyclic.len());
    assert!(cyclic.len() >= 100, "{} scaffolds", cyclic.len());
    let families: BTreeSet<Family> = BUILT.iter().map(|built| built.family).collect();
    assert_eq!(families.len(), Family::ALL.len());
}

#[test]
fn smiles_are_canonical_and_flat() {
    for Built {
        molecule, groups, ..
    } in &*BUILT
    {
        let parsed = Molecule::parse(&molecule.smiles).unwrap();
        assert_eq!(parsed.canonical_smiles(), molecule.smiles);
        assert_eq!(parsed.connectivity_key(), molecule.smiles);
        assert_eq!(parsed.group_key(), molecule.group_key);
        let atoms = parsed.graph().atom_count();
        assert_eq!(atoms, groups.heavy_atoms(), "{parsed:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_lab() {
    let (again, other) = (VirtualLab::new(0), VirtualLab::new(1));
    assert_eq!(LAB.labels(), again.labels());
    assert_ne!(LAB.labels(), other.labels());
    let smiles = |lab: &VirtualLab| -> Vec<String> {
        lab.molecules().iter().map(|m| m.smiles.clone()).collect()
    };
    assert_eq!(smiles(&LAB), smiles(&again));
    assert_eq!(smiles(&LAB), smiles(&other));
}

#[test]
fn noise_has_the_stated_size() {
    let n = LAB.molecules().len() as f64;
    for (property, size) in NOISE.into_iter().enumerate() {
        let relative: Vec<f64> = LAB
            .molecules()
            .iter()
            .zip(LAB.labels())
            .map(|(m, label)| label.values()[property] / m.truth.values()[property] - 1.0)
            .collect();
        let mean = relative.iter().sum::<f64>() / n;
        let std = (relative.iter().map(|r| r * r).sum::<f64>() / n).sqrt();
        // four standard errors: size / sqrt(n) of the mean, size / sqrt(2 n) of the deviation
        assert!(mean.abs() <= 4.0 * size / n.sqrt(), "mean {mean}");
        let bound = 4.0 * size / (2.0 * n).sqrt();
        assert!((std - size).abs() <= bound, "{std}, stated {size}");
    }
}

#[test]
fn properties_run_as_they_should_along_the_alkanes() {
    let chains: Vec<[f64; 4]> = (2..=20)
        .map(|carbons| named(&"C".repeat(carbons)).truth.values())
        .collect();
    for pair in chains.windows(2) {
        let [tb, tc, pc, vc] = [0, 1, 2, 3].map(|p| pair[1][p] - pair[0][p]);
        assert!(tb > 0.0 && tc > 0.0 && pc < 0.0 && vc > 0.0, "{pair:?}");
    }
    // branching lowers the boiling point, a hydroxyl raises it above an ether's
    let tb = |smiles: &str| named(smiles).truth.boiling_point_k;
    assert!(tb("CC(C)(C)C") < tb("CCC(C)C") && tb("CCC(C)C") < tb("CCCCC"));
    assert!(tb("CCCCO") > tb("CCOCC") + 50.0);
}

#[test]
fn a_molecule_boils_below_its_critical_temperature() {
    for molecule in LAB.molecules() {
        let [tb, tc, pc, vc] = molecule.truth.values();
        assert!(
            tb > 150.0 && tb < tc && tc < 1_100.0,
            "{}: {tb}, {tc}",
            molecule.smiles
        );
        assert!(pc > 5.0 && pc < 120.0, "{}: {pc} bar", molecule.smiles);
        assert!(vc > 50.0 && vc < 1_500.0, "{}: {vc}", molecule.smiles);
    }
}

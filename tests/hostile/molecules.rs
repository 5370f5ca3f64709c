//! Mutated SMILES.

use geogate::molecule::{MolecularGraph, Molecule, descriptors};

use super::{Worst, cases, mutated, stream};

/// Beside the golden ones: rings of many sizes and bridges, salts, isotopes, stereo, maps, charges, metals.
const SEEDS: [&str; 24] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[C@@H](O)[C@H](N)C(=O)O",
    "F/C=C/C=C\\Cl",
    "[Na+].[Cl-].O",
    "[13CH3][2H]",
    "[CH3:1][OH:2]",
    "c1cc2ccc3cccc4ccc(c1)c2c34",
    "C1CC2CCC1C2",
    "C12C3C4C1C5C2C3C45",
    "c1ccc2c(c1)oc1ccccc12",
    "C%10CCCCC%10",
    "O=S(=O)(O)c1ccc(N=Nc2ccccc2)cc1",
    "[O-][N+](=O)c1ccccc1",
    "c1cc2cc3ccc(o3)cc3ccc(o3)cc3ccc(o3)cc1o2",
    "C1=CC=CC=CC=CC=C1",
    "[Fe+2]",
    "[C@]12(CCC1)CCC2",
    "OS(O)(=O)=O",
    "FC(F)(F)C(F)(F)C(F)(F)F",
    "CC(C)(C)c1ccc(O)cc1",
    "N#[C-]",
    "[se]1cccc1",
    "CCCCCCCCCCCCCCCCCCCC",
];

const WORDS: [&str; 26] = [
    "[", "]", "(", ")", "=", "#", "%99", "%(100)", "[C@@H]", "[nH]", "c1ccccc1", "/", "\\", ".",
    "[13C]", "[O-]", "[N+]", ":1]", "Br", "se", "*", "$", "~", "é", "\0", "0",
];

#[test]
fn mutated_smiles_are_molecules_or_errors() {
    let golden = include_str!("../golden/molecule_features.tsv").lines();
    let golden = golden.filter_map(|line| line.split('\t').next());
    let seeds: Vec<Vec<u8>> = SEEDS
        .into_iter()
        .chain(golden)
        .map(|text| text.as_bytes().to_vec())
        .collect();
    let count = cases(20_000, 1_000_000);
    let (mut stream, mut worst, mut valid, mut foreign) = (stream(1), Worst::default(), 0, 0);
    for _ in 0..count {
        let bytes = mutated(&seeds, &WORDS, &mut stream);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        worst.guard(&bytes, 1 << 24, &mut || {
            let _ = MolecularGraph::parse(&text);
            let Ok(molecule) = Molecule::parse(&text) else {
                return;
            };
            valid += 1;
            let key = molecule.connectivity_key();
            let again = Molecule::parse(&key).map(|molecule| molecule.connectivity_key());
            foreign += usize::from(again != Ok(key));
            let _ = (
                molecule.canonical_smiles(),
                molecule.group_key(),
                descriptors(&molecule.graph()),
            );
        });
    }
    worst.report("SMILES", count, valid);
    // halogens of unusual valence, which RDKit's model writes with charges and reads back without
    assert!(
        foreign * 1000 <= valid,
        "{foreign} of {valid} keys are no keys of their own"
    );
    assert!(valid > count / 50, "{valid} of {count} are molecules");
}

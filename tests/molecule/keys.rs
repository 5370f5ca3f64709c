//! What changes a key and what does not.

use geogate::molecule::Molecule;
use proptest::prelude::*;

use super::respelling::{Habits, respelled};
use crate::strategies::cases;

fn read(text: &str) -> Molecule {
    Molecule::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Each line is one molecule: one key of every kind, one graph.
const ONE_MOLECULE: &[&[&str]] = &[
    // atom maps, also on hydrogens, charges and aromatic atoms
    &["CO", "[CH3:1][OH:2]", "[CH3:9]O", "[H:3][O:2]C"],
    &[
        "CSc1ccccc1",
        "[CH3:1][S:2][c:3]1[cH:4][cH:5][cH:6][cH:7][cH:8]1",
    ],
    &["C[NH3+]", "[CH3:1][NH3+:2]", "[NH3+:7]C"],
    &["O[C@H](F)Cl", "[OH:1][C@H:2](F)[Cl:3]", "F[C@@H]([OH:0])Cl"],
    // hydrogens as atoms and in brackets
    &[
        "CC",
        "[H]C([H])([H])C",
        "[CH3][CH3]",
        "[H][CH2]C([H])([H])[H]",
    ],
    &["C[NH3+]", "C[N+]([H])([H])[H]", "[H]C[NH2+][H]"],
    &["c1cc[nH]c1", "[H]n1cccc1", "C1=CNC=C1", "[H]N1C=CC=C1"],
    &[
        "C=CF",
        "F/C=C/[H]",
        "[H]/C=C/F",
        r"[H]/C([H])=C\F",
        "FC=C[H]",
    ],
    &[
        "N[C@H](C)F",
        "N[C@]([H])(C)F",
        "N[C@@](C)([H])F",
        "[H][C@@](N)(C)F",
    ],
    // order, ring numbers, components, brackets, charges
    &["CC(C)CO", "OCC(C)C", "C(O)C(C)C", "C(C)(CO)C"],
    &[
        "C1CCCCC1",
        "C%12CCCCC%12",
        "C9CCCCC9",
        "C1CCCCC-1",
        "C%(123)CCCCC%(123)",
    ],
    &["C1CC1CC1CC1", "C1CC1CC2CC2", "C%10CC%10CC1CC1"],
    &["CC(=O)[O-].[Na+]", "[Na+].CC(=O)[O-]", "[Na+1].[O-1]C(C)=O"],
    &["[Ca+2]", "[Ca++]"],
    &["C[N+](=O)[O-]", "CN(=O)=O", "O=[N+](C)[O-]"],
    // Kekulé and aromatic
    &["Cc1ccccc1O", "CC1=CC=CC=C1O", "CC1=C(O)C=CC=C1"],
    &["c1ccc2[nH]ccc2c1", "C1=CC=C2NC=CC2=C1"],
    &["O=c1cc[nH]cc1", "O=C1C=CNC=C1"],
    // geometry of double bonds
    &["F/C=C/F", r"F\C=C\F", r"C(\F)=C/F", r"C(/F)=C\F"],
    &["[H]/N=C/F", r"F/C=N/[H]"],
    // a furan with a bridge, in four spellings that were two molecules
    &[
        "c1cc2oc1CCCCCCCCCC2",
        "C1CCCCCCCc2oc(CC1)cc2",
        "o1c2ccc1CCCCCCCCCC2",
        "C1=C2CCCCCCCCCCC(=C1)O2",
    ],
];

#[test]
fn a_molecule_has_one_key_and_one_graph() {
    for spellings in ONE_MOLECULE {
        let first = read(spellings[0]);
        for text in *spellings {
            let molecule = read(text);
            assert_eq!(
                molecule.canonical_smiles(),
                first.canonical_smiles(),
                "{text}"
            );
            assert_eq!(
                molecule.connectivity_key(),
                first.connectivity_key(),
                "{text}"
            );
            assert_eq!(molecule.group_key(), first.group_key(), "{text}");
            assert!(molecule.graph() == first.graph(), "{text}");
        }
    }
}

/// Each line is one skeleton of several molecules: one key to hold out, one group.
const ONE_SKELETON: &[&[&str]] = &[
    &["O", "[2H]O[2H]", "[2H]O", "[3H]O", "[18OH2]", "[H]O[2H]"],
    &["C", "[13CH4]", "[2H]C([2H])([2H])[2H]", "[3H]C"],
    &["[H][H]", "[2H][H]", "[2H][2H]"],
    &["[H+]", "[2H+]"],
    &[
        "Oc1ccccc1",
        "[2H]Oc1ccccc1",
        "Oc1ccc([2H])cc1",
        "O[13c]1ccccc1",
    ],
    &[
        "c1cc[nH]c1",
        "[2H]n1cccc1",
        "[2H]N1C=CC=C1",
        "c1c[13cH][nH]c1",
    ],
    &["C1CN1", "[2H]N1CC1", "C1C[15NH]1"],
    &[
        "CC(N)C(=O)O",
        "C[C@H](N)C(=O)O",
        "C[C@@H](N)C(=O)O",
        "C[C@]([2H])(N)C(=O)O",
    ],
    &["CC=CC", "C/C=C/C", r"C/C=C\C", "C/C([2H])=C/C"],
    &["N=CF", "[H]/N=C/F", r"[H]/N=C\F", "[2H]/N=C/F"],
    &["CC=C=CC", "CC=[C@]=CC", "CC=[C@AL2]=CC"],
    &["C=CF", "[2H]/C=C/F", r"[2H]/C=C\F"],
    &[
        "CC1CCC(C)CC1",
        "C[C@H]1CC[C@@H](C)CC1",
        "C[C@H]1CC[C@H](C)CC1",
    ],
    &["CS(=O)c1ccccc1", "C[S@](=O)c1ccccc1", "C[S@@](=O)c1ccccc1"],
    &["CC1CC=CCC1", r"CC1C/C=C\CC1", "C[C@H]1CC=CC([2H])C1"],
];

#[test]
fn stereoisomers_and_isotopologues_share_what_is_held_out() {
    for molecules in ONE_SKELETON {
        let first = read(molecules[0]);
        assert_eq!(first.connectivity_key(), first.canonical_smiles());
        for text in *molecules {
            let molecule = read(text);
            assert_eq!(molecule.connectivity_key(), molecules[0], "{text}");
            assert_eq!(molecule.group_key(), first.group_key(), "{text}");
        }
    }
    let distinct = [
        "O",
        "[2H]O[2H]",
        "[2H]O",
        "C/C=C/C",
        r"C/C=C\C",
        "C[C@H](N)F",
        "C[C@@H](N)F",
    ];
    let keys: std::collections::HashSet<String> = distinct
        .iter()
        .map(|text| read(text).canonical_smiles())
        .collect();
    assert_eq!(keys.len(), distinct.len());
}

#[test]
fn another_skeleton_is_another_key() {
    let pairs = [
        ("CC(=O)O", "CC(=O)[O-]"),
        ("CC(C)=O", "CC(O)=C"),
        ("c1ccccc1", "C1CCCCC1"),
        ("CCO", "COC"),
        ("[H+]", "[H-]"),
    ];
    for (a, b) in pairs {
        assert_ne!(
            read(a).connectivity_key(),
            read(b).connectivity_key(),
            "{a} {b}"
        );
    }
}

/// Molecules without isotopes and stereo, of every kind of spelling.
const MOLECULES: &[&str] = &[
    "CC(C)CO",
    "CC(=O)[O-].[Na+]",
    "C[N+](C)(C)CC(=O)[O-]",
    "O=[N+]([O-])c1ccc(Cl)cc1Br",
    "CS(=O)(=O)Nc1ccc(N)cc1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "Nc1ncnc2[nH]cnc12",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "c1cc2ccc3cccc4ccc(c1)c2c34",
    "C1=CC2=CC=CC2=C1",
    "c1ccc2cccc-2cc1",
    "O=C1C=CC(=O)C=C1",
    "C[n+]1ccccc1.[I-]",
    "c1cc[o+]cc1",
    "CC=C=CC#N",
    "CC12CCC3C(CCC4=CC(=O)CCC43C)C1CCC2O",
    "C1C2CC3CC1CC(C2)C3",
    "COP(=S)(OC)Oc1ccc(C#N)cc1",
    "c1ccc(-c2ccccc2)cc1",
    "C1COCCOCCOCCOCCO1",
    "c1ccc2c(c1)Oc1ccccc1S2",
    "C[Si](C)(C)c1ccoc1",
    "OB(O)c1cccs1",
    "C1CC2CCC1O2",
];

/// Aromatic rings that take a bridge between two of their positions.
const BRIDGED: &[(&str, &str)] = &[
    ("c1ccc(o1)", "furan-2,5-diyl"),
    ("c1ccc(s1)", "thiophene-2,5-diyl"),
    ("c1ccc([nH]1)", "pyrrole-2,5-diyl"),
    ("c1ccc(n1C)", "N-methylpyrrole-2,5-diyl"),
    ("c1cccc(c1)", "meta"),
    ("c1ccc(cc1)", "para"),
    ("c1coc(c1)", "furan-2,4-diyl"),
    ("c1cc(c(o1)C)", "2-methylfuran-3,5-diyl"),
    ("c1nnc(o1)", "oxadiazole"),
    ("c1csc(n1)", "thiazole"),
    ("c1c[nH]c2ccc(cc12)", "indole-3,5-diyl"),
    ("c1oc(c2ccccc12)", "isobenzofuran-1,3-diyl"),
];

/// A ring of aromatic rings and chains, sometimes with a second bridge across it.
fn macrocycle() -> impl Strategy<Value = String> {
    let chain = "(C|CC|CCC|CCCC|O|S|N|C=C|C#C|COC){1,3}";
    let unit = (prop::sample::select(BRIDGED), chain).prop_map(|((ring, _), chain)| {
        // the numbers 1 and 2 are closed again when the next unit begins
        format!("{ring}C{chain}")
    });
    let units = prop::collection::vec(unit, 1..4);
    (units, 0_usize..9).prop_map(|(units, bridge)| {
        let (units, across) = (units.concat(), "C".repeat(bridge));
        match bridge {
            0 => format!("C7{units}CCC7"),
            _ => format!("C78{units}C7{across}C8"),
        }
    })
}

fn molecule() -> impl Strategy<Value = String> {
    let listed = prop::sample::select(MOLECULES).prop_map(str::to_owned);
    prop_oneof![2 => listed, 3 => macrocycle()]
}

/// Spellings of one molecule.
fn notes() -> impl Strategy<Value = Habits> {
    any::<[bool; 3]>().prop_map(|[kekule, hydrogens, maps]| Habits {
        kekule,
        hydrogens,
        maps,
        ..Habits::default()
    })
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_spelling_changes_a_key(text in molecule(), notes in notes(), seed: u64) {
        let molecule = read(&text);
        let respelled = respelled(&molecule.graph(), notes, seed);
        let again = read(&respelled);
        prop_assert_eq!(again.canonical_smiles(), molecule.canonical_smiles(), "{}", respelled);
        prop_assert_eq!(again.connectivity_key(), molecule.connectivity_key(), "{}", respelled);
        prop_assert_eq!(again.group_key(), molecule.group_key(), "{}", respelled);
        prop_assert!(again.graph() == molecule.graph(), "{}", respelled);
    }

    #[test]
    fn isotopes_and_stereo_do_not_change_what_is_held_out(
        text in molecule(),
        notes in notes(),
        [isotopes, stereo] in any::<[bool; 2]>(),
        seed: u64,
    ) {
        let molecule = read(&text);
        let labels = Habits { isotopes, stereo, ..notes };
        let respelled = respelled(&molecule.graph(), labels, seed);
        let labelled = read(&respelled);
        prop_assert_eq!(labelled.connectivity_key(), molecule.connectivity_key(), "{}", respelled);
        prop_assert_eq!(labelled.group_key(), molecule.group_key(), "{}", respelled);
    }
}

/// A text RDKit wrote may be read back, and is then what it was.
#[test]
fn keys_are_keys_of_themselves() {
    for text in MOLECULES {
        let molecule = read(text);
        let key = molecule.connectivity_key();
        assert_eq!(read(&key).canonical_smiles(), key);
        if !molecule.group_key().starts_with("acyclic") {
            let group = molecule.group_key();
            assert_eq!(read(&group).group_key(), group, "{text}");
        }
    }
}

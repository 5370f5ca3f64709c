//! Texts that are no molecules, and where the fault in them is.

use geogate::molecule::{MAX_ATOMS, MAX_BYTES, Molecule, SmilesError, SmilesErrorKind as Kind};
use proptest::prelude::*;

use super::golden::entries;

fn refusal(smiles: &str) -> SmilesError {
    match Molecule::parse(smiles) {
        Ok(molecule) => panic!("{smiles:?} was read as {molecule:?}"),
        Err(error) => error,
    }
}

/// The text, the byte at fault, and a word of the reason.
const REFUSED: &[(&str, Option<usize>, &str)] = &[
    ("", None, "empty"),
    ("  \t", None, "empty"),
    // characters
    ("C\u{e9}", Some(1), "unexpected"),
    ("CC O", Some(2), "unexpected"),
    ("CCO ethanol", Some(3), "without name"),
    ("CC\0", Some(2), "unexpected"),
    ("NaCl", Some(1), "[Na]"),
    ("HCl", Some(0), "[H]"),
    ("C&C", Some(1), "unexpected"),
    ("C%1", Some(1), "unexpected"),
    ("C%(123456)C", Some(1), "unexpected"),
    ("CC>>CO", Some(2), "unexpected"),
    ("C~C", Some(1), "query bond"),
    // bonds
    ("=C", Some(0), "a bond cannot follow the start"),
    ("C=", Some(2), "the end cannot follow a bond"),
    ("C==C", Some(2), "a bond cannot follow a bond"),
    ("C-/C", Some(2), "a bond cannot follow a bond"),
    ("C.=C", Some(2), "a bond cannot follow `.`"),
    ("C(=)N", Some(3), "`)` cannot follow a bond"),
    ("C=(C)C", Some(2), "`(` cannot follow a bond"),
    ("C=.C", Some(2), "`.` cannot follow a bond"),
    // branches
    ("(C)C", Some(0), "`(` cannot follow the start"),
    ("C()N", Some(2), "`)` cannot follow `(`"),
    ("C((C))N", Some(2), "`(` cannot follow `(`"),
    ("CC(C", Some(2), "unmatched parenthesis"),
    ("CC)C", Some(2), "unmatched parenthesis"),
    (")", Some(0), "unmatched parenthesis"),
    ("C.(C)", Some(2), "`(` cannot follow `.`"),
    ("C(C.O)C", Some(3), "inside parentheses"),
    // components
    (".C", Some(0), "`.` cannot follow the start"),
    ("C.", Some(2), "the end cannot follow `.`"),
    ("C..C", Some(2), "`.` cannot follow `.`"),
    ("C(.C)", Some(2), "`.` cannot follow `(`"),
    // ring numbers
    ("1CC1", Some(0), "a ring number cannot follow the start"),
    ("C(1CC1)", Some(2), "a ring number cannot follow `(`"),
    ("C(=1CC1)", Some(3), "a ring number cannot follow a bond"),
    ("C.1CC1", Some(2), "a ring number cannot follow `.`"),
    ("C11", Some(2), "closes on the atom that opens it"),
    ("C1=1", Some(3), "closes on the atom that opens it"),
    ("C%12%12", Some(4), "closes on the atom that opens it"),
    ("C1(C)1C", Some(5), "closes on the atom that opens it"),
    ("C1CC", Some(1), "never closed"),
    ("C1CC2CC1", Some(4), "never closed"),
    ("C1C1", Some(3), "repeats a bond"),
    ("C12CCCC12", Some(8), "repeats a bond"),
    ("C=1CCCC-1", Some(8), "a different bond at each end"),
    // bracket atoms
    ("[C", Some(0), "never closed"),
    ("C[", Some(1), "never closed"),
    ("[]", Some(1), "no element"),
    ("[Xx]", Some(1), "no element"),
    ("[12]", Some(3), "no element"),
    ("[1234C]", Some(4), "isotope"),
    ("[99999999999C]", Some(4), "isotope"),
    ("[C@@@H]", Some(4), "does not belong"),
    ("[CH+H]", Some(4), "does not belong"),
    ("[C+++]", Some(4), "does not belong"),
    ("[C+-]", Some(3), "does not belong"),
    ("[C:x]", Some(3), "class"),
    ("[#6]", Some(1), "no element"),
    ("[C;H1]", Some(2), "does not belong"),
    ("[CH99]", Some(4), "does not belong"),
    ("[C@TH3](F)(Cl)(Br)I", Some(2), "chirality class"),
    // chemistry
    ("CC(C)(C)(C)C", Some(1), "valence"),
    ("CCN(C)(C)C", Some(2), "valence"),
    ("CF(C)C", Some(1), "valence"),
    ("CCO(C)C", Some(2), "valence"),
    ("c1cccc1", Some(0), "kekulize"),
    ("Cc1cccn1", Some(1), "kekulize"),
    ("cc", Some(0), "non-ring"),
];

#[test]
fn refusals_name_the_place_and_the_reason() {
    let mut failures = Vec::new();
    for &(smiles, position, word) in REFUSED {
        match Molecule::parse(smiles) {
            Ok(molecule) => failures.push(format!("{smiles:?} was read as {molecule:?}")),
            Err(error) if error.position() != position || !error.reason().contains(word) => {
                failures.push(format!("{smiles:?}: {:?} {error}", error.position()));
            }
            Err(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Texts at the edge of the grammar, and what they mean.
const ACCEPTED: &[(&str, &str)] = &[
    ("C(C)1CCCCC1", "CC1CCCCC1"),
    ("C1CCCCC11CCCCC1", "C1CCC2(CC1)CCCCC2"),
    ("C1CC1C1CC1", "C1CC1C1CC1"),
    ("C%11CC%11", "C1CC1"),
    ("C0CC0", "C1CC1"),
    ("C%01CC1", "C1CC1"),
    ("C%(100)CC%(100)", "C1CC1"),
    ("C=1CCCC1", "C1=CCCC1"),
    ("C=1CCCC=1", "C1=CCCC1"),
    ("C1.C1", "CC"),
    ("C(C)(C)(C)C", "CC(C)(C)C"),
    ("C((C)C)C", ""),
    ("C-C", "CC"),
    ("C:1:C:C:C:C:C1", ""),
    ("[CH4]", "C"),
    ("[C--]", "[C-2]"),
    ("[NH3+]C", "C[NH3+]"),
    ("[12CH4]", "[12CH4]"),
    ("[CH3:12]O", "CO"),
    ("[C@TH1](F)(Cl)(Br)I", "F[C@](Cl)(Br)I"),
    ("C->[Fe]", ""),
    ("[te]1cccc1", "c1cc[te]c1"),
    ("[H]", "[H]"),
    ("*", "*"),
];

#[test]
fn the_grammar_is_no_stricter_than_it_says() {
    for &(smiles, canonical) in ACCEPTED.iter().filter(|(_, c)| !c.is_empty()) {
        let molecule = Molecule::parse(smiles).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(molecule.canonical_smiles(), canonical, "{smiles}");
    }
}

#[test]
fn the_caret_stands_under_the_fault() {
    let error = refusal("CC\u{e9}C");
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1..], ["  CC\u{e9}C", "    ^"]);
    assert!(lines[0].contains("at character 3"), "{text}");
    assert_eq!(error.reason(), lines[0]);
}

#[test]
fn a_long_text_is_shown_around_the_fault_only() {
    let smiles = format!("{}={}", "C".repeat(300), "=C");
    let text = refusal(&smiles).to_string();
    let lines: Vec<&str> = text.lines().collect();
    let caret = lines[2].find('^').unwrap();
    assert_eq!(lines[1].as_bytes()[caret], b'=');
    assert!(lines[1].len() < 80, "{text}");
}

#[test]
fn texts_and_molecules_beyond_the_limits_are_refused() {
    let huge = refusal(&"C".repeat(20_000));
    assert_eq!(*huge.kind(), Kind::TooLong { bytes: 20_000 });
    let long = refusal(&"(".repeat(MAX_BYTES + 1));
    let bytes = MAX_BYTES + 1;
    assert_eq!(*long.kind(), Kind::TooLong { bytes });
    let large = refusal(&"C".repeat(MAX_ATOMS + 1));
    let atoms = MAX_ATOMS + 1;
    assert_eq!(*large.kind(), Kind::TooManyAtoms { atoms });
    assert_eq!(large.position(), Some(MAX_ATOMS));
    for error in [huge, long, large] {
        assert!(error.to_string().len() < 400, "{error}");
    }
    let chain = Molecule::parse(&"C".repeat(MAX_ATOMS)).unwrap();
    assert_eq!(chain.graph().atom_count(), MAX_ATOMS);
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = format!("{}C{}", "C(".repeat(499), ")".repeat(499));
    let molecule = Molecule::parse(&deep).unwrap();
    assert_eq!(molecule.canonical_smiles(), "C".repeat(500));
    assert_eq!(molecule.group_key(), format!("acyclic {}", "C".repeat(500)));
}

/// A golden text with characters of the grammar replaced, inserted or removed.
fn mutated() -> impl Strategy<Value = String> {
    let smiles: Vec<&str> = entries().iter().map(|entry| entry.smiles).collect();
    let edit = (
        any::<prop::sample::Index>(),
        0..3_u8,
        "[A-Zacnops0-9()\\[\\]=#.%@+/\\\\:*>é$~-]",
    );
    (
        prop::sample::select(smiles),
        prop::collection::vec(edit, 1..4),
    )
        .prop_map(|(smiles, edits)| {
            let mut characters: Vec<char> = smiles.chars().collect();
            for (place, kind, text) in edits {
                let at = place.index(characters.len().max(1)).min(characters.len());
                let kept = if kind == 0 {
                    at
                } else {
                    (at + 1).min(characters.len())
                };
                let new = if kind == 1 { "" } else { &text };
                characters.splice(at..kept, new.chars());
            }
            characters.into_iter().collect()
        })
}

proptest! {
    #[test]
    fn mutated_texts_never_panic_and_faults_lie_inside(smiles in mutated()) {
        match Molecule::parse(&smiles) {
            Err(error) => {
                prop_assert!(error.position().is_none_or(|at| at <= smiles.len()));
                prop_assert!(!error.to_string().is_empty());
            }
            Ok(molecule) => {
                // RDKit writes a few odd molecules in a way it does not read back, such as
                // NC1=c2nccnc2C=C1 for NC1=C2=NC=CN=C:2C=C1; the grammar holds even there
                let canonical = molecule.canonical_smiles();
                if let Err(error) = Molecule::parse(&canonical) {
                    let chemistry = matches!(error.kind(), Kind::Chemistry { .. });
                    prop_assert!(chemistry, "{smiles:?} became {canonical:?}: {error}");
                }
                let _ = (molecule.connectivity_key(), molecule.group_key());
            }
        }
    }

    #[test]
    fn any_text_at_all_never_panics(smiles in "\\PC{0,40}") {
        let _ = Molecule::parse(&smiles).map_err(|error| error.to_string());
    }
}

//! The real tables, whose SMILES are all written by RDKit: a second golden file of 66,000 rows.

use std::path::{Path, PathBuf};

use geogate::molecule::Molecule;

/// `$GEOGATE_DATA`, or the folder `shared/data` beside the package.
fn tables() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Texts that RDKit writes in another way for another spelling of the molecule, and ours: atom maps,
/// and an O in a small and a large ring, which is aromatic or not by the order of the atoms.
const EXCEPTIONS: [(&str, &str); 2] = [
    (
        r"C1=C2/C=C\C3=CC=C(O3)c3ccc(o3)/C=C\C3=CC=C(O3)C(=C1)O2",
        r"C1=C\c2ccc(o2)-c2ccc(o2)/C=C\c2ccc(o2)-c2ccc/1o2",
    ),
    (
        "[cH:1]1[cH:2][c:3]([O:8][c:9]2[cH:10][cH:11][c:12]([Cl:15])[cH:13][cH:14]2)[cH:4][cH:5][c:6]1[NH2:7]",
        "Nc1ccc(Oc2ccc(Cl)cc2)cc1",
    ),
];

/// Every distinct text in the `smiles` columns.
fn texts(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let mut table = csv::Reader::from_path(&path).unwrap();
            let header = table.headers().unwrap().clone();
            if let Some(column) = header.iter().position(|name| name == "smiles") {
                texts.extend(table.records().map(|row| row.unwrap()[column].to_owned()));
            }
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn canonical_smiles_of_real_tables_are_those_of_rdkit() {
    let Some(folder) = tables() else {
        eprintln!("SKIPPED: no real tables; set GEOGATE_DATA to their folder");
        return;
    };
    let texts = texts(&folder);
    let mut failures = Vec::new();
    for text in &texts {
        let exception = EXCEPTIONS.iter().find(|(theirs, _)| theirs == text);
        let expected = exception.map_or(text.as_str(), |(_, ours)| ours);
        match Molecule::parse(text) {
            Ok(molecule) if molecule.canonical_smiles() == expected => {}
            Ok(molecule) => {
                let canonical = molecule.canonical_smiles();
                failures.push(format!("{text} became {canonical}"));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} texts: {:#?}",
        failures.len(),
        texts.len(),
        &failures[..failures.len().min(20)]
    );
}

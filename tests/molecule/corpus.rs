//! The real tables, whose SMILES are all written by RDKit: a second golden file of 66,000 rows.

use std::path::{Path, PathBuf};

use geogate::molecule::Molecule;

/// `$GEOGATE_DATA`, or the folder `shared/data` beside the package.
fn tables() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

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
        match Molecule::parse(text) {
            Ok(molecule) if molecule.canonical_smiles() == *text => {}
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

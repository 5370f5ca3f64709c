//! How many molecules a second does one core read?
//!
//! Three questions a table: graph with features alone (predictions); the same with the canonical
//! key (training tables); all keys, with those of strict overlap and of the scaffold split.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use geogate::molecule::{MolecularGraph, Molecule, MoleculeBatch};

/// Drugs, solvents, steroids, salts: 4 to 28 heavy atoms, always at hand.
const EMBEDDED: &[&str] = &[
    "CCCC",
    "CC(C)CO",
    "CC(=O)OCC",
    "Clc1ccc(Cl)cc1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "C[C@@H](N)C(=O)O",
    "C/C=C/C(=O)N1CCOCC1",
    "O=C([O-])c1ccccc1.[Na+]",
    "CN1CCC[C@H]1c1cccnc1",
    "CC1=CC[C@@H](C(C)=C)CC1",
    "COP(=S)(OC)Oc1ccc([N+](=O)[O-])cc1",
    "CC12CCC3C(CCC4=CC(=O)CCC43C)C1CCC2O",
    "COc1cc2nc(N3CCN(C(=O)c4ccco4)CC3)nc(N)c2cc1OC",
    "C[C@]12CC[C@H]3[C@@H](CC=C4C[C@@H](O)CC[C@]34C)[C@@H]1CC[C@@H]2[C@H](C)CCCC(C)C",
];

/// Tables of the real data, read where they are present.
const TABLES: &[&str] = &["melting_point.csv", "ccs_mh_plus.csv"];

fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from)
}

fn texts(table: &str) -> Option<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder().join(table)).ok()?;
    let rows = reader.records().map(|row| row.expect("a CSV row"));
    Some(rows.map(|row| row[0].to_owned()).collect())
}

fn graph(smiles: &str) -> MolecularGraph {
    MolecularGraph::parse(smiles).expect("a molecule")
}

fn molecule(smiles: &str) -> Molecule {
    Molecule::parse(smiles).expect("a molecule")
}

fn read(criterion: &mut Criterion, name: &str, texts: &[String]) {
    for text in texts {
        assert!(molecule(text).graph() == graph(text), "{text}");
    }
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.sample_size(10);
    group.bench_function("features", |bencher| {
        bencher.iter(|| texts.iter().map(|t| graph(t).atom_count()).sum::<usize>());
    });
    group.bench_function("features and canonical key", |bencher| {
        bencher.iter(|| {
            let molecules = texts.iter().map(|t| molecule(t));
            molecules.map(|m| m.graph().atom_count()).sum::<usize>()
        });
    });
    group.bench_function("features and all keys", |bencher| {
        bencher.iter(|| {
            for text in texts {
                let molecule = molecule(text);
                black_box((molecule.connectivity_key(), molecule.group_key()));
            }
        });
    });
    group.finish();
}

#[expect(clippy::print_stderr, reason = "a skipped table must be seen")]
fn molecules(criterion: &mut Criterion) {
    let embedded: Vec<String> = EMBEDDED.iter().map(|&text| text.to_owned()).collect();
    read(criterion, "embedded", &embedded);
    for table in TABLES {
        match texts(table) {
            Some(texts) => read(criterion, table.trim_end_matches(".csv"), &texts),
            None => eprintln!("SKIPPED: {table} is not in {}", folder().display()),
        }
    }
}

/// Expansion of 64 compact graphs to the dense arrays of a batch, per molecule.
fn collation(criterion: &mut Criterion) {
    let graphs: Vec<MolecularGraph> = EMBEDDED.iter().cycle().take(64).map(|t| graph(t)).collect();
    let mut batch = MoleculeBatch::collate(&graphs);
    assert_eq!(batch.molecules, 64);
    let mut group = criterion.benchmark_group("batch");
    group.throughput(Throughput::Elements(64));
    group.bench_function("collate 64", |bencher| {
        bencher.iter(|| batch.collate_from(black_box(&graphs)));
    });
    group.finish();
}

criterion_group!(benches, molecules, collation);
criterion_main!(benches);

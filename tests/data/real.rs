//! The real tables, where they are: read whole, joined, divided.

use std::path::PathBuf;

use geogate::data::config::{DataConfig, SplitConfig, SplitName};
use geogate::data::{Corpus, Part, Partition};
use geogate::molecule::Molecule;

/// The folder of real tables; says so where there is none.
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("GEOGATE_DATA").map_or(beside, PathBuf::from);
    if folder.join("boiling_point.csv").exists() {
        return Some(folder);
    }
    eprintln!("skipped: no real data in {}", folder.display());
    None
}

fn reference_pair() -> Option<DataConfig> {
    let folder = folder()?;
    let task = |name: &str, file: &str| {
        let option = format!("{name}={}", folder.join(file).display());
        option.parse().unwrap()
    };
    Some(DataConfig {
        tasks: vec![
            task("tb", "boiling_point.csv"),
            task("tc", "critical_temperature.csv"),
        ],
        target: "tc".to_owned(),
        ..DataConfig::default()
    })
}

#[test]
fn the_reference_pair_is_read_whole() {
    let Some(data) = reference_pair() else { return };
    let corpus = Corpus::read(&data, &SplitConfig::default(), 0).unwrap();
    for (task, molecules) in [(0, 4766), (1, 1264)] {
        let account = &corpus.account.tasks[task];
        assert_eq!((account.labels, account.molecules), (molecules, molecules));
        assert_eq!(account.merged, 0);
        assert!(corpus.account.tables[task].skipped.is_empty());
    }
    // these tables are written in canonical SMILES
    assert_eq!(corpus.identifiers, corpus.keys);
    let both = (0..corpus.rows()).filter(|&row| (0..2).all(|t| !corpus.label(row, t).is_nan()));
    let share = both.count() as f64 / 1264.0;
    assert!((0.85..0.95).contains(&share), "shared {share}");
}

#[test]
fn strict_overlap_hides_every_stereoisomer_of_a_held_out_molecule() {
    let Some(mut data) = reference_pair() else {
        return;
    };
    data.max_rows.insert("tc".to_owned(), 400);
    for split in [SplitName::Scaffold, SplitName::Random] {
        let options = SplitConfig {
            split,
            ..SplitConfig::default()
        };
        for seed in 0..3 {
            let corpus = Corpus::read(&data, &options, seed).unwrap();
            let partition = Partition::holdout(&corpus, &options, seed).unwrap();
            // by the flat SMILES themselves, not by the corpus' classes
            let flat = |row: usize| {
                Molecule::parse(&corpus.keys[row])
                    .unwrap()
                    .connectivity_key()
            };
            let held: std::collections::HashSet<String> = [Part::Val, Part::Test]
                .into_iter()
                .flat_map(|part| partition.rows(1, part))
                .map(flat)
                .collect();
            for part in [Part::Train, Part::Val] {
                let seen = partition.rows(0, part).into_iter().map(flat);
                assert_eq!(seen.filter(|key| held.contains(key)).count(), 0);
            }
            assert!(partition.count(0, Part::Excluded) > 50);
            let sizes = [Part::Train, Part::Val, Part::Test].map(|p| partition.count(1, p));
            assert_eq!(sizes.iter().sum::<usize>(), 400);
            match split {
                SplitName::Random => assert_eq!(sizes, [288, 32, 80]),
                _ => assert!((80..120).contains(&sizes[2]), "{sizes:?}"),
            }
        }
    }
}

#[test]
fn four_folds_of_scaffolds_are_even() {
    let Some(data) = reference_pair() else { return };
    let options = SplitConfig::default();
    let corpus = Corpus::read(&data, &options, 0).unwrap();
    let sizes: Vec<usize> = (0..4)
        .map(|fold| {
            let partition = Partition::fold(&corpus, &options, 0, 4, fold).unwrap();
            partition.count(1, Part::Test)
        })
        .collect();
    assert_eq!(sizes, [316; 4]);
}

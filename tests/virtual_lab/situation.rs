//! The demo's situation: who has which label, and what the tables say.

use std::collections::HashSet;

use geogate::data::config::{DataConfig, Overlap, SplitConfig};
use geogate::data::virtual_lab::{
    Properties, Role, SOURCE, SPLIT_COLUMN, TARGET, TARGET_LABELS, TEST_MOLECULES,
    VALIDATION_LABELS, VirtualLab,
};
use geogate::data::{Corpus, Part, Partition};

use super::LAB;

fn rows_of(lab: &VirtualLab, role: Role) -> Vec<usize> {
    let roles = lab.situation().roles().to_vec();
    (0..roles.len()).filter(|&row| roles[row] == role).collect()
}

#[test]
fn labels_are_as_many_as_stated() {
    for seed in 0..5 {
        let lab = VirtualLab::new(seed);
        let count = |role| rows_of(&lab, role).len();
        assert_eq!(count(Role::Val), VALIDATION_LABELS);
        assert_eq!(count(Role::Train), TARGET_LABELS - VALIDATION_LABELS);
        let test = count(Role::Test);
        assert!(
            (TEST_MOLECULES..2 * TEST_MOLECULES).contains(&test),
            "{test}"
        );
        assert!(count(Role::Source) >= 2_000, "{} rows", count(Role::Source));
    }
}

#[test]
fn test_groups_are_seen_nowhere_else() {
    for seed in 0..5 {
        let lab = VirtualLab::new(seed);
        let key = |row: usize| lab.molecules()[row].group_key.as_str();
        let groups = |role| -> HashSet<&str> { rows_of(&lab, role).into_iter().map(key).collect() };
        let test = groups(Role::Test);
        assert!(test.len() >= 50, "{} groups", test.len());
        for role in [Role::Source, Role::Train, Role::Val] {
            assert!(test.is_disjoint(&groups(role)), "{role:?}");
        }
    }
}

#[test]
fn situations_follow_their_seed() {
    let roles = |seed| VirtualLab::new(seed).situation().roles().to_vec();
    assert_eq!(roles(0), roles(0));
    assert_ne!(roles(0), roles(1));
}

#[test]
fn the_table_reads_back_as_it_was_written() {
    let situation = LAB.situation();
    let mut bytes = Vec::new();
    situation.write_table(&mut bytes).unwrap();
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let header: Vec<&str> = table.headers().unwrap().iter().collect();
    assert_eq!(header[0], "smiles");
    assert_eq!(header[1..5], Properties::NAMES);
    assert_eq!(header[5], "split");
    let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), LAB.molecules().len());
    for (row, record) in records.iter().enumerate() {
        let (molecule, role) = (&LAB.molecules()[row], situation.roles()[row]);
        assert_eq!(record[0], molecule.smiles);
        assert_eq!(&record[5], role.part().name());
        let noisy = LAB.labels()[row].values();
        for (column, noisy) in noisy.into_iter().enumerate() {
            let expected = match (column, role) {
                (1, Role::Source) => None,
                (1, Role::Test) => Some(molecule.truth.critical_temperature_k),
                _ => Some(noisy),
            };
            assert_eq!(record[column + 1].parse().ok(), expected, "row {row}");
        }
    }
}

#[test]
fn strict_overlap_hides_the_test_groups_from_both_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.csv");
    let written = std::fs::File::create(&file).unwrap();
    LAB.situation().write_table(written).unwrap();
    let data = DataConfig {
        wide: Some(file),
        target: TARGET.to_owned(),
        sources: vec![SOURCE.to_owned()],
        ..DataConfig::default()
    };
    let split = |overlap| SplitConfig {
        split_column: Some(SPLIT_COLUMN.to_owned()),
        overlap,
        ..SplitConfig::default()
    };
    let corpus = Corpus::read(&data, &split(Overlap::Strict), 0).unwrap();
    let [source, target] = [SOURCE, TARGET].map(|name| corpus.task_index(name).unwrap());
    assert_eq!(corpus.target, target);
    let strict = Partition::holdout(&corpus, &split(Overlap::Strict), 0).unwrap();
    let count = |task, part| strict.count(task, part);
    assert_eq!(count(target, Part::Val), VALIDATION_LABELS);
    assert_eq!(
        count(target, Part::Train),
        TARGET_LABELS - VALIDATION_LABELS
    );
    assert!(count(target, Part::Test) >= TEST_MOLECULES);
    assert!(count(source, Part::Train) >= 2_000);
    let key = |row: usize| LAB.molecules()[row].group_key.as_str();
    let unseen: HashSet<&str> = strict
        .rows(target, Part::Test)
        .into_iter()
        .map(key)
        .collect();
    for task in [source, target] {
        for part in [Part::Train, Part::Val] {
            let seen = strict.rows(task, part).into_iter().map(key);
            assert!(unseen.is_disjoint(&seen.collect()), "task {task}, {part:?}");
        }
    }
    let held_out = count(target, Part::Val) + count(target, Part::Test);
    assert_eq!(count(source, Part::Excluded), held_out);
    let shared = Partition::holdout(&corpus, &split(Overlap::Shared), 0).unwrap();
    assert_eq!(shared.count(source, Part::Excluded), 0);
}

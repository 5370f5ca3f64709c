//! The demo's situation: who has which label, and what the tables say.

use std::collections::HashSet;

use geogate::data::virtual_lab::{
    Properties, Role, TARGET_LABELS, TEST_MOLECULES, VALIDATION_LABELS, VirtualLab,
};

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
        assert_eq!(&record[5], role.split());
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
fn the_truth_is_written_in_full() {
    let mut bytes = Vec::new();
    LAB.write_truth(&mut bytes).unwrap();
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    for (record, molecule) in table.records().zip(LAB.molecules()) {
        let record = record.unwrap();
        assert_eq!(record[0], molecule.smiles);
        for (text, value) in record.iter().skip(1).zip(molecule.truth.values()) {
            assert_eq!(text.parse(), Ok(value));
        }
    }
}

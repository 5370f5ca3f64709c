//! An audit of splits that shares no code with the splitter, and the leaks it is there to find.

use std::collections::{BTreeMap, BTreeSet};

use geogate::data::config::{Overlap, SplitConfig, SplitName};
use geogate::data::{Corpus, Part, Partition};
use geogate::molecule::Molecule;

const TARGET: usize = 0;
const SOURCE: usize = 1;

/// Chains with rings, branches and stereo centres: a target label on two of three, a source label on most.
fn corpus() -> Corpus {
    let ends = [
        "",
        "O",
        "C1CC1",
        "c1ccccc1",
        "[C@H](F)Cl",
        "[C@@H](F)Cl",
        "C(C)C",
        "N",
    ];
    let chains = |end: &&str| (1..14).map(|n| format!("{}{end}", "C".repeat(n))).collect();
    let smiles: Vec<Vec<String>> = ends.iter().map(chains).collect();
    let mut seen = BTreeSet::new();
    let fresh = |text: &String| seen.insert(Molecule::parse(text).unwrap().canonical_smiles());
    let smiles: Vec<String> = smiles.concat().into_iter().filter(fresh).collect();
    let label = |k: usize| {
        let size = smiles[k].len() as f64;
        let of_target = if k.is_multiple_of(3) { f64::NAN } else { size };
        let of_source = if k.is_multiple_of(7) && !k.is_multiple_of(3) {
            f64::NAN
        } else {
            2.0 * size + k as f64
        };
        [of_target, of_source]
    };
    let labels = (0..smiles.len()).flat_map(label).collect();
    let tasks = vec!["target".to_owned(), "source".to_owned()];
    Corpus::of_molecules(tasks, TARGET, smiles, labels).unwrap()
}

/// What is wrong with a partition: source rows that share a molecule, stereo aside, with the target's held-out
/// rows, and groups of which a part is tested and another trained on.
fn leaks(corpus: &Corpus, partition: &Partition, groups: bool) -> Vec<String> {
    let molecule = |row: usize| Molecule::parse(&corpus.identifiers[row]).unwrap();
    let part = |row: usize, task: usize| partition.parts[row * corpus.tasks.len() + task];
    let held = |row: &usize| matches!(part(*row, TARGET), Part::Val | Part::Test);
    let rows = 0..corpus.rows();
    let held_out: BTreeSet<String> = rows
        .clone()
        .filter(held)
        .map(|row| molecule(row).connectivity_key())
        .collect();
    let used = |row: &usize| matches!(part(*row, SOURCE), Part::Train | Part::Val);
    let mut found: Vec<String> = rows
        .clone()
        .filter(used)
        .map(|row| molecule(row).connectivity_key())
        .filter(|flat| held_out.contains(flat))
        .collect();
    if groups {
        let mut of_group: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
        for row in rows.filter(|&row| part(row, TARGET) != Part::Unlabelled) {
            let tested = part(row, TARGET) == Part::Test;
            of_group
                .entry(molecule(row).group_key())
                .or_default()
                .insert(tested);
        }
        let torn = of_group.into_iter().filter(|(_, tested)| tested.len() > 1);
        found.extend(torn.map(|(group, _)| group));
    }
    found
}

fn partitions(corpus: &Corpus, overlap: Overlap) -> Vec<(SplitName, Partition)> {
    let names = [
        SplitName::Random,
        SplitName::Scaffold,
        SplitName::Extrapolate,
    ];
    let divide = |split: SplitName| {
        let config = SplitConfig {
            split,
            test_fraction: 0.35,
            val_fraction: 0.5,
            overlap,
            ..SplitConfig::default()
        };
        (split, Partition::holdout(corpus, &config, 3).unwrap())
    };
    names.map(divide).into()
}

#[test]
fn strict_splits_of_molecules_leak_nothing() {
    let corpus = corpus();
    for (split, partition) in partitions(&corpus, Overlap::Strict) {
        let found = leaks(&corpus, &partition, split == SplitName::Scaffold);
        assert!(found.is_empty(), "{split:?}: {found:?}");
    }
    // where the overlap is shared the audit has something to find
    for (split, partition) in partitions(&corpus, Overlap::Shared) {
        assert!(!leaks(&corpus, &partition, false).is_empty(), "{split:?}");
    }
}

/// Three leaks, each in one row: a held-out molecule trains a source, its stereo twin does, and one of a tested
/// scaffold trains the target.
#[test]
fn leaks_planted_in_a_splitter_are_found() {
    let corpus = corpus();
    for (split, honest) in partitions(&corpus, Overlap::Strict) {
        let excluded = honest.rows(SOURCE, Part::Excluded);
        let flat = |row: usize| {
            Molecule::parse(&corpus.identifiers[row])
                .unwrap()
                .connectivity_key()
        };
        let itself = |row: &&usize| honest.part(**row, TARGET) != Part::Unlabelled;
        let twin = |row: &&usize| {
            let held = |part| {
                honest
                    .rows(TARGET, part)
                    .into_iter()
                    .any(|other| flat(other) == flat(**row))
            };
            honest.part(**row, TARGET) == Part::Unlabelled && (held(Part::Val) || held(Part::Test))
        };
        let planted = [excluded.iter().find(itself), excluded.iter().find(twin)];
        assert!(planted[0].is_some(), "{split:?}");
        for &row in planted.into_iter().flatten() {
            let mut leaky = honest.clone();
            leaky.parts[row * 2 + SOURCE] = Part::Train;
            assert_eq!(leaks(&corpus, &leaky, false), [flat(row)], "{split:?}");
        }
        if split == SplitName::Scaffold {
            let key = |row: usize| {
                Molecule::parse(&corpus.identifiers[row])
                    .unwrap()
                    .group_key()
            };
            let test = honest.rows(TARGET, Part::Test);
            let paired = |row: &&usize| {
                test.iter()
                    .filter(|&&other| key(other) == key(**row))
                    .count()
                    > 1
            };
            let row = *test.iter().find(paired).expect("a tested group of two");
            let mut leaky = honest.clone();
            leaky.parts[row * 2 + TARGET] = Part::Train;
            assert!(leaks(&corpus, &leaky, true).contains(&key(row)));
        }
    }
}

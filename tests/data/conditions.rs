//! Molecules with features beside them: rows told apart by both, held out by the molecule alone.

use std::collections::{BTreeMap, BTreeSet};

use geogate::data::config::{Overlap, SplitName, UseMolecules};
use geogate::data::{Corpus, InputKind, MIN_ROWS, Part, Partition};
use geogate::error::{ErrorKind, Result};
use geogate::random::{Purpose, Stream};
use proptest::prelude::*;

use super::Tables;
use crate::strategies::cases;

const MIXED: &str = "smiles,T,value\nCCO,300,1\nOCC,300.0,3\nCCO,310,5\nC,300,7\nC,-0,8\nC,0,9\n";

#[test]
fn rows_are_molecule_and_numbers() {
    let corpus = Tables::new()
        .task("y", MIXED)
        .features(&["T"])
        .read()
        .unwrap();
    assert_eq!(corpus.keys, ["CCO;300.0", "CCO;310.0", "C;300.0", "C;0.0"]);
    assert_eq!(corpus.identifiers, ["CCO", "CCO", "C", "C"]);
    assert_eq!(corpus.labels, [2.0, 5.0, 7.0, 8.5]);
    assert_eq!(corpus.inputs.graphs().unwrap().len(), 4);
    assert_eq!(corpus.inputs.features(), [300.0, 310.0, 300.0, 0.0]);
    assert_eq!(
        corpus.inputs.kind().to_string(),
        "molecules and the column T"
    );
    assert_eq!(corpus.overlap_classes(), [0, 0, 1, 1]);
    assert_eq!(corpus.held_out_key(1), "CCO");
    assert_eq!(corpus.groups().names.len(), 2);
}

#[test]
fn what_is_read_is_said_or_found() {
    let tables = || Tables::new().task("y", MIXED);
    let kind = |tables: Tables| tables.read().unwrap().inputs.kind();
    let named = |molecules, features: &[&str]| InputKind {
        molecules,
        features: features.iter().map(|&name| name.to_owned()).collect(),
    };
    assert_eq!(kind(tables()), named(true, &[]));
    assert_eq!(kind(tables().features(&["T"])), named(true, &["T"]));
    let no = |data: &mut geogate::data::config::DataConfig| data.molecules = UseMolecules::No;
    let yes = |data: &mut geogate::data::config::DataConfig| data.molecules = UseMolecules::Yes;
    assert_eq!(
        kind(tables().features(&["T"]).with(no)),
        named(false, &["T"])
    );
    let numbers = || Tables::new().task("y", "T,value\n1,1\n").features(&["T"]);
    assert_eq!(kind(numbers()), named(false, &["T"]));
    for (tables, words) in [
        (tables().with(no), "nothing to read"),
        (
            numbers().with(yes),
            "y.csv: there is no column `smiles`, and the model reads molecules and the column T",
        ),
        // every table must have what the target's has
        (
            tables().task("z", "T,value\n1,1\n").features(&["T"]),
            "z.csv: there is no column `smiles`",
        ),
        (
            tables().task("z", "smiles,value\nC,1\n").features(&["T"]),
            "z.csv: there is no column `T`",
        ),
    ] {
        let message = tables.refusal();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_wide_table_has_tasks_beside_molecule_and_numbers() {
    let table = "smiles,T,a,y\nCC,1,2,3\nCC,2,,4\nC,NA,1,1\nC,x,1,1\n";
    let corpus = Tables::new()
        .wide("y", table)
        .features(&["T"])
        .read()
        .unwrap();
    assert_eq!((corpus.tasks.len(), corpus.rows()), (2, 2));
    let said: Vec<String> = corpus.account.tables[0]
        .skipped
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "line 4, column `T`: missing value: `NA`",
            "line 5, column `T`: not a number: `x`"
        ]
    );
}

/// The groups found in reading are those of a corpus from memory, whichever table a molecule came in first.
#[test]
fn scaffolds_are_found_in_reading() {
    let target = "smiles,value\nc1ccccc1C,1\nCCO,2\nOC(C)C,3\nc1ccccc1CC,4\nC1CC1,5\n";
    let source = "smiles,value\nCCO,1\nCC1=CC=CC=C1,2\nCCCC,3\n";
    let read = |tables: Tables| tables.read().unwrap();
    let alone = read(Tables::new().task("t", target));
    let mut sorted = Tables::new().task("t", target).task("s", source);
    sorted.data.tasks.reverse();
    for corpus in [alone, read(sorted)] {
        let tasks = corpus.tasks.clone();
        let (smiles, labels) = (corpus.identifiers.clone(), corpus.labels.clone());
        let memory = Corpus::of_molecules(tasks, corpus.target, smiles, labels).unwrap();
        assert_eq!(corpus.groups(), memory.groups());
        assert_eq!(corpus.groups().names.len(), 4);
    }
}

/// Molecules, some of them under many conditions, in a target and a source; groups that cut across them.
#[derive(Clone, Copy, Debug)]
struct Recipe {
    molecules: usize,
    conditions: usize,
    seed: u64,
}

impl Recipe {
    fn table(self, salt: u64) -> String {
        let mut stream = Stream::new(self.seed, Purpose::Test, salt);
        let mut table = "smiles,T,value,lab\n".to_owned();
        for size in 1..=self.molecules {
            let chain = "C".repeat(size);
            for condition in 0..1 + (stream.uniform().powi(2) * self.conditions as f64) as usize {
                // spelled from either end
                let smiles = [format!("{chain}O"), format!("O{chain}")][condition % 2].clone();
                let (value, lab) = (
                    stream.normal() + size as f64,
                    (60.0 * stream.uniform()) as usize,
                );
                table.push_str(&format!("{smiles},{condition},{value},g{lab}\n"));
            }
        }
        table
    }

    fn tables(self, split: SplitName, group: bool) -> Tables {
        Tables::new()
            .task("y", self.table(0))
            .task("s", self.table(1))
            .features(&["T"])
            .with(|data| data.group = group.then(|| "lab".to_owned()))
            .split(|options| {
                options.split = split;
                options.val_fraction = 0.3;
                options.overlap = Overlap::Shared;
            })
    }
}

/// The partition, or none where the recipe leaves too few rows in a part.
fn divided(partition: Result<Partition>) -> Option<Partition> {
    partition
        .map_err(|error| {
            assert!(
                matches!(error.kind(), ErrorKind::TooFewRows { .. }),
                "{error}"
            )
        })
        .ok()
}

/// No molecule is in two parts of a task, and no part is empty.
fn assert_molecules_are_whole(corpus: &Corpus, partition: &Partition) {
    for task in 0..corpus.tasks.len() {
        let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in corpus.labelled(task) {
            let part = partition.part(row, task).name();
            parts
                .entry(corpus.held_out_key(row))
                .or_default()
                .insert(part);
        }
        for (molecule, parts) in parts {
            assert_eq!(parts.len(), 1, "{molecule} of task {task}: {parts:?}");
        }
        assert!(partition.count(task, Part::Val) >= MIN_ROWS);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn conditions_of_a_molecule_are_held_out_together(
        molecules in 40..90_usize, conditions in 1..12_usize, seed in any::<u64>(), group in any::<bool>()
    ) {
        let recipe = Recipe { molecules, conditions, seed };
        for split in [SplitName::Random, SplitName::Scaffold, SplitName::Extrapolate] {
            let tables = recipe.tables(split, group);
            let corpus = tables.read().unwrap();
            let mut partitions = vec![Partition::holdout(&corpus, &tables.split, seed)];
            if split != SplitName::Extrapolate {
                partitions.extend((0..3).map(|fold| Partition::fold(&corpus, &tables.split, seed, 3, fold)));
            }
            for partition in partitions.into_iter().filter_map(divided) {
                assert_molecules_are_whole(&corpus, &partition);
                if let Ok(inner) = partition.inner_folds(&corpus, 3) {
                    inner.iter().for_each(|fold| assert_molecules_are_whole(&corpus, fold));
                }
            }
        }
    }

    /// The parts have their sizes up to half a molecule.
    #[test]
    fn parts_of_whole_molecules_come_near_their_sizes(conditions in 1..8_usize, seed in any::<u64>()) {
        let recipe = Recipe { molecules: 80, conditions, seed };
        let tables = recipe.tables(SplitName::Random, false);
        let corpus = tables.read().unwrap();
        let rows = corpus.labelled(corpus.target).len() as f64;
        let partition = Partition::holdout(&corpus, &tables.split, seed).unwrap();
        let test = partition.count(corpus.target, Part::Test) as f64;
        assert!((test - 0.2 * rows).abs() <= 0.5 * conditions as f64 + 1.0, "{test} of {rows}");
    }
}

/// Every row of a task is tested in one fold.
#[test]
fn folds_of_whole_molecules_cover_every_row() {
    let recipe = Recipe {
        molecules: 60,
        conditions: 5,
        seed: 3,
    };
    for split in [SplitName::Random, SplitName::Scaffold] {
        let tables = recipe.tables(split, false);
        let corpus = tables.read().unwrap();
        let fold = |fold| Partition::fold(&corpus, &tables.split, 1, 4, fold).unwrap();
        let mut tested: Vec<usize> = (0..4)
            .flat_map(|f| fold(f).rows(corpus.target, Part::Test))
            .collect();
        tested.sort_unstable();
        assert_eq!(tested, corpus.labelled(corpus.target));
    }
}

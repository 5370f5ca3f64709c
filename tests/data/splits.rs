//! Laws of the splits, over tables of random sizes, groups and overlaps.

use std::collections::{BTreeSet, HashMap};

use geogate::data::config::{Overlap, SplitName};
use geogate::data::{Corpus, MIN_ROWS, Part, Partition, TargetTransform};
use geogate::error::{ErrorKind, Result};
use geogate::random::{Purpose, Stream};
use proptest::prelude::*;

use super::Tables;
use crate::strategies::cases;

/// A recipe for a target and two sources whose points overlap, with skewed groups.
#[derive(Clone, Copy, Debug)]
struct Recipe {
    target: usize,
    sources: [usize; 2],
    groups: usize,
    seed: u64,
}

fn recipes() -> impl Strategy<Value = Recipe> {
    (
        80..400_usize,
        30..200_usize,
        30..500_usize,
        1..120_usize,
        any::<u64>(),
    )
        .prop_map(|(target, first, second, groups, seed)| Recipe {
            target,
            sources: [first, second],
            groups,
            seed,
        })
}

impl Recipe {
    /// CSV rows of `count` points drawn from a common pool, in random order.
    fn table(self, count: usize, salt: u64) -> String {
        let mut stream = Stream::new(self.seed, Purpose::Test, salt);
        let mut pool = stream.permutation(600);
        pool.truncate(count);
        let row = |x: usize| {
            // squared: low groups are large; a point has one group in every table
            let share = Stream::new(self.seed, Purpose::Test, 1000 + x as u64).uniform();
            let group = (share * share * self.groups as f64) as usize;
            format!("{x},{},g{group}\n", (x as f64 * 0.37).sin() * 100.0)
        };
        let rows: String = pool.into_iter().map(row).collect();
        format!("x,value,group\n{rows}")
    }

    fn tables(self, split: SplitName) -> Tables {
        Tables::new()
            .task("t", self.table(self.target, 0))
            .task("a", self.table(self.sources[0], 1))
            .task("b", self.table(self.sources[1], 2))
            .features(&["x"])
            .with(|data| data.group = Some("group".to_owned()))
            .split(|options| {
                options.split = split;
                options.val_fraction = 0.4;
                options.overlap = Overlap::Shared;
            })
    }
}

/// The partition, or none where the recipe leaves too few rows in a part.
fn divided(partition: Result<Partition>) -> Option<Partition> {
    match partition {
        Ok(partition) => Some(partition),
        Err(error) => {
            let too_few = matches!(error.kind(), ErrorKind::TooFewRows { .. });
            assert!(too_few, "{error}");
            None
        }
    }
}

fn test_keys(corpus: &Corpus, partition: &Partition, part: Part) -> BTreeSet<String> {
    let rows = partition.rows(corpus.target, part).into_iter();
    rows.map(|row| corpus.keys[row].clone()).collect()
}

fn assert_parts_are_sound(corpus: &Corpus, partition: &Partition) {
    for task in 0..corpus.tasks.len() {
        for row in 0..corpus.rows() {
            let labelled = !corpus.label(row, task).is_nan();
            let part = partition.part(row, task);
            assert_eq!(labelled, part != Part::Unlabelled);
            assert!(part != Part::Excluded || task != corpus.target);
            assert!(part != Part::Test || task == corpus.target);
        }
        for part in [Part::Train, Part::Val] {
            assert!(partition.count(task, part) >= MIN_ROWS);
        }
    }
    assert!(partition.count(corpus.target, Part::Test) >= MIN_ROWS);
}

fn assert_groups_do_not_straddle(corpus: &Corpus, partition: &Partition) {
    let mut in_test: HashMap<usize, bool> = HashMap::new();
    for row in corpus.labelled(corpus.target) {
        let group = corpus.groups().of_row[row].unwrap();
        let test = partition.part(row, corpus.target) == Part::Test;
        assert_eq!(*in_test.entry(group).or_insert(test), test, "group {group}");
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_random_holdout_has_its_sizes(recipe in recipes(), seed in any::<u64>()) {
        let tables = recipe.tables(SplitName::Random);
        let corpus = tables.read().unwrap();
        if let Some(partition) = divided(Partition::holdout(&corpus, &tables.split, seed)) {
            assert_parts_are_sound(&corpus, &partition);
            let n = recipe.target as f64;
            let test = (0.2 * n).round();
            let val = (0.4 * (n - test)).round();
            prop_assert_eq!(partition.count(0, Part::Test) as f64, test);
            prop_assert_eq!(partition.count(0, Part::Val) as f64, val);
            let val = (0.4 * recipe.sources[1] as f64).round();
            prop_assert_eq!(partition.count(2, Part::Val) as f64, val);
        }
    }

    #[test]
    fn a_scaffold_holdout_keeps_groups_together(recipe in recipes(), seed in any::<u64>()) {
        let tables = recipe.tables(SplitName::Scaffold);
        let corpus = tables.read().unwrap();
        if let Some(partition) = divided(Partition::holdout(&corpus, &tables.split, seed)) {
            assert_parts_are_sound(&corpus, &partition);
            assert_groups_do_not_straddle(&corpus, &partition);
            let wanted = (0.2 * recipe.target as f64).round() as usize;
            let sizes = corpus.groups().sizes();
            let small: usize = sizes.iter().filter(|&&size| 2 * size <= wanted).sum();
            let test = partition.count(0, Part::Test);
            // as many as wanted where small groups suffice, and less than one small group more
            prop_assert!(test >= wanted.min(small), "{} of {}", test, wanted);
            prop_assert!(test < wanted + wanted.div_ceil(2).max(1), "{} of {}", test, wanted);
        }
    }

    #[test]
    fn folds_test_every_row_once(recipe in recipes(), seed in any::<u64>(), folds in 2..6_usize) {
        for split in [SplitName::Random, SplitName::Scaffold] {
            let tables = recipe.tables(split);
            let corpus = tables.read().unwrap();
            let fold = |fold| divided(Partition::fold(&corpus, &tables.split, seed, folds, fold));
            let Some(partitions) = (0..folds).map(fold).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let mut tested = Vec::new();
            let mut sizes = Vec::new();
            for partition in &partitions {
                assert_parts_are_sound(&corpus, partition);
                if split == SplitName::Scaffold {
                    assert_groups_do_not_straddle(&corpus, partition);
                }
                let rows = partition.rows(0, Part::Test);
                sizes.push(rows.len());
                tested.extend(rows);
            }
            tested.sort_unstable();
            prop_assert_eq!(tested, corpus.labelled(0));
            let slack = match split {
                SplitName::Scaffold => corpus.groups().sizes().into_iter().max().unwrap(),
                _ => 1,
            };
            let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
            prop_assert!(most - least <= slack, "{:?}", sizes);
        }
    }

    #[test]
    fn an_extrapolation_tests_beyond_what_it_trains_on(recipe in recipes(), seed in any::<u64>()) {
        let tables = recipe.tables(SplitName::Extrapolate);
        let corpus = tables.read().unwrap();
        if let Some(partition) = divided(Partition::holdout(&corpus, &tables.split, seed)) {
            assert_parts_are_sound(&corpus, &partition);
            let labels = |part| {
                let rows = partition.rows(0, part).into_iter();
                rows.map(|row| corpus.label(row, 0)).collect::<Vec<f64>>()
            };
            let inside = [labels(Part::Train), labels(Part::Val)].concat();
            let min = inside.iter().copied().fold(f64::INFINITY, f64::min);
            let max = inside.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let test = labels(Part::Test);
            prop_assert!(test.iter().all(|&y| y <= min || y >= max));
            let below = test.iter().filter(|&&y| y <= min).count();
            prop_assert_eq!(below as f64, (0.1 * recipe.target as f64).round());
            prop_assert_eq!(2 * below, test.len());
        }
    }

    #[test]
    fn strict_overlap_leaves_no_leak(recipe in recipes(), seed in any::<u64>()) {
        let tables = recipe.tables(SplitName::Scaffold);
        let corpus = tables.read().unwrap();
        let mut strict = tables.split.clone();
        strict.overlap = Overlap::Strict;
        let shared = divided(Partition::holdout(&corpus, &tables.split, seed));
        let strict = divided(Partition::holdout(&corpus, &strict, seed));
        if let (Some(shared), Some(strict)) = (shared, strict) {
            for row in 0..corpus.rows() {
                // overlap is the sources' affair
                prop_assert_eq!(shared.part(row, 0), strict.part(row, 0));
                let held = matches!(strict.part(row, 0), Part::Val | Part::Test);
                for task in 1..3 {
                    let labelled = shared.part(row, task) != Part::Unlabelled;
                    let excluded = strict.part(row, task) == Part::Excluded;
                    prop_assert_eq!(excluded, held && labelled);
                    prop_assert!(shared.part(row, task) != Part::Excluded);
                }
            }
        }
    }

    #[test]
    fn a_split_depends_on_the_targets_rows_and_the_seed_alone(
        recipe in recipes(),
        seed in any::<u64>(),
    ) {
        for split in [SplitName::Random, SplitName::Scaffold, SplitName::Extrapolate] {
            let tables = recipe.tables(split);
            let corpus = tables.read().unwrap();
            let Some(all) = divided(Partition::holdout(&corpus, &tables.split, seed)) else {
                continue;
            };
            let again = Partition::holdout(&corpus, &tables.split, seed).unwrap();
            prop_assert_eq!(&all, &again);
            // the target's table alone, its rows in another order
            let mut rows: Vec<String> = recipe
                .table(recipe.target, 0)
                .lines()
                .skip(1)
                .map(|line| format!("{line}\n"))
                .collect();
            Stream::new(seed, Purpose::Test, 7).shuffle(&mut rows);
            let other = Tables::new()
                .task("t", format!("x,value,group\n{}", rows.concat()))
                .features(&["x"])
                .with(|data| data.group = Some("group".to_owned()));
            let alone_corpus = other.read().unwrap();
            let mut options = tables.split.clone();
            // the split's own seed wins
            options.split_seed = Some(seed);
            let alone = Partition::holdout(&alone_corpus, &options, seed ^ 1).unwrap();
            for part in [Part::Train, Part::Val, Part::Test] {
                prop_assert_eq!(
                    test_keys(&corpus, &all, part),
                    test_keys(&alone_corpus, &alone, part)
                );
            }
        }
    }
}

#[test]
fn seeds_give_different_splits() {
    let recipe = Recipe {
        target: 200,
        sources: [100, 100],
        groups: 100,
        seed: 1,
    };
    for split in [SplitName::Random, SplitName::Scaffold] {
        let tables = recipe.tables(split);
        let corpus = tables.read().unwrap();
        let splits: BTreeSet<BTreeSet<String>> = (0..5)
            .map(|seed| {
                let partition = Partition::holdout(&corpus, &tables.split, seed).unwrap();
                test_keys(&corpus, &partition, Part::Test)
            })
            .collect();
        assert_eq!(splits.len(), 5);
    }
}

/// Points `0..count` of `y = x`, divided at random.
fn line(count: usize) -> Tables {
    let rows: String = (0..count).map(|x| format!("{x},{x}\n")).collect();
    Tables::new()
        .task("t", format!("x,value\n{rows}"))
        .features(&["x"])
        .split(|split| split.split = SplitName::Random)
}

/// The message of a division with too few rows or wrong options.
#[track_caller]
fn refusal(tables: &Tables) -> String {
    let corpus = tables.read().unwrap();
    let error = Partition::holdout(&corpus, &tables.split, 0).unwrap_err();
    assert!(error.is_input());
    error.to_string()
}

#[test]
fn too_few_rows_name_the_part_and_what_to_do() {
    let message = refusal(&line(1));
    let words = "1 labelled molecules of the target `t`, at least 30 are needed";
    assert!(message.starts_with(words), "{message}");
    let message = refusal(&line(40));
    assert!(
        message.starts_with("8 test rows of the target `t`"),
        "{message}"
    );
    assert!(
        message.contains("raise option `test_fraction` to at least 0.24"),
        "{message}"
    );
    // the advice, followed, leads on to the next part and then to a split
    let tables = line(40).split(|split| split.test_fraction = 0.24);
    let message = refusal(&tables);
    assert!(message.starts_with("3 validation rows"), "{message}");
    assert!(
        message.contains("raise option `val_fraction` to at least 0.32,"),
        "{message}"
    );
    let tables = tables.split(|split| split.val_fraction = 0.32);
    let corpus = tables.read().unwrap();
    assert!(Partition::holdout(&corpus, &tables.split, 0).is_ok());
    let message = refusal(&line(40).split(|split| split.test_fraction = 0.9));
    assert!(message.starts_with("0 validation rows"), "{message}");
    assert!(message.contains("leaves 4 of 40 molecules"), "{message}");
    let message = refusal(&line(40).split(|split| split.split = SplitName::Extrapolate));
    assert!(message.contains("two tenths of 40"), "{message}");
}

#[test]
fn a_poor_source_is_named() {
    let rows = |from: usize, to: usize| {
        let rows = (from..to).map(|x| format!("{x},{x}\n"));
        format!("x,value\n{}", rows.collect::<String>())
    };
    let with_source = |from, to| {
        Tables::new()
            .task("t", rows(0, 400))
            .task("s", rows(from, to))
            .features(&["x"])
            .split(|split| split.split = SplitName::Random)
    };
    let message = refusal(&with_source(0, 20));
    assert!(message.contains("rows of source `s`"), "{message}");
    assert!(message.contains("leave the source out"), "{message}");
    let message = refusal(&with_source(500, 560));
    assert!(
        message.starts_with("6 validation rows of source `s`"),
        "{message}"
    );
    assert!(
        message.contains("raise option `val_fraction` to at least 0.16"),
        "{message}"
    );
}

#[test]
fn fractions_and_folds_outside_their_range_are_refused() {
    for fraction in [0.0, 1.0, -0.1, f64::NAN] {
        let message = refusal(&line(100).split(|split| split.test_fraction = fraction));
        assert!(
            message.starts_with("option `test_fraction` is"),
            "{message}"
        );
        let message = refusal(&line(100).split(|split| split.val_fraction = fraction));
        assert!(message.starts_with("option `val_fraction` is"), "{message}");
    }
    let tables = line(100);
    let corpus = tables.read().unwrap();
    for (folds, fold) in [(0, 0), (1, 0), (3, 3)] {
        let error = Partition::fold(&corpus, &tables.split, 0, folds, fold).unwrap_err();
        assert!(error.to_string().contains("there is no fold"), "{error}");
    }
    let extrapolate = tables.split(|split| split.split = SplitName::Extrapolate);
    let error = Partition::fold(&corpus, &extrapolate.split, 0, 3, 0).unwrap_err();
    assert!(error.to_string().contains("not folds"), "{error}");
}

#[test]
fn a_split_column_has_the_last_word() {
    let part = |x: usize| match x % 5 {
        0 => "test",
        1 => "val",
        _ => "train",
    };
    let rows: String = (0..100).map(|x| format!("{x},{x},{}\n", part(x))).collect();
    let tables = Tables::new()
        .task("t", format!("x,value,part\n{rows}"))
        .task("s", format!("x,value,part\n{rows}"))
        .features(&["x"])
        .split(|split| {
            split.split_column = Some("part".to_owned());
            split.val_fraction = 0.2;
        });
    let corpus = tables.read().unwrap();
    let partition = Partition::holdout(&corpus, &tables.split, 0).unwrap();
    for row in 0..100 {
        assert_eq!(partition.part(row, 0).name(), part(row));
        let held = part(row) != "train";
        assert_eq!(partition.part(row, 1) == Part::Excluded, held);
    }
    // a source's own column does not count
    assert_eq!(partition.count(1, Part::Val), 12);
}

#[test]
fn constant_labels_cannot_be_scaled() {
    let rows: String = (0..100).map(|x| format!("{x},4.25\n")).collect();
    let tables = Tables::new()
        .task("t", format!("x,value\n{rows}"))
        .features(&["x"])
        .split(|split| split.val_fraction = 0.2);
    let corpus = tables.read().unwrap();
    let partition = Partition::holdout(&corpus, &tables.split, 0).unwrap();
    let error = corpus
        .scaler(&partition, 0, TargetTransform::None)
        .unwrap_err();
    assert!(error.is_input());
    let words = "all 64 training labels of task `t` are 4.25";
    assert!(error.to_string().starts_with(words), "{error}");
}

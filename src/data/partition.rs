//! Which rows train, validate and test each task.

use std::collections::HashSet;

use super::config::{Overlap, SplitConfig};
use super::corpus::Corpus;
use super::part::{MIN_ROWS, Part, share, stream_index};
use super::split;
use crate::config::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::random::{Purpose, Stream};

/// The part of every row of a corpus for every task.
///
/// Parts of the target follow [`SplitConfig`]; each source keeps a validation part of its own, drawn
/// at random from the labels it may use, and no test part. Under strict overlap a source's row whose
/// molecule (stereo aside) is in the target's validation or test part is
/// [`Excluded`](Part::Excluded).
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Part by row and task, `[rows x tasks]`, row-major.
    pub parts: Vec<Part>,
    /// Number of tasks.
    pub tasks: usize,
    /// How it was drawn, so that it can be drawn again within its training and validation rows.
    pub(super) origin: Origin,
}

/// A corpus with the parts of its rows: what training learns from.
#[derive(Clone, Copy, Debug)]
pub struct Divided<'a> {
    /// Inputs and labels.
    pub corpus: &'a Corpus,
    /// The part of every row for every task.
    pub partition: &'a Partition,
}

impl Corpus {
    /// The rows with the parts of a partition of them.
    pub fn divided<'a>(&'a self, partition: &'a Partition) -> Divided<'a> {
        let corpus = self;
        Divided { corpus, partition }
    }
}

/// The options and the seed of a division.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origin {
    pub(super) split: SplitConfig,
    pub(super) seed: u64,
}

impl Partition {
    /// One division into training, validation and test rows, drawn with `split.split_seed` or else
    /// `seed`; where `split` is [`final_run`](SplitConfig::final_run), every labelled row of every task trains.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`] rows in a part, or a fraction outside `(0, 1)`.
    pub fn holdout(corpus: &Corpus, split: &SplitConfig, seed: u64) -> Result<Self> {
        let seed = split.split_seed.unwrap_or(seed);
        if split.final_run {
            return Ok(Self::without_division(corpus, split, seed));
        }
        let parts = split::holdout(corpus, split, seed)?;
        Self::of_target_parts(corpus, &parts, split, seed)
    }

    /// Fold `fold` of `folds`: its rows are the test part, and every row is in one fold.
    ///
    /// # Errors
    /// As [`holdout`](Self::holdout); also fewer than two folds, a fold that is not below `folds`,
    /// and the split by column or by `extrapolate`, which have no folds.
    pub fn fold(
        corpus: &Corpus,
        split: &SplitConfig,
        seed: u64,
        folds: usize,
        fold: usize,
    ) -> Result<Self> {
        let seed = split.split_seed.unwrap_or(seed);
        let parts = split::fold(corpus, split, seed, folds, fold)?;
        Self::of_target_parts(corpus, &parts, split, seed)
    }

    /// The partition whose target parts are `target_parts` by row (what they say of rows without
    /// target label is ignored); sources are divided by `seed` and what `split` says of validation
    /// and overlap.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`] rows in a part.
    ///
    /// # Panics
    /// If `target_parts` has not one part for each row.
    #[track_caller]
    pub fn of_target_parts(
        corpus: &Corpus,
        target_parts: &[Part],
        split: &SplitConfig,
        seed: u64,
    ) -> Result<Self> {
        let partition = Self::with_target_parts(corpus, target_parts, split, seed)?;
        let counts = [Part::Test, Part::Val, Part::Train]
            .map(|part| (part, partition.count(corpus.target, part)));
        if let Some(&(part, found)) = counts.iter().find(|(_, count)| *count < MIN_ROWS) {
            let rest = counts[1].1 + counts[2].1;
            return Err(split::too_few(corpus, split, part, found, rest));
        }
        partition.with_sources(corpus)
    }

    /// The parts of the target alone.
    #[track_caller]
    pub(super) fn with_target_parts(
        corpus: &Corpus,
        target_parts: &[Part],
        split: &SplitConfig,
        seed: u64,
    ) -> Result<Self> {
        assert_eq!(target_parts.len(), corpus.rows(), "one part for each row");
        split.validate()?;
        let mut partition = Self {
            parts: vec![Part::Unlabelled; corpus.labels.len()],
            tasks: corpus.tasks.len(),
            origin: Origin {
                split: split.clone(),
                seed,
            },
        };
        for row in corpus.labelled(corpus.target) {
            partition.set(row, corpus.target, target_parts[row]);
        }
        Ok(partition)
    }

    /// Divides the rows of sources into parts as well, beside the target's parts.
    pub(super) fn with_sources(self, corpus: &Corpus) -> Result<Self> {
        let divided = self.with_any_sources(corpus);
        for task in corpus.sources() {
            divided.check_source(corpus, task)?;
        }
        Ok(divided)
    }

    /// Divides the rows of sources into parts without a check that a part of a source has rows
    /// enough.
    pub(super) fn with_any_sources(mut self, corpus: &Corpus) -> Self {
        let held_out = self.held_out_classes(corpus);
        for task in corpus.sources() {
            self.divide_source(corpus, task, &held_out);
        }
        self
    }

    /// Takes the rows of a corpus, their labels and their parts into a digest; not the files' names, so that tables may
    /// move.
    pub(crate) fn digest_into(&self, corpus: &Corpus, digest: &mut Digest) {
        // molecules are told by their identifiers
        for identifier in &corpus.identifiers {
            digest.text(identifier);
        }
        digest.numbers(&corpus.labels);
        digest.numbers(corpus.inputs.features());
        let parts: Vec<u8> = self.parts.iter().map(|&part| part as u8).collect();
        digest.bytes(&parts);
    }

    /// Part of `row` for `task`.
    ///
    /// # Panics
    /// If `row` or `task` is out of range.
    #[track_caller]
    pub fn part(&self, row: usize, task: usize) -> Part {
        assert!(task < self.tasks, "task {task} of {}", self.tasks);
        self.parts[row * self.tasks + task]
    }

    /// Rows of `part` for `task`, in order.
    pub fn rows(&self, task: usize, part: Part) -> Vec<usize> {
        let parts = self.parts.chunks_exact(self.tasks).enumerate();
        parts
            .filter(|(_, parts)| parts[task] == part)
            .map(|(row, _)| row)
            .collect()
    }

    /// Number of rows of `part` for `task`.
    pub fn count(&self, task: usize, part: Part) -> usize {
        let parts = self.parts.chunks_exact(self.tasks);
        parts.filter(|parts| parts[task] == part).count()
    }

    /// Rows that train at least one task, in order: the union table an epoch passes over.
    pub fn training_rows(&self) -> Vec<usize> {
        let parts = self.parts.chunks_exact(self.tasks).enumerate();
        parts
            .filter(|(_, parts)| parts.contains(&Part::Train))
            .map(|(row, _)| row)
            .collect()
    }

    fn set(&mut self, row: usize, task: usize, part: Part) {
        self.parts[row * self.tasks + task] = part;
    }

    /// Overlap classes of the target's validation and test rows; none where overlap is shared.
    fn held_out_classes(&self, corpus: &Corpus) -> HashSet<u32> {
        if self.origin.split.overlap == Overlap::Shared {
            return HashSet::new();
        }
        let held = [Part::Val, Part::Test]
            .into_iter()
            .flat_map(|part| self.rows(corpus.target, part));
        held.map(|row| corpus.overlap_classes()[row]).collect()
    }

    fn divide_source(&mut self, corpus: &Corpus, task: usize, held_out: &HashSet<u32>) {
        let is_held_out = |row: &usize| held_out.contains(&corpus.overlap_classes()[*row]);
        let (excluded, usable): (Vec<usize>, Vec<usize>) = corpus
            .labelled_by_key(task)
            .into_iter()
            .partition(is_held_out);
        for row in excluded {
            self.set(row, task, Part::Excluded);
        }
        for &row in &usable {
            self.set(row, task, Part::Train);
        }
        let val = share(self.origin.split.val_fraction, usable.len());
        let index = stream_index(&corpus.tasks[task]);
        let mut units = split::units(corpus, &usable);
        Stream::new(self.origin.seed, Purpose::SourceSplit, index).shuffle(&mut units);
        for row in split::nearest_to(units, val) {
            self.set(row, task, Part::Val);
        }
    }

    fn check_source(&self, corpus: &Corpus, task: usize) -> Result<()> {
        let name = &corpus.tasks[task];
        let counts = [Part::Train, Part::Val, Part::Excluded].map(|part| self.count(task, part));
        let [train, val, excluded] = counts;
        let usable = train + val;
        let (part, found) = match (train < MIN_ROWS, val < MIN_ROWS) {
            (_, true) => ("validation", val),
            (true, _) => ("training", train),
            _ => return Ok(()),
        };
        let out = "leave the source out";
        let advice = if usable >= 3 * MIN_ROWS {
            split::advise_fraction(
                "option `val_fraction`",
                self.origin.split.val_fraction,
                usable,
                part,
                out,
            )
        } else if usable + excluded >= 3 * MIN_ROWS {
            format!(
                "{excluded} of its {} molecules are held out for the target: {out}, or let it see \
                 them with option `overlap` = shared",
                usable + excluded
            )
        } else {
            format!("it has {} labelled molecules: {out}", usable + excluded)
        };
        Err(Error::from(ErrorKind::TooFewRows {
            what: format!("{part} rows of source `{name}`"),
            found,
            needed: MIN_ROWS,
            advice,
        }))
    }
}

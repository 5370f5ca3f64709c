//! Divisions of what a run may learn from: inner folds to choose by, and the refit on all of it.

use super::config::{Overlap, SplitConfig};
use super::corpus::Corpus;
use super::part::{MIN_ROWS, Part};
use super::partition::{Origin, Partition};
use super::split;
use crate::error::{ErrorKind, Result};

impl Partition {
    /// Every labelled row of every task trains.
    pub(super) fn without_division(corpus: &Corpus, split: &SplitConfig, seed: u64) -> Self {
        let part = |label: &f64| match label.is_nan() {
            true => Part::Unlabelled,
            false => Part::Train,
        };
        Self {
            parts: corpus.labels.iter().map(part).collect(),
            tasks: corpus.tasks.len(),
            origin: Origin {
                split: split.clone(),
                seed,
            },
        }
    }

    /// Does every labelled row of every task train, with none to choose by or to score?
    pub fn is_final(&self) -> bool {
        self.origin.split.final_run
    }

    /// The target's training and validation rows, in the order of their keys: what a run may learn and choose from.
    fn known(&self, corpus: &Corpus) -> Vec<usize> {
        let mut rows = corpus.labelled_by_key(corpus.target);
        rows.retain(|&row| self.part(row, corpus.target).is_known());
        rows
    }

    /// `folds` partitions of the target's training and validation rows, each of which has one fold of them as its
    /// validation part and trains on the others; every such row is in one fold. Test rows stay test rows. Folds
    /// keep whole groups under a split by scaffold, and are random under every other. Sources are divided
    /// anew: under strict overlap no source shows a molecule of the fold, or of the test part.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`] rows in a fold or beside it, and the errors of
    /// [`of_target_parts`](Self::of_target_parts).
    pub fn inner_folds(&self, corpus: &Corpus, folds: usize) -> Result<Vec<Self>> {
        self.folds_of_known(corpus, folds, |parts| parts.with_sources(corpus))
    }

    /// `folds` partitions like those of [`inner_folds`](Self::inner_folds), for runs that choose
    /// nothing by validation rows of sources: sources may have any number of these, zero included.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`] rows of the target in a fold or beside it.
    pub fn left_out_folds(&self, corpus: &Corpus, folds: usize) -> Result<Vec<Self>> {
        self.folds_of_known(corpus, folds, |parts| Ok(parts.with_any_sources(corpus)))
    }

    fn folds_of_known(
        &self,
        corpus: &Corpus,
        folds: usize,
        with_sources: impl Fn(Self) -> Result<Self>,
    ) -> Result<Vec<Self>> {
        let Origin { split, seed } = &self.origin;
        let known = self.known(corpus);
        let divided = split::inner_folds(corpus, (split, *seed), &known, folds.max(1));
        let partition = |fold: &Vec<usize>| {
            let smaller = fold.len().min(known.len() - fold.len());
            if smaller < MIN_ROWS {
                return Err(too_few(corpus, split, (known.len(), folds), smaller));
            }
            let mut parts = self.target_parts(corpus);
            known.iter().for_each(|&row| parts[row] = Part::Train);
            fold.iter().for_each(|&row| parts[row] = Part::Val);
            with_sources(Self::with_target_parts(corpus, &parts, split, *seed)?)
        };
        divided.iter().map(partition).collect()
    }

    /// This partition without validation parts: the validation rows of the task `target` are held
    /// out, those of sources train.
    #[must_use]
    pub fn without_validation(&self, target: usize) -> Self {
        let mut parts = self.clone();
        for (index, part) in parts.parts.iter_mut().enumerate() {
            if *part == Part::Val {
                let of_target = index % self.tasks == target;
                *part = if of_target {
                    Part::Excluded
                } else {
                    Part::Train
                };
            }
        }
        parts
    }

    /// May no source show a molecule of the target's validation or test part?
    pub fn is_strict(&self) -> bool {
        self.origin.split.overlap == Overlap::Strict
    }

    /// The partition whose validation rows of the target train as well.
    ///
    /// # Errors
    /// Those of [`of_target_parts`](Self::of_target_parts).
    pub fn refit(&self, corpus: &Corpus) -> Result<Self> {
        let Origin { split, seed } = &self.origin;
        if split.final_run {
            return Ok(self.clone());
        }
        let mut parts = self.target_parts(corpus);
        for part in &mut parts {
            if *part == Part::Val {
                *part = Part::Train;
            }
        }
        Self::with_target_parts(corpus, &parts, split, *seed)?.with_sources(corpus)
    }

    /// The parts of one task alone, as the target of a corpus of its own.
    pub(crate) fn single(&self, task: usize) -> Self {
        let parts = self.parts.chunks_exact(self.tasks);
        Self {
            parts: parts.map(|row| row[task]).collect(),
            tasks: 1,
            origin: self.origin.clone(),
        }
    }

    /// Part of every row for the target.
    fn target_parts(&self, corpus: &Corpus) -> Vec<Part> {
        let rows = 0..corpus.rows();
        rows.map(|row| self.part(row, corpus.target)).collect()
    }
}

fn too_few(
    corpus: &Corpus,
    split: &SplitConfig,
    (rows, folds): (usize, usize),
    found: usize,
) -> crate::error::Error {
    let (whole, other) = match split::by_groups(corpus, split) {
        true => (" of whole groups", ", divide with option `split` = random"),
        false => ("", ""),
    };
    ErrorKind::TooFewRows {
        what: format!(
            "rows of an inner fold, or beside it, of the target `{}`",
            corpus.tasks[corpus.target]
        ),
        found,
        needed: MIN_ROWS,
        advice: format!(
            "{rows} rows are divided into {folds} inner folds{whole}: ask for fewer with option `inner_folds`{other}, \
             or add labels"
        ),
    }
    .into()
}

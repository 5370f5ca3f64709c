//! Wrong labels on purpose, to see how much of them a method bears.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::part::Part;
use super::part::share;
use super::partition::Partition;
use super::transform::TargetTransform;
use crate::error::Result;
use crate::random::{Purpose, Stream};

/// A share of the target's training labels moved by a number of their standard deviations, up or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Corruption {
    /// Share of the target's training labels, in `[0, 1]`.
    pub share: f64,
    /// By how many standard deviations of the target's training labels.
    pub sd: f64,
}

impl Corruption {
    /// How many of the target's training labels it moves.
    pub fn rows(&self, corpus: &Corpus, partition: &Partition) -> usize {
        share(self.share, partition.count(corpus.target, Part::Train))
    }
}

impl Corpus {
    /// The corpus with some labels of the target's training rows moved: which, and to which side, is drawn
    /// from `seed` in the order of the rows' keys. No other label is touched.
    ///
    /// # Errors
    /// As [`Corpus::scaler`] of the target.
    pub fn corrupted(
        &self,
        partition: &Partition,
        corruption: Corruption,
        seed: u64,
    ) -> Result<Cow<'_, Self>> {
        let moved = corruption.rows(self, partition);
        if moved == 0 {
            return Ok(Cow::Borrowed(self));
        }
        let scaler = self.scaler(partition, self.target, TargetTransform::None)?;
        let shift = corruption.sd * scaler.std;
        let mut rows = self.labelled_by_key(self.target);
        rows.retain(|&row| partition.part(row, self.target) == Part::Train);
        let mut stream = Stream::new(seed, Purpose::Corruption, 0);
        stream.shuffle(&mut rows);
        let mut corpus = self.clone();
        for row in rows.into_iter().take(moved) {
            let up = stream.uniform() < 0.5;
            let cell = row * self.tasks.len() + self.target;
            corpus.labels[cell] += if up { shift } else { -shift };
        }
        Ok(Cow::Owned(corpus))
    }
}

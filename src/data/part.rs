//! The parts of a division, and what every division is drawn by.

use serde::{Deserialize, Serialize};

use crate::config::Bounds;

/// Fewest rows in any part: below it neither a choice by validation error nor a test error means
/// anything.
pub const MIN_ROWS: usize = 10;

/// The use a row is put to for one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// No label of the task.
    Unlabelled,
    /// Weights are fitted to it.
    Train,
    /// Epochs and options are chosen by it.
    Val,
    /// Scored once, at the end; the target alone has such rows.
    Test,
    /// A source's row left out because the target holds its molecule out (strict overlap).
    Excluded,
}

impl Part {
    /// The name in files: `train`, `val`, `test`, `unlabelled`, `excluded`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlabelled => "unlabelled",
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
            Self::Excluded => "excluded",
        }
    }

    /// May the row's label be learnt from, or chosen by?
    pub fn is_known(self) -> bool {
        matches!(self, Self::Train | Self::Val)
    }

    /// The part that a split column means: training, validation or test by one of their usual names, in any capitals,
    /// with or without "set" behind it: `Train`, `validation set`, `hold-out`, `dev`.
    pub(super) fn named(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        let word: String = letters.flat_map(char::to_lowercase).collect();
        match word.strip_suffix("set").unwrap_or(&word) {
            "train" | "training" | "trn" | "tr" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" | "development" | "tune" | "tuning" => {
                Some(Self::Val)
            }
            "test" | "testing" | "tst" | "te" | "holdout" | "heldout" | "external" => {
                Some(Self::Test)
            }
            _ => None,
        }
    }
}

/// A stable number for a name (FNV-1a): a stream of its own for every task, whatever the others.
pub(super) fn stream_index(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `fraction` of `rows`, rounded.
pub(super) fn share(fraction: f64, rows: usize) -> usize {
    (fraction * rows as f64).round() as usize
}

/// A share of rows that leaves both parts some.
pub(super) const SHARE: Bounds = Bounds::between(0.0, 1.0);

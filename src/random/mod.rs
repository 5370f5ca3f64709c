//! Seeded random streams, one per purpose, whose draws are the same on every machine and for any
//! number of threads.
//!
//! The raw words come from ChaCha8; every draw derived from them (uniform, normal, bounded integer,
//! shuffle) is written here, because the derived draws of random-number crates change between
//! their versions.

mod normal;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. Streams of different purposes under one seed are independent, so adding a
/// draw to one does not move another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Which rows `--max-rows` keeps.
    RowSample = 1,
    /// Train, validation and test parts of the target.
    Split = 2,
    /// Validation parts of the sources.
    SourceSplit = 3,
    /// Initial weights.
    Initialisation = 4,
    /// Order of the rows in an epoch.
    Batches = 5,
    /// Perturbations of the embedding.
    Perturbation = 6,
    /// Dropout masks.
    Dropout = 7,
    /// Molecules and label noise of the virtual lab.
    VirtualLab = 8,
    /// Directions of gradient checks and other tests.
    Test = 9,
    /// Charts, functions and points of known manifolds.
    KnownManifold = 10,
    /// Molecules of a survey, and directions its searches start from.
    Survey = 11,
    /// Which training labels are corrupted, and to which side.
    Corruption = 16,
    /// Resamples behind intervals of comparisons.
    Bootstrap = 20,
    /// Draws of a search for options.
    Tuning = 21,
    /// Labels of sources that hyperparameters of a Gaussian process are chosen by.
    Readout = 22,
}

/// A stream of random numbers: ChaCha8 keyed by a seed, at the stream of a purpose and an index.
///
/// ```
/// use geogate::random::{Purpose, Stream};
/// let mut a = Stream::new(7, Purpose::Split, 0);
/// let mut b = Stream::new(7, Purpose::Split, 0);
/// assert_eq!(a.uniform(), b.uniform());
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    words: ChaCha8Rng,
}

impl Stream {
    /// The stream of `purpose` under `seed`; `index` tells apart streams of one purpose (epoch,
    /// task, step, shard).
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut key = [0; 32];
        for (bytes, word) in key
            .chunks_exact_mut(8)
            .zip([seed, purpose as u64, index, 0x67_65_6f])
        {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self {
            words: ChaCha8Rng::from_seed(key),
        }
    }

    /// A uniform number in `[0, 1)` with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.words.next_u64() >> 11) as f64 * UNIT
    }

    /// A standard normal number, by the Box–Muller transform (the cosine branch).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Standard normal numbers, by both branches of the Box–Muller transform: a few ns each where
    /// [`Self::normal`] takes 25. They are others than those of [`Self::normal`], and draws one after the
    /// other give other numbers than all at once.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        const WORDS: usize = 2 * normal::PAIRS;
        let (mut bytes, mut words, mut numbers) = ([0; 8 * WORDS], [0; WORDS], [0.0; WORDS]);
        let mut draws = Vec::with_capacity(count);
        while draws.len() < count {
            self.words.fill_bytes(&mut bytes);
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            normal::transform(&words, &mut numbers);
            draws.extend_from_slice(&numbers[..WORDS.min(count - draws.len())]);
        }
        draws
    }

    /// A uniform integer in `0..bound`, by Lemire's multiply-and-reject, without bias.
    ///
    /// # Panics
    /// If `bound` is zero.
    #[track_caller]
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "below: the bound is zero");
        let bound = bound as u64;
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.words.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts `items` into a uniformly random order (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// A uniformly random order of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }
}

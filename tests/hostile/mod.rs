//! Mutated input: whatever bytes stand where a molecule, a table or a model is expected, the answer is a value or an
//! error, and asks for no memory beyond a stated bound.
//!
//! `GEOGATE_SOAK=1` runs the long form, a million molecules and a hundred thousand files of each kind, in which every
//! answer also comes within a second; failures print the input.

#[cfg(feature = "report")]
mod models;
mod molecules;
mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use geogate::random::{Purpose, Stream};

use crate::counting::largest_of;

/// `short` cases, or `long` ones where GEOGATE_SOAK is set.
pub(crate) fn cases(short: usize, long: usize) -> usize {
    if is_long() { long } else { short }
}

/// Is the long form asked for?
fn is_long() -> bool {
    std::env::var_os("GEOGATE_SOAK").is_some()
}

/// A mutation of one of the `seeds`: up to six edits, of bytes, of spans, and of words of the trade.
fn mutated(seeds: &[Vec<u8>], words: &[&str], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = seeds[stream.below(seeds.len())].clone();
    for _ in 0..=stream.below(6) {
        let at = stream.below(bytes.len() + 1);
        let end = (at + stream.below(12)).min(bytes.len());
        match stream.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << stream.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let span = bytes[at..end].to_vec();
                let times = 1 + stream.below(4);
                bytes.splice(at..at, span.repeat(times));
            }
            3 => {
                let word = words[stream.below(words.len())].bytes();
                bytes.splice(at..end, word);
            }
            4 => {
                let other = &seeds[stream.below(seeds.len())];
                let from = stream.below(other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
            5 => bytes.truncate(at),
            _ => bytes.insert(at, stream.below(256) as u8),
        }
    }
    bytes
}

/// What the worst of many inputs took.
#[derive(Default)]
struct Worst {
    time: Duration,
    bytes: usize,
}

impl Worst {
    /// Does `work`; a panic, an allocation above `bytes`, and in the long form a second or more, is a failure that shows
    /// `input`.
    fn guard(&mut self, input: &[u8], bytes: usize, work: &mut dyn FnMut()) {
        let (start, mut outcome) = (Instant::now(), Ok(()));
        let largest = largest_of(&mut || outcome = catch_unwind(AssertUnwindSafe(&mut *work)));
        let shown = || String::from_utf8_lossy(&input[..input.len().min(2000)]).into_owned();
        assert!(outcome.is_ok(), "panic at: {}", shown());
        let took = start.elapsed();
        // a machine that is busy with other tests says nothing about time
        let in_time = !is_long() || took < Duration::from_secs(1);
        assert!(in_time, "{took:?} for: {}", shown());
        assert!(largest <= bytes, "{largest} bytes at once for: {}", shown());
        self.time = self.time.max(took);
        self.bytes = self.bytes.max(largest);
    }

    #[expect(
        clippy::print_stderr,
        reason = "figures of the long form are to be seen"
    )]
    fn report(&self, what: &str, cases: usize, values: usize) {
        let Self { time, bytes } = self;
        eprintln!(
            "{cases} mutated {what}, {values} of them usable: at most {time:?} and {bytes} bytes at once"
        );
    }
}

/// A stream of its own for a kind of input.
fn stream(kind: u64) -> Stream {
    Stream::new(2026, Purpose::Test, kind)
}

/// Runs `work` on a pool of one thread, where allocations are counted.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(work)
}

//! What the program says: results on stdout, progress and notes on stderr.

use std::io::{self, ErrorKind as IoKind, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::flags;
use super::options::ConsoleFlags;
use crate::error::{Error, Result};

/// Work that ends sooner is not worth a line.
const PATIENCE: Duration = Duration::from_secs(2);
/// Steps reported within it were finished in an earlier run, where nobody says so.
const INSTANT: Duration = Duration::from_millis(200);
/// Time between plain lines, where no bar can be drawn.
const INTERVAL: Duration = Duration::from_secs(10);

/// The two streams and how the user wants them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    quiet: bool,
    json: bool,
}

impl Console {
    /// A console as the flags or the configuration say.
    pub(super) fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json }
    }

    /// A console as the flags say.
    pub(super) fn of(flags: &ConsoleFlags) -> Self {
        Self::new(flags.quiet, flags.json)
    }

    /// Prints a result: `value` as JSON if JSON is wanted, `text` otherwise.
    pub(super) fn result(&self, value: &impl Serialize, text: &str) -> Result<()> {
        if !self.json {
            return print(flags::of_program(text).as_bytes());
        }
        let mut json = serde_json::to_vec_pretty(value)
            .map_err(|source| Error::io("write", "standard output", source.into()))?;
        json.push(b'\n');
        print(&json)
    }

    /// A remark about the results, on stderr; shown even where progress is not.
    pub(super) fn note(&self, text: &str) {
        // a lost remark is no reason to fail
        let _ = writeln!(io::stderr().lock(), "{}", flags::of_program(text));
    }

    /// Progress of `length` steps of something; `noun` names it in plain lines.
    pub(super) fn progress(&self, noun: &'static str, length: usize) -> Progress {
        if self.quiet {
            return Progress::Silent;
        }
        if !io::stderr().is_terminal() {
            return Progress::Lines(Lines::new(noun, length));
        }
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
        let template = "{prefix} {bar:30} {pos}/{len}  {wide_msg} {elapsed} (left {eta})";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(noun);
        Progress::Bar(bar)
    }
}

/// Writes to stdout; a reader that has closed its end has seen enough.
pub(super) fn print(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(source) if source.kind() != IoKind::BrokenPipe => {
            Err(Error::io("write", "standard output", source))
        }
        _ => Ok(()),
    }
}

/// Progress of one piece of work.
#[derive(Debug)]
pub(super) enum Progress {
    /// Nothing is shown.
    Silent,
    /// A bar on a terminal.
    Bar(ProgressBar),
    /// A plain line now and then.
    Lines(Lines),
}

/// Plain lines, seldom.
#[derive(Debug)]
pub(super) struct Lines {
    noun: &'static str,
    length: AtomicUsize,
    start: Instant,
    next: Mutex<Duration>,
    /// Steps that were there at once, from an earlier run: they say nothing of the time to come.
    given: AtomicUsize,
}

impl Lines {
    fn new(noun: &'static str, length: usize) -> Self {
        Self {
            noun,
            length: AtomicUsize::new(length),
            start: Instant::now(),
            next: Mutex::new(PATIENCE),
            given: AtomicUsize::new(0),
        }
    }

    fn at(&self, position: usize, message: &str, kept: bool) {
        let elapsed = self.start.elapsed();
        let mut next = self.next.lock().expect("no holder panics");
        if kept || elapsed < INSTANT {
            self.given.store(position, Ordering::Relaxed);
        }
        if elapsed < *next {
            return;
        }
        *next = elapsed + INTERVAL;
        let (noun, length) = (self.noun, self.length.load(Ordering::Relaxed));
        let given = self.given.load(Ordering::Relaxed);
        let seconds = elapsed.as_secs();
        let left = match left(
            elapsed,
            position - given.min(position),
            length - position.min(length),
        ) {
            Some(left) => format!(" (left {} s)", left.as_secs()),
            None => String::new(),
        };
        let line = format!("{noun} {position} of {length}  {message}  {seconds} s{left}");
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// The time that `open` steps will take if `done` of them took `elapsed`.
fn left(elapsed: Duration, done: usize, open: usize) -> Option<Duration> {
    (done > 0).then(|| elapsed.mul_f64(open as f64 / done as f64))
}

impl Progress {
    /// Corrects the number of steps.
    pub(super) fn of(&self, length: usize) {
        match self {
            Self::Silent => {}
            Self::Bar(bar) => bar.set_length(length as u64),
            Self::Lines(lines) => lines.length.store(length, Ordering::Relaxed),
        }
    }

    /// Shows that `position` steps are done.
    pub(super) fn at(&self, position: usize, message: &str) {
        match self {
            Self::Silent => {}
            Self::Bar(bar) => {
                bar.set_position(position as u64);
                bar.set_message(message.to_owned());
            }
            Self::Lines(lines) => lines.at(position, message, false),
        }
    }

    /// Shows that `position` steps are done, the latest of them in an earlier run, which says
    /// nothing of the time to come.
    pub(super) fn kept(&self, position: usize, message: &str) {
        match self {
            Self::Lines(lines) => lines.at(position, message, true),
            _ => self.at(position, message),
        }
        if let Self::Bar(bar) = self {
            bar.reset_eta();
        }
    }

    /// A remark that stays above the bar.
    pub(super) fn note(&self, text: &str) {
        let write = || {
            let _ = writeln!(io::stderr().lock(), "{text}");
        };
        match self {
            Self::Bar(bar) => bar.suspend(write),
            Self::Silent | Self::Lines(_) => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_steps_done() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(minute, 3, 6), Some(Duration::from_secs(120)));
        assert_eq!(left(minute, 3, 0), Some(Duration::ZERO));
        assert_eq!(left(minute, 0, 6), None);
    }

    #[test]
    fn steps_of_an_earlier_run_take_no_time_however_late_they_are_told() {
        let lines = Lines::new("job", 9);
        std::thread::sleep(INSTANT);
        lines.at(4, "", true);
        lines.at(5, "", false);
        assert_eq!(lines.given.into_inner(), 4);
    }
}

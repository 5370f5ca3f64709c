//! Ctrl-C, a request to end and a lost terminal: the first asks the run to stop with a checkpoint, the second ends the
//! program.

#[cfg(unix)]
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::error::{Error, Result};

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Exit status after an interruption, as shells have it: 128 + SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

/// The flag that is set, from now on, by the signals of Ctrl-C, of `kill` and of a terminal that is gone.
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) where the system refuses.
pub(super) fn stop_flag() -> Result<&'static AtomicBool> {
    let stop = STOP.get_or_init(Arc::default);
    for signal in signals() {
        // looks at the flag before it is set: a second signal ends the program
        register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(stop))
            .and_then(|_| register(signal, Arc::clone(stop)))
            .map_err(|error| Error::io("handle signals in", "this process", error))?;
    }
    Ok(stop)
}

/// The signals that ask for an end.
fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !ignores_hangup().unwrap_or(false) {
        signals.push(signal_hook::consts::SIGHUP);
    }
    signals
}

/// Was the program started so that it outlives its terminal, as by `nohup`? Known on Linux alone.
#[cfg(unix)]
fn ignores_hangup() -> io::Result<bool> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mut lines = status.lines();
    let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // bit n − 1 is signal n, and a hangup is signal 1
    Ok(mask.is_some_and(|mask| mask & 1 == 1))
}

//! Ctrl-C: the first asks the run to stop with a checkpoint, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

static STOP: AtomicBool = AtomicBool::new(false);

/// Exit status after an interruption, as shells have it: 128 + SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

/// The flag that Ctrl-C sets from now on.
pub(super) fn stop_flag() -> Result<&'static AtomicBool> {
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    };
    ctrlc::set_handler(handler).map_err(|error| {
        Error::io(
            "handle Ctrl-C in",
            "this process",
            std::io::Error::other(error),
        )
    })?;
    Ok(&STOP)
}

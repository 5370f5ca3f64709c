//! The `geogate` program.

use std::process::ExitCode;

#[cfg(feature = "cli")]
fn main() -> ExitCode {
    geogate::cli::run()
}

/// Built without its command line, the program can only say so by its status.
#[cfg(not(feature = "cli"))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}

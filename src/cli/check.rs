//! `geogate check`: what a run would make of the tables.
use clap::Args;
use crate::error::Result;
/// Check
#[derive(Args)]
pub(super) struct CheckFlags {}
/// Runs the subcommand.
pub(super) fn run(_flags: &CheckFlags) -> Result<()> {
    Ok(())
}

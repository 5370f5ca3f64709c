//! `geogate check`: what a run would make of the tables.

use clap::Args;

use super::console::Console;
use super::options::{ConfigFlag, ConsoleFlags, DataFlags, SeedFlag, SplitFlags};
use super::settings::{Overlay, Settings};
use crate::data::check::Check;
use crate::error::Result;

/// Show what a run would make of the tables, without training
///
/// Rows read, skipped and why; duplicates and how far their values spread; ranges and outliers;
/// molecules that tasks share; groups; sizes of the training, validation and test parts, and what
/// strict overlap leaves out.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckFlags {
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    split: SplitFlags,
    #[command(flatten)]
    seed: SeedFlag,
    #[command(flatten)]
    console: ConsoleFlags,
    #[command(flatten)]
    config: ConfigFlag,
}

const EXAMPLES: &str = "\
Examples:
  geogate check --task tb=boiling.csv --task tc=critical.csv --target tc
  geogate check --data wide.csv --target tc --split random --json
  geogate check --config run/config.toml";

/// Runs the subcommand.
pub(super) fn run(flags: &CheckFlags) -> Result<()> {
    let overlay = Overlay::default()
        .with("data", &flags.data)
        .with("split", &flags.split)
        .with("training", &flags.seed)
        .with("run", &flags.console);
    let settings = Settings::read(flags.config.config.as_deref(), &overlay, "check")?;
    settings.check()?;
    super::use_threads(settings.run.threads)?;
    let console = Console::new(settings.run.quiet, settings.run.json);
    let config = settings.config();
    let check = Check::read(&config.data, &config.split, config.training.seed)?;
    console.result(&check, &check.to_string())
}

//! The program `geogate`: one file per subcommand, and the only place that prints.
//!
//! stdout carries results, stderr progress and remarks. Exit status: 0 success, 2 wrong usage or
//! unusable input, 130 after Ctrl-C with a checkpoint, 1 anything else.

mod check;
mod compare;
mod console;
mod demo;
mod explain;
mod flags;
mod frozen;
mod geometry;
mod interrupt;
mod options;
mod predict;
mod remarks;
mod run_folder;
mod settings;
mod stability;
mod table;
mod train;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Bounds;
use crate::error::{Error, ErrorKind, Result};
use crate::files::replaced_by;

/// Inductive transfer for regression: few labels of one property, many of another.
#[derive(Parser)]
#[command(name = "geogate", version, about, after_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  geogate demo                                   the main job on bundled molecules, no file needed
  geogate check --task tb=boiling.csv --task tc=critical.csv --target tc
  geogate train --task tb=boiling.csv --task tc=critical.csv --target tc --out run
  geogate predict --model run --input new.csv --output predictions.csv
  geogate explain --model run --smiles CCO --svg ethanol.svg
  geogate compare --task tb=boiling.csv --task tc=critical.csv --target tc --seeds 5 --out cmp
  geogate geometry --model run --out geo

Tables are CSV files with a header. `geogate COMMAND --help` says more.
Exit status: 0 success, 2 wrong usage or unusable input, 130 interrupted with a checkpoint, 1 other.";

#[derive(Subcommand)]
enum Command {
    Demo(demo::DemoFlags),
    Check(Box<check::CheckFlags>),
    Train(Box<train::TrainFlags>),
    Predict(predict::PredictFlags),
    Explain(explain::ExplainFlags),
    Compare(Box<compare::CompareCommand>),
    Geometry(geometry::GeometryFlags),
}

/// Runs the program with the arguments of this process.
pub fn run() -> ExitCode {
    // clap answers --help and --version with 0, wrong usage with 2
    let outcome = match Program::parse().command {
        Command::Demo(flags) => demo::run(&flags).map(|()| ExitCode::SUCCESS),
        Command::Check(flags) => check::run(&flags).map(|()| ExitCode::SUCCESS),
        Command::Train(flags) => train::run(&flags).map(|()| ExitCode::SUCCESS),
        Command::Predict(flags) => predict::run(&flags).map(|()| ExitCode::SUCCESS),
        Command::Explain(flags) => explain::run(&flags).map(|()| ExitCode::SUCCESS),
        Command::Compare(flags) => compare::run(&flags),
        Command::Geometry(flags) => geometry::run(&flags).map(|()| ExitCode::SUCCESS),
    };
    match outcome {
        Ok(status) => status,
        Err(error) => {
            // a stderr that is closed leaves the status to speak
            let message = flags::of_program(&error.to_string());
            let _ = writeln!(io::stderr().lock(), "error: {message}{}", place(&error));
            ExitCode::from(status(&error))
        }
    }
}

/// Where a file that is missing was looked for; what becomes of the results that an interrupted run replaces.
fn place(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Io { path, source, .. } => match std::env::current_dir() {
            Ok(folder) if source.kind() == io::ErrorKind::NotFound && path.is_relative() => {
                format!(
                    "; check the name, it is looked up from {}",
                    folder.display()
                )
            }
            _ => String::new(),
        },
        ErrorKind::Interrupted {
            checkpoint: Some(path),
        } => replaced_by(path).map_or_else(String::new, |out| {
            let out = out.display();
            format!(" (--out {out} --resume); {out} is as it was until that ends")
        }),
        _ => String::new(),
    }
}

fn status(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Interrupted { .. } => interrupt::INTERRUPTED,
        _ if error.is_input() => 2,
        _ => 1,
    }
}

/// Gives the thread pool `threads` threads; one per core without.
fn use_threads(threads: Option<usize>) -> Result<()> {
    let Some(threads) = threads else {
        return Ok(());
    };
    Bounds::from_to(1.0, 1024.0).check_count(
        "threads",
        threads,
        "2; without it there is one per core",
    )?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| Error::io("start", "the threads", io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Program::command().debug_assert();
    }

    /// The library says so itself only where debug assertions are on.
    #[test]
    fn no_command_has_two_flags_of_one_name() {
        let mut program = Program::command();
        program.build();
        for command in program.get_subcommands() {
            let mut names: Vec<&str> = command
                .get_arguments()
                .filter_map(|a| a.get_long())
                .collect();
            names.sort_unstable();
            let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None, "{}", command.get_name());
        }
    }

    #[test]
    fn pairs_of_tables_and_pairs_of_losses_are_two_flags() {
        let arguments = "geogate compare --pairs pairs.toml --loss-pairs target --out cmp";
        let program = Program::try_parse_from(arguments.split(' '));
        assert!(program.is_ok(), "{:?}", program.err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_refused_by_its_name() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;
        for flag in ["--out", "--pairs", "--data"] {
            let path = OsString::from_vec(b"cmp\xff".to_vec());
            let arguments = ["geogate", "compare", flag].map(OsString::from);
            let program = Program::try_parse_from(arguments.into_iter().chain([path]));
            let message = program.err().map(|error| error.to_string());
            let message = message.unwrap_or_default();
            assert!(
                message.contains("cmp") && message.contains("UTF-8"),
                "{message}"
            );
        }
    }
}

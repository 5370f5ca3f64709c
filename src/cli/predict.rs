//! `geogate predict`: a model and a table of new molecules in, the table with predictions out.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::options::ConsoleFlags;
use super::remarks::open_quotes;
use super::table::grouped;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::prediction_table::{RowCount, predict_table};
use crate::files::PendingFile;
use crate::train::Model;

/// Predict every task of a model for a table of new molecules
///
/// The output has every column and row of the input, in order, a column per task in the unit of
/// the table it was trained on, and a column `error` with the reason where a row could not be
/// predicted (its task columns are blank).
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PredictFlags {
    /// Folder of a finished `geogate train` (or `geogate demo`)
    #[arg(long, value_name = "DIR")]
    model: PathBuf,

    /// CSV file with a header and what the model reads: a `smiles` column, feature columns, or both
    #[arg(long, value_name = "FILE")]
    input: PathBuf,

    /// File for the predictions [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace --output if it exists
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    console: ConsoleFlags,
}

const EXAMPLES: &str = "\
Examples:
  geogate predict --model run --input new.csv --output predictions.csv
  geogate predict --model run --input new.csv | head";

/// What became of the rows, for `--json`.
#[derive(Serialize)]
struct Summary<'a> {
    output: &'a Path,
    tasks: &'a [&'a str],
    rows: usize,
    predicted: usize,
}

/// Runs the subcommand.
pub(super) fn run(flags: &PredictFlags) -> Result<()> {
    super::use_threads(flags.console.threads)?;
    let console = Console::of(&flags.console);
    refuse_existing(flags)?;
    let model = Model::load(&flags.model)?;
    let mut predicted = Vec::new();
    for task in model.tasks() {
        match model.absence(task) {
            None => predicted.push(task.as_str()),
            Some(absence) => console.note(&format!("{task} is not predicted: {absence}")),
        }
    }
    let Some(output) = &flags.output else {
        let count = to_stdout(&model, &flags.input)?;
        return check(&count, &flags.input, console);
    };
    let mut file = PendingFile::create(output)?;
    let count = predict_table(&model, &flags.input, &mut file)?;
    check(&count, &flags.input, console)?;
    file.commit()?;
    let summary = Summary {
        output,
        tasks: &predicted,
        rows: count.rows,
        predicted: count.predicted,
    };
    let text = format!(
        "{} of {} rows predicted for {}: {}\n",
        grouped(count.predicted),
        grouped(count.rows),
        predicted.join(", "),
        output.display()
    );
    console.result(&summary, &text)
}

fn refuse_existing(flags: &PredictFlags) -> Result<()> {
    match &flags.output {
        None if flags.console.json => Err(Error::usage(
            "--json needs --output: without it, standard output carries the table",
            "name a file with --output, or leave --json out",
        )),
        Some(output) if output.exists() && !flags.force => Err(Error::usage(
            format!("{} exists already", output.display()),
            "choose another --output, or pass --force to replace it",
        )),
        _ => Ok(()),
    }
}

/// Predicts to stdout, where a reader may stop reading.
fn to_stdout(model: &Model, file: &Path) -> Result<RowCount> {
    let written = predict_table(model, file, io::stdout().lock());
    match written {
        Err(error) if closed(&error) => Ok(RowCount::default()),
        written => written,
    }
}

fn closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// Remarks on rows without prediction; an error if there is no other.
fn check(count: &RowCount, file: &Path, console: Console) -> Result<()> {
    let Some(first) = &count.first_failure else {
        return Ok(());
    };
    if count.predicted == 0 {
        return Err(ErrorKind::Table {
            file: file.to_path_buf(),
            line: Some(first.line),
            column: None,
            value: None,
            problem: format!(
                "none of the {} rows could be predicted, the first because: {}",
                grouped(count.rows),
                first.fault()
            ),
            advice: "correct the table".to_owned(),
        }
        .into());
    }
    console.note(&format!(
        "{} of {} rows of {} could not be predicted: column `error` says why ({first})",
        grouped(count.rows - count.predicted),
        grouped(count.rows),
        file.display()
    ));
    for line in open_quotes(file, &count.open_quotes) {
        console.note(&line);
    }
    Ok(())
}

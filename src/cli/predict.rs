//! `geogate predict`: a model and a table of new molecules in, the table with predictions out.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::flags::parser;
use super::options::{ConsoleFlags, refuse_existing};
use super::remarks::open_quotes;
use super::table::grouped;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::prediction_table::{EvidenceCount, RowCount, TableOptions, predict_table};
use crate::evaluate::table_evidence::EvidenceColumn;
use crate::files::{PendingFile, is_standard_output};
use crate::train::Model;

/// Predict every task of a model for a table of new molecules
///
/// The output has every column and row of the input, in order, a column per task in the unit of
/// the table it was trained on, and a column `error` with the reason where a row could not be
/// predicted (its task columns are blank).
///
/// A model that a Gaussian process reads (`train --head gp`, methods gp and gp-mtl) says how far off it may be:
/// behind each task NAME stand NAME_sd (standard deviation), NAME_lower and NAME_upper (the interval of --coverage)
/// and NAME_trust (the share of labels left out in training that were predicted with a larger standard deviation);
/// before `error` stand `nearest` and `nearest_distance` (the labelled row of the target that is nearest, and how far
/// it is, over the median distance of such rows) and `remark`.
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

    /// The share of labels that intervals are to hold, above 0 and below 1; where too few rows were left out in
    /// training for it, intervals are open (`-inf`, `inf`) [default: 0.9]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    coverage: Option<f64>,

    /// Measured values of another task of the model, repeatable: a column of --input in the unit of the task's
    /// table, blank where there is none. Each conditions the predictions of its own row alone
    #[arg(long, value_name = "TASK=COLUMN", value_parser = parser(str::parse::<EvidenceColumn>))]
    evidence: Vec<EvidenceColumn>,

    /// Replace --output if it exists
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    console: ConsoleFlags,
}

const EXAMPLES: &str = "\
Examples:
  geogate predict --model run --input new.csv --output predictions.csv
  geogate predict --model run --input new.csv | head
  Narrower intervals, in view of boiling points measured for some of the molecules:
    geogate predict --model run --input new.csv --coverage 0.8 --evidence tb=boiling_point --output predictions.csv

A cell of --evidence that is no finite number is not used, which `remark` says. One that is more than six
standard deviations from what was expected is used, and `remark` says that too; so it does of rows beyond what the
model has seen. Numbers are written in full; `-inf` and `inf` are the ends of open intervals.";

/// What became of the rows, for `--json`.
#[derive(Serialize)]
struct PredictionCounts<'a> {
    output: &'a Path,
    tasks: &'a [&'a str],
    rows: usize,
    predicted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<EvidenceCount>,
}

/// Runs the subcommand.
pub(super) fn run(flags: &PredictFlags) -> Result<()> {
    super::use_threads(flags.console.threads)?;
    let console = Console::of(&flags.console);
    // standard output carries either the table or the summary
    let output = flags
        .output
        .as_deref()
        .filter(|path| !is_standard_output(path));
    if output.is_none() && flags.console.json {
        return Err(Error::usage(
            "--json needs --output: without it, standard output carries the table",
            "name a file with --output, or leave --json out",
        ));
    }
    let inputs = [flags.input.as_path(), &flags.model];
    refuse_existing((output, "--output"), flags.force, inputs)?;
    let model = Model::load(&flags.model)?;
    let mut predicted = Vec::new();
    for task in model.tasks() {
        match model.absence(task) {
            None => predicted.push(task.as_str()),
            Some(absence) => console.note(&format!("{task} is not predicted: {absence}")),
        }
    }
    let options = TableOptions {
        coverage: flags.coverage,
        evidence: flags.evidence.clone(),
    };
    let Some(output) = output else {
        let count = to_stdout(&model, &flags.input, &options)?;
        return check(&count, &flags.input, console);
    };
    let mut file = PendingFile::create(output)?;
    let count = predict_table(&model, &flags.input, &options, &mut file)?;
    check(&count, &flags.input, console)?;
    file.commit()?;
    let summary = PredictionCounts {
        output,
        tasks: &predicted,
        rows: count.rows,
        predicted: count.predicted,
        evidence: count.evidence,
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

/// Predicts to stdout, where a reader may stop reading.
fn to_stdout(model: &Model, file: &Path, options: &TableOptions) -> Result<RowCount> {
    let written = predict_table(model, file, options, io::stdout().lock());
    match written {
        Err(error) if closed(&error) => Ok(RowCount::default()),
        written => written,
    }
}

fn closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
}

/// Remarks on rows without prediction and on measured values; an error if no row has a prediction.
fn check(count: &RowCount, file: &Path, console: Console) -> Result<()> {
    if let Some(line) = count
        .evidence
        .as_ref()
        .and_then(|count| of_evidence(count, file))
    {
        console.note(&line);
    }
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

/// A line on measured values that were not used, or not expected.
fn of_evidence(count: &EvidenceCount, file: &Path) -> Option<String> {
    let refused = (count.refused > 0).then(|| {
        format!(
            "{} of {} measured values of {} could not be used",
            grouped(count.refused),
            grouped(count.refused + count.used),
            file.display()
        )
    });
    let surprising = (count.surprising > 0).then(|| {
        format!(
            "{} of the {} measured values used are far from what was expected",
            grouped(count.surprising),
            grouped(count.used)
        )
    });
    let lines: Vec<String> = [refused, surprising].into_iter().flatten().collect();
    (!lines.is_empty()).then(|| format!("{}: column `remark` says which", lines.join("; ")))
}

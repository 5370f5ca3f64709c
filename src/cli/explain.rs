//! `geogate explain`: a model and one row in; what the prediction is made of out.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde::Serialize;

use super::console::Console;
use super::options::{ConsoleFlags, refuse_existing, whole};
use super::table::{TextTable, wrapped};
use crate::data::rows::InputColumns;
use crate::data::table::{CHUNK_ROWS, Table};
use crate::data::{InputKind, Inputs};
use crate::error::{Error, Result};
use crate::files::{is_standard_output, write_atomically};
use crate::molecule::MolecularGraph;
use crate::report::molecule::atom_shares;
use crate::report::short;
use crate::train::{Explanation, Model};

/// Take one prediction apart: by views, tasks, training molecules and atoms
///
/// For models that a Gaussian process reads (`geogate train --head gp`). A prediction is the mean of the task's
/// training labels and what moves it from there: a part for every view of the molecule and every task whose labels
/// speak, and one for the networks' heads. They add up to the prediction. Then the training labels that weigh most, and
/// with --svg a picture of the molecule, atoms coloured by their first-order shares (gradient times input) of the parts
/// of frame, embedding and latent chart: what they react to, not a sum that must come out even.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainFlags {
    /// Folder of a finished `geogate train --head gp`
    #[arg(long, value_name = "DIR")]
    model: PathBuf,

    /// The molecule
    #[arg(long, value_name = "SMILES", conflicts_with = "input")]
    smiles: Option<String>,

    /// The model's numeric columns, for a model that reads them
    #[arg(long, value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = named_number, conflicts_with = "input")]
    features: Vec<(String, f64)>,

    /// CSV file with what the model reads, in place of --smiles and --features
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Row of --input, counted from 1 under the header
    #[arg(long, value_name = "N", default_value_t = 1, requires = "input", value_parser = value_parser!(u64).range(1..))]
    row: u64,

    /// Task whose prediction is explained [default: the model's target]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// Training labels that are listed
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = whole)]
    top: usize,

    /// File for a picture of the molecule, atoms coloured by their shares
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Replace --svg if it exists
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    console: ConsoleFlags,
}

const EXAMPLES: &str = "\
Examples:
  geogate train --task tb=boiling.csv --task tc=critical.csv --target tc --head gp --out run
  geogate explain --model run --smiles CCO
  geogate explain --model run --smiles 'Oc1ccccc1' --target tb --svg phenol.svg
  geogate explain --model run --input new.csv --row 7 --top 3 --json
  geogate explain --model run --features T=300,p=1.5";

/// What `--json` prints.
#[derive(Serialize)]
struct Output<'a> {
    row: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

/// Runs the subcommand.
pub(super) fn run(flags: &ExplainFlags) -> Result<()> {
    super::use_threads(flags.console.threads)?;
    let console = Console::of(&flags.console);
    if flags.svg.as_deref().is_some_and(is_standard_output) {
        return Err(Error::usage(
            "--svg names standard output, which carries the explanation",
            "name a file with --svg",
        ));
    }
    let inputs = flags
        .input
        .iter()
        .chain([&flags.model])
        .map(PathBuf::as_path);
    refuse_existing((flags.svg.as_deref(), "--svg"), flags.force, inputs)?;
    let model = Model::load(&flags.model)?;
    let kind = model.inputs();
    let (inputs, name) = match &flags.input {
        Some(file) => row_of_table(&kind, file, flags.row)?,
        None => row_of_flags(&kind, flags)?,
    };
    let task = flags.target.as_deref().unwrap_or(model.target());
    let mut explanation = model.explain(&inputs, 0, task)?;
    explanation.labels.truncate(flags.top);
    if let Some(file) = &flags.svg {
        let svg = picture(&explanation, &inputs)?;
        write_atomically(file, svg.as_bytes())?;
    }
    let output = Output {
        row: &name,
        explanation: &explanation,
    };
    let mut text = report(&explanation, &name);
    if let Some(file) = &flags.svg {
        writeln!(text, "\n{} shows the atoms' shares.", file.display())
            .expect("text takes every character");
    }
    console.result(&output, &text)
}

/// NAME=NUMBER; a name may have `=` in it.
fn named_number(text: &str) -> std::result::Result<(String, f64), String> {
    let (name, number) = text
        .rsplit_once('=')
        .ok_or("write a column and its value as NAME=NUMBER")?;
    let value: f64 = number
        .trim()
        .parse()
        .map_err(|_| format!("`{number}` is no number"))?;
    Ok((name.trim().to_owned(), value))
}

/// The row that --smiles and --features give, and its name.
fn row_of_flags(kind: &InputKind, flags: &ExplainFlags) -> Result<(Inputs, String)> {
    let smiles = flags.smiles.as_deref();
    match (kind.molecules, smiles) {
        (true, None) => {
            return Err(Error::usage(
                format!("the model reads {kind}, and no molecule is given"),
                "name one with --smiles, or a table with --input",
            ));
        }
        (false, Some(_)) => {
            return Err(Error::usage(
                format!("the model reads {kind}: --smiles is none of its inputs"),
                "leave --smiles out, and give its columns with --features",
            ));
        }
        _ => {}
    }
    let values = values(kind, &flags.features)?;
    if let Some(text) = smiles {
        // the message of a refused text without the number of a row
        MolecularGraph::parse(text)
            .map_err(|error| Error::usage(error.reason(), format!("the SMILES is `{text}`")))?;
    }
    let name = match smiles {
        Some(text) => text.to_owned(),
        None => {
            let named = flags.features.iter().map(|(name, x)| format!("{name}={x}"));
            named.collect::<Vec<_>>().join(",")
        }
    };
    let texts: Vec<&str> = smiles.into_iter().collect();
    Ok((Inputs::of(kind, &texts, values)?, name))
}

/// The numbers of the model's columns, in its order.
fn values(kind: &InputKind, given: &[(String, f64)]) -> Result<Vec<f64>> {
    let wrong = |problem: String| {
        let advice = match &kind.features[..] {
            [] => "leave --features out".to_owned(),
            names => format!("give each of {} once with --features", names.join(", ")),
        };
        Error::usage(format!("the model reads {kind}: {problem}"), advice)
    };
    if let Some((name, _)) = given.iter().find(|(name, _)| !kind.features.contains(name)) {
        return Err(wrong(format!("`{name}` is none of its columns")));
    }
    let value = |name: &String| {
        let mut found = given.iter().filter(|(given, _)| given == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(*value),
            (None, _) => Err(wrong(format!("`{name}` is missing"))),
            _ => Err(wrong(format!("`{name}` is given twice"))),
        }
    };
    kind.features.iter().map(value).collect()
}

/// A row of a table, counted from 1, and its name.
fn row_of_table(kind: &InputKind, file: &Path, number: u64) -> Result<(Inputs, String)> {
    let mut table = Table::open(file)?;
    let columns = InputColumns::of(&table, kind)?;
    let mut before = 0;
    while let Some(rows) = table.chunk(CHUNK_ROWS)? {
        let index = number - 1 - before;
        let Some(row) = usize::try_from(index)
            .ok()
            .and_then(|index| rows.get(index))
        else {
            before += rows.len() as u64;
            continue;
        };
        let read = columns.read(std::slice::from_ref(row));
        if let Some(Err(refusal)) = read.places.first() {
            return Err(refusal.error(file));
        }
        let name = columns.identifier(row, read.inputs.features_of(0));
        return Ok((read.inputs, name));
    }
    Err(Error::usage(
        format!("{} has {before} rows, and no row {number}", file.display()),
        "give a smaller --row",
    ))
}

/// The molecule with its atoms' shares.
fn picture(explanation: &Explanation, inputs: &Inputs) -> Result<String> {
    let graph = inputs.graphs().and_then(|graphs| graphs.first());
    let (Some(shares), Some(graph)) = (&explanation.atoms, graph) else {
        return Err(Error::usage(
            "atoms have shares where the model reads molecules through a view of a network, and this one does not",
            "leave --svg out, or train a network whose --views name frame, embedding or latent",
        ));
    };
    let Explanation { task, mean, sd, .. } = explanation;
    let title = format!("{task} {} ± {}", short(*mean), short(*sd));
    let unit = match explanation.transformed {
        true => "of transformed labels".to_owned(),
        false => format!("in the unit of {task}"),
    };
    atom_shares(graph, &shares.values, (&title, &unit)).ok_or_else(|| {
        Error::usage(
            format!("{} cannot be drawn", graph.smiles()),
            "leave --svg out",
        )
    })
}

/// Prediction, parts, and the labels that weigh most.
fn report(explanation: &Explanation, name: &str) -> String {
    let Explanation { task, interval, .. } = explanation;
    let percent = 100.0 * explanation.coverage;
    let reach = match interval.iter().all(|end| end.is_finite()) {
        true => {
            let [low, high] = interval.map(short);
            format!("{percent:.0} % interval {low} to {high}")
        }
        false => format!("no {percent:.0} % interval, as too few rows were left out in training"),
    };
    let unseen = match explanation.unseen {
        true => " It lies beyond what was seen in training.",
        false => "",
    };
    let scale = match explanation.transformed {
        true => "Parts and contributions are on the scale of the transformed labels",
        false => "Parts and contributions are in the task's unit",
    };
    let lead = format!(
        "{task} of {name} is predicted to be {}, standard deviation {}, {reach}; trust {}.{unseen}",
        short(explanation.mean),
        short(explanation.sd),
        short(explanation.trust),
    );
    let about = format!(
        "{scale}; they start from {}, the mean of its training labels, and their sum is {}.",
        short(explanation.base),
        short(explanation.parts.iter().map(|part| part.value).sum()),
    );
    let mut text = format!(
        "{}\n\n{}\n{}\n",
        wrapped(&lead),
        parts(explanation),
        wrapped(&about)
    );
    if !explanation.labels.is_empty() {
        write!(text, "\n{}", labels(explanation)).expect("text takes every character");
    }
    text
}

fn parts(explanation: &Explanation) -> TextTable {
    let mut table = TextTable::new(2, &["view", "labels of", "part"]);
    for part in &explanation.parts {
        let view = part.view.map_or("network head", |view| view.as_str());
        let task = part.task.as_deref().unwrap_or("–");
        table.row([view.to_owned(), task.to_owned(), short(part.value)]);
    }
    table
}

fn labels(explanation: &Explanation) -> TextTable {
    let header = ["training row", "task", "label", "contribution", "distance"];
    let mut table = TextTable::new(2, &header);
    for share in &explanation.labels {
        let numbers = [share.label, share.contribution, share.distance].map(short);
        let named = [share.row.clone(), share.task.clone()];
        table.row(named.into_iter().chain(numbers));
    }
    table
}

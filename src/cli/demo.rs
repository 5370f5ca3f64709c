//! `geogate demo`: the main job on the virtual lab, with no file needed.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use clap::{Args, value_parser};
use serde::Serialize;

use super::console::{Console, Progress};
use super::interrupt::stop_flag;
use super::options::ConsoleFlags;
use super::run_folder;
use super::table::{TextTable, grouped, wrapped};
use crate::data::virtual_lab::{NOTICE, SOURCE, SPLIT_COLUMN, TARGET, VirtualLab};
use crate::data::{Corpus, Divided, Part, Partition};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::outcome::{LabelledPrediction, number, predictions, scores, table_csv};
use crate::evaluate::run::Run;
use crate::files::names::{COMPARISON, LAB};
use crate::files::{OutputFolder, PendingFile, Permission, write_atomically};
use crate::method::MethodName;
use crate::report::short;
use crate::train::config::{LARGEST_SEED, RunConfig};
use crate::train::metrics::Scores;
use crate::train::{EpochProgress, Fitted, Observer, RunControl, fit};

/// The main job on bundled molecules: no file needed, under a minute
///
/// The virtual lab knows the boiling points of thousands of organic molecules and the critical
/// temperatures of 150. The demo learns critical temperatures from these 150 alone (STL) and with
/// the help of the boiling points (GATE), and scores both on at least 500 molecules of scaffolds
/// and skeletons that neither has seen. --out gets GATE's run folder, ready for `geogate predict`,
/// comparison.csv, and the lab's table lab.csv.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DemoFlags {
    /// Folder for the results; an earlier demo in it is replaced once the new one is whole
    #[arg(long, value_name = "DIR", default_value = "geogate-demo")]
    out: PathBuf,

    /// Replace the results of another geogate command in --out once the new ones are whole
    #[arg(long)]
    force: bool,

    /// Seed of the lab's noise and choices, initial weights and batches
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u64).range(..=LARGEST_SEED))]
    seed: u64,

    #[command(flatten)]
    console: ConsoleFlags,
}

const EXAMPLES: &str = "\
Examples:
  geogate demo
  geogate predict --model geogate-demo --input geogate-demo/lab.csv --output predicted.csv
  geogate train --data geogate-demo/lab.csv --target critical_temperature_k \\
      --source boiling_point_k --split-column split --out run";

/// One line of the demo's result.
#[derive(Debug, Serialize)]
struct Line {
    method: &'static str,
    #[serde(flatten)]
    scores: Scores,
}

/// The demo's result.
#[derive(Debug, Serialize)]
struct Outcome {
    target: &'static str,
    source: &'static str,
    source_labels: usize,
    target_labels: usize,
    notice: &'static str,
    test: Vec<Line>,
}

/// Runs the subcommand.
pub(super) fn run(flags: &DemoFlags) -> Result<()> {
    super::use_threads(flags.console.threads)?;
    let console = Console::of(&flags.console);
    let permission = Permission {
        force: flags.force,
        resume: false,
        own: true,
    };
    let folder = OutputFolder::claim(&flags.out, "demo", permission)?;
    let config = config(&folder, flags.seed);
    folder.open(&config)?;
    let outcome = play(&config, &folder, console);
    if outcome.is_err() {
        let _ = folder.abandon();
        return outcome.map(drop);
    }
    let (outcome, place) = (outcome?, folder.finish()?);
    console.result(&outcome, &table(&outcome, &place))
}

/// The run that anyone can repeat with `geogate train` on the lab's table.
fn config(folder: &OutputFolder, seed: u64) -> RunConfig {
    let mut config = RunConfig::default();
    config.data.wide = Some(folder.finished_file(LAB));
    config.data.target = TARGET.to_owned();
    config.data.sources = vec![SOURCE.to_owned()];
    config.split.split_column = Some(SPLIT_COLUMN.to_owned());
    config.training.seed = seed;
    config
}

/// Writes the lab's table, trains on it, writes the results.
fn play(config: &RunConfig, folder: &OutputFolder, console: Console) -> Result<Outcome> {
    let start = Instant::now();
    write_lab(config.training.seed, folder)?;
    let mut data = config.data.clone();
    data.wide = Some(folder.file(LAB));
    let corpus = Corpus::read(&data, &config.split, config.training.seed)?;
    let partition = Partition::holdout(&corpus, &config.split, config.training.seed)?;
    let read_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let fitted = train(config, corpus.divided(&partition), console)?;
    let train_seconds = start.elapsed().as_secs_f64();
    let alone = predictions(&fitted.stl.model, &corpus, &partition)?;
    let seconds = [read_seconds, train_seconds];
    let run = Run::new(config.clone(), corpus, fitted.gate, seconds)?;
    let outcome = outcome(&run.corpus, &partition, &alone, &run.predictions);
    write_atomically(&folder.file(COMPARISON), &comparison_csv(&outcome))?;
    let remarks = [NOTICE.to_owned(), sentence(&outcome)];
    run_folder::write(&run, folder, &remarks)?;
    Ok(outcome)
}

fn write_lab(seed: u64, folder: &OutputFolder) -> Result<()> {
    let path = folder.file(LAB);
    let lab = VirtualLab::new(seed);
    let mut file = PendingFile::create(&path)?;
    lab.situation()
        .write_table(&mut file)
        .map_err(|source| Error::io("write", &path, source))?;
    file.commit()
}

/// Models of one division of the rows: of the target alone, and by transfer.
struct FittedPair {
    stl: Fitted,
    gate: Fitted,
}

/// Trains both methods, side by side.
fn train(
    config: &RunConfig,
    Divided { corpus, partition }: Divided<'_>,
    console: Console,
) -> Result<FittedPair> {
    let stop = stop_flag()?;
    let epochs = Epochs::new(console);
    let fit = |method| {
        let mut model = config.model.clone();
        model.method = method;
        let observer = RunEpochs {
            all: &epochs,
            known: AtomicBool::new(false),
        };
        let control = RunControl {
            observer: &observer,
            stop,
            ..RunControl::default()
        };
        let fitted = fit(corpus, partition, &model, &config.training, &control);
        // the other run is to stop where this one has failed
        stop.fetch_or(fitted.is_err(), Ordering::Relaxed);
        fitted
    };
    let (stl, gate) = thread::scope(|scope| {
        let stl = scope.spawn(|| fit(MethodName::Stl));
        let gate = fit(MethodName::Gate);
        (stl.join().expect("training returns its failures"), gate)
    });
    epochs.progress.end();
    match (stl, gate) {
        (Ok(stl), Ok(gate)) => Ok(FittedPair { stl, gate }),
        // a run stopped because the other failed has nothing to say
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        (Err(one), Err(other)) => match one.kind() {
            ErrorKind::Interrupted { .. } => Err(other),
            _ => Err(one),
        },
    }
}

/// The mean of the training labels, STL and GATE on the target's test rows.
fn outcome(
    corpus: &Corpus,
    partition: &Partition,
    alone: &[LabelledPrediction],
    helped: &[LabelledPrediction],
) -> Outcome {
    let target = corpus.target;
    let labels = |part| {
        let rows = partition.rows(target, part).into_iter();
        rows.map(|row| corpus.label(row, target))
            .collect::<Vec<f64>>()
    };
    let (train, test) = (labels(Part::Train), labels(Part::Test));
    let mean = train.iter().sum::<f64>() / train.len() as f64;
    let known = corpus
        .sources()
        .map(|task| partition.rows(task, Part::Train).len());
    let line = |method, scores| Line { method, scores };
    Outcome {
        target: TARGET,
        source: SOURCE,
        source_labels: known.sum(),
        target_labels: train.len() + partition.rows(target, Part::Val).len(),
        notice: NOTICE,
        test: vec![
            line("mean", Scores::of(&test, &vec![mean; test.len()])),
            line("stl", scores(alone, target, Part::Test)),
            line("gate", scores(helped, target, Part::Test)),
        ],
    }
}

fn comparison_csv(outcome: &Outcome) -> Vec<u8> {
    let header = [
        "method", "n_test", "rmse", "mae", "r2", "pearson", "spearman",
    ];
    let rows = outcome.test.iter().map(|Line { method, scores }| {
        let Scores { rmse, mae, r2, .. } = *scores;
        let numbers = [rmse, mae, r2, scores.pearson, scores.spearman].map(number);
        [(*method).to_owned(), scores.n.to_string()]
            .into_iter()
            .chain(numbers)
    });
    table_csv(header.map(str::to_owned), rows)
}

/// The result in a sentence.
fn sentence(outcome: &Outcome) -> String {
    let errors: Vec<String> = outcome
        .test
        .iter()
        .map(|line| format!("{} {}", line.method, short(line.scores.rmse)))
        .collect();
    format!(
        "RMSE of {} on {} molecules of unseen scaffolds, in K: {}.",
        outcome.target,
        grouped(outcome.test[0].scores.n),
        errors.join(", ")
    )
}

fn table(outcome: &Outcome, folder: &Path) -> String {
    let mut table = TextTable::new(2, &["method", "learns from", "RMSE (K)", "MAE (K)", "R2"]);
    let few = format!("{} critical temperatures", outcome.target_labels);
    let both = format!(
        "the same and {} boiling points",
        grouped(outcome.source_labels)
    );
    let basis = ["the mean of the labels".to_owned(), few, both];
    for (Line { method, scores }, basis) in outcome.test.iter().zip(basis) {
        let numbers = [scores.rmse, scores.mae, scores.r2].map(short);
        table.row([(*method).to_owned(), basis].into_iter().chain(numbers));
    }
    let mut text = String::new();
    let folder = folder.display();
    write!(
        text,
        "Critical temperatures of {} molecules whose scaffolds and skeletons no method has seen:\n\n\
         {table}\n{}\n\n{folder} holds GATE's run: the model, metrics.json, predictions.csv, \
         history.csv, report.html,\nand the lab's table. Next: geogate predict --model {folder} \
         --input {folder}/{LAB} --output predicted.csv\n",
        grouped(outcome.test[0].scores.n),
        wrapped(NOTICE),
    )
    .expect("text takes every character");
    text
}

/// Progress over the epochs of several runs at once.
struct Epochs {
    progress: Progress,
    done: AtomicUsize,
    total: AtomicUsize,
}

/// One of the runs: its epochs so far are counted once.
struct RunEpochs<'a> {
    all: &'a Epochs,
    known: AtomicBool,
}

impl Epochs {
    fn new(console: Console) -> Self {
        Self {
            progress: console.progress("epoch", 0),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        }
    }
}

impl Observer for RunEpochs<'_> {
    fn epoch(&self, progress: &EpochProgress) {
        let all = self.all;
        if !self.known.swap(true, Ordering::Relaxed) {
            let total = all.total.fetch_add(progress.epochs, Ordering::Relaxed) + progress.epochs;
            all.progress.of(total);
        }
        let done = all.done.fetch_add(1, Ordering::Relaxed) + 1;
        all.progress.at(done, "STL and GATE side by side");
    }
}

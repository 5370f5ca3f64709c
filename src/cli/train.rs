//! `geogate train`: tables in, a model and its run folder out.

use std::path::Path;
use std::time::Instant;

use clap::Args;

use super::console::{Console, Progress};
use super::frozen::{AdditionFlags, seen_by};
use super::interrupt::stop_flag;
use super::options::{
    ConfigFlag, DataFlags, FinalFlag, MethodFlag, NetworkFlags, RunFlags, SeedFlag, SplitFlags,
    TrainingFlags,
};
use super::remarks::remarks;
use super::run_folder::{self, summary};
use super::settings::{Overlay, Settings, differing};
use crate::data::{Corpus, Divided, Partition};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::outcome::Metrics;
use crate::evaluate::run::Run;
use crate::files::names::{CONFIG, METRICS};
use crate::files::{OutputFolder, refuse_inputs};
use crate::report::short;
use crate::train::config::RunConfig;
use crate::train::{EpochProgress, Fitted, Model, Observer, Relevance, RunControl, add_task, fit};

/// Train a model on a target task with the help of source tasks
///
/// Reads the tables, joins them by molecule, divides the target's rows into training, validation
/// and test parts, trains, and writes the model with its predictions, scores and a report into
/// --out. Values keep the units of the tables. The weights of the epoch with the smallest
/// validation error are kept (of a model that a Gaussian process reads, those of the last epoch: validation rows are
/// left out in turn with the training rows); test rows are looked at once, at the end. With --inner-folds the length of
/// training is chosen by every training and validation row, and all of them train; --method auto chooses
/// between transfer and the target alone by rows left out; --final trains on every row there is.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TrainFlags {
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    addition: AdditionFlags,
    #[command(flatten)]
    split: SplitFlags,
    #[command(flatten)]
    method: MethodFlag,
    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    seed: SeedFlag,
    #[command(flatten)]
    training: TrainingFlags,
    #[command(flatten)]
    last: FinalFlag,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    config: ConfigFlag,
}

const EXAMPLES: &str = "\
Examples:
  Two tables with the columns smiles,value; boiling points help critical temperatures:
    geogate train --task tb=boiling.csv --task tc=critical.csv --target tc --out run
  One wide table, its columns tb and vc as sources, blanks unlabelled:
    geogate train --data wide.csv --target tc --source tb --source vc --out run
  No molecules, but columns of numbers:
    geogate train --data alloys.csv --features ni,cr,fe --target strength --out run
  The baseline without sources, for comparison:
    geogate train --task tc=critical.csv --target tc --method stl --out stl
  Whichever of the two inner validation expects to be better, with the expected gain:
    geogate train --task tb=boiling.csv --task tc=critical.csv --target tc --method auto --out safe
  The model to ship, of the same kind, from every labelled row:
    geogate train --task tb=boiling.csv --task tc=critical.csv --target tc --method auto --final --out ship
  A third task for a trained model, whose other predictions stay as they are:
    geogate train --add-task hv=vaporization.csv --model run --out run2
  The same run again, and after Ctrl-C:
    geogate train --config run/config.toml --out again
    geogate train --out run --resume

Files in --out: config.toml, model.safetensors, model.json, history.csv, predictions.csv
(smiles,split,task,y_true,y_pred; of a model that a Gaussian process reads sd,lower,upper,trust as well, the
interval for 90 % of the labels), metrics.json, timing.json, report.html; with --head gp also readout.json,
readout.csv (the training rows with their labels) and frames/.";

/// Runs the subcommand.
pub(super) fn run(flags: &TrainFlags) -> Result<()> {
    let overlay = Overlay::default()
        .with("data", &flags.addition.tables(&flags.data))
        .with_some("addition", &flags.addition)
        .with("split", &flags.split)
        .with("split", &flags.last)
        .with("model", &flags.method)
        .with("model", &flags.network)
        .with("training", &flags.seed)
        .with("training", &flags.training)
        .with("run", &flags.run);
    let mut settings = Settings::read(flags.config.config.as_deref(), &overlay, "train")?;
    settings.check()?;
    let frozen = settings.frozen_model()?;
    settings.config().model.validate()?;
    super::use_threads(settings.run.threads)?;
    let console = Console::new(settings.run.quiet, settings.run.json);
    let config = settings.config();
    let model = config.addition.as_ref().map(|addition| &*addition.model);
    refuse_inputs(settings.out()?, config.data.files().chain(model))?;
    let folder = OutputFolder::claim(settings.out()?, "train", settings.run.permission())?;
    if folder.resumed() {
        same_run(&config, &folder.file(CONFIG))?;
        if folder.file(METRICS).is_file() {
            return finished_before(folder, console);
        }
    }
    let start = Instant::now();
    let corpus = Corpus::read(&config.data, &config.split, config.training.seed)?;
    for line in remarks(&corpus.account) {
        console.note(&line);
    }
    let partition = Partition::holdout(&corpus, &config.split, config.training.seed)?;
    if let Some(addition) = &config.addition
        && let Some(remark) = seen_by(&addition.model, &corpus, &partition)
    {
        console.note(&remark);
    }
    let read_seconds = start.elapsed().as_secs_f64();
    folder.open(&config)?;
    let start = Instant::now();
    let data = corpus.divided(&partition);
    let fitted = train((&config, frozen.as_ref()), data, &folder, console);
    if fitted.as_ref().is_err_and(leaves_nothing) {
        // why training failed is what is to be said
        let _ = folder.abandon();
        return fitted.map(drop);
    }
    let fitted = fitted?;
    let train_seconds = start.elapsed().as_secs_f64();
    let weighed = fitted.model.relevance().iter().map(Relevance::sentence);
    let mut remarks: Vec<String> = weighed.inspect(|line| console.note(line)).collect();
    let run = Run::new(config, corpus, fitted, [read_seconds, train_seconds])?;
    remarks.extend(run.metrics.sentences());
    run_folder::write(&run, &folder, &remarks)?;
    let place = folder.finish()?;
    console.result(&run.metrics, &summary(&run.metrics, &place))
}

/// Does a run that fails so leave nothing to resume? Then it is to leave nothing at all.
fn leaves_nothing(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Io { .. }
            | ErrorKind::Interrupted {
                checkpoint: Some(_)
            }
    )
}

/// Trains with progress.
fn train(
    (config, frozen): (&RunConfig, Option<&Model>),
    Divided { corpus, partition }: Divided<'_>,
    folder: &OutputFolder,
    console: Console,
) -> Result<Fitted> {
    let progress = console.progress("epoch", config.training.epochs);
    let control = RunControl {
        observer: &progress,
        parallel: true,
        checkpoint: Some(folder.path()),
        resume: folder.resumed(),
        stop: stop_flag()?,
    };
    let (model, training) = (&config.model, &config.training);
    let fitted = match frozen {
        None => fit(corpus, partition, model, training, &control),
        Some(frozen) => add_task(frozen, corpus, partition, (model, training), &control),
    };
    progress.end();
    fitted
}

impl Observer for Progress {
    fn epoch(&self, progress: &EpochProgress) {
        let latest = short(progress.record.val_rmse);
        let best = short(progress.best_val_rmse);
        let of = if progress.record.pretraining {
            "pre-training on the sources, standardised "
        } else {
            ""
        };
        let message = if progress.record.val_rmse.is_nan() {
            "training on all rows for the length chosen".to_owned()
        } else {
            format!("{of}validation RMSE {latest}, best {best}")
        };
        self.of(progress.epochs);
        self.at(progress.record.epoch, &message);
    }

    fn inner(&self, finished: usize, runs: usize) {
        self.of(runs);
        self.at(finished, "runs of the inner validation");
    }
}

/// Refuses to go on with a run under other options than it began with.
fn same_run(config: &RunConfig, saved: &Path) -> Result<()> {
    let keys = differing(saved, "train", config)?;
    if keys.is_empty() {
        return Ok(());
    }
    Err(Error::usage(
        format!(
            "--resume goes on with the options of {}, but {} differ",
            saved.display(),
            keys.join(", ")
        ),
        "leave the differing options out, or start anew with --force",
    ))
}

/// Shows the scores of a run that needs no resuming.
fn finished_before(folder: OutputFolder, console: Console) -> Result<()> {
    let metrics = Metrics::read(folder.path())?;
    console.note("This run is finished already.");
    let place = folder.finish()?;
    console.result(&metrics, &summary(&metrics, &place))
}

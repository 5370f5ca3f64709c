//! Flags that several subcommands share. Each is optional and named like its key in the
//! configuration file, so that a set of flags is a sparse configuration laid over the file's.

mod compare;
mod losses;
mod values;

pub(super) use self::compare::CompareFlags;
pub(super) use self::losses::LossFlags;
use self::values::{named, switch};
pub(super) use self::values::{path, whole};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde::{Serialize, Serializer};

use super::flags::parser;
use crate::data::TargetTransform;
use crate::data::config::{OnBadRow, Overlap, SplitName, TaskSource, UseMolecules, parse_max_rows};
use crate::error::{Error, Result};
use crate::files::{is_written_through, refuse_to_overwrite};
use crate::method::{
    CurvatureKind, Distance, Family, Head, METHODS, Mapping, MethodName, Order2Kind, Pairs,
    PredictBy, SourceWeights, Start, ViewName,
};
use crate::nn::activation::Activation;
use crate::nn::{GraphReadout, ScheduleName};
use crate::train::config::{LARGEST_SEED, LossName, Precision};

/// Which tables.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Tables")]
pub(super) struct DataFlags {
    /// A task's table, repeatable: a CSV file with a header, a `smiles` column (or the columns of
    /// --features, or both) and a value column, named `value` unless COLUMN says otherwise
    #[arg(long = "task", value_name = "NAME=FILE[:COLUMN]", value_parser = parser(str::parse::<TaskSource>))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tasks: Vec<TaskSource>,

    /// One wide CSV file instead of --task: every other numeric column that does not name its rows
    /// (`cid`, a count) is a task, blanks are unlabelled
    #[arg(long = "data", value_name = "FILE", value_parser = path())]
    pub(super) wide: Option<PathBuf>,

    /// The task to predict well; all others are sources
    #[arg(long, value_name = "NAME")]
    pub(super) target: Option<String>,

    /// A source task to keep, repeatable [default: all; of --data every other numeric column
    /// that does not name its rows]
    #[arg(long = "source", value_name = "NAME", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sources: Vec<String>,

    /// Numeric feature columns, separated by commas: all of a row, or, in tables with a `smiles` column,
    /// beside its molecule (conditions, descriptors), which is then a row for each set of values
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) features: Vec<String>,

    /// Whether molecules are read: yes, no (--features alone), or auto (where the target's table has a
    /// `smiles` column, or no features are named) [default: auto]
    #[arg(long, value_name = "CHOICE", value_parser = named::<UseMolecules>)]
    pub(super) molecules: Option<UseMolecules>,

    /// Column by which the target's rows are grouped for `--split scaffold`: of numeric tables, or in place of the
    /// scaffolds of molecules
    #[arg(long, value_name = "COLUMN")]
    pub(super) group: Option<String>,

    /// What becomes of a row that cannot be used: skip (and count) or error [default: skip]
    #[arg(long, value_name = "CHOICE", value_parser = named::<OnBadRow>)]
    pub(super) on_bad_row: Option<OnBadRow>,

    /// Keep N rows of a task, repeatable: a sample drawn with the seed
    #[arg(long, value_name = "NAME=N", value_parser = parser(parse_max_rows))]
    #[serde(serialize_with = "as_table", skip_serializing_if = "Vec::is_empty")]
    pub(super) max_rows: Vec<(String, usize)>,
}

/// How the rows are divided.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Split")]
pub(super) struct SplitFlags {
    /// How the target's test rows are chosen: random, scaffold (whole scaffolds and skeletons) or
    /// extrapolate (the top and bottom tenth of the values) [default: scaffold]
    #[arg(long, value_name = "CHOICE", value_parser = named::<SplitName>)]
    pub(super) split: Option<SplitName>,

    /// Column with the values train, val, test (or training, validation, holdout, ...) that decides
    /// instead of --split
    #[arg(long, value_name = "COLUMN")]
    pub(super) split_column: Option<String>,

    /// Share of the target's rows in the test part [default: 0.2]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) test_fraction: Option<f64>,

    /// Share of the remaining rows in the validation part [default: 0.1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) val_fraction: Option<f64>,

    /// May sources hold molecules of the target's validation and test parts: strict (they may not)
    /// or shared [default: strict]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Overlap>)]
    pub(super) overlap: Option<Overlap>,

    /// Seed of the split alone [default: the value of --seed]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=LARGEST_SEED))]
    pub(super) split_seed: Option<u64>,
}

/// The method, where a subcommand trains one.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub(super) struct MethodFlag {
    #[arg(long, value_name = "CHOICE", value_parser = parser(trainable), help_heading = "Network", help = method_help())]
    pub(super) method: Option<MethodName>,
}

/// The last training of a model, where a subcommand trains one.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub(super) struct FinalFlag {
    /// Train the model to ship on every labelled row of every task, test rows included, for the length that
    /// inner validation chooses; there are no scores on test rows then
    #[arg(long = "final", help_heading = "Training")]
    #[serde(rename = "final", skip_serializing_if = "is_false")]
    pub(super) final_run: bool,
}

/// The network.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkFlags {
    /// The method that auto weighs against stl, and with --head gp against gp and gp-mtl as well; the preset of auto has geogate [default: gate]
    #[arg(long, value_name = "CHOICE", value_parser = parser(trainable))]
    pub(super) transfer: Option<MethodName>,

    /// Width of the shared embedding and of the messages [default: 100]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) embedding: Option<usize>,

    /// Rounds of message passing, or hidden layers over numeric features [default: 3]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) depth: Option<usize>,

    /// How atom vectors become a molecule's: norm (sum / 20), mean or sum [default: norm]
    #[arg(long, value_name = "CHOICE", value_parser = named::<GraphReadout>)]
    pub(super) readout: Option<GraphReadout>,

    /// What reads a task: network (the network's own head) or gp (a Gaussian process over --views, with error bars; its
    /// training rows are in the model's folder); geogate has gp [default: network]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Head>)]
    pub(super) head: Option<Head>,

    /// What a Gaussian process sees of a row, joined by commas: frame (the image of the task's chart in the locally
    /// flat frame), embedding, latent (the point of the chart), descriptors (of the molecule), substructures (counted),
    /// features (numeric columns); those that rows or method do not have are left out, and a method without charts has
    /// embedding in place of frame [default: frame,descriptors,features]
    #[arg(long, value_name = "VIEWS", value_delimiter = ',', value_parser = named::<ViewName>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) views: Vec<ViewName>,

    /// Leave every training and validation row of the target out of one of the --ensemble frames of --head gp: on
    /// (errors and intervals are those of rows not seen), or off (one frame, which has seen all rows: errors are too small)
    /// [default: on]
    #[arg(long, value_name = "CHOICE", value_parser = switch)]
    pub(super) cross_fit: Option<bool>,

    /// Frames (trained networks) of --head gp, each without its share of the target's rows: 2 to 32, and fewer where a
    /// share would have less than 10 rows [default: 4]
    #[arg(long, value_name = "K", value_parser = whole)]
    pub(super) ensemble: Option<usize>,

    /// Width of the hidden layers [default: 100]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) hidden: Option<usize>,

    /// Dimension d of a task's latent chart; gear has 8 [default: 50]
    #[arg(long, value_name = "D", value_parser = whole)]
    pub(super) latent_dim: Option<usize>,

    /// Dimension m >= d of the locally flat frame; gear has 16 [default: 50]
    #[arg(long, value_name = "M", value_parser = whole)]
    pub(super) lf_dim: Option<usize>,

    /// Activation: silu, relu, tanh, softplus or gelu [default: silu]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Activation>)]
    pub(super) activation: Option<Activation>,

    /// Transfers and inverses at the start: random weights, or isometric (linear isometries, so that
    /// every transition is the identity before training); gear has isometric [default:
    /// random]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Start>)]
    pub(super) start: Option<Start>,

    /// Share of hidden units dropped in training [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) dropout: Option<f64>,

    /// Weight labels of a task that has n of them by (most / n) to this power: 0 leaves tasks in their
    /// natural proportion, 1 lets all weigh alike [default: 0]
    #[arg(long, value_name = "POWER", allow_negative_numbers = true)]
    pub(super) balance: Option<f64>,

    /// Keep the mean of the weights over this share of the steps, in [0, 1); 0 keeps the weights
    /// of the best epoch themselves [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) average: Option<f64>,

    /// What the distance loss compares: perturb (lengths of finite random displacements), metric
    /// (lengths of tangent vectors) or vector (tangent vectors) [default: perturb]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Distance>)]
    pub(super) distance: Option<Distance>,

    /// Size of the perturbations of the embedding, and of the steps of --normal [default: 0.1]
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    pub(super) epsilon: Option<f64>,

    /// Perturbations, or random directions of the exact losses, per molecule [default: 2]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) perturbations: Option<usize>,

    /// Pairs of tasks in the consistency and distance losses, `pairs` in `[model]`: all or target (each source
    /// with the target) [default: all]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Pairs>)]
    #[serde(rename = "pairs")]
    pub(super) loss_pairs: Option<Pairs>,

    /// Directions of the mapping loss: target (each source into the target) or all
    /// [default: target]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Mapping>)]
    pub(super) mapping: Option<Mapping>,

    /// By which chart gate predicts: own (the task's own), or charts (the mean of its own and of
    /// every chart mapped into it) [default: own]
    #[arg(long, value_name = "CHOICE", value_parser = named::<PredictBy>)]
    pub(super) predict_by: Option<PredictBy>,

    /// How much each source counts in gate, gear and geogate: equal (all alike), or learned (by how well the
    /// target's training labels are predicted through the chart the source teaches, a source of no use is
    /// switched off) [default: equal]
    #[arg(long, value_name = "CHOICE", value_parser = named::<SourceWeights>)]
    pub(super) source_weights: Option<SourceWeights>,

    /// What --order2 compares: connection (tangential part) or full [default: connection]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Order2Kind>)]
    pub(super) order2_kind: Option<Order2Kind>,

    /// Which curvature: scalar, ricci (along random directions) or trace (scalar, estimated from
    /// random planes, for large d) [default: scalar]
    #[arg(long, value_name = "CHOICE", value_parser = named::<CurvatureKind>)]
    pub(super) curvature_kind: Option<CurvatureKind>,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) losses: LossFlags,
}

/// The seed.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub(super) struct SeedFlag {
    /// Seed of row sampling, split, initial weights and batches; same seed, same bits [default: 0]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=LARGEST_SEED), help_heading = "Training")]
    pub(super) seed: Option<u64>,
}

/// The optimisation.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Training")]
pub(super) struct TrainingFlags {
    /// Passes over all tasks' training rows [default: 50]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) epochs: Option<usize>,

    /// Least optimiser steps: epochs are raised to reach them [default: 1500]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) min_steps: Option<usize>,

    /// Rows in a step [default: 64]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(super) batch_size: Option<usize>,

    /// Peak learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(super) lr: Option<f64>,

    /// Course of the learning rate: one-cycle, cosine, noam or constant [default: one-cycle]
    #[arg(long, value_name = "CHOICE", value_parser = named::<ScheduleName>)]
    pub(super) schedule: Option<ScheduleName>,

    /// Share of the steps spent warming up [default: 0.05]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) warmup: Option<f64>,

    /// Decoupled weight decay; 0 is plain Adam [default: 0]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(super) weight_decay: Option<f64>,

    /// Largest norm of the gradient [default: 5]
    #[arg(long, value_name = "NORM", allow_negative_numbers = true)]
    pub(super) clip: Option<f64>,

    /// Floating-point format of the network: f32 or f64 [default: f32]
    #[arg(long, value_name = "CHOICE", value_parser = named::<Precision>)]
    pub(super) precision: Option<Precision>,

    /// What a label's error costs: mse, or huber (linear beyond --huber-delta, so that a wild label pulls no
    /// harder) [default: mse]
    #[arg(long, value_name = "CHOICE", value_parser = named::<LossName>)]
    pub(super) loss: Option<LossName>,

    /// Threshold of --loss huber, in standard deviations of the training labels [default: 1]
    #[arg(long, value_name = "DEVIATIONS", allow_negative_numbers = true)]
    pub(super) huber_delta: Option<f64>,

    /// What is done to every task's labels before training, fitted on training rows: none, log, yeo-johnson
    /// (a power that makes them most nearly normal) or auto (none unless skewed); predictions and scores
    /// keep the unit of the table [default: none]
    #[arg(long, value_name = "CHOICE", value_parser = named::<TargetTransform>)]
    pub(super) target_transform: Option<TargetTransform>,

    /// Choose the length of training by K inner folds over the target's training and validation rows, then
    /// train on all of them for that length; 0 keeps the best epoch on the validation rows, and is 4 with
    /// --method auto and --final. The frames of --head gp take their place [default: 0]
    #[arg(long, value_name = "K", value_parser = whole)]
    pub(super) inner_folds: Option<usize>,

    /// Corrupt this share of the target's training labels, to see what a method bears; scores are taken
    /// against the right ones [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) corrupt_share: Option<f64>,

    /// Standard deviations by which a corrupted label is moved, up or down [default: 3]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(super) corrupt_sd: Option<f64>,
}

/// Output and machine.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Run")]
pub(super) struct RunFlags {
    /// Folder for the results; one that exists is refused without --force or --resume
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub(super) out: Option<PathBuf>,

    /// Replace the results in --out (only a folder made by geogate) once the new ones are whole: until then they
    /// are made in a folder beside, OUT.unfinished
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) force: bool,

    /// Go on with the interrupted run in --out, or with the one that was to replace it, with its options
    #[arg(long, conflicts_with = "force")]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) resume: bool,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) console: ConsoleFlags,
}

/// What every subcommand takes.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Run")]
pub(super) struct ConsoleFlags {
    /// Threads; they change the time, not the result [default: one per core]
    #[arg(long, value_name = "N", value_parser = whole)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) threads: Option<usize>,

    /// No progress on stderr
    #[arg(long, short)]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) quiet: bool,

    /// Print results as JSON
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) json: bool,
}

/// The configuration file.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ConfigFlag {
    /// Read options from a TOML file, where every flag has a key (`--batch-size` is `batch_size`
    /// in `[training]`; a run's config.toml shows them all); flags win. File names in it are
    /// relative to the current folder
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub(super) config: Option<PathBuf>,
}

/// Refuses a file to write, for a `flag` that names one, which is [read](refuse_to_overwrite), which is a folder, or
/// which is there and may not be replaced. A device or a pipe is written and stays.
pub(super) fn refuse_existing<'a>(
    (file, flag): (Option<&Path>, &str),
    force: bool,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let Some(file) = file else {
        return Ok(());
    };
    refuse_to_overwrite(file, flag, inputs)?;
    if file.is_dir() {
        return Err(Error::usage(
            format!("{} is a folder", file.display()),
            format!("name a file with {flag}"),
        ));
    }
    match file.exists() && !force && !is_written_through(file) {
        false => Ok(()),
        true => Err(Error::usage(
            format!("{} exists already", file.display()),
            format!("choose another {flag}, or pass --force to replace it"),
        )),
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What `--method` chooses from.
fn method_help() -> String {
    let trained = METHODS
        .iter()
        .filter(|entry| entry.family != Family::Regression);
    let choices: Vec<String> = trained
        .map(|entry| format!("{} ({})", entry.name, entry.summary))
        .collect();
    format!(
        "The method, a preset of sizes and weights that other flags override: {} [default: {}]",
        choices.join(", "),
        MethodName::default().as_str()
    )
}

/// A method that `train` has; of others that `compare` has, says so.
fn trainable(name: &str) -> Result<MethodName> {
    let method: MethodName = name.parse()?;
    if method.entry().family == Family::Regression {
        return Err(Error::usage(
            "it is no network and leaves no model",
            "compare it with `geogate compare --methods`",
        ));
    }
    Ok(method)
}

fn as_table<S: Serializer>(pairs: &[(String, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    let table: BTreeMap<&str, usize> = pairs
        .iter()
        .map(|(name, rows)| (name.as_str(), *rows))
        .collect();
    table.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_not_trained() {
        assert_eq!(trainable("ft-all").unwrap(), MethodName::FtAll);
        let message = |name| trainable(name).unwrap_err().to_string();
        assert!(message("ridge").contains("geogate compare"));
        assert!(message("gat").contains("gate,"));
    }
}

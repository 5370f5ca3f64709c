//! Flags of a comparison.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{is_false, named, parser, path, whole};
use crate::evaluate::config::EvidenceUse;
use crate::evaluate::variant::Variation;
use crate::method::MethodName;

/// What a comparison runs over.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Comparison")]
pub(in crate::cli) struct CompareFlags {
    /// Several pairs of tables instead of --task: a TOML file with a [[pair]] each, of target = "NAME=FILE",
    /// sources = ["NAME=FILE"] and, where they differ from the flags, max_rows, split (one or a list),
    /// overlap, [pair.model], [pair.training]; its files are relative to its folder
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with_all = ["tasks", "wide", "target", "sources", "max_rows"])]
    pub(in crate::cli) pairs: Option<PathBuf>,

    /// Methods, separated by commas: stl, mtl, ft-all, ft-head, kd, gsp-kd, gate, gear, geogate, add-task,
    /// auto, gp and gp-mtl, as `train --method` has them, and ridge (ridge regression on counted substructures, or on
    /// the features: no network). Ratios are taken to the first [default: stl,mtl,gate]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = named::<MethodName>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) methods: Vec<MethodName>,

    /// Cross-validate over K folds, each the test set once (--test-fraction is not used)
    /// [default: one holdout split per seed]
    #[arg(long, value_name = "K", value_parser = whole)]
    pub(in crate::cli) folds: Option<usize>,

    /// Repeat with N seeds, counted up from --seed: `--seed 10 --seeds 5` runs 10 to 14
    /// [default: 1]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(in crate::cli) seeds: Option<usize>,

    /// Search for options within each job: N draws of learning rate, sizes and weights of losses, the first
    /// the method as it is; the one with the smallest error on the validation rows is kept. What a variant changes
    /// is not searched. Takes N times as long [default: 0, no search]
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(in crate::cli) tune: Option<usize>,

    /// Run each method again with one option changed, repeatable: any option of network or training, at each of
    /// the values; `x10` is ten times the method's own. `--vary corrupt-share=0.1,0.3` shows what wrong labels
    /// do, `--vary delta=x0.1,x10` how much the weight of a loss matters. With --resume, repeat those to be kept
    #[arg(long, value_name = "KEY=V1,V2", value_parser = parser(str::parse::<Variation>))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) vary: Vec<Variation>,

    /// Vary the weight of every loss of each method over four decades: a hundredth, a tenth, ten and a hundred
    /// times its own: four more jobs a split for each loss whose weight is not 0
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    pub(in crate::cli) sensitivity: bool,

    /// Run each method again with one of its losses left out, each in turn (never the regression itself): one more
    /// job a split for each
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    pub(in crate::cli) ablate: bool,

    /// Whether labels of other tasks at the target's held-out rows are given where these are predicted (never in
    /// training): `given` or `none`. Labels that --max-rows keeps out of a source are given too, those that the model
    /// has seen are not. It is of use to methods that a Gaussian process reads (--head gp, gp-mtl); the others run as
    /// without [default: none]
    #[arg(long, value_name = "USE", value_parser = named::<EvidenceUse>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) evidence: Option<EvidenceUse>,
}

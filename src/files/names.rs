//! What the files of an output folder are called: a run, a comparison, a survey, the demo.

use std::ffi::OsStr;
use std::path::Path;

/// The effective configuration; its first line says which command wrote the folder.
pub const CONFIG: &str = "config.toml";
/// State of an unfinished run.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// A model's weights.
pub const WEIGHTS: &str = "model.safetensors";
/// A model's description.
pub const DESCRIPTION: &str = "model.json";
/// What a Gaussian process has found out: hyperparameters, and errors on rows left out.
pub const READOUT: &str = "readout.json";
/// The rows it learns from.
pub const READOUT_ROWS: &str = "readout.csv";
/// Losses and validation errors by epoch.
pub const HISTORY: &str = "history.csv";
/// Labelled rows with what the model says of them.
pub const PREDICTIONS: &str = "predictions.csv";
/// Scores of a run: with them it is finished.
pub const METRICS: &str = "metrics.json";
/// Wall-clock times of a run.
pub const TIMING: &str = "timing.json";
/// The page to read.
pub const REPORT: &str = "report.html";
/// A row for every job of a comparison.
pub const RESULTS: &str = "results.csv";
/// Means and ratios of a comparison.
pub const SUMMARY: &str = "summary.json";
/// The demo's methods beside one another.
pub const COMPARISON: &str = "comparison.csv";
/// The demo's table.
pub const LAB: &str = "lab.csv";
/// Quantiles, counts and definitions of a survey.
pub const GEOMETRY: &str = "geometry.json";
/// A row for every point and chart of a survey.
pub const POINTS: &str = "points.csv";
/// A row for every point and transition of a survey.
pub const PAIRS: &str = "pairs.csv";
/// A row for every two models of a survey.
pub const STABILITY: &str = "stability.csv";

/// Folder of a comparison's jobs.
pub const JOBS: &str = "jobs";
/// Folder of what an unfinished run has of its inner validation.
pub const INNER: &str = "inner";
/// Folder of a model's frames beyond the first.
pub const FRAMES: &str = "frames";
/// Folder of a survey's pictures.
pub const PICTURES: &str = "pictures";

/// Every file the subcommands write into their folder; others are the user's. The configuration, by which a folder is
/// known to be of geogate, comes last: what is removed in this order is recognised until nothing is left.
pub(super) const FILES: [&str; 19] = [
    CHECKPOINT,
    WEIGHTS,
    DESCRIPTION,
    READOUT,
    READOUT_ROWS,
    HISTORY,
    PREDICTIONS,
    METRICS,
    TIMING,
    REPORT,
    RESULTS,
    SUMMARY,
    COMPARISON,
    LAB,
    GEOMETRY,
    POINTS,
    PAIRS,
    STABILITY,
    CONFIG,
];

/// Folders within the folder, with the endings of what the subcommands write into them.
pub(super) const FOLDERS: [(&str, &[&str]); 4] = [
    (JOBS, &["csv", "json"]),
    (INNER, &["json", "safetensors"]),
    (FRAMES, &["json", "safetensors"]),
    (PICTURES, &["csv", "svg"]),
];

/// How the names of files begin that are there only while a run writes.
pub(super) const PASSING: &str = ".geogate-";
/// Locked by the run that writes into the folder.
pub(super) const LOCK: &str = ".geogate-lock";
/// Marks the folder that is to take another's place, until it has.
pub(super) const SUCCESSOR: &str = ".geogate-successor";

/// Ending of the name of a folder's successor.
pub(super) const UNFINISHED: &str = ".unfinished";
/// Ending of the name of a folder whose successor is taking its place, where the two cannot be exchanged.
pub(super) const REPLACED: &str = ".replaced";

/// Is this there only while a run writes, or left by one that was killed?
pub(super) fn is_passing(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| name.starts_with(PASSING))
}

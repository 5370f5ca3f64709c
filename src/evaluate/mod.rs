//! What a run is worth: predictions and scores of a fitted model, and comparisons of methods over
//! splits with their statistics.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | what a comparison runs over |
//! | [`outcome`] | predictions of a fitted model for the labelled rows, their scores, the files `predictions.csv`, `metrics.json`, `history.csv` |
//! | [`comparison`] | the jobs of a comparison: preparing, running, resuming |
//! | [`prediction_table`] | predictions for a table of new molecules |
//! | [`learner`] | what a job runs: a network, or a method that is none |
//! | [`job`] | one job: its name, its fingerprint, its record |
//! | [`results`] | `results.csv` |
//! | [`summary`] | means, and paired ratios with intervals |
//! | [`statistics`] | Student's t |
//! | [`signed_rank`] | Wilcoxon's test, Holm's correction |
//! | [`survey`] | the geometry of a trained model: metric, curvature, defects, and what pictures show |

pub mod comparison;
pub mod config;
pub mod job;
pub mod learner;
pub mod outcome;
pub mod prediction_table;
pub mod results;
pub mod signed_rank;
pub mod statistics;
pub mod summary;
pub mod survey;

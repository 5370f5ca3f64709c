//! What a run is worth: predictions and scores of a fitted model, and comparisons of methods over
//! splits with their statistics.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | what a comparison runs over |
//! | [`outcome`] | predictions of a fitted model for the labelled rows, their scores, the files `metrics.json`, `history.csv` |
//! | [`prediction_file`] | the columns of files with predictions: `predictions.csv`, those of jobs, those of new molecules |
//! | [`comparison`] | the jobs of a comparison: preparing, running, resuming |
//! | [`pairs`] | `pairs.toml`: several targets in one comparison |
//! | [`pair`] | one of them with its rows read and divided |
//! | [`prediction_table`] | predictions for a table of new molecules |
//! | [`table_evidence`] | measured values of other tasks in it |
//! | `labelled` | a label with what a model says of it |
//! | [`learning`] | what a job runs: a network, or a method that is none |
//! | [`variant_summary`] | what an option changes: each variant beside the method as it is |
//! | [`variant`] | methods with an option changed: sensitivity, ablation, corrupted labels |
//! | [`tuning`] | a search for options by the validation rows |
//! | [`ridge`] | ridge regression on counted substructures and features |
//! | [`job`] | one job: its name, its fingerprint, its record |
//! | [`run`] | the main job: tables, training, a model with its scores, a folder on disk |
//! | [`results`] | `results.csv` |
//! | [`situation`] | what a method starts from and comes to |
//! | [`units`] | what weighs alike: pairs, or the splits of one |
//! | [`ratio`] | errors of a method over those of another |
//! | [`summary`] | of each pair means, and paired ratios with intervals |
//! | [`extrapolation`] | error against distance from the training rows |
//! | [`overall`] | methods over all pairs: ratios, ranks, wins |
//! | [`bootstrap`] | intervals by resampling |
//! | [`ranks`] | average ranks and their critical difference |
//! | [`statistics`] | Student's t |
//! | [`signed_rank`] | Wilcoxon's test, Holm's correction |
//! | [`uncertainty`] | what error bars are worth: coverage, widths, proper scores |
//! | [`levels`] | how many labels intervals hold, by the share that they are to hold |
//! | [`uncertainty_summary`] | the error bars of a method over all its splits |
//! | [`evidence_summary`] | what measured labels of other tasks at test rows are worth |
//! | [`survey`] | the geometry of a trained model: metric, curvature, defects, and what pictures show |

mod blocks;
pub mod bootstrap;
pub mod comparison;
pub mod config;
pub mod evidence_summary;
pub mod extrapolation;
pub mod job;
mod labelled;
pub mod learning;
pub mod levels;
pub mod outcome;
pub mod overall;
pub mod pair;
pub mod pairs;
pub mod prediction_file;
pub mod prediction_table;
mod queue;
pub mod ranks;
pub mod ratio;
pub mod results;
pub mod ridge;
pub mod run;
mod setting;
pub mod signed_rank;
pub mod situation;
pub mod statistics;
pub mod summary;
pub mod survey;
pub mod table_evidence;
pub mod tuning;
pub mod uncertainty;
pub mod uncertainty_summary;
pub mod units;
pub mod variant;
pub mod variant_summary;

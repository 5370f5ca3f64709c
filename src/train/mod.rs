//! Training: configuration, the loop, metrics, and what is kept on disk.
//!
//! | to … | see |
//! |---|---|
//! | say what a run does | [`config`] |
//! | train a model | [`fit()`], [`Fitted`] |
//! | watch it, stop it, go on with it | [`RunControl`], [`Observer`], [`Silent`], [`EpochProgress`], [`EpochRecord`], [`CHECKPOINT_FILE`] |
//! | choose length and method by inner folds | [`InnerValidation`], [`Candidate`], [`Gain`], [`DEFAULT_FOLDS`], [`INNER_FOLDER`] |
//! | weigh sources | [`Relevance`] |
//! | predict, keep and load | [`TrainedModel`], [`Predictions`], [`Prediction`], [`Estimate`], [`Absence`] |
//! | add a task to a trained model | [`add_task`] |
//! | look at its charts | [`Latents`] |
//! | score predictions | [`metrics`] |
//! | write files whole or not at all | [`files`] |

mod addition;
mod batch;
mod checkpoint;
mod choice;
pub mod config;
pub mod files;
mod fit;
mod inner;
mod latents;
pub mod metrics;
mod model;
mod network;
mod prediction;
mod relevance;
mod stage;
mod step;

pub use addition::add_task;
pub use checkpoint::CHECKPOINT_FILE;
pub use choice::{Candidate, Gain, InnerValidation};
pub use fit::{EpochProgress, EpochRecord, Fitted, Observer, RunControl, Silent, fit};
pub use inner::{DEFAULT_FOLDS, INNER_FOLDER};
pub use latents::Latents;
pub use model::TrainedModel;
pub use prediction::{Absence, Estimate, Prediction, Predictions};
pub use relevance::Relevance;

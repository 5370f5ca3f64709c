//! Training: configuration, the loop, metrics, and what is kept on disk.
//!
//! | to … | see |
//! |---|---|
//! | say what a run does | [`config`] |
//! | train a model | [`fit()`], [`Fitted`] |
//! | watch it, stop it, go on with it | [`RunControl`], [`Observer`], [`Silent`], [`EpochProgress`], [`EpochRecord`] |
//! | choose length and method by inner folds | [`InnerValidation`], [`Candidate`], [`Gain`], [`DEFAULT_FOLDS`] |
//! | weigh sources | [`Relevance`] |
//! | predict, keep and load | [`TrainedModel`] |
//! | add a task to a trained model | [`add_task`] |
//! | look at its charts | [`Latents`] |
//! | score predictions | [`metrics`] |

mod addition;
mod batch;
mod checkpoint;
mod choice;
pub mod config;
mod fit;
mod inner;
mod latents;
mod leg;
pub mod metrics;
mod model;
mod network;
mod relevance;
mod step;

pub use addition::add_task;
pub use choice::{Candidate, Gain, InnerValidation};
pub use fit::{EpochProgress, EpochRecord, Fitted, Observer, RunControl, Silent, fit};
pub use inner::DEFAULT_FOLDS;
pub use latents::Latents;
pub use model::TrainedModel;
pub use relevance::Relevance;

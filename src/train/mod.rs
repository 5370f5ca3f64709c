//! Training: configuration, the loop, metrics, and what is kept on disk.

mod addition;
mod batch;
mod checkpoint;
mod choice;
pub mod config;
pub mod files;
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
pub use checkpoint::CHECKPOINT_FILE;
pub use choice::{Candidate, Gain, InnerValidation};
pub use fit::{EpochProgress, EpochRecord, Fitted, Observer, RunControl, Silent, fit};
pub use inner::{DEFAULT_FOLDS, INNER_FOLDER};
pub use latents::Latents;
pub use model::TrainedModel;
pub use relevance::Relevance;

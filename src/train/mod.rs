//! Training: configuration, the loop, metrics, and what is kept on disk.

mod addition;
mod batch;
mod checkpoint;
pub mod config;
pub mod files;
mod fit;
mod latents;
mod leg;
pub mod metrics;
mod model;
mod network;
mod relevance;
mod step;

pub use addition::add_task;
pub use checkpoint::CHECKPOINT_FILE;
pub use fit::{EpochProgress, EpochRecord, Fitted, Observer, RunControl, Silent, fit};
pub use latents::Latents;
pub use model::TrainedModel;
pub use relevance::Relevance;

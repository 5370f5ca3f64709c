//! Training: configuration, the loop, metrics, and what is kept on disk.
//!
//! | to … | see |
//! |---|---|
//! | say what a run does | [`config`] |
//! | train a model | [`fit()`], [`Fitted`] |
//! | watch it, stop it, go on with it | [`RunControl`], [`Observer`], [`Silent`], [`EpochProgress`], [`EpochRecord`] |
//! | choose length and method by inner folds | [`InnerValidation`], [`Candidate`], [`Gain`], [`DEFAULT_FOLDS`] |
//! | weigh sources | [`Relevance`] |
//! | predict, keep and load | [`Model`], [`Predictions`], [`Prediction`], [`Estimate`], [`Absence`] |
//! | know how far off a prediction may be | [`Uncertainty`], [`ErrorBar`], [`Neighbour`] |
//! | read it by a Gaussian process, and again under other views | [`Readout`], [`ReadoutRecord`], [`ProcessRecord`], [`Calibration`], [`MixtureWeights`], [`read_again()`] |
//! | give measured labels of other tasks | [`Evidence`], [`Surprise`] |
//! | add a task to a trained model | [`add_task`] |
//! | look at its charts | [`Latents`] |
//! | take a prediction apart | [`Explanation`], [`ViewShare`], [`LabelShare`], [`AtomShares`] |
//! | score predictions | [`metrics`] |

mod addition;
mod arrays;
mod batch;
mod checkpoint;
mod choice;
pub mod config;
mod control;
mod description;
mod fit;
mod frame;
mod inner;
mod latents;
pub mod metrics;
mod model;
mod network;
mod prediction;
mod readout;
mod relevance;
mod run;
mod single;
mod stage;
mod step;

pub use addition::add_task;
pub use choice::{Candidate, Gain, InnerValidation};
pub use control::{EpochProgress, EpochRecord, Observer, RunControl, Silent};
pub use fit::fit;
pub use inner::DEFAULT_FOLDS;
pub use latents::Latents;
pub use model::{Evidence, Model};
pub use prediction::{
    Absence, ErrorBar, Estimate, Neighbour, Prediction, Predictions, Surprise, Uncertainty,
};
pub use readout::{
    AtomShares, Calibration, ColumnCount, Explanation, LabelShare, MixtureWeights, ProcessRecord,
    Readout, ReadoutRecord, Rival, ViewShare, read_again,
};
pub use relevance::Relevance;
pub use run::Fitted;

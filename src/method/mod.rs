//! What a method is: its name, its preset of options, its losses, and what one is to be implemented as.
//!
//! | file | holds |
//! |---|---|
//! | [`name`](MethodName) | every method with what it can do, as a table |
//! | [`config`](ModelConfig) | sizes, choices and weights, with the preset of each method |
//! | [`losses`](LOSSES) | the losses that have a weight, what they need and when they exist, as a table |
//! | `validation` | which options go together |
//! | [`options`](ModelOptions) | options that were given, laid over the preset of a method |
//! | [`stage`](Stage) | [`Method`]: a loss to train by and a prediction; stages of training |
//! | [`construction`](Construction) | what a method is built from |
//!
//! The methods themselves are in [`gate`](crate::gate) and [`baseline`](crate::baseline). A new one is a row of
//! [`METHODS`], a file in its room and a line in the room's `stages`.

mod choices;
mod config;
mod construction;
mod losses;
mod name;
mod options;
mod stage;
mod validation;

pub use choices::{
    CurvatureKind, Distance, Mapping, Order2Kind, Pairs, PredictBy, SourceWeights, Start,
};
pub use config::ModelConfig;
pub use construction::{Construction, GraphWidths, InputWidths};
pub use losses::{LOSSES, Loss, LossEntry, Needs, SumOver};
pub use name::{Family, METHODS, MethodEntry, MethodName};
pub use options::ModelOptions;
pub use stage::{Batch, LabelLoss, Method, Stage, Term};

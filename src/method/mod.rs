//! What a method is: its name, its preset of options, its losses, and what one is to be implemented as.
//!
//! | file | holds |
//! |---|---|
//! | [`name`](MethodName) | every method with what it can do, as a table |
//! | [`config`](ModelConfig) | sizes, choices and weights, and the [losses](LOSSES) they weigh, as a table |
//! | [`needs`](Needs) | what a loss needs of the forward pass and of the options |
//! | `presets` | what a method sets of its own |
//! | `validation` | which options go together |
//! | [`options`](ModelOptions) | options that were given, laid over the preset of a method |
//! | [`stage`](Stage) | [`Method`]: a loss to train by and a prediction; stages of training |
//! | [`construction`](Construction) | what a method is built from |
//!
//! The methods themselves are in [`gate`](crate::gate) and [`baseline`](crate::baseline). A new one is a row of
//! [`METHODS`], a file in its room and a line in the room's `stages`;
//! a new loss of charts is a weight and a row in `config`, a file in [`gate::contact`](crate::gate::contact) and a
//! line there.

mod choices;
mod config;
mod construction;
mod name;
mod needs;
mod options;
mod presets;
mod stage;
mod validation;

pub use crate::nn::GraphWidths;
pub use choices::{
    CurvatureKind, Distance, Head, Mapping, Order2Kind, Pairs, PredictBy, SourceWeights, Start,
    ViewName,
};
pub use config::{LOSSES, Loss, LossEntry, ModelConfig};
pub use construction::{Construction, InputWidths};
pub use name::{Family, METHODS, MethodEntry, MethodName};
pub use needs::{Needs, SumOver};
pub use options::ModelOptions;
pub use stage::{Batch, LabelLoss, Method, Stage, Term};

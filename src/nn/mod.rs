//! Networks: layers over the tape, their parameters, and how these are trained.
//!
//! Layers hold no numbers, only the names of their parameters; all numbers of a network lie in one
//! flat buffer ([`Parameters`]), so an optimiser step is one pass over it.

pub mod activation;
mod dropout;
mod embedding;
mod graph_batch;
mod isometric;
mod layer;
mod message_passing;
mod optimiser;
mod parameters;
mod refinement;
mod schedule;
mod weight_average;

pub use dropout::Dropout;
pub use embedding::{Embedding, Features};
pub use graph_batch::{GraphBatch, Kinds};
pub use layer::{Linear, Mlp, Pass};
pub use message_passing::{Dmpnn, DmpnnShape, GraphReadout, GraphWidths};
pub use optimiser::{Adam, clip_norm, clip_norm_within};
pub use parameters::{Bound, ParameterId, Parameters, Trained};
pub use refinement::Refinement;
pub use schedule::{Schedule, ScheduleName};
pub use weight_average::WeightAverage;

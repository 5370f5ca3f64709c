//! Tests of training: learning, repeatability, interruption, models on disk.

mod addition;
mod charts;
mod conventional;
mod coverage;
mod explain;
mod inner;
mod leakage;
mod model;
mod overfit;
mod readout;
mod relevance;
mod repeatability;
pub(crate) mod situation;

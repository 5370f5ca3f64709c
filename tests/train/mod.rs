//! Tests of training: learning, repeatability, interruption, models on disk.

mod addition;
mod charts;
mod config;
mod conventional;
mod coverage;
mod explain;
mod inner;
mod leakage;
mod metrics;
mod model;
mod overfit;
mod readout;
mod relevance;
mod repeatability;
pub(crate) mod situation;

//! Tests of training: learning, repeatability, interruption, models on disk.

mod charts;
mod conventional;
mod inner;
mod model;
mod overfit;
mod repeatability;
pub(crate) mod situation;

//! The crate's integration tests, one binary; files are named like those of the code.
#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod allocation;
mod charts;
mod counting;
mod curvature;
#[cfg(feature = "serde")]
mod files;
mod geodesic;
mod laws;
mod limits;
mod maps;
mod normal;
mod robustness;
mod strategies;
mod transition;

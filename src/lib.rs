//! Inductive transfer for regression by explicit differential geometry.

pub mod autograd;
pub mod baseline;
pub mod chart;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod gate;
#[cfg(feature = "molecule")]
pub mod molecule;
pub mod nn;
pub mod random;
#[cfg(feature = "report")]
pub mod report;
pub mod tensor;
pub mod train;

pub use geogate_geometry as geometry;

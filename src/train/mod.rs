//! `train`.
pub mod config;
pub mod files;
pub mod metrics;

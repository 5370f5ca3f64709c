//! `train`.
pub mod config;

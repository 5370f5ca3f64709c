//! `data`.
pub mod config;

//! `data`.
pub mod config;
#[cfg(feature = "molecule")]
pub mod virtual_lab;

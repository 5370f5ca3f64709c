//! `gate`.
pub mod config;

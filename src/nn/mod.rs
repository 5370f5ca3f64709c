//! `nn`.
pub mod activation;

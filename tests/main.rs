//! Integration tests.
#[cfg(feature = "molecule")]
mod virtual_lab;

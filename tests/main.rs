//! Integration tests.
mod gate;

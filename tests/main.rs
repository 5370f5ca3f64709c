//! Integration tests.

mod autograd;
mod closeness;
mod data;
mod gate;
mod nn;
mod series;
mod strategies;
mod tensor;
#[cfg(feature = "molecule")]
mod virtual_lab;

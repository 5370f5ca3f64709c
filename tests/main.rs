//! Integration tests.

mod autograd;
#[cfg(feature = "cli")]
mod cli;
mod closeness;
mod gate;
#[cfg(feature = "molecule")]
mod molecule;
mod nn;
mod series;
mod strategies;
mod tensor;
#[cfg(feature = "molecule")]
mod train;
#[cfg(feature = "molecule")]
mod virtual_lab;

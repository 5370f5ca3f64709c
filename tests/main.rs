//! Integration tests.

mod autograd;
mod closeness;
mod nn;
mod series;
mod strategies;
mod tensor;

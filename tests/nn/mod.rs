//! Tests of layers, optimiser and parameters.

mod activation;
mod dropout;
mod message_passing;
mod optimiser;
mod parameters;

//! Tests of layers, optimiser and parameters.

mod activation;
mod dropout;
mod isometric;
mod message_passing;
mod optimiser;
mod parameters;
mod schedule;
mod weight_average;

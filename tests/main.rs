//! Integration tests.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod autograd;
mod chart;
#[cfg(feature = "cli")]
mod cli;
mod closeness;
mod construction;
#[path = "../geometry/tests/counting.rs"]
mod counting;
mod data;
#[cfg(feature = "report")]
mod evaluate;
mod examples;
mod gate;
mod gp;
#[cfg(feature = "molecule")]
mod hostile;
#[path = "../examples/known/contact.rs"]
mod known_contact;
#[path = "../examples/known/manifold.rs"]
mod known_manifold;
mod layers;
mod method;
#[cfg(feature = "molecule")]
mod molecule;
mod nn;
mod random;
#[cfg(feature = "report")]
mod report;
mod rings;
mod series;
mod strategies;
mod tensor;
#[cfg(feature = "molecule")]
mod train;
#[cfg(feature = "molecule")]
mod virtual_lab;

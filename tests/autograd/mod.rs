//! Tests of the tape, its rules and its jets.

mod jets;
mod loops;
mod mlp;
mod projection;
mod rules;
mod tape;

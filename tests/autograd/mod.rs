//! Tests of the tape, its rules and its jets.

mod immersion;
mod jets;
mod loops;
mod mlp;
mod projection;
mod rules;
mod tape;

//! Tests of the tape, its rules and its jets.

mod curvature;
mod immersion;
mod jets;
mod loops;
mod mlp;
mod projection;
mod rules;
mod setting;
mod tape;

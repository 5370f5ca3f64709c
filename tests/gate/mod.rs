//! Tests of GATE and its baselines.

mod addition;
mod contact;
mod distillation;
mod known;
mod losses;
mod planted;
mod stages;

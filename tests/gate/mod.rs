//! Tests of GATE and its baselines.

mod contact;
mod distillation;
mod known;
mod losses;
mod planted;

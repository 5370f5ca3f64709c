//! Tests of GATE and its baselines.

mod contact;
mod distillation;
mod losses;
mod planted;

//! Tests of GATE and its baselines.

mod contact;
mod losses;

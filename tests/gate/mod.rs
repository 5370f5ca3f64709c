//! Tests of GATE and its baselines.

mod contact;
mod known;
mod losses;
mod planted;

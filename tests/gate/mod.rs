//! Tests of GATE and its baselines.

mod losses;

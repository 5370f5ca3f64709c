//! Tests of the kernels.

mod elementary;
mod graph;

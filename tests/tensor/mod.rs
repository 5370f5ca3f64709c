//! Tests of the kernels.

mod elementary;
mod elementwise;
mod gemm;
mod graph;
mod reduce;
mod symmetric;

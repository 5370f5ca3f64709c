//! Dense row-major matrices over `f32` and `f64`, and the few kernels everything above is made of.
//!
//! A batch is a matrix with one row per molecule, atom or bond; a stack of derivatives is a matrix
//! whose row blocks are the derivatives. There is no gradient here (see [`crate::autograd`]).
//!
//! | room | content |
//! |---|---|
//! | [`Real`] | the two scalar types, with branch-free `exp`, `tanh`, `sigmoid` |
//! | [`Tensor`] | the matrix |
//! | [`gemm`] | the product of any two matrices, with transposed views |
//! | [`LeftFactor`] | products of one matrix with many, faster where vectors are long |
//! | [`elementwise`] | loops over elements, vectorised at run time for the machine's instruction set |
//! | [`graph`] | gather, scatter and sums over lists of rows |
//! | [`reduce`] | sums in a fixed order |
//! | [`singular_values`] | the spectrum of a small matrix |
//! | [`SymmetricEigen`] | eigenvalues and eigenvectors of symmetric matrices |
//!
//! Every kernel is sequential and adds in a fixed order, so results depend on neither the number of
//! threads nor the shape of the rest of the program; parallelism is over independent tiles, outside.

mod dense;
mod elementary;
pub mod elementwise;
mod gemm;
pub mod graph;
mod packed;
mod real;
pub mod reduce;
pub(crate) mod small;
mod spectrum;
mod symmetric;
pub(crate) mod tridiagonal;

pub use dense::Tensor;
pub use gemm::{View, Write, gemm};
pub use packed::LeftFactor;
pub use real::Real;
pub use spectrum::singular_values;
pub use symmetric::SymmetricEigen;

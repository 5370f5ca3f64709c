//! One file per family of operations; in each: the operation, its shape rule, its derivative in
//! both directions.

mod arithmetic;
mod displaced;
mod graph;
pub(super) mod immersion;
mod layout;
mod linear;
mod loss;
mod onto;
pub(super) mod pointwise;
mod rows;

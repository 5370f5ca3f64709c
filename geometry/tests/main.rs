//! The crate's integration tests, one binary; files are named like those of the code.

mod allocation;
mod charts;
mod geodesic;
mod laws;
mod maps;
mod normal;
mod strategies;
mod transition;

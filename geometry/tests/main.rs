//! The crate's integration tests, one binary; folders are named like those of the code.

mod charts;
mod geodesic;

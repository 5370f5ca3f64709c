//! Integration tests.

mod molecule;

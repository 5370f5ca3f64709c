//! Integration tests.

mod molecule;
mod virtual_lab;

//! Integration tests.
mod virtual_lab;

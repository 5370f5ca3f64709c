//! `tensor`.

//! `evaluate`.

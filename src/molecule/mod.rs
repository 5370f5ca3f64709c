//! `molecule`.

//! Acceptance on known manifolds.

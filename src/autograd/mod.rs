//! `autograd`.

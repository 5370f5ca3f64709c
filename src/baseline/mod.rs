//! The conventional methods GATE is compared with, on the same embedding, encoder and head.

mod shared;

pub use shared::HardSharing;

//! Laws.
mod evidence;
pub use evidence::Evidence;

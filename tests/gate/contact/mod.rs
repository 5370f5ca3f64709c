//! Contact losses: against `geometry` on the same weights, closed forms, differences, degenerate
//! cases.

mod by_geometry;
mod defects;
mod degenerate;
mod gradients;
mod lengths;
mod limit;
mod linear;
mod scene;
mod symmetry;

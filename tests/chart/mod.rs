//! Tests of perceptrons as maps and charts.

mod composites;
mod derivatives;
mod latent;
mod networks;
mod stored;

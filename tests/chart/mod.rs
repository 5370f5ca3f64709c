//! Tests of perceptrons as maps and charts.

mod allocation;
mod batch;
mod composites;
mod derivatives;
mod latent;
mod networks;
mod stored;

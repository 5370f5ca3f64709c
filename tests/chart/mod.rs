//! Tests of perceptrons as maps and charts.

mod allocation;
mod batch;
mod batch_geodesic;
mod batch_gradient;
mod batch_local;
mod batch_memory;
mod batch_plain;
mod batch_transition;
mod composites;
mod derivatives;
mod latent;
mod networks;
mod node;
mod stored;

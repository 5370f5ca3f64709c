//! GATE, the geometrically aligned transfer encoder (arXiv 2310.06369), for any number of tasks.
//!
//! ```text
//! input --embedding (shared)--> x ∈ R^e --encoder_t--> z_t ∈ R^d --transfer φ_t--> u_t ∈ R^m
//! u_t --inverse ψ_t--> ẑ_t ∈ R^d;   z_t --head_t--> ŷ_t;   τ_{s→t} = ψ_t ∘ φ_s
//! ```
//!
//! Every molecule passes through every task's encoder and so has coordinates in every chart; how far
//! two charts agree on it is what `evaluate::survey` calls the overlap. The losses are in
//! [`losses`](LossWeights); `paper-notes.md` maps each equation to its item and test.

mod addition;
mod agreement;
mod charts;
mod choices;
pub mod config;
pub mod contact;
mod losses;
mod method;
mod network;

pub use agreement::Agreement;
pub use charts::{TaskChart, TaskCharts};
pub use contact::ContactWeights;
pub use losses::LossWeights;
pub use method::{Batch, Course, LabelLoss, Method, Term};
pub use network::{Gate, TaskModule};

//! GATE, the geometrically aligned transfer encoder (arXiv 2310.06369), for any number of tasks.
//!
//! ```text
//! input --embedding (shared)--> x ∈ R^e --encoder_t--> z_t ∈ R^d --transfer φ_t--> u_t ∈ R^m
//! u_t --inverse ψ_t--> ẑ_t ∈ R^d;   z_t --head_t--> ŷ_t;   τ_{s→t} = ψ_t ∘ φ_s
//! ```
//!
//! Every molecule passes through every task's encoder and so has coordinates in every chart; how far
//! two charts agree on it is what `evaluate::survey` calls the overlap. The losses are in
//! [`method::LOSSES`](crate::method::LOSSES); `paper-notes.md` maps each equation to its item and test.

mod addition;
mod charts;
pub mod contact;
mod context;
mod losses;
mod module;
mod network;

pub use charts::{TaskChart, TaskCharts};
pub use module::TaskModule;
pub use network::Gate;

use crate::method::{Construction, MethodName, Stage};
use crate::tensor::Real;

/// The networks of a method with charts, and its stages of training.
pub fn stages<T: Real>(from: &mut Construction<'_, T>) -> (Gate, Vec<Stage<T>>) {
    let gate = Gate::new(from);
    let stages = match from.config.method {
        MethodName::AddTask => gate.clone().addition(from.parameters, from.target).into(),
        _ => vec![Stage::new(gate.clone(), vec![true; from.tasks.len()])],
    };
    (gate, stages)
}

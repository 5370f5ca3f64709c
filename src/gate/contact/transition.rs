//! Defects of the transitions `τ_{s→t} = ψ_t ∘ φ_s` themselves.
//!
//! With `g_s = L_s L_sᵀ` and `G = φ_t ∘ ψ_t`, which takes the LF frame to the target's chart:
//!
//! ```text
//! isometry   ‖A‖²_F,   A = L_s⁻¹ (Dτᵀ g_t Dτ) L_s⁻ᵀ − 1
//! affine     |∇dτ(v, v)|² in g_t, for v of length 1 in g_s
//! cocycle    |τ_{t→u}(τ_{s→t}(z)) − τ_{s→u}(z)|²
//! ```
//!
//! **Isometry.** For independent uniform unit vectors a, b of R^d, `E (aᵀA b)² = ‖A‖²_F / d²`, so
//! `d² (aᵀA b)²` is an unbiased estimate that takes two directional derivatives instead of d:
//! `aᵀA b = ⟨G_p , G_q⟩ − ⟨a, b⟩` along `p = J_s L_s⁻ᵀ a`, `q = J_s L_s⁻ᵀ b`.
//!
//! **Affine.** `∇dτ(v, v)` is the covariant acceleration of the image of the geodesic through z along
//! v. That image is the curve `φ_t ∘ τ ∘ γ = G ∘ φ_s ∘ γ` in the LF frame, whose acceleration's
//! tangential part is `J_t ∇dτ(v, v)`; and `φ_s ∘ γ` starts with velocity `J_s v` and acceleration
//! `H_s(v, v) − J_s Γ_s(v, v) = II_s(v, v)`. So the curve with that velocity and acceleration is pushed
//! through G, and its acceleration's length is taken along the image of J_t at τ(z), where
//! `|J_tᵀ h|` in g_t⁻¹ is `|L_t⁻¹ J_tᵀ h|`. Neither Γ is needed. With a uniform, the mean over a is
//! `(2 ‖T‖² + ‖tr T‖²) / d(d + 2)` for T = ∇dτ in orthonormal frames.

use super::frame::TangentFrame;
use super::pushed::axes;
use super::{directions, mean_of, mean_square_length, union};
use crate::autograd::jet::Jet;
use crate::autograd::{Tape, Var};
use crate::gate::context::{Coupling, LossContext};
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// What the defects of transitions look at.
pub(super) struct TransitionSetting<'a, 'b, T> {
    pub(super) context: &'a LossContext<'b, T>,
    /// The chart of every task at the molecules.
    pub(super) charts: &'a [TangentFrame],
    pub(super) transitions: &'a [Coupling],
}

impl<T: Real> TransitionSetting<'_, '_, T> {
    /// A random unit vector of R^d at every molecule.
    pub(super) fn draw(&self, tape: &mut Tape<T>, noise: &mut Stream) -> Var {
        let (rows, d) = tape.shape(self.context.latents[0].z);
        tape.constant(&directions::unit_vectors(rows, d, noise))
    }
}

/// `Σ_transitions mean ‖A‖²_F`, estimated along `directions` pairs of directions.
pub(super) fn isometry<T: Real>(
    pass: &mut Pass<'_, T>,
    at: &TransitionSetting<'_, '_, T>,
    directions: usize,
    noise: &mut Stream,
) -> Option<Var> {
    let mut parts = Vec::new();
    for _ in 0..directions {
        let [a, b] = [0, 1].map(|_| at.draw(pass.tape, noise));
        let cosine = pass.tape.row_dot(a, b);
        for &Coupling { s, t } in at.transitions {
            let chart = &at.charts[s];
            let along = [a, b].map(|a| {
                let v = chart.vector(pass.tape, a);
                chart.image(pass.tape, v)
            });
            let module = &at.context.tasks[t];
            let jet = Jet::along(pass.tape, at.context.latents[s].u, &along, &[]);
            let jet = module.inverse.forward_jet(pass, jet);
            let jet = module.transfer.forward_jet(pass, jet);
            let [p, q] = [0, 1].map(|k| jet.first(pass.tape, k));
            let product = pass.tape.row_dot(p, q);
            let defect = pass.tape.sub(product, cosine);
            let mean = mean_square_length(pass.tape, defect, &chart.degenerate);
            let d = chart.dim() as f64;
            let whole = pass.tape.scale(mean, T::from_f64(d * d));
            parts.push(at.context.of_pair(pass.tape, Coupling { s, t }, whole));
        }
    }
    mean_of(pass.tape, &parts, directions)
}

/// `Σ_transitions mean |∇dτ(v, v)|²` along `directions` unit vectors v of g_s.
pub(super) fn affine<T: Real>(
    pass: &mut Pass<'_, T>,
    at: &TransitionSetting<'_, '_, T>,
    directions: usize,
    noise: &mut Stream,
) -> Option<Var> {
    let mut parts = Vec::new();
    for _ in 0..directions {
        let a = at.draw(pass.tape, noise);
        for &Coupling { s, t } in at.transitions {
            let curve = geodesic_image(pass, at, s, a);
            let module = &at.context.tasks[t];
            let jet = module.inverse.forward_jet(pass, curve);
            let (rows, d) = pass.tape.shape(at.context.latents[s].z);
            let axes = pass.tape.constant(&axes::<T>(rows, d));
            let jet = jet.extended(pass.tape, (axes, d), &[]);
            let jet = module.transfer.forward_jet(pass, jet);
            let jacobian = jet.firsts(pass.tape, 1, 1 + d);
            let image = TangentFrame::new(pass.tape, jacobian, d);
            let acceleration = jet.second(pass.tape, 0);
            let covariant = image.tangential(pass.tape, acceleration);
            let left_out = union([&at.charts[s].degenerate, &image.degenerate]);
            let mean = mean_square_length(pass.tape, covariant, &left_out);
            parts.push(at.context.of_pair(pass.tape, Coupling { s, t }, mean));
        }
    }
    mean_of(pass.tape, &parts, directions)
}

/// The curve φ_s ∘ γ to second order, γ the geodesic from z_s along `L_s⁻ᵀ a`.
fn geodesic_image<T: Real>(
    pass: &mut Pass<'_, T>,
    at: &TransitionSetting<'_, '_, T>,
    s: usize,
    a: Var,
) -> Jet {
    let (chart, latent) = (&at.charts[s], &at.context.latents[s]);
    let v = chart.vector(pass.tape, a);
    let jet = Jet::along(pass.tape, latent.z, &[v], &[(0, 0)]);
    let jet = at.context.tasks[s].transfer.forward_jet(pass, jet);
    let (value, velocity) = (jet.value(pass.tape), jet.first(pass.tape, 0));
    let second = jet.second(pass.tape, 0);
    let normal = chart.normal_part(pass.tape, second);
    Jet::of_surface(pass.tape, value, &[velocity], (&[(0, 0)], &[normal]))
}

/// `Σ_{s,t,u} mean |τ_{t→u}(τ_{s→t}(z_s)) − τ_{s→u}(z_s)|² / triples` over the ordered triples of
/// different tasks; none for fewer than three tasks.
pub(super) fn cocycle<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
) -> Option<Var> {
    let tasks = context.tasks.len();
    let mut parts = Vec::new();
    for s in 0..tasks {
        let transition = |pass: &mut Pass<'_, T>, t: usize| {
            let inverse = &context.tasks[t].inverse;
            inverse.forward(pass, context.latents[s].u)
        };
        let images: Vec<Var> = (0..tasks)
            .filter(|_| tasks > 2)
            .map(|t| transition(pass, t))
            .collect();
        for t in (0..images.len()).filter(|&t| t != s) {
            let through = context.tasks[t].transfer.forward(pass, images[t]);
            for u in (0..tasks).filter(|&u| u != s && u != t) {
                let there = context.tasks[u].inverse.forward(pass, through);
                let difference = pass.tape.sub(there, images[u]);
                let mean = mean_square_length(pass.tape, difference, &[]);
                let mean = context.of_task(pass.tape, s, mean);
                parts.push(context.of_pair(pass.tape, Coupling { s: t, t: u }, mean));
            }
        }
    }
    let triples = parts.len();
    mean_of(pass.tape, &parts, triples)
}

/// A constant of one number, 1 × 1.
pub(super) fn reading<T: Real>(tape: &mut Tape<T>, value: f64) -> Var {
    tape.constant(&Tensor::scalar(T::from_f64(value)))
}

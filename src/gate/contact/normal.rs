//! The distance loss done on the manifold.
//!
//! From every molecule's z_s a geodesic of g_s of length ε along a uniformly random unit vector of an
//! orthonormal frame ends at q. Its ends go through τ to the target's chart, where their geodesic —
//! not chordal — distance ℓ is compared:
//!
//! ```text
//! normal = (ℓ²/ε² − 1)²
//! ```
//!
//! averaged over molecules and directions. Squares keep the loss smooth where ℓ vanishes, and the
//! division makes its size independent of ε: as ε → 0 it becomes `(aᵀA a)²` with A the isometry
//! defect.

use super::geodesic::geodesic_step;
use super::length::{PathSettings, shortest_path};
use super::transition::{TransitionSetting, reading};
use super::{mean_of, mean_square_length, union};
use crate::autograd::Var;
use crate::gate::context::Coupling;
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// Runge–Kutta steps along ε: the error of one is of order ε⁵.
const GEODESIC_STEPS: usize = 1;

/// The loss and how well the lengths in it are known.
pub(super) struct LengthLoss {
    pub(super) value: Option<Var>,
    /// A shard's part of the mean over shards of the largest residual of a path.
    pub(super) residual: Var,
}

/// `Σ_transitions mean (ℓ²/ε² − 1)²` over `directions` steps of length ε.
pub(super) fn steps<T: Real>(
    pass: &mut Pass<'_, T>,
    at: &TransitionSetting<'_, '_, T>,
    directions: usize,
    epsilon: f64,
    noise: &mut Stream,
) -> LengthLoss {
    let mut parts = Vec::new();
    let mut residual = 0.0_f64;
    for _ in 0..directions {
        let a = at.draw(pass.tape, noise);
        for &Coupling { s, t } in at.transitions {
            let chart = &at.charts[s];
            let unit = chart.vector(pass.tape, a);
            let v = pass.tape.scale(unit, T::from_f64(epsilon));
            let (source, target) = (&at.context.tasks[s], &at.context.tasks[t]);
            let start = &at.context.latents[s];
            let end = geodesic_step(pass, &source.transfer, (start.z, v), GEODESIC_STEPS);
            let frame = source.transfer.forward(pass, end.value);
            let ends = [start.u, frame].map(|u| target.inverse.forward(pass, u));
            let settings = PathSettings::of::<T>();
            let path = shortest_path(pass, &target.transfer, (ends[0], ends[1]), settings);
            residual = residual.max(path.residual);
            let left_out = union([&chart.degenerate, &end.degenerate, &path.degenerate]);
            let rows = pass.tape.shape(path.energy).0;
            let one = pass.tape.constant(&Tensor::from_fn(rows, 1, |_, _| T::ONE));
            let relative = T::from_f64(1.0 / (epsilon * epsilon));
            let defect = pass
                .tape
                .combination(&[(path.energy, relative), (one, -T::ONE)]);
            let mean = mean_square_length(pass.tape, defect, &left_out);
            parts.push(at.context.of_pair(pass.tape, Coupling { s, t }, mean));
        }
    }
    LengthLoss {
        value: mean_of(pass.tape, &parts, directions),
        residual: reading(pass.tape, residual * at.context.batch.share),
    }
}

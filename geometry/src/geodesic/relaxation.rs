//! Birkhoff's curve shortening: a start for the logarithm where shooting from afar fails.
//!
//! A path of nodes is straightened by moving each to the middle of the short geodesic between its neighbours, odd
//! and even nodes in turn. Each move shortens the path.

use super::exp_with;
use super::logarithm::{DEFAULT_LOG_TOLERANCE, NewtonSearch};
use crate::error::Result;
use crate::ode::Integrator;
use crate::space::Space;

/// Segments of the path, doubled as long as a segment is too long to be shot.
const SEGMENTS: [usize; 4] = [4, 8, 16, 32];
/// Sweeps over the path per number of segments, per segment squared (the error shrinks by 1 − O(1/N²) a sweep).
const SWEEPS: f64 = 0.5;

/// A velocity at p of about the geodesic to q: that of the first segment of the straightened path.
pub(super) fn relaxed_start(
    space: &dyn Space,
    p: &[f64],
    q: &[f64],
    method: Integrator,
) -> Result<Vec<f64>> {
    let mut outcome = straightened(space, p, q, SEGMENTS[0], method);
    for &segments in &SEGMENTS[1..] {
        if outcome.is_ok() {
            break;
        }
        outcome = straightened(space, p, q, segments, method);
    }
    outcome
}

fn straightened(
    space: &dyn Space,
    p: &[f64],
    q: &[f64],
    segments: usize,
    method: Integrator,
) -> Result<Vec<f64>> {
    let on_segment =
        |s: f64| -> Vec<f64> { p.iter().zip(q).map(|(p, q)| p + s * (q - p)).collect() };
    let mut nodes: Vec<Vec<f64>> = (0..=segments)
        .map(|k| on_segment(k as f64 / segments as f64))
        .collect();
    let sweeps = (SWEEPS * (segments * segments) as f64) as usize;
    for _ in 0..sweeps {
        for parity in [1, 2] {
            for k in (parity..segments).step_by(2) {
                nodes[k] = middle(space, &nodes[k - 1], &nodes[k + 1], method)?;
            }
        }
    }
    let first = short_log(space, p, &nodes[1], method)?;
    Ok(first.into_iter().map(|v| v * segments as f64).collect())
}

fn middle(space: &dyn Space, a: &[f64], b: &[f64], method: Integrator) -> Result<Vec<f64>> {
    let half: Vec<f64> = short_log(space, a, b, method)?
        .into_iter()
        .map(|v| 0.5 * v)
        .collect();
    exp_with(space, a, &half, method)
}

/// The logarithm between near points, by shooting alone.
fn short_log(space: &dyn Space, a: &[f64], b: &[f64], method: Integrator) -> Result<Vec<f64>> {
    let chord: Vec<f64> = b.iter().zip(a).map(|(b, a)| b - a).collect();
    let mut search = NewtonSearch::new(space, a, b, method, DEFAULT_LOG_TOLERANCE)?;
    Ok(search.newton(&chord, b)?.velocity)
}

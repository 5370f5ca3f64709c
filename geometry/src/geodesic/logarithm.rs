//! The logarithm: the geodesic from one point to another, found by shooting, with evidence.
//!
//! Newton's method on exp_p(v) = q uses the differential of exp by Jacobi fields and starts from the coordinate
//! difference. Where that fails, or ends on a geodesic that is too long to be shortest, the target is moved along
//! the coordinate segment from p to q in steps ([`Route::Continuation`]); where that fails too, a path
//! of short geodesics is straightened first ([`Route::Relaxation`]).

use super::conjugate::{ConjugateScan, first_conjugate_point};
use super::jacobi::exp_differential;
use super::relaxation::relaxed_start;
use crate::dense;
use crate::error::{Error, ErrorKind, Result};
use crate::metric;
use crate::ode::Method;
use crate::space::Space;
use crate::tensor::Tensor;
use nalgebra::{DMatrix, DVector};

/// The default accuracy of [`log`]: the endpoint is missed by less than this fraction of the length.
pub const DEFAULT_LOG_TOLERANCE: f64 = 1e-10;

/// Which search found a logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Route {
    /// Newton's method from the coordinate difference.
    Shooting,
    /// Newton's method for a target moved from p to q.
    Continuation,
    /// Newton's method from a relaxed path.
    Relaxation,
}

/// What is known of a geodesic's minimality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Minimality {
    /// The one shortest curve: it is shorter than the injectivity radius the space states at its start.
    Minimal,
    /// A geodesic between the points; a shorter one is not excluded.
    Local,
}

/// A logarithm and the evidence for it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Logarithm {
    /// v with exp_p(v) = q.
    pub velocity: Vec<f64>,
    /// The length √g(v, v) of the geodesic.
    pub length: f64,
    /// By how much exp_p(v) misses q, as a length in g at q.
    pub residual: f64,
    /// Integrations of the geodesic with its Jacobi fields.
    pub iterations: usize,
    /// Which search found it.
    pub route: Route,
    /// Whether it has points conjugate to p; beyond the first it is not shortest.
    pub conjugate: ConjugateScan,
    /// Whether it is known to be shortest.
    pub minimality: Minimality,
}

impl Logarithm {
    /// Whether the geodesic is known to be the shortest.
    pub fn is_minimal(&self) -> bool {
        self.minimality == Minimality::Minimal
    }
}

/// log_p(q), by the default method and tolerance.
///
/// # Errors
/// Where no search converges ([`ErrorKind::NotConverged`]), and as [`geodesic`](super::geodesic).
pub fn log(space: &dyn Space, p: &[f64], q: &[f64]) -> Result<Logarithm> {
    log_with(space, p, q, Method::default(), DEFAULT_LOG_TOLERANCE)
}

/// The length of the geodesic that [`log`] finds: the distance, where that is minimal.
///
/// # Errors
/// As [`log`].
pub fn distance(space: &dyn Space, p: &[f64], q: &[f64]) -> Result<f64> {
    Ok(log(space, p, q)?.length)
}

/// log_p(q) with a given integrator and tolerance (a fraction of the length).
///
/// Newton's method on exp_p(v) = q uses the differential of exp by Jacobi fields and starts from the coordinate
/// difference. Where that fails, or ends on a geodesic that is too long to be shortest, the target is moved along
/// the coordinate segment from p to q in steps ([`Route::Continuation`]); where that fails too, a path of short
/// geodesics is straightened first ([`Route::Relaxation`]).
///
/// # Errors
/// As [`log`].
pub fn log_with(
    space: &dyn Space,
    p: &[f64],
    q: &[f64],
    method: Method,
    tolerance: f64,
) -> Result<Logarithm> {
    let mut search = Search::new(space, p, q, method, tolerance)?;
    let chord: Vec<f64> = q.iter().zip(p).map(|(q, p)| q - p).collect();
    let radius = space.injectivity_radius(p);
    let short_enough = |shot: &Shot| radius.is_none_or(|r| shot.length < r);
    let mut best = search
        .newton(&chord, q)
        .ok()
        .map(|shot| (shot, Route::Shooting));
    if !best.as_ref().is_some_and(|(shot, _)| short_enough(shot)) {
        let other = search
            .continuation(&chord)
            .map(|shot| (shot, Route::Continuation));
        best = shorter(best, other.ok());
    }
    if best.is_none() {
        let start = relaxed_start(space, p, q, method)?;
        best = Some((search.newton(&start, q)?, Route::Relaxation));
    }
    let Some((shot, route)) = best else {
        return Err(search.failure(f64::NAN, q));
    };
    let conjugate = first_conjugate_point(space, p, &shot.velocity, 1.0, method)?;
    let minimality = if radius.is_some_and(|r| shot.length < r) {
        Minimality::Minimal
    } else {
        Minimality::Local
    };
    let iterations = search.iterations;
    let Shot {
        velocity,
        length,
        residual,
        ..
    } = shot;
    Ok(Logarithm {
        velocity,
        length,
        residual,
        iterations,
        route,
        conjugate,
        minimality,
    })
}

/// The shorter of two candidates.
fn shorter(a: Option<(Shot, Route)>, b: Option<(Shot, Route)>) -> Option<(Shot, Route)> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.0.length < a.0.length { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// A velocity, where it leads, and how that depends on it.
#[derive(Clone)]
pub(super) struct Shot {
    pub(super) velocity: Vec<f64>,
    length: f64,
    end: Vec<f64>,
    differential: Tensor,
    residual: f64,
}

/// Newton's method for exp_p(v) = q.
pub(super) struct Search<'a> {
    space: &'a dyn Space,
    p: &'a [f64],
    g_p: Tensor,
    method: Method,
    tolerance: f64,
    iterations: usize,
}

/// Newton iterations for one target.
const NEWTON_LIMIT: usize = 40;
/// Halvings of a Newton step that does not help.
const HALVINGS: usize = 8;
/// A residual below this fraction of the length is rounding and integration error.
const FLOOR: f64 = 1e-13;
/// A Newton step is at most this many times the current length.
const STEP_LIMIT: f64 = 0.75;

impl<'a> Search<'a> {
    pub(super) fn new(
        space: &'a dyn Space,
        p: &'a [f64],
        q: &[f64],
        method: Method,
        tolerance: f64,
    ) -> Result<Self> {
        space.domain(q)?;
        let g_p = metric::metric(space, p)?;
        Ok(Self {
            space,
            p,
            g_p,
            method,
            tolerance,
            iterations: 0,
        })
    }

    fn shot(&mut self, velocity: Vec<f64>, target: &[f64], g_target: &Tensor) -> Result<Shot> {
        self.iterations += 1;
        let (end, differential) = exp_differential(self.space, self.p, &velocity, self.method)?;
        let miss: Vec<f64> = target.iter().zip(&end).map(|(t, e)| t - e).collect();
        let residual = dense::bilinear(g_target.components(), &miss, &miss).sqrt();
        let length = self.length(&velocity);
        Ok(Shot {
            velocity,
            length,
            end,
            differential,
            residual,
        })
    }

    fn length(&self, v: &[f64]) -> f64 {
        dense::bilinear(self.g_p.components(), v, v).sqrt()
    }

    /// Damped Newton iterations from `start`, until the residual no longer falls.
    pub(super) fn newton(&mut self, start: &[f64], target: &[f64]) -> Result<Shot> {
        let g_target = metric::metric(self.space, target)?;
        let mut shot = self.first_shot(start, target, &g_target)?;
        for _ in 0..NEWTON_LIMIT {
            if shot.residual <= FLOOR * shot.length {
                break;
            }
            match self.improved(&shot, target, &g_target) {
                Some(next) => shot = next,
                None => break,
            }
        }
        // a zero length is a target equal to the start
        if shot.residual <= self.tolerance * shot.length || shot.residual == 0.0 {
            Ok(shot)
        } else {
            Err(self.failure(shot.residual, target))
        }
    }

    /// The first shot, shortened as long as it runs out of the chart.
    fn first_shot(&mut self, start: &[f64], target: &[f64], g_target: &Tensor) -> Result<Shot> {
        let mut velocity = start.to_vec();
        let mut outcome = self.shot(velocity.clone(), target, g_target);
        for _ in 0..HALVINGS {
            if outcome.is_ok() {
                break;
            }
            velocity.iter_mut().for_each(|v| *v *= 0.5);
            outcome = self.shot(velocity.clone(), target, g_target);
        }
        outcome
    }

    /// The next iterate: a Newton step, halved until the residual falls.
    fn improved(&mut self, shot: &Shot, target: &[f64], g_target: &Tensor) -> Option<Shot> {
        let miss: Vec<f64> = target.iter().zip(&shot.end).map(|(t, e)| t - e).collect();
        let step = solved(&shot.differential, &miss)?;
        let size = self.length(&step);
        let cap = STEP_LIMIT * shot.length.max(shot.residual);
        let mut factor = if size > cap { cap / size } else { 1.0 };
        for _ in 0..HALVINGS {
            let velocity = shot
                .velocity
                .iter()
                .zip(&step)
                .map(|(v, s)| v + factor * s)
                .collect();
            if let Ok(next) = self.shot(velocity, target, g_target)
                && next.residual < (1.0 - 0.1 * factor) * shot.residual
            {
                return Some(next);
            }
            // within integration error there is nothing to halve
            if shot.residual < 0.1 * self.tolerance * shot.length {
                return None;
            }
            factor *= 0.5;
        }
        None
    }

    /// Newton's method for targets p + s (q − p), s from 0 to 1 in steps as long as it converges.
    fn continuation(&mut self, chord: &[f64]) -> Result<Shot> {
        const SHORTEST: f64 = 1e-3;
        let target = |s: f64| -> Vec<f64> { segment_point(self.p, chord, s) };
        let (mut s, mut step) = (0.0, 0.125);
        let mut current: Option<Shot> = None;
        loop {
            let next = f64::min(s + step, 1.0);
            let start: Vec<f64> = match &current {
                None => chord.iter().map(|c| c * next).collect(),
                Some(shot) => {
                    let ahead: Vec<f64> = chord.iter().map(|c| c * (next - s)).collect();
                    let rise = solved(&shot.differential, &ahead);
                    let Some(rise) = rise else {
                        return Err(self.failure(shot.residual, &target(next)));
                    };
                    shot.velocity
                        .iter()
                        .zip(&rise)
                        .map(|(v, r)| v + r)
                        .collect()
                }
            };
            match self.newton(&start, &target(next)) {
                // a step that changes the velocity beyond its own size has jumped to another geodesic
                Ok(shot)
                    if current
                        .as_ref()
                        .is_none_or(|old| self.continues(old, &shot)) =>
                {
                    if next >= 1.0 {
                        return Ok(shot);
                    }
                    (s, step, current) = (next, step * 1.5, Some(shot));
                }
                outcome => {
                    step *= 0.5;
                    if step < SHORTEST {
                        return outcome.and(Err(self.failure(f64::NAN, &target(next))));
                    }
                }
            }
        }
    }

    fn continues(&self, old: &Shot, new: &Shot) -> bool {
        let change: Vec<f64> = new
            .velocity
            .iter()
            .zip(&old.velocity)
            .map(|(n, o)| n - o)
            .collect();
        self.length(&change) < 0.7 * new.length.max(old.length)
    }

    fn failure(&self, residual: f64, target: &[f64]) -> Error {
        let scale: Vec<f64> = target.iter().zip(self.p).map(|(t, p)| t - p).collect();
        let tolerance = self.tolerance * self.length(&scale);
        ErrorKind::NotConverged {
            what: "logarithm",
            residual,
            tolerance,
            iterations: self.iterations,
        }
        .into()
    }
}

/// p + s c.
fn segment_point(p: &[f64], chord: &[f64], s: f64) -> Vec<f64> {
    p.iter().zip(chord).map(|(p, c)| p + s * c).collect()
}

/// The solution of D v = b; `None` where D is singular.
fn solved(differential: &Tensor, b: &[f64]) -> Option<Vec<f64>> {
    let d = differential.dim();
    let lu = DMatrix::from_row_slice(d, d, differential.components()).lu();
    let solution = lu.solve(&DVector::from_column_slice(b))?;
    solution
        .iter()
        .all(|s| s.is_finite())
        .then(|| solution.as_slice().to_vec())
}

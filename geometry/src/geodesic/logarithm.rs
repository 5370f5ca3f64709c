//! The logarithm: the geodesic from one point to another, found by shooting, with evidence.

use super::conjugate::{ConjugateScan, first_conjugate_point};
use super::jacobi::{ExpDifferential, exp_differential};
use super::relaxation::relaxed_start;
use crate::dense;
use crate::error::{Error, ErrorKind, Result};
use crate::metric;
use crate::ode::{Integrator, check_tolerance};
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
    log_with(space, p, q, Integrator::default(), DEFAULT_LOG_TOLERANCE)
}

/// The length of the geodesic that [`log`] finds: the distance where that geodesic is known to be
/// [shortest](Logarithm::is_minimal), else an upper bound of it.
///
/// # Errors
/// As [`log`]; and where that geodesic passes a conjugate point, so that it is longer than the distance
/// ([`ErrorKind::NotShortest`]).
pub fn distance(space: &dyn Space, p: &[f64], q: &[f64]) -> Result<f64> {
    let found = log(space, p, q)?;
    let length = found.length;
    match found.conjugate.first {
        Some(conjugate) if conjugate < 1.0 && !found.is_minimal() => {
            Err(ErrorKind::NotShortest { length, conjugate }.into())
        }
        _ => Ok(length),
    }
}

/// log_p(q) with a given integrator and tolerance (a fraction of the length).
///
/// Newton's method on exp_p(v) = q uses the differential of exp by Jacobi fields and starts from the coordinate
/// difference; it tries no velocity longer than the coordinate segment from p to q, nor, where the injectivity radius
/// is stated, longer than that as long as there is hope. Where it fails, the target is moved along the segment in
/// steps ([`Route::Continuation`]); where that fails too, a path of short geodesics is straightened first
/// ([`Route::Relaxation`]).
///
/// # Errors
/// As [`log`], and [`ErrorKind::Setting`] for a tolerance that is not between 0 and 1.
pub fn log_with(
    space: &dyn Space,
    p: &[f64],
    q: &[f64],
    method: Integrator,
    tolerance: f64,
) -> Result<Logarithm> {
    check_tolerance("tolerance of the logarithm", tolerance)?;
    method.check()?;
    let mut search = NewtonSearch::new(space, p, q, method, tolerance)?;
    let (shot, route) = search.shortest(q)?;
    let radius = space.injectivity_radius(p);
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

/// A velocity, where it leads, and how that depends on it.
#[derive(Clone)]
pub(super) struct Shot {
    pub(super) velocity: Vec<f64>,
    length: f64,
    end: Vec<f64>,
    differential: Tensor<2>,
    residual: f64,
}

/// Newton's method for exp_p(v) = q.
pub(super) struct NewtonSearch<'a> {
    space: &'a dyn Space,
    p: &'a [f64],
    g_p: Tensor<2>,
    method: Integrator,
    tolerance: f64,
    /// No velocity longer than this is tried.
    limit: f64,
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
/// A shortest geodesic is at most as long as the coordinate segment; this much more for the quadrature.
const SLACK: f64 = 1.02;

impl<'a> NewtonSearch<'a> {
    pub(super) fn new(
        space: &'a dyn Space,
        p: &'a [f64],
        q: &[f64],
        method: Integrator,
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
            limit: f64::INFINITY,
            iterations: 0,
        })
    }

    /// A geodesic to q, the shortest if the searches can help it: none longer than the coordinate segment is
    /// shortest, and where the injectivity radius is stated a shorter one than that is.
    fn shortest(&mut self, q: &[f64]) -> Result<(Shot, Route)> {
        let chord: Vec<f64> = q.iter().zip(self.p).map(|(q, p)| q - p).collect();
        let segment = segment_length(self.space, self.p, &chord)
            .map_or(f64::INFINITY, |length| SLACK * length);
        let radius = self
            .space
            .injectivity_radius(self.p)
            .unwrap_or(f64::INFINITY);
        self.limit = segment;
        let first = self.newton(&chord, q).ok();
        if let Some(shot) = &first
            && shot.length < radius
        {
            return Ok((shot.clone(), Route::Shooting));
        }
        if radius < segment {
            self.limit = radius;
            if let Ok(shot) = self.newton(&chord, q) {
                return Ok((shot, Route::Shooting));
            }
            if let Ok(shot) = self.continuation(&chord) {
                return Ok((shot, Route::Continuation));
            }
            self.limit = segment;
        }
        if let Some(shot) = first {
            return Ok((shot, Route::Shooting));
        }
        if let Ok(shot) = self.continuation(&chord) {
            return Ok((shot, Route::Continuation));
        }
        let relaxed = relaxed_start(self.space, self.p, q, self.method)
            .and_then(|start| self.newton(&start, q));
        if let Ok(shot) = relaxed {
            return Ok((shot, Route::Relaxation));
        }
        // in a chart that is not convex the shortest curve may be no geodesic, and a longer one exist
        self.limit = f64::INFINITY;
        Ok((self.newton(&chord, q)?, Route::Shooting))
    }

    /// The part of a step from a velocity of length `from` to `velocity` that stays within the limit: nine tenths of
    /// the way to it, so that nothing ends on it.
    fn within(&self, from: f64, mut velocity: Vec<f64>) -> Vec<f64> {
        const SHARE: f64 = 0.9;
        let length = self.length(&velocity);
        if length > self.limit {
            let allowed = from + SHARE * (self.limit - from);
            velocity.iter_mut().for_each(|v| *v *= allowed / length);
        }
        velocity
    }

    fn shot(&mut self, velocity: Vec<f64>, target: &[f64], g_target: &Tensor<2>) -> Result<Shot> {
        self.iterations += 1;
        let ExpDifferential {
            point: end,
            differential,
        } = exp_differential(self.space, self.p, &velocity, self.method)?;
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
    fn first_shot(&mut self, start: &[f64], target: &[f64], g_target: &Tensor<2>) -> Result<Shot> {
        let mut velocity = self.within(0.0, start.to_vec());
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
    fn improved(&mut self, shot: &Shot, target: &[f64], g_target: &Tensor<2>) -> Option<Shot> {
        let miss: Vec<f64> = target.iter().zip(&shot.end).map(|(t, e)| t - e).collect();
        let step = solved(&shot.differential, &miss)?;
        let size = self.length(&step);
        let cap = STEP_LIMIT * shot.length.max(shot.residual);
        let mut factor = if size > cap { cap / size } else { 1.0 };
        for _ in 0..HALVINGS {
            let velocity = shot.velocity.iter().zip(&step);
            let velocity = velocity.map(|(v, s)| v + factor * s).collect();
            let velocity = self.within(shot.length, velocity);
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

/// The length of the coordinate segment from p along `chord`, to a few thousandths; `None` where it leaves the domain.
fn segment_length(space: &dyn Space, p: &[f64], chord: &[f64]) -> Option<f64> {
    let mut speed = |s: f64| -> Option<f64> {
        let square = metric::inner(space, &segment_point(p, chord, s), chord, chord).ok()?;
        Some(square.sqrt())
    };
    let ends = [speed(0.0)?, speed(0.5)?, speed(1.0)?];
    simpson(&mut speed, 0.0, 1.0, ends, 0)
}

/// Simpson's rule on [a, b] from the values at a, the middle and b, halved until two halves agree with the whole.
fn simpson(
    speed: &mut dyn FnMut(f64) -> Option<f64>,
    a: f64,
    b: f64,
    [left, middle, right]: [f64; 3],
    depth: usize,
) -> Option<f64> {
    const DEEPEST: usize = 16;
    const AGREEMENT: f64 = 1e-3;
    let half = 0.5 * (b - a);
    let (l, r) = (speed(a + 0.5 * half)?, speed(b - 0.5 * half)?);
    let whole = half * (left + 4.0 * middle + right) / 3.0;
    let parts = half * (left + 4.0 * l + 2.0 * middle + 4.0 * r + right) / 6.0;
    if (parts - whole).abs() <= AGREEMENT * parts || depth == DEEPEST {
        return Some(parts);
    }
    let first = simpson(speed, a, a + half, [left, l, middle], depth + 1)?;
    Some(first + simpson(speed, a + half, b, [middle, r, right], depth + 1)?)
}

/// p + s c.
fn segment_point(p: &[f64], chord: &[f64], s: f64) -> Vec<f64> {
    p.iter().zip(chord).map(|(p, c)| p + s * c).collect()
}

/// The solution of D v = b; `None` where D is singular.
fn solved(differential: &Tensor<2>, b: &[f64]) -> Option<Vec<f64>> {
    let d = differential.dim();
    let lu = DMatrix::from_row_slice(d, d, differential.components()).lu();
    let solution = lu.solve(&DVector::from_column_slice(b))?;
    solution
        .iter()
        .all(|s| s.is_finite())
        .then(|| solution.as_slice().to_vec())
}

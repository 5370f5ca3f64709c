//! Logarithms of many pairs of points at once, by shooting.
//!
//! `exp_p(v) = q` by Broyden's method from `v = q − p`: the inverse derivative of `v ↦ exp_p(v)` starts
//! as the identity, which it is at v = 0, and learns from every geodesic tried. A geodesic costs no
//! derivative of the connection, and those of all pairs run together; Newton's method would pay d
//! Jacobi fields, with third derivatives of the map, for each.

use super::BatchGeometry;
use crate::tensor::Real;

/// How [`BatchGeometry::log`] searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shooting {
    /// Runge–Kutta steps of every geodesic.
    pub steps: usize,
    /// A search ends when the end point misses the target by at most this fraction of the distance in
    /// coordinates from start to target; never taken below 64 roundings of the precision used.
    pub tolerance: f64,
    /// Geodesics tried for a pair at most.
    pub iterations: usize,
}

impl Default for Shooting {
    /// 50 steps, a miss of 1e-10, 40 geodesics.
    fn default() -> Self {
        const TOLERANCE: f64 = 1e-10;
        Self {
            steps: 50,
            tolerance: TOLERANCE,
            iterations: 40,
        }
    }
}

/// Roundings that a search cannot get below.
const ROUNDINGS: f64 = 64.0;

/// What [`BatchGeometry::log`] found, with the evidence for each pair of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Logarithms<T = f64> {
    /// v with exp_p(v) = q as far as `residuals` says, `[pair][i]`.
    pub velocities: Vec<T>,
    /// By how much the geodesic of v misses q, in coordinates over the distance from p to q; infinite
    /// where every geodesic tried was lost.
    pub residuals: Vec<f64>,
    /// Geodesics tried.
    pub iterations: Vec<usize>,
    /// Is the residual within the tolerance?
    pub converged: Vec<bool>,
}

/// The search for one pair.
struct Search {
    /// The best v so far, and by how much it misses.
    v: Vec<f64>,
    miss: Vec<f64>,
    error: f64,
    /// The step to be tried from v.
    step: Vec<f64>,
    /// The inverse derivative of v ↦ exp_p(v), as far as it is known, `[i][j]`.
    inverse: Vec<f64>,
    iterations: usize,
}

impl<T: Real> BatchGeometry<'_, T> {
    /// v with `exp_p(v) = q` for every pair of points p in `from` and q in `to`, `[pair][i]`: the
    /// initial velocity of a geodesic that reaches q at parameter 1. It is the shortest where q is
    /// within the injectivity radius of p; where the search does not converge the evidence says so.
    ///
    /// # Panics
    /// As [`Self::metric`], if there are not as many targets as starts, or without steps.
    #[track_caller]
    pub fn log(&self, from: &[T], to: &[T], shooting: Shooting) -> Logarithms<T> {
        let d = self.map.inputs();
        assert_eq!(
            from.len(),
            to.len(),
            "log: coordinates of starts and targets"
        );
        let tolerance = shooting
            .tolerance
            .max(ROUNDINGS * T::UNIT_ROUNDOFF.to_f64());
        let points = from.chunks_exact(d).zip(to.chunks_exact(d));
        let distances: Vec<f64> = points
            .clone()
            .map(|(p, q)| length(&difference(q, p)))
            .collect();
        let mut searches: Vec<_> = points.map(|(p, q)| Search::new(difference(q, p))).collect();
        let open = |search: &Search, distance: f64| {
            search.error > tolerance * distance && search.iterations < shooting.iterations
        };
        loop {
            let active = searches.iter().zip(&distances).enumerate();
            let active = active.filter(|(_, (search, distance))| open(search, **distance));
            let active: Vec<usize> = active.map(|(at, _)| at).collect();
            if active.is_empty() {
                break;
            }
            let starts = active.iter().flat_map(|&at| &from[at * d..(at + 1) * d]);
            let starts: Vec<T> = starts.copied().collect();
            let tried = active.iter().flat_map(|&at| searches[at].tried());
            let tried: Vec<T> = tried.map(T::from_f64).collect();
            let (ends, _) = self.integrate(&starts, &tried, (T::ONE, shooting.steps));
            for (&at, end) in active.iter().zip(ends.points.chunks_exact(d)) {
                searches[at].learn(difference(end, &to[at * d..(at + 1) * d]));
            }
        }
        let error = searches.iter().zip(&distances);
        let residuals: Vec<f64> = error.map(|(search, &d)| search.relative(d)).collect();
        let velocities = searches.iter().flat_map(|s| &s.v).map(|&v| T::from_f64(v));
        Logarithms {
            velocities: velocities.collect(),
            converged: residuals.iter().map(|&r| r <= tolerance).collect(),
            residuals,
            iterations: searches.iter().map(|s| s.iterations).collect(),
        }
    }
}

impl Search {
    /// The search that tries this velocity first.
    fn new(chord: Vec<f64>) -> Self {
        let d = chord.len();
        let unit = |at: usize| if at / d == at % d { 1.0 } else { 0.0 };
        Self {
            v: vec![0.0; d],
            miss: chord.iter().map(|x| -x).collect(),
            error: f64::INFINITY,
            step: chord,
            inverse: (0..d * d).map(unit).collect(),
            iterations: 0,
        }
    }

    /// The velocity to be tried.
    fn tried(&self) -> impl Iterator<Item = f64> + '_ {
        self.v.iter().zip(&self.step).map(|(v, step)| v + step)
    }

    /// What the geodesic tried has shown: its end misses by `miss`.
    fn learn(&mut self, miss: Vec<f64>) {
        self.iterations += 1;
        let error = length(&miss);
        // v = 0 is known to miss by the chord, so the first step counts as the others
        let known = error.is_finite();
        if known {
            self.update(&miss);
        }
        if known && error < self.error {
            self.v.iter_mut().zip(&self.step).for_each(|(v, s)| *v += s);
            (self.miss, self.error) = (miss, error);
            let d = self.v.len();
            for (step, row) in self.step.iter_mut().zip(self.inverse.chunks_exact(d)) {
                *step = -dot(row, &self.miss);
            }
        } else {
            self.step.iter_mut().for_each(|s| *s *= 0.5);
        }
    }

    /// Broyden's update: with s the step and y the change of the miss,
    /// `B ← B + (s − B y) sᵀB / (sᵀ B y)`.
    fn update(&mut self, miss: &[f64]) {
        let d = self.v.len();
        let change: Vec<f64> = miss
            .iter()
            .zip(&self.miss)
            .map(|(new, old)| new - old)
            .collect();
        let rows = self.inverse.chunks_exact(d);
        let moved: Vec<f64> = rows.map(|row| dot(row, &change)).collect();
        let scale = dot(&self.step, &moved);
        if scale == 0.0 || !scale.is_finite() {
            return;
        }
        let column = |j: usize| (0..d).map(|i| self.step[i] * self.inverse[i * d + j]).sum();
        let across: Vec<f64> = (0..d).map(column).collect();
        for (i, row) in self.inverse.chunks_exact_mut(d).enumerate() {
            let lack = (self.step[i] - moved[i]) / scale;
            row.iter_mut()
                .zip(&across)
                .for_each(|(b, a)| *b += lack * a);
        }
    }

    /// The error over the distance; zero where both are.
    fn relative(&self, distance: f64) -> f64 {
        if self.error == 0.0 {
            0.0
        } else {
            self.error / distance
        }
    }
}

/// a − b in double precision.
fn difference<T: Real>(a: &[T], b: &[T]) -> Vec<f64> {
    a.iter()
        .zip(b)
        .map(|(a, b)| a.to_f64() - b.to_f64())
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

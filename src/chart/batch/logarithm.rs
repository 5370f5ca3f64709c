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
    /// v with exp_p(v) = q as far as `residuals` says, `[pair][i]`; NaN where every geodesic tried was
    /// lost.
    pub velocities: Vec<T>,
    /// By how much the geodesic of v misses q, in coordinates over the distance from p to q; infinite
    /// where every geodesic tried was lost or none could be tried.
    pub residuals: Vec<f64>,
    /// Geodesics tried.
    pub iterations: Vec<usize>,
    /// Is the residual within the tolerance?
    pub converged: Vec<bool>,
}

/// The searches for all pairs.
struct Searches {
    d: usize,
    /// The best v so far, and by how much it misses, `[pair][i]`.
    v: Vec<f64>,
    miss: Vec<f64>,
    error: Vec<f64>,
    /// The step to be tried from v, `[pair][i]`.
    step: Vec<f64>,
    /// The inverse derivative of v ↦ exp_p(v), as far as it is known, `[pair][i][j]`.
    inverse: Vec<f64>,
    iterations: Vec<usize>,
    /// What an update needs: the miss, its change, `B y` and `sᵀB`, `[i]` each.
    scratch: [Vec<f64>; 4],
}

impl<T: Real> BatchGeometry<'_, T> {
    /// v with `exp_p(v) = q` for every pair of points p in `from` and q in `to`, `[pair][i]`: the
    /// initial velocity of a geodesic that reaches q at parameter 1. It is the shortest where q is
    /// within the injectivity radius of p; where the search does not converge the evidence says so. A
    /// pair of which every geodesic tried was lost, as from a degenerate point, is NaN alone.
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
        let tolerance = shooting.tolerance.max(ROUNDINGS * T::ROUNDOFF.to_f64());
        let mut searches = Searches::new(d, from, to);
        let distances: Vec<f64> = searches.step.chunks_exact(d).map(length).collect();
        let open = |searches: &Searches, at: usize| {
            searches.error[at] > tolerance * distances[at]
                && searches.iterations[at] < shooting.iterations
        };
        let mut active = Vec::with_capacity(distances.len());
        let mut starts = Vec::with_capacity(from.len());
        let mut tried = Vec::with_capacity(from.len());
        loop {
            active.clear();
            active.extend((0..distances.len()).filter(|&at| open(&searches, at)));
            if active.is_empty() {
                break;
            }
            starts.clear();
            tried.clear();
            for &at in &active {
                starts.extend_from_slice(&from[at * d..(at + 1) * d]);
                tried.extend(searches.tried(at).map(T::from_f64));
            }
            let (ends, _) = self.integrate(&starts, &tried, (T::ONE, shooting.steps));
            for (&at, end) in active.iter().zip(ends.points.chunks_exact(d)) {
                searches.learn(at, end, &to[at * d..(at + 1) * d]);
            }
        }
        let error = searches.error.iter().zip(&distances);
        let residuals: Vec<f64> = error.map(|(&error, &d)| relative(error, d)).collect();
        Logarithms {
            velocities: searches.found().map(T::from_f64).collect(),
            converged: residuals.iter().map(|&r| r <= tolerance).collect(),
            residuals,
            iterations: searches.iterations,
        }
    }
}

impl Searches {
    /// The searches that try the chords first.
    fn new<T: Real>(d: usize, from: &[T], to: &[T]) -> Self {
        let chord: Vec<f64> = differences(to, from).collect();
        let count = chord.len() / d;
        let unit = |at: usize| if at / d == at % d { 1.0 } else { 0.0 };
        Self {
            d,
            v: vec![0.0; chord.len()],
            miss: chord.iter().map(|x| -x).collect(),
            error: vec![f64::INFINITY; count],
            step: chord,
            inverse: (0..count * d * d).map(|at| unit(at % (d * d))).collect(),
            iterations: vec![0; count],
            scratch: std::array::from_fn(|_| vec![0.0; d]),
        }
    }

    /// The velocity to be tried for a pair.
    fn tried(&self, at: usize) -> impl Iterator<Item = f64> + '_ {
        let of = at * self.d..(at + 1) * self.d;
        let steps = self.v[of.clone()].iter().zip(&self.step[of]);
        steps.map(|(v, step)| v + step)
    }

    /// The best velocities, `[pair][i]`; NaN where no geodesic has ended anywhere.
    fn found(&self) -> impl Iterator<Item = f64> + '_ {
        let v = self.v.iter().enumerate();
        v.map(|(at, &v)| {
            let known = self.error[at / self.d].is_finite();
            if known { v } else { f64::NAN }
        })
    }

    /// What the geodesic tried for a pair has shown: where it ends.
    fn learn<T: Real>(&mut self, at: usize, end: &[T], target: &[T]) {
        self.iterations[at] += 1;
        let (d, of) = (self.d, at * self.d..(at + 1) * self.d);
        let mut miss = std::mem::take(&mut self.scratch[0]);
        fill(&mut miss, differences(end, target));
        let error = length(&miss);
        // v = 0 is known to miss by the chord, so the first step counts as the others
        let known = error.is_finite();
        if known {
            self.update(at, &miss);
        }
        let step = &mut self.step[of.clone()];
        if known && error < self.error[at] {
            let v = &mut self.v[of.clone()];
            v.iter_mut().zip(&*step).for_each(|(v, s)| *v += s);
            self.miss[of].copy_from_slice(&miss);
            self.error[at] = error;
            let rows = self.inverse[at * d * d..].chunks_exact(d);
            fill(step, rows.map(|row| -dot(row, &miss)));
        } else {
            step.iter_mut().for_each(|s| *s *= 0.5);
        }
        self.scratch[0] = miss;
    }

    /// Broyden's update: with s the step and y the change of the miss,
    /// `B ← B + (s − B y) sᵀB / (sᵀ B y)`.
    fn update(&mut self, at: usize, miss: &[f64]) {
        let (d, of) = (self.d, at * self.d..(at + 1) * self.d);
        let [_, change, moved, across] = &mut self.scratch;
        let (step, before) = (&self.step[of.clone()], &self.miss[of]);
        let inverse = &mut self.inverse[at * d * d..(at + 1) * d * d];
        fill(change, miss.iter().zip(before).map(|(new, old)| new - old));
        fill(moved, inverse.chunks_exact(d).map(|row| dot(row, change)));
        let scale = dot(step, moved);
        if scale == 0.0 || !scale.is_finite() {
            return;
        }
        let column = |j: usize| (0..d).map(|i| step[i] * inverse[i * d + j]).sum();
        fill(across, (0..d).map(column));
        for (i, row) in inverse.chunks_exact_mut(d).enumerate() {
            let lack = (step[i] - moved[i]) / scale;
            let entries = row.iter_mut().zip(&*across);
            entries.for_each(|(b, a)| *b += lack * a);
        }
    }
}

/// The error over the distance; zero where both are, infinite where there is no error to speak of.
fn relative(error: f64, distance: f64) -> f64 {
    if error == 0.0 {
        0.0
    } else if error.is_finite() {
        error / distance
    } else {
        f64::INFINITY
    }
}

/// Writes numbers in place of those there.
fn fill(out: &mut [f64], numbers: impl Iterator<Item = f64>) {
    out.iter_mut().zip(numbers).for_each(|(out, x)| *out = x);
}

/// a − b in double precision.
fn differences<T: Real>(a: &[T], b: &[T]) -> impl Iterator<Item = f64> {
    a.iter().zip(b).map(|(a, b)| a.to_f64() - b.to_f64())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

//! Geodesics from many starts at once.
//!
//! ```text
//! ẋ = v      v̇ = −y      y the least-squares solution of J y = D²f(v, v)
//! ```
//!
//! by the classical Runge–Kutta method of order 4 in fixed steps: d + 2 columns a stage, and no
//! Christoffel symbols: `Γ(v, v) = g⁻¹ Jᵀ D²f(v, v)`. A tile makes all its steps before the next one
//! starts.

use super::BatchGeometry;
use super::lane::{Grid, LANES, Lane, Part, gather, map, product, room, scatter, splat, zip};
use super::network::Network;
use super::tile::grouped;
use super::tile::{Tiles, Workspace};
use crate::geometry;
use crate::tensor::{Real, Write};

/// Where geodesics end: points and velocities at the last parameter, `[start][i]`, NaN for those that
/// were lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Geodesics<T = f64> {
    /// x(T).
    pub points: Vec<T>,
    /// ẋ(T).
    pub velocities: Vec<T>,
    /// The starts whose geodesic was lost, in order, and why:
    /// [`ErrorKind::Singular`](geometry::ErrorKind::Singular) where it met a point at which the Jacobian
    /// has not full rank, [`ErrorKind::NotFinite`](geometry::ErrorKind::NotFinite) where it ran off to
    /// infinity.
    pub lost: Vec<(usize, geometry::Error)>,
}

/// The buffers of a Runge–Kutta step, each `[i][group]`.
#[derive(Default)]
pub(super) struct Stages<T> {
    x: Vec<Lane<T>>,
    v: Vec<Lane<T>>,
    /// Point and velocity of the stage.
    at: [Vec<Lane<T>>; 2],
    /// The increments of x and v over a step, summed with the method's weights.
    sum: [Vec<Lane<T>>; 2],
    /// −Γ(v, v).
    acceleration: Vec<Lane<T>>,
    /// `⟨t_a, D²f(v, v)⟩`, `[a][group]`.
    along: Vec<Lane<T>>,
    /// The last point met with a finite velocity.
    last: Vec<Lane<T>>,
}

/// Of the four stages, the part of a step at which each after the first is evaluated, and the weight
/// of each; the weights are in sixths.
const NODES: [f64; 3] = [0.5, 0.5, 1.0];
const WEIGHTS: [f64; 4] = [1.0, 2.0, 2.0, 1.0];

// the weights sum to one, and to one half with the nodes: order 2 at least
const _: () = {
    assert!(WEIGHTS[0] + WEIGHTS[1] + WEIGHTS[2] + WEIGHTS[3] == 6.0);
    assert!(WEIGHTS[1] * NODES[0] + WEIGHTS[2] * NODES[1] + WEIGHTS[3] * NODES[2] == 3.0);
};

impl<T: Real> BatchGeometry<'_, T> {
    /// The geodesics with these points and velocities, both `[start][i]`, at parameter `time`, by
    /// `steps` Runge–Kutta steps of order 4. A geodesic that meets a degenerate point, or runs off to
    /// infinity, ends in NaN and is named in [`Geodesics::lost`]; the others are not disturbed.
    ///
    /// # Panics
    /// As [`Self::metric`], if there are not as many velocities as points, or without steps.
    #[track_caller]
    pub fn geodesic(
        &self,
        points: &[T],
        velocities: &[T],
        (time, steps): (T, usize),
    ) -> Geodesics<T> {
        let d = self.map.inputs();
        let (mut ends, last) = self.integrate(points, velocities, (time, steps));
        let finite = |end: &[T]| end.iter().all(|x| x.finite());
        let velocities = ends.velocities.chunks_exact_mut(d);
        let each = ends.points.chunks_exact_mut(d).zip(velocities);
        for (start, (x, v)) in each.enumerate() {
            if !(finite(x) && finite(v)) {
                let nan = T::from_f64(f64::NAN);
                x.fill(nan);
                v.fill(nan);
                let met = &last[start * d..(start + 1) * d];
                ends.lost.push((start, self.fault(met)));
            }
        }
        ends
    }

    /// Ends of geodesics, not finite where one is lost, and of each the last point met at which it was
    /// not.
    #[track_caller]
    pub(super) fn integrate(
        &self,
        points: &[T],
        velocities: &[T],
        (time, steps): (T, usize),
    ) -> (Geodesics<T>, Vec<T>) {
        assert!(
            points.len() == velocities.len() && steps > 0,
            "geodesic: {} coordinates, {} of velocities, {steps} steps",
            points.len(),
            velocities.len()
        );
        let net = &self.net;
        let d = net.inputs();
        let step = time / T::from_f64(steps as f64);
        let tiles = Tiles::of(net, (points, &self.pool), 3);
        // ends take the place of starts
        let mut ends = Geodesics {
            points: points.to_vec(),
            velocities: velocities.to_vec(),
            lost: Vec::new(),
        };
        let mut last = points.to_vec();
        let outs = [&mut ends.points, &mut ends.velocities, &mut last].map(Vec::as_mut_slice);
        tiles.map_into([d, d, d], outs, |work, start, [x, v, last]| {
            let mut stages = std::mem::take(&mut work.stages);
            let groups = work.sweep.groups;
            gather(v, d, groups, room(&mut stages.v, d * groups));
            stages.run(net, work, start, (step, steps));
            for g in 0..groups {
                scatter(x, (d, g), |i| stages.x[i * groups + g]);
                scatter(v, (d, g), |i| stages.v[i * groups + g]);
                scatter(last, (d, g), |i| stages.last[i * groups + g]);
            }
            work.stages = stages;
        });
        (ends, last)
    }
}

impl<T: Real> Stages<T> {
    /// All steps from the points `x`, `[i][group]`, and the velocities that are there.
    fn run(
        &mut self,
        net: &Network<'_, T>,
        work: &mut Workspace<T>,
        x: &[Lane<T>],
        (step, steps): (T, usize),
    ) {
        let len = net.inputs() * work.sweep.groups;
        room(&mut self.x, len).copy_from_slice(x);
        room(&mut self.last, len).copy_from_slice(x);
        for _ in 0..steps {
            self.step(net, work, step);
        }
    }

    /// One step.
    fn step(&mut self, net: &Network<'_, T>, work: &mut Workspace<T>, step: T) {
        let len = net.inputs() * work.sweep.groups;
        let sixth = step / T::from_f64(6.0);
        for (at, from) in self.at.iter_mut().zip([&self.x, &self.v]) {
            room(at, len).copy_from_slice(&from[..len]);
        }
        self.sum
            .iter_mut()
            .for_each(|sum| room(sum, len).fill(splat(T::ZERO)));
        for (stage, &weight) in WEIGHTS.iter().enumerate() {
            self.meet(len, work.sweep.groups);
            self.accelerate(net, work);
            let weight = T::from_f64(weight);
            for k in 0..len {
                let (velocity, acceleration) = (self.at[1][k], self.acceleration[k]);
                self.sum[0][k] = zip(&velocity, &self.sum[0][k], |v, s| weight.fused(v, s));
                self.sum[1][k] = zip(&acceleration, &self.sum[1][k], |a, s| weight.fused(a, s));
                if let Some(&node) = NODES.get(stage) {
                    let part = step * T::from_f64(node);
                    self.at[0][k] = zip(&velocity, &self.x[k], |v, x| part.fused(v, x));
                    self.at[1][k] = zip(&acceleration, &self.v[k], |a, v| part.fused(a, v));
                }
            }
        }
        for k in 0..len {
            self.x[k] = zip(&self.sum[0][k], &self.x[k], |s, x| sixth.fused(s, x));
            self.v[k] = zip(&self.sum[1][k], &self.v[k], |s, v| sixth.fused(s, v));
        }
    }

    /// Points of the stage become the last ones met where they and their velocities are finite in all
    /// coordinates.
    fn meet(&mut self, len: usize, groups: usize) {
        let Self {
            at: [x, v], last, ..
        } = self;
        for g in 0..groups {
            let entries = || (g..len).step_by(groups);
            let mut sound = [true; LANES];
            for k in entries() {
                for (e, sound) in sound.iter_mut().enumerate() {
                    *sound &= x[k][e].finite() && v[k][e].finite();
                }
            }
            for k in entries() {
                for e in (0..LANES).filter(|&e| sound[e]) {
                    last[k][e] = x[k][e];
                }
            }
        }
    }

    /// `−y` at the stage's point and velocity: `y = E tᵀ D²f(v, v)`.
    fn accelerate(&mut self, net: &Network<'_, T>, work: &mut Workspace<T>) {
        let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
        let [x, v] = self.at.each_ref().map(|at| &at[..d * groups]);
        let jet = work.sweep.first(net, x, (Some(v), 2));
        work.frame.of(jet, (n, d, d + 1, groups));
        let along = room(&mut self.along, d * groups);
        let out = room(&mut self.acceleration, d * groups);
        let write = (Write::Replace, Part::Whole);
        for g in 0..groups {
            let second = Grid {
                start: d * groups + g,
                row: (d + 1) * groups,
                col: 1,
            };
            let (t, column) = (grouped(n, groups, g), grouped(1, groups, g));
            product(
                (&mut *along, column),
                write,
                (&work.frame.t, t),
                (jet, second),
                (d, n, 1),
            );
            let e = (work.frame.e.as_slice(), grouped(d, groups, g));
            product((&mut *out, column), write, e, (along, column), (d, d, 1));
        }
        out.iter_mut().for_each(|y| *y = map(y, |y| -y));
    }
}

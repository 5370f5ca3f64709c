//! Perceptrons on the rungs of `geometry`.
//!
//! Working memory belongs to the thread, not to the perceptron: `&self` methods stay free of locks
//! and usable from any number of threads, a clone carries no buffers, and nothing is allocated
//! after a thread has met the largest network it evaluates. A pool inside the perceptron would pay
//! a lock per point; a method of one perceptron never runs inside a method of another, so the
//! thread's buffers are free whenever they are asked for.

use std::cell::RefCell;

use super::forward::{ForwardPass, StackedDerivatives, room};
use super::perceptron::Perceptron;
use super::reverse::ReversePass;
use super::tile;
use crate::geometry::conventions::{pair, pairs};
use crate::geometry::{C1Map, C2Map, C3Map, Jet1, Jet2, Jet3, Map};

/// The working memory of a thread.
#[derive(Default)]
struct RungWorkspace {
    forward: ForwardPass<f64>,
    reverse: ReversePass<f64>,
    hessians: Vec<f64>,
}

thread_local! {
    static WORKSPACE: RefCell<RungWorkspace> = RefCell::default();
}

fn with_workspace<R>(work: impl FnOnce(&mut RungWorkspace) -> R) -> R {
    WORKSPACE.with_borrow_mut(work)
}

/// The entries of one point's jet of order 1, in the order of a stack.
fn fill1(stack: &[f64], out: &mut Jet1) {
    let n = out.target_dim();
    out.value_mut().copy_from_slice(&stack[..n]);
    out.jac_mut().copy_from_slice(&stack[n..]);
}

impl Perceptron {
    /// Points to a tile for stacks of these columns.
    fn tile_of(&self, columns: StackedDerivatives<'_, f64>) -> usize {
        tile::of_network(self.layers(), columns.blocks(self.inputs()))
    }
}

impl Map for Perceptron {
    fn source_dim(&self) -> usize {
        self.inputs()
    }

    fn target_dim(&self) -> usize {
        self.outputs()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        with_workspace(|w| {
            let stack = w.forward.run(self.layers(), x, StackedDerivatives::Value);
            out.copy_from_slice(stack.entries);
        });
    }

    fn values(&self, points: &[f64], out: &mut [f64]) {
        let tile = self.tile_of(StackedDerivatives::Value);
        let outs = out.chunks_mut(tile * self.outputs());
        with_workspace(|w| {
            for (points, out) in points.chunks(tile * self.inputs()).zip(outs) {
                let stack = w
                    .forward
                    .run(self.layers(), points, StackedDerivatives::Value);
                out.copy_from_slice(stack.entries);
            }
        });
    }
}

impl C1Map for Perceptron {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        out.reshape(self.inputs(), self.outputs());
        with_workspace(|w| {
            let stack = w.forward.run(self.layers(), x, StackedDerivatives::First);
            fill1(stack.entries, out);
        });
    }

    fn jets1(&self, points: &[f64], out: &mut [Jet1]) {
        let (d, n) = (self.inputs(), self.outputs());
        let tile = self.tile_of(StackedDerivatives::First);
        with_workspace(|w| {
            for (points, jets) in points.chunks(tile * d).zip(out.chunks_mut(tile)) {
                let stack = w
                    .forward
                    .run(self.layers(), points, StackedDerivatives::First);
                for (p, jet) in (0..points.len() / d).zip(jets) {
                    jet.reshape(d, n);
                    jet.value_mut().copy_from_slice(stack.row(0, p));
                    (0..d).for_each(|i| jet.column_mut(i).copy_from_slice(stack.row(1 + i, p)));
                }
            }
        });
    }
}

impl C2Map for Perceptron {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let (d, n) = (self.inputs(), self.outputs());
        out.reshape(d, n);
        with_workspace(|w| {
            let stack = w
                .forward
                .run(self.layers(), x, StackedDerivatives::Second)
                .entries;
            let (first, second) = stack.split_at((1 + d) * n);
            fill1(first, &mut out.first);
            out.hess_mut().copy_from_slice(second);
        });
    }

    fn jets2(&self, points: &[f64], out: &mut [Jet2]) {
        let (d, n) = (self.inputs(), self.outputs());
        let tile = self.tile_of(StackedDerivatives::Second);
        with_workspace(|w| {
            for (points, jets) in points.chunks(tile * d).zip(out.chunks_mut(tile)) {
                let stack = w
                    .forward
                    .run(self.layers(), points, StackedDerivatives::Second);
                for (p, jet) in (0..points.len() / d).zip(jets) {
                    jet.reshape(d, n);
                    let first = &mut jet.first;
                    first.value_mut().copy_from_slice(stack.row(0, p));
                    (0..d).for_each(|i| first.column_mut(i).copy_from_slice(stack.row(1 + i, p)));
                    for (k, h) in jet.hess_mut().chunks_exact_mut(n).enumerate() {
                        h.copy_from_slice(stack.row(1 + d + k, p));
                    }
                }
            }
        });
    }

    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let (d, n) = (self.inputs(), self.outputs());
        jet.reshape(d, n);
        with_workspace(|w| {
            let stack = w
                .forward
                .run(self.layers(), x, StackedDerivatives::Along(v))
                .entries;
            let (first, second) = stack.split_at((1 + d) * n);
            fill1(first, &mut jet.first);
            out.copy_from_slice(second);
        });
    }

    /// By one reverse pass; see [`C2Map::covector_hessian`].
    fn covector_hessian(&self, x: &[f64], c: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        jet.reshape(self.inputs(), self.outputs());
        with_workspace(|w| {
            let stack = w.reverse.forward(self.layers(), x);
            fill1(stack.entries, &mut jet.first);
            w.reverse.hessians(self.layers(), c, out);
        });
    }

    /// By d reverse passes at once, from the covectors J_l.
    fn christoffel_first_kind(&self, x: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let d = self.inputs();
        jet.reshape(d, self.outputs());
        with_workspace(|w| {
            let stack = w.reverse.forward(self.layers(), x);
            fill1(stack.entries, &mut jet.first);
            let hessians = room(&mut w.hessians, d * pairs(d));
            w.reverse.hessians(self.layers(), jet.first.jac(), hessians);
            for (l, packed) in hessians.chunks_exact(pairs(d)).enumerate() {
                for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                    out[(l * d + i) * d + j] = packed[pair(i, j)];
                }
            }
        });
    }
}

impl C3Map for Perceptron {
    fn jet3(&self, x: &[f64], out: &mut Jet3) {
        let (d, n) = (self.inputs(), self.outputs());
        out.reshape(d, n);
        with_workspace(|w| {
            let stack = w
                .forward
                .run(self.layers(), x, StackedDerivatives::Third)
                .entries;
            let (first, rest) = stack.split_at((1 + d) * n);
            let (second, third) = rest.split_at(pairs(d) * n);
            fill1(first, &mut out.second.first);
            out.second.hess_mut().copy_from_slice(second);
            out.thirds_mut().copy_from_slice(third);
        });
    }
}

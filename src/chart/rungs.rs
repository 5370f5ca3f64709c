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
            out.copy_from_slice(stack);
        });
    }

    fn values(&self, points: &[f64], out: &mut [f64]) {
        let tile = tile::of_network(self.layers());
        let outs = out.chunks_mut(tile * self.outputs());
        with_workspace(|w| {
            for (points, out) in points.chunks(tile * self.inputs()).zip(outs) {
                let stack = w
                    .forward
                    .run(self.layers(), points, StackedDerivatives::Value);
                out.copy_from_slice(stack);
            }
        });
    }
}

impl C1Map for Perceptron {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        out.reshape(self.inputs(), self.outputs());
        with_workspace(|w| {
            let stack = w.forward.run(self.layers(), x, StackedDerivatives::First);
            fill1(stack, out);
        });
    }
}

impl C2Map for Perceptron {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let (d, n) = (self.inputs(), self.outputs());
        out.reshape(d, n);
        with_workspace(|w| {
            let stack = w.forward.run(self.layers(), x, StackedDerivatives::Second);
            let (first, second) = stack.split_at((1 + d) * n);
            fill1(first, &mut out.first);
            out.hess_mut().copy_from_slice(second);
        });
    }

    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let (d, n) = (self.inputs(), self.outputs());
        jet.reshape(d, n);
        with_workspace(|w| {
            let stack = w
                .forward
                .run(self.layers(), x, StackedDerivatives::Along(v));
            let (first, second) = stack.split_at((1 + d) * n);
            fill1(first, &mut jet.first);
            out.copy_from_slice(second);
        });
    }

    /// By d reverse passes at once, from the covectors J_l.
    fn christoffel_first_kind(&self, x: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let d = self.inputs();
        jet.reshape(d, self.outputs());
        with_workspace(|w| {
            let stack = w.reverse.forward(self.layers(), x);
            fill1(stack, &mut jet.first);
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
            let stack = w.forward.run(self.layers(), x, StackedDerivatives::Third);
            let (first, rest) = stack.split_at((1 + d) * n);
            let (second, third) = rest.split_at(pairs(d) * n);
            fill1(first, &mut out.second.first);
            out.second.hess_mut().copy_from_slice(second);
            out.thirds_mut().copy_from_slice(third);
        });
    }
}

//! Perceptrons on the rungs of `geometry`.
//!
//! Working memory belongs to the thread, not to the perceptron: `&self` methods stay free of locks
//! and usable from any number of threads, a clone carries no buffers, and nothing is allocated
//! after a thread has met the largest network it evaluates and a perceptron its first derivative. A pool inside the perceptron would pay
//! a lock per point; a method of one perceptron never runs inside a method of another, so the
//! thread's buffers are free whenever they are asked for.

use std::cell::RefCell;

use super::batch::{Derivatives, PointSweep};
use super::perceptron::{Dense, Perceptron};
use crate::autograd::Pointwise;
use crate::geometry::{C1Map, C2Map, C3Map, Jet1, Jet2, Jet3, Map};
use crate::tensor::elementwise::add_row;
use crate::tensor::{View, Write, gemm};

/// Points that go through all layers together: up to a width of 512 a layer finds in a second-level cache of 1 MiB what
/// the one before has left.
const POINTS: usize = 64;

/// The working memory of a thread.
#[derive(Default)]
struct RungWorkspace {
    point: PointSweep<f64>,
    values: ValuePass,
}

thread_local! {
    static WORKSPACE: RefCell<RungWorkspace> = RefCell::default();
}

/// The buffers of a pass without derivatives, `[point][unit]`.
#[derive(Default)]
struct ValuePass {
    u: Vec<f64>,
    a: Vec<f64>,
}

impl ValuePass {
    /// The values of the layers at `points`, `[point][i]`, as `[point][component]`.
    fn run(&mut self, layers: &[Dense], points: &[f64]) -> &[f64] {
        let count = points.len() / layers[0].inputs();
        for (k, layer) in layers.iter().enumerate() {
            let (inputs, width) = layer.weight().shape();
            let from = if k == 0 {
                points
            } else {
                &self.a[..count * inputs]
            };
            let from = View::new(from, count, inputs);
            let u = room(&mut self.u, count * width);
            gemm(u, Write::Replace, from, layer.weight().view());
            if let Some(bias) = layer.bias() {
                add_row(u, bias);
            }
            match layer.activation() {
                Some(sigma) => sigma.derivatives(u, &mut [room(&mut self.a, count * width)]),
                None => std::mem::swap(&mut self.u, &mut self.a),
            }
        }
        &self.a[..count * layers[layers.len() - 1].outputs()]
    }
}

/// The first `len` entries, grown where there are fewer.
fn room(buffer: &mut Vec<f64>, len: usize) -> &mut [f64] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// Fills `out` with the columns that come next.
fn fill<'c>(columns: &mut impl Iterator<Item = &'c [f64]>, n: usize, out: &mut [f64]) {
    for (place, column) in out.chunks_exact_mut(n).zip(columns) {
        place.copy_from_slice(column);
    }
}

/// Value and first derivatives, which come first.
fn fill1<'c>(columns: &mut impl Iterator<Item = &'c [f64]>, out: &mut Jet1) {
    let n = out.target_dim();
    fill(columns, n, out.value_mut());
    fill(columns, n, out.jac_mut());
}

impl Map for Perceptron {
    fn source_dim(&self) -> usize {
        self.inputs()
    }

    fn target_dim(&self) -> usize {
        self.outputs()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        self.values(x, out);
    }

    fn values(&self, points: &[f64], out: &mut [f64]) {
        let tiles = points.chunks(POINTS * self.inputs());
        let outs = out.chunks_mut(POINTS * self.outputs());
        WORKSPACE.with_borrow_mut(|work| {
            for (points, out) in tiles.zip(outs) {
                out.copy_from_slice(work.values.run(self.layers(), points));
            }
        });
    }
}

impl C1Map for Perceptron {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        out.reshape(self.inputs(), self.outputs());
        WORKSPACE.with_borrow_mut(|work| {
            let mut columns = work.point.run(self.at_points(), x, Derivatives::First);
            fill1(&mut columns, out);
        });
    }
}

impl C2Map for Perceptron {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        let n = self.outputs();
        out.reshape(self.inputs(), n);
        WORKSPACE.with_borrow_mut(|work| {
            let mut columns = work.point.run(self.at_points(), x, Derivatives::Second);
            fill1(&mut columns, &mut out.first);
            fill(&mut columns, n, out.hess_mut());
        });
    }

    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        let n = self.outputs();
        jet.reshape(self.inputs(), n);
        WORKSPACE.with_borrow_mut(|work| {
            let mut columns = (work.point).run(self.at_points(), x, Derivatives::Along(v));
            fill1(&mut columns, &mut jet.first);
            fill(&mut columns, n, out);
        });
    }
}

impl C3Map for Perceptron {
    fn jet3(&self, x: &[f64], out: &mut Jet3) {
        let n = self.outputs();
        out.reshape(self.inputs(), n);
        WORKSPACE.with_borrow_mut(|work| {
            let mut columns = work.point.run(self.at_points(), x, Derivatives::Third);
            fill1(&mut columns, &mut out.second.first);
            fill(&mut columns, n, out.second.hess_mut());
            fill(&mut columns, n, out.thirds_mut());
        });
    }
}

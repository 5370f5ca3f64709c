//! The linear maps of message passing: gather, segment sums, messages along bonds.

use std::sync::Arc;

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::graph::{self, BondGraph};
use crate::tensor::{Real, Tensor, Write};

/// `y_i = x_rows[i]`.
struct GatherRows {
    rows: Arc<[u32]>,
}
/// `y_v = Σ_{e → v} x_e`.
struct Incoming {
    graph: Arc<BondGraph>,
}
/// See [`graph::bond_messages`].
struct BondMessages {
    graph: Arc<BondGraph>,
}
/// `y_i = s_i Σ_{atoms v of molecule i} x_v`.
struct SegmentSum<T> {
    graph: Arc<BondGraph>,
    scales: Vec<T>,
}

impl<T: Real> Tape<T> {
    /// Chosen rows: `y_i = x_rows[i]`, `[kinds, n] → [rows, n]`.
    ///
    /// # Panics
    /// If x has fewer rows.
    #[track_caller]
    pub fn gather_rows(&mut self, x: Var, rows: &Arc<[u32]>) -> Var {
        let mut y = self.buffer(rows.len(), self.shape(x).1);
        graph::gather(&mut y, Write::Replace, self.value(x), rows);
        let rows = Arc::clone(rows);
        self.record(GatherRows { rows }, &[x], [y])
    }

    /// Sums over the bonds entering each atom: `[bonds, n] → [atoms, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn sum_incoming(&mut self, h: Var, graph: &Arc<BondGraph>) -> Var {
        let mut y = self.buffer(graph.atoms(), self.shape(h).1);
        y.as_mut_slice().fill(T::ZERO);
        graph::scatter_add(&mut y, self.value(h), graph.destination());
        self.record(
            Incoming {
                graph: Arc::clone(graph),
            },
            &[h],
            [y],
        )
    }

    /// The messages into each directed bond, [`graph::bond_messages`]: `[bonds, n] → [bonds, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn bond_messages(&mut self, h: Var, graph: &Arc<BondGraph>) -> Var {
        let cols = self.shape(h).1;
        let (mut y, mut sums) = (
            self.buffer(graph.bonds(), cols),
            self.buffer(graph.atoms(), cols),
        );
        graph::bond_messages(
            &mut y,
            Write::Replace,
            self.value(h),
            graph,
            &mut sums,
            false,
        );
        self.release(sums);
        self.record(
            BondMessages {
                graph: Arc::clone(graph),
            },
            &[h],
            [y],
        )
    }

    /// Sums over the atoms of each molecule, times `scale(atoms of the molecule)`:
    /// `[atoms, n] → [molecules, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn sum_molecules(
        &mut self,
        x: Var,
        graph: &Arc<BondGraph>,
        scale: impl Fn(usize) -> T,
    ) -> Var {
        let sizes = graph
            .molecule_offsets()
            .windows(2)
            .map(|ends| (ends[1] - ends[0]) as usize);
        let scales: Vec<T> = sizes.map(scale).collect();
        let mut y = self.buffer(graph.molecules(), self.shape(x).1);
        graph::segment_sum(&mut y, self.value(x), graph.molecule_offsets(), |i| {
            scales[i]
        });
        self.record(
            SegmentSum {
                graph: Arc::clone(graph),
                scales,
            },
            &[x],
            [y],
        )
    }
}

/// A linear map of one input: the tangent is the map itself, applied to the input's tangent.
fn linear_tangent<T: Real>(at: &mut Forward<'_, T>, map: impl Fn(&mut Tensor<T>, &Tensor<T>)) {
    let mut dy = Tensor::zeros(at.output(0).rows(), at.output(0).cols());
    if let Some(dx) = at.tangent(0) {
        map(&mut dy, dx);
    }
    at.set(0, dy);
}

impl<T: Real> Rule<T> for GatherRows {
    fn name(&self) -> &'static str {
        "gather_rows"
    }

    /// `x̄_k += Σ_{i : rows[i] = k} ȳ_i`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            if write == Write::Replace {
                out.as_mut_slice().fill(T::ZERO);
            }
            graph::scatter_add(out, g, &self.rows);
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        linear_tangent(at, |dy, dx| {
            graph::gather(dy, Write::Replace, dx, &self.rows)
        });
    }
}

impl<T: Real> Rule<T> for Incoming {
    fn name(&self) -> &'static str {
        "sum_incoming"
    }

    /// `x̄_e += ȳ_destination(e)`.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            graph::gather(out, write, g, self.graph.destination());
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        linear_tangent(at, |dy, dx| {
            graph::scatter_add(dy, dx, self.graph.destination());
        });
    }
}

impl<T: Real> Rule<T> for BondMessages {
    fn name(&self) -> &'static str {
        "bond_messages"
    }

    /// The same map with sources and destinations exchanged.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            let mut sums = at.take(self.graph.atoms(), g.cols());
            let (out, write) = at.accumulate(0);
            graph::bond_messages(out, write, g, &self.graph, &mut sums, true);
            at.give(sums);
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        linear_tangent(at, |dy, dx| {
            let mut sums = Tensor::zeros(self.graph.atoms(), dx.cols());
            graph::bond_messages(dy, Write::Replace, dx, &self.graph, &mut sums, false);
        });
    }
}

impl<T: Real> Rule<T> for SegmentSum<T> {
    fn name(&self) -> &'static str {
        "sum_molecules"
    }

    /// `x̄_v += s_i ȳ_i` for the atoms v of molecule i.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            let offsets = self.graph.molecule_offsets();
            graph::segment_spread(out, write, g, offsets, |i| self.scales[i]);
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        linear_tangent(at, |dy, dx| {
            graph::segment_sum(dy, dx, self.graph.molecule_offsets(), |i| self.scales[i]);
        });
    }
}

//! The linear maps of message passing: chosen rows, and sums of listed rows.

use std::sync::Arc;

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::graph::{self, RowLists};
use crate::tensor::{Real, Tensor, Write};

/// `y_i = x_rows[i]`.
struct GatherRows {
    rows: Arc<[u32]>,
}
/// `y_i = s_i Σ_{k in list i} x_k`.
struct SumLists<T> {
    lists: Arc<RowLists>,
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

    /// Sums of listed rows, times `scale(length of the list)`: `y_i = s_i Σ_{k in list i} x_k`, `[rows, n] → [lists, n]`.
    ///
    /// # Panics
    /// If a list names a row that x does not have.
    #[track_caller]
    pub fn sum_lists(&mut self, x: Var, lists: &Arc<RowLists>, scale: impl Fn(usize) -> T) -> Var {
        let scales: Vec<T> = lists.iter().map(|list| scale(list.len())).collect();
        let mut y = self.buffer(lists.len(), self.shape(x).1);
        graph::sum_lists(&mut y, self.value(x), lists, &scales);
        let lists = Arc::clone(lists);
        self.record(SumLists { lists, scales }, &[x], [y])
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

impl<T: Real> Rule<T> for SumLists<T> {
    /// `x̄_k += Σ_i s_i ȳ_i`, as often as k is in list i.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if at.wants(0) {
            let (out, write) = at.accumulate(0);
            if write == Write::Replace {
                out.as_mut_slice().fill(T::ZERO);
            }
            graph::spread_lists(out, g, &self.lists, &self.scales);
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        linear_tangent(at, |dy, dx| {
            graph::sum_lists(dy, dx, &self.lists, &self.scales);
        });
    }
}

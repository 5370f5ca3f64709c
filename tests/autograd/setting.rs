//! Shapes and constants of the checks of rules.

use std::sync::Arc;

use geogate::tensor::Tensor;
use geogate::tensor::graph::RowLists;
use proptest::prelude::*;

use super::loops;
use crate::strategies::{self, Entries};

/// Shapes and constants of one check.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) n: usize,
    pub(super) k: usize,
    pub(super) m: usize,
    pub(super) directions: usize,
    pub(super) entries: Entries,
}

impl Setting {
    pub(super) fn constant(&self, rows: usize, cols: usize, salt: u64) -> Tensor<f64> {
        self.entries.matrix(rows, cols, 100 + salt)
    }

    /// Labels, and weights a third of which is zero; there the label is NaN.
    pub(super) fn labels(&self) -> (Tensor<f64>, Tensor<f64>) {
        let weights = Tensor::from_fn(self.n, self.k, |i, j| ((i + 2 * j) % 3) as f64 * 0.4);
        let y = self.constant(self.n, self.k, 0);
        let labels = Tensor::from_fn(self.n, self.k, |i, j| {
            let known = loops::at(&weights, i, j) != 0.0;
            if known { loops::at(&y, i, j) } else { f64::NAN }
        });
        (labels, weights)
    }

    pub(super) fn directions(&self) -> Vec<Tensor<f64>> {
        (0..self.directions)
            .map(|d| self.constant(self.n, self.k, d as u64))
            .collect()
    }

    /// Far to either side of zero, in turn, `[n, m]`.
    pub(super) fn sides(&self) -> Tensor<f64> {
        let side = |i: usize, j: usize| {
            if (i + j).is_multiple_of(3) {
                -200.0
            } else {
                200.0
            }
        };
        Tensor::from_fn(self.n, self.m, side)
    }

    /// The labels, in turn themselves and far to either side, `[n, k]`.
    pub(super) fn centres(&self) -> Tensor<f64> {
        let (labels, _) = self.labels();
        Tensor::from_fn(self.n, self.k, |i, j| {
            let label = loops::at(&labels, i, j);
            let label = if label.is_nan() { 0.0 } else { label };
            label + [0.0, 3.0, -3.0][(i + j) % 3]
        })
    }

    /// n rows in some order, some more than once, some never.
    pub(super) fn chosen(&self) -> Arc<[u32]> {
        (0..self.n).map(|i| ((i * i + 1) % self.n) as u32).collect()
    }

    /// One list more than there are rows, of none to three of n rows, some twice in a list.
    pub(super) fn lists(&self) -> Arc<RowLists> {
        let mut lists = RowLists::default();
        for i in 0..=self.n {
            lists.push((0..i % 4).map(|j| ((i * i + j * j) % self.n) as u32));
        }
        Arc::new(lists)
    }
}

/// Settings whose numbers have the textures of `entries`.
pub(super) fn setting(entries: impl Strategy<Value = Entries>) -> impl Strategy<Value = Setting> {
    let lengths = (
        strategies::length(),
        strategies::length(),
        strategies::length(),
    );
    (lengths, 0_usize..4, entries).prop_map(|((n, k, m), directions, entries)| Setting {
        n,
        k,
        m,
        directions,
        entries,
    })
}

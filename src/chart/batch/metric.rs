//! Jacobian, metric and frame at the points of a tile.

use super::lane::{Grid, Lane, Part, product, room, scatter};
use super::network::Network;
use super::tile::{Workspace, grouped};
use crate::tensor::{Real, Write};

/// Metric of every point; the Jacobian stays in the sweep.
pub(super) fn metric<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, 1));
    let g = room(&mut work.local[0], d * d);
    for group in 0..groups {
        gram_of_columns((jac, &mut *g), (n, d, d, groups), group);
        scatter(out, (d * d, group), |at| {
            let (i, j) = (at / d, at % d);
            g[i.max(j) * d + i.min(j)]
        });
    }
}

/// The frame of every point, from first derivatives alone.
pub(super) fn frame<T: Real>(net: &Network<'_, T>, work: &mut Workspace<T>, x: &[Lane<T>]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, 1));
    work.frame.of(jac, (n, d, d, groups));
}

/// The length of the part of the Jacobian's last column that is normal to the others; NaN where the metric
/// is degenerate.
pub(super) fn last_length<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    frame(net, work, x);
    let last = &work.frame.r[(d * d - 1) * groups..];
    (0..groups).for_each(|g| scatter(out, (1, g), |_| last[g]));
}

/// `⟨J_i, J_j⟩`, j ≤ i, `[i][j]`, of one group.
pub(super) fn gram_of_columns<T: Real>(
    (jac, g): (&[Lane<T>], &mut [Lane<T>]),
    (n, d, columns, groups): (usize, usize, usize, usize),
    group: usize,
) {
    let grid = grouped(columns, groups, group);
    let write = (Write::Replace, Part::Lower);
    product(
        (g, Grid::dense(d)),
        write,
        (jac, grid.t()),
        (jac, grid),
        (d, n, d),
    );
}

/// The Jacobian that the sweep holds, `[point][i][component]`.
pub(super) fn jacobian<T: Real>(net: &Network<'_, T>, work: &Workspace<T>, out: &mut [T]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.output(net);
    for group in 0..groups {
        scatter(out, (d * n, group), |at| {
            let (i, c) = (at / n, at % n);
            jac[(c * d + i) * groups + group]
        });
    }
}

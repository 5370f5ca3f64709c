//! What is computed at the points of one tile.

use super::curvature::{gram, grouped};
use super::lane::{Grid, Lane, Part, fuse, product, room, scatter, splat, zip};
use super::network::Network;
use super::sweep::Chunk;
use super::tile::{CHUNK_BYTES, Workspace};
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::elementwise::vectorised;
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

/// Multiply–adds per point beyond the first derivatives of what second derivatives are made of.
struct Costs {
    /// A column through all layers after the first activation.
    column: usize,
    /// Units with an activation: of the affine beginning, where `u_i u_j` is constant, and after it.
    units: [usize; 2],
}

impl Costs {
    fn of<T: Real>(net: &Network<'_, T>) -> Self {
        let after = &net.layers[net.first + 1..];
        let bent = (net.first + 1..net.layers.len()).filter(|&k| net.bent(k));
        let first = usize::from(net.bent(net.first)) * net.width(net.first);
        Self {
            column: after.iter().map(|l| l.inputs() * l.outputs()).sum(),
            units: [first, bent.map(|k| net.width(k)).sum()],
        }
    }
}

/// Does it take fewer operations to get Γ_{l,ij} by d reverse columns than by all pairs forward?
///
/// Reverse columns also meet the products u_i u_j of every unit with an activation, forward ones the
/// components of J.
pub(super) fn reverse_is_leaner<T: Real>(net: &Network<'_, T>) -> bool {
    let (d, p, n) = (net.inputs(), pairs(net.inputs()), net.outputs());
    let Costs { column, units } = Costs::of(net);
    d * column + d * p * (units[0] + units[1]) <= p * column + d * p * n
}

/// Is II leaner by n − d reverse columns along normals than by all pairs forward?
///
/// Reverse columns also meet the products u_i u_j, and their matrices are turned into the frame (Riemann's, in
/// coordinates, are not, but go by the same rule); forward ones are projected. Products in lanes count double:
/// they run at about half the rate of those of layers.
pub(super) fn normals_are_leaner<T: Real>(net: &Network<'_, T>) -> bool {
    const LANES_COST: usize = 2;
    let (d, p, n) = (net.inputs(), pairs(net.inputs()), net.outputs());
    let Costs { column, units } = Costs::of(net);
    // 2 d³ while E is one block, towards 5 d³ / 6 in many
    let turned = 3 * d * d * d / 2;
    let of_normal = column + p * units[0] + LANES_COST * (p * units[1] + turned);
    let of_pair = column + LANES_COST * 2 * d * n;
    // an affine map has no term that would carry the NaN of a lost frame
    units != [0, 0] && n > d && (n - d) * of_normal <= p * of_pair
}

/// Second derivatives of all pairs into the bending, chunk after chunk of as many columns as fit in
/// the cache; with `keep` every chunk keeps its layers, with `project` their normal parts are left.
pub(super) fn seconds<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    (keep, project): (bool, bool),
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let p = net.indices.len();
    let column = 2 * net.widest() * groups * size_of::<Lane<T>>();
    let largest = (CHUNK_BYTES / column).clamp(1, p);
    // chunks of one size
    let size = p.div_ceil(p.div_ceil(largest));
    room(&mut work.bending.second, n * p * groups);
    let count = if keep { p.div_ceil(size) } else { 1 };
    work.chunks
        .resize_with(count.max(work.chunks.len()), Chunk::default);
    for (at, from) in (0..p).step_by(size).enumerate() {
        let chunk = &mut work.chunks[if keep { at } else { 0 }];
        chunk.range = from..p.min(from + size);
        let len = chunk.range.len() * groups;
        let columns = work.sweep.pairs(net, chunk).chunks_exact(len);
        let out = work.bending.second.chunks_exact_mut(p * groups);
        for (row, columns) in out.zip(columns) {
            row[from * groups..][..len].copy_from_slice(columns);
        }
        if project {
            // while the columns are in the cache
            let range = chunk.range.clone();
            work.bending.project(&work.frame, (n, d, groups), range);
        }
    }
}

/// Columns that II takes beside value and first derivatives.
pub(super) fn columns_of_bending<T: Real>(net: &Network<'_, T>) -> usize {
    if normals_are_leaner(net) {
        2 * (net.outputs() - net.inputs())
    } else {
        net.inputs()
    }
}

/// Components of II as [`bend`] gives them: along normals where those are leaner.
pub(super) fn components_of_bending<T: Real>(net: &Network<'_, T>) -> usize {
    match normals_are_leaner(net) {
        true => net.outputs() - net.inputs(),
        false => net.outputs(),
    }
}

/// II in an orthonormal frame into the bending by all pairs forward, with what the way back needs.
pub(super) fn bend_for_gradient<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, 3));
    work.frame.of(jac, (n, d, d, groups));
    work.sweep.reframe(net, &work.frame.e);
    seconds(net, work, (true, true));
}

/// II into the bending, in an orthonormal frame or in coordinates, and the number of its components: n
/// of Rⁿ, or n − d along normals.
pub(super) fn bend<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    framed: bool,
) -> usize {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, 2));
    work.frame.of(jac, (n, d, d, groups));
    if !normals_are_leaner(net) {
        if framed {
            work.sweep.reframe(net, &work.frame.e);
        }
        seconds(net, work, (false, true));
        return n;
    }
    let count = n - d;
    work.normals.of(&work.frame, (n, d, groups));
    let normals = &work.normals.nu[..n * count * groups];
    let along = room(&mut work.local[0], pairs(d) * count * groups);
    work.reverse
        .hessians(net, &work.sweep, (normals, count), along);
    let frame = framed.then_some(&work.frame);
    work.bending.along_normals(along, frame, (count, d, groups));
    count
}

/// The scalar curvature of every point.
pub(super) fn ricci_scalar<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let components = bend(net, work, x, true);
    let scalar = room(&mut work.local[0], groups);
    work.bending
        .scalar(&work.frame, (components, d, groups), scalar);
    (0..groups).for_each(|g| scatter(out, (1, g), |_| scalar[g]));
}

/// Ricci and scalar curvature of every point.
pub(super) fn ricci<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    (ricci, out): (&mut [T], &mut [T]),
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let components = bend(net, work, x, true);
    let scalar = room(&mut work.local[0], groups);
    work.bending
        .ricci(&work.frame, (components, d, groups), scalar);
    work.bending.ricci_in_coordinates(&work.frame, d, groups);
    let tensor = &work.bending.ricci;
    for g in 0..groups {
        scatter(out, (1, g), |_| scalar[g]);
        scatter(ricci, (d * d, g), |at| tensor[at * groups + g]);
    }
}

/// Where the two products of every `R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩` are in the lower triangle
/// of `⟨II_p, II_q⟩`, `[i][j][k][l]`.
pub(super) fn riemann_places(d: usize) -> Vec<[usize; 2]> {
    let index = |at: usize| [at / (d * d * d), at / (d * d) % d, at / d % d, at % d];
    let place = |p: usize, q: usize| p.max(q) * pairs(d) + p.min(q);
    let both = |[i, j, k, l]: [usize; 4]| {
        let near = place(pair(i, k), pair(j, l));
        [near, place(pair(i, l), pair(j, k))]
    };
    (0..d * d * d * d).map(index).map(both).collect()
}

/// Riemann, Ricci and scalar curvature of every point, from II in coordinates; `places` are those of
/// [`riemann_places`].
pub(super) fn riemann<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    (x, places): (&[Lane<T>], &[[usize; 2]]),
    [riemann, ricci, scalar]: [&mut [T]; 3],
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let p = pairs(d);
    let components = bend(net, work, x, false);
    let [q, g_inv, ric] = &mut work.local;
    let g_inv = room(g_inv, d * d * groups);
    work.frame.inverse_metric(d, groups, g_inv);
    let (q, ric) = (room(q, p * p), room(ric, d * d + 1));
    for g in 0..groups {
        gram(&work.bending.second, ((components, d, groups), g), q);
        contract((q, places), d, |i, k| &g_inv[(i * d + k) * groups + g], ric);
        scatter(ricci, (d * d, g), |at| ric[at]);
        scatter(scalar, (1, g), |_| ric[d * d]);
        scatter(riemann, (d * d * d * d, g), |at| {
            let [near, far] = places[at];
            zip(&q[near], &q[far], |a, b| a - b)
        });
    }
}

/// `Ric_jl = g^ik R_ijkl`, `[j][l]`, and then `R = g^jl Ric_jl`; q is the lower triangle of `⟨II_ij, II_kl⟩` over
/// pairs, `places` those of [`riemann_places`].
fn contract<'q, T: Real>(
    (q, places): (&[Lane<T>], &[[usize; 2]]),
    d: usize,
    g_inv: impl Fn(usize, usize) -> &'q Lane<T>,
    out: &mut [Lane<T>],
) {
    let (ricci, scalar) = out.split_at_mut(d * d);
    vectorised(
        #[inline(always)]
        || {
            let mut total = splat(T::ZERO);
            for l in 0..d {
                for j in 0..=l {
                    let mut sum = splat(T::ZERO);
                    for i in 0..d {
                        for k in 0..d {
                            let [near, far] = places[((i * d + j) * d + k) * d + l];
                            let difference = zip(&q[near], &q[far], |a, b| a - b);
                            fuse(&mut sum, g_inv(i, k), &difference);
                        }
                    }
                    ricci[j * d + l] = sum;
                    ricci[l * d + j] = sum;
                    fuse(&mut total, g_inv(j, l), &sum);
                    if j != l {
                        fuse(&mut total, g_inv(l, j), &sum);
                    }
                }
            }
            scalar[0] = total;
        },
    );
}

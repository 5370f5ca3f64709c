//! The second fundamental form at the points of a tile.
//!
//! With second derivatives along an orthonormal frame, `H_ab = D²f(e_a, e_b)`, its values are their normal parts
//! `II_ab = H_ab − Σ_c t_c ⟨t_c, H_ab⟩`. Where the normal space is small, II is given by its n − d components
//! `⟨ν, H_ij⟩` along an orthonormal frame of that space, and nothing is projected.

use std::ops::Range;

use super::BatchGeometry;
use super::costs::{columns_of_second_form, components_of_second_form, normals_are_leaner};
use super::frame::Frame;
use super::lane::{Grid, Lane, Part, product, room, scatter};
use super::metric;
use super::network::Network;
use super::sweep::Chunk;
use super::tile::{CHUNK_BYTES, Sizes, Tiles, Workspace, grouped};
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::{Real, Write};

/// The second fundamental form and what comes with it, at every point of a batch; all of a point's numbers are NaN
/// where its metric is degenerate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecondForms<T = f64> {
    /// R of [`BatchGeometry::factor`], `[point][a][i]`.
    pub factor: Vec<T>,
    /// How many components of II there are: n of Rⁿ, or n − d along an orthonormal frame of the normal space, which
    /// is any one and another at every point. Inner products are the same.
    pub components: usize,
    /// `II_ab = E^i_a E^j_b II_ij`, E = R⁻¹ being the orthonormal frame, `[point][pair(a, b)][component]`.
    pub form: Vec<T>,
    /// The scalar curvature `R = ⟨tr II, tr II⟩ − ⟨II, II⟩`, `[point]`.
    pub scalar: Vec<T>,
}

impl<T: Real> BatchGeometry<'_, T> {
    /// The upper triangular R with `g = Rᵀ R`, `[point][a][i]`, zeros below the diagonal and positive numbers on it;
    /// NaN at a degenerate point.
    ///
    /// It is made from the Jacobian J, not from g, and so has J's singular values to J's digits; |R v| = |J v| is the
    /// length of v, and the product of the diagonal is √det g.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn factor(&self, points: &[T]) -> Vec<T> {
        let net = &self.net;
        let d = net.inputs();
        let tiles = Tiles::of(net, (points, &self.pool), 0);
        let [factor] = tiles.map([d * d], |work, x, [factor]| {
            metric::frame(net, work, x);
            scatter_factor(work, d, factor);
        });
        factor
    }

    /// The second fundamental form in the orthonormal frame E = R⁻¹, d(d+1)/2 times its components a point, with R and
    /// the scalar curvature; NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn second_form(&self, points: &[T]) -> SecondForms<T> {
        let net = &self.net;
        let (d, components) = (net.inputs(), components_of_second_form(net));
        let tiles = Tiles::of(net, (points, &self.pool), columns_of_second_form(net));
        let sizes = [d * d, pairs(d) * components, 1];
        let [factor, form, scalar] = tiles.map(sizes, |work, x, [factor, form, scalar]| {
            scatter_forms(net, work, x, (form, scalar));
            scatter_factor(work, d, factor);
        });
        SecondForms {
            factor,
            components,
            form,
            scalar,
        }
    }
}

/// The second fundamental form of a tile and what is made of it.
#[derive(Default)]
pub(super) struct SecondForm<T> {
    /// H, then II: `[component][pair][group]`, the components being those of Rⁿ or those along normals.
    pub(super) second: Vec<Lane<T>>,
    /// `−⟨t_c, H⟩`, `[c][pair][group]`.
    pub(super) tangential: Vec<Lane<T>>,
    /// `Σ_c II_cc`, `[component][group]`.
    pub(super) trace: Vec<Lane<T>>,
    /// Ric in the frame, `[a][b][group]`.
    pub(super) ricci: Vec<Lane<T>>,
    /// Some components of II, `[component][a][b]`.
    pub(super) form: Vec<Lane<T>>,
    /// A half-transformed matrix, `[a][j]`.
    pub(super) half: Vec<Lane<T>>,
    /// The frame's vectors in one group, `[i][a]`.
    e: Vec<Lane<T>>,
}

impl<T: Real> SecondForm<T> {
    /// H becomes II for some pairs.
    pub(super) fn project(&mut self, frame: &Frame<T>, (n, d, groups): Sizes, range: Range<usize>) {
        let p = pairs(d);
        let along = room(&mut self.tangential, d * p * groups);
        let count = range.len();
        for g in 0..groups {
            let t = grouped(n, groups, g);
            let second = Grid {
                start: range.start * groups + g,
                ..grouped(p, groups, g)
            };
            product(
                (&mut *along, second),
                (Write::Replace, Part::Whole),
                (&frame.t, t),
                (&self.second, second),
                (d, n, count),
            );
            for row in along.chunks_exact_mut(p * groups) {
                for x in row[range.start * groups + g..]
                    .iter_mut()
                    .step_by(groups)
                    .take(count)
                {
                    *x = x.map(|x| -x);
                }
            }
            product(
                (&mut self.second, second),
                (Write::Add, Part::Whole),
                (&frame.t, t.t()),
                (along, second),
                (n, d, count),
            );
        }
    }

    /// II from its components along normals, `[pair][normal][group]` in coordinates: there, or along the
    /// vectors of a frame, `II_ab = e_ia e_jb II_ij`.
    pub(super) fn along_normals(
        &mut self,
        along: &[Lane<T>],
        frame: Option<&Frame<T>>,
        (count, d, groups): Sizes,
    ) {
        let p = pairs(d);
        let second = room(&mut self.second, count * p * groups);
        let Some(frame) = frame else {
            for (at, out) in second.iter_mut().enumerate() {
                let (normal, pair, g) = (at / (p * groups), at / groups % p, at % groups);
                *out = along[(pair * count + normal) * groups + g];
            }
            return;
        };
        // rows of an odd length, which do not share their place in the cache
        let wide = d | 1;
        let [form, half, e] =
            [&mut self.form, &mut self.half, &mut self.e].map(|buffer| room(buffer, d * wide));
        for g in 0..groups {
            for (i, row) in e.chunks_exact_mut(wide).enumerate() {
                for (a, out) in row.iter_mut().take(d).enumerate() {
                    *out = frame.e[(i * d + a) * groups + g];
                }
            }
            for normal in 0..count {
                unfold(along, (form, wide), d, |pair| {
                    (pair * count + normal) * groups + g
                });
                turn(form, (e, half), (d, wide));
                for b in 0..d {
                    for a in 0..=b {
                        second[(normal * p + pair(a, b)) * groups + g] = form[at(wide, b, a)];
                    }
                }
            }
        }
    }
}

/// Second derivatives of all pairs into the second form, chunk after chunk of as many columns as fit in
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
    room(&mut work.second_form.second, n * p * groups);
    let count = if keep { p.div_ceil(size) } else { 1 };
    work.chunks
        .resize_with(count.max(work.chunks.len()), Chunk::default);
    for (at, from) in (0..p).step_by(size).enumerate() {
        let chunk = &mut work.chunks[if keep { at } else { 0 }];
        chunk.range = from..p.min(from + size);
        let len = chunk.range.len() * groups;
        let columns = work.sweep.pairs(net, chunk).chunks_exact(len);
        let out = work.second_form.second.chunks_exact_mut(p * groups);
        for (row, columns) in out.zip(columns) {
            row[from * groups..][..len].copy_from_slice(columns);
        }
        if project {
            // while the columns are in the cache
            let range = chunk.range.clone();
            work.second_form.project(&work.frame, (n, d, groups), range);
        }
    }
}

/// II in an orthonormal frame into the second form by all pairs forward, with what the way back needs.
pub(super) fn second_form_for_gradient<T: Real>(
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

/// II into the second form, in an orthonormal frame or in coordinates, and the number of its components: n
/// of Rⁿ, or n − d along normals.
pub(super) fn second_form<T: Real>(
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
    work.second_form
        .along_normals(along, frame, (count, d, groups));
    count
}

/// R of every point.
pub(super) fn scatter_factor<T: Real>(work: &Workspace<T>, d: usize, out: &mut [T]) {
    let (r, groups) = (&work.frame.r, work.sweep.groups);
    (0..groups).for_each(|g| scatter(out, (d * d, g), |at| r[at * groups + g]));
}

/// II in the frame and the scalar curvature of every point.
fn scatter_forms<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    (form, out): (&mut [T], &mut [T]),
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let (p, components) = (pairs(d), second_form(net, work, x, true));
    let scalar = room(&mut work.local[0], groups);
    let sizes = (components, d, groups);
    work.second_form.scalar(&work.frame, sizes, scalar);
    let second = &work.second_form.second;
    for g in 0..groups {
        scatter(out, (1, g), |_| scalar[g]);
        scatter(form, (p * components, g), |at| {
            let (pair, component) = (at / components, at % components);
            second[(component * p + pair) * groups + g]
        });
    }
}

/// `Eᵀ M E` on and below the diagonal in place of a symmetric M, E being upper triangular; rows are `wide`
/// apart, and so are those of `half`, which takes `M E`.
fn turn<T: Real>(
    form: &mut [Lane<T>],
    (e, half): (&[Lane<T>], &mut [Lane<T>]),
    (d, wide): (usize, usize),
) {
    // columns of E at a time, below which it is zero
    const BLOCK: usize = 12;
    let (grid, write) = (Grid::dense(wide), (Write::Replace, Part::Whole));
    for from in (0..d).step_by(BLOCK) {
        let to = d.min(from + BLOCK);
        let columns = Grid {
            start: from,
            ..grid
        };
        let half = (&mut *half, columns);
        product(half, write, (form, grid), (e, columns), (d, to, to - from));
    }
    for from in (0..d).step_by(BLOCK) {
        let to = d.min(from + BLOCK);
        let rows = Grid {
            start: from * wide,
            ..grid
        };
        let left = Grid {
            start: from,
            ..grid
        };
        let out = (&mut *form, rows);
        product(out, write, (e, left.t()), (half, grid), (to - from, to, to));
    }
}

/// Symmetric pairs, each at its `place`, as a matrix of d rows and columns, rows `wide` apart.
pub(super) fn unfold<T: Real>(
    pairs: &[Lane<T>],
    (form, wide): (&mut [Lane<T>], usize),
    d: usize,
    place: impl Fn(usize) -> usize,
) {
    for b in 0..d {
        for a in 0..=b {
            let entry = pairs[place(pair(a, b))];
            form[at(wide, a, b)] = entry;
            form[at(wide, b, a)] = entry;
        }
    }
}

/// Position of (a, b) in a matrix of d columns.
pub(super) fn at(d: usize, a: usize, b: usize) -> usize {
    a * d + b
}

#[cfg(test)]
mod tests {
    use super::super::lane::splat;
    use super::*;
    use crate::random::{Purpose, Stream};

    #[test]
    fn matrices_are_turned_as_by_the_definition() {
        for d in [1, 2, 12, 13, 25] {
            let wide = d | 1;
            let mut stream = Stream::new(8, Purpose::Test, d as u64);
            let nothing = || vec![splat(f64::NAN); d * wide];
            let (mut form, mut e, mut half) = (nothing(), nothing(), nothing());
            for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                let lane = std::array::from_fn(|_| stream.normal());
                e[i * wide + j] = if i <= j { lane } else { splat(0.0) };
                if i <= j {
                    let entry = std::array::from_fn(|_| stream.normal());
                    (form[i * wide + j], form[j * wide + i]) = (entry, entry);
                }
            }
            let given = form.clone();
            turn(&mut form, (&e, &mut half), (d, wide));
            for (a, b) in (0..d).flat_map(|a| (0..=a).map(move |b| (a, b))) {
                let (mut want, mut size) = (0.0, 0.0);
                for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                    let term = e[i * wide + a][3] * given[i * wide + j][3] * e[j * wide + b][3];
                    want += term;
                    size += f64::abs(term);
                }
                let got = form[a * wide + b][3];
                assert!(
                    (got - want).abs() <= 1e-14 * size,
                    "{d}: {a}, {b}: {got}, {want}"
                );
            }
        }
    }
}

//! Curvature by the Gauss equation at the points of a tile.
//!
//! With second derivatives along an orthonormal frame, `H_ab = D²f(e_a, e_b)`, and their normal parts
//! `II_ab = H_ab − Σ_c t_c ⟨t_c, H_ab⟩`:
//!
//! ```text
//! R = 2 Σ_{a<b} (⟨II_aa, II_bb⟩ − ⟨II_ab, II_ab⟩)      Ric_ab = ⟨Σ_c II_cc, II_ab⟩ − Σ_c ⟨II_ac, II_cb⟩
//! ```
//!
//! In coordinates the same projection gives `II_ij`, and
//! `R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩`. Where the normal space is small, II is given by its n − d
//! components `⟨ν, H_ij⟩` along an orthonormal frame of that space, and nothing is projected.

use std::ops::Range;

use super::frame::Frame;
use super::lane::{Grid, Lane, Part, add, fuse, product, room, splat, zip};
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// What the matrices of some components may take.
const FORM_BYTES: usize = 32 << 10;

/// Sizes of a tile: components, coordinates, groups.
pub(super) type Sizes = (usize, usize, usize);

/// The second fundamental form of a tile and what is made of it.
#[derive(Default)]
pub(super) struct Bending<T> {
    /// H, then II: `[component][pair][group]`, the components being those of Rⁿ or those along normals.
    pub(super) second: Vec<Lane<T>>,
    /// `−⟨t_c, H⟩`, `[c][pair][group]`.
    pub(super) tangential: Vec<Lane<T>>,
    /// `Σ_c II_cc`, `[component][group]`.
    pub(super) trace: Vec<Lane<T>>,
    /// Ric in the frame, `[a][b][group]`.
    pub(super) ricci: Vec<Lane<T>>,
    /// Some components of II, `[component][a][b]`.
    form: Vec<Lane<T>>,
    /// A half-transformed matrix, `[a][j]`.
    half: Vec<Lane<T>>,
    /// The frame's vectors in one group, `[i][a]`.
    e: Vec<Lane<T>>,
}

/// One group of a buffer `[row][col][group]` with `cols` columns.
pub(super) fn grouped(cols: usize, groups: usize, g: usize) -> Grid {
    Grid {
        start: g,
        row: cols * groups,
        col: groups,
    }
}

impl<T: Real> Bending<T> {
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

    /// R at every point, `[group]`, from II in the frame.
    pub(super) fn scalar(&self, frame: &Frame<T>, (n, d, groups): Sizes, out: &mut [Lane<T>]) {
        let p = pairs(d);
        out.fill(splat(T::ZERO));
        vectorised(
            #[inline(always)]
            || {
                for row in self.second.chunks_exact(p * groups).take(n) {
                    let form = |a: usize, b: usize, g: usize| &row[pair(a, b) * groups + g];
                    for (g, out) in out.iter_mut().enumerate() {
                        let mut bent = splat(T::ZERO);
                        let mut before = splat(T::ZERO);
                        for b in 0..d {
                            // Σ_{a<b} II_aa gathers as b goes up
                            fuse(&mut bent, &before, form(b, b, g));
                            add(&mut before, form(b, b, g));
                            for a in 0..b {
                                let mixed = form(a, b, g);
                                fuse(&mut bent, &mixed.map(|x| -x), mixed);
                            }
                        }
                        *out = zip(out, &bent, |o, b| o + b + b);
                    }
                }
                // a frame that is NaN must show also where there is no plane
                for (g, out) in out.iter_mut().enumerate() {
                    let last = &frame.r[(d * d - 1) * groups + g];
                    *out = zip(out, last, |o, r| r.fused(T::ZERO, o));
                }
            },
        );
    }

    /// Ric in the frame and R, `[group]`.
    pub(super) fn ricci(
        &mut self,
        frame: &Frame<T>,
        (n, d, groups): Sizes,
        scalar: &mut [Lane<T>],
    ) {
        let p = pairs(d);
        self.sum_trace((n, d, groups));
        let ricci = room(&mut self.ricci, d * d * groups);
        let packed = room(&mut self.half, p * groups);
        // as many components as fit in a first-level cache
        let stack = (FORM_BYTES / (d * d * size_of::<Lane<T>>())).clamp(1, n);
        let forms = room(&mut self.form, stack * d * d);
        for g in 0..groups {
            let second = grouped(p, groups, g);
            product(
                (&mut *packed, second),
                (Write::Replace, Part::Whole),
                (&self.trace, grouped(1, groups, g).t()),
                (&self.second, second),
                (1, n, p),
            );
            for (a, b) in (0..d * d).map(|at| (at / d, at % d)) {
                ricci[at(d, a, b) * groups + g] = packed[pair(a, b) * groups + g].map(|x| -x);
            }
            for rows in self.second[..n * p * groups].chunks(stack * p * groups) {
                let count = rows.len() / (p * groups);
                for (row, form) in rows
                    .chunks_exact(p * groups)
                    .zip(forms.chunks_exact_mut(d * d))
                {
                    unfold(row, (form, d), d, |pair| pair * groups + g);
                }
                // Σ M M over the components, whose matrices M are symmetric
                let grid = Grid::dense(d);
                product(
                    (&mut *ricci, grouped(d, groups, g)),
                    (Write::Add, Part::Lower),
                    (&*forms, grid.t()),
                    (&*forms, grid),
                    (d, count * d, d),
                );
            }
            for a in 0..d {
                for b in 0..=a {
                    let value = ricci[at(d, a, b) * groups + g].map(|x| -x);
                    ricci[at(d, a, b) * groups + g] = value;
                    ricci[at(d, b, a) * groups + g] = value;
                }
            }
        }
        self.scalar(frame, (n, d, groups), scalar);
    }

    /// Ric in coordinates, `Ric_ij = R_ai R_bj Ric_ab`, in place.
    pub(super) fn ricci_in_coordinates(&mut self, frame: &Frame<T>, d: usize, groups: usize) {
        let half = room(&mut self.half, d * d * groups);
        for g in 0..groups {
            let grid = grouped(d, groups, g);
            product(
                (&mut *half, grid),
                (Write::Replace, Part::Whole),
                (&self.ricci, grid),
                (&frame.r, grid),
                (d, d, d),
            );
            product(
                (&mut self.ricci, grid),
                (Write::Replace, Part::Whole),
                (&frame.r, grid.t()),
                (half, grid),
                (d, d, d),
            );
        }
    }

    /// `Σ_c II_cc`.
    pub(super) fn sum_trace(&mut self, (n, d, groups): Sizes) {
        let p = pairs(d);
        let trace = room(&mut self.trace, n * groups);
        trace.fill(splat(T::ZERO));
        let rows = self.second.chunks_exact(p * groups);
        for (row, trace) in rows.zip(trace.chunks_exact_mut(groups)) {
            for a in 0..d {
                for (trace, form) in trace.iter_mut().zip(&row[pair(a, a) * groups..]) {
                    add(trace, form);
                }
            }
        }
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
fn unfold<T: Real>(
    pairs: &[Lane<T>],
    (form, wide): (&mut [Lane<T>], usize),
    d: usize,
    place: impl Fn(usize) -> usize,
) {
    for b in 0..d {
        for a in 0..=b {
            let bent = pairs[place(pair(a, b))];
            form[at(wide, a, b)] = bent;
            form[at(wide, b, a)] = bent;
        }
    }
}

/// Position of (a, b) in a matrix of d columns.
fn at(d: usize, a: usize, b: usize) -> usize {
    a * d + b
}

/// `⟨II_p, II_q⟩` for the pairs p ≥ q of one group, `[p][q]`; some q > p are written too.
pub(super) fn gram<T: Real>(
    second: &[Lane<T>],
    ((n, d, groups), g): (Sizes, usize),
    out: &mut [Lane<T>],
) {
    let p = pairs(d);
    let grid = grouped(p, groups, g);
    product(
        (out, Grid::dense(p)),
        (Write::Replace, Part::Lower),
        (second, grid.t()),
        (second, grid),
        (p, n, p),
    );
}

#[cfg(test)]
mod tests {
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
                    let bent = std::array::from_fn(|_| stream.normal());
                    (form[i * wide + j], form[j * wide + i]) = (bent, bent);
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

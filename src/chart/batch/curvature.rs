//! Curvature by the Gauss equation at the points of a tile, from the second fundamental form of [`super::second_form`].
//!
//! ```text
//! R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩
//! Ric_ab = ⟨Σ_c II_cc, II_ab⟩ − Σ_c ⟨II_ac, II_cb⟩      R = 2 Σ_{a<b} (⟨II_aa, II_bb⟩ − ⟨II_ab, II_ab⟩)
//! ```
//!
//! a, b, c are components in an orthonormal frame, i, j, k, l in coordinates.

use super::frame::Frame;
use super::lane::{Grid, Lane, Part, add, fuse, product, room, scatter, splat, zip};
use super::network::Network;
use super::second_form::{SecondForm, at, second_form, unfold};
use super::tile::{Sizes, Workspace, grouped};
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, Write};

/// What the matrices of some components may take.
const FORM_BYTES: usize = 32 << 10;

impl<T: Real> SecondForm<T> {
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
                        let mut sum = splat(T::ZERO);
                        let mut before = splat(T::ZERO);
                        for b in 0..d {
                            // Σ_{a<b} II_aa gathers as b goes up
                            fuse(&mut sum, &before, form(b, b, g));
                            add(&mut before, form(b, b, g));
                            for a in 0..b {
                                let mixed = form(a, b, g);
                                fuse(&mut sum, &mixed.map(|x| -x), mixed);
                            }
                        }
                        *out = zip(out, &sum, |o, b| o + b + b);
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

/// The scalar curvature of every point.
pub(super) fn ricci_scalar<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let components = second_form(net, work, x, true);
    let scalar = room(&mut work.local[0], groups);
    work.second_form
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
    let components = second_form(net, work, x, true);
    let scalar = room(&mut work.local[0], groups);
    work.second_form
        .ricci(&work.frame, (components, d, groups), scalar);
    work.second_form
        .ricci_in_coordinates(&work.frame, d, groups);
    let tensor = &work.second_form.ricci;
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
    let components = second_form(net, work, x, false);
    let [q, g_inv, ric] = &mut work.local;
    let g_inv = room(g_inv, d * d * groups);
    work.frame.inverse_metric(d, groups, g_inv);
    let (q, ric) = (room(q, p * p), room(ric, d * d + 1));
    for g in 0..groups {
        gram(&work.second_form.second, ((components, d, groups), g), q);
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

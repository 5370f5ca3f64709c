//! The chain rule of an activation, to third order.
//!
//! ```text
//! a_i = σ' u_i      a_ij = σ' u_ij + σ'' u_i u_j      a_vv = σ' u_vv + σ'' u_v²,   u_v = v^i u_i
//! a_ijk = σ' u_ijk + σ'' (u_ij u_k + u_ik u_j + u_jk u_i) + σ''' u_i u_j u_k
//! ```
//!
//! It is the same number by number, so lanes may be points, as in a tile, or units, as at a single point.
//! Columns are `[unit][column][group]`, σ with its derivatives `[unit][group]`; a single point has all its units in
//! the groups of one. `u(unit, i, group)` is `u_i`; higher derivatives of u are zero, and not given, where no
//! activation came before.

use std::ops::Range;

use super::lane::{LANES, Lane, fuse, splat, zip};
use crate::geometry::conventions::pair;
use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// σ, σ', σ'' and σ''' at u, `[unit][group]` each.
pub(super) type Sigma<T, const W: usize = LANES> = [Vec<Lane<T, W>>; 4];

/// The columns of every unit of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// Columns of the value, which leads: one, or none where nothing asks for it.
    pub(super) lead: usize,
    /// First derivatives, which come next.
    pub(super) firsts: usize,
    /// Columns in all.
    pub(super) all: usize,
    /// Lane vectors of a column.
    pub(super) groups: usize,
}

/// Value, where it leads, and first derivatives of some units, into the rows of these.
pub(super) fn firsts<T: Real, const W: usize>(
    sigma: &Sigma<T, W>,
    units: Range<usize>,
    u: impl Fn(usize, usize, usize) -> Lane<T, W>,
    (rows, columns): (&mut [Lane<T, W>], Columns),
) {
    let groups = columns.groups;
    vectorised(
        #[inline(always)]
        || {
            for (unit, row) in units.zip(rows.chunks_exact_mut(columns.all * groups)) {
                let at = unit * groups;
                if columns.lead == 1 {
                    row[..groups].copy_from_slice(&sigma[0][at..at + groups]);
                }
                let slope = &sigma[1][at..at + groups];
                let out = row[columns.lead * groups..].chunks_exact_mut(groups);
                for (i, out) in out.take(columns.firsts).enumerate() {
                    for (g, (out, slope)) in out.iter_mut().zip(slope).enumerate() {
                        *out = zip(slope, &u(unit, i, g), |s, u| s * u);
                    }
                }
            }
        },
    );
}

/// `a_vv` of some units into the last column of their rows; `v(i, group)` is `v^i`, and u of column `firsts` is `u_vv`
/// where an activation has `started`.
pub(super) fn along<T: Real, const W: usize>(
    sigma: &Sigma<T, W>,
    (units, started): (Range<usize>, bool),
    u: impl Fn(usize, usize, usize) -> Lane<T, W>,
    v: impl Fn(usize, usize) -> Lane<T, W>,
    (rows, columns): (&mut [Lane<T, W>], Columns),
) {
    let (d, groups) = (columns.firsts, columns.groups);
    vectorised(
        #[inline(always)]
        || {
            for (unit, row) in units.zip(rows.chunks_exact_mut(columns.all * groups)) {
                for g in 0..groups {
                    let mut uv = splat(T::ZERO);
                    for i in 0..d {
                        fuse(&mut uv, &v(i, g), &u(unit, i, g));
                    }
                    let at = unit * groups + g;
                    let mut second = zip(&sigma[2][at], &uv, |s, u| s * u * u);
                    if started {
                        fuse(&mut second, &sigma[1][at], &u(unit, d, g));
                    }
                    row[(columns.all - 1) * groups + g] = second;
                }
            }
        },
    );
}

/// `a_ij` of all units for the pairs of `indices`, `[unit][pair of these][group]`, from `u_ij` in the same order;
/// `u(unit, i)` gives `u_i` by group.
pub(super) fn pairs<T: Real, U: Fn(usize) -> Lane<T, W>, const W: usize>(
    sigma: &Sigma<T, W>,
    (indices, groups): (&[(usize, usize)], usize),
    u: impl Fn(usize, usize) -> U,
    (uu, out): (Option<&[Lane<T, W>]>, &mut [Lane<T, W>]),
) {
    let [_, s1, s2, _] = sigma;
    let row = indices.len() * groups;
    vectorised(
        #[inline(always)]
        || {
            for (unit, out) in out.chunks_exact_mut(row).enumerate() {
                let at = unit * groups..(unit + 1) * groups;
                let (s1, s2) = (&s1[at.clone()], &s2[at]);
                let columns = out.chunks_exact_mut(groups).zip(indices);
                for (q, (out, &(i, j))) in columns.enumerate() {
                    let (ui, uj) = (u(unit, i), u(unit, j));
                    let uu = uu.map(|uu| &uu[unit * row + q * groups..][..groups]);
                    for (g, (out, curve)) in out.iter_mut().zip(s2).enumerate() {
                        let square = zip(&ui(g), &uj(g), |a, b| a * b);
                        let mut second = zip(curve, &square, |s, u| s * u);
                        if let Some(uu) = uu {
                            fuse(&mut second, &s1[g], &uu[g]);
                        }
                        *out = second;
                    }
                }
            }
        },
    );
}

/// `a_ijk` of one unit, `[triple(i, j, k)][group]`, from `u_i`, `[i][group]`, `u_ij`, `[pair(i, j)][group]`, and `u_ijk`.
pub(super) fn triples<T: Real, const W: usize>(
    sigma: &Sigma<T, W>,
    (d, groups): (usize, usize),
    u: &[Lane<T, W>],
    higher: Option<[&[Lane<T, W>]; 2]>,
    out: &mut [Lane<T, W>],
) {
    let [_, s1, s2, s3] = sigma.each_ref().map(|s| &s[..groups]);
    let column = |at: usize| at * groups..(at + 1) * groups;
    let mut rows = out.chunks_exact_mut(groups).enumerate();
    for (k, j) in (0..d).flat_map(|k| (0..=k).map(move |j| (k, j))) {
        for (i, (at, row)) in (0..=j).zip(&mut rows) {
            let [ui, uj, uk] = [i, j, k].map(|i| &u[column(i)]);
            let higher = higher.map(|[uu, uuu]| {
                let seconds = [(i, j), (i, k), (j, k)].map(|(i, j)| &uu[column(pair(i, j))]);
                (seconds, &uuu[column(at)])
            });
            vectorised(
                #[inline(always)]
                || {
                    for (g, out) in row.iter_mut().enumerate() {
                        let (s1, s2, s3) = (&s1[g], &s2[g], &s3[g]);
                        let (ui, uj, uk) = (&ui[g], &uj[g], &uk[g]);
                        *out = std::array::from_fn(|e| s3[e] * ui[e] * uj[e] * uk[e]);
                        let Some(([ij, ik, jk], ijk)) = higher else {
                            continue;
                        };
                        for e in 0..W {
                            let mixed = ij[g][e] * uk[e] + ik[g][e] * uj[e] + jk[g][e] * ui[e];
                            out[e] += s1[e] * ijk[g][e] + s2[e] * mixed;
                        }
                    }
                },
            );
        }
    }
}

//! Orthonormal frames of the tangent space at the points of a tile.

use std::ops::Range;

use super::lane::{Grid, LANES, Lane, Part, add, fuse, map, product, room, splat, zip};
use crate::geometry::conventions::{CONDITION_LIMIT, condition_limit, rank};
use crate::tensor::elementwise::vectorised;
use crate::tensor::{Real, View, Write, singular_values};

// of numbers in double precision, the limit of `geometry`
const _: () = assert!(condition_limit(f64::ROUNDOFF) == CONDITION_LIMIT);

/// `J_i = Σ_a t_a r_ai`, `t_a = J_i e_ia`, with orthonormal t, at every point of a tile.
#[derive(Default)]
pub(super) struct Frame<T> {
    /// t, `[a][component][group]`.
    pub(super) t: Vec<Lane<T>>,
    /// E, `[i][a][group]`, upper triangular: E Eᵀ is the inverse of the metric.
    pub(super) e: Vec<Lane<T>>,
    /// R, `[a][i][group]`, upper triangular.
    pub(super) r: Vec<Lane<T>>,
    /// −R of a panel's rows in the columns after it, `[k][c]` of one group.
    minus: Vec<Lane<T>>,
}

/// Columns made orthonormal one by one, before their directions are taken out of all later columns at once.
const PANEL: usize = 4;

impl<T: Real> Frame<T> {
    /// The frame of the Jacobian `[component][i][group]`, of which the first d of `columns` columns
    /// are read, by the modified Gram–Schmidt process, panel after panel. From J, not from g, whose condition
    /// is the square of that of J.
    ///
    /// Where the metric is [degenerate](crate::geometry::conventions#where-a-metric-is-degenerate), all of t, E and R
    /// is NaN.
    pub(super) fn of(
        &mut self,
        jac: &[Lane<T>],
        (n, d, columns, groups): (usize, usize, usize, usize),
    ) {
        let t = room(&mut self.t, d * n * groups);
        let e = room(&mut self.e, d * d * groups);
        let r = room(&mut self.r, d * d * groups);
        let minus = room(&mut self.minus, PANEL * d);
        e.fill(splat(T::ZERO));
        r.fill(splat(T::ZERO));
        for (a, t) in t.chunks_exact_mut(n * groups).enumerate() {
            for (c, t) in t.chunks_exact_mut(groups).enumerate() {
                let at = (c * columns + a) * groups;
                t.copy_from_slice(&jac[at..at + groups]);
            }
        }
        for g in 0..groups {
            let of = (n, d, groups, g);
            for from in (0..d).step_by(PANEL) {
                let panel = from..d.min(from + PANEL);
                let inside = panel.clone();
                vectorised(
                    #[inline(always)]
                    || orthonormalise((&mut *t, &mut *r), inside, of),
                );
                project([&mut *t, &mut *r, &mut *minus], panel, of);
            }
            vectorised(
                #[inline(always)]
                || invert(r, e, (d, groups, g)),
            );
            settle([&mut *t, &mut *e, &mut *r], of);
        }
    }

    /// Gives the points without a frame that of unit vectors, of which nothing is NaN: sums over points can go
    /// over them with weight zero. Their numbers in the tile are the result, ascending.
    pub(super) fn stand_in(&mut self, (n, d, groups): (usize, usize, usize)) -> Vec<usize> {
        let of_all = |place: usize| (place / LANES, place % LANES);
        let lost = |&(g, lane): &(usize, usize)| !self.r[g][lane].finite();
        let places: Vec<_> = (0..groups * LANES).map(of_all).filter(lost).collect();
        for &(g, lane) in &places {
            for (buffer, cols) in [(&mut self.t, n), (&mut self.e, d), (&mut self.r, d)] {
                let entries = buffer.chunks_exact_mut(groups).take(d * cols);
                for (at, entry) in entries.enumerate() {
                    let unit = at / cols == at % cols;
                    entry[g][lane] = if unit { T::ONE } else { T::ZERO };
                }
            }
        }
        places.iter().map(|(g, lane)| g * LANES + lane).collect()
    }

    /// The inverse of the metric, `[k][l][group]`.
    pub(super) fn inverse_metric(&self, d: usize, groups: usize, out: &mut [Lane<T>]) {
        for g in 0..groups {
            let grid = Grid {
                start: g,
                row: d * groups,
                col: groups,
            };
            product(
                (&mut *out, grid),
                (Write::Replace, Part::Whole),
                (&self.e, grid),
                (&self.e, grid.t()),
                (d, d, d),
            );
        }
    }
}

/// `Σ_c a_c b_c` of two columns of n entries in group g.
#[inline(always)]
fn dot<T: Real>(a: &[Lane<T>], b: &[Lane<T>], (groups, g): (usize, usize)) -> Lane<T> {
    // four sums, so that additions need not wait for one another
    let mut sums = [splat(T::ZERO); 4];
    let (a, b) = (a.chunks(4 * groups), b.chunks(4 * groups));
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.chunks(groups).zip(b.chunks(groups))) {
            fuse(sum, &a[g], &b[g]);
        }
    }
    let [mut total, one, two, three] = sums;
    for sum in [one, two, three] {
        add(&mut total, &sum);
    }
    total
}

/// The columns of a panel of t in group g become orthonormal; the coefficients go into r.
#[inline(always)]
fn orthonormalise<T: Real>(
    (t, r): (&mut [Lane<T>], &mut [Lane<T>]),
    panel: Range<usize>,
    (n, d, groups, g): (usize, usize, usize, usize),
) {
    for a in panel.clone() {
        let (before, rest) = t.split_at_mut(a * n * groups);
        let column = &mut rest[..n * groups];
        let before = before.chunks_exact(n * groups).enumerate();
        for (k, t) in before.skip(panel.start) {
            let along = dot(t, column, (groups, g));
            r[(k * d + a) * groups + g] = along;
            let back = map(&along, |x| -x);
            for (o, t) in column.chunks_exact_mut(groups).zip(t.chunks_exact(groups)) {
                fuse(&mut o[g], &back, &t[g]);
            }
        }
        let left = map(&dot(column, column, (groups, g)), T::root);
        r[(a * d + a) * groups + g] = left;
        let scale = map(&left, |x| T::ONE / x);
        for o in column.chunks_exact_mut(groups) {
            o[g] = zip(&o[g], &scale, |o, s| o * s);
        }
    }
}

/// Takes the directions of a panel out of the columns after it: `t_c −= Σ_k r_kc t_k`, with the coefficients of
/// the modified process,
///
/// ```text
/// r_kc = ⟨t_k, t_c − Σ_{j<k} r_jc t_j⟩ = ⟨t_k, t_c⟩ − Σ_{j<k} ⟨t_k, t_j⟩ r_jc
/// ```
///
/// over j in the panel. Its vectors are orthogonal to the rounding times its condition; without the second term
/// that departure would be multiplied by the condition of all of J (on both see Björck, Numerics of Gram–Schmidt
/// orthogonalization, 1994).
fn project<T: Real>(
    [t, r, minus]: [&mut [Lane<T>]; 3],
    panel: Range<usize>,
    (n, d, groups, g): (usize, usize, usize, usize),
) {
    let (count, rest) = (panel.len(), d - panel.end);
    if rest == 0 {
        return;
    }
    let rows = |start: usize, row: usize| Grid {
        start: start * groups + g,
        row: row * groups,
        col: groups,
    };
    let (inside, after) = (rows(panel.start * n, n), rows(panel.end * n, n));
    let along = rows(panel.start * d + panel.end, d);
    product(
        (&mut *r, along),
        (Write::Replace, Part::Whole),
        (t, inside),
        (t, after.t()),
        (count, n, rest),
    );
    vectorised(
        #[inline(always)]
        || {
            for k in 0..count {
                let (before, minus) = minus.split_at_mut(k * rest);
                let column = |k: usize| &t[(panel.start + k) * n * groups..][..n * groups];
                let entry = |c: usize| along.start + k * along.row + c * along.col;
                for (j, minus) in before.chunks_exact(rest).enumerate() {
                    let overlap = dot(column(j), column(k), (groups, g));
                    for (c, minus) in minus.iter().enumerate() {
                        fuse(&mut r[entry(c)], &overlap, minus);
                    }
                }
                for (c, minus) in minus.iter_mut().enumerate().take(rest) {
                    *minus = map(&r[entry(c)], |x| -x);
                }
            }
        },
    );
    let (panels, others) = t.split_at_mut(panel.end * n * groups);
    product(
        (others, rows(0, n)),
        (Write::Add, Part::Whole),
        (minus, Grid::dense(rest).t()),
        (panels, inside),
        (rest, count, n),
    );
}

/// `E = R⁻¹` in group g, column after column.
#[inline(always)]
fn invert<T: Real>(r: &[Lane<T>], e: &mut [Lane<T>], (d, groups, g): (usize, usize, usize)) {
    for a in 0..d {
        let scale = map(&r[(a * d + a) * groups + g], |x| T::ONE / x);
        for i in 0..a {
            let mut sum = splat(T::ZERO);
            for k in i..a {
                fuse(
                    &mut sum,
                    &e[(i * d + k) * groups + g],
                    &r[(k * d + a) * groups + g],
                );
            }
            e[(i * d + a) * groups + g] = zip(&sum, &scale, |x, s| -x * s);
        }
        e[(a * d + a) * groups + g] = scale;
    }
}

/// t, E and R become NaN at the points of group g at which the metric is degenerate.
///
/// ```text
/// ‖R‖_F² ‖E‖_F² = tr g · tr g⁻¹ ≥ λ_max / λ_min
/// ```
///
/// comes first, in all lanes; where it is above the limit the singular values of R decide, which are those of J.
fn settle<T: Real>(
    [t, e, r]: [&mut [Lane<T>]; 3],
    (n, d, groups, g): (usize, usize, usize, usize),
) {
    let roundoff = T::ROUNDOFF.to_f64();
    let limit = T::from_f64(condition_limit(roundoff));
    let bound = vectorised(
        #[inline(always)]
        || {
            let (of_g, of_inverse) = (dot(r, r, (groups, g)), dot(e, e, (groups, g)));
            zip(&of_g, &of_inverse, |a, b| a * b)
        },
    );
    for (lane, bound) in bound.into_iter().enumerate() {
        // false also where it is NaN
        let surely = bound <= limit;
        if surely || rank(&singular_values_of(r, (d, groups, g), lane), roundoff) == d {
            continue;
        }
        for (buffer, entries) in [(&mut *t, d * n), (&mut *e, d * d), (&mut *r, d * d)] {
            for entry in buffer[..entries * groups].chunks_exact_mut(groups) {
                entry[g][lane] = T::from_f64(f64::NAN);
            }
        }
    }
}

/// The singular values of R at one point, descending; NaN where it is not finite.
#[cold]
fn singular_values_of<T: Real>(
    r: &[Lane<T>],
    (d, groups, g): (usize, usize, usize),
    lane: usize,
) -> Vec<f64> {
    let entries: Vec<f64> = r
        .chunks_exact(groups)
        .map(|r| r[g][lane].to_f64())
        .collect();
    singular_values(View::new(&entries, d, d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    /// Normal numbers as a Jacobian `[component][i][group]` of `columns` columns.
    fn jacobian(n: usize, columns: usize, groups: usize) -> Vec<Lane<f64>> {
        let mut stream = Stream::new(0, Purpose::Test, 31);
        let lane = |_| std::array::from_fn(|_| stream.normal());
        (0..n * columns * groups).map(lane).collect()
    }

    /// The modified Gram–Schmidt process column by column: t, `[a][component]`, and R, `[a][i]`.
    fn plainly(columns: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (mut t, d) = (columns.to_vec(), columns.len());
        let mut r = vec![vec![0.0; d]; d];
        for a in 0..d {
            r[a][a] = dot(&t[a], &t[a]).sqrt();
            let unit: Vec<f64> = t[a].iter().map(|x| x / r[a][a]).collect();
            for i in a + 1..d {
                r[a][i] = dot(&unit, &t[i]);
                t[i].iter_mut()
                    .zip(&unit)
                    .for_each(|(x, u)| *x -= r[a][i] * u);
            }
            t[a] = unit;
        }
        (t, r)
    }

    /// Columns 0 to d of one point.
    fn columns_at(
        jac: &[Lane<f64>],
        (n, d, columns, groups): (usize, usize, usize, usize),
        (g, e): (usize, usize),
    ) -> Vec<Vec<f64>> {
        let entry = |c: usize, i: usize| jac[(c * columns + i) * groups + g][e];
        (0..d)
            .map(|i| (0..n).map(|c| entry(c, i)).collect())
            .collect()
    }

    #[test]
    fn panels_give_the_frame_of_the_plain_process() {
        for (d, groups) in (1..=9).flat_map(|d| [(d, 1), (d, 3)]) {
            for (n, columns) in [(d, d), (d + 1, d + 1), (2 * d, d)] {
                let of = (n, d, columns, groups);
                let jac = jacobian(n, columns, groups);
                let mut frame = Frame::default();
                frame.of(&jac, of);
                for (g, p) in (0..groups).flat_map(|g| (0..LANES).map(move |p| (g, p))) {
                    let (t, r) = plainly(&columns_at(&jac, of, (g, p)));
                    let condition = r[0][0] / (0..d).map(|a| r[a][a]).fold(f64::MAX, f64::min);
                    let close = |a: f64, b: f64| (a - b).abs() < 1e-13 * (1.0 + condition);
                    let at = |m: &[Lane<f64>], i: usize, j: usize| m[(i * d + j) * groups + g][p];
                    for (a, i) in (0..d * d).map(|at| (at / d, at % d)) {
                        assert!(close(at(&frame.r, a, i), r[a][i]), "R {a} {i} of {of:?}");
                        let product = (0..d).map(|k| at(&frame.e, a, k) * at(&frame.r, k, i));
                        let unit = f64::from(u8::from(a == i));
                        assert!((product.sum::<f64>() - unit).abs() < 1e-12 * condition.powi(2));
                    }
                    for (a, c) in (0..d).flat_map(|a| (0..n).map(move |c| (a, c))) {
                        let entry = frame.t[(a * n + c) * groups + g][p];
                        assert!(
                            (entry - t[a][c]).abs() < 1e-13 * condition.powi(2),
                            "{of:?}"
                        );
                    }
                }
            }
        }
    }

    /// A column that repeats the first in one lane, all of whose frame is lost: also where two columns of the first
    /// panel are nearly one, which the limit leaves alone.
    #[test]
    fn a_repeated_column_is_lost_in_any_panel() {
        let (d, n, groups) = (9, 12, 1);
        for (again, angle) in (2..d).flat_map(|again| [(again, 1.0), (again, 1e-3), (again, 1e-4)])
        {
            let mut jac = jacobian(n, d, groups);
            for row in jac.chunks_exact_mut(d) {
                row[1] = zip(&row[0], &row[1], |a, b| a + angle * b);
            }
            let mut sound = Frame::default();
            sound.of(&jac, (n, d, d, groups));
            for row in jac.chunks_exact_mut(d) {
                row[again][3] = row[0][3];
            }
            let mut frame = Frame::default();
            frame.of(&jac, (n, d, d, groups));
            let pairs = [
                (&frame.t, &sound.t),
                (&frame.e, &sound.e),
                (&frame.r, &sound.r),
            ];
            for (lost, left) in pairs.into_iter().flat_map(|(a, b)| a.iter().zip(b)) {
                assert!(lost[3].is_nan(), "{again} repeated, {angle}");
                for lane in (0..LANES).filter(|&lane| lane != 3) {
                    assert!(left[lane].is_finite(), "{angle}");
                    assert_eq!(lost[lane].to_bits(), left[lane].to_bits());
                }
            }
            let mut inverse = vec![splat(0.0); d * d];
            frame.inverse_metric(d, groups, &mut inverse);
            assert!(inverse.iter().all(|lane| lane[3].is_nan()));
        }
    }

    /// J = Q diag(1, …, 1, s) with Q orthogonal, in both precisions: lost where 1/s² is above the limit of the precision,
    /// also where only the singular values can tell, because tr g · tr g⁻¹ is nearly d times too large.
    #[test]
    fn the_limit_is_that_of_the_conventions() {
        fn is_lost<T: Real>(s: f64) -> bool {
            let d = 6;
            // Q = 1 − 2 w wᵀ, w = (1, …, 1)/√d
            let entry = |c: usize, i: usize| {
                let unit = if c == i { 1.0 } else { 0.0 };
                (unit - 2.0 / d as f64) * if i == d - 1 { s } else { 1.0 }
            };
            let jac: Vec<Lane<T>> = (0..d * d)
                .map(|at| splat(T::from_f64(entry(at / d, at % d))))
                .collect();
            let mut frame = Frame::default();
            frame.of(&jac, (d, d, d, 1));
            let lost = frame.r[0][0].is_nan_value();
            let all = [&frame.t, &frame.e, &frame.r].map(|m| m.as_flattened().iter());
            assert!(all.into_iter().flatten().all(|x| x.is_nan_value() == lost));
            lost
        }
        assert!(!is_lost::<f64>(3.2e-7) && is_lost::<f64>(3.1e-7));
        // 8388.6⁻¹ = 1.192e-4
        assert!(!is_lost::<f32>(1.21e-4) && is_lost::<f32>(1.17e-4));
    }

    /// The departure from orthogonality is the rounding times one condition, not two.
    #[test]
    fn panels_are_as_orthogonal_as_the_plain_process() {
        let (d, n, groups) = (6, 12, 1);
        let mut jac = jacobian(n, d, groups);
        for row in jac.chunks_exact_mut(d) {
            row[1] = zip(&row[0], &row[1], |a, b| a + 1e-4 * b);
            row[4] = zip(&row[0], &row[4], |a, b| a + 1e-4 * b);
        }
        let mut frame = Frame::default();
        frame.of(&jac, (n, d, d, groups));
        for (a, b) in (0..d).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let [t, s] = [a, b].map(|a| &frame.t[a * n..(a + 1) * n]);
            for overlap in dot(t, s, (1, 0)) {
                assert!(overlap.abs() < 1e-10, "{a} and {b}: {overlap:e}");
            }
        }
    }
}

//! Sectional curvature over all planes at a point, from the second fundamental form.
//!
//! In an orthonormal frame E, with `II_ab = E^i_a E^j_b II_ij`, the Gauss equation reads
//!
//! ```text
//! R_abcd = ⟨II_ac, II_bd⟩ − ⟨II_ad, II_bc⟩
//! K(u,v) = R_abcd u^a v^b u^c v^d                            u, v orthonormal
//! ℛ_(ab)(cd) = R_abcd,  a < b, c < d                         curvature operator on bivectors
//! T(u)_bd = R_abcd u^a u^c = ⟨II_uu, II_bd⟩ − ⟨II_ub, II_ud⟩   K(u,v) = T(u)(v,v), T(u) u = 0
//! ```
//!
//! K(u,v) is ℛ on the unit bivector u∧v, so the extreme eigenvalues of ℛ bound K. In two and three
//! dimensions every bivector is a plane, and they are the extremes. Above, planes are a quadric in
//! the bivectors: the best plane is searched, by taking the top eigenvector of T(u) for v and going
//! on from there. Each search ends in a local extreme, so the values found are attained, and the
//! bounds are rigorous.

use crate::geometry::conventions::{index_pairs, pair, pairs};
use crate::random::Stream;
use crate::tensor::elementwise::vectorised;
use crate::tensor::small::{add_scaled, dot};
use crate::tensor::tridiagonal::{extreme_eigenvalues, top_eigenpair};
use crate::tensor::{View, Write, gemm};

/// Seeded directions from which the search starts, beside the extreme plane of the frame.
const STARTS: usize = 4;
/// Planes visited from a start at most.
const VISITS: usize = 200;
/// A visit that gains less than this fraction of the largest eigenvalue of ℛ ends the search from a
/// start; the best of the starts goes on.
const COARSE: f64 = 1e-3;
/// A visit that gains less than this fraction of the largest eigenvalue of ℛ ends the search from
/// the best start.
const FINE: f64 = 1e-12;

/// II in an orthonormal frame.
#[derive(Clone, Debug)]
pub(super) struct FrameForm {
    d: usize,
    n: usize,
    /// `[pair(a, b)][component]`.
    entries: Vec<f64>,
}

/// The range of K over the planes at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SectionalRange {
    /// The smallest K found, attained by a plane.
    pub(super) min: f64,
    /// The largest K found, attained by a plane.
    pub(super) max: f64,
    /// No plane has a smaller K.
    pub(super) lower: f64,
    /// No plane has a larger K.
    pub(super) upper: f64,
}

impl FrameForm {
    /// II of d dimensions, `[pair(a, b)][component]`.
    pub(super) fn new(d: usize, entries: &[f64]) -> Self {
        Self {
            d,
            n: entries.len() / pairs(d),
            entries: entries.to_vec(),
        }
    }

    #[inline(always)]
    fn of(&self, a: usize, b: usize) -> &[f64] {
        let at = pair(a, b) * self.n;
        &self.entries[at..at + self.n]
    }

    /// ℛ, `[(ab)][(cd)]`, bivectors in the order of [`bivectors`]; zeros below the diagonal.
    fn operator(&self) -> Vec<f64> {
        let (d, p) = (self.d, pairs(self.d));
        let mut gram = vec![0.0; p * p];
        let form = View::new(&self.entries, p, self.n);
        gemm(&mut gram, Write::Replace, form, form.t());
        let inner = |a, c, b, d| gram[pair(a, c) * p + pair(b, d)];
        let planes: Vec<(usize, usize)> = bivectors(d).collect();
        let mut operator = vec![0.0; planes.len() * planes.len()];
        for (row, &(a, b)) in planes.iter().enumerate() {
            let out = &mut operator[row * planes.len()..][..planes.len()];
            for (out, &(c, d)) in out.iter_mut().zip(&planes).skip(row) {
                *out = inner(a, c, b, d) - inner(a, d, b, c);
            }
        }
        operator
    }

    /// T(u), `[b][d]`.
    fn tidal(&self, u: &[f64]) -> Vec<f64> {
        let (d, n) = (self.d, self.n);
        let mut along = vec![0.0; d * n]; // II_ub, [b][component]
        let mut twice = vec![0.0; n]; // II_uu
        let mut out = vec![0.0; d * d];
        vectorised(
            #[inline(always)]
            || {
                for (b, row) in along.chunks_exact_mut(n).enumerate() {
                    (0..d).for_each(|a| add_scaled(row, u[a], self.of(a, b)));
                    add_scaled(&mut twice, u[b], row);
                }
                let row = |b: usize| &along[b * n..(b + 1) * n];
                for (b, c) in index_pairs(d) {
                    let value = dot(&twice, self.of(b, c)) - dot(row(b), row(c));
                    (out[b * d + c], out[c * d + b]) = (value, value);
                }
            },
        );
        out
    }

    /// The range of K; two dimensions or more. `starts` draws the directions a search starts from.
    pub(super) fn sectional_range(&self, starts: &mut Stream) -> SectionalRange {
        let operator = self.operator();
        let count = self.d * (self.d - 1) / 2;
        let [lower, upper] = extreme_eigenvalues(&operator, count);
        let (mut min, mut max) = (lower, upper);
        if self.d > 3 && (lower + upper).is_finite() {
            let size = lower.abs().max(upper.abs());
            let diagonal = (0..count).map(|at| operator[at * count + at]);
            let frame: Vec<((usize, usize), f64)> = bivectors(self.d).zip(diagonal).collect();
            let draws: Vec<Vec<f64>> = (0..STARTS).map(|_| direction(self.d, starts)).collect();
            max = self.largest_sectional(1.0, &frame, &draws, size);
            min = -self.largest_sectional(-1.0, &frame, &draws, size);
        }
        SectionalRange {
            min,
            max,
            lower,
            upper,
        }
    }

    /// The largest `sign · K` found from the extreme plane of the frame and the directions drawn.
    fn largest_sectional(
        &self,
        sign: f64,
        frame: &[((usize, usize), f64)],
        draws: &[Vec<f64>],
        size: f64,
    ) -> f64 {
        let best = frame
            .iter()
            .max_by(|x, y| (sign * x.1).total_cmp(&(sign * y.1)));
        let axis = best.map(|((a, _), _)| {
            let mut u = vec![0.0; self.d];
            u[*a] = 1.0;
            u
        });
        let starts = axis.into_iter().chain(draws.iter().cloned());
        let ends = starts.map(|u| self.alternating_maximisation(sign, u, COARSE * size));
        let top = ends.max_by(|x, y| x.0.total_cmp(&y.0));
        top.map_or(f64::NAN, |(_, u)| {
            self.alternating_maximisation(sign, u, FINE * size).0
        })
    }

    /// From u the plane through it with the largest `sign · K`, then again from the other direction,
    /// until less than `gain` is gained: the largest value, and a direction of its plane.
    fn alternating_maximisation(&self, sign: f64, mut u: Vec<f64>, gain: f64) -> (f64, Vec<f64>) {
        let mut best = f64::NEG_INFINITY;
        for _ in 0..VISITS {
            let mut form = self.tidal(&u);
            // u is in the kernel of T(u); it is moved below every other direction
            let shift = 2.0 * dot(&form, &form).sqrt();
            for (row, a) in form.chunks_exact_mut(self.d).zip(&u) {
                row.iter_mut()
                    .zip(&u)
                    .for_each(|(entry, b)| *entry = sign * *entry - shift * a * b);
            }
            let (top, v) = top_eigenpair(&form, self.d);
            // false for NaN too
            let gained = top > best + gain;
            best = best.max(top);
            if !gained {
                break;
            }
            u = v;
        }
        (best, u)
    }
}

/// The bivectors (a, b), a < b.
fn bivectors(d: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..d).flat_map(move |a| (a + 1..d).map(move |b| (a, b)))
}

/// A uniform unit vector.
fn direction(d: usize, stream: &mut Stream) -> Vec<f64> {
    let v: Vec<f64> = (0..d).map(|_| stream.normal()).collect();
    let length = dot(&v, &v).sqrt();
    v.iter().map(|v| v / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::charts::{Sphere, StereographicSphere};
    use crate::geometry::extrinsic::SecondFormRef;
    use crate::geometry::{LocalGeometry, Space, TensorRef, quantity};
    use crate::random::Purpose;
    use crate::tensor::SymmetricEigen;
    use geogate_laws::charts::Product;

    fn range(space: &dyn Space, x: &[f64]) -> SectionalRange {
        let mut local = LocalGeometry::new();
        let (form, frame) = local
            .at(space, x, (quantity::SecondForm, quantity::Frame))
            .unwrap();
        in_frame(form, frame).sectional_range(&mut Stream::new(1, Purpose::Test, 0))
    }

    /// II in a frame, columns the vectors.
    fn in_frame(form: SecondFormRef<'_>, frame: TensorRef<'_, 2>) -> FrameForm {
        let (d, n) = (form.dim(), form.ambient_dim());
        let mut entries = vec![0.0; pairs(d) * n];
        for (out, (a, b)) in entries.chunks_exact_mut(n).zip(index_pairs(d)) {
            for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
                add_scaled(out, frame[[i, a]] * frame[[j, b]], form.of(i, j));
            }
        }
        FrameForm { d, n, entries }
    }

    /// A sphere of radius 2: every plane has K = 1/4, and ℛ is I/4.
    #[test]
    fn a_sphere_has_one_curvature() {
        for d in [2, 3, 5] {
            let x: Vec<f64> = (0..d).map(|i| 0.3 + 0.1 * i as f64).collect();
            let range = range(&StereographicSphere::new(d, 2.0), &x);
            for k in [range.min, range.max, range.lower, range.upper] {
                assert!((k - 0.25).abs() < 1e-12, "{d}: {range:?}");
            }
        }
    }

    /// S²(1) × S²(2): K runs from 0 (mixed planes) to 1 (the first factor); ℛ = diag(1, 1/4, 0, …).
    #[test]
    fn a_product_of_spheres_runs_from_zero_to_one() {
        let product = Product::new(Sphere::new(2, 1.0), Sphere::new(2, 2.0));
        let range = range(&product, &[1.0, 0.2, 1.2, 0.4]);
        for (got, want) in [
            (range.min, 0.0),
            (range.max, 1.0),
            (range.lower, 0.0),
            (range.upper, 1.0),
        ] {
            assert!((got - want).abs() < 1e-9, "{range:?}");
        }
    }

    /// The real Veronese-like graph (x, |x|²/2 on one pair, −|y|²/2 on the other) at the origin:
    /// II = diag(1, 1, −1, −1) in one normal, so K = II_uu II_vv − II_uv² runs from −1 to 1, and ℛ
    /// has no other eigenvalues.
    #[test]
    fn one_normal_of_both_signs() {
        let signs = [1.0, 1.0, -1.0, -1.0];
        let mut entries = vec![0.0; pairs(4)];
        (0..4).for_each(|a| entries[pair(a, a)] = signs[a]);
        let form = FrameForm {
            d: 4,
            n: 1,
            entries,
        };
        let range = form.sectional_range(&mut Stream::new(2, Purpose::Test, 0));
        for (got, want) in [
            (range.min, -1.0),
            (range.max, 1.0),
            (range.lower, -1.0),
            (range.upper, 1.0),
        ] {
            assert!((got - want).abs() < 1e-12, "{range:?}");
        }
    }

    /// II of (x_1 x_2, x_3 x_4) at the origin: planes reach less than the operator's bound.
    /// ℛ(e_12) = −1, ℛ(e_34) = −1 and no coupling of ℛ's 12 and 34 blocks: bounds −1 and 0;
    /// for a null direction pair K ≤ 0 everywhere, attained.
    #[test]
    fn two_hyperbolic_normals() {
        let mut entries = vec![0.0; pairs(4) * 2];
        entries[pair(0, 1) * 2] = 1.0;
        entries[pair(2, 3) * 2 + 1] = 1.0;
        let form = FrameForm {
            d: 4,
            n: 2,
            entries,
        };
        let range = form.sectional_range(&mut Stream::new(3, Purpose::Test, 0));
        for (got, want) in [
            (range.min, -1.0),
            (range.max, 0.0),
            (range.lower, -1.0),
            (range.upper, 0.0),
        ] {
            assert!((got - want).abs() < 1e-12, "{range:?}");
        }
    }

    /// Of random forms the bounds are the ends of the full spectrum of ℛ, and the planes lie between.
    #[test]
    fn bounds_are_the_ends_of_the_spectrum() {
        let (d, n, count) = (7, 5, 21);
        let mut stream = Stream::new(4, Purpose::Test, 0);
        for _ in 0..10 {
            let entries = (0..pairs(d) * n).map(|_| stream.normal()).collect();
            let form = FrameForm { d, n, entries };
            let upper = form.operator();
            let lower = (0..count * count).map(|at| upper[at % count * count + at / count]);
            let values = SymmetricEigen::of(&lower.collect::<Vec<f64>>(), count).values;
            let range = form.sectional_range(&mut stream);
            let size = range.upper.abs().max(range.lower.abs());
            assert!((range.lower - values[0]).abs() < 1e-13 * size, "{range:?}");
            assert!((range.upper - values[count - 1]).abs() < 1e-13 * size);
            assert!(range.lower <= range.min && range.min < range.max && range.max <= range.upper);
        }
    }
}

//! Metric and second fundamental form in an orthonormal frame at every point of a batch.

use super::BatchGeometry;
use super::lane::{Lane, room, scatter};
use super::network::Network;
use super::tile::{Tiles, Workspace};
use super::value::{self, bend, components_of_bending};
use crate::geometry::conventions::pairs;
use crate::tensor::Real;

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
            value::frame(net, work, x);
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
        let (d, components) = (net.inputs(), components_of_bending(net));
        let tiles = Tiles::of(net, (points, &self.pool), value::columns_of_bending(net));
        let sizes = [d * d, pairs(d) * components, 1];
        let [factor, form, scalar] = tiles.map(sizes, |work, x, [factor, form, scalar]| {
            second_form(net, work, x, (form, scalar));
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

/// R of every point.
pub(super) fn scatter_factor<T: Real>(work: &Workspace<T>, d: usize, out: &mut [T]) {
    let (r, groups) = (&work.frame.r, work.sweep.groups);
    (0..groups).for_each(|g| scatter(out, (d * d, g), |at| r[at * groups + g]));
}

/// II in the frame and the scalar curvature of every point.
fn second_form<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    (form, out): (&mut [T], &mut [T]),
) {
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let (p, components) = (pairs(d), bend(net, work, x, true));
    let scalar = room(&mut work.local[0], groups);
    let sizes = (components, d, groups);
    work.bending.scalar(&work.frame, sizes, scalar);
    let second = &work.bending.second;
    for g in 0..groups {
        scatter(out, (1, g), |_| scalar[g]);
        scatter(form, (p * components, g), |at| {
            let (pair, component) = (at / components, at % components);
            second[(component * p + pair) * groups + g]
        });
    }
}

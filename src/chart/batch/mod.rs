//! The pullback geometry of a perceptron at many points.
//!
//! ```text
//! points ─ tiles of 8 to 48, lanes = points ─► value and d first-derivative columns, layer by layer
//!   metric, Jacobian      J alone
//!   connection            d reverse columns, or d(d+1)/2 forward ones where those cost less
//!   curvature             the second fundamental form: second derivatives, of which a frame takes the tangential
//!                         part, or reverse columns along normals where those cost less
//!   transitions           tangential second derivatives at both ends, reverse columns of φ_s and of φ_t ∘ τ
//!   geodesics             one more column, D²f(v, v), and a least-squares solution per stage
//!   gradients             the same passes backwards inside the tile
//!   a node of the tape    the scalar curvature of training, by the same passes both ways
//! ```
//!
//! A layer is one GEMM over all columns and points of a tile; the pass over an activation is one loop
//! that reads the GEMM's result and writes the next one's operand; the algebra of small matrices at a
//! point runs in all lanes at once. Tiles are cut by the shape of the network and the number of points
//! alone and share nothing, sums over tiles are made in a fixed order, and so the bits are the same
//! for any number of threads.
//!
//! At a single point units take the place of points in the lanes, under the same chain rule: the rungs of
//! [`geometry`](crate::geometry).
//!
//! **Memory**, beside input and output: one workspace per thread, whatever the number of points, kept as
//! long as the [`BatchGeometry`] (gradients keep one of their own); after a thread's first whole tile
//! nothing is allocated. With P points in a tile (as many as keep three layers' worth of a job's columns within
//! 768 KiB: 8, 16, 24 or 48 at most), w the widest layer, L layers and `p = d(d+1)/2`, in numbers:
//!
//! | job | about |
//! |---|---|
//! | metric, geodesics | `P L w (2d + 6)` |
//! | connection by reverse columns | `P L w (4d + 6)` |
//! | connection by forward columns | `P L w (2d + 6) + (n + 2 d) p P`, and a chunk of second derivatives of 512 KiB per layer |
//! | curvature by forward columns | `P L w (2d + 6) + (n + d) p P`, and such a chunk; Riemann `8 p²` more |
//! | curvature by normals | `P L w (2n + 6) + 2 (n − d) p P + (n + d) n P`; Riemann `8 p²` more |
//! | transitions | as the connection by reverse columns of φ_t ∘ τ, and the memory of φ_s and of φ_t beside it |
//! | gradients | as their quantity, `P L w (d + 1)` more and 16 sets of weights over all threads |
//! | gradients through forward second derivatives | `(2 L w + n) p P` on top |
//!
//! Beside these there are two copies of the weights, packed for products, where registers have 512 bits, and two
//! of the products `w_i w_j`, p numbers a unit of the first activation each. In proportion to the batch, beside
//! results, a geodesic keeps the last of its points, the search for degenerate points one number each, and a
//! logarithm up to `d² + 8 d` numbers a pair.

mod backward;
mod chain;
mod connection;
mod costs;
mod curvature;
mod frame;
mod geodesic;
mod gradient;
mod lane;
mod logarithm;
mod metric;
mod network;
mod node;
mod normals;
mod point;
mod reverse;
mod reverse_adjoint;
mod second_form;
mod sweep;
mod tile;
mod transition;

use std::fmt;

use super::perceptron::Perceptron;
use crate::geometry::{self, C1Map, ErrorKind, Jet1};
use crate::tensor::{Real, View, singular_values};

pub use geodesic::Geodesics;
use gradient::Run;
pub use gradient::{Gradient, LayerGradient};
pub use logarithm::{Logarithms, Shooting};
use network::Network;
pub use node::scalar_curvature;
pub(super) use point::{Derivatives, PointNetwork, PointSweep};
pub use second_form::SecondForms;
use tile::{Pool, Tiles, Workspace};
pub use transition::{BatchTransition, TransitionDefects};

/// A perceptron `R^d → Rⁿ` read as an immersion, over batches of points `[point][i]`, in single or
/// double precision.
///
/// **Degenerate points**, where `σ_max/σ_min` of the Jacobian is above 3.2·10⁶, in single precision 8.4·10³
/// ([the rule](crate::geometry::conventions#where-a-metric-is-degenerate)): a point costs its own numbers and no others. What belongs to one point, start or pair and needs the
/// inverse of the metric is NaN there, all of it; of geodesics and logarithms the evidence says so as
/// well. A mean over points has no value where one of them has none: the gradients return an error that
/// names the first. [`Self::immersion`] finds it beforehand, with the singular values of its Jacobian.
/// The metric and the Jacobian exist everywhere.
///
/// **Memory**: beside results, working memory that does not depend on the number of points, one to two
/// megabytes a thread for hidden layers of 128 up to d = 8, and in proportion to the width beyond; it is kept
/// from call to call, and nothing is allocated for a tile after a thread's first whole one. Geodesics (d numbers a
/// start), logarithms (up to `d² + 8 d` a pair) and [`Self::immersion`] (one a point) hold more while they run.
///
/// ```
/// use geogate::chart::{BatchGeometry, Dense, Perceptron};
/// use geogate::tensor::Tensor;
/// // (x, y) ↦ (2x, 3y), linear: g = diag(4, 9) everywhere
/// let stretch = Tensor::from_vec(2, 2, vec![2.0, 0.0, 0.0, 3.0]);
/// let map = Perceptron::new(vec![Dense::new(stretch, None, None)?])?;
/// let g = BatchGeometry::new(&map).metric(&[0.0, 0.0, 1.0, 1.0]);
/// assert_eq!(g, [4.0, 0.0, 0.0, 9.0, 4.0, 0.0, 0.0, 9.0]);
/// # Ok::<(), geogate::error::Error>(())
/// ```
pub struct BatchGeometry<'a, T = f64> {
    map: &'a Perceptron<T>,
    net: Network<'a, T>,
    pool: Pool<Workspace<T>>,
    runs: Pool<Run<T>>,
}

impl<T: Real> fmt::Debug for BatchGeometry<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("BatchGeometry");
        out.field("map", self.map).finish_non_exhaustive()
    }
}

/// Curvature at every point of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curvature<T = f64> {
    /// Riemann `R_ijkl`, `[point][i][j][k][l]`.
    pub riemann: Vec<T>,
    /// Ricci `Ric_ij`, `[point][i][j]`.
    pub ricci: Vec<T>,
    /// The scalar curvature, `[point]`.
    pub scalar: Vec<T>,
}

impl<'a, T: Real> BatchGeometry<'a, T> {
    /// The batched geometry of a map: its weights are prepared here, and working memory is kept from
    /// call to call, so that one value should serve many batches.
    pub fn new(map: &'a Perceptron<T>) -> Self {
        Self {
            map,
            net: Network::new(map.layers()),
            pool: Pool::new(),
            runs: Pool::new(),
        }
    }

    /// Has the Jacobian full [rank](geometry::conventions::rank) at all of these points? What is NaN elsewhere in this
    /// type is so at the points that fail.
    ///
    /// # Errors
    /// [`ErrorKind::Singular`] with the first point where it has not, and [`ErrorKind::NotFinite`] where it overflows.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn immersion(&self, points: &[T]) -> geometry::Result<()> {
        let d = self.net.inputs();
        let lengths = self.last_lengths(points);
        match lengths.iter().position(|length| !length.finite()) {
            Some(point) => Err(self.fault(&points[point * d..(point + 1) * d])),
            None => Ok(()),
        }
    }

    /// Why there is no number at a point.
    fn fault(&self, x: &[T]) -> geometry::Error {
        let map = self.map.cast::<f64>();
        let point: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let mut jet = Jet1::new();
        map.jet1(&point, &mut jet);
        let jac = View::new(jet.jac(), map.inputs(), map.outputs());
        let singular_values = singular_values(jac);
        let whole = singular_values.iter().all(|s| s.is_finite());
        let lost = !self.last_lengths(x)[0].finite();
        if whole && lost {
            return ErrorKind::Singular {
                what: "Jacobian of the batch's map",
                point,
                singular_values,
            }
            .into();
        }
        geometry::Error::not_finite("pullback geometry", &point)
    }

    /// The length of the part of the Jacobian's last column that is normal to the others, `[point]`; NaN
    /// where the metric is degenerate.
    #[track_caller]
    fn last_lengths(&self, points: &[T]) -> Vec<T> {
        let net = &self.net;
        let tiles = Tiles::of(net, (points, &self.pool), 0);
        let [lengths] = tiles.map([1], |work, x, [lengths]| {
            metric::last_length(net, work, x, lengths);
        });
        lengths
    }

    /// The pullback metric `g_ij = ⟨∂_i f, ∂_j f⟩`, `[point][i][j]`; degenerate points are points as
    /// others here.
    ///
    /// # Panics
    /// If `points` is not a whole number of points.
    #[track_caller]
    pub fn metric(&self, points: &[T]) -> Vec<T> {
        let net = &self.net;
        let d = net.inputs();
        let tiles = Tiles::of(net, (points, &self.pool), 0);
        let [g] = tiles.map([d * d], |work, x, [g]| metric::metric(net, work, x, g));
        g
    }

    /// The Jacobian `∂_i f`, `[point][i][component]`, and the pullback metric, `[point][i][j]`; at
    /// degenerate points too.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn jac_metric(&self, points: &[T]) -> (Vec<T>, Vec<T>) {
        let net = &self.net;
        let (d, n) = (net.inputs(), net.outputs());
        let tiles = Tiles::of(net, (points, &self.pool), 0);
        let [jac, g] = tiles.map([d * n, d * d], |work, x, [jac, g]| {
            metric::metric(net, work, x, g);
            metric::jacobian(net, work, jac);
        });
        (jac, g)
    }

    /// Christoffel symbols of the second kind `Γ^k_ij = g^kl ⟨∂_l f, ∂_i ∂_j f⟩`, `[point][k][i][j]`,
    /// by reverse columns where they are leaner than forward ones; NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn christoffel(&self, points: &[T]) -> Vec<T> {
        let net = &self.net;
        let d = net.inputs();
        let tiles = Tiles::of(net, (points, &self.pool), 2 * d);
        let [gamma] = tiles.map([d * d * d], |work, x, [gamma]| {
            connection::christoffel(net, work, x, gamma);
        });
        gamma
    }

    /// Riemann `R_ijkl = ⟨II_ik, II_jl⟩ − ⟨II_il, II_jk⟩`, Ricci and scalar curvature: d⁴ numbers a
    /// point, meant for d up to 8; NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn riemann(&self, points: &[T]) -> Curvature<T> {
        let mut out = Curvature::default();
        self.riemann_into(points, &mut out);
        out
    }

    /// [`Self::riemann`] into vectors that are there already, whatever they hold: fresh memory for d⁴
    /// numbers a point costs as much as a quarter of the computation. NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn riemann_into(&self, points: &[T], out: &mut Curvature<T>) {
        let net = &self.net;
        let d = net.inputs();
        let tiles = Tiles::of(
            net,
            (points, &self.pool),
            costs::columns_of_second_form(net),
        );
        let (sizes, count) = ([d * d * d * d, d * d, 1], points.len() / d);
        let parts = [&mut out.riemann, &mut out.ricci, &mut out.scalar];
        parts.into_iter().zip(sizes).for_each(|(part, size)| {
            part.resize(count * size, T::ZERO);
        });
        let places = curvature::riemann_places(d);
        let parts = [&mut out.riemann, &mut out.ricci, &mut out.scalar];
        tiles.map_into(sizes, parts.map(Vec::as_mut_slice), |work, x, out| {
            curvature::riemann(net, work, (x, &places), out);
        });
    }

    /// Ricci `Ric_jl = R^k_jkl`, `[point][j][l]`, and the scalar curvature, `[point]`, by the Gauss
    /// equation from the second fundamental form in an orthonormal frame; NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn ricci(&self, points: &[T]) -> (Vec<T>, Vec<T>) {
        let net = &self.net;
        let d = net.inputs();
        let tiles = Tiles::of(
            net,
            (points, &self.pool),
            costs::columns_of_second_form(net),
        );
        let [ricci, scalar] = tiles.map([d * d, 1], |work, x, [ricci, scalar]| {
            curvature::ricci(net, work, x, (ricci, scalar));
        });
        (ricci, scalar)
    }

    /// The scalar curvature `R = ⟨tr II, tr II⟩ − ⟨II, II⟩`, one number a point, as [`Self::ricci`]
    /// without the tensor; NaN at a degenerate point.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn ricci_scalar(&self, points: &[T]) -> Vec<T> {
        let net = &self.net;
        let tiles = Tiles::of(
            net,
            (points, &self.pool),
            costs::columns_of_second_form(net),
        );
        let [scalar] = tiles.map([1], |work, x, [scalar]| {
            curvature::ricci_scalar(net, work, x, scalar);
        });
        scalar
    }
}

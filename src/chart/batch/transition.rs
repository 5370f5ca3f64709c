//! Defects of a map between two charts at many points.
//!
//! For τ from the coordinates of φ_s to those of φ_t, with `C = φ_t ∘ τ`, the orthonormal frame `J_s e_c = t_c` at z and
//! the orthonormal tangents `u_a` of φ_t at τ(z), of which `P = Σ_a u_a u_aᵀ` is the projection:
//!
//! ```text
//! J_t Dτ = DC                   A_ac = ⟨u_a, DC e_c⟩             DC e_c = Σ_a u_a A_ac
//! J_t ∇dτ(v, w) = J_t (D²τ(v, w) + Γ_t(Dτ v, Dτ w) − Dτ Γ_s(v, w)) = P D²C(v, w) − DC Γ_s(v, w)
//! Γ_s(v, w) = Σ_c e_c ⟨t_c, D²φ_s(v, w)⟩
//! K_a(v, w) = ⟨u_a, J_t ∇dτ(v, w)⟩ = ⟨u_a, D²C(v, w)⟩ − Σ_c A_ac ⟨t_c, D²φ_s(v, w)⟩
//! isometry  ‖Aᵀ A − 1‖          affine  (Σ_a Σ_bc K_a(e_b, e_c)²)^½
//! ```
//!
//! P leaves of `D²C = D²φ_t(Dτ, Dτ) + J_t D²τ` what is tangent to φ_t, and of `D²φ_t` that is `J_t Γ_t`: neither
//! D²τ nor Γ_t is formed. The products with second derivatives are reverse columns, d along t and as many along u.

use std::fmt;

use super::BatchGeometry;
use super::frame::Frame;
use super::lane::{Grid, Lane, Part, fuse, gather, map, product, room, scatter, splat};
use super::network::Network;
use super::reverse::Reverse;
use super::second_form::scatter_factor;
use super::sweep::Sweep;
use super::tile::grouped;
use super::tile::{Pool, Tiles, Workspace};
use super::{curvature, metric};
use crate::chart::perceptron::Perceptron;
use crate::geometry::conventions::{index_pairs, pairs};
use crate::tensor::{Real, Write};

/// A map τ between the coordinates of two perceptrons, which are read as immersions, over batches of points.
///
/// ```
/// use geogate::chart::{BatchGeometry, BatchTransition, Dense, Perceptron};
/// use geogate::tensor::Tensor;
/// let linear = |rows, numbers| Perceptron::new(vec![Dense::new(Tensor::from_vec(2, rows, numbers), None, None)?]);
/// // a plane in R³ and the coordinates stretched to (x, 2y): squared lengths of unit vectors become 1 and 4
/// let plane = linear(3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0])?;
/// let tau = linear(2, vec![1.0, 0.0, 0.0, 2.0])?;
/// let geometry = BatchGeometry::new(&plane);
/// let transition = BatchTransition::new(&geometry, &geometry, &tau);
/// let found = transition.defects(&[0.5, 0.25], vec![0.5, 0.5]);
/// assert_eq!((found.isometry[0], found.affine[0]), (3.0, 0.0));
/// # Ok::<(), geogate::error::Error>(())
/// ```
pub struct BatchTransition<'a, T = f64> {
    from: &'a BatchGeometry<'a, T>,
    to: &'a BatchGeometry<'a, T>,
    /// `C = φ_t ∘ τ`.
    through: Perceptron<T>,
    pool: Pool<Workspace<T>>,
}

impl<T: Real> fmt::Debug for BatchTransition<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("BatchTransition");
        out.field("from", self.from).field("to", self.to);
        out.field("through", &self.through).finish_non_exhaustive()
    }
}

/// Defects of a transition at every point of a batch, and what lengths at both ends are measured with. NaN where a
/// metric they need is degenerate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransitionDefects<T = f64> {
    /// τ(z), `[point][a]`.
    pub images: Vec<T>,
    /// R of [`BatchGeometry::factor`] of the source at z, `[point][a][i]`.
    pub source_factor: Vec<T>,
    /// The same of the target at τ(z).
    pub target_factor: Vec<T>,
    /// `‖Eᵀ Dτᵀ g_t Dτ E − 1‖`, E being an orthonormal frame of the source: the Frobenius norm, `[point]`.
    pub isometry: Vec<T>,
    /// The norm `√(g_t_ab g_s^ik g_s^jl A^a_ij A^b_kl)` of `A = ∇dτ`, `[point]`.
    pub affine: Vec<T>,
    /// The scalar curvature of the target at τ(z), `[point]`: zero where it has one coordinate, or as many components.
    pub target_scalar: Vec<T>,
}

impl<'a, T: Real> BatchTransition<'a, T> {
    /// The transition τ.
    ///
    /// # Panics
    /// If τ does not lead from the coordinates of one to those of the other.
    #[track_caller]
    pub fn new(
        from: &'a BatchGeometry<'a, T>,
        to: &'a BatchGeometry<'a, T>,
        tau: &Perceptron<T>,
    ) -> Self {
        assert_eq!(
            from.net.inputs(),
            tau.inputs(),
            "coordinates of the source and of the map"
        );
        Self {
            from,
            to,
            through: tau.then(to.map),
            pool: Pool::new(),
        }
    }

    /// The defects at `points`, z of the source `[point][i]`, of which `images` are the values τ(z), `[point][a]`.
    ///
    /// # Panics
    /// If `points` is not a whole number of points, or there are not as many images.
    #[track_caller]
    pub fn defects(&self, points: &[T], images: Vec<T>) -> TransitionDefects<T> {
        let (d, e) = (self.from.net.inputs(), self.to.net.inputs());
        let net = Network::new(self.through.layers());
        let columns = super::costs::columns_of_second_form(&self.to.net).max(2 * e);
        let tiles = Tiles::of(&net, (points, &self.pool), columns);
        let count = points.len() / d;
        assert_eq!(images.len(), count * e, "coordinates of {count} images");
        let none = |size: usize| vec![T::ZERO; count * size];
        let mut out = TransitionDefects {
            images,
            source_factor: none(d * d),
            target_factor: none(e * e),
            isometry: none(1),
            affine: none(1),
            target_scalar: none(1),
        };
        let parts = [
            &mut out.images,
            &mut out.source_factor,
            &mut out.target_factor,
            &mut out.isometry,
            &mut out.affine,
            &mut out.target_scalar,
        ];
        let sizes = [e, d * d, e * e, 1, 1, 1];
        let parts = parts.map(Vec::as_mut_slice);
        tiles.map_into(sizes, parts, |work, z, parts| {
            self.tile(&net, work, z, parts);
        });
        out
    }

    /// One tile: points z, `[i][group]`, and the parts of the results in the order of [`TransitionDefects`].
    fn tile(
        &self,
        net: &Network<'_, T>,
        work: &mut Workspace<T>,
        z: &[Lane<T>],
        [images, of_source, of_target, isometry, affine, scalar]: [&mut [T]; 6],
    ) {
        let (d, e) = (self.from.net.inputs(), self.to.net.inputs());
        let groups = work.sweep.groups;
        let mut target = self.to.workspace(groups);
        let mut x = std::mem::take(&mut target.x);
        gather(images, e, groups, room(&mut x, e * groups));
        scalar_and_frame(&self.to.net, &mut target, &x[..e * groups], scalar);
        target.x = x;
        let mut source = self.from.workspace(groups);
        connection_and_frame(&self.from.net, &mut source, z);
        scatter_factor(&target, e, of_target);
        scatter_factor(&source, d, of_source);

        work.sweep.first(net, z, (None, 2));
        let Workspace {
            sweep,
            reverse,
            second_form,
            local: [covectors, hessians, matrices],
            ..
        } = work;
        let tangents = (target.frame.t.as_slice(), e);
        along(net, (sweep, reverse), tangents, [covectors, hessians]);
        let ends = Ends {
            jac: sweep.output(net),
            tangents: &target.frame.t,
            frame: &source.frame,
            connection: &source.local[1],
        };
        let sizes = (net.outputs(), d, e, groups);
        ends.compare(sizes, (hessians, matrices), isometry);
        second_form.along_normals(hessians, Some(&source.frame), (e, d, groups));
        for g in 0..groups {
            scatter(affine, (1, g), |_| {
                norm(&second_form.second, (e, d, groups), g)
            });
        }
        self.from.pool.give(source);
        self.to.pool.give(target);
    }
}

impl<T: Real> BatchGeometry<'_, T> {
    /// Working memory for a tile of so many groups.
    fn workspace(&self, groups: usize) -> Workspace<T> {
        let mut work = self.pool.take().unwrap_or_else(Workspace::new);
        work.sweep.groups = groups;
        work
    }
}

/// The frame of every point, and the scalar curvature, zero where there is no room for any.
fn scalar_and_frame<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    if d > 1 && n > d {
        return curvature::ricci_scalar(net, work, x, out);
    }
    metric::frame(net, work, x);
    // NaN where the frame is
    (0..groups).for_each(|g| scatter(out, (1, g), |_| map(&work.frame.r[g], |r| T::ZERO * r)));
}

/// The frame of every point, and `⟨t_c, ∂_i ∂_j f⟩` into `local[1]`, `[pair(i, j)][c][group]`.
fn connection_and_frame<T: Real>(net: &Network<'_, T>, work: &mut Workspace<T>, x: &[Lane<T>]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, 2));
    work.frame.of(jac, (n, d, d, groups));
    let [covectors, hessians, _] = &mut work.local;
    let passes = (&work.sweep, &mut work.reverse);
    along(net, passes, (&work.frame.t, d), [covectors, hessians]);
}

/// `⟨t_c, ∂_i ∂_j f⟩`, `[pair(i, j)][c][group]`, for `count` vectors t, `[c][component][group]`; `covectors` is for them in
/// another order.
fn along<T: Real>(
    net: &Network<'_, T>,
    (sweep, reverse): (&Sweep<T>, &mut Reverse<T>),
    (t, count): (&[Lane<T>], usize),
    [covectors, out]: [&mut Vec<Lane<T>>; 2],
) {
    let (n, groups) = (net.outputs(), sweep.groups);
    let covectors = room(covectors, n * count * groups);
    let rows = covectors.chunks_exact_mut(groups).enumerate();
    for (at, row) in rows {
        let (component, c) = (at / count, at % count);
        row.copy_from_slice(&t[(c * n + component) * groups..][..groups]);
    }
    let out = room(out, pairs(net.inputs()) * count * groups);
    reverse.hessians(net, sweep, (covectors, count), out);
}

/// First derivatives and frames at both ends of a transition, in a tile.
struct Ends<'w, T> {
    /// DC, `[component][i][group]`.
    jac: &'w [Lane<T>],
    /// u, `[a][component][group]`.
    tangents: &'w [Lane<T>],
    /// The frame of the source.
    frame: &'w Frame<T>,
    /// `⟨t_c, ∂_i ∂_j φ_s⟩`, `[pair(i, j)][c][group]`.
    connection: &'w [Lane<T>],
}

impl<T: Real> Ends<'_, T> {
    /// `⟨u_a, ∂_i ∂_j C⟩` becomes `K_a(∂_i, ∂_j)`, `[pair(i, j)][a][group]`, and the isometry defects go to `out`;
    /// sizes are components, coordinates of source and target, and groups.
    fn compare(
        &self,
        (n, d, e, groups): (usize, usize, usize, usize),
        (hessians, matrices): (&mut [Lane<T>], &mut Vec<Lane<T>>),
        out: &mut [T],
    ) {
        let whole = (Write::Replace, Part::Whole);
        let matrices = room(matrices, 2 * e * d + d * d);
        let (half, rest) = matrices.split_at_mut(e * d);
        let (minus_a, gram) = rest.split_at_mut(e * d);
        let dense = Grid::dense(d);
        for g in 0..groups {
            let of_source = grouped(d, groups, g);
            let tangents = (self.tangents, grouped(n, groups, g));
            let jac = (self.jac, of_source);
            product((&mut *half, dense), whole, tangents, jac, (e, n, d));
            half.iter_mut().for_each(|x| *x = map(x, |x| -x));
            let frame = (self.frame.e.as_slice(), of_source);
            product(
                (&mut *minus_a, dense),
                whole,
                (half, dense),
                frame,
                (e, d, d),
            );
            product(
                (&mut *hessians, grouped(e, groups, g)),
                (Write::Add, Part::Whole),
                (self.connection, of_source),
                (minus_a, dense.t()),
                (pairs(d), d, e),
            );
            product(
                (&mut *gram, dense),
                (Write::Replace, Part::Lower),
                (minus_a, dense.t()),
                (minus_a, dense),
                (d, e, d),
            );
            scatter(out, (1, g), |_| departure(gram, d));
        }
    }
}

/// `‖M − 1‖` for a symmetric matrix of d rows, given on and below the diagonal.
#[inline(always)]
fn departure<T: Real>(m: &[Lane<T>], d: usize) -> Lane<T> {
    let (mut on, mut below) = (splat(T::ZERO), splat(T::ZERO));
    for i in 0..d {
        let apart = map(&m[i * d + i], |x| x - T::ONE);
        fuse(&mut on, &apart, &apart);
        m[i * d..i * d + i]
            .iter()
            .for_each(|x| fuse(&mut below, x, x));
    }
    root_of_sum(&on, &below)
}

/// `(Σ_a Σ_bc K_a(e_b, e_c)²)^½` of group g, K being `[a][pair(b, c)][group]`.
#[inline(always)]
fn norm<T: Real>(k: &[Lane<T>], (e, d, groups): (usize, usize, usize), g: usize) -> Lane<T> {
    let (mut on, mut off) = (splat(T::ZERO), splat(T::ZERO));
    for k in k.chunks_exact(pairs(d) * groups).take(e) {
        for (k, (b, c)) in k.chunks_exact(groups).zip(index_pairs(d)) {
            fuse(if b == c { &mut on } else { &mut off }, &k[g], &k[g]);
        }
    }
    root_of_sum(&on, &off)
}

/// `√(on + 2 off)`: the norm of a symmetric matrix from the squares on its diagonal and on one side of it.
#[inline(always)]
fn root_of_sum<T: Real>(on: &Lane<T>, off: &Lane<T>) -> Lane<T> {
    std::array::from_fn(|p| (on[p] + off[p] + off[p]).root())
}

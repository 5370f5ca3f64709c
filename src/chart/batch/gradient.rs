//! Gradients of geometric losses with respect to the weights of a map.
//!
//! Forward and backward run inside a tile: the loss of a point is a function of its own derivatives,
//! so nothing of a tile is needed after it but its sums.
//!
//! | loss | adjoints |
//! |---|---|
//! | mean ‖g − I‖² | `J̄_i = 4 (g_ij − δ_ij) J_j` |
//! | mean Σ (Γ^k_ij)² | `Y_l = g^lk Γ̄_k`, `J̄_l = ∂Φ/∂J_l − (Z_lm + Z_ml) J_m`, `Z_lm = Y_l^ij Γ^m_ij`, with Φ of [`super::reverse_adjoint`] |
//! | mean R² | `H̄_ab = 2 R B_ab`, `B_ab = 2 (δ_ab tr II − II_ab)`, `J̄_c = −2 R (B_ab ⟨t_c, H_ab⟩ + 4 Ric_cd t_d)` |
//!
//! The last in an orthonormal frame, held fixed: `dR = ⟨B_ab, dII_ab⟩ − 2 Ric_cd dg_cd`. B is normal, so of
//! `II_ab = H_ab − Γ^c_ab J_c` only `⟨B_ab, dH_ab⟩ − ⟨t_c, H_ab⟩ ⟨B_ab, dJ_c⟩` is left: neither a derivative of
//! the frame nor one of the Christoffel symbols.

use rayon::prelude::*;

use super::backward::{Backward, Sums};
use super::lane::{Grid, Lane, Part, add, fuse, gather, map, product, room, splat, zip};
use super::network::Network;
use super::reverse_adjoint::{Given, ReverseAdjoint, sum_of_squares};
use super::tile::grouped;
use super::tile::{Tiles, Workspace};
use super::{BatchGeometry, connection, costs, metric, second_form};
use crate::geometry;
use crate::geometry::conventions::pairs;
use crate::tensor::{Real, Tensor, Write, gemm};

/// Sums are made over this many runs of tiles, each in order, and then over the runs in order.
const RUNS: usize = 16;

/// A loss and its gradient with respect to every weight of a perceptron.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient<T = f64> {
    /// The mean over the points; zero where there is none.
    pub loss: f64,
    /// The gradient, layer by layer.
    pub layers: Vec<LayerGradient<T>>,
}

/// The gradient with respect to one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerGradient<T = f64> {
    /// With respect to W, `[in, out]`.
    pub weight: Tensor<T>,
    /// With respect to b, if the layer has one.
    pub bias: Option<Vec<T>>,
}

/// The working memory of a run.
pub(super) struct Run<T> {
    work: Workspace<T>,
    back: Backward<T>,
    reverse: ReverseAdjoint<T>,
    /// Weight of every point in the mean; zero where a group is not full.
    share: Vec<Lane<T>>,
    /// Loss of every point.
    loss: Vec<Lane<T>>,
    /// Adjoints of what the loss is made of: Γ, or second derivatives `[component][pair][group]`.
    adjoint: Vec<Lane<T>>,
    /// Adjoints of the scalar curvature, `[group]`.
    factor: Vec<Lane<T>>,
    /// Matrices of d rows and columns.
    square: Vec<Lane<T>>,
    sums: Sums<T>,
}

impl<T: Real> BatchGeometry<'_, T> {
    /// The mean of `‖g − I‖² = Σ_ij (g_ij − δ_ij)²` over the points and its weight gradient;
    /// degenerate points are points as others here.
    ///
    /// # Errors
    /// [`ErrorKind::NotFinite`](geometry::ErrorKind::NotFinite) with the first point where the metric overflows.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn grad_metric(&self, points: &[T]) -> geometry::Result<Gradient<T>> {
        let net = &self.net;
        let tiles = Tiles::of(net, (points, &self.pool), net.inputs());
        self.gradient(&tiles, points, metric)
    }

    /// The mean of `Σ_kij (Γ^k_ij)²` over the points and its weight gradient.
    ///
    /// # Errors
    /// [`ErrorKind::Singular`](geometry::ErrorKind::Singular) with the first point where the Jacobian has not full rank,
    /// and [`ErrorKind::NotFinite`](geometry::ErrorKind::NotFinite) where something overflows.
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn grad_christoffel(&self, points: &[T]) -> geometry::Result<Gradient<T>> {
        let net = &self.net;
        let tiles = Tiles::of(net, (points, &self.pool), 5 * net.inputs());
        self.gradient(&tiles, points, christoffel)
    }

    /// The mean of R², R the scalar curvature, over the points and its weight gradient.
    ///
    /// # Errors
    /// As [`Self::grad_christoffel`].
    ///
    /// # Panics
    /// As [`Self::metric`].
    #[track_caller]
    pub fn grad_scalar(&self, points: &[T]) -> geometry::Result<Gradient<T>> {
        let net = &self.net;
        let tiles = Tiles::of(
            net,
            (points, &self.pool),
            2 * net.inputs() + 2 * pairs(net.inputs()),
        );
        self.gradient(&tiles, points, scalar)
    }

    /// Sums `tile` over all tiles, run by run.
    fn gradient(
        &self,
        tiles: &Tiles<'_, T>,
        points: &[T],
        tile: fn(&Network<'_, T>, &mut Run<T>, &[Lane<T>]),
    ) -> geometry::Result<Gradient<T>> {
        let net = &self.net;
        let (d, len) = (net.inputs(), tiles.len());
        let count = points.len() / d;
        let share = T::from_f64(1.0 / count.max(1) as f64);
        let whole = count.div_ceil(len);
        let runs = (0..RUNS.min(whole)).into_par_iter().map(|at| {
            let mut run = self.runs.take().unwrap_or_else(Run::new);
            run.sums = Sums::new(net);
            let of = RUNS.min(whole);
            for tile_at in whole * at / of..whole * (at + 1) / of {
                let part = &points[tile_at * len * d..count.min((tile_at + 1) * len) * d];
                let groups = tiles.groups_of(part);
                run.of_groups(groups);
                let mut x = std::mem::take(&mut run.work.x);
                let lanes = room(&mut x, d * groups);
                gather(part, d, groups, lanes);
                run.share(part.len() / d, share);
                run.back.clear(net, groups);
                tile(net, &mut run, lanes);
                run.work.x = x;
                run.add_loss(tile_at * len);
            }
            let sums = std::mem::replace(&mut run.sums, Sums::none());
            self.runs.give(run);
            sums
        });
        let runs: Vec<_> = runs.collect();
        let mut sums = Sums::new(net);
        runs.iter().for_each(|run| sums.absorb(run));
        match sums.fault {
            Some(point) => Err(self.fault(&points[point * d..(point + 1) * d])),
            None => Ok(Gradient {
                loss: sums.loss,
                layers: layers(net, sums),
            }),
        }
    }
}

impl<T: Real> Run<T> {
    fn new() -> Self {
        Self {
            work: Workspace::new(),
            back: Backward::default(),
            reverse: ReverseAdjoint::default(),
            share: Vec::new(),
            loss: Vec::new(),
            adjoint: Vec::new(),
            factor: Vec::new(),
            square: Vec::new(),
            sums: Sums::none(),
        }
    }

    /// Makes ready for a tile of this many groups.
    fn of_groups(&mut self, groups: usize) {
        self.work.sweep.groups = groups;
        self.loss.resize(groups, splat(T::ZERO));
    }

    /// The same weight for the first `count` points, none for the others.
    fn share(&mut self, count: usize, share: T) {
        let groups = self.loss.len();
        let shares = room(&mut self.share, groups).as_flattened_mut();
        shares.fill(T::ZERO);
        shares[..count].fill(share);
    }

    /// Adds the losses of a tile whose first point is number `from`.
    fn add_loss(&mut self, from: usize) {
        let numbers = self
            .loss
            .as_flattened()
            .iter()
            .zip(self.share.as_flattened());
        for (at, (&loss, &share)) in numbers.enumerate().filter(|(_, (_, s))| **s > T::ZERO) {
            if !loss.finite() && self.sums.fault.is_none() {
                self.sums.fault = Some(from + at);
            }
            self.sums.loss += loss.to_f64() * share.to_f64();
        }
    }
}

/// mean ‖g − I‖².
fn metric<T: Real>(net: &Network<'_, T>, run: &mut Run<T>, x: &[Lane<T>]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), run.loss.len());
    let jac = run.work.sweep.first(net, x, (None, 2));
    let g = room(&mut run.work.local[0], 2 * d * d);
    let (g, excess) = g.split_at_mut(d * d);
    let bar = room(&mut run.back.bar, n * d * groups);
    for group in 0..groups {
        metric::gram_of_columns((jac, &mut *g), (n, d, d, groups), group);
        let mut loss = splat(T::ZERO);
        for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
            let unit = if i == j { T::ONE } else { T::ZERO };
            let departure = map(&g[i.max(j) * d + i.min(j)], |g| g - unit);
            fuse(&mut loss, &departure, &departure);
            let four = T::from_f64(4.0);
            excess[i * d + j] = zip(&departure, &run.share[group], |x, s| four * x * s);
        }
        run.loss[group] = loss;
        let grid = grouped(d, groups, group);
        let write = (Write::Replace, Part::Whole);
        let excess = (&*excess, Grid::dense(d));
        product((&mut *bar, grid), write, (jac, grid), excess, (n, d, d));
    }
    run.back
        .first(net, &run.work.sweep, (x, None), &mut run.sums);
}

/// mean Σ Γ².
fn christoffel<T: Real>(net: &Network<'_, T>, run: &mut Run<T>, x: &[Lane<T>]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), run.loss.len());
    let (p, size) = (pairs(d), pairs(d) * d * groups);
    let forward = !costs::reverse_is_leaner(net);
    connection::second_kind(net, &mut run.work, x, (3, forward));
    let [y, g_inv, gamma] = &mut run.work.local;
    // the adjoint of Γ^k_ij, i ≤ j, and then Y in place of Γ_{l,ij}
    let adjoint = room(&mut run.adjoint, size);
    sum_of_squares(net, gamma, &run.share, (&mut run.loss, adjoint));
    let bar = room(&mut run.back.bar, n * d * groups);
    let jac = run.work.sweep.output(net);
    let (z, symmetric) = room(&mut run.square, 2 * d * d).split_at_mut(d * d);
    for g in 0..groups {
        let (grid, dense) = (grouped(d, groups, g), Grid::dense(d));
        let write = (Write::Replace, Part::Whole);
        product(
            (&mut *y, grid),
            write,
            (adjoint, grid),
            (g_inv, grid),
            (p, d, d),
        );
        product(
            (&mut *z, dense),
            write,
            (y, grid.t()),
            (gamma, grid),
            (d, p, d),
        );
        for (l, m) in (0..d * d).map(|at| (at / d, at % d)) {
            symmetric[l * d + m] = zip(&z[l * d + m], &z[m * d + l], |a, b| -(a + b));
        }
        product(
            (&mut *bar, grid),
            write,
            (jac, grid),
            (symmetric, dense),
            (n, d, d),
        );
    }
    if forward {
        forward_columns(net, run);
    } else {
        let given = Given {
            sweep: &run.work.sweep,
            reverse: &run.work.reverse,
            y: &run.work.local[0][..size],
            count: d,
        };
        run.reverse.run(net, given, (&mut run.back, &mut run.sums));
        let covectors = run.reverse.covectors()[..n * d * groups].iter();
        let bars = run.back.bar.iter_mut().zip(covectors);
        bars.for_each(|(bar, covector)| add(bar, covector));
    }
    run.back
        .first(net, &run.work.sweep, (x, None), &mut run.sums);
}

/// The gradient of `Σ_l Y_l,ij ⟨J_l, H_ij⟩` through forward second derivatives: `H̄_ij = Y_l,ij J_l`,
/// `J̄_l += Y_l,ij H_ij`.
fn forward_columns<T: Real>(net: &Network<'_, T>, run: &mut Run<T>) {
    let (d, n, groups) = (net.inputs(), net.outputs(), run.loss.len());
    let p = pairs(d);
    let (y, jac) = (&run.work.local[0], run.work.sweep.output(net));
    let adjoint = room(&mut run.adjoint, n * p * groups);
    for g in 0..groups {
        let (first, second) = (grouped(d, groups, g), grouped(p, groups, g));
        let (write, add) = ((Write::Replace, Part::Whole), (Write::Add, Part::Whole));
        product(
            (&mut *adjoint, second),
            write,
            (jac, first),
            (y, first.t()),
            (n, d, p),
        );
        let hessians = (run.work.second_form.second.as_slice(), second);
        product(
            (&mut run.back.bar, first),
            add,
            hessians,
            (y, first),
            (n, p, d),
        );
    }
    let way = (&mut run.back, &mut run.sums);
    second_columns(net, (&run.work, &run.adjoint), way);
}

/// The backward pass of all second derivatives, of which the adjoints are given, `[component][pair][group]`.
fn second_columns<T: Real>(
    net: &Network<'_, T>,
    (work, adjoint): (&Workspace<T>, &[Lane<T>]),
    (back, sums): (&mut Backward<T>, &mut Sums<T>),
) {
    let (n, p, groups) = (net.outputs(), net.indices.len(), work.sweep.groups);
    for chunk in work.chunks_of(net) {
        let len = chunk.range.len() * groups;
        let rows = adjoint.chunks_exact(p * groups).take(n);
        let columns = room(&mut back.second, n * len).chunks_exact_mut(len);
        for (row, out) in rows.zip(columns) {
            out.copy_from_slice(&row[chunk.range.start * groups..][..len]);
        }
        back.pairs(net, (&work.sweep, chunk), sums);
    }
}

/// mean R².
fn scalar<T: Real>(net: &Network<'_, T>, run: &mut Run<T>, x: &[Lane<T>]) {
    let (d, n, groups) = (net.inputs(), net.outputs(), run.loss.len());
    second_form::second_form_for_gradient(net, &mut run.work, x);
    let factor = room(&mut run.factor, groups);
    let form = &mut run.work.second_form;
    form.ricci(&run.work.frame, (n, d, groups), factor);
    for ((factor, loss), share) in factor.iter_mut().zip(&mut run.loss).zip(&run.share) {
        *loss = zip(factor, factor, |a, b| a * b);
        *factor = zip(factor, share, |r, s| (r + r) * s);
    }
    let way = (&mut run.back, &mut run.sums);
    let buffers = [&mut run.adjoint, &mut run.square];
    scalar_by_pairs(net, (&run.work, x, factor), buffers, way);
}

/// The gradient of `Σ R̄ R` over the points of a tile, R̄ being `factor`, `[group]`, after II by all pairs forward in an
/// orthonormal frame, and Ric.
pub(super) fn scalar_by_pairs<T: Real>(
    net: &Network<'_, T>,
    (work, x, factor): (&Workspace<T>, &[Lane<T>], &[Lane<T>]),
    [adjoint, ricci]: [&mut Vec<Lane<T>>; 2],
    (back, sums): (&mut Backward<T>, &mut Sums<T>),
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let (p, form) = (pairs(d), &work.second_form);
    let ricci = room(ricci, d * d * groups);
    for (at, out) in ricci.iter_mut().enumerate() {
        let minus_four = T::from_f64(-4.0);
        *out = zip(&form.ricci[at], &factor[at % groups], |r, f| {
            minus_four * r * f
        });
    }
    let adjoint = room(adjoint, n * p * groups);
    let seconds = form
        .second
        .chunks_exact(p * groups)
        .zip(form.trace.chunks_exact(groups));
    for ((seconds, trace), out) in seconds.zip(adjoint.chunks_exact_mut(p * groups)) {
        adjoint_of_second_form(net, [seconds, trace, factor], out);
    }
    let bar = room(&mut back.bar, n * d * groups);
    for g in 0..groups {
        let (first, second) = (grouped(d, groups, g), grouped(p, groups, g));
        let (write, add) = ((Write::Replace, Part::Whole), (Write::Add, Part::Whole));
        let tangential = (form.tangential.as_slice(), second.t());
        product(
            (&mut *bar, first),
            write,
            (adjoint, second),
            tangential,
            (n, p, d),
        );
        let t = (work.frame.t.as_slice(), grouped(n, groups, g).t());
        product((&mut *bar, first), add, t, (ricci, first), (n, d, d));
    }
    second_columns(net, (work, adjoint), (&mut *back, &mut *sums));
    back.first(net, &work.sweep, (x, Some(&work.frame.e)), sums);
}

/// `2 R B` of one component, over symmetric pairs: `B_aa = 2 (tr II − II_aa)`, and for a < b both
/// orders of `B_ab = −2 II_ab`.
fn adjoint_of_second_form<T: Real>(
    net: &Network<'_, T>,
    [seconds, trace, factor]: [&[Lane<T>]; 3],
    out: &mut [Lane<T>],
) {
    let (two, four, groups) = (T::from_f64(2.0), T::from_f64(4.0), factor.len());
    for (q, &(a, b)) in net.indices.iter().enumerate() {
        for g in 0..groups {
            let (at, second) = (q * groups + g, &seconds[q * groups + g]);
            let of = if a == b {
                zip(&trace[g], second, |t, x| two * (t - x))
            } else {
                map(second, |x| -four * x)
            };
            out[at] = zip(&of, &factor[g], |b, f| b * f);
        }
    }
}

/// The sums as gradients of the layers.
pub(super) fn layers<T: Real>(net: &Network<'_, T>, mut sums: Sums<T>) -> Vec<LayerGradient<T>> {
    let width = net.width(net.first);
    for (unit, row) in sums.products.chunks_exact(net.indices.len()).enumerate() {
        for (&s, &(i, j)) in row.iter().zip(&net.indices) {
            sums.weight[i * width + unit] += s * net.weight.row(j)[unit];
            sums.weight[j * width + unit] += s * net.weight.row(i)[unit];
        }
    }
    let mut out = beginning(net, &sums.bias, &sums.weight);
    let later = sums.later.into_iter().zip(net.layers).skip(net.first + 1);
    out.extend(later.map(|((weight, bias), layer)| LayerGradient {
        weight: Tensor::from_vec(layer.inputs(), layer.outputs(), weight),
        bias: layer.bias().map(|_| bias),
    }));
    out
}

/// Gradients of the layers of the affine beginning from those of the map `x ↦ x W + b` they make: the
/// layers run on the rows (0, e_1, …, e_d), of which the first meets the biases.
fn beginning<T: Real>(net: &Network<'_, T>, bias: &[T], weight: &[T]) -> Vec<LayerGradient<T>> {
    let (d, layers) = (net.inputs(), &net.layers[..=net.first]);
    let unit = |i: usize, j: usize| if i == j + 1 { T::ONE } else { T::ZERO };
    let mut rows = vec![Tensor::from_fn(1 + d, d, unit)];
    for (k, layer) in layers[..net.first].iter().enumerate() {
        let mut out = Tensor::zeros(1 + d, layer.outputs());
        let w = layer.weight().view();
        gemm(out.as_mut_slice(), Write::Replace, rows[k].view(), w);
        if let Some(bias) = layer.bias() {
            out.row_mut(0)
                .iter_mut()
                .zip(bias)
                .for_each(|(o, &b)| *o += b);
        }
        rows.push(out);
    }
    let mut bar = Tensor::from_vec(1 + d, net.width(net.first), [bias, weight].concat());
    let mut gradients = Vec::new();
    for (layer, rows) in layers.iter().zip(&rows).rev() {
        let mut weight = Tensor::zeros(layer.inputs(), layer.outputs());
        gemm(
            weight.as_mut_slice(),
            Write::Replace,
            rows.view().t(),
            bar.view(),
        );
        let bias = layer.bias().map(|_| bar.row(0).to_vec());
        gradients.push(LayerGradient { weight, bias });
        let mut before = Tensor::zeros(1 + d, layer.inputs());
        gemm(
            before.as_mut_slice(),
            Write::Replace,
            bar.view(),
            layer.weight().view().t(),
        );
        bar = before;
    }
    gradients.reverse();
    gradients
}

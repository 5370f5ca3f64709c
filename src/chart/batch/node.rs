//! The scalar curvature of a chart `φ: R^d → R^m` as one node of the tape, with adjoints of points and weights.
//!
//! Forward, at every point, with the frame `t_c = e_ic J_i` of the tangent space and an orthonormal frame ν of the
//! normal space, `A^ν_ab = e_ia e_jb ⟨ν, H_ij⟩` from m − d reverse columns ([`super::reverse`]):
//!
//! ```text
//! R = Σ_ν ((tr A^ν)² − |A^ν|²)        Ric_cd = Σ_ν (tr A^ν A^ν − A^ν A^ν)_cd
//! ```
//!
//! **The way back.** R depends on J and H through `II_ab = H_ab − t_c ⟨t_c, H_ab⟩` and the metric. At one point
//! the vectors `e_c`, and with them the frame, may be held fixed while J and H move; what the metric `g_cd` of the frame
//! then does is `dg_cd = ⟨dJ_c, t_d⟩ + ⟨t_c, dJ_d⟩`, `dJ_c = e_ic dJ_i`:
//!
//! ```text
//! dR = ⟨B_ab, dII_ab⟩ − 2 Ric_cd dg_cd       B_ab = 2 (δ_ab tr II − II_ab) = Σ_ν ν B^ν_ab       sums over all a, b, c, d
//! ```
//!
//! B is normal, so that of `dII_ab` only `dH_ab − ⟨t_c, H_ab⟩ dJ_c` is left: neither a derivative of the frames
//! nor one of Christoffel symbols. With the adjoint R̄ of R and
//!
//! ```text
//! Y^ν_ij = 2 R̄ e_ia (δ_ab tr A^ν − A^ν_ab) e_jb        Φ = Σ_ν Y^ν_ij ⟨ν, H_ij⟩        h_ν = ∂Φ/∂ν = Y^ν_ij H_ij
//! ```
//!
//! Y and ν held, `R̄ B_ab ⟨t_c, H_ab⟩ = Σ_ν ν ⟨t_c, h_ν⟩`, and therefore
//!
//! ```text
//! R̄ dR = dΦ + ⟨J̄_i, dJ_i⟩        J̄_i = −e_ic (Σ_ν ν ⟨t_c, h_ν⟩ + 4 R̄ Ric_cd t_d)
//! ```
//!
//! The gradient of Φ and `h_ν` are the adjoint of the reverse columns ([`super::reverse_adjoint`]), J̄ goes back through the
//! first derivatives ([`super::backward`]), and what both leave at the affine beginning gives x̄. Neither a second
//! derivative nor a Christoffel symbol is formed. Forward there are d + 1 columns and m − d reverse ones; back,
//! m − d of that adjoint and d + 1, each meeting the weights twice. Where d(d + 1)/2 pairs forward cost less than m − d
//! reverse columns (the rule of the batch's curvature, about m − d > d(d + 1)/2), II comes from those, and goes back as
//! the table of [`super::gradient`] says.
//!
//! | buffer | index order |
//! |---|---|
//! | A^ν | `[ν][pair(a, b)][group]` |
//! | B^ν, and half turned | `[ν][a][b]` of one group, `[ν][a][i]` |
//! | Y | `[pair(i, j)][ν][group]`, both orders of i < j together |
//! | h | `[component][ν][group]` |
//! | J̄ | `[component][i][group]` |
//!
//! **Precision** is that of the tape's numbers, where [`Tape::scalar_curvature`](crate::autograd::Tape::scalar_curvature)
//! works in double precision: it inverts g, whose condition is the square of that of J, of which the frame is made here.

use std::sync::Arc;

use super::backward::{Backward, Sums};
use super::costs::normals_are_leaner;
use super::gradient::{LayerGradient, layers, scalar_by_pairs};
use super::lane::{Grid, LANES, Lane, Part, gather, map, product, room, scatter, splat, zip};
use super::network::Network;
use super::reverse_adjoint::{Given, ReverseAdjoint};
use super::second_form::seconds;
use super::tile::grouped;
use super::tile::{Pool, TILE_BYTES, Workspace};
use crate::autograd::{Breakdown, Forward, Masked, Reverse, Rule, Var};
use crate::chart::Dense;
use crate::geometry::conventions::{index_pairs, pair, pairs};
use crate::nn::{Mlp, Pass};
use crate::tensor::{Real, Tensor, View, Write, elementwise, singular_values};

/// The scalar curvature R of the pullback metric of a network `R^d → R^m`, d < m, at every row of the points z,
/// `[rows, d]`, as `[rows, 1]`, with gradients of z and of the weights. A sphere of radius r has R = d(d − 1)/r². At
/// degenerate rows R is 0, without gradient.
///
/// # Panics
/// If the points are not of d coordinates, if m is not above d, or if there is dropout, under which no chart stays
/// the same.
#[track_caller]
pub fn scalar_curvature<T: Real>(pass: &mut Pass<'_, T>, chart: &Mlp, z: Var) -> Masked {
    assert!(
        pass.dropout.is_none(),
        "scalar_curvature: a chart has no dropout"
    );
    let (layers, inputs) = layers_of(pass, chart, z);
    let net = Network::new(&layers);
    let (tape, sizes) = (&mut *pass.tape, (net.inputs(), net.outputs()));
    let (rows, cols) = tape.shape(z);
    assert!(
        cols == sizes.0 && sizes.0 < sizes.1,
        "scalar_curvature: points of {cols} coordinates, a chart {sizes:?}"
    );
    let memory: Arc<Memory<T>> = tape.memory();
    let mut out = tape.buffer(rows, 1);
    let mut breakdown = Breakdown {
        rows,
        ..Breakdown::default()
    };
    let len = points_of_tile(&net, rows);
    let mut tiles = Vec::with_capacity(rows.div_ceil(len));
    let mut degenerate = Vec::new();
    let points = tape.value(z).as_slice().chunks(len * cols);
    for (points, out) in points.zip(out.as_mut_slice().chunks_mut(len)) {
        let mut work = memory.tiles.take().unwrap_or_else(Workspace::new);
        let lost = second_form(&net, &mut work, (points, out));
        if let (Some(&first), true) = (lost.first(), degenerate.is_empty()) {
            breakdown.singular_values = singular_values_at(&net, &work, first);
        }
        degenerate.extend(lost.iter().map(|at| tiles.len() * len + at));
        tiles.push(work);
    }
    breakdown.degenerate = degenerate.len();
    tape.note(breakdown);
    let rule = ScalarCurvature {
        layers,
        len,
        tiles,
        degenerate: degenerate.clone(),
        memory,
    };
    let value = tape.record(rule, &inputs, [out]);
    Masked { value, degenerate }
}

/// The layers of a network with the weights of a pass, and the variables z, W and b of every layer.
fn layers_of<T: Real>(pass: &Pass<'_, T>, chart: &Mlp, z: Var) -> (Vec<Dense<T>>, Vec<Var>) {
    let last = chart.layers().len() - 1;
    let mut inputs = vec![z];
    let layers = chart.layers().iter().enumerate().map(|(k, layer)| {
        let (w, b) = layer.vars(pass.weights);
        inputs.extend([w].into_iter().chain(b));
        let bias = b.map(|b| pass.tape.value(b).as_slice().to_vec());
        let activation = (k < last).then(|| chart.activation());
        Dense::unchecked(pass.tape.value(w).clone(), bias, activation)
    });
    (layers.collect(), inputs)
}

/// Points of a tile: as many as fit, and as many in one tile as in another.
fn points_of_tile<T: Real>(net: &Network<'_, T>, rows: usize) -> usize {
    let (d, count) = (net.inputs(), net.outputs() - net.inputs());
    let columns = 3 * (d + 1) + 4 + 2 * count;
    let bytes = columns * net.widest() * size_of::<Lane<T>>();
    let (most, groups) = ((TILE_BYTES / bytes).max(1), rows.div_ceil(LANES).max(1));
    groups.div_ceil(groups.div_ceil(most)) * LANES
}

/// R of the points of a tile, and all that the way back needs into the workspace; the points at which the metric is
/// degenerate are the result.
fn second_form<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    (points, out): (&[T], &mut [T]),
) -> Vec<usize> {
    let (d, n, groups) = (net.inputs(), net.outputs(), out.len().div_ceil(LANES));
    work.sweep.groups = groups;
    let x = room(&mut work.x, d * groups);
    gather(points, d, groups, x);
    let jac = work.sweep.first(net, x, (None, 3));
    work.frame.of(jac, (n, d, d, groups));
    let mut lost = work.frame.stand_in((n, d, groups));
    lost.retain(|&at| at < out.len());
    let mut components = n;
    if normals_are_leaner(net) {
        components = n - d;
        work.normals.of(&work.frame, (n, d, groups));
        let normals = &work.normals.nu[..n * components * groups];
        let along = room(&mut work.local[0], pairs(d) * components * groups);
        work.reverse
            .hessians(net, &work.sweep, (normals, components), along);
        let sizes = (components, d, groups);
        work.second_form
            .along_normals(along, Some(&work.frame), sizes);
    } else {
        work.sweep.reframe(net, &work.frame.e);
        seconds(net, work, (true, true));
    }
    let scalar = room(&mut work.local[0], groups);
    let sizes = (components, d, groups);
    work.second_form.ricci(&work.frame, sizes, scalar);
    (0..groups).for_each(|g| scatter(out, (1, g), |_| scalar[g]));
    lost.iter().for_each(|&at| out[at] = T::ZERO);
    lost
}

/// The singular values of J at a point of a tile, descending.
fn singular_values_at<T: Real>(
    net: &Network<'_, T>,
    work: &Workspace<T>,
    point: usize,
) -> Vec<f64> {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let (g, lane) = (point / LANES, point % LANES);
    let columns = work.sweep.output(net).chunks_exact(groups);
    let jac: Vec<f64> = columns.map(|entry| entry[g][lane].to_f64()).collect();
    singular_values(View::new(&jac, n, d))
}

/// Working memory that stays from step to step.
struct Memory<T> {
    tiles: Pool<Workspace<T>>,
    adjoints: Pool<Adjoints<T>>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            tiles: Pool::new(),
            adjoints: Pool::new(),
        }
    }
}

/// R at every row; inputs z and then W and b of every layer.
struct ScalarCurvature<T: Real> {
    layers: Vec<Dense<T>>,
    /// Points of a tile.
    len: usize,
    /// The tiles as their way forward has left them.
    tiles: Vec<Workspace<T>>,
    degenerate: Vec<usize>,
    memory: Arc<Memory<T>>,
}

impl<T: Real> Drop for ScalarCurvature<T> {
    fn drop(&mut self) {
        let tiles = self.tiles.drain(..);
        tiles.for_each(|work| self.memory.tiles.give(work));
    }
}

/// What the inputs of the node get: x̄, `[row][d]`, and W̄ and b̄ of every layer.
struct Gradients<T> {
    points: Vec<T>,
    layers: Vec<LayerGradient<T>>,
}

impl<T: Real> Gradients<T> {
    /// The gradients in the order of the inputs.
    fn each(&self) -> impl Iterator<Item = &[T]> {
        let layers = self.layers.iter();
        let of_layers =
            layers.flat_map(|layer| [Some(layer.weight.as_slice()), layer.bias.as_deref()]);
        std::iter::once(self.points.as_slice()).chain(of_layers.flatten())
    }
}

impl<T: Real> ScalarCurvature<T> {
    /// The gradients of `Σ_row R̄ R`.
    fn gradients(&self, bars: &[T]) -> Gradients<T> {
        let net = Network::new(&self.layers);
        let d = net.inputs();
        let mut points = vec![T::ZERO; bars.len() * d];
        let mut sums = Sums::new(&net);
        let mut adjoints = self.memory.adjoints.take().unwrap_or_default();
        let parts = points.chunks_mut(self.len * d).zip(bars.chunks(self.len));
        for (at, (work, (points, bars))) in self.tiles.iter().zip(parts).enumerate() {
            let sound = |&(place, _): &(usize, &T)| {
                self.degenerate
                    .binary_search(&(at * self.len + place))
                    .is_err()
            };
            let seeds = room(&mut adjoints.seeds, work.sweep.groups);
            seeds.fill(splat(T::ZERO));
            for (place, &bar) in bars.iter().enumerate().filter(sound) {
                seeds[place / LANES][place % LANES] = bar;
            }
            adjoints.pull_back(&net, work, (points, &mut sums));
        }
        self.memory.adjoints.give(adjoints);
        let layers = layers(&net, sums);
        Gradients { points, layers }
    }
}

impl<T: Real> Rule<T> for ScalarCurvature<T> {
    fn name(&self) -> &'static str {
        "scalar curvature"
    }

    /// The module's way back.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(bars) = at.adjoint(0) else { return };
        let gradients = self.gradients(bars.as_slice());
        for (input, gradient) in gradients.each().enumerate() {
            if at.wants(input) {
                let (out, write) = at.accumulate(input);
                elementwise::map(out.as_mut_slice(), write, gradient, |g| g);
            }
        }
    }

    /// `Ṙ = ⟨∂R/∂z, ż⟩ + ⟨∂R/∂W, Ẇ⟩ + …`, row after row by the way back.
    fn tangent(&self, at: &mut Forward<'_, T>) {
        let rows = at.value(0).rows();
        let mut out = Tensor::zeros(rows, 1);
        for row in 0..rows {
            let mut bars = vec![T::ZERO; rows];
            bars[row] = T::ONE;
            let gradients = self.gradients(&bars);
            for (input, gradient) in gradients.each().enumerate() {
                let tangent = at.tangent(input).map_or(&[][..], Tensor::as_slice);
                for (&g, &t) in gradient.iter().zip(tangent) {
                    out.row_mut(row)[0] += g * t;
                }
            }
        }
        at.set(0, out);
    }
}

/// The buffers of the way back.
#[derive(Default)]
struct Adjoints<T> {
    back: Backward<T>,
    adjoint: ReverseAdjoint<T>,
    /// R̄, `[group]`.
    seeds: Vec<Lane<T>>,
    /// B^ν of one group, and half turned.
    forms: [Vec<Lane<T>>; 2],
    /// Y.
    y: Vec<Lane<T>>,
    /// Small matrices of one group.
    small: [Vec<Lane<T>>; 4],
    /// x̄, `[i][group]`.
    x: Vec<Lane<T>>,
}

impl<T: Real> Adjoints<T> {
    /// The gradients of `Σ R̄ R` over the points of a tile: x̄, `[point][i]`, and what is added to the sums.
    fn pull_back(
        &mut self,
        net: &Network<'_, T>,
        work: &Workspace<T>,
        (points, sums): (&mut [T], &mut Sums<T>),
    ) {
        let (d, groups) = (net.inputs(), work.sweep.groups);
        let x = &work.x[..d * groups];
        self.back.clear(net, groups);
        if normals_are_leaner(net) {
            self.along_normals(net, work, sums);
        } else {
            let (given, buffers) = (
                (work, x, &self.seeds[..groups]),
                [&mut self.y, &mut self.small[0]],
            );
            scalar_by_pairs(net, given, buffers, (&mut self.back, sums));
        }
        let x = room(&mut self.x, d * groups);
        self.back.points(net, groups, x);
        for g in 0..groups {
            scatter(points, (d, g), |i| x[i * groups + g]);
        }
    }

    /// The way back of the module's head.
    fn along_normals(&mut self, net: &Network<'_, T>, work: &Workspace<T>, sums: &mut Sums<T>) {
        let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
        self.second_form(work, (n - d, d));
        let given = Given {
            sweep: &work.sweep,
            reverse: &work.reverse,
            y: &self.y[..pairs(d) * (n - d) * groups],
            count: n - d,
        };
        self.adjoint.run(net, given, (&mut self.back, sums));
        self.jacobian(work, (n, d));
        let x = &work.x[..d * groups];
        self.back.first(net, &work.sweep, (x, None), sums);
    }

    /// `Y^ν_ij = 2 R̄ e_ia (δ_ab tr A^ν − A^ν_ab) e_jb` of `count` normals.
    fn second_form(&mut self, work: &Workspace<T>, (count, d): (usize, usize)) {
        let (groups, p) = (work.sweep.groups, pairs(d));
        let [form, half] = &mut self.forms;
        let (form, half) = (room(form, count * d * d), room(half, count * d * d));
        let y = room(&mut self.y, p * count * groups);
        let (second_form, write) = (&work.second_form, (Write::Replace, Part::Whole));
        let dense = Grid::dense(d);
        for g in 0..groups {
            let e = (work.frame.e.as_slice(), grouped(d, groups, g));
            let minus_two = map(&self.seeds[g], |bar| -(bar + bar));
            for normal in 0..count {
                let trace = &second_form.trace[normal * groups + g];
                for (q, (a, b)) in index_pairs(d).enumerate() {
                    let mut entry = second_form.second[(normal * p + q) * groups + g];
                    if a == b {
                        entry = zip(&entry, trace, |entry, trace| entry - trace);
                    }
                    entry = zip(&entry, &minus_two, |entry, bar| entry * bar);
                    form[(normal * d + a) * d + b] = entry;
                    form[(normal * d + b) * d + a] = entry;
                }
            }
            let transposed = (e.0, e.1.t());
            product(
                (&mut *half, dense),
                write,
                (form, dense),
                transposed,
                (count * d, d, d),
            );
            for normal in 0..count {
                let start = normal * d * d;
                let of_normal = Grid { start, ..dense };
                let right = (&*half, of_normal);
                let write = (Write::Replace, Part::Lower);
                product((&mut *form, of_normal), write, e, right, (d, d, d));
                for (i, j) in index_pairs(d) {
                    let weight = if i == j { T::ONE } else { T::ONE + T::ONE };
                    let turned = &form[start + j * d + i];
                    y[(pair(i, j) * count + normal) * groups + g] = map(turned, |x| weight * x);
                }
            }
        }
    }

    /// `J̄_i = −e_ic (Σ_ν ν ⟨t_c, h_ν⟩ + 4 R̄ Ric_cd t_d)` into the way back, h being what that adjoint has left.
    fn jacobian(&mut self, work: &Workspace<T>, (n, d): (usize, usize)) {
        let (groups, count) = (work.sweep.groups, n - d);
        let [s, turned, ricci, raised] = &mut self.small;
        let (s, turned) = (room(s, d * count), room(turned, d * count));
        let (ricci, raised) = (room(ricci, d * d), room(raised, d * d));
        let bar = room(&mut self.back.bar, n * d * groups);
        let h = self.adjoint.covectors();
        let (by_normal, square) = (Grid::dense(count), Grid::dense(d));
        let (write, add) = ((Write::Replace, Part::Whole), (Write::Add, Part::Whole));
        for g in 0..groups {
            let e = (work.frame.e.as_slice(), grouped(d, groups, g));
            let t = (work.frame.t.as_slice(), grouped(n, groups, g));
            let along = grouped(count, groups, g);
            product((&mut *s, by_normal), write, t, (h, along), (d, n, count));
            s.iter_mut().for_each(|s| *s = map(s, |s| -s));
            let right = (&*s, by_normal);
            product((&mut *turned, by_normal), write, e, right, (d, d, count));
            let minus_four = map(&self.seeds[g], |bar| T::from_f64(-4.0) * bar);
            for (at, ricci) in ricci.iter_mut().enumerate() {
                let entry = &work.second_form.ricci[at * groups + g];
                *ricci = zip(entry, &minus_four, |r, f| r * f);
            }
            let transposed = (e.0, e.1.t());
            let left = (&*ricci, square);
            product((&mut *raised, square), write, left, transposed, (d, d, d));
            let out = grouped(d, groups, g);
            let normals = (work.normals.nu.as_slice(), along);
            let right = (&*turned, by_normal.t());
            product((&mut *bar, out), write, normals, right, (n, count, d));
            let tangents = (t.0, t.1.t());
            product(
                (&mut *bar, out),
                add,
                tangents,
                (&*raised, square),
                (n, d, d),
            );
        }
    }
}

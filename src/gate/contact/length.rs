//! Geodesic lengths of a chart, differentiable in the weights and the end points.
//!
//! The squared distance of two points is the least energy of a path between them. With K segments
//!
//! ```text
//! E(x_1, …, x_{K−1}) = K Σ_k |φ(x_{k+1}) − φ(x_k)|²,   x_0 and x_K the end points
//! ```
//!
//! is minimised over the interior nodes *off* the tape, and evaluated *on* it at the nodes found.
//!
//! **The gradient is exact.** At the minimum E* the derivative by every interior node is zero, so
//! `dE*/dp = ∂E/∂p + Σ_k ∂E/∂x_k · dx_k/dp = ∂E/∂p` for every weight or end point p: the nodes may be
//! held fixed (the envelope theorem). What an unconverged node leaves in the gradient is of first
//! order in [`ShortestPath::residual`], in the value of second.
//!
//! **The discretisation** is of order 2: the chords of a curve of ambient curvature κ and length ℓ are
//! shorter than their arcs, `E* = ℓ² (1 − κ²ℓ²/12K² + O(K⁻⁴))`.

use crate::autograd::Var;
use crate::autograd::jet::Jet;
use crate::nn::{Mlp, Pass};
use crate::tensor::{Real, Tensor, small};

use super::pushed::axes;

/// How the least energy is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathSettings {
    /// Segments K, at least 1; with one segment the length is the chord.
    pub segments: usize,
    /// A path is taken as shortest once its residual is below this times `1 + |u|/c`, u its first
    /// image and c its mean chord: differences of images are known to roundings of the images.
    pub tolerance: f64,
    /// Most Gauss–Newton steps.
    pub steps: usize,
}

impl PathSettings {
    /// K = 4, and a tolerance a thousand roundings large: `10³ ε` of the numbers' type.
    pub fn of<T: Real>() -> Self {
        const SEGMENTS: usize = 4;
        const ROUNDINGS: f64 = 1e3;
        const STEPS: usize = 20;
        Self {
            segments: SEGMENTS,
            tolerance: ROUNDINGS * T::ROUNDOFF.to_f64(),
            steps: STEPS,
        }
    }
}

/// The energy of shortest paths, and how well they are known.
#[derive(Clone, Debug)]
pub struct ShortestPath {
    /// The least energy, `[rows, 1]`: the squared length.
    pub energy: Var,
    /// The largest `√(∇Eᵀ H⁻¹ ∇E / 2E)` over the rows, H the Gauss–Newton matrix: the size of the step
    /// that the nodes would still take, relative to the length.
    pub residual: f64,
    /// The most Gauss–Newton steps that a row took.
    pub steps: usize,
    /// Rows whose path meets degenerate points, where the nodes are not determined; their energy is
    /// that of a path, but not of the shortest.
    pub degenerate: Vec<usize>,
}

/// The least energy of paths in the chart `phi` from `from` to `to`, both `[rows, d]`. Every row
/// takes its own steps, so its path does not depend on the others.
///
/// # Panics
/// If there is no segment or the shapes differ.
#[track_caller]
pub fn shortest_path<T: Real>(
    pass: &mut Pass<'_, T>,
    phi: &Mlp,
    (from, to): (Var, Var),
    settings: PathSettings,
) -> ShortestPath {
    let (rows, d) = pass.tape.shape(from);
    let k = settings.segments;
    assert!(k > 0, "shortest_path: no segments");
    assert_eq!(pass.tape.shape(to), (rows, d), "shortest_path: end points");
    let mut search = NodeRelaxation::new(pass, (from, to), k);
    search.run(pass, phi, settings);
    let mut points = vec![from];
    if k > 1 {
        points.push(pass.tape.constant(&search.interior()));
    }
    points.push(to);
    let points = pass.tape.concat_rows(&points);
    let images = phi.forward(pass, points);
    let starts = pass.tape.slice_rows(images, 0, k * rows);
    let ends = pass.tape.slice_rows(images, rows, (k + 1) * rows);
    let squares = pass.tape.row_square_distance(ends, starts); // [k · rows, 1]
    let of_segment = |segment: usize| {
        let part = pass
            .tape
            .slice_rows(squares, segment * rows, (segment + 1) * rows);
        (part, T::from_f64(k as f64))
    };
    let parts: Vec<(Var, T)> = (0..k).map(of_segment).collect();
    ShortestPath {
        energy: pass.tape.combination(&parts),
        residual: search.residual,
        steps: search.steps,
        degenerate: search.degenerate,
    }
}

/// What became of a row.
enum NodeStep {
    /// The row's nodes have taken a step.
    Moved,
    /// The row's nodes stay, with this residual.
    Stopped(f64),
    /// The Gauss–Newton matrix is not positive definite.
    Degenerate,
}

/// Nodes on their way to the minimum.
struct NodeRelaxation<T> {
    /// Nodes x_0, …, x_K, `[(K + 1) · rows, d]`, one block of rows after the other.
    nodes: Tensor<T>,
    rows: usize,
    segments: usize,
    /// Rows still moving.
    moving: Vec<usize>,
    residual: f64,
    steps: usize,
    degenerate: Vec<usize>,
}

impl<T: Real> NodeRelaxation<T> {
    /// Straight lines in the chart's coordinates.
    fn new(pass: &Pass<'_, T>, (from, to): (Var, Var), segments: usize) -> Self {
        let (a, b) = (pass.tape.value(from), pass.tape.value(to));
        let rows = a.rows();
        let nodes = Tensor::from_fn((segments + 1) * rows, a.cols(), |at, j| {
            let (k, i) = (at / rows, at % rows);
            let share = T::from_f64(k as f64 / segments as f64);
            a.row(i)[j] + share * (b.row(i)[j] - a.row(i)[j])
        });
        Self {
            nodes,
            rows,
            segments,
            moving: if segments > 1 {
                (0..rows).collect()
            } else {
                Vec::new()
            },
            residual: 0.0,
            steps: 0,
            degenerate: Vec::new(),
        }
    }

    fn interior(&self) -> Tensor<T> {
        let (rows, inner) = (self.rows, self.segments - 1);
        let entries = self.nodes.row_block(rows, self.segments * rows).to_vec();
        Tensor::from_vec(inner * rows, self.nodes.cols(), entries)
    }

    /// Gauss–Newton steps until every row is below the tolerance.
    fn run(&mut self, pass: &mut Pass<'_, T>, phi: &Mlp, settings: PathSettings) {
        for step in 0..=settings.steps {
            if self.moving.is_empty() {
                break;
            }
            let last = step == settings.steps;
            let (images, columns) = self.linearised(pass, phi);
            for i in std::mem::take(&mut self.moving) {
                let limits = (settings.tolerance, last);
                match self.advance(i, (&images, &columns), limits) {
                    NodeStep::Degenerate => self.degenerate.push(i),
                    NodeStep::Moved => self.moving.push(i),
                    NodeStep::Stopped(residual) => self.residual = self.residual.max(residual),
                }
            }
            self.steps = step;
        }
        self.degenerate.sort_unstable();
    }

    /// Images of the nodes and Jacobian columns there, without gradient.
    fn linearised(&self, pass: &mut Pass<'_, T>, phi: &Mlp) -> (Tensor<T>, Tensor<T>) {
        let (all, d) = self.nodes.shape();
        let weights = pass.weights;
        pass.tape.no_grad(|tape| {
            let mut pass = Pass::new(tape, weights);
            let x = pass.tape.constant(&self.nodes);
            let axes = pass.tape.constant(&axes::<T>(all, d));
            let jet = Jet::along(pass.tape, x, &[], &[]).extended(pass.tape, (axes, d), &[]);
            let jet = phi.forward_jet(&mut pass, jet);
            let (value, columns) = (jet.value(pass.tape), jet.firsts(pass.tape, 0, d));
            (tape.value(value).clone(), tape.value(columns).clone())
        })
    }

    /// One Gauss–Newton step of row i, unless it is converged (or this is the `last` look).
    fn advance(
        &mut self,
        i: usize,
        linear: (&Tensor<T>, &Tensor<T>),
        (tolerance, last): (f64, bool),
    ) -> NodeStep {
        let system = self.system(i, linear);
        if system.energy == 0.0 {
            return NodeStep::Stopped(0.0);
        }
        let n = system.gradient.len();
        let mut factor = vec![0.0; n * n];
        if !small::cholesky(n, &system.matrix, &mut factor) {
            return NodeStep::Degenerate;
        }
        let mut step = system.gradient.clone();
        small::solve_lower(n, &factor, &mut step);
        small::solve_upper(n, &factor, &mut step);
        let decrement = small::dot(&system.gradient, &step).max(0.0);
        let residual = (decrement / system.energy).sqrt();
        let chord = (system.energy / self.segments as f64).sqrt();
        if residual <= tolerance * (1.0 + system.size / chord) || last {
            return NodeStep::Stopped(residual);
        }
        let (d, rows) = (self.nodes.cols(), self.rows);
        for (at, &s) in step.iter().enumerate() {
            let node = (at / d + 1) * rows + i;
            self.nodes.row_mut(node)[at % d] += T::from_f64(s);
        }
        NodeStep::Moved
    }

    /// The Gauss–Newton system of row i: block tridiagonal, `2 J_kᵀJ_k` and `−J_kᵀJ_{k+1}`.
    fn system(&self, i: usize, (images, columns): (&Tensor<T>, &Tensor<T>)) -> GaussNewtonSystem {
        let (d, rows, inner) = (self.nodes.cols(), self.rows, self.segments - 1);
        let all = (self.segments + 1) * rows;
        let numbers = |of: &Tensor<T>, at: usize| -> Vec<f64> {
            of.row(at).iter().map(|x| x.to_f64()).collect()
        };
        let image = |k: usize| numbers(images, k * rows + i);
        let u: Vec<Vec<f64>> = (0..=self.segments).map(image).collect();
        let interior = (1..=inner).flat_map(|k| (0..d).map(move |c| (k, c)));
        let jac: Vec<Vec<f64>> = interior
            .map(|(k, c)| numbers(columns, c * all + k * rows + i))
            .collect();
        let n = inner * d;
        let (mut matrix, mut gradient) = (vec![0.0; n * n], vec![0.0; n]);
        let mut energy = 0.0;
        for k in 0..self.segments {
            let chord: Vec<f64> = u[k + 1].iter().zip(&u[k]).map(|(b, a)| b - a).collect();
            energy += small::dot(&chord, &chord);
            for (node, sign) in [(k, 1.0), (k + 1, -1.0)] {
                for c in (0..d).filter(|_| (1..=inner).contains(&node)) {
                    let at = (node - 1) * d + c;
                    gradient[at] += sign * small::dot(&jac[at], &chord);
                }
            }
        }
        // the factorisation reads the lower triangle
        for (p, q) in (0..n).flat_map(|p| (0..=p).map(move |q| (p, q))) {
            let factor = match p / d - q / d {
                0 => 2.0,
                1 => -1.0,
                _ => continue,
            };
            matrix[p * n + q] = factor * small::dot(&jac[p], &jac[q]);
        }
        GaussNewtonSystem {
            matrix,
            gradient,
            energy,
            size: small::dot(&u[0], &u[0]).sqrt(),
        }
    }
}

/// The Gauss–Newton problem of one row, linearised about its nodes.
struct GaussNewtonSystem {
    matrix: Vec<f64>,
    /// Half the descent direction of `Σ_k |u_{k+1} − u_k|²` by the interior nodes.
    gradient: Vec<f64>,
    /// `Σ_k |u_{k+1} − u_k|²`.
    energy: f64,
    /// |u_0|.
    size: f64,
}

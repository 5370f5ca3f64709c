//! The covariance of labels from distances, products and ratios between their points, and the gradient of a function of
//! it by the hyperparameters.

use std::ops::Range;

use faer::prelude::ReborrowMut;
use faer::{Mat, MatMut};

use super::each;
use super::hyperparameters::{Component, Hyperparameters};
use super::points::Points;
use crate::tensor::elementwise::vectorised;

/// Columns that are computed together.
const STRIP: usize = 64;

/// Labels of one task that follow each other: the task's covariance is looked up once for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) rows: Range<usize>,
    pub(super) task: usize,
}

/// The runs of labels of these tasks, in their order.
pub(super) fn runs(tasks: &[usize]) -> Vec<Run> {
    let mut first = 0;
    let chunks = tasks.chunk_by(|a, b| a == b);
    chunks
        .map(|chunk| {
            let rows = first..first + chunk.len();
            first = rows.end;
            Run {
                rows,
                task: chunk[0],
            }
        })
        .collect()
}

/// `out_i += C_st k_i` over the labels `rows`, s the task of label i: their covariance in one component with a label of
/// task t. `covariance` is `s ↦ C_st`; `out` and `k` begin with the first of `rows`.
pub(super) fn add_column(
    out: &mut [f64],
    k: &[f64],
    (rows, runs): (Range<usize>, &[Run]),
    covariance: impl Fn(usize) -> f64,
) {
    for run in runs {
        let (begin, end) = (run.rows.start.max(rows.start), run.rows.end.min(rows.end));
        if begin < end {
            let (begin, end) = (begin - rows.start, end - rows.start);
            let c = covariance(run.task);
            let pairs = out[begin..end].iter_mut().zip(&k[begin..end]);
            vectorised(
                #[inline(always)]
                || pairs.for_each(|(out, k)| *out += c * k),
            );
        }
    }
}

/// The lower triangle of `K = Σ_c C^c ∘ k_c + diag σ²`, `[n][n]`, of labels of these tasks at these n points, from their
/// coordinates, of which nothing is kept.
pub(super) fn of_points(
    points: &Points,
    tasks: &[usize],
    components: &[Component],
    theta: &Hyperparameters,
    parallel: bool,
) -> Mat<f64> {
    let n = points.len();
    let runs = runs(tasks);
    let mut covariance = Mat::<f64>::zeros(n, n);
    let strip = |(first, mut strip): (usize, MatMut<'_, f64>)| {
        let (rows, columns) = (first..n, first..first + strip.ncols());
        let mut bases = points.bases(rows.clone(), (points, columns.clone()), components);
        for ((base, component), of) in bases.iter_mut().zip(components).zip(&theta.components) {
            component.kernel.evaluate(base, of.log_length.exp());
            for (j, k) in base.chunks_exact(rows.len()).enumerate() {
                let task = tasks[first + j];
                let out = strip.rb_mut().col_mut(j).try_as_col_major_mut();
                let out = &mut out.expect("columns are contiguous").as_slice_mut()[first..];
                add_column(out, k, (rows.clone(), &runs), |s| of.covariance(s, task));
            }
        }
        for j in 0..strip.ncols() {
            strip[(first + j, j)] += theta.noise(tasks[first + j]);
        }
    };
    each(parallel, strips(covariance.as_mut()), strip);
    covariance
}

/// The matrix in strips of [`STRIP`] columns, each with the index of its first.
pub(super) fn strips(matrix: MatMut<'_, f64>) -> Vec<(usize, MatMut<'_, f64>)> {
    let mut strips = Vec::new();
    let (mut rest, mut first) = (matrix, 0);
    while rest.ncols() > 0 {
        let columns = STRIP.min(rest.ncols());
        let (strip, others) = rest.split_at_col_mut(columns);
        strips.push((first, strip));
        (rest, first) = (others, first + columns);
    }
    strips
}

/// Distances, products and ratios between labels, lower triangles, kept while a search evaluates kernels on them.
#[derive(Clone, Debug)]
pub(super) struct Bases {
    /// By strip of columns and component, `[columns][rows from the strip's first on]`.
    strips: Vec<Vec<Vec<f64>>>,
    runs: Vec<Run>,
    tasks: Vec<usize>,
}

impl Bases {
    /// Between labels of these tasks at these points.
    pub(super) fn new(
        points: &Points,
        tasks: &[usize],
        components: &[Component],
        parallel: bool,
    ) -> Self {
        let n = points.len();
        let firsts: Vec<usize> = (0..n).step_by(STRIP).collect();
        let strip = |first: usize| {
            points.bases(first..n, (points, first..n.min(first + STRIP)), components)
        };
        Self {
            strips: each(parallel, firsts, strip),
            runs: runs(tasks),
            tasks: tasks.to_vec(),
        }
    }

    /// The lower triangle of `K = Σ_c C^c ∘ k_c + diag σ²`, `[n][n]`.
    pub(super) fn covariance(
        &self,
        components: &[Component],
        theta: &Hyperparameters,
        parallel: bool,
    ) -> Mat<f64> {
        let n = self.tasks.len();
        let mut covariance = Mat::<f64>::zeros(n, n);
        let strip = |((first, mut strip), bases): ((usize, MatMut<'_, f64>), &Vec<Vec<f64>>)| {
            let mut k = Vec::new();
            for ((base, component), of) in bases.iter().zip(components).zip(&theta.components) {
                k.clone_from(base);
                component.kernel.evaluate(&mut k, of.log_length.exp());
                for (j, k) in k.chunks_exact(n - first).enumerate() {
                    let task = self.tasks[first + j];
                    let out = column(&mut strip, j);
                    add_column(&mut out[first..], k, (first..n, &self.runs), |s| {
                        of.covariance(s, task)
                    });
                }
            }
            for j in 0..strip.ncols() {
                strip[(first + j, j)] += theta.noise(self.tasks[first + j]);
            }
        };
        let both = strips(covariance.as_mut()).into_iter().zip(&self.strips);
        each(parallel, both.collect(), strip);
        covariance
    }

    /// With `dF = ½ Σ_ij G_ij dK_ij`, the gradient of F by the hyperparameters in the order of their vector. `weights`
    /// holds the lower triangle of G.
    pub(super) fn gradient(
        &self,
        components: &[Component],
        theta: &Hyperparameters,
        weights: &Mat<f64>,
        parallel: bool,
    ) -> Vec<f64> {
        let (n, tasks) = (self.tasks.len(), theta.tasks());
        let strip = |(index, bases): (usize, &Vec<Vec<f64>>)| {
            let first = index * STRIP;
            let mut sums = Sums::zero(components.len(), tasks);
            for j in 0..STRIP.min(n - first) {
                let column = weights.col(first + j).try_as_col_major();
                let mut g =
                    column.expect("columns are contiguous").as_slice()[first + j..].to_vec();
                sums.noise[self.tasks[first + j]] += 0.5 * g[0];
                g[0] *= 0.5;
                sums.add(self, (first, j), &g, (bases, components, theta));
            }
            sums
        };
        let numbered: Vec<_> = self.strips.iter().enumerate().collect();
        let all = each(parallel, numbered, strip);
        let zero = Sums::zero(components.len(), tasks);
        all.into_iter().fold(zero, Sums::plus).gradient(theta)
    }
}

fn column<'a>(strip: &'a mut MatMut<'_, f64>, j: usize) -> &'a mut [f64] {
    let column = strip.rb_mut().col_mut(j).try_as_col_major_mut();
    column.expect("columns are contiguous").as_slice_mut()
}

/// Sums over entries, from which a gradient is made.
struct Sums {
    /// `Σ G k` by component and pair of tasks `[component][s][t]`.
    values: Vec<f64>,
    /// `Σ G C ∂k/∂ log ℓ` by component.
    lengths: Vec<f64>,
    /// `½ Σ G_ii` by task.
    noise: Vec<f64>,
}

impl Sums {
    fn zero(components: usize, tasks: usize) -> Self {
        Self {
            values: vec![0.0; components * tasks * tasks],
            lengths: vec![0.0; components],
            noise: vec![0.0; tasks],
        }
    }

    /// The entries of column `first + j` from the diagonal on, whose weights are `g`.
    fn add(
        &mut self,
        of: &Bases,
        (first, j): (usize, usize),
        g: &[f64],
        (bases, components, theta): (&[Vec<f64>], &[Component], &Hyperparameters),
    ) {
        let (n, tasks, at) = (of.tasks.len(), theta.tasks(), first + j);
        let t = of.tasks[at];
        for (c, (base, component)) in bases.iter().zip(components).enumerate() {
            let base = &base[j * (n - first) + j..(j + 1) * (n - first)];
            let length = theta.components[c].log_length.exp();
            for run in of.runs.iter().filter(|run| run.rows.end > at) {
                let rows = run.rows.start.max(at) - at..run.rows.end - at;
                let [value, slope] =
                    (component.kernel).weighted(&base[rows.clone()], &g[rows], length);
                self.values[(c * tasks + run.task) * tasks + t] += value;
                self.lengths[c] += slope * theta.components[c].covariance(run.task, t);
            }
        }
    }

    fn plus(mut self, other: Self) -> Self {
        let add = |to: &mut Vec<f64>, from: Vec<f64>| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        add(&mut self.values, other.values);
        add(&mut self.lengths, other.lengths);
        add(&mut self.noise, other.noise);
        self
    }

    /// By log ℓ, a, log κ of each component, then log σ².
    fn gradient(&self, theta: &Hyperparameters) -> Vec<f64> {
        let tasks = theta.tasks();
        let mut gradient = Vec::new();
        for (c, of) in theta.components.iter().enumerate() {
            let value = |s: usize, t: usize| self.values[(c * tasks + s) * tasks + t];
            gradient.push(self.lengths[c]);
            gradient.extend((0..tasks).map(|p| {
                let others = (0..tasks).map(|t| (value(p, t) + value(t, p)) * of.loadings[t]);
                others.sum::<f64>()
            }));
            gradient.extend((0..tasks).map(|p| value(p, p) * of.log_own[p].exp()));
        }
        let noise = self.noise.iter().zip(&theta.log_noise);
        gradient.extend(noise.map(|(sum, log)| sum * log.exp()));
        gradient
    }
}

//! Predictions in view of labels, for all tasks at once; what they would be without a label; what they are made of.

use std::ops::Range;
use std::sync::OnceLock;

use faer::{Mat, MatMut};

use super::cholesky::Cholesky;
use super::covariance::{Run, add_column, of_points, runs};
use super::each;
use super::hyperparameters::{Component, Coregionalisation, Hyperparameters};
use super::kernel::dot;
use super::likelihood::Labels;
use super::points::{Coordinates, Points};
use super::substitution::{COLUMNS, Precision, SingleFactor, column, solve_double};
use crate::error::Result;
use crate::tensor::Real;
use crate::tensor::elementwise::vectorised;

/// Points whose kernels are evaluated together; fixed, as is how many of such chunks are solved for together, so that
/// predictions do not depend on the number of threads.
const CHUNK: usize = 64;

/// The posterior of the functions of all tasks in view of labels.
#[derive(Clone, Debug)]
pub struct Posterior {
    points: Points,
    labels: Labels,
    runs: Vec<Run>,
    components: Vec<Component>,
    theta: Hyperparameters,
    factor: Cholesky,
    /// The factor in single precision, where that is enough; made for the first prediction.
    single: OnceLock<Option<SingleFactor>>,
    /// `K⁻¹ y`.
    alpha: Vec<f64>,
}

/// What is predicted at one point: a normal distribution of the functions of all tasks, without noise, standardised.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Means, `[tasks]`.
    pub mean: Vec<f64>,
    /// Covariances, `[s][t]` row after row.
    pub covariance: Vec<f64>,
    /// Variances before any label, `[tasks]`.
    pub prior: Vec<f64>,
}

/// What is predicted of each label by all others, standardised, in the order of the labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaveOneOut {
    /// `μ_−i = y_i − α_i / [K⁻¹]_ii`.
    pub means: Vec<f64>,
    /// `σ_−i = [K⁻¹]_ii^{−½}`, noise included.
    pub deviations: Vec<f64>,
}

/// What one label contributes to a predicted mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// An index into [`Posterior::labels`].
    pub label: usize,
    /// Its contribution `α_l C^c_st k_c(x, x_l)`, by component.
    pub parts: Vec<f64>,
}

impl Joint {
    /// The standard deviation of a label of the task, with noise of this variance, `(S_tt + σ²)^½`.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn deviation(&self, task: usize, noise: f64) -> f64 {
        let tasks = self.mean.len();
        (not_negative(self.covariance[task * tasks + task]) + noise).sqrt()
    }

    /// In view of one more label y of `task` at the point, with noise of variance σ²:
    ///
    /// ```text
    /// m_t ← m_t + S_te (y − m_e) / (S_ee + σ²),    S_st ← S_st − S_se S_et / (S_ee + σ²)
    /// ```
    ///
    /// Several labels one after the other give what they give together; without noise, a label of what is known already
    /// changes nothing.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn condition(&mut self, task: usize, y: f64, noise: f64) {
        let tasks = self.mean.len();
        let column: Vec<f64> = (0..tasks)
            .map(|t| self.covariance[t * tasks + task])
            .collect();
        let variance = not_negative(column[task]) + noise;
        if variance == 0.0 {
            return;
        }
        let gain = (y - self.mean[task]) / variance;
        for s in 0..tasks {
            self.mean[s] += column[s] * gain;
            for t in 0..tasks {
                self.covariance[s * tasks + t] -= column[s] * column[t] / variance;
            }
        }
    }
}

/// A variance that rounding may have taken below zero; NaN stays.
fn not_negative(variance: f64) -> f64 {
    if variance < 0.0 { 0.0 } else { variance }
}

impl Posterior {
    /// In view of the labels of `points`.
    ///
    /// # Errors
    /// [`ErrorKind::Covariance`](crate::error::ErrorKind::Covariance): a covariance that is not positive definite,
    /// even with 1e-4 of its mean diagonal added to it.
    ///
    /// # Panics
    /// If there are not as many labels as points.
    #[track_caller]
    pub fn new(
        points: Points,
        labels: Labels,
        components: &[Component],
        theta: &Hyperparameters,
        parallel: bool,
    ) -> Result<Self> {
        let (n, tasks) = (points.len(), &labels.tasks);
        assert!(
            tasks.len() == n && labels.values.len() == n,
            "labels: {} of {n} points",
            labels.values.len()
        );
        let covariance = || of_points(&points, tasks, components, theta, parallel);
        let factor = Cholesky::of(covariance, parallel)?;
        Ok(Self {
            alpha: factor.solve(&labels.values),
            runs: runs(tasks),
            components: components.to_vec(),
            theta: theta.clone(),
            factor,
            single: OnceLock::new(),
            points,
            labels,
        })
    }

    /// What had to be added to the diagonal of the covariance to factor it; 0 as a rule.
    pub fn jitter(&self) -> f64 {
        self.factor.jitter
    }

    /// The points of the labels.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// The labels in view of which it predicts, standardised.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The distribution at every point of `at`: its coordinates by task, or one set of points for all tasks:
    ///
    /// ```text
    /// m_t = k_t · α,    S_st = k_st − (L⁻¹ k_s) · (L⁻¹ k_t),    K = L Lᵀ
    /// ```
    ///
    /// Means are in double precision. What is taken from covariances is found in the [`precision`](Self::precision) that
    /// it needs: in single precision it is wrong by about 1e-6 of the variance before any label, where that is no more
    /// than a fiftieth of the smallest variance of noise, by measurement. Evidence moves means by these covariances.
    ///
    /// # Panics
    /// If there are other numbers of sets than one or the number of tasks, if a set is shorter than the first,
    /// or if their views are not those of the labels' points.
    #[track_caller]
    pub fn predict(&self, at: &[Points], parallel: bool) -> Vec<Joint> {
        assert!(
            at.len() == 1 || at.len() == self.theta.tasks(),
            "points of every task, or of all"
        );
        let all = at[0].len();
        let points = CHUNK * (COLUMNS / (CHUNK * self.theta.tasks())).max(1);
        let firsts: Vec<usize> = (0..all).step_by(points).collect();
        let group = |first: usize| self.group(at, first..all.min(first + points));
        each(parallel, firsts, group).concat()
    }

    /// The precision of what the labels take from predicted variances. It is decided, once, when it is first asked for,
    /// by a prediction or here.
    pub fn precision(&self) -> Precision {
        match self.single() {
            Some(_) => Precision::Single,
            None => Precision::Double,
        }
    }

    fn single(&self) -> Option<&SingleFactor> {
        let noise = (0..self.theta.tasks()).map(|task| self.theta.noise(task));
        let least = noise.fold(f64::INFINITY, f64::min);
        let find = || SingleFactor::of(self.factor.lower(), least);
        self.single.get_or_init(find).as_ref()
    }

    /// The distributions at some points, solved for together.
    fn group(&self, at: &[Points], points: Range<usize>) -> Vec<Joint> {
        let tasks = self.theta.tasks();
        let (means, taken) = match self.single() {
            Some(single) => self.reduce::<f32>(at, points.clone(), |v| single.solve(v)),
            None => {
                let lower = self.factor.lower();
                self.reduce::<f64>(at, points.clone(), |v| solve_double(lower, v))
            }
        };
        let means = means.chunks_exact(tasks);
        let all = points.zip(means).zip(taken.chunks_exact(tasks * tasks));
        let joint = |((point, mean), taken): ((usize, &[f64]), &[f64])| {
            let prior = self.prior(at, point);
            let covariance = prior.iter().zip(taken).map(|(prior, taken)| prior - taken);
            Joint {
                mean: mean.to_vec(),
                covariance: covariance.collect(),
                prior: (0..tasks).map(|t| prior[t * tasks + t]).collect(),
            }
        };
        all.map(joint).collect()
    }

    /// Means `k_t · α`, `[point][t]`, and what labels take from covariances, `(L⁻¹ k_s) · (L⁻¹ k_t)`, `[point][s][t]`,
    /// with `solve` for `L⁻¹` in the precision of T.
    fn reduce<T: Real>(
        &self,
        at: &[Points],
        points: Range<usize>,
        solve: impl Fn(MatMut<'_, T>),
    ) -> (Vec<f64>, Vec<f64>) {
        let (n, tasks) = (self.points.len(), self.theta.tasks());
        let mut v = Mat::<T>::zeros(n, points.len() * tasks);
        let mut means = Vec::with_capacity(v.ncols());
        for first in points.clone().step_by(CHUNK) {
            let k = self.covariances(at, first..points.end.min(first + CHUNK));
            for index in 0..k.ncols() {
                let k = column(k.as_ref(), index);
                let out = column_mut(v.as_mut(), means.len());
                let pairs = out.iter_mut().zip(k);
                vectorised(
                    #[inline(always)]
                    || pairs.for_each(|(out, k)| *out = T::from_f64(*k)),
                );
                means.push(dot(k, &self.alpha));
            }
        }
        solve(v.as_mut());
        let mut taken = vec![0.0; points.len() * tasks * tasks];
        for (row, taken) in taken.chunks_exact_mut(tasks * tasks).enumerate() {
            let v = |t: usize| column(v.as_ref(), row * tasks + t);
            for s in 0..tasks {
                for t in s..tasks {
                    taken[s * tasks + t] = dot(v(s), v(t));
                    taken[t * tasks + s] = taken[s * tasks + t];
                }
            }
        }
        (means, taken)
    }

    /// Covariances of the labels with the functions of all tasks at some points, `[n][point][t]`, columns contiguous.
    fn covariances(&self, at: &[Points], points: Range<usize>) -> Mat<f64> {
        let (n, tasks) = (self.points.len(), self.theta.tasks());
        let mut k = Mat::<f64>::zeros(n, points.len() * tasks);
        let mut first = 0;
        for components in self.components.chunk_by(|a, b| a.view == b.view) {
            let parts = &self.theta.components[first..first + components.len()];
            first += components.len();
            let of_first = self.kernels((components, parts), &at[0], points.clone());
            for (set, here) in at.iter().enumerate() {
                // a view that no network takes part in has one set of coordinates for all tasks
                let view = components[0].view;
                let same = set == 0 || here.are_at(&at[0], view, points.clone());
                let own;
                let kernels = if same {
                    &of_first
                } else {
                    own = self.kernels((components, parts), here, points.clone());
                    &own
                };
                for (kernel, of) in kernels.iter().zip(parts) {
                    for (row, k_row) in kernel.chunks_exact(n.max(1)).enumerate() {
                        for t in (0..tasks).filter(|t| at.len() == 1 || *t == set) {
                            let out = column_mut(k.as_mut(), row * tasks + t);
                            add_column(out, k_row, (0..n, &self.runs), |s| of.covariance(s, t));
                        }
                    }
                }
            }
        }
        k
    }

    /// Kernels of components of one view between some points and all labels, `[component][point][n]`.
    fn kernels(
        &self,
        (components, parts): (&[Component], &[Coregionalisation]),
        at: &Points,
        points: Range<usize>,
    ) -> Vec<Vec<f64>> {
        let all = 0..self.points.len();
        let mut kernels = self.points.bases(all, (at, points), components);
        for ((base, component), of) in kernels.iter_mut().zip(components).zip(parts) {
            component.kernel.evaluate(base, of.log_length.exp());
        }
        kernels
    }

    /// Covariances at a point before any label, `[s][t]`.
    fn prior(&self, at: &[Points], point: usize) -> Vec<f64> {
        let tasks = self.theta.tasks();
        let mut prior = vec![0.0; tasks * tasks];
        for (component, of) in self.components.iter().zip(&self.theta.components) {
            let view = component.view;
            let alike = |s: usize| at[s].are_at(&at[0], view, point..point + 1);
            // of all tasks, where they have one set of coordinates
            let shared = (1..at.len()).all(alike);
            let shared = shared.then(|| at[0].own(point, component));
            for s in 0..tasks {
                for t in s..tasks {
                    let k = match shared {
                        Some(k) => k,
                        None if s == t => at[s].own(point, component),
                        None => {
                            self.between((&at[s], &at[t]), point, (component, of.log_length.exp()))
                        }
                    };
                    let covariance = of.covariance(s, t) * k;
                    prior[s * tasks + t] += covariance;
                    if s != t {
                        prior[t * tasks + s] += covariance;
                    }
                }
            }
        }
        prior
    }

    /// The kernel between the coordinates that a point has for two tasks.
    fn between(
        &self,
        (a, b): (&Points, &Points),
        point: usize,
        (component, length): (&Component, f64),
    ) -> f64 {
        let one = point..point + 1;
        let bases = a.bases(one.clone(), (b, one), std::slice::from_ref(component));
        let mut k = bases.concat();
        // distances in the unit of the labelled points
        let unit = self.points.unit(component.view) / a.unit(component.view);
        component.kernel.evaluate(&mut k, length * unit);
        k[0]
    }

    /// What is predicted of every label without it, hyperparameters and points held: one inverse of K.
    ///
    /// # Errors
    /// As [`leave_out`](Self::leave_out).
    pub fn leave_one_out(&self, parallel: bool) -> Result<LeaveOneOut> {
        let alone: Vec<Vec<usize>> = (0..self.alpha.len()).map(|label| vec![label]).collect();
        self.leave_out(&alone, parallel)
    }

    /// What is predicted of the labels of each block without all of the block, hyperparameters and points held; NaN for
    /// labels of no block. With A = [K⁻¹]_BB:
    ///
    /// ```text
    /// μ_B = y_B − A⁻¹ α_B,    Cov_B = A⁻¹
    /// ```
    ///
    /// Where rounding has left A without a factor, a jitter is added to its diagonal as to that of K.
    ///
    /// # Errors
    /// An inverse that has none with a jitter either.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn leave_out(&self, blocks: &[Vec<usize>], parallel: bool) -> Result<LeaveOneOut> {
        let inverse = self.factor.inverse(parallel);
        let n = self.alpha.len();
        let (mut means, mut deviations) = (vec![f64::NAN; n], vec![f64::NAN; n]);
        for block in blocks {
            let entry = |i: usize, j: usize| {
                let (a, b) = (block[i], block[j]);
                inverse[(a.max(b), a.min(b))]
            };
            let of_block = || Mat::from_fn(block.len(), block.len(), entry);
            let factor = Cholesky::of(of_block, parallel)?;
            let alpha: Vec<f64> = block.iter().map(|&label| self.alpha[label]).collect();
            let shift = factor.solve(&alpha);
            let covariance = factor.inverse(parallel);
            for (k, &label) in block.iter().enumerate() {
                means[label] = self.labels.values[label] - shift[k];
                deviations[label] = covariance[(k, k)].sqrt();
            }
        }
        Ok(LeaveOneOut { means, deviations })
    }

    /// What every label contributes to the mean of `task` at a point, in the order of the labels; the sum of all parts
    /// of all shares is the mean.
    ///
    /// # Panics
    /// If there is no such point or task.
    pub fn shares(&self, at: &[Points], (point, task): (usize, usize)) -> Vec<Share> {
        let n = self.points.len();
        let points = if at.len() == 1 { &at[0] } else { &at[task] };
        let mut bases = self
            .points
            .bases(0..n, (points, point..point + 1), &self.components);
        for (base, (component, of)) in bases
            .iter_mut()
            .zip(self.components.iter().zip(&self.theta.components))
        {
            component.kernel.evaluate(base, of.log_length.exp());
        }
        let share = |label: usize| {
            let s = self.labels.tasks[label];
            let of_component = bases.iter().zip(&self.theta.components);
            Share {
                label,
                parts: of_component
                    .map(|(k, of)| self.alpha[label] * of.covariance(s, task) * k[label])
                    .collect(),
            }
        };
        (0..n).map(share).collect()
    }

    /// The gradient of what the components of a view contribute to the mean of `task` at a point, by its coordinates z
    /// in that view: `Σ_l α_l Σ_c C^c_st ∂k_c(z, z_l)/∂z`, `[width]`. None for counts, which are whole numbers.
    ///
    /// # Panics
    /// If there is no such point, task or view.
    pub fn slope(
        &self,
        at: &[Points],
        (point, task): (usize, usize),
        view: usize,
    ) -> Option<Vec<f64>> {
        let points = if at.len() == 1 { &at[0] } else { &at[task] };
        let Coordinates::Vectors { values, width, .. } = points.view(view) else {
            return None;
        };
        let Coordinates::Vectors { values: known, .. } = self.points.view(view) else {
            return None;
        };
        let z = &values[point * width..(point + 1) * width];
        let mut slope = vec![0.0; *width];
        let parts = self.components.iter().zip(&self.theta.components);
        for (component, of) in parts.filter(|(component, _)| component.view == view) {
            let length = of.log_length.exp() * self.points.unit(view);
            for (label, z_l) in known.chunks_exact(*width).enumerate() {
                let w = self.alpha[label] * of.covariance(self.labels.tasks[label], task);
                (component.kernel).add_slope(&mut slope, w, (z, z_l), length);
            }
        }
        Some(slope)
    }
}

fn column_mut<T>(matrix: MatMut<'_, T>, index: usize) -> &mut [T] {
    let column = matrix.col_mut(index).try_as_col_major_mut();
    column.expect("columns are contiguous").as_slice_mut()
}

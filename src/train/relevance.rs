//! How much a source says of the target: the target predicted through the source's chart.
//!
//! A chart of source s is learnt from the labels of s alone. With z_s its latent vectors at the target's
//! training molecules, standardised,
//!
//! ```text
//! R²_s    cross-validated R² of ridge regression of the target's labels on z_s
//! R²_0    the same on the latent vectors before training
//! w_s     min(1, max(0, R²_s − R²_0) / (GAIN · (1 − R²_0)))
//! ```
//!
//! Latent vectors of an untrained network tell a target apart as well as random features do; a source that
//! teaches nothing of the target makes them forget that, and gets the weight 0. Only training rows are looked at.

use serde::{Deserialize, Serialize};

use crate::tensor::small;

/// Folds of the cross-validation.
const FOLDS: usize = 5;
/// Ridge penalties tried, over the number of rows.
const PENALTIES: [f64; 6] = [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];
/// The share of what random features leave unexplained that a source of full weight explains.
const GAIN: f64 = 0.1;

/// What was found of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relevance {
    /// Name of the source.
    pub source: String,
    /// R² of the target through the source's chart.
    pub trained: f64,
    /// R² of the target through the source's chart before training.
    pub untrained: f64,
}

impl Relevance {
    /// The weight of the source, in `[0, 1]`.
    pub fn weight(&self) -> f64 {
        let gain = (self.trained - self.untrained) / (1.0 - self.untrained);
        (gain / GAIN).clamp(0.0, 1.0)
    }

    /// The weight of each of `tasks`; 1 for one that is not a source.
    pub(super) fn weights(found: &[Self], tasks: &[String]) -> Vec<f64> {
        let weight = |task: &String| {
            let of_task = found.iter().find(|relevance| relevance.source == *task);
            of_task.map_or(1.0, Self::weight)
        };
        tasks.iter().map(weight).collect()
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let Self {
            source,
            trained,
            untrained,
        } = self;
        let weight = self.weight();
        let off = match weight {
            0.0 => ": it is off, and not predicted",
            _ => "",
        };
        format!(
            "Source {source}: R2 of the target {trained:.2} through its chart, {untrained:.2} before it was taught; \
             weight {weight:.2}{off}."
        )
    }
}

/// Cross-validated R² of ridge regression of `y` on the rows of `z`, `[rows][d]`, with the best of the
/// penalties; columns are standardised by the rows that are regressed on, which leaves the intercept to ȳ.
pub(super) fn predictability(z: &[f64], y: &[f64]) -> f64 {
    let n = y.len();
    let d = z.len() / n.max(1);
    let mut errors = [0.0; PENALTIES.len()];
    let mut total = 0.0;
    for fold in 0..FOLDS.min(n) {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| i % FOLDS == fold);
        let z = standardised(z, &train, d);
        let mean = train.iter().map(|&i| y[i]).sum::<f64>() / train.len() as f64;
        total += test.iter().map(|&i| (y[i] - mean).powi(2)).sum::<f64>();
        let fits = ridge(&z, (y, mean), &train, d);
        for (error, w) in errors.iter_mut().zip(fits) {
            let residual = |&i: &usize| y[i] - mean - small::dot(&z[i * d..(i + 1) * d], &w);
            *error += test.iter().map(|i| residual(i).powi(2)).sum::<f64>();
        }
    }
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    1.0 - least / total
}

/// Columns of mean 0 and deviation 1 over the rows `train`; columns constant there are 0.
fn standardised(z: &[f64], train: &[usize], d: usize) -> Vec<f64> {
    let n = train.len() as f64;
    let mut out = z.to_vec();
    for j in 0..d {
        let column = || train.iter().map(|&i| z[i * d + j]);
        let mean = column().sum::<f64>() / n;
        let sd = (column().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        for x in out.iter_mut().skip(j).step_by(d) {
            *x = if sd > 0.0 { (*x - mean) / sd } else { 0.0 };
        }
    }
    out
}

/// `(ZᵀZ + λ n I)⁻¹ Zᵀ (y − ȳ)` over the rows `train` for every penalty λ.
fn ridge(z: &[f64], (y, mean): (&[f64], f64), train: &[usize], d: usize) -> Vec<Vec<f64>> {
    let mut gram = vec![0.0; d * d];
    let mut moment = vec![0.0; d];
    for &i in train {
        let row = &z[i * d..(i + 1) * d];
        for (a, out) in row.iter().zip(gram.chunks_exact_mut(d)) {
            small::add_scaled(out, *a, row);
        }
        small::add_scaled(&mut moment, y[i] - mean, row);
    }
    let solve = |penalty: f64| {
        let mut system = gram.clone();
        system
            .iter_mut()
            .step_by(d + 1)
            .for_each(|x| *x += penalty * train.len() as f64);
        let mut l = vec![0.0; d * d];
        let mut w = moment.clone();
        if !small::cholesky(d, &system, &mut l) {
            return vec![0.0; d];
        }
        small::solve_lower(d, &l, &mut w);
        small::solve_upper(d, &l, &mut w);
        w
    };
    PENALTIES.map(solve).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    fn normal(n: usize, index: u64) -> Vec<f64> {
        let mut stream = Stream::new(1, Purpose::Test, index);
        (0..n).map(|_| stream.normal()).collect()
    }

    /// y = 2 z₀ − z₁ + noise of deviation s has R² = 5 / (5 + s²); of pure noise nothing is predicted.
    #[test]
    fn predictability_is_the_share_explained() {
        let (n, d) = (4000, 3);
        let (z, noise) = (normal(n * d, 0), normal(n, 1));
        let label = |s: f64| -> Vec<f64> {
            let signal = |i: usize| 2.0 * z[i * d] - z[i * d + 1] + s * noise[i];
            (0..n).map(signal).collect()
        };
        assert!((predictability(&z, &label(0.0)) - 1.0).abs() < 1e-5);
        // a standard error of R² at n = 4000 is 0.01
        assert!((predictability(&z, &label(2.0)) - 5.0 / 9.0).abs() < 0.04);
        assert!(predictability(&z, &noise).abs() < 0.01);
    }

    #[test]
    fn a_source_that_says_no_more_than_chance_weighs_nothing() {
        let weight = |trained: f64, untrained: f64| {
            let source = String::new();
            Relevance {
                source,
                trained,
                untrained,
            }
            .weight()
        };
        assert_eq!((weight(0.3, 0.4), weight(0.4, 0.4)), (0.0, 0.0));
        assert_eq!((weight(0.9, 0.4), weight(1.0, 0.4)), (1.0, 1.0));
        assert!((weight(0.43, 0.4) - 0.5).abs() < 1e-12);
    }
}

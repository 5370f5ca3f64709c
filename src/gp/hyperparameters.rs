//! Hyperparameters of a Gaussian process of several tasks, with their priors: lengths, loadings, own variances, noise.

use serde::{Deserialize, Serialize};

use super::kernel::Kernel;

/// A kernel on a view: one of the functions that add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// An index into the views of [`Points`](super::Points).
    pub view: usize,
    /// A kernel of the view's kind: min–max of counts, the others of vectors.
    pub kernel: Kernel,
}

/// Hyperparameters of a component: `C = a aᵀ + diag κ` over tasks, and the length of its kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coregionalisation {
    /// log ℓ, in the view's unit; of no meaning for kernels without a length.
    pub log_length: f64,
    /// a, by task: what tasks share.
    pub loadings: Vec<f64>,
    /// log κ, by task: the variance that it shares with no other.
    pub log_own: Vec<f64>,
}

impl Coregionalisation {
    /// `C_st = a_s a_t + δ_st κ_s`.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn covariance(&self, s: usize, t: usize) -> f64 {
        let shared = self.loadings[s] * self.loadings[t];
        if s == t {
            shared + self.log_own[s].exp()
        } else {
            shared
        }
    }
}

/// The hyperparameters of a posterior. Labels are standardised, so that none has a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hyperparameters {
    /// Those of each component, in the order of the components.
    pub components: Vec<Coregionalisation>,
    /// log (σ² − 1e-6), by task, σ² the variance of the noise of labels.
    pub log_noise: Vec<f64>,
}

/// A normal prior of one number.
#[derive(Clone, Copy)]
struct Prior {
    mean: f64,
    deviation: f64,
}

/// Lengths are near the median distance.
const LENGTH: Prior = Prior {
    mean: 0.0,
    deviation: 1.0,
};
/// Loadings have the labels' order of magnitude, of either sign.
const LOADING: Prior = Prior {
    mean: 0.0,
    deviation: 2.0,
};
/// Own variances are wide.
const OWN: Prior = Prior {
    mean: -2.0,
    deviation: 3.0,
};
/// Noise is a twentieth of the labels' variance, within a factor of four.
const NOISE: Prior = Prior {
    mean: -3.0,
    deviation: std::f64::consts::SQRT_2,
};
/// Numbers of a vector are kept within ±12, so that exponentials stay in range; beyond, they have no effect.
const BOUND: f64 = 12.0;
/// The least variance of noise.
pub(super) const LEAST_NOISE: f64 = 1e-6;

impl Prior {
    fn loss(self, x: f64) -> f64 {
        0.5 * ((x - self.mean) / self.deviation).powi(2)
    }

    fn slope(self, x: f64) -> f64 {
        (x - self.mean) / (self.deviation * self.deviation)
    }
}

impl Hyperparameters {
    /// Where a search begins: every component shared by all tasks alike, with `shared` as loadings and `own` as own
    /// variances, noise at its prior mean.
    pub fn start(components: &[Component], tasks: usize, shared: f64, own: f64) -> Self {
        let one = |component: &Component| {
            // linear parts grow without bound, and begin small
            let weight = if component.kernel == Kernel::Linear {
                0.5
            } else {
                1.0
            };
            Coregionalisation {
                log_length: 0.0,
                loadings: vec![weight * shared; tasks],
                log_own: vec![(weight * weight * own).ln(); tasks],
            }
        };
        Self {
            components: components.iter().map(one).collect(),
            log_noise: vec![NOISE.mean; tasks],
        }
    }

    /// Number of tasks.
    pub fn tasks(&self) -> usize {
        self.log_noise.len()
    }

    /// σ² of a task's labels: `e^log_noise + 1e-6`.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn noise(&self, task: usize) -> f64 {
        self.log_noise[task].exp() + LEAST_NOISE
    }

    /// As one vector: of each component log ℓ, a, log κ; then log σ².
    pub(super) fn to_vector(&self) -> Vec<f64> {
        let of = |c: &Coregionalisation| [&[c.log_length], &c.loadings[..], &c.log_own].concat();
        let components = self.components.iter().flat_map(of);
        components.chain(self.log_noise.iter().copied()).collect()
    }

    /// Hyperparameters of as many components and tasks as these, from a vector, every number within ±[`BOUND`].
    pub(super) fn with_vector(&self, vector: &[f64]) -> Self {
        let tasks = self.tasks();
        let mut numbers = vector.iter().map(|x| x.clamp(-BOUND, BOUND));
        let mut take = |n: usize| numbers.by_ref().take(n).collect::<Vec<f64>>();
        let components = self.components.iter().map(|_| Coregionalisation {
            log_length: take(1)[0],
            loadings: take(tasks),
            log_own: take(tasks),
        });
        let components = components.collect();
        Self {
            components,
            log_noise: take(tasks),
        }
    }

    /// Is a number of a vector within the bound, where it has an effect?
    pub(super) fn is_free(x: f64) -> bool {
        x.abs() < BOUND
    }

    /// −log of the prior density, without its constant.
    pub(super) fn prior_loss(&self) -> f64 {
        let each = self.each_prior().into_iter();
        each.map(|(prior, x)| prior.loss(x)).sum()
    }

    /// Its gradient, in the order of [`to_vector`](Self::to_vector).
    pub(super) fn prior_slope(&self) -> Vec<f64> {
        let each = self.each_prior().into_iter();
        each.map(|(prior, x)| prior.slope(x)).collect()
    }

    fn each_prior(&self) -> Vec<(Prior, f64)> {
        let tasks = self.tasks();
        let of_component = [&[LENGTH][..], &vec![LOADING; tasks], &vec![OWN; tasks]].concat();
        let priors = (self.components.iter()).flat_map(|_| of_component.iter().copied());
        let priors = priors.chain(std::iter::repeat_n(NOISE, tasks));
        priors.zip(self.to_vector()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let components =
            [Kernel::Matern52, Kernel::Linear].map(|kernel| Component { view: 0, kernel });
        let mut theta = Hyperparameters::start(&components, 3, 0.5, 0.1);
        theta.components[1].loadings[2] = -0.7;
        theta.log_noise[1] = -4.0;
        let vector = theta.to_vector();
        assert_eq!(vector.len(), 2 * 7 + 3);
        assert_eq!(theta.with_vector(&vector), theta);
        let c = &theta.components[1];
        assert_eq!(c.covariance(0, 2), 0.25 * -0.7);
        assert!((c.covariance(2, 2) - (0.49 + 0.025)).abs() < 1e-15);
        // slopes of the prior against differences
        let slope = theta.prior_slope();
        for k in 0..vector.len() {
            let at = |h: f64| {
                let mut moved = vector.clone();
                moved[k] += h;
                theta.with_vector(&moved).prior_loss()
            };
            assert!(((at(1e-5) - at(-1e-5)) / 2e-5 - slope[k]).abs() < 1e-8);
        }
    }
}

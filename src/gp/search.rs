//! The hyperparameters of the largest posterior density, by L-BFGS from several starts.

use std::sync::Mutex;

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use super::each;
use super::hyperparameters::Hyperparameters;
use super::likelihood::Likelihood;
use crate::error::{Error, ErrorKind, Result};

/// Steps of a search, each of one or two evaluations.
const STEPS: u64 = 40;
/// Pairs of a step and its change of gradient that L-BFGS keeps.
const MEMORY: usize = 10;
/// A search ends where a step gains less than this per label.
const GAIN: f64 = 1e-5;

/// The best point that searches have seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The hyperparameters of the smallest loss.
    pub theta: Hyperparameters,
    /// −(Σ log p + log prior) there over the number of labels, without the prior's constant.
    pub loss: f64,
    /// Evaluations of the likelihoods, of all starts together.
    pub evaluations: usize,
}

/// `−(Σ_q log p_q(y | θ) + log p(θ)) / labels` as a function of the vector of θ.
struct Objective<'a> {
    likelihoods: &'a [Likelihood],
    shape: &'a Hyperparameters,
    labels: f64,
    parallel: bool,
    seen: &'a Mutex<Seen>,
}

/// The best point and the last one, which the line search asks for again.
#[derive(Default)]
struct Seen {
    best: Option<(f64, Hyperparameters)>,
    last: Option<(Vec<f64>, f64, Vec<f64>)>,
    evaluations: usize,
}

impl Objective<'_> {
    /// Loss and gradient; zero along numbers that are beyond their bound.
    fn evaluate(&self, vector: &[f64]) -> Result<(f64, Vec<f64>)> {
        let mut seen = self.seen.lock().expect("no holder panics");
        if let Some((at, loss, slope)) = &seen.last
            && at == vector
        {
            return Ok((*loss, slope.clone()));
        }
        let theta = self.shape.with_vector(vector);
        let all: Vec<&Likelihood> = self.likelihoods.iter().collect();
        let found = each(self.parallel, all, |one| one.evaluate(&theta));
        let (mut loss, mut slope) = (theta.prior_loss(), theta.prior_slope());
        for found in found {
            let (value, gradient) = found?;
            loss -= value;
            slope.iter_mut().zip(gradient).for_each(|(s, g)| *s -= g);
        }
        loss /= self.labels;
        // beyond its bound a number changes nothing
        for (slope, x) in slope.iter_mut().zip(vector) {
            *slope = if Hyperparameters::is_free(*x) {
                *slope / self.labels
            } else {
                0.0
            };
        }
        seen.evaluations += 1;
        if loss.is_finite() && seen.best.as_ref().is_none_or(|(least, _)| loss < *least) {
            seen.best = Some((loss, theta));
        }
        seen.last = Some((vector.to_vec(), loss, slope.clone()));
        Ok((loss, slope))
    }
}

impl CostFunction for Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, vector: &Vec<f64>) -> std::result::Result<f64, argmin::core::Error> {
        Ok(self.evaluate(vector)?.0)
    }
}

impl Gradient for Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, vector: &Vec<f64>) -> std::result::Result<Vec<f64>, argmin::core::Error> {
        Ok(self.evaluate(vector)?.1)
    }
}

/// The hyperparameters of the largest `Σ_q log p_q(y | θ) + log p(θ)` that L-BFGS finds from any of these starts, all
/// of the components and tasks of the likelihoods.
///
/// # Errors
/// [`ErrorKind::Covariance`](crate::error::ErrorKind::Covariance): at every start, a covariance that is not positive
/// definite or a likelihood that is no number.
///
/// # Panics
/// Without a start.
#[track_caller]
pub fn maximise(
    likelihoods: &[Likelihood],
    starts: &[Hyperparameters],
    parallel: bool,
) -> Result<Found> {
    let labels: usize = likelihoods.iter().map(Likelihood::len).sum();
    let mut best: Option<Found> = None;
    let mut failure = None;
    for start in starts {
        let seen = Mutex::new(Seen::default());
        let objective = Objective {
            likelihoods,
            shape: start,
            labels: labels as f64,
            parallel,
            seen: &seen,
        };
        if let Err(error) = objective.evaluate(&start.to_vector()) {
            failure = Some(error);
            continue;
        }
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_cost(GAIN);
        if let Ok(solver) = solver {
            let executor = Executor::new(objective, solver);
            let executor =
                executor.configure(|state| state.param(start.to_vector()).max_iters(STEPS));
            // a line search that ends early leaves the best point it has seen
            let _ = executor.run();
        }
        let seen = seen.into_inner().expect("no holder panics");
        let evaluations = seen.evaluations + best.as_ref().map_or(0, |found| found.evaluations);
        if let Some((loss, theta)) = seen.best {
            let better = best.as_ref().is_none_or(|found| loss < found.loss);
            let (theta, loss) = match best.take() {
                Some(found) if !better => (found.theta, found.loss),
                _ => (theta, loss),
            };
            best = Some(Found {
                theta,
                loss,
                evaluations,
            });
        }
    }
    match (best, failure) {
        (Some(found), _) => Ok(found),
        (None, Some(error)) => Err(error),
        (None, None) => {
            assert!(!starts.is_empty(), "a search needs a start");
            Err(Error::from(ErrorKind::Covariance {
                labels,
                jitter: 0.0,
            }))
        }
    }
}

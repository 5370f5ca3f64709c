//! Exact Gaussian processes of several tasks, kernels added over views of a molecule.
//!
//! For task t and point i, with labels standardised per task:
//!
//! ```text
//! y_t(i) = Σ_c f^c_t(i) + ε_t(i),    Cov(f^c_s(i), f^c_t(j)) = C^c_st k_c(i, j),    ε_t ~ N(0, σ_t²)
//! C^c = a^c a^cᵀ + diag κ^c
//! ```
//!
//! over components c, each a [`Kernel`] on a view. The hyperparameters (lengths ℓ, loadings a, own variances κ, noise
//! σ²) are found by maximum a posteriori, of the marginal likelihood of all labels or of the predictive likelihood of
//! those that were left out: see [`Likelihood`].
//!
//! | file | holds |
//! |---|---|
//! | [`kernel`](Kernel) | Matérn 5/2, linear, min–max; what they are functions of |
//! | [`points`](Points) | coordinates of points in every view |
//! | [`hyperparameters`](Hyperparameters) | ℓ, a, κ, σ² with their priors |
//! | `cholesky` | a factor in fixed blocks: the same bits for any number of threads |
//! | [`substitution`](Precision) | a solve of many columns, in double precision or single |
//! | `covariance` | the covariance of labels, and what its entries contribute to the gradient |
//! | [`likelihood`](Likelihood) | marginal and predictive likelihoods with their gradients |
//! | [`search`](maximise) | the hyperparameters of the largest posterior density |
//! | [`posterior`](Posterior) | predictions for all tasks at once, leave-one-out, conditioning on measured labels |

mod cholesky;
mod covariance;
mod hyperparameters;
mod kernel;
mod likelihood;
mod points;
mod posterior;
mod search;
mod substitution;

pub use hyperparameters::{Component, Coregionalisation, Hyperparameters};
pub use kernel::Kernel;
pub use likelihood::{Labels, Likelihood};
pub use points::{Coordinates, Points, median_distance};
pub use posterior::{Joint, LeaveOneOut, Posterior, Share};
pub use search::{Found, maximise};
pub use substitution::Precision;

use rayon::prelude::*;

/// The items one after the other, or shared between threads; results in their order, whichever it is.
fn each<I: Send, R: Send>(
    parallel: bool,
    items: Vec<I>,
    f: impl Fn(I) -> R + Sync + Send,
) -> Vec<R> {
    if parallel {
        items.into_par_iter().map(f).collect()
    } else {
        items.into_iter().map(f).collect()
    }
}

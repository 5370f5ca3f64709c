//! Any multilayer perceptron as a map or chart of [`geometry`](crate::geometry).
//!
//! ```text
//! u_k = a_(k−1) W_k + b_k,   a_k = σ_k(u_k),   a_0 = x        rows are points, W_k is [in, out]
//! ```
//!
//! | to … | see |
//! |---|---|
//! | take a network's weights, or read those another program wrote | [`Perceptron`], [`StoredLayer`] |
//! | compose networks: `τ = ψ ∘ φ` | [`Perceptron::then`] |
//! | have values and derivatives | the rungs `Map` to `C3Map` of `geometry`, on [`Perceptron`] |
//! | have metric, connection, curvature, geodesics | [`LatentChart`], a `Chart` of `geometry` |
//! | have metric, connection, curvature, geodesics at many points, fast | [`BatchGeometry`], in either precision |
//! | have the defects of a map between two charts at many points | [`BatchTransition`] |
//! | have a chart's scalar curvature on the tape | [`scalar_curvature`] |
//! | descend along geometric losses | [`BatchGeometry::grad_metric`] and its fellows |
//!
//! All derivatives are exact, to third order. A perceptron prepares its weights for derivatives at points when it is
//! first asked for one; nothing is allocated per point once a thread has met the largest network it evaluates.
//!
//! ```
//! use geogate::chart::{Dense, LatentChart, Perceptron};
//! use geogate::geometry::curvature;
//! use geogate::nn::activation::Activation;
//! use geogate::tensor::Tensor;
//!
//! // z ↦ (z_1, z_2, tanh(z_1 + z_2) + tanh(z_1 − z_2)) up to linear maps: a curved surface in R³
//! let spread = Tensor::from_vec(2, 4, vec![0.1, 0.0, 1.0, 1.0, 0.0, 0.1, 1.0, -1.0]);
//! let gather = Tensor::from_vec(4, 3, vec![10., 0., 0., 0., 10., 0., 0., 0., 1., 0., 0., 1.]);
//! let phi = Perceptron::new(vec![
//!     Dense::new(spread, None, Some(Activation::Tanh))?,
//!     Dense::new(gather, None, None)?,
//! ])?;
//! let chart = LatentChart::new(phi)?;
//! let z = [0.4, 0.1];
//! chart.immersion(&z)?; // the Jacobian has full rank
//! // both ridges bend downwards: the surface is a dome, K > 0
//! assert!(curvature::scalar_curvature(&chart, &z)? > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod latent;
mod perceptron;
mod rungs;
mod stored;

pub use batch::{
    BatchGeometry, BatchTransition, Curvature, Geodesics, Gradient, LayerGradient, Logarithms,
    SecondForms, Shooting, TransitionDefects, scalar_curvature,
};
pub use latent::LatentChart;
pub use perceptron::{Dense, Perceptron};
pub use stored::{Layout, StoredLayer};

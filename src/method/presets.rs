//! What a method sets of its own among the options of the network.

use super::choices::{Head, Start, ViewName};
use super::config::ModelConfig;
use super::name::MethodName;

impl ModelConfig {
    /// The defaults of a method: a preset of sizes and weights.
    ///
    /// - `gate` and the conventional methods: the default values, d = m = 50; every chart is flat.
    /// - `gear`: d = 8 in m = 16, where curvature means something; no distance loss, instead
    ///   `MSE(R_s, R_t)` and the metric term [`flat`](Self::flat) (arXiv 2506.13015, whose weights are not
    ///   published: these are ones). Charts start isometric: at random weights the curvature loss is 1e5 and
    ///   nothing else is learnt.
    /// - `geogate`: the network of `gate`, read by a Gaussian process over the locally flat frame and descriptors.
    ///   Chosen on the tuning pairs of `paper-notes.md`.
    /// - `auto`: those of its transfer method, `geogate` here.
    pub fn of(method: MethodName) -> Self {
        let shared = Self {
            method,
            views: ViewName::of(method),
            ..Self::default()
        };
        let curved = Self {
            latent_dim: 8,
            lf_dim: 16,
            start: Start::Isometric,
            ..shared.clone()
        };
        match method {
            MethodName::Gear => Self {
                delta: 0.0,
                curvature: 1.0,
                flat: 1.0,
                ..curved
            },
            MethodName::Geogate => Self {
                head: Head::Gp,
                ..shared
            },
            MethodName::Auto => Self {
                head: Head::Gp,
                transfer: MethodName::Geogate,
                ..shared
            },
            _ => shared,
        }
    }
}

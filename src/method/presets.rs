//! What a method sets of its own among the options of the network.

use super::choices::{Distance, PredictBy, Start, ViewName};
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
    /// - `geogate`: d = 8 in m = 16; charts start isometric and are held in contact of order 1 by the distance
    ///   loss `metric`; rare labels weigh more, weights are averaged, and the target is predicted by every chart.
    ///   Chosen on the tuning pairs of `paper-notes.md`.
    /// - `auto`: those of its transfer method, `gate` here.
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
                distance: Distance::Metric,
                delta: 1000.0,
                balance: 0.5,
                average: 0.1,
                predict_by: PredictBy::Charts,
                ..curved
            },
            _ => shared,
        }
    }
}

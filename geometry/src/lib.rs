//! Explicit Riemannian geometry of charts: metric, connection, curvature, geodesics, normal coordinates, and the maps
//! that glue charts together.
//!
//! A [`Chart`] is an immersion f: R^d → Rⁿ, written as one [`Formula`] or provided by anything that can fill its
//! jets; a [`MetricField`] gives the metric directly. Both are [`Space`]s, and every function takes a space. All
//! derivatives are exact (truncated Taylor numbers, no differences); curvature of a chart needs second derivatives
//! only. Index order, signs, shapes and storage are those of [`conventions`]: spheres are positive.
//!
//! ```
//! use geogate_geometry::{Chart, Formula, LocalGeometry, NormalCoordinates, Scalar, quantity, exp, log};
//!
//! /// A ripple: the graph of sin x · cos y.
//! struct Ripple;
//!
//! impl Formula for Ripple {
//!     fn source_dim(&self) -> usize {
//!         2
//!     }
//!     fn target_dim(&self) -> usize {
//!         3
//!     }
//!     fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
//!         (out[0], out[1]) = (x[0], x[1]);
//!         out[2] = x[0].sin() * x[1].cos();
//!     }
//! }
//!
//! impl Chart for Ripple {}
//!
//! let top = [std::f64::consts::FRAC_PI_2, 0.0];
//! // on the crest the graph is level, with second derivatives −1 along both axes: K = 1
//! let mut local = LocalGeometry::new();
//! let quantities = (quantity::Metric, quantity::Christoffel, quantity::ScalarCurvature);
//! let (g, gamma, scalar) = local.at(&Ripple, &top, quantities)?;
//! assert!((g[[0, 0]] - 1.0).abs() < 1e-15 && gamma[[0, 1, 1]].abs() < 1e-15); // g_xx, Γ^x_yy
//! assert!((scalar - 2.0).abs() < 1e-14); // R = 2 K
//!
//! // a geodesic there, and back
//! let v = [0.3, 0.2];
//! let q = exp(&Ripple, &top, &v)?;
//! let found = log(&Ripple, &top, &q)?;
//! assert!((found.velocity[0] - v[0]).abs() < 1e-9 && found.conjugate.first.is_none());
//!
//! // how far the crest looks flat to one percent
//! assert!((NormalCoordinates::at(&Ripple, &top)?.flatness_radius(0.01) - 0.03f64.sqrt()).abs() < 1e-9);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```
//!
//! # Where to find what
//!
//! | to … | see |
//! |---|---|
//! | write a map or chart | [`Formula`], [`Surface`] for a closure; [`Map`], [`C1Map`], [`C2Map`], [`C3Map`] for anything else |
//! | look at a point | [`metric`](mod@metric), [`connection`], [`extrinsic`], [`curvature`]; [`LocalGeometry`] and [`quantity`](mod@quantity) for many points |
//! | read the result | [`Tensor`], [`conventions`]; [`nalgebra`] is re-exported |
//! | move | [`geodesic`](mod@geodesic): exp, log, distance, transport, holonomy, Jacobi fields, conjugate points |
//! | see flatness | [`normal`]: normal coordinates, expansions, flatness radius |
//! | glue charts | [`transition`]: pulled-back metrics, composites, defects, [`Atlas`] |
//! | integrate | [`quadrature`]: volumes, Gauss–Bonnet |
//! | compare with closed forms | [`charts`] |
//!
//! Failures are [`Error`]s with the numbers in their [`kind`](Error::kind); panics are for arguments of the wrong
//! length and indices out of range. The feature `serde` serialises the value types.

pub mod charts;
pub mod connection;
pub mod conventions;
pub mod curvature;
mod dense;
mod error;
pub mod extrinsic;
mod formula;
pub mod geodesic;
mod jet;
mod local;
mod map;
pub mod metric;
pub mod normal;
mod ode;
pub mod quadrature;
pub mod quantity;
mod scalar;
mod space;
mod surface;
mod taylor;
mod tensor;
pub mod transition;

pub use error::{Error, ErrorKind, Result};
pub use formula::{Formula, INLINE_DIM};
pub use geodesic::{
    ConjugateScan, DEFAULT_LOG_TOLERANCE, ExpDifferential, Geodesic, JacobiFields, Logarithm,
    Minimality, Route, Transport, distance, exp, exp_differential, exp_with, first_conjugate_point,
    geodesic, holonomy, jacobi_fields, log, log_with, transport, transport_along,
};
pub use jet::{Jet1, Jet2, Jet3};
pub use local::LocalGeometry;
pub use map::{C1Map, C2Map, C3Map, Map};
pub use nalgebra;
pub use normal::{NormalCoordinates, TaylorMap};
pub use ode::{DEFAULT_STEP_LIMIT, DEFAULT_TOLERANCE, Effort, Integrator, MOST_EQUAL_STEPS};
pub use quantity::{Quantities, Values};
pub use scalar::Scalar;
pub use space::{C3MetricSource, C3Space, Chart, MetricField, MetricSource, Space};
pub use surface::Surface;
pub use taylor::{Taylor1, Taylor2, Taylor3};
pub use tensor::{Tensor, TensorRef};
pub use transition::{
    AffineDefect, Atlas, AtlasSurvey, CocycleSurvey, Composite, IsometryDefect, PointDefects,
    Summary, Transition, TransitionSurvey, cocycle_defect, pullback_metric,
};

/// The example of the README runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

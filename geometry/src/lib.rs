//! Explicit Riemannian geometry of charts: metric, connection, curvature, geodesics, normal coordinates.
//!
//! A [`Chart`] is an immersion f: R^d → Rⁿ, written as one [`Formula`] or provided by anything that can fill its
//! jets; a [`MetricField`] gives the metric directly. Both are [`Space`]s, and every function takes a space.
//! Index order, signs and storage are those of [`conventions`].

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
pub mod laws;
mod local;
mod map;
pub mod metric;
pub mod normal;
mod ode;
pub mod quadrature;
mod scalar;
mod space;
mod surface;
mod taylor;
mod tensor;
pub mod transition;

pub use error::{Error, ErrorKind, Result};
pub use formula::{Formula, INLINE_DIM};
pub use geodesic::{
    ConjugateScan, DEFAULT_LOG_TOLERANCE, Geodesic, JacobiFields, Logarithm, Minimality, Route,
    Transport, distance, exp, exp_differential, exp_with, first_conjugate_point, geodesic,
    geodesics, holonomy, jacobi_fields, log, log_with, transport, transport_along,
};
pub use jet::{Jet1, Jet2, Jet3};
pub use local::{Ask, DEFAULT_CONDITION_LIMIT, LocalGeometry};
pub use map::{C1Map, C2Map, C3Map, Map};
pub use normal::{ChartView, NormalCoordinates, TaylorMap};
pub use ode::{DEFAULT_STEP_LIMIT, DEFAULT_TOLERANCE, Effort, Method};
pub use scalar::Scalar;
pub use space::{C3Source, C3Space, Chart, MetricField, Source, Space};
pub use surface::Surface;
pub use taylor::{Taylor1, Taylor2, Taylor3};
pub use tensor::Tensor;
pub use transition::{
    AffineDefect, Atlas, AtlasSurvey, CocycleSurvey, Composite, Inverse, IsometryDefect,
    PointDefects, Preimage, PulledBack, Summary, Transition, TransitionSurvey, cocycle_defect,
    preimage, pullback_connection, pullback_metric,
};

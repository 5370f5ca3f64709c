//! Coordinate domains with a Riemannian metric: what every geometric function of the crate takes.

use crate::error::Result;
use crate::map::{C2Map, C3Map};

/// An immersion f: U ⊂ R^d → Rⁿ, n ≥ d: a [`C2Map`] whose Jacobian has rank d on its domain.
///
/// Every chart is a [`Space`] with the pullback metric. A degenerate Jacobian met at a point is a typed error of
/// the function that needed the metric there.
pub trait Chart: C2Map {
    /// A radius within which exp at x is a diffeomorphism and its geodesics are the unique shortest ones
    /// *within this chart's domain*, if one is known. `log` calls a geodesic minimal only by this.
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        let _ = x;
        None
    }
}

/// A metric given directly: a map x ↦ g(x) into the components g_ij, i ≤ j, stored at
/// [`pair`](crate::conventions::pair)`(i, j)`; the target dimension is d(d+1)/2.
///
/// To make a type that implements this a [`Space`], add
/// `impl Space for T { fn source(&self) -> MetricSource<'_> { MetricSource::Field(self) } }` (and likewise [`C3Space`]).
pub trait MetricField: C2Map {
    /// A lower bound of the injectivity radius at x, or none if unknown; see
    /// [`Chart::injectivity_radius`].
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        let _ = x;
        None
    }
}

/// Where a metric comes from.
#[derive(Clone, Copy)]
pub enum MetricSource<'a> {
    /// The pullback of ⟨·,·⟩ by an immersion.
    Immersion(&'a dyn Chart),
    /// A field of metric components.
    Field(&'a dyn MetricField),
}

/// A coordinate domain with a Riemannian metric.
///
/// A metric comes from one of two places, and everything downstream is the same:
///
/// - a [`Chart`], an immersion f: U ⊂ R^d → Rⁿ, has the pullback metric `g_ij = ⟨∂_i f, ∂_j f⟩`; connection
///   and curvature need its second derivatives only (Gauss equation);
/// - a [`MetricField`] gives g(x) directly, as a smooth map into the d(d+1)/2 packed components; connection
///   needs its first, curvature its second derivatives.
///
/// Both are [`Space`]s. What needs ∂Γ (the coordinate formula of the curvature, the cubic term of normal
/// coordinates) takes a [`C3Space`], which a chart is when it has third derivatives.
///
/// ```
/// use geogate_geometry::{Formula, MetricField, Scalar, MetricSource, Space, curvature};
///
/// /// dx² + cosh²x dy², packed as (g_00, g_01, g_11): the hyperbolic plane once more.
/// struct Band;
///
/// impl Formula for Band {
///     fn source_dim(&self) -> usize {
///         2
///     }
///     fn target_dim(&self) -> usize {
///         3
///     }
///     fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
///         (out[0], out[1], out[2]) = (S::constant(1.0), S::constant(0.0), x[0].cosh().square());
///     }
/// }
///
/// impl MetricField for Band {}
///
/// impl Space for Band {
///     fn source(&self) -> MetricSource<'_> {
///         MetricSource::Field(self)
///     }
/// }
///
/// assert!((curvature::scalar_curvature(&Band, &[0.7, 0.0])? + 2.0).abs() < 1e-14);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
pub trait Space {
    /// Where the metric comes from.
    fn source(&self) -> MetricSource<'_>;

    /// Number d of coordinates.
    fn dim(&self) -> usize {
        match self.source() {
            MetricSource::Immersion(chart) => chart.source_dim(),
            MetricSource::Field(field) => field.source_dim(),
        }
    }

    /// Whether x lies in the domain; the error says what the domain asks for.
    fn domain(&self, x: &[f64]) -> Result<()> {
        match self.source() {
            MetricSource::Immersion(chart) => chart.domain(x),
            MetricSource::Field(field) => field.domain(x),
        }
    }

    /// A lower bound of the injectivity radius at x, or none if unknown; see
    /// [`Chart::injectivity_radius`].
    fn injectivity_radius(&self, x: &[f64]) -> Option<f64> {
        match self.source() {
            MetricSource::Immersion(chart) => chart.injectivity_radius(x),
            MetricSource::Field(field) => field.injectivity_radius(x),
        }
    }
}

impl<C: Chart> Space for C {
    fn source(&self) -> MetricSource<'_> {
        MetricSource::Immersion(self)
    }
}

impl Space for MetricSource<'_> {
    fn source(&self) -> MetricSource<'_> {
        *self
    }
}

/// Where a metric with one more derivative comes from.
#[derive(Clone, Copy)]
pub enum C3MetricSource<'a> {
    /// The pullback of ⟨·,·⟩ by an immersion with third derivatives.
    Immersion(&'a dyn C3Map),
    /// A field of metric components with second derivatives.
    Field(&'a dyn MetricField),
}

/// A space whose connection can be differentiated: charts with third derivatives, and metric fields.
pub trait C3Space: Space {
    /// Where the metric and its derivatives come from.
    fn c3_source(&self) -> C3MetricSource<'_>;
}

impl<C: Chart + C3Map> C3Space for C {
    fn c3_source(&self) -> C3MetricSource<'_> {
        C3MetricSource::Immersion(self)
    }
}

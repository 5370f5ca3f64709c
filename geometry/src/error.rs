//! The crate's error: an opaque struct whose [`kind`](Error::kind) carries the numbers, and whose text is
//! one sentence with them followed by what to try.

use std::fmt;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A geometric or numerical failure; match on [`kind`](Error::kind).
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: Box<ErrorKind>,
}

/// What failed, with the numbers a caller needs to react.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A point outside the stated domain of a map, chart or metric field.
    OutsideDomain {
        /// The point.
        point: Vec<f64>,
        /// What the domain asks for: "0 < θ < π".
        requirement: &'static str,
    },
    /// A value or derivative that is NaN or infinite.
    NotFinite {
        /// Which quantity: "metric", "second derivatives".
        quantity: &'static str,
        /// The point.
        point: Vec<f64>,
    },
    /// A metric that is not positive definite, or too ill-conditioned to invert
    /// ([degenerate](crate::conventions#where-a-metric-is-degenerate)).
    DegenerateMetric {
        /// The point.
        point: Vec<f64>,
        /// Eigenvalues of g there, ascending.
        eigenvalues: Vec<f64>,
        /// The largest ratio of eigenvalues accepted, [`CONDITION_LIMIT`](crate::conventions::CONDITION_LIMIT).
        condition_limit: f64,
    },
    /// Two vectors that span no plane.
    DegeneratePlane {
        /// The squared area g(u,u) g(v,v) − g(u,v)² of their parallelogram.
        squared_area: f64,
        /// The product g(u,u) g(v,v) it is compared with.
        scale: f64,
    },
    /// A quantity that does not exist in this dimension.
    Dimension {
        /// Which quantity.
        quantity: &'static str,
        /// The smallest dimension it needs.
        needed: usize,
        /// The dimension met.
        found: usize,
    },
    /// A quantity that needs an immersion, asked of a metric field.
    NotImmersed {
        /// Which quantity.
        quantity: &'static str,
    },
    /// An integration that could not go on: the step fell below what the time resolves, which is how a
    /// curve that runs out of its chart, or into a singularity, ends.
    Stalled {
        /// The parameter reached.
        time: f64,
        /// The step tried last.
        step: f64,
        /// The state there (point first).
        state: Vec<f64>,
        /// Why the last step was refused, if the right-hand side failed.
        cause: Option<Error>,
    },
    /// An integration that needed more steps than allowed.
    TooManySteps {
        /// The parameter reached.
        time: f64,
        /// The number of steps allowed.
        limit: usize,
    },
    /// An iteration that ended above its tolerance.
    NotConverged {
        /// What was iterated: "logarithm", "inverse map".
        what: &'static str,
        /// The residual reached, in the unit of the tolerance.
        residual: f64,
        /// The tolerance asked for.
        tolerance: f64,
        /// The number of iterations made.
        iterations: usize,
    },
    /// A linear map that should be invertible and is not.
    Singular {
        /// Which map: "derivative of the transition".
        what: &'static str,
        /// The point.
        point: Vec<f64>,
        /// Singular values of the map, descending.
        singular_values: Vec<f64>,
    },
    /// A geodesic asked to be shortest that passes a point conjugate to its start.
    NotShortest {
        /// Length of the geodesic found, in the metric.
        length: f64,
        /// The parameter of the conjugate point along it, below 1.
        conjugate: f64,
    },
    /// A setting of a method outside its range.
    Setting {
        /// Which: "tolerance".
        name: &'static str,
        /// The value given.
        value: f64,
        /// What is accepted: "between 0 and 1".
        range: &'static str,
    },
    /// A chart or transition that an atlas does not hold.
    Missing {
        /// What was looked up: "transition 2 → 0".
        what: String,
    },
}

impl Error {
    /// The kind of failure and its data.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// A point outside a domain; `requirement` says what the domain asks for ("0 < θ < π").
    pub fn outside_domain(point: &[f64], requirement: &'static str) -> Self {
        ErrorKind::OutsideDomain {
            point: point.to_vec(),
            requirement,
        }
        .into()
    }

    /// A NaN or an infinity in `quantity` at `point`.
    pub fn not_finite(quantity: &'static str, point: &[f64]) -> Self {
        ErrorKind::NotFinite {
            quantity,
            point: point.to_vec(),
        }
        .into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Stalled {
                cause: Some(cause), ..
            } => Some(cause),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stalled { .. }
            | Self::TooManySteps { .. }
            | Self::NotConverged { .. }
            | Self::NotShortest { .. }
            | Self::Singular { .. } => self.describe_solver(f),
            Self::Setting { name, value, range } => {
                write!(f, "the {name} is {value}; give one {range}")
            }
            Self::Missing { what } => write!(f, "the atlas holds no {what}; add it first"),
            _ => self.describe_point(f),
        }
    }
}

impl ErrorKind {
    /// What is wrong at a point, or with what was asked there.
    fn describe_point(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideDomain { point, requirement } => write!(
                f,
                "the point {point:?} is outside the domain, which asks for {requirement}; \
                 move it inside or use another chart"
            ),
            Self::NotFinite { quantity, point } => write!(
                f,
                "the {quantity} at {point:?} is not finite; state a domain that excludes the point"
            ),
            Self::DegenerateMetric {
                point,
                eigenvalues,
                condition_limit,
            } => write!(
                f,
                "the metric at {point:?} has eigenvalues {eigenvalues:?}, not all positive within the \
                 condition limit {condition_limit:e}; move off the singularity or choose coordinates of more equal units"
            ),
            Self::DegeneratePlane {
                squared_area,
                scale,
            } => write!(
                f,
                "two vectors span no plane: squared area {squared_area:e} beside {scale:e}; choose \
                 independent vectors"
            ),
            Self::Dimension {
                quantity,
                needed,
                found,
            } => {
                write!(
                    f,
                    "the {quantity} needs dimension {needed} or more, not {found}"
                )
            }
            Self::NotImmersed { quantity } => write!(
                f,
                "the {quantity} needs a chart in an ambient space, not a metric field"
            ),
            _ => Ok(()),
        }
    }

    /// Where an iteration or integration ended.
    fn describe_solver(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stalled {
                time,
                step,
                state,
                cause,
            } => {
                write!(
                    f,
                    "integration stalled at parameter {time} with step {step:e}, state {state:?}"
                )?;
                match cause {
                    Some(cause) => write!(f, ": {cause}"),
                    None => write!(f, "; loosen the tolerance or shorten the curve"),
                }
            }
            Self::TooManySteps { time, limit } => write!(
                f,
                "integration reached only parameter {time} in {limit} steps; allow more or loosen the tolerance"
            ),
            Self::NotConverged {
                what,
                residual,
                tolerance,
                iterations,
            } => write!(
                f,
                "the {what} stopped after {iterations} iterations at residual {residual:e}, above \
                 {tolerance:e}; start closer or loosen the tolerance"
            ),
            Self::NotShortest { length, conjugate } => write!(
                f,
                "the geodesic found has length {length} and passes a conjugate point at parameter {conjugate}, so that \
                 it is not shortest; the distance is below that length: go through a point between"
            ),
            Self::Singular {
                what,
                point,
                singular_values,
            } => write!(
                f,
                "the {what} at {point:?} is not invertible: singular values {singular_values:?}"
            ),
            _ => Ok(()),
        }
    }
}

//! Conjugate points: where geodesics from one point meet again to first order, and stop being shortest.
//!
//! With J the d Jacobi fields that vanish at the start and P their covariant derivatives, `M_ab = g(P_a, J_b)` is
//! symmetric and starts positive. Its eigenvalues change sign only where P is singular (downwards) or where J is
//! (upwards), and the latter are the conjugate points: so they are found whatever their multiplicity, where det J
//! alone would miss the even ones.

use super::jacobi::{JacobiFields, jacobi_fields};
use crate::error::{ErrorKind, Result};
use crate::metric;
use crate::ode::Integrator;
use crate::space::Space;
use nalgebra::DMatrix;

/// What a search for conjugate points along a geodesic found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConjugateScan {
    /// The parameter of the first conjugate point, if there is one in (0, `scanned`].
    pub first: Option<f64>,
    /// The parameter up to which the geodesic was searched.
    pub scanned: f64,
}

/// Samples per integration step: a step turns Jacobi fields by a fraction of a radian.
const SAMPLES_PER_STEP: usize = 2;
/// Bisections to locate a conjugate point, to 2^-40 of a sample.
const BISECTIONS: usize = 40;

/// Searches the geodesic from x with velocity v for the first point conjugate to x, for parameters up to `until`
/// (the velocity is that of the whole geodesic, so parameter 1 is exp_x(v)).
///
/// With J the d Jacobi fields that vanish at x and P their covariant derivatives, the matrix `g(P_a, J_b)` is
/// symmetric; an eigenvalue that turns positive again marks a conjugate point, of any multiplicity.
///
/// ```
/// use geogate_geometry::{Integrator, charts::StereographicSphere, first_conjugate_point};
/// // of a sphere of radius 2, after half a great circle, 2π; this velocity has length 4 (g = δ on the equator)
/// let sphere = StereographicSphere::new(3, 2.0);
/// let scan = first_conjugate_point(&sphere, &[2.0, 0.0, 0.0], &[0.0, 4.0, 0.0], 2.0, Integrator::default())?;
/// assert!((scan.first.ok_or("none found")? - std::f64::consts::FRAC_PI_2).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`geodesic`](super::geodesic), and where `until` is not a positive number.
pub fn first_conjugate_point(
    space: &dyn Space,
    x: &[f64],
    v: &[f64],
    until: f64,
    method: Integrator,
) -> Result<ConjugateScan> {
    if !(until > 0.0 && until.is_finite()) {
        let (name, range) = ("last parameter of a search", "that is positive and finite");
        let value = until;
        return Err(ErrorKind::Setting { name, value, range }.into());
    }
    method.check()?;
    let d = x.len();
    let long: Vec<f64> = v.iter().map(|v| v * until).collect();
    let frame = metric::orthonormal_frame(space, x)?;
    let length = metric::inner(space, x, &long, &long)?.sqrt();
    let none = ConjugateScan {
        first: None,
        scanned: until,
    };
    if d == 1 || length == 0.0 {
        return Ok(none);
    }
    // fields of unit derivative per unit length, so that J and P are of one size
    let start: Vec<f64> = (0..d * d)
        .map(|at| length * frame[[at % d, at / d]])
        .collect();
    let fields = jacobi_fields(space, x, &long, &vec![0.0; d * d], &start, method)?;
    let first = scan(space, &fields, d)?.map(|t| t * until);
    Ok(ConjugateScan { first, ..none })
}

/// Signs at one parameter: the number of negative eigenvalues of M and the sign of det J.
#[derive(Clone, Copy, PartialEq)]
struct Signs {
    negative: usize,
    flipped: bool,
}

impl Signs {
    /// Whether a conjugate point lies between `self` and a later `next`.
    fn passed(self, next: Self) -> bool {
        next.negative < self.negative || next.flipped != self.flipped
    }
}

fn signs(space: &dyn Space, fields: &JacobiFields, d: usize, t: f64) -> Result<Signs> {
    let j = DMatrix::from_column_slice(d, d, &fields.values(t)) / t;
    let p = DMatrix::from_column_slice(d, d, &fields.derivatives(t));
    let g = DMatrix::from_row_slice(
        d,
        d,
        metric::metric(space, &fields.position(t))?.components(),
    );
    let m = p.transpose() * g * &j;
    let symmetric = (&m + m.transpose()) * 0.5;
    let negative = metric::eigenvalues(d, symmetric.as_slice())
        .into_iter()
        .filter(|&e| e < 0.0)
        .count();
    Ok(Signs {
        negative,
        flipped: j.determinant() < 0.0,
    })
}

fn scan(space: &dyn Space, fields: &JacobiFields, d: usize) -> Result<Option<f64>> {
    let oriented = fields
        .times()
        .get(1)
        .map_or(1.0, |t| t / SAMPLES_PER_STEP as f64);
    let (mut t, mut before) = (oriented, signs(space, fields, d, oriented)?);
    for ends in fields.times().windows(2) {
        for part in 1..=SAMPLES_PER_STEP {
            let next = ends[0] + (ends[1] - ends[0]) * part as f64 / SAMPLES_PER_STEP as f64;
            if next <= t {
                continue;
            }
            let after = signs(space, fields, d, next)?;
            if before.passed(after) {
                return bisect(space, fields, d, [t, next], before).map(Some);
            }
            (t, before) = (next, after);
        }
    }
    Ok(None)
}

fn bisect(
    space: &dyn Space,
    fields: &JacobiFields,
    d: usize,
    ends: [f64; 2],
    before: Signs,
) -> Result<f64> {
    let [mut low, mut high] = ends;
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if before.passed(signs(space, fields, d, middle)?) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(0.5 * (low + high))
}

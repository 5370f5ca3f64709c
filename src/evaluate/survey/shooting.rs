//! Geodesics between given points, for pictures.

use crate::geometry::{self, ErrorKind, Integrator, Space, exp_with, geodesic, log_with, metric};

/// Every geodesic of a picture takes so many steps: a bounded cost, and the speed at its end says
/// whether they were enough.
const METHOD: Integrator = Integrator::DormandPrinceFixed { steps: 24 };
/// The end is missed by less than this fraction of the coordinate distance.
const TOLERANCE: f64 = 1e-7;
/// The speed at the end differs from that at the start by less than this fraction.
const DRIFT: f64 = 1e-4;
/// Shots of the simple iteration.
const SHOTS: usize = 40;
/// A shot that leaves more of the miss than this ends it.
const PROGRESS: f64 = 0.9;
/// Up to this dimension Newton's method with Jacobi fields takes over where the simple iteration
/// fails; above, its d-fold cost has no place in a picture.
const NEWTON_DIM: usize = 4;

/// v with exp_p(v) = q, by `v ← v + (q − exp_p(v))`, which contracts where the geodesic is not bent
/// much; in few dimensions Newton's method takes over where it is.
///
/// # Errors
/// Where neither converges, or the steps are too few for the geodesic.
pub(super) fn velocity(space: &dyn Space, p: &[f64], q: &[f64]) -> geometry::Result<Vec<f64>> {
    let chord: Vec<f64> = q.iter().zip(p).map(|(q, p)| q - p).collect();
    let found = match iterate(space, p, q, &chord) {
        Err(_) if p.len() <= NEWTON_DIM => log_with(space, p, q, METHOD, TOLERANCE)?.velocity,
        found => found?,
    };
    let curve = geodesic(space, p, &found, METHOD)?;
    let (end, speed) = (curve.position(1.0), curve.velocity(1.0));
    let drift = metric::inner(space, &end, &speed, &speed)?.sqrt() / curve.length() - 1.0;
    if drift.abs() <= DRIFT {
        Ok(found)
    } else {
        Err(not_converged(drift.abs(), DRIFT, 1))
    }
}

/// Points of the geodesic from p with velocity v, at `count` equal steps of its parameter.
pub(super) fn curve(
    space: &dyn Space,
    p: &[f64],
    v: &[f64],
    count: usize,
) -> geometry::Result<Vec<Vec<f64>>> {
    let curve = geodesic(space, p, v, METHOD)?;
    let at = |k: usize| curve.position(k as f64 / count as f64);
    Ok((0..=count).map(at).collect())
}

fn iterate(space: &dyn Space, p: &[f64], q: &[f64], chord: &[f64]) -> geometry::Result<Vec<f64>> {
    let size = norm(chord);
    let (mut v, mut last) = (chord.to_vec(), f64::INFINITY);
    for shot in 1..=SHOTS {
        let end = exp_with(space, p, &v, METHOD)?;
        let miss: Vec<f64> = q.iter().zip(&end).map(|(q, e)| q - e).collect();
        let residual = norm(&miss) / size;
        if residual <= TOLERANCE {
            return Ok(v);
        }
        // NaN ends it too
        let goes_on = residual <= PROGRESS * last;
        if !goes_on {
            return Err(not_converged(residual, TOLERANCE, shot));
        }
        last = residual;
        v.iter_mut().zip(&miss).for_each(|(v, m)| *v += m);
    }
    Err(not_converged(last, TOLERANCE, SHOTS))
}

fn not_converged(residual: f64, tolerance: f64, iterations: usize) -> geometry::Error {
    ErrorKind::NotConverged {
        what: "geodesic between two points",
        residual,
        tolerance,
        iterations,
    }
    .into()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::charts::{Sphere, StereographicSphere};
    use crate::geometry::log;

    #[test]
    fn velocities_are_those_of_the_logarithm() {
        let sphere = StereographicSphere::new(3, 1.0);
        for (p, q) in [
            ([0.1, 0.2, 0.0], [0.3, -0.1, 0.2]),
            ([0.0, 0.4, 0.1], [0.9, -0.3, 0.5]),
        ] {
            let got = velocity(&sphere, &p, &q).unwrap();
            let want = log(&sphere, &p, &q).unwrap().velocity;
            for (got, want) in got.iter().zip(&want) {
                assert!((got - want).abs() < 1e-5, "{got} {want}");
            }
        }
    }

    /// The equator of a sphere in spherical coordinates: φ runs at constant speed.
    #[test]
    fn a_curve_runs_evenly() {
        let sphere = Sphere::new(2, 2.0);
        let half = std::f64::consts::FRAC_PI_2;
        let points = curve(&sphere, &[half, 0.0], &[0.0, 1.0], 4).unwrap();
        for (k, point) in points.iter().enumerate() {
            assert!((point[0] - half).abs() < 1e-12 && (point[1] - k as f64 / 4.0).abs() < 1e-12);
        }
    }
}

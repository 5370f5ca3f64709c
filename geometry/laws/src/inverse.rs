//! Inverses of maps between coordinate spaces of equal dimension, by Newton's method, with jets.

use crate::dense;
use geogate_geometry::conventions::ROUNDOFF;
use geogate_geometry::nalgebra::{DMatrix, DVector};
use geogate_geometry::{C1Map, C2Map, Error, ErrorKind, Jet1, Jet2, Map, Result};

/// A solution of τ(x) = y.
#[derive(Clone, Debug, PartialEq)]
pub struct Preimage {
    /// x.
    pub point: Vec<f64>,
    /// |τ(x) − y|.
    pub residual: f64,
    /// Newton steps taken.
    pub iterations: usize,
}

/// Newton steps before giving up.
const LIMIT: usize = 60;
/// The shortest fraction of a Newton step that is tried.
const SHORTEST: f64 = 1e-6;
/// Residual relative to |y| (or 1) that is accepted.
const TOLERANCE: f64 = 1e-12;

/// Solves τ(x) = y by damped Newton steps from `start`.
///
/// # Errors
/// Where Dτ is singular on the way, and where the residual stays above 1e-12 of |y|.
pub fn preimage(map: &dyn C1Map, y: &[f64], start: &[f64]) -> Result<Preimage> {
    let d = y.len();
    if !y.iter().all(|y| y.is_finite()) {
        return Err(Error::not_finite("value to be inverted", y));
    }
    let mut jet = Jet1::new();
    let mut x = start.to_vec();
    let scale = dense::norm(y).max(1.0);
    let residual_at = |x: &[f64], jet: &mut Jet1| {
        map.jet1(x, jet);
        dense::norm(
            &y.iter()
                .zip(jet.value())
                .map(|(y, f)| y - f)
                .collect::<Vec<_>>(),
        )
    };
    let mut residual = residual_at(&x, &mut jet);
    let mut iterations = 0;
    while iterations < LIMIT && residual > ROUNDOFF * scale {
        let miss = DVector::from_iterator(d, y.iter().zip(jet.value()).map(|(y, f)| y - f));
        let lu = DMatrix::from_column_slice(d, d, jet.jac()).lu();
        let Some(step) = lu.solve(&miss) else {
            return Err(singular(&jet, &x));
        };
        let mut factor = 1.0;
        let mut next = f64::INFINITY;
        let mut falls = false;
        let mut moved = x.clone();
        while factor > SHORTEST && !falls {
            moved = x.iter().zip(&step).map(|(x, s)| x + factor * s).collect();
            next = residual_at(&moved, &mut jet);
            falls = next < residual;
            factor *= 0.5;
        }
        iterations += 1;
        if !falls {
            break;
        }
        (x, residual) = (moved, next);
    }
    if residual <= TOLERANCE * scale {
        Ok(Preimage {
            point: x,
            residual,
            iterations,
        })
    } else {
        Err(ErrorKind::NotConverged {
            what: "inverse map",
            residual,
            tolerance: TOLERANCE * scale,
            iterations,
        }
        .into())
    }
}

fn singular(jet: &Jet1, x: &[f64]) -> Error {
    let d = jet.source_dim();
    let values = DMatrix::from_column_slice(jet.target_dim(), d, jet.jac()).singular_values();
    let singular_values = values.iter().copied().collect();
    ErrorKind::Singular {
        what: "derivative of the map",
        point: x.to_vec(),
        singular_values,
    }
    .into()
}

/// The inverse of a diffeomorphism as a map, each value found by Newton's method from one start.
///
/// ```text
/// D(τ⁻¹) = (Dτ)⁻¹        D²(τ⁻¹)(u, v) = −(Dτ)⁻¹ D²τ((Dτ)⁻¹ u, (Dτ)⁻¹ v)
/// ```
pub struct Inverse<'a> {
    map: &'a dyn C2Map,
    start: Vec<f64>,
}

impl<'a> Inverse<'a> {
    /// The inverse of `map`, searched from `start`. Where the search fails, values are NaN and
    /// [`domain`](Map::domain) says why.
    ///
    /// # Panics
    /// If the map is not between spaces of equal dimension.
    #[track_caller]
    pub fn new(map: &'a dyn C2Map, start: &[f64]) -> Self {
        assert_eq!(
            map.source_dim(),
            map.target_dim(),
            "an invertible map has equal dimensions"
        );
        Self {
            map,
            start: start.to_vec(),
        }
    }

    fn solve(&self, y: &[f64]) -> Vec<f64> {
        self.preimage(y)
            .map_or_else(|_| vec![f64::NAN; y.len()], |found| found.point)
    }

    /// The point that the map sends to y, by [`preimage`].
    fn preimage(&self, y: &[f64]) -> Result<Preimage> {
        preimage(self.map, y, &self.start)
    }
}

impl Map for Inverse<'_> {
    fn source_dim(&self) -> usize {
        self.map.source_dim()
    }

    fn target_dim(&self) -> usize {
        self.map.target_dim()
    }

    fn value(&self, y: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.solve(y));
    }

    fn domain(&self, y: &[f64]) -> Result<()> {
        self.map.domain(&self.preimage(y)?.point)
    }
}

/// The inverse of the Jacobian of `jet`, columns as rows `[i][a]`, NaN where singular.
fn inverse_columns(jet: &Jet1) -> DMatrix<f64> {
    let d = jet.source_dim();
    let jac = DMatrix::from_column_slice(d, d, jet.jac());
    jac.try_inverse()
        .unwrap_or_else(|| DMatrix::from_element(d, d, f64::NAN))
}

impl C1Map for Inverse<'_> {
    fn jet1(&self, y: &[f64], out: &mut Jet1) {
        let x = self.solve(y);
        let mut jet = Jet1::new();
        self.map.jet1(&x, &mut jet);
        out.reshape(x.len(), x.len());
        out.value_mut().copy_from_slice(&x);
        out.jac_mut()
            .copy_from_slice(inverse_columns(&jet).as_slice());
    }
}

impl C2Map for Inverse<'_> {
    fn jet2(&self, y: &[f64], out: &mut Jet2) {
        let (d, x) = (y.len(), self.solve(y));
        let mut jet = Jet2::new();
        self.map.jet2(&x, &mut jet);
        let inverse = inverse_columns(&jet.first);
        out.reshape(d, d);
        out.first.value_mut().copy_from_slice(&x);
        out.first.jac_mut().copy_from_slice(inverse.as_slice());
        let mut second = DVector::zeros(d);
        for j in 0..d {
            for i in 0..=j {
                let (u, v) = (out.first.column(i), out.first.column(j));
                jet.second_along(u, v, second.as_mut_slice());
                out.second_mut(i, j)
                    .copy_from_slice((-(&inverse * &second)).as_slice());
            }
        }
    }
}

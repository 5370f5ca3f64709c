//! Integrals over boxes of coordinates: volumes, total curvature.
//!
//! ```text
//! ∫ h dV = ∫ h(x) √det g(x) dx        Gauss–Bonnet: ∫ K dV = 2πχ over a closed surface
//! ```
//!
//! ```
//! use geogate_geometry::{charts::{ClosedForms, Torus}, quadrature};
//! let torus = Torus::new(2.0, 0.8);
//! let total = quadrature::integral_of_curvature(&torus, &torus.region(), 24)?;
//! assert!(total.abs() < 1e-10);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::charts::Region;
use crate::error::{ErrorKind, Result};
use crate::local::LocalGeometry;
use crate::quantity::{self, Quantities, Values};
use crate::space::Space;

/// A quadrature rule on [0, 1]: `∫ f ≈ Σ_k w_k f(x_k)`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuadratureRule {
    /// The nodes x_k.
    pub nodes: Vec<f64>,
    /// The weights w_k.
    pub weights: Vec<f64>,
}

/// The Gauss–Legendre rule of `count` nodes, exact for polynomials of degree 2·count − 1.
///
/// Newton's method on P_n from the Chebyshev-like guess cos(π (i + ¾)/(n + ½)). A rule of no nodes is empty.
pub fn gauss_legendre(count: usize) -> QuadratureRule {
    const ITERATIONS: usize = 10;
    let n = count as f64;
    let rule = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..ITERATIONS {
            let (mut p0, mut p1) = (1.0, x);
            for k in 2..=count {
                let k = k as f64;
                (p0, p1) = (p1, ((2.0 * k - 1.0) * x * p1 - (k - 1.0) * p0) / k);
            }
            slope = n * (x * p1 - p0) / (x * x - 1.0);
            x -= p1 / slope;
        }
        (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    let (nodes, weights) = (0..count).map(rule).unzip();
    QuadratureRule { nodes, weights }
}

/// ∫ h dV over a box, by a product Gauss rule of `count` nodes per coordinate; h sees the
/// values of `quantities` at a node.
///
/// # Errors
/// Where the metric is degenerate at a node, and for a rule of no nodes or of more than 10⁹ in all.
pub fn integral<Q: Quantities>(
    space: &dyn Space,
    region: &Region,
    count: usize,
    quantities: Q,
    h: &mut dyn FnMut(Values<'_, Q>) -> f64,
) -> Result<f64> {
    /// Nodes of the product rule: minutes at a tenth of a microsecond each.
    const MOST_NODES: usize = 1_000_000_000;
    let d = space.dim();
    let total = count
        .checked_pow(d as u32)
        .filter(|all| count <= 10_000 && (1..=MOST_NODES).contains(all));
    let Some(total) = total else {
        let (name, value) = ("number of quadrature nodes per coordinate", count as f64);
        let range = "from 1, with at most 1e9 nodes in all coordinates together";
        return Err(ErrorKind::Setting { name, value, range }.into());
    };
    let QuadratureRule { nodes, weights } = gauss_legendre(count);
    let mut local = LocalGeometry::new();
    let mut unit = vec![0.0; d];
    let mut sum = 0.0;
    for at in 0..total {
        let mut weight = 1.0;
        for (i, u) in unit.iter_mut().enumerate() {
            let node = at / count.pow(i as u32) % count;
            *u = nodes[node];
            weight *= weights[node];
        }
        let x = region.point(&unit);
        let (values, volume) = local.at(space, &x, (quantities, quantity::VolumeElement))?;
        sum += weight * h(values) * volume;
    }
    let sides: f64 = region
        .lower
        .iter()
        .zip(&region.upper)
        .map(|(l, u)| u - l)
        .product();
    Ok(sum * sides)
}

/// The volume of a box of coordinates.
///
/// # Errors
/// As [`integral`].
pub fn volume(space: &dyn Space, region: &Region, count: usize) -> Result<f64> {
    integral(space, region, count, (), &mut |()| 1.0)
}

/// ∫ ½ R dV over a box; for a surface ∫ K dV.
///
/// # Errors
/// As [`integral`].
pub fn integral_of_curvature(space: &dyn Space, region: &Region, count: usize) -> Result<f64> {
    let curvature = quantity::ScalarCurvature;
    integral(space, region, count, curvature, &mut |scalar| 0.5 * scalar)
}

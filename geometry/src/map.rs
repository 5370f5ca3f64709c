//! Smooth maps R^d → Rⁿ of any shape, as a ladder of object-safe traits.

use crate::error::Result;
use crate::jet::{Jet1, Jet2, Jet3};

/// A map that can be evaluated.
///
/// Smooth maps R^d → Rⁿ of any shape, as a ladder of object-safe traits: value ([`Map`]), Jacobian
/// ([`C1Map`]), Hessian ([`C2Map`]), third derivatives ([`C3Map`]).
///
/// Each rung asks for one method, which fills a jet the caller owns with the value *and* all derivatives up to
/// its order, because they share their work; everything else is provided. A function that needs second
/// derivatives takes a `C2Map`, so a missing derivative is a compile error. The provided methods are
/// correct for every map and lean for none in particular: a map that knows a cheaper way overrides
/// them.
///
/// Most maps are best written as one [`Formula`](crate::Formula), which climbs all rungs by itself.
///
/// Contracts of every rung: `x` has length [`source_dim`](Map::source_dim), the derivatives are those of the
/// value returned by the same map, nothing depends on what the buffer held
/// before, and no call panics on finite input: outside the domain a map may return NaN.
pub trait Map {
    /// Number d of coordinates.
    fn source_dim(&self) -> usize;

    /// Number n of components of a value.
    fn target_dim(&self) -> usize;

    /// f(x), written into `out` (n numbers).
    fn value(&self, x: &[f64], out: &mut [f64]);

    /// Whether x is where the map is meant to be used; the error says what is asked for. By default everywhere.
    fn domain(&self, x: &[f64]) -> Result<()> {
        let _ = x;
        Ok(())
    }

    /// Values at many points: `points` is `[point][i]`, `out` is `[point][a]`.
    fn values(&self, points: &[f64], out: &mut [f64]) {
        let rows = points.chunks_exact(self.source_dim());
        for (x, value) in rows.zip(out.chunks_exact_mut(self.target_dim())) {
            self.value(x, value);
        }
    }
}

/// A map with first derivatives.
pub trait C1Map: Map {
    /// f and J_i = ∂_i f at x.
    fn jet1(&self, x: &[f64], out: &mut Jet1);
}

/// A map with first and second derivatives.
pub trait C2Map: C1Map {
    /// f, J_i and H_ij = ∂_i ∂_j f at x.
    fn jet2(&self, x: &[f64], out: &mut Jet2);

    /// D²f(v, v) into `out` (n numbers), with f and J left in `jet.first`; what `jet` holds of second
    /// derivatives afterwards is unspecified. One second derivative instead of d(d+1)/2.
    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        self.jet2(x, jet);
        jet.second_along(v, v, out);
    }
}

/// A map with derivatives to third order.
pub trait C3Map: C2Map {
    /// f and all derivatives to third order at x.
    fn jet3(&self, x: &[f64], out: &mut Jet3);
}

//! Surfaces in R³ written as a closure.

use crate::jet::{Jet1, Jet2};
use crate::map::{C1Map, C2Map, Map};
use crate::scalar::Scalar;
use crate::space::Chart;
use crate::taylor::Taylor2;

/// A surface (u, v) ↦ R³ given by a closure over numbers that carry two derivatives. For third derivatives or other
/// dimensions write a [`Formula`](crate::Formula).
///
/// ```
/// use geogate_geometry::{Scalar, Surface, curvature};
/// let torus = Surface::new(|[u, v]| {
///     let w = v.cos() * 0.8 + 2.0;
///     [w * u.cos(), w * u.sin(), v.sin() * 0.8]
/// });
/// let r = curvature::scalar_curvature(&torus, &[0.3, 0.0])?;
/// assert!((r - 2.0 / (0.8 * 2.8)).abs() < 1e-13);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Surface<F> {
    position: F,
}

impl<F: Fn([Taylor2<2>; 2]) -> [Taylor2<2>; 3]> Surface<F> {
    /// The surface with the given position.
    pub fn new(position: F) -> Self {
        Self { position }
    }

    #[inline(always)]
    fn evaluate(&self, x: &[f64]) -> [Taylor2<2>; 3] {
        (self.position)([Taylor2::variable(x[0], 0), Taylor2::variable(x[1], 1)])
    }
}

impl<F: Fn([Taylor2<2>; 2]) -> [Taylor2<2>; 3]> Map for Surface<F> {
    fn source_dim(&self) -> usize {
        2
    }

    fn target_dim(&self) -> usize {
        3
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        let constants = [Taylor2::constant(x[0]), Taylor2::constant(x[1])];
        out.iter_mut()
            .zip((self.position)(constants))
            .for_each(|(o, y)| *o = y.real());
    }
}

impl<F: Fn([Taylor2<2>; 2]) -> [Taylor2<2>; 3]> C1Map for Surface<F> {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        out.reshape(2, 3);
        for (a, y) in self.evaluate(x).into_iter().enumerate() {
            out.value_mut()[a] = y.real();
            (0..2).for_each(|i| out.column_mut(i)[a] = y.first(i));
        }
    }
}

impl<F: Fn([Taylor2<2>; 2]) -> [Taylor2<2>; 3]> C2Map for Surface<F> {
    #[inline]
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        out.reshape(2, 3);
        let y = self.evaluate(x);
        let value = out.first.value_mut();
        (0..3).for_each(|a| value[a] = y[a].real());
        let jac = &mut out.first.jac_mut()[..6];
        (0..6).for_each(|at| jac[at] = y[at % 3].first(at / 3));
        let hess = &mut out.hess_mut()[..9];
        for (at, (i, j)) in [(0, 0), (1, 0), (1, 1)].into_iter().enumerate() {
            (0..3).for_each(|a| hess[3 * at + a] = y[a].second(i, j));
        }
    }
}

impl<F: Fn([Taylor2<2>; 2]) -> [Taylor2<2>; 3]> Chart for Surface<F> {}

//! The geodesic acceleration −Γ(v, v), without Γ.

use crate::dense::{self, by_dim, dot};
use crate::error::{Error, Result};
use crate::jet::Jet2;
use crate::metric;
use crate::space::{MetricSource, Space};

/// Buffers for the acceleration; nothing is allocated after the first call.
#[derive(Default)]
pub(super) struct Spray {
    jet: Jet2,
    ambient: Vec<f64>,
    g: Vec<f64>,
    factor: Vec<f64>,
    frame: Vec<f64>,
}

impl Spray {
    /// −Γ^k_ij v^i v^j at x into `out`.
    pub(super) fn acceleration(
        &mut self,
        space: &dyn Space,
        x: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Result<()> {
        let d = x.len();
        self.g.resize(d * d, 0.0);
        self.factor.resize(d * d, 0.0);
        self.frame.resize(d * d, 0.0);
        match space.source() {
            MetricSource::Immersion(chart) => {
                chart.domain(x)?;
                let n = chart.target_dim();
                self.ambient.resize(n, 0.0);
                chart.second_along(x, v, &mut self.jet, &mut self.ambient);
                let first = &self.jet.first;
                by_dim!(d => metric::pullback(d, first.jac(), n, &mut self.g));
                for (l, o) in out.iter_mut().enumerate() {
                    *o = -dot(first.column(l), &self.ambient);
                }
            }
            MetricSource::Field(field) => {
                field.domain(x)?;
                field.jet1(x, &mut self.jet.first);
                metric::unpack(d, self.jet.first.value(), &mut self.g);
                by_dim!(d => lowered_spray(d, self.jet.first.jac(), v, out));
            }
        }
        by_dim!(d => metric::checked_factor(d, &self.g, &mut self.factor, &mut self.frame, x))?;
        if !dense::all_finite(out) {
            return Err(Error::not_finite("second derivatives", x));
        }
        by_dim!(d => dense::cholesky_solve(d, &self.factor, out));
        Ok(())
    }
}

/// −Γ_{l,ij} v^i v^j = ½ ∂_l g_ij v^i v^j − ∂_i g_lj v^i v^j, from ∂_k g stored `[k][pair(i, j)]`.
#[inline(always)]
fn lowered_spray(d: usize, dg: &[f64], v: &[f64], out: &mut [f64]) {
    use crate::conventions::{pair, pairs};
    let p = pairs(d);
    let (dg, v, out) = (&dg[..d * p], &v[..d], &mut out[..d]);
    for l in 0..d {
        let mut sum = 0.0;
        for i in 0..d {
            for j in 0..d {
                sum += (0.5 * dg[l * p + pair(i, j)] - dg[i * p + pair(l, j)]) * v[i] * v[j];
            }
        }
        out[l] = sum;
    }
}

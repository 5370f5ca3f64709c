//! Metrics pulled back by a map.

use crate::dense;
use crate::error::Result;
use crate::jet::Jet1;
use crate::map::C2Map;
use crate::metric::metric;
use crate::space::Space;
use crate::tensor::Tensor;

/// (τ* g)_ij = g_ab ∂_i τ^a ∂_j τ^b at z, `[i][j]`.
///
/// # Errors
/// Where τ(z) is outside the domain of `space` or its metric is degenerate.
pub fn pullback_metric(space: &dyn Space, map: &dyn C2Map, z: &[f64]) -> Result<Tensor<2>> {
    let d = z.len();
    let mut jet = Jet1::new();
    map.jet1(z, &mut jet);
    let g = metric(space, jet.value())?;
    let mut out = Tensor::<2>::zeros(d);
    for (i, j) in (0..d * d).map(|at| (at / d, at % d)) {
        out[[i, j]] = dense::bilinear(g.components(), jet.column(i), jet.column(j));
    }
    Ok(out)
}

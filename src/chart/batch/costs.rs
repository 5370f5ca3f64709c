//! Which road to second derivatives takes fewer operations: all pairs forward, or reverse columns.

use super::network::Network;
use crate::geometry::conventions::pairs;
use crate::tensor::Real;

/// Multiply–adds per point beyond the first derivatives of what second derivatives are made of.
struct Costs {
    /// A column through all layers after the first activation.
    column: usize,
    /// Units with an activation: of the affine beginning, where `u_i u_j` is constant, and after it.
    units: [usize; 2],
}

impl Costs {
    fn of<T: Real>(net: &Network<'_, T>) -> Self {
        let after = &net.layers[net.first + 1..];
        let active = (net.first + 1..net.layers.len()).filter(|&k| net.has_activation(k));
        let first = usize::from(net.has_activation(net.first)) * net.width(net.first);
        Self {
            column: after.iter().map(|l| l.inputs() * l.outputs()).sum(),
            units: [first, active.map(|k| net.width(k)).sum()],
        }
    }
}

/// Does it take fewer operations to get Γ_{l,ij} by d reverse columns than by all pairs forward?
///
/// Reverse columns also meet the products u_i u_j of every unit with an activation, forward ones the
/// components of J.
pub(super) fn reverse_is_leaner<T: Real>(net: &Network<'_, T>) -> bool {
    let (d, p, n) = (net.inputs(), pairs(net.inputs()), net.outputs());
    let Costs { column, units } = Costs::of(net);
    d * column + d * p * (units[0] + units[1]) <= p * column + d * p * n
}

/// Is II leaner by n − d reverse columns along normals than by all pairs forward?
///
/// Reverse columns also meet the products u_i u_j, and their matrices are turned into the frame (Riemann's, in
/// coordinates, are not, but go by the same rule); forward ones are projected. Products in lanes count double:
/// they run at about half the rate of those of layers.
pub(super) fn normals_are_leaner<T: Real>(net: &Network<'_, T>) -> bool {
    const LANES_COST: usize = 2;
    let (d, p, n) = (net.inputs(), pairs(net.inputs()), net.outputs());
    let Costs { column, units } = Costs::of(net);
    // 2 d³ while E is one block, towards 5 d³ / 6 in many
    let turned = 3 * d * d * d / 2;
    let of_normal = column + p * units[0] + LANES_COST * (p * units[1] + turned);
    let of_pair = column + LANES_COST * 2 * d * n;
    // an affine map has no term that would carry the NaN of a lost frame
    units != [0, 0] && n > d && (n - d) * of_normal <= p * of_pair
}

/// Columns that II takes beside value and first derivatives.
pub(super) fn columns_of_second_form<T: Real>(net: &Network<'_, T>) -> usize {
    if normals_are_leaner(net) {
        2 * (net.outputs() - net.inputs())
    } else {
        net.inputs()
    }
}

/// Components of II as [`second_form`] gives them: along normals where those are leaner.
pub(super) fn components_of_second_form<T: Real>(net: &Network<'_, T>) -> usize {
    match normals_are_leaner(net) {
        true => net.outputs() - net.inputs(),
        false => net.outputs(),
    }
}

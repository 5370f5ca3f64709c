//! Γ of the points of a tile: Christoffel symbols of both kinds.
//!
//! ```text
//! Γ_{l,ij} = ⟨J_l, H_ij⟩        Γ^k_ij = g^{kl} Γ_{l,ij}
//! ```
//!
//! Γ_{l,ij} is d reverse columns along the J_l ([`super::reverse`]), or the products of J with the second derivatives of all
//! pairs forward, whichever takes fewer operations ([`super::costs::reverse_is_leaner`]).

use super::costs::reverse_is_leaner;
use super::lane::{Lane, Part, product, room, scatter};
use super::network::Network;
use super::second_form::seconds;
use super::tile::Workspace;
use super::tile::grouped;
use crate::geometry::conventions::{pair, pairs};
use crate::tensor::{Real, Write};

/// Γ_{l,ij} into `local[0]`, `[pair(i, j)][l][group]`, and the frame; derivatives of σ to `order`, and
/// forward second derivatives kept by layer where `keep` says so.
fn first_kind<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    (order, keep): (usize, bool),
) {
    let (d, n, groups) = (net.inputs(), net.outputs(), work.sweep.groups);
    let jac = work.sweep.first(net, x, (None, order));
    work.frame.of(jac, (n, d, d, groups));
    let mut gamma = std::mem::take(&mut work.local[0]);
    let out = room(&mut gamma, pairs(d) * d * groups);
    if reverse_is_leaner(net) {
        let jac = work.sweep.output(net);
        work.reverse.hessians(net, &work.sweep, (jac, d), out);
    } else {
        seconds(net, work, (keep, false));
        let jac = work.sweep.output(net);
        for g in 0..groups {
            product(
                (&mut *out, grouped(d, groups, g)),
                (Write::Replace, Part::Whole),
                (&work.second_form.second, grouped(pairs(d), groups, g).t()),
                (jac, grouped(d, groups, g)),
                (pairs(d), n, d),
            );
        }
    }
    work.local[0] = gamma;
}

/// `Γ^k_ij` into `local[2]`, `[pair(i, j)][k][group]`; `local[1]` is the inverse metric.
pub(super) fn second_kind<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    (order, keep): (usize, bool),
) {
    first_kind(net, work, x, (order, keep));
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let [first, g_inv, second] = &mut work.local;
    let g_inv = room(g_inv, d * d * groups);
    work.frame.inverse_metric(d, groups, g_inv);
    let second = room(second, pairs(d) * d * groups);
    for g in 0..groups {
        let grid = grouped(d, groups, g);
        product(
            (&mut *second, grid),
            (Write::Replace, Part::Whole),
            (first, grid),
            (g_inv, grid),
            (pairs(d), d, d),
        );
    }
}

/// Christoffel symbols of every point.
pub(super) fn christoffel<T: Real>(
    net: &Network<'_, T>,
    work: &mut Workspace<T>,
    x: &[Lane<T>],
    out: &mut [T],
) {
    second_kind(net, work, x, (2, false));
    let (d, groups) = (net.inputs(), work.sweep.groups);
    let gamma = &work.local[2];
    for group in 0..groups {
        scatter(out, (d * d * d, group), |at| {
            let (k, i, j) = (at / (d * d), at / d % d, at % d);
            gamma[(pair(i, j) * d + k) * groups + group]
        });
    }
}

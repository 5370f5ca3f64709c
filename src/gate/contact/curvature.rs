//! Contact of curvature: what is left of the geometry when a frame is locally flat.
//!
//! ```text
//! scalar   (R_s − R_t)²                                          at matching latent points z_s, z_t
//! ricci    (Ric_s(E_s,v , E_s,v) − Ric_t(E_t,v , E_t,v))²        v a random unit vector of R^e
//! trace    an unbiased estimate of (R_s − R_t)² from two random planes
//! ```
//!
//! R and Ric are those of `g_t = φ_t* δ` by the Gauss equation, without third derivatives. R is one node of the
//! tape ([`scalar_curvature`]), Ric is made of jets. Ricci tensors of two charts live in different coordinates:
//! the encoders pull both back to the embedding.
//!
//! **The trace.** For a plane uniformly random among those of the tangent space, spanned by g-orthonormal
//! u and v, `E K(u, v) = R / (d(d − 1))`: R is the sum of K over ordered pairs of an orthonormal frame,
//! and all of these pairs are distributed alike. So `R̂ = d(d − 1) (⟨II_uu, II_vv⟩ − |II_uv|²)` is unbiased.
//! The square of an estimated difference would be biased by its variance; the product over two
//! independent planes is not:
//!
//! ```text
//! E (R̂¹_s − R̂¹_t)(R̂²_s − R̂²_t) = (R_s − R_t)²
//! ```
//!
//! at the price that a single value may be negative. It takes d first and six second derivatives of jets, where the
//! exact R takes d first and m − d second ones of a tile, along normals.

use super::frame::TangentFrame;
use super::{directions, mean_of, mean_square_length, union};
use crate::autograd::jet::{DirectionPair, Jet};
use crate::autograd::{Masked, Tape, Var};
use crate::chart::scalar_curvature;
use crate::gate::context::{Coupling, LossContext};
use crate::method::CurvatureKind;
use crate::nn::Pass;
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// Second derivatives of two planes spanned by directions 0, 1 and 2, 3.
const PLANES: [DirectionPair; 6] = [(0, 0), (0, 1), (1, 1), (2, 2), (2, 3), (3, 3)];

/// The curvature loss, summed over pairs.
pub(super) fn matching<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
    pairs: &[Coupling],
    kind: CurvatureKind,
    noise: &mut Stream,
) -> Option<Var> {
    let of_task: Vec<Vec<Masked>> = match kind {
        CurvatureKind::Scalar => each_task(context, |t| scalar(pass, context, t)),
        CurvatureKind::Ricci => each_task(context, |t| ricci(pass.tape, context, t)),
        CurvatureKind::Trace => {
            let planes = draw_planes(pass.tape, context, noise);
            each_task(context, |t| traces(pass, context, t, &planes))
        }
    };
    let tape = &mut *pass.tape;
    let mut parts = Vec::new();
    let mut count = 1;
    for &Coupling { s, t } in pairs {
        let both: Vec<(Var, Vec<usize>)> = of_task[s]
            .iter()
            .zip(&of_task[t])
            .map(|(a, b)| {
                let left_out = union([&a.degenerate, &b.degenerate]);
                (tape.sub(a.value, b.value), left_out)
            })
            .collect();
        if let (CurvatureKind::Trace, [(one, left_out), (other, _)]) = (kind, &both[..]) {
            let mean = mean_product(tape, *one, *other, left_out);
            parts.push(context.of_pair(tape, Coupling { s, t }, mean));
        } else {
            count = both.len();
            for (difference, left_out) in both {
                let mean = mean_square_length(tape, difference, &left_out);
                parts.push(context.of_pair(tape, Coupling { s, t }, mean));
            }
        }
    }
    mean_of(tape, &parts, count)
}

fn each_task<T: Real>(
    context: &LossContext<'_, T>,
    of_task: impl FnMut(usize) -> Vec<Masked>,
) -> Vec<Vec<Masked>> {
    (0..context.tasks.len()).map(of_task).collect()
}

fn scalar<T: Real>(pass: &mut Pass<'_, T>, context: &LossContext<'_, T>, t: usize) -> Vec<Masked> {
    let (phi, z) = (&context.tasks[t].transfer, context.latents[t].z);
    vec![scalar_curvature(pass, phi, z)]
}

fn ricci<T: Real>(tape: &mut Tape<T>, context: &LossContext<'_, T>, t: usize) -> Vec<Masked> {
    let pushed = context.pushed(t);
    let (jacobian, hessian) = (pushed.jacobian(tape), pushed.hessian(tape));
    let latent = pushed.latent.iter();
    latent
        .map(|&w| tape.ricci_curvature(jacobian, hessian, w))
        .collect()
}

/// Orthonormal vectors of R^d that span two planes at every molecule.
fn draw_planes<T: Real>(
    tape: &mut Tape<T>,
    context: &LossContext<'_, T>,
    noise: &mut Stream,
) -> Vec<Var> {
    let (rows, d) = tape.shape(context.latents[0].z);
    let planes = (0..2).flat_map(|_| directions::orthonormal_pairs(rows, d, noise));
    let planes: Vec<Tensor<T>> = planes.collect();
    planes.iter().map(|a| tape.constant(a)).collect()
}

/// The two estimates R̂ of a task.
fn traces<T: Real>(
    pass: &mut Pass<'_, T>,
    context: &LossContext<'_, T>,
    t: usize,
    planes: &[Var],
) -> Vec<Masked> {
    let (jacobian, d) = context.pushed(t).jacobian(pass.tape);
    let chart = TangentFrame::new(pass.tape, jacobian, d);
    let spanning: Vec<Var> = planes.iter().map(|&a| chart.vector(pass.tape, a)).collect();
    let jet = Jet::along(pass.tape, context.latents[t].z, &spanning, &PLANES);
    let jet = context.tasks[t].transfer.forward_jet(pass, jet);
    let factor = T::from_f64((d * (d - 1)) as f64);
    let estimate = |plane: usize| {
        let [uu, uv, vv] = [(0, 0), (0, 1), (1, 1)].map(|(a, b)| {
            let second = jet.mixed(pass.tape, 2 * plane + a, 2 * plane + b);
            chart.normal_part(pass.tape, second)
        });
        let (product, square) = (pass.tape.row_dot(uu, vv), pass.tape.row_dot(uv, uv));
        Masked {
            value: pass
                .tape
                .combination(&[(product, factor), (square, -factor)]),
            degenerate: chart.degenerate.clone(),
        }
    };
    (0..2).map(estimate).collect()
}

/// Mean over the rows of `a · b`, both `[rows, 1]`; the rows in `left_out` count as zero.
fn mean_product<T: Real>(tape: &mut Tape<T>, a: Var, b: Var, left_out: &[usize]) -> Var {
    let rows = tape.shape(a).0;
    let weight = T::from_f64(1.0 / rows.max(1) as f64);
    let weights = Tensor::from_fn(1, rows, |_, i| {
        if left_out.binary_search(&i).is_ok() {
            T::ZERO
        } else {
            weight
        }
    });
    let weights = tape.constant(&weights);
    let products = tape.mul(a, b);
    tape.matmul(weights, products)
}

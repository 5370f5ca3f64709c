//! Geodesic steps of a chart on the tape.

use super::frame::TangentFrame;
use super::pushed::axes;
use super::union;
use crate::autograd::jet::Jet;
use crate::autograd::{Masked, Var};
use crate::nn::{Mlp, Pass};
use crate::tensor::{Real, Tensor};

/// The points reached at time 1 along the geodesics of the pullback metric of `phi` from z with
/// velocity v (both `[rows, d]`): `steps` steps of the classical Runge–Kutta method on
///
/// ```text
/// ż = v,   v̇ = −Γ(v, v),   Γ(v, v) the least-squares solution y of J y = D²φ(v, v)
/// ```
///
/// with a global error of order `(|v| / steps)⁴ |v|` (Hairer, Nørsett & Wanner 1993, II.1). Each stage
/// takes d first derivatives and one second derivative; derivatives by z, v and the weights are those
/// of the discrete steps, exactly. Rows that meet a degenerate point are named.
///
/// # Panics
/// If there is no step.
#[track_caller]
pub fn geodesic_step<T: Real>(
    pass: &mut Pass<'_, T>,
    phi: &Mlp,
    (z, v): (Var, Var),
    steps: usize,
) -> Masked {
    assert!(steps > 0, "geodesic_step: no steps");
    let h = 1.0 / steps as f64;
    let [full, half, sixth] = [h, h / 2.0, h / 6.0].map(T::from_f64);
    let two = T::from_f64(2.0);
    let (mut z, mut v) = (z, v);
    let mut degenerate = Vec::new();
    for _ in 0..steps {
        let mut slope = |pass: &mut Pass<'_, T>, z: Var, v: Var| {
            let found = acceleration(pass, phi, z, v);
            degenerate.push(found.degenerate);
            found.value
        };
        let a1 = slope(pass, z, v);
        let (z2, v2) = moved(pass, (z, v), (v, a1), half);
        let a2 = slope(pass, z2, v2);
        let (z3, v3) = moved(pass, (z, v), (v2, a2), half);
        let a3 = slope(pass, z3, v3);
        let (z4, v4) = moved(pass, (z, v), (v3, a3), full);
        let a4 = slope(pass, z4, v4);
        let mean = |from: Var, [k1, k2, k3, k4]: [Var; 4]| {
            let (outer, inner) = (sixth, two * sixth);
            [
                (from, T::ONE),
                (k1, outer),
                (k2, inner),
                (k3, inner),
                (k4, outer),
            ]
        };
        let (to_z, to_v) = (mean(z, [v, v2, v3, v4]), mean(v, [a1, a2, a3, a4]));
        z = pass.tape.combination(&to_z);
        v = pass.tape.combination(&to_v);
    }
    Masked {
        value: z,
        degenerate: union(&degenerate),
    }
}

/// `(z + h ż, v + h v̇)`.
fn moved<T: Real>(
    pass: &mut Pass<'_, T>,
    (z, v): (Var, Var),
    (dz, dv): (Var, Var),
    h: T,
) -> (Var, Var) {
    let z = pass.tape.combination(&[(z, T::ONE), (dz, h)]);
    let v = pass.tape.combination(&[(v, T::ONE), (dv, h)]);
    (z, v)
}

/// `−Γ(v, v)` at z.
fn acceleration<T: Real>(pass: &mut Pass<'_, T>, phi: &Mlp, z: Var, v: Var) -> Masked {
    let (rows, d) = pass.tape.shape(z);
    let axes: Tensor<T> = axes(rows, d);
    let axes = pass.tape.constant(&axes);
    let jet = Jet::along(pass.tape, z, &[v], &[(0, 0)]).extended(pass.tape, (axes, d), &[]);
    let jet = phi.forward_jet(pass, jet);
    let jacobian = jet.firsts(pass.tape, 1, 1 + d);
    let second = jet.second(pass.tape, 0);
    let chart = TangentFrame::new(pass.tape, jacobian, d);
    let gamma = chart.least_squares(pass.tape, second);
    Masked {
        value: pass.tape.scale(gamma, -T::ONE),
        degenerate: chart.degenerate,
    }
}

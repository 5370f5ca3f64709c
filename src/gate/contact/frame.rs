//! A chart at a batch of points: its Jacobian and an orthonormal frame.

use crate::autograd::{Side, Tape, Var};
use crate::tensor::Real;

/// `J` and L with `JᵀJ = L Lᵀ`, and the points at which there is no frame.
#[derive(Clone, Debug)]
pub(in crate::gate) struct TangentFrame {
    jacobian: Var,
    d: usize,
    factor: Var,
    /// Points at which the metric is degenerate.
    pub(super) degenerate: Vec<usize>,
}

impl TangentFrame {
    /// The frame of the stack of Jacobian columns `[d · rows, m]`.
    pub(in crate::gate) fn new<T: Real>(tape: &mut Tape<T>, jacobian: Var, d: usize) -> Self {
        let frame = tape.frame_factor(jacobian, d);
        Self {
            jacobian,
            d,
            factor: frame.value,
            degenerate: frame.degenerate,
        }
    }

    /// The dimension d.
    pub(super) fn dim(&self) -> usize {
        self.d
    }

    /// The vector `L⁻ᵀ a` with components a in the orthonormal frame, `[rows, d]`.
    pub(super) fn vector<T: Real>(&self, tape: &mut Tape<T>, a: Var) -> Var {
        tape.row_solve(self.factor, a, Side::Upper)
    }

    /// The image J y of a vector, `[rows, m]`.
    pub(super) fn image<T: Real>(&self, tape: &mut Tape<T>, y: Var) -> Var {
        tape.push_forward(self.jacobian, y)
    }

    /// The components `L⁻¹ Jᵀ h` of the tangential part of an ambient vector in the orthonormal
    /// frame, `[rows, d]`.
    pub(super) fn tangential<T: Real>(&self, tape: &mut Tape<T>, h: Var) -> Var {
        let covector = tape.pull_back((self.jacobian, self.d), h);
        tape.row_solve(self.factor, covector, Side::Lower)
    }

    /// The least-squares solution y of `J y = h`, `[rows, d]`; for h = D²f(v, v) it is Γ(v, v).
    pub(super) fn least_squares<T: Real>(&self, tape: &mut Tape<T>, h: Var) -> Var {
        let components = self.tangential(tape, h);
        self.vector(tape, components)
    }

    /// The normal part `h − J y` of an ambient vector; for h = D²f(v, w) it is II(v, w).
    pub(super) fn normal_part<T: Real>(&self, tape: &mut Tape<T>, h: Var) -> Var {
        let y = self.least_squares(tape, h);
        let tangential = self.image(tape, y);
        tape.sub(h, tangential)
    }
}

//! The directed message-passing network over index arrays.

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::graph_batch::GraphBatch;
use super::layer::{Linear, Pass};
use super::parameters::Parameters;
use super::refinement::Refinement;
use crate::autograd::Var;
use crate::random::Stream;
use crate::tensor::Real;

/// Divisor of the [`GraphReadout::Norm`]: about the number of heavy atoms of a small molecule.
const NORM_READOUT_ATOMS: f64 = 20.0;

/// How atom vectors become one vector per molecule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GraphReadout {
    /// Sum over atoms divided by a constant (20): keeps the size of the molecule.
    #[default]
    Norm,
    /// Mean over atoms.
    Mean,
    /// Sum over atoms.
    Sum,
}

impl GraphReadout {
    /// The factor of the sum over a molecule of `atoms` atoms.
    fn factor(self, atoms: usize) -> f64 {
        match self {
            Self::Norm => 1.0 / NORM_READOUT_ATOMS,
            Self::Mean => 1.0 / atoms.max(1) as f64,
            Self::Sum => 1.0,
        }
    }
}

/// Messages on directed bonds (Yang et al. 2019, "Analyzing learned molecular representations for
/// property prediction", eqs. 1–8):
///
/// ```text
/// h⁰_vw = relu(W_i [x_v ‖ e_vw])
/// m_vw  = Σ_{k ∈ N(v) \ w} h_kv
/// h_vw  = relu(W_i [x_v ‖ e_vw] + W_h m_vw)                depth − 1 times
/// h_v   = relu(W_o [x_v ‖ Σ_k h_kv] + b_o)
/// molecule = readout over its atoms v
/// ```
///
/// Products with stacked features are computed part by part, `W_i [x ‖ e] = x W_ix + e W_ie`, and once
/// per kind: of atoms for x, of bonds for e, of pairs of both for `h⁰`. Messages are computed once per
/// [class](Refinement) of bonds, and atoms once per class of atoms. What is left are products with
/// [`Refinement::rows`] rows, `2 · width² · rows` flops forwards. No dropout inside: it would tell members of a class
/// apart.
#[derive(Clone, Debug)]
pub struct Dmpnn {
    atom_input: Linear,
    bond_input: Linear,
    message: Linear,
    atom_output: Linear,
    message_output: Linear,
    width: usize,
    depth: usize,
    readout: GraphReadout,
}

/// Lengths of the feature vectors of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphWidths {
    /// Features of an atom.
    pub atoms: usize,
    /// Features of a bond.
    pub bonds: usize,
}

/// Size and readout of a [`Dmpnn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DmpnnShape {
    /// Length of all hidden vectors.
    pub width: usize,
    /// Rounds of messages, at least 1.
    pub depth: usize,
    /// How atom vectors become one vector per molecule.
    pub readout: GraphReadout,
}

impl Dmpnn {
    /// A network on atoms and bonds with `features` features, its matrices named from `name` on and drawn from
    /// `stream`.
    ///
    /// # Panics
    /// If the depth is zero.
    #[track_caller]
    pub fn new<T: Real>(
        parameters: &mut Parameters<T>,
        name: &str,
        features: GraphWidths,
        shape: DmpnnShape,
        stream: &mut Stream,
    ) -> Self {
        let DmpnnShape {
            width,
            depth,
            readout,
        } = shape;
        assert!(depth > 0, "message passing of depth 0");
        let (f_a, f_b) = (features.atoms, features.bonds);
        let mut part = |part: &str, rows: usize, fan_in: usize, stream: &mut Stream| {
            let name = format!("{name}.{part}");
            Linear::without_bias(parameters, &name, (rows, width), fan_in, stream)
        };
        let atom_input = part("atom_input", f_a, f_a + f_b, stream);
        let bond_input = part("bond_input", f_b, f_a + f_b, stream);
        let message = part("message", width, width, stream);
        let message_output = part("message_output", width, f_a + width, stream);
        let atom_output = Linear::with_fan_in(
            parameters,
            &format!("{name}.atom_output"),
            (f_a, width),
            f_a + width,
            stream,
        );
        Self {
            atom_input,
            bond_input,
            message,
            atom_output,
            message_output,
            width,
            depth,
            readout,
        }
    }

    /// Length of a molecule's vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One vector per molecule, `[molecules, width]`.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, batch: &GraphBatch<T>) -> Var {
        let x = pass.tape.constant(batch.atoms.rows());
        let e = pass.tape.constant(batch.bonds.rows());
        self.forward_from(pass, batch, [x, e])
    }

    /// One vector per molecule, `[molecules, width]`, from features of kinds as they stand on the
    /// tape: x of atoms `[atom kinds, f_a]`, e of bonds `[bond kinds, f_b]`. Gradients flow to them
    /// where they are variables.
    pub fn forward_from<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        batch: &GraphBatch<T>,
        [x, e]: [Var; 2],
    ) -> Var {
        let (starts, classes) = (&batch.starts, Refinement::new(batch, self.depth));
        let from_atom = self.atom_input.forward(pass, x);
        let from_bond = self.bond_input.forward(pass, e);
        let from_atom = pass.tape.gather_rows(from_atom, &starts.atom); // [pairs, width]
        let from_bond = pass.tape.gather_rows(from_bond, &starts.bond);
        let input = pass.tape.add(from_atom, from_bond);
        let mut h = pass.tape.pointwise(input, Activation::Relu); // [pairs, width]
        for round in &classes.rounds {
            let m = pass.tape.sum_lists(h, &round.terms, |_| T::ONE);
            h = self.message.relu_onto(pass, (input, &round.base), m); // [classes, width]
        }
        let incoming = pass.tape.sum_lists(h, &classes.atoms.terms, |_| T::ONE); // [atom classes, width]
        let from_atom = self.atom_output.forward(pass, x); // [atom kinds, width]
        let of_atom = (from_atom, &classes.atoms.base);
        let atoms = self.message_output.relu_onto(pass, of_atom, incoming);
        let factor = |n| T::from_f64(self.readout.factor(n));
        pass.tape.sum_lists(atoms, &classes.molecules, factor)
    }
}

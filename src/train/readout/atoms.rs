//! Shares of atoms: gradient times input, from the embedding back to the molecule.

use crate::autograd::{Tape, Var};
use crate::nn::{Features, Pass};
use crate::tensor::{Real, Tensor};
use crate::train::batch::Source;
use crate::train::frame::{Frame, Weights};
use crate::train::network::Network;

impl Frame {
    /// With `adjoint` = ∂f/∂x of a function f of the embedding x of a row, the share of every atom v of its molecule,
    ///
    /// ```text
    /// share(v) = a_v · ∂f/∂a_v + ½ Σ_{bonds b of v} e_b · ∂f/∂e_b
    /// ```
    ///
    /// a and e the features of atoms and bonds, both directions of a bond together (gradient × input, Shrikumar et al.
    /// 2016, "Not just a black box"). Empty where the embedding reads no molecule.
    pub(super) fn atom_shares(&self, source: Source<'_>, row: usize, adjoint: &[f64]) -> Vec<f64> {
        match &self.weights {
            Weights::F32(network) => shares(network, &source.features(&[row]), adjoint),
            Weights::F64(network) => shares(network, &source.features(&[row]), adjoint),
        }
    }
}

fn shares<T: Real>(network: &Network<T>, features: &Features<T>, adjoint: &[f64]) -> Vec<f64> {
    let features = match features {
        Features::Graphs(batch) => Features::Graphs(batch.apart()),
        Features::Both(batch, rows) => Features::Both(batch.apart(), rows.clone()),
        _ => return Vec::new(),
    };
    let mut tape = Tape::new();
    let weights = network.parameters.bind(&mut tape, false);
    let embedding = network.method().embedding();
    let mut pass = Pass::new(&mut tape, &weights);
    let Some((x, [atoms, bonds])) = embedding.forward_from_molecules(&mut pass, &features) else {
        return Vec::new();
    };
    let seed = Tensor::from_fn(1, adjoint.len(), |_, k| T::from_f64(adjoint[k]));
    tape.backward_from(&[(x, seed)]);
    let mut shares = gradient_times_input(&tape, atoms);
    if let Features::Graphs(batch) | Features::Both(batch, _) = &features {
        let ends = batch
            .graph()
            .source()
            .iter()
            .zip(batch.graph().destination());
        for ((&from, &to), of_bond) in ends.zip(gradient_times_input(&tape, bonds)) {
            shares[from as usize] += 0.5 * of_bond;
            shares[to as usize] += 0.5 * of_bond;
        }
    }
    shares
}

/// Row by row; zero where nothing depends on the leaf.
fn gradient_times_input<T: Real>(tape: &Tape<T>, leaf: Var) -> Vec<f64> {
    let input = tape.value(leaf);
    let Some(gradient) = tape.gradient(leaf) else {
        return vec![0.0; input.rows()];
    };
    let product = |row: usize| {
        let pairs = gradient.row(row).iter().zip(input.row(row));
        pairs.map(|(g, x)| g.to_f64() * x.to_f64()).sum()
    };
    (0..input.rows()).map(product).collect()
}

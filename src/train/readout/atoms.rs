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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::data::config::{SplitConfig, SplitName};
    use crate::data::{Corpus, Inputs, Partition};
    use crate::method::{Head, MethodName, ModelConfig, ViewName};
    use crate::nn::{GraphBatch, Kinds};
    use crate::train::config::{Precision, TrainingConfig};
    use crate::train::model::Model;
    use crate::train::readout::views::RawView;
    use crate::train::readout::{asked, raw_views, shared_views};
    use crate::train::{RunControl, Silent, fit};

    const STEP: f64 = 1e-5;

    /// A network in double precision with a Gaussian process over embedding and descriptors; one frame, no heads.
    fn model() -> Model {
        let ends = ["", "O", "N", "Cl", "C=O", "OC"];
        let chains = ends
            .iter()
            .flat_map(|end| (2..10).map(move |n| "C".repeat(n) + end));
        let mut molecules: Vec<String> = chains.collect();
        molecules.sort();
        molecules.dedup();
        let labels = molecules.iter().enumerate();
        let labels = labels.map(|(k, s)| s.len() as f64 + (k as f64).sin());
        let labels = labels.collect();
        let corpus = Corpus::of_molecules(vec!["t".to_owned()], 0, molecules, labels).unwrap();
        let split = SplitConfig {
            split: SplitName::Random,
            test_fraction: 0.25,
            val_fraction: 0.3,
            ..SplitConfig::default()
        };
        let partition = Partition::holdout(&corpus, &split, 0).unwrap();
        let config = ModelConfig {
            head: Head::Gp,
            cross_fit: false,
            embedding: 8,
            hidden: 8,
            depth: 2,
            ..ModelConfig::of(MethodName::Stl)
        };
        let training = TrainingConfig {
            epochs: 3,
            min_steps: 0,
            precision: Precision::F64,
            ..TrainingConfig::default()
        };
        let control = RunControl {
            observer: &Silent,
            parallel: false,
            checkpoint: None,
            resume: false,
            stop: &AtomicBool::new(false),
        };
        let fitted = fit(&corpus, &partition, &config, &training, &control);
        fitted.unwrap().model
    }

    /// The row's features with those of one atom times t, and those of its bonds times ½ (1 + t).
    fn scaled(batch: &GraphBatch<f64>, atom: usize, t: f64) -> Features<f64> {
        let (apart, graph) = (batch.apart(), batch.graph());
        let of_bond = |bond: usize| {
            let ends = [graph.source()[bond], graph.destination()[bond]];
            if ends.contains(&(atom as u32)) {
                0.5 * (1.0 + t)
            } else {
                1.0
            }
        };
        let times = |kinds: &Kinds<f64>, factor: &dyn Fn(usize) -> f64| {
            let rows = kinds.rows();
            let entry = |i: usize, j: usize| factor(i) * rows.row(i)[j];
            Kinds::each(Tensor::from_fn(rows.rows(), rows.cols(), entry))
        };
        let of_atom = |v: usize| if v == atom { t } else { 1.0 };
        Features::Graphs(GraphBatch::new(
            Arc::clone(graph),
            times(apart.atoms(), &of_atom),
            times(apart.bonds(), &of_bond),
        ))
    }

    /// What the embedding contributes to the prediction of the first row, in the task's unit, with other features for
    /// the network.
    fn contribution(model: &Model, inputs: &Inputs, features: &Features<f64>) -> f64 {
        let (frame, readout) = (&model.frames[0], model.readout.as_ref().unwrap());
        let network = frame.weights.double().unwrap();
        let mut tape = Tape::new();
        let weights = network.parameters.bind(&mut tape, false);
        let mut pass = Pass::new(&mut tape, &weights);
        let x = network.method().embedding().forward(&mut pass, features);
        let embedded = tape.value(x).as_slice().to_vec();
        let (record, reading) = (&readout.record, &readout.readings[0]);
        let shared = shared_views(&record.views, &readout.known, inputs, &[0]);
        let mut raw_views = raw_views(&record.views, &shared, frame, (inputs, &[0])).unwrap();
        let views = &mut record.views.iter();
        let view = views.position(|v| *v == ViewName::Embedding).unwrap();
        raw_views[view] = Cow::Owned(RawView::Vectors {
            width: embedded.len(),
            by_task: vec![embedded],
        });
        let at = asked(&raw_views, &reading.scales, &[0], 1);
        let shares = reading.posterior.shares(&at, (0, 0));
        let of_view = |part: &(&f64, &crate::gp::Component)| part.1.view == view;
        let parts = shares.iter().flat_map(|share| {
            let parts = share.parts.iter().zip(&record.components);
            parts.filter(of_view).map(|(part, _)| part)
        });
        record.scalers[0].std * parts.sum::<f64>()
    }

    #[test]
    fn shares_are_slopes_along_each_atom() {
        let model = model();
        for smiles in ["CC(=O)NCCO", "C"] {
            let inputs = Inputs::of_smiles(&[smiles]).unwrap();
            let explanation = model.explain(&inputs, 0, "t").unwrap();
            let shares = explanation.atoms.unwrap().values;
            let features = model.source(&inputs).unwrap().features::<f64>(&[0]);
            let Features::Graphs(batch) = features else {
                panic!("molecules alone")
            };
            assert_eq!(shares.len(), batch.graph().atoms());
            if smiles != "C" {
                assert!(shares.iter().any(|share| share.abs() > 1e-6), "{shares:?}");
            }
            let size = shares.iter().fold(0.1_f64, |most, x| most.max(x.abs()));
            for (atom, share) in shares.iter().enumerate() {
                let at = |t: f64| contribution(&model, &inputs, &scaled(&batch, atom, t));
                let slope = (at(1.0 + STEP) - at(1.0 - STEP)) / (2.0 * STEP);
                // truncation of size h²; rounding of size ε/h times contributions a hundred times as large
                assert!(
                    (share - slope).abs() < 1e-6 * size,
                    "{smiles} {atom}: {share} {slope}"
                );
            }
        }
    }
}

//! Shares of atoms: gradient times input, from the views of a network back to the molecule.

use crate::autograd::{Tape, Var};
use crate::method::ViewName;
use crate::nn::{Features, Pass};
use crate::tensor::{Real, Tensor};
use crate::train::batch::Source;
use crate::train::frame::{Frame, Weights};
use crate::train::network::Network;

impl Frame {
    /// With `slopes` = ∂f/∂s of a function f of views s of this network, at a row and for a task t, the share of every
    /// atom v of the row's molecule,
    ///
    /// ```text
    /// s        = x, z_t = E_t(x) or u_t = φ_t(z_t), all of them functions of a and e
    /// share(v) = a_v · ∂f/∂a_v + ½ Σ_{bonds b of v} e_b · ∂f/∂e_b
    /// ```
    ///
    /// a and e the features of atoms and bonds, both directions of a bond together (gradient × input, Shrikumar et al.
    /// 2016, "Not just a black box"). Empty where the embedding reads no molecule.
    ///
    /// # Panics
    /// If a view is none of the network's, or has another width.
    pub(super) fn atom_shares(
        &self,
        source: Source<'_>,
        (row, task): (usize, usize),
        slopes: &[(ViewName, Vec<f64>)],
    ) -> Vec<f64> {
        match &self.weights {
            Weights::F32(network) => shares(network, &source.features(&[row]), task, slopes),
            Weights::F64(network) => shares(network, &source.features(&[row]), task, slopes),
        }
    }
}

fn shares<T: Real>(
    network: &Network<T>,
    features: &Features<T>,
    task: usize,
    slopes: &[(ViewName, Vec<f64>)],
) -> Vec<f64> {
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
    let seed = |(view, slope): &(ViewName, Vec<f64>)| {
        let seen = view_of(network, &mut pass, (x, task), *view);
        let adjoint = Tensor::from_fn(1, slope.len(), |_, k| T::from_f64(slope[k]));
        (seen, adjoint)
    };
    let seeds: Vec<(Var, Tensor<T>)> = slopes.iter().map(seed).collect();
    tape.backward_from(&seeds);
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

/// A task's view of embeddings x, on the tape.
fn view_of<T: Real>(
    network: &Network<T>,
    pass: &mut Pass<'_, T>,
    (x, task): (Var, usize),
    view: ViewName,
) -> Var {
    if view == ViewName::Embedding {
        return x;
    }
    let gate = network.gate.as_ref();
    let gate = gate.expect("latent charts are views of methods that have them");
    let module = &gate.tasks()[task];
    let z = module.encoder.forward(pass, x);
    match view {
        ViewName::Latent => z,
        ViewName::Frame => module.transfer.forward(pass, z),
        _ => unreachable!("no view of a network"),
    }
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
    use crate::data::config::{Overlap, SplitConfig, SplitName};
    use crate::data::{Corpus, Inputs, Partition};
    use crate::gp::Component;
    use crate::method::{Head, MethodName, ModelConfig};
    use crate::nn::{GraphBatch, Kinds};
    use crate::train::config::{Precision, TrainingConfig};
    use crate::train::model::Model;
    use crate::train::readout::views::RawView;
    use crate::train::readout::{AtomShares, raw_views, shared_views};
    use crate::train::{RunControl, Silent, fit};

    const STEP: f64 = 1e-5;

    /// A source and a target of 48 molecules.
    fn corpus() -> Corpus {
        let ends = ["", "O", "N", "Cl", "C=O", "OC"];
        let chains = ends
            .iter()
            .flat_map(|end| (2..10).map(move |n| "C".repeat(n) + end));
        let mut molecules: Vec<String> = chains.collect();
        molecules.sort();
        molecules.dedup();
        let labels = molecules.iter().enumerate();
        let labels = labels.flat_map(|(k, s)| {
            let (k, size) = (k as f64, s.len() as f64);
            [2.0 * size + (0.3 * k).cos(), size + k.sin()]
        });
        let (labels, tasks) = (labels.collect(), ["s", "t"].map(str::to_owned));
        Corpus::of_molecules(tasks.to_vec(), 1, molecules, labels).unwrap()
    }

    /// A network in double precision with a Gaussian process over these views; one frame, no heads.
    fn model(method: MethodName, views: &[ViewName]) -> Model {
        let corpus = corpus();
        let split = SplitConfig {
            split: SplitName::Random,
            test_fraction: 0.25,
            val_fraction: 0.3,
            overlap: Overlap::Shared,
            ..SplitConfig::default()
        };
        let partition = Partition::holdout(&corpus, &split, 0).unwrap();
        let config = ModelConfig {
            head: Head::Gp,
            views: views.to_vec(),
            cross_fit: false,
            embedding: 8,
            hidden: 8,
            depth: 2,
            latent_dim: 3,
            lf_dim: 5,
            ..ModelConfig::of(method)
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

    /// A view of the network at an embedding, by its maps off the tape.
    fn seen(view: ViewName, frame: &Frame, x: &[f64]) -> RawView {
        let by_task: Vec<Vec<f64>> = match view {
            ViewName::Embedding => vec![x.to_vec()],
            _ => {
                let charts = frame.charts().unwrap();
                let image = |task: usize| match view {
                    ViewName::Latent => charts.tasks()[task].encoder.evaluate(x),
                    _ => charts.frame_map(task).evaluate(x),
                };
                (0..charts.tasks().len()).map(image).collect()
            }
        };
        RawView::Vectors {
            width: by_task[0].len(),
            by_task,
        }
    }

    /// What the network's views contribute to the prediction of a task for the first row, in the task's unit, with other
    /// features for the network.
    fn contribution(model: &Model, inputs: &Inputs, task: usize, features: &Features<f64>) -> f64 {
        let (frame, readout) = (&model.frames[0], model.readout.as_ref().unwrap());
        let network = frame.weights.double().unwrap();
        let mut tape = Tape::new();
        let weights = network.parameters.bind(&mut tape, false);
        let mut pass = Pass::new(&mut tape, &weights);
        let x = network.method().embedding().forward(&mut pass, features);
        let x = tape.value(x).as_slice();
        let (record, reading) = (&readout.record, &readout.readings[0]);
        let shared = shared_views(&record.process.views, &readout.known, inputs, &[0]);
        let mut raw_views =
            raw_views(&record.process.views, &shared, frame, (inputs, &[0])).unwrap();
        for (view, raw_view) in record.process.views.iter().zip(&mut raw_views) {
            if view.is_of_network() {
                *raw_view = Cow::Owned(seen(*view, frame, x));
            }
        }
        let at = reading.asked(&raw_views, &[0], record.process.theta.tasks());
        let shares = reading.posterior.shares(&at, (0, task));
        let of_network =
            |part: &(&f64, &Component)| record.process.views[part.1.view].is_of_network();
        let parts = shares.iter().flat_map(|share| {
            let parts = share.parts.iter().zip(&record.process.components);
            parts.filter(of_network).map(|(part, _)| part)
        });
        record.calibrations[task].weights.posterior * record.scalers[task].std * parts.sum::<f64>()
    }

    /// Fails unless the shares of the first row's atoms in the prediction of a task are differences of contributions.
    #[track_caller]
    fn assert_slopes(model: &Model, inputs: &Inputs, task: usize) {
        let name = &model.tasks()[task];
        let explanation = model.explain(inputs, 0, name).unwrap();
        let AtomShares { smiles, values } = explanation.atoms.unwrap();
        let features = model.source(inputs).unwrap().features::<f64>(&[0]);
        let Features::Graphs(batch) = features else {
            panic!("molecules alone")
        };
        assert_eq!(values.len(), batch.graph().atoms());
        if values.len() > 1 {
            assert!(values.iter().any(|share| share.abs() > 1e-6), "{values:?}");
        }
        let size = values.iter().fold(0.1_f64, |most, x| most.max(x.abs()));
        for (atom, share) in values.iter().enumerate() {
            let at = |t: f64| contribution(model, inputs, task, &scaled(&batch, atom, t));
            let slope = (at(1.0 + STEP) - at(1.0 - STEP)) / (2.0 * STEP);
            // truncation of size h²; rounding of size ε/h times contributions a hundred times as large
            assert!(
                (share - slope).abs() < 1e-6 * size,
                "{smiles} {atom}, {name}: {share} {slope}"
            );
        }
    }

    #[test]
    fn shares_are_slopes_along_each_atom_by_every_view_of_a_network() {
        use ViewName::{Descriptors, Embedding, Frame, Latent};
        let ways = [
            (MethodName::Stl, vec![Embedding, Descriptors]),
            (MethodName::Gate, vec![Frame, Descriptors]),
            (MethodName::Gate, vec![Latent, Descriptors]),
            (
                MethodName::Gate,
                vec![Descriptors, Latent, Embedding, Frame],
            ),
        ];
        for (method, views) in ways {
            let model = model(method, &views);
            for smiles in ["CC(=O)NCCO", "C"] {
                let inputs = Inputs::of_smiles(&[smiles]).unwrap();
                for task in 0..model.tasks().len() {
                    assert_slopes(&model, &inputs, task);
                }
            }
        }
    }
}

//! Every method learns ten molecules by heart.

use geogate::autograd::Tape;
use geogate::baseline::HardSharing;
use geogate::gate::Gate;
use geogate::method::{Batch, LabelLoss, Method, ModelConfig, Term};
use geogate::molecule::{ATOM_FEATURES, BOND_FEATURES, MolecularGraph, MoleculeBatch};
use geogate::nn::{Adam, Features, GraphBatch, Kinds, Parameters, Pass, clip_norm};
use geogate::random::{Purpose, Stream};
use geogate::tensor::graph::BondGraph;
use geogate::tensor::{Tensor, Write};

use crate::construction::{constructed, molecules};

const STEPS: u32 = 1200;

/// Ten molecules with their normal boiling and critical temperatures in K (CRC Handbook).
const MOLECULES: [(&str, f64, f64); 10] = [
    ("CCO", 351.4, 514.0),
    ("CC(C)=O", 329.2, 508.1),
    ("c1ccccc1", 353.2, 562.0),
    ("CCCCCC", 341.9, 507.6),
    ("CO", 337.8, 512.5),
    ("CCOCC", 307.6, 466.7),
    ("ClC(Cl)Cl", 334.3, 536.4),
    ("CC#N", 354.8, 545.5),
    ("Cc1ccccc1", 383.8, 591.8),
    ("CC(=O)O", 391.1, 592.0),
];

fn batch() -> Batch<f32> {
    let graphs: Vec<MolecularGraph> = MOLECULES
        .iter()
        .map(|m| MolecularGraph::parse(m.0).unwrap())
        .collect();
    let batch = MoleculeBatch::collate(&graphs);
    let kinds = |rows: Vec<f32>, width: usize, of: Vec<u32>| {
        Kinds::new(Tensor::from_vec(rows.len() / width, width, rows), of)
    };
    let atoms = kinds(batch.atom_kinds, ATOM_FEATURES, batch.kind_of_atom);
    let bonds = kinds(batch.bond_kinds, BOND_FEATURES, batch.kind_of_bond);
    let graph = BondGraph::new(batch.source, batch.destination, batch.molecule_offsets);
    let n = MOLECULES.len();
    Batch {
        features: Features::Graphs(GraphBatch::new(graph, atoms, bonds)),
        labels: Tensor::from_fn(n, 2, |i, t| standardised(i, t) as f32),
        weights: Tensor::from_fn(n, 2, |_, _| 1.0 / n as f32),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

fn standardised(i: usize, task: usize) -> f64 {
    let value = |m: &(&str, f64, f64)| if task == 0 { m.1 } else { m.2 };
    let n = MOLECULES.len() as f64;
    let mean = MOLECULES.iter().map(value).sum::<f64>() / n;
    let variance = MOLECULES
        .iter()
        .map(|m| (value(m) - mean).powi(2))
        .sum::<f64>()
        / n;
    (value(&MOLECULES[i]) - mean) / variance.sqrt()
}

/// Trains on the batch and returns the root mean square error of each task in standard deviations.
fn learn(method: &dyn Method<f32>, mut parameters: Parameters<f32>, tasks: usize) -> Vec<f64> {
    let batch = batch();
    let mut tape = Tape::new();
    let mut adam = Adam::new(parameters.values().len(), 0.0);
    for step in 0..STEPS {
        tape.clear();
        let weights = parameters.bind(&mut tape, true);
        let mut noise = Stream::new(0, Purpose::Perturbation, u64::from(step));
        let terms = method.losses(&mut Pass::new(&mut tape, &weights), &batch, &mut noise);
        let loss = Term::total(&terms, &mut tape);
        tape.backward(loss);
        let mut gradient = vec![0.0; parameters.values().len()];
        parameters.gradient_into(&weights, &tape, &mut gradient, Write::Replace);
        clip_norm(&mut gradient, 5.0);
        let rate = 3e-3 * (1.0 - f64::from(step) / f64::from(STEPS));
        adam.step(parameters.values_mut(), &gradient, rate);
    }
    tape.clear();
    let weights = parameters.bind(&mut tape, false);
    let y = method.predict(&mut Pass::new(&mut tape, &weights), &batch.features);
    let y = tape.value(y);
    let error =
        |i: usize, t: usize| (f64::from(y.row(i)[t]) - f64::from(batch.labels.row(i)[t])).powi(2);
    let n = MOLECULES.len();
    (0..tasks)
        .map(|t| ((0..n).map(|i| error(i, t)).sum::<f64>() / n as f64).sqrt())
        .collect()
}

#[test]
fn ten_molecules_are_learnt_to_one_per_cent() {
    let config = ModelConfig::default();
    let names = ["tb".to_owned(), "tc".to_owned()];
    let of = (&config, molecules());
    let (stl, p) = constructed(of, (&names[..1], 0), 0, HardSharing::new);
    let stl = learn(&stl, p, 1);
    let (mtl, p) = constructed(of, (&names, 1), 0, HardSharing::new);
    let mtl = learn(&mtl, p, 2);
    let (gate, p) = constructed(of, (&names, 1), 0, Gate::new);
    let gate = learn(&gate, p, 2);
    for (name, errors) in [("stl", stl), ("mtl", mtl), ("gate", gate)] {
        assert!(
            errors.iter().all(|error| *error < 0.01),
            "{name}: {errors:?} standard deviations"
        );
    }
}

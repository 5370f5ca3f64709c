//! A tiny network, a batch, and the network again as formulas of `geometry`.

use std::collections::BTreeMap;

use geogate::autograd::Tape;
use geogate::gate::Gate;
use geogate::geometry::{Chart, Formula, Scalar};
use geogate::method::{Batch, LabelLoss, Method, ModelConfig};
use geogate::nn::{Features, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use crate::construction::{constructed, names, numbers};

pub(super) const FEATURES: usize = 3;
pub(super) const ROWS: usize = 4;

/// Widths that differ, and no loss but the regression.
pub(super) fn config() -> ModelConfig {
    ModelConfig {
        embedding: 4,
        depth: 1,
        hidden: 7,
        latent_dim: 2,
        lf_dim: 4,
        alpha: 0.0,
        beta: 0.0,
        gamma: 0.0,
        delta: 0.0,
        epsilon: 0.2,
        perturbations: 2,
        ..ModelConfig::default()
    }
}

pub(super) struct Scene {
    pub(super) config: ModelConfig,
    pub(super) gate: Gate,
    pub(super) parameters: Parameters<f64>,
    pub(super) batch: Batch<f64>,
}

impl Scene {
    pub(super) fn new(config: ModelConfig, tasks: usize) -> Self {
        let of = (&config, numbers(FEATURES));
        let tasks_named = (&names(tasks)[..], tasks - 1);
        let (gate, mut parameters) = constructed(of, tasks_named, 5, Gate::new);
        // wider than at the start of training: curvature should matter
        parameters.values_mut().iter_mut().for_each(|w| *w *= 2.0);
        Self {
            config,
            gate,
            parameters,
            batch: batch(ROWS, tasks),
        }
    }

    /// Value times weight of every term, and the readings, by name.
    pub(super) fn terms(&self) -> BTreeMap<&'static str, f64> {
        self.terms_of(&self.batch)
    }

    pub(super) fn terms_of(&self, batch: &Batch<f64>) -> BTreeMap<&'static str, f64> {
        let mut tape = Tape::new();
        let weights = self.parameters.bind(&mut tape, true);
        let mut pass = Pass::new(&mut tape, &weights);
        let terms = self.gate.losses(&mut pass, batch, &mut noise());
        let weight = |w: f64| if w == 0.0 { 1.0 } else { w };
        terms
            .iter()
            .map(|t| (t.name, tape.value(t.value).to_scalar() * weight(t.weight)))
            .collect()
    }

    /// Part `part` of task t as a formula.
    pub(super) fn formula(&self, t: usize, part: &str) -> Net {
        self.net(&format!("task.t{t}.{part}"))
    }

    fn net(&self, name: &str) -> Net {
        let prefix = format!("{name}.");
        let matrices: Vec<Tensor<f64>> = self
            .parameters
            .iter()
            .filter(|(full, ..)| full.starts_with(&prefix))
            .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
            .collect();
        Net {
            layers: matrices
                .chunks(2)
                .map(|l| (l[0].clone(), l[1].clone()))
                .collect(),
        }
    }

    /// The shared embedding x of row i.
    pub(super) fn embedded(&self, i: usize) -> Vec<f64> {
        let Features::Numeric(features) = &self.batch.features else {
            panic!("numeric features")
        };
        let u = self.net("embedding").value(features.row(i));
        u.into_iter().map(|u| u / (1.0 + (-u).exp())).collect()
    }
}

/// The stream of the losses' random directions.
pub(super) fn noise() -> Stream {
    Stream::new(3, Purpose::Perturbation, 0)
}

/// Rows of unit vectors in the order in which the losses draw them.
pub(super) fn unit_vectors(noise: &mut Stream, rows: usize, dim: usize) -> Vec<Vec<f64>> {
    let unit = |v: &[f64]| {
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter().map(|x| x / length).collect()
    };
    noise.normals(rows * dim).chunks(dim).map(unit).collect()
}

pub(super) fn batch(rows: usize, tasks: usize) -> Batch<f64> {
    let mut stream = Stream::new(11, Purpose::Test, 0);
    let mut normal = |rows: usize, cols: usize| {
        let entries = (0..rows * cols).map(|_| stream.normal());
        Tensor::from_vec(rows, cols, entries.collect())
    };
    Batch {
        features: Features::Numeric(normal(rows, FEATURES)),
        labels: normal(rows, tasks),
        weights: Tensor::from_fn(rows, tasks, |_, _| 1.0 / rows as f64),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

/// Some rows of a batch, as a batch of its own with this share.
pub(super) fn rows(of: &Batch<f64>, which: &[usize], share: f64) -> Batch<f64> {
    let pick = |x: &Tensor<f64>| {
        let entries = which.iter().flat_map(|&i| x.row(i).to_vec());
        Tensor::from_vec(which.len(), x.cols(), entries.collect())
    };
    let Features::Numeric(features) = &of.features else {
        panic!("numeric features")
    };
    Batch {
        features: Features::Numeric(pick(features)),
        labels: pick(&of.labels),
        weights: pick(&of.weights),
        share,
        loss: LabelLoss::Square,
    }
}

/// A perceptron with SiLU between its layers, over any scalar.
#[derive(Clone, Debug)]
pub(super) struct Net {
    pub(super) layers: Vec<(Tensor<f64>, Tensor<f64>)>,
}

impl Net {
    pub(super) fn value(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; Formula::target_dim(self)];
        self.eval(x, &mut out);
        out
    }

    /// First one perceptron, then another.
    pub(super) fn then(self, outer: Net) -> Chain {
        Chain(vec![self, outer])
    }
}

impl Formula for Net {
    fn source_dim(&self) -> usize {
        self.layers[0].0.rows()
    }

    fn target_dim(&self) -> usize {
        self.layers.last().unwrap().0.cols()
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut x = x.to_vec();
        for (k, (w, b)) in self.layers.iter().enumerate() {
            if k > 0 {
                x.iter_mut()
                    .for_each(|u| *u = *u * ((-*u).exp() + 1.0).recip());
            }
            x = (0..w.cols())
                .map(|j| {
                    let start = S::constant(b.row(0)[j]);
                    (0..w.rows()).fold(start, |sum, i| sum + x[i] * w.row(i)[j])
                })
                .collect();
        }
        out.copy_from_slice(&x);
    }
}

impl Chart for Net {}

/// Perceptrons one after the other.
#[derive(Clone, Debug)]
pub(super) struct Chain(pub(super) Vec<Net>);

impl Formula for Chain {
    fn source_dim(&self) -> usize {
        Formula::source_dim(&self.0[0])
    }

    fn target_dim(&self) -> usize {
        Formula::target_dim(self.0.last().unwrap())
    }

    fn eval<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        let mut x = x.to_vec();
        for net in &self.0 {
            let mut y = vec![S::constant(0.0); Formula::target_dim(net)];
            net.eval(&x, &mut y);
            x = y;
        }
        out.copy_from_slice(&x);
    }
}

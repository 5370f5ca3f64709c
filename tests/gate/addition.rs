//! The losses of a task that is added are those of GATE in which everything else stands still.

use geogate::autograd::Tape;
use geogate::gate::Gate;
use geogate::method::{
    Batch, Distance, LabelLoss, Mapping, Method, ModelConfig, Pairs, Stage, Term,
};
use geogate::nn::{Features, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};

use crate::closeness::assert_close;
use crate::construction::{constructed, names, numbers};

const ROWS: usize = 6;
const FEATURES: usize = 3;
const TASKS: usize = 3;
/// The task that is added.
const NEW: usize = 2;

/// Every loss of the paper and two of contact, each with a weight of its own.
fn config(distance: Distance) -> ModelConfig {
    ModelConfig {
        embedding: 4,
        depth: 1,
        hidden: 6,
        latent_dim: 2,
        lf_dim: 3,
        alpha: 0.7,
        beta: 1.3,
        gamma: 0.9,
        delta: 2.1,
        distance,
        order2: if distance == Distance::Perturb {
            0.0
        } else {
            0.4
        },
        pairs: Pairs::Target,
        mapping: Mapping::Target,
        ..ModelConfig::default()
    }
}

fn gate(config: &ModelConfig) -> (Gate, Parameters<f64>) {
    let of = (config, numbers(FEATURES));
    constructed(of, (&names(TASKS), NEW), 5, Gate::new)
}

/// Labels of the new task alone.
fn batch() -> Batch<f64> {
    let mut stream = Stream::new(9, Purpose::Test, 0);
    let mut normal = |rows: usize, cols: usize| {
        let draws = (0..rows * cols).map(|_| stream.normal()).collect();
        Tensor::from_vec(rows, cols, draws)
    };
    Batch {
        features: Features::Numeric(normal(ROWS, FEATURES)),
        labels: normal(ROWS, TASKS),
        weights: Tensor::from_fn(ROWS, TASKS, |i, t| {
            if t == NEW && i > 0 {
                1.0 / ROWS as f64
            } else {
                0.0
            }
        }),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

/// Weighted terms by name, and the gradient.
fn outcome(
    method: &dyn Method<f64>,
    (parameters, stage): (&Parameters<f64>, Option<&Stage<f64>>),
    batch: &Batch<f64>,
) -> (Vec<(&'static str, f64)>, Vec<f64>) {
    let mut tape = Tape::new();
    let frozen = stage.map_or(&[][..], |stage| &stage.frozen);
    let weights = parameters.bind_but(&mut tape, frozen);
    let mut noise = Stream::new(3, Purpose::Perturbation, 0);
    let terms = method.losses(&mut Pass::new(&mut tape, &weights), batch, &mut noise);
    let total = Term::total(&terms, &mut tape);
    tape.backward(total);
    let mut gradient = vec![0.0; parameters.values().len()];
    parameters.gradient_into(&weights, &tape, &mut gradient, Write::Replace);
    let value = |t: &Term| (t.name, tape.value(t.value).to_scalar() * t.weight);
    (terms.iter().map(value).collect(), gradient)
}

/// Term by term and weight by weight; the autoencoder loss is the only one in which the sources have parts of
/// their own, so it is told by its gradient.
#[test]
fn the_new_tasks_losses_are_gates() {
    for distance in [Distance::Perturb, Distance::Metric] {
        let config = config(distance);
        let (gate, parameters) = gate(&config);
        let [_, adding] = gate.clone().addition(&parameters, NEW);
        let (terms, gradient) = outcome(&*adding.method, (&parameters, Some(&adding)), &batch());
        let (joint, whole) = outcome(&gate, (&parameters, None), &batch());
        assert_eq!(terms.len(), joint.len());
        for ((name, found), (of_gate, want)) in terms.iter().zip(&joint) {
            assert_eq!(name, of_gate);
            if *name == "autoencoder" {
                assert!(*found > 0.0 && found < want, "{found} {want}");
            } else {
                assert_close(&[*found], &[*want], 1e3, want.abs());
            }
        }
        let module = &gate.tasks()[NEW];
        let mut moved = vec![false; gradient.len()];
        for id in module.parameters() {
            moved[parameters.range(id)].fill(true);
        }
        let scale = whole.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        for ((found, want), moved) in gradient.iter().zip(&whole).zip(moved) {
            let want = if moved { *want } else { 0.0 };
            assert_close(&[*found], &[want], 1e3, scale);
        }
    }
}

/// What frozen networks have made of the molecules may be handed on in their place: embedding, and latent vectors and
/// images of the frozen tasks, unless derivatives of their maps are asked for.
#[test]
fn what_is_fixed_may_be_computed_before() {
    for (distance, matrices) in [(Distance::Perturb, 2 * (TASKS - 1)), (Distance::Metric, 0)] {
        let (gate, parameters) = gate(&config(distance));
        let [_, adding] = gate.clone().addition(&parameters, NEW);
        let batch = batch();
        let mut tape = Tape::new();
        let weights = parameters.bind(&mut tape, false);
        let mut pass = Pass::new(&mut tape, &weights);
        let embedding = adding.embedded.as_ref().unwrap();
        let x = embedding.forward(&mut pass, &batch.features);
        let others = adding.method.fixed(&mut pass, &batch.features);
        assert_eq!(others.len(), matrices);
        let value = |var| tape.value(var).clone();
        let fixed = Batch {
            features: Features::Fixed(value(x), others.into_iter().map(value).collect()),
            ..batch.clone()
        };
        let stage = (&parameters, Some(&adding));
        let (terms, gradient) = outcome(&*adding.method, stage, &batch);
        let (found, gradient_found) = outcome(&*adding.method, stage, &fixed);
        assert_eq!(terms.len(), found.len());
        for ((_, found), (_, want)) in found.iter().zip(&terms) {
            assert_close(&[*found], &[*want], 1e3, want.abs());
        }
        let scale = gradient.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        assert_close(&gradient_found, &gradient, 1e3, scale);
    }
}

/// Before it is added the new task takes no part: its labels do not count and nothing of it moves.
#[test]
fn the_sources_are_learnt_without_the_new_task() {
    let (gate, parameters) = gate(&config(Distance::Perturb));
    let [first, _] = gate.clone().addition(&parameters, NEW);
    assert_eq!(first.supervised, [true, true, false]);
    let mut batch = batch();
    batch.weights = Tensor::from_fn(ROWS, TASKS, |_, _| 0.1);
    let (terms, gradient) = outcome(&*first.method, (&parameters, None), &batch);
    let without = Batch {
        labels: Tensor::from_fn(ROWS, TASKS, |i, t| {
            if t == NEW {
                f64::NAN
            } else {
                batch.labels.row(i)[t]
            }
        }),
        ..batch.clone()
    };
    assert_eq!(
        outcome(&*first.method, (&parameters, None), &without).0,
        terms
    );
    for id in gate.tasks()[NEW].parameters() {
        assert!(gradient[parameters.range(id)].iter().all(|g| *g == 0.0));
    }
    for module in &gate.tasks()[..NEW] {
        for id in module.parameters() {
            assert!(gradient[parameters.range(id)].iter().any(|g| *g != 0.0));
        }
    }
}

/// Half a source counts half in what is its own or its pair's; a source of weight 0 is not there at all.
#[test]
fn sources_count_as_much_as_they_weigh() {
    let config = config(Distance::Perturb);
    let mut batch = batch();
    batch.weights = Tensor::from_fn(ROWS, TASKS, |_, _| 0.1);
    let terms = |weights: [f64; 3]| {
        let (gate, parameters) = gate(&config);
        outcome(&gate.weighted(&weights), (&parameters, None), &batch)
    };
    let (whole, first, second) = (
        terms([1.0; 3]).0,
        terms([0.5, 1.0, 1.0]).0,
        terms([1.0, 0.5, 1.0]).0,
    );
    let (both, gradient) = terms([0.5, 0.5, 1.0]);
    for k in 0..whole.len() {
        // linear in each weight where no pair is of two sources: whole + both = first + second
        let (left, right) = (whole[k].1 + both[k].1, first[k].1 + second[k].1);
        assert_close(&[left], &[right], 1e3, left.abs());
        assert!(
            both[k].1 < first[k].1 && first[k].1 < whole[k].1,
            "{}",
            whole[k].0
        );
    }
    assert!(gradient.iter().all(|g| g.is_finite()));
    let (gate, parameters) = gate(&config);
    let off = gate.clone().weighted(&[1.0, 0.0, 1.0]);
    let (_, gradient) = outcome(&off, (&parameters, None), &batch);
    for id in gate.tasks()[1].parameters() {
        assert!(gradient[parameters.range(id)].iter().all(|g| *g == 0.0));
    }
    let mut without = batch.clone();
    without.labels = Tensor::from_fn(ROWS, TASKS, |i, t| {
        if t == 1 {
            f64::NAN
        } else {
            batch.labels.row(i)[t]
        }
    });
    assert_eq!(outcome(&off, (&parameters, None), &without).1, gradient);
}

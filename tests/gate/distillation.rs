//! Distillation losses where their values are known, and their gradients.

use geogate::autograd::{Tape, gradcheck};
use geogate::baseline;
use geogate::method::{Batch, LabelLoss, MethodName, ModelConfig, Stage};
use geogate::nn::{Bound, Features, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::Tensor;

use crate::closeness::assert_gradient;
use crate::construction::{constructed, numbers};

/// What the names of the teacher's matrices begin with.
const TEACHER: &str = "teacher.";

const FEATURES: usize = 3;
const ROWS: usize = 5;

fn config() -> ModelConfig {
    ModelConfig {
        embedding: 4,
        depth: 1,
        hidden: 6,
        latent_dim: 2,
        distill: 1.7,
        ..ModelConfig::default()
    }
}

/// Teacher of two tasks and student of the second.
fn student(projected: bool) -> (Stage<f64>, Parameters<f64>) {
    let config = ModelConfig {
        method: if projected {
            MethodName::Kd
        } else {
            MethodName::GspKd
        },
        ..config()
    };
    let names = ["source".to_owned(), "target".to_owned()];
    let of = (&config, numbers(FEATURES));
    let (mut stages, parameters) = constructed(of, (&names, 1), 5, baseline::stages);
    (stages.remove(1), parameters)
}

fn batch() -> Batch<f64> {
    let mut noise = Stream::new(9, Purpose::Test, 0);
    let mut random = |rows: usize, cols: usize| {
        Tensor::from_vec(
            rows,
            cols,
            (0..rows * cols).map(|_| noise.normal()).collect(),
        )
    };
    let features = Features::Numeric(random(ROWS, FEATURES));
    let labels = random(ROWS, 2);
    let weights = Tensor::from_fn(ROWS, 2, |i, t| if (i + t) % 2 == 0 { 0.2 } else { 0.0 });
    Batch {
        features,
        labels,
        weights,
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

/// The distillation term, before its weight.
fn distillation(stage: &Stage<f64>, parameters: &Parameters<f64>) -> f64 {
    let mut tape = Tape::new();
    let bound = parameters.bind(&mut tape, true);
    let mut noise = Stream::new(1, Purpose::Perturbation, 0);
    let mut pass = Pass::new(&mut tape, &bound);
    let terms = stage.method.losses(&mut pass, &batch(), &mut noise);
    assert_eq!((terms[1].name, terms[1].weight), ("distillation", 1.7));
    tape.value(terms[1].value).to_scalar()
}

/// Gives the student the teacher's embedding and encoder.
fn taught(parameters: &mut Parameters<f64>) {
    for part in ["embedding", "encoder"] {
        let of = |p: &Parameters<f64>, prefix: &str| {
            p.named(|name| name.starts_with(&format!("{prefix}{part}")))
        };
        let pairs: Vec<_> = of(parameters, TEACHER)
            .into_iter()
            .zip(of(parameters, ""))
            .collect();
        assert!(!pairs.is_empty());
        for (teacher, student) in pairs {
            let values = parameters.values()[parameters.range(teacher)].to_vec();
            parameters.matrix_mut(student).copy_from_slice(&values);
        }
    }
}

fn set(parameters: &mut Parameters<f64>, name: &str, values: &[f64]) {
    let ids = parameters.named(|found| found == name);
    parameters.matrix_mut(ids[0]).copy_from_slice(values);
}

/// A projection to zero misses all of the teacher: the loss is 1; a student that is the teacher, seen through
/// the identity, misses nothing; at twice the length the miss is the vector itself again.
#[test]
fn features_are_held_to_the_teachers() {
    let (stage, mut parameters) = student(true);
    set(&mut parameters, "projection.bias", &[0.0, 0.0]);
    set(&mut parameters, "projection.weight", &[0.0; 4]);
    assert!((distillation(&stage, &parameters) - 1.0).abs() < 1e-14);
    taught(&mut parameters);
    set(&mut parameters, "projection.weight", &[1.0, 0.0, 0.0, 1.0]);
    assert!(distillation(&stage, &parameters) < 1e-28);
    set(&mut parameters, "projection.weight", &[2.0, 0.0, 0.0, 2.0]);
    assert!((distillation(&stage, &parameters) - 1.0).abs() < 1e-14);
}

/// Distances over their mean do not see a change of scale.
#[test]
fn distances_are_held_to_the_teachers_up_to_scale() {
    let (stage, mut parameters) = student(false);
    assert!(distillation(&stage, &parameters) > 1e-3);
    taught(&mut parameters);
    assert!(distillation(&stage, &parameters) < 1e-20);
    let last = parameters.named(|name| name.starts_with("encoder.1"));
    for id in last {
        for w in parameters.matrix_mut(id) {
            *w *= -3.0;
        }
    }
    assert!(distillation(&stage, &parameters) < 1e-12);
}

#[test]
fn gradients_of_the_student_are_those_of_its_losses() {
    for projected in [true, false] {
        let (stage, parameters) = student(projected);
        let x: Vec<Tensor<f64>> = parameters
            .iter()
            .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
            .collect();
        // the teacher is a constant of the loss
        let names = parameters.iter().map(|(name, ..)| name);
        let frozen: Vec<bool> = names.map(|name| name.starts_with(TEACHER)).collect();
        let count = frozen.iter().filter(|frozen| **frozen).count();
        assert!(count > 0 && count == stage.frozen.len());
        let trained = x.iter().zip(&frozen).filter(|(_, frozen)| !**frozen);
        let trained: Vec<Tensor<f64>> = trained.map(|(x, _)| x.clone()).collect();
        let check = gradcheck::disagreement(&trained, 1e-3, |tape, vars| {
            let mut vars = vars.iter();
            let bind = |(x, frozen): (&Tensor<f64>, &bool)| match frozen {
                true => tape.constant(x),
                false => *vars.next().unwrap(),
            };
            let bound = Bound::from_vars(x.iter().zip(&frozen).map(bind).collect());
            let mut noise = Stream::new(1, Purpose::Perturbation, 0);
            let mut pass = Pass::new(tape, &bound);
            let terms = stage.method.losses(&mut pass, &batch(), &mut noise);
            geogate::method::Term::total(&terms, tape)
        });
        assert_gradient("distillation", check);
    }
}

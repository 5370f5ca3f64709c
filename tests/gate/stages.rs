//! Every conventional method does what its name says: which matrices its stages train, and which stand still.

use std::collections::BTreeSet;

use geogate::autograd::Tape;
use geogate::baseline;
use geogate::method::{Batch, LabelLoss, MethodName, ModelConfig, Stage, Term};
use geogate::nn::{Adam, Features, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};

use crate::construction::{constructed, numbers};

const ROWS: usize = 6;
const FEATURES: usize = 3;
/// Two sources, then the target.
const TASKS: usize = 3;
const TARGET: usize = 2;

fn names() -> Vec<String> {
    ["a", "b", "t"].map(str::to_owned).into()
}

fn config() -> ModelConfig {
    ModelConfig {
        embedding: 4,
        depth: 1,
        hidden: 6,
        latent_dim: 2,
        ..ModelConfig::default()
    }
}

/// The stages of a method, with their parameters.
fn stages(method: MethodName) -> (Vec<Stage<f64>>, Parameters<f64>) {
    let config = ModelConfig { method, ..config() };
    let of = (&config, numbers(FEATURES));
    constructed(of, (&names(), TARGET), 5, baseline::stages)
}

/// Labels of the tasks that supervise a stage.
fn batch(supervised: &[bool]) -> Batch<f64> {
    let mut stream = Stream::new(9, Purpose::Test, 0);
    let mut normal = |cols: usize| {
        let draws = (0..ROWS * cols).map(|_| stream.normal()).collect();
        Tensor::from_vec(ROWS, cols, draws)
    };
    Batch {
        features: Features::Numeric(normal(FEATURES)),
        labels: normal(supervised.len()),
        weights: Tensor::from_fn(ROWS, supervised.len(), |_, t| {
            f64::from(u8::from(supervised[t])) / ROWS as f64
        }),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

/// What the gradient of a stage's losses reaches: the parts of names before the number of the layer.
fn trained(stage: &Stage<f64>, parameters: &Parameters<f64>) -> BTreeSet<String> {
    let mut tape = Tape::new();
    let weights = parameters.bind_but(&mut tape, &stage.frozen);
    let mut noise = Stream::new(1, Purpose::Perturbation, 0);
    let mut pass = Pass::new(&mut tape, &weights);
    let terms = stage
        .method
        .losses(&mut pass, &batch(&stage.supervised), &mut noise);
    let total = Term::total(&terms, &mut tape);
    tape.backward(total);
    let mut gradient = vec![0.0; parameters.values().len()];
    parameters.gradient_into(&weights, &tape, &mut gradient, Write::Replace);
    let ids = parameters.named(|_| true);
    let reached = |(name, id): (&str, _)| {
        let moves = gradient[parameters.range(id)].iter().any(|g| *g != 0.0);
        let name = name.trim_end_matches(".weight").trim_end_matches(".bias");
        moves.then(|| {
            name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
                .to_owned()
        })
    };
    let names = parameters.iter().map(|(name, ..)| name);
    names.zip(ids).filter_map(reached).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn hard_sharing_trains_what_is_shared_and_the_heads_of_labelled_tasks() {
    let (mut stages, p) = stages(MethodName::Mtl);
    let stage = stages.remove(0);
    let heads = ["task.a.head", "task.b.head", "task.t.head"];
    assert_eq!(
        trained(&stage, &p),
        set(&[&["embedding", "encoder"], &heads[..]].concat())
    );
    let alone = Stage {
        supervised: vec![false, true, false],
        ..stage
    };
    assert_eq!(
        trained(&alone, &p),
        set(&["embedding", "encoder", "task.b.head"])
    );
}

#[test]
fn fine_tuning_trains_the_sources_then_all_or_the_head() {
    for (method, second) in [
        (
            MethodName::FtAll,
            &["embedding", "encoder", "task.t.head"][..],
        ),
        (MethodName::FtHead, &["task.t.head"]),
    ] {
        let (stages, p) = stages(method);
        let sources = ["embedding", "encoder", "task.a.head", "task.b.head"];
        assert_eq!(trained(&stages[0], &p), set(&sources));
        assert_eq!(trained(&stages[1], &p), set(second), "{method:?}");
    }
}

#[test]
fn distillation_trains_the_teacher_then_the_student_with_its_projection() {
    for method in [MethodName::Kd, MethodName::GspKd] {
        let (mut stages, p) = stages(method);
        let (training, pretraining) = (stages.remove(1), stages.remove(0));
        let teacher = [
            "teacher.embedding",
            "teacher.encoder",
            "teacher.task.a.head",
            "teacher.task.b.head",
        ];
        assert_eq!(trained(&pretraining, &p), set(&teacher));
        let mut student = set(&["embedding", "encoder", "task.t.head"]);
        student.extend((method == MethodName::Kd).then(|| "projection".to_owned()));
        assert_eq!(trained(&training, &p), student);
        // the teacher's rows of the table have no labels of the target: the student learns from them all the same
        let unlabelled = Stage {
            supervised: vec![false; TASKS],
            ..training
        };
        student.remove("task.t.head");
        assert_eq!(trained(&unlabelled, &p), student);
    }
}

/// The projection is learnt: with everything else still, descent on it alone brings the loss down.
#[test]
fn the_projection_is_learnt() {
    let (stages, mut p) = stages(MethodName::Kd);
    let training = &stages[1];
    let frozen = p.named(|name| !name.starts_with("projection"));
    let mut adam = Adam::new(p.values().len(), 0.0);
    let mut losses = Vec::new();
    for _ in 0..200 {
        let mut tape = Tape::new();
        let weights = p.bind_but(&mut tape, &frozen);
        let mut noise = Stream::new(1, Purpose::Perturbation, 0);
        let mut pass = Pass::new(&mut tape, &weights);
        let terms = training
            .method
            .losses(&mut pass, &batch(&[false; TASKS]), &mut noise);
        losses.push(tape.value(terms[1].value).to_scalar());
        let total = Term::total(&terms, &mut tape);
        tape.backward(total);
        let mut gradient = vec![0.0; p.values().len()];
        p.gradient_into(&weights, &tape, &mut gradient, Write::Replace);
        adam.step(p.values_mut(), &gradient, 0.05);
    }
    assert!(
        losses[199] < 0.3 * losses[0],
        "{} {}",
        losses[0],
        losses[199]
    );
}

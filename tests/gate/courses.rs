//! Every conventional method does what its name says: which matrices its courses train, and which stand still.

use std::collections::BTreeSet;

use geogate::autograd::Tape;
use geogate::baseline::{Distillation, HardSharing, TEACHER, Tuned, fine_tuning};
use geogate::method::{Batch, LabelLoss, ModelConfig, Stage, Term};
use geogate::nn::{Adam, Embedding, Features, Mlp, Parameters, Pass};
use geogate::random::{Purpose, Stream};
use geogate::tensor::{Tensor, Write};

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

/// Networks under different prefixes start differently: a student that is its teacher has nothing to learn.
fn network(p: &mut Parameters<f64>, prefix: &str, names: &[String]) -> HardSharing {
    let index = prefix.len() as u64;
    let (config, mut s) = (config(), Stream::new(5, Purpose::Initialisation, index));
    let sizes = [FEATURES, config.embedding];
    let name = format!("{prefix}embedding");
    let mlp = Mlp::new(p, &name, &sizes, config.activation, &mut s);
    let embedding = Embedding::Numeric(mlp, config.activation);
    HardSharing::under(prefix, p, embedding, (names, &config), &mut s)
}

/// Labels of the tasks that lend theirs to a course.
fn batch(lends: &[bool]) -> Batch<f64> {
    let mut stream = Stream::new(9, Purpose::Test, 0);
    let mut normal = |cols: usize| {
        let draws = (0..ROWS * cols).map(|_| stream.normal()).collect();
        Tensor::from_vec(ROWS, cols, draws)
    };
    Batch {
        features: Features::Numeric(normal(FEATURES)),
        labels: normal(lends.len()),
        weights: Tensor::from_fn(ROWS, lends.len(), |_, t| {
            f64::from(u8::from(lends[t])) / ROWS as f64
        }),
        share: 1.0,
        loss: LabelLoss::Square,
    }
}

/// What the gradient of a course's losses reaches: the parts of names before the number of the layer.
fn trained(course: &Course<f64>, parameters: &Parameters<f64>) -> BTreeSet<String> {
    let mut tape = Tape::new();
    let weights = parameters.bind_but(&mut tape, &course.frozen);
    let mut noise = Stream::new(1, Purpose::Perturbation, 0);
    let mut pass = Pass::new(&mut tape, &weights);
    let terms = course
        .method
        .losses(&mut pass, &batch(&course.lends), &mut noise);
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
    let mut p = Parameters::new();
    let network = network(&mut p, "", &names());
    let course = Course::whole(network, TASKS);
    let heads = ["task.a.head", "task.b.head", "task.t.head"];
    assert_eq!(
        trained(&course, &p),
        set(&[&["embedding", "encoder"], &heads[..]].concat())
    );
    let alone = Course {
        lends: vec![false, true, false],
        ..course
    };
    assert_eq!(
        trained(&alone, &p),
        set(&["embedding", "encoder", "task.b.head"])
    );
}

#[test]
fn fine_tuning_trains_the_sources_then_all_or_the_head() {
    let mut p = Parameters::new();
    let network = network(&mut p, "", &names());
    for (tuned, second) in [
        (Tuned::All, &["embedding", "encoder", "task.t.head"][..]),
        (Tuned::Head, &["task.t.head"]),
    ] {
        let [pretraining, training] = fine_tuning(&network, &p, (&names(), TARGET), tuned);
        let sources = ["embedding", "encoder", "task.a.head", "task.b.head"];
        assert_eq!(trained(&pretraining, &p), set(&sources));
        assert_eq!(trained(&training, &p), set(second), "{tuned:?}");
    }
}

#[test]
fn distillation_trains_the_teacher_then_the_student_with_its_projection() {
    for projected in [true, false] {
        let mut p = Parameters::new();
        let networks = [
            network(&mut p, TEACHER, &names()),
            network(&mut p, "", &names()[TARGET..]),
        ];
        let mut stream = Stream::new(6, Purpose::Initialisation, 0);
        let options = (&config(), projected);
        let [pretraining, training] =
            Distillation::courses(&mut p, networks, (TASKS, TARGET), options, &mut stream);
        let teacher = [
            "teacher.embedding",
            "teacher.encoder",
            "teacher.task.a.head",
            "teacher.task.b.head",
        ];
        assert_eq!(trained(&pretraining, &p), set(&teacher));
        let mut student = set(&["embedding", "encoder", "task.t.head"]);
        student.extend(projected.then(|| "projection".to_owned()));
        assert_eq!(trained(&training, &p), student);
        // the teacher's rows of the table have no labels of the target: the student learns from them all the same
        let unlabelled = Course {
            lends: vec![false; TASKS],
            ..training
        };
        student.remove("task.t.head");
        assert_eq!(trained(&unlabelled, &p), student);
    }
}

/// The projection is learnt: with everything else still, descent on it alone brings the loss down.
#[test]
fn the_projection_is_learnt() {
    let mut p = Parameters::new();
    let networks = [
        network(&mut p, TEACHER, &names()),
        network(&mut p, "", &names()[TARGET..]),
    ];
    let mut stream = Stream::new(6, Purpose::Initialisation, 0);
    let [_, training] = Distillation::courses(
        &mut p,
        networks,
        (TASKS, TARGET),
        (&config(), true),
        &mut stream,
    );
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

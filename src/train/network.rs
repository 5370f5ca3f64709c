//! A method with its parameters, built from a configuration.

use crate::autograd::{Tape, Var};
use crate::baseline::{Distillation, HardSharing, TEACHER, Tuned, fine_tuning};
use crate::data::InputKind;
use crate::gate::config::{MethodName, ModelConfig};
use crate::gate::{Course, Gate, Method};
#[cfg(feature = "molecule")]
use crate::nn::Dmpnn;
use crate::nn::{Embedding, Features, Mlp, Parameters, Pass};
use crate::random::{Purpose, Stream};
use crate::tensor::{Real, Tensor};

use super::batch::{Fixed, Source, View};

/// Rows predicted together; fixed, so that predictions do not depend on the number of threads.
const PREDICTION_ROWS: usize = 128;

/// The courses of training and the numbers they work on.
pub(super) struct Network<T> {
    /// One after the other; the last predicts.
    pub(super) courses: Vec<Course<T>>,
    pub(super) parameters: Parameters<T>,
}

impl<T: Real> Network<T> {
    /// The network of a configuration, for the tasks `names`, initialised by `seed`.
    pub(super) fn new(
        config: &ModelConfig,
        kind: &InputKind,
        (names, target): (&[String], usize),
        seed: u64,
    ) -> Self {
        let mut parameters = Parameters::new();
        let mut stream = Stream::new(seed, Purpose::Initialisation, 0);
        let (p, s) = (&mut parameters, &mut stream);
        let shared = |p: &mut Parameters<T>, s: &mut Stream, names: &[String], prefix: &str| {
            let embedding = embedding(p, (config, kind), prefix, s);
            HardSharing::under(prefix, p, embedding, (names, config), s)
        };
        let tasks = names.len();
        let courses = match config.method {
            MethodName::Stl | MethodName::Mtl => {
                vec![Course::whole(shared(p, s, names, ""), tasks)]
            }
            MethodName::FtAll | MethodName::FtHead => {
                let network = shared(p, s, names, "");
                let tuned = match config.method {
                    MethodName::FtAll => Tuned::All,
                    _ => Tuned::Head,
                };
                fine_tuning(&network, p, (names, target), tuned).into()
            }
            MethodName::Kd | MethodName::GspKd => {
                let student = shared(p, s, &names[target..=target], "");
                let teacher = shared(p, s, names, TEACHER);
                let options = (config, config.method == MethodName::Kd);
                Distillation::courses(p, [teacher, student], (tasks, target), options, s).into()
            }
            MethodName::Gate | MethodName::Gear | MethodName::Geogate => {
                let embedding = embedding(p, (config, kind), "", s);
                let gate = Gate::new(p, embedding, (names, target), config, s);
                vec![Course::whole(gate, tasks)]
            }
            MethodName::AddTask => {
                let embedding = embedding(p, (config, kind), "", s);
                let gate = Gate::new(p, embedding, (names, target), config, s);
                gate.addition(p, target).into()
            }
            MethodName::Auto => unreachable!("descriptions of networks name one"),
        };
        Self {
            courses,
            parameters,
        }
    }

    /// Gives every task its weight in the losses of the last course; tasks of weight 0 lend no labels.
    ///
    /// # Panics
    /// If the method has no charts.
    #[track_caller]
    pub(super) fn weigh(&mut self, weights: &[f64]) {
        let gate = self.method().gate().expect("a method with charts").clone();
        let lends = weights.iter().map(|&w| w > 0.0).collect();
        self.courses = vec![Course {
            lends,
            ..Course::whole(gate.weighted(weights), weights.len())
        }];
    }

    /// The same with one task more, to be trained against the rest: its course is the only one. `added` counts
    /// the tasks added before.
    ///
    /// # Panics
    /// If the method has no charts.
    #[track_caller]
    pub(super) fn extend(&mut self, (name, config): (&str, &ModelConfig), seed: u64, added: u64) {
        let mut stream = Stream::new(seed, Purpose::Initialisation, 1 + added);
        let gate = self.method().gate().expect("a method with charts").clone();
        let task = (name, config);
        self.courses = vec![gate.extended(&mut self.parameters, task, &mut stream)];
    }

    /// The method of the last course.
    pub(super) fn method(&self) -> &dyn Method<T> {
        &*self.courses.last().expect("a network has a course").method
    }

    /// Standardised predictions for some rows of the inputs, `[rows, tasks]`.
    pub(super) fn predict(&self, source: Source<'_>, rows: &[usize]) -> Tensor<T> {
        self.predict_by(self.method(), &View::Inputs(source), rows)
    }

    /// The same by the method of another course.
    pub(super) fn predict_by(
        &self,
        method: &dyn Method<T>,
        view: &View<'_, T>,
        rows: &[usize],
    ) -> Tensor<T> {
        self.evaluate(view, rows, |pass, features| method.predict(pass, features))
    }

    /// What a course sees of these rows, which ascend.
    pub(super) fn view<'a>(
        &self,
        course: usize,
        source: Source<'a>,
        rows: Vec<usize>,
    ) -> View<'a, T> {
        let view = View::Inputs(source);
        let Some(embedding) = &self.courses[course].embedded else {
            return view;
        };
        let method = &self.courses[course].method;
        let x = |pass: &mut Pass<'_, T>, features: &Features<T>| {
            vec![embedding.forward(pass, features)]
        };
        let x = self.evaluate_all(&view, &rows, x).remove(0);
        let view = View::Fixed(Fixed::new(rows.clone(), x.clone(), Vec::new()));
        let others = self.evaluate_all(&view, &rows, |pass, features| method.fixed(pass, features));
        View::Fixed(Fixed::new(rows, x, others))
    }

    /// What `output` makes of some rows of the inputs, a row each, one chunk of rows after the
    /// other.
    pub(super) fn evaluate(
        &self,
        view: &View<'_, T>,
        rows: &[usize],
        output: impl Fn(&mut Pass<'_, T>, &Features<T>) -> Var,
    ) -> Tensor<T> {
        let all = self.evaluate_all(view, rows, |pass, features| vec![output(pass, features)]);
        let one = all.into_iter().next();
        one.unwrap_or_else(|| Tensor::zeros(0, 0))
    }

    /// The same for several matrices; none where there are no rows.
    fn evaluate_all(
        &self,
        view: &View<'_, T>,
        rows: &[usize],
        outputs: impl Fn(&mut Pass<'_, T>, &Features<T>) -> Vec<Var>,
    ) -> Vec<Tensor<T>> {
        let mut tape = Tape::new();
        let mut found: Vec<(usize, Vec<T>)> = Vec::new();
        for chunk in rows.chunks(PREDICTION_ROWS) {
            tape.clear();
            let weights = self.parameters.bind(&mut tape, false);
            let features = view.features(chunk);
            let outputs = outputs(&mut Pass::new(&mut tape, &weights), &features);
            found.resize_with(outputs.len(), Default::default);
            for ((width, values), y) in found.iter_mut().zip(outputs) {
                *width = tape.shape(y).1;
                values.extend_from_slice(tape.value(y).as_slice());
            }
        }
        let matrix = |(width, values)| Tensor::from_vec(rows.len(), width, values);
        found.into_iter().map(matrix).collect()
    }
}

fn embedding<T: Real>(
    parameters: &mut Parameters<T>,
    (config, kind): (&ModelConfig, &InputKind),
    prefix: &str,
    stream: &mut Stream,
) -> Embedding {
    let width = config.embedding;
    let name = format!("{prefix}embedding");
    let features = kind.features.len();
    #[cfg(feature = "molecule")]
    if kind.molecules {
        use crate::molecule::{ATOM_FEATURES, BOND_FEATURES};
        let sizes = (width, config.depth, config.readout);
        let of_graph = (ATOM_FEATURES, BOND_FEATURES);
        let network = Dmpnn::new(parameters, &name, of_graph, sizes, stream);
        return match features {
            0 => Embedding::Graph(network),
            _ => Embedding::Both(network, features),
        };
    }
    let mut sizes = vec![features];
    sizes.resize(config.depth + 1, width);
    let mlp = Mlp::new(parameters, &name, &sizes, config.activation, stream);
    Embedding::Numeric(mlp, config.activation)
}

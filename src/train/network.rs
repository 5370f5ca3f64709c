//! A method with its parameters, built from a configuration.

use crate::autograd::{Tape, Var};
use crate::baseline;
use crate::data::InputKind;
use crate::gate::{self, Gate};
#[cfg(feature = "molecule")]
use crate::method::GraphWidths;
use crate::method::{Construction, Family, InputWidths, Method, ModelConfig, Stage};
use crate::nn::{Features, Parameters, Pass};
use crate::random::{Purpose, Stream};
use crate::tensor::{Real, Tensor};

use super::batch::{Fixed, InputView, Source};

/// Rows predicted together; fixed, so that predictions do not depend on the number of threads.
const PREDICTION_ROWS: usize = 128;

/// The stages of training and the numbers they work on.
pub(super) struct Network<T> {
    /// One after the other; the last predicts. None of a method without a network.
    pub(super) stages: Vec<Stage<T>>,
    /// The networks of a method with charts.
    pub(super) gate: Option<Gate>,
    pub(super) parameters: Parameters<T>,
}

impl<T: Real> Network<T> {
    /// The network of a configuration, for the tasks `names`, initialised by `seed`.
    pub(super) fn new(
        config: &ModelConfig,
        inputs: &InputKind,
        (tasks, target): (&[String], usize),
        seed: u64,
    ) -> Self {
        let mut parameters = Parameters::new();
        let mut from = Construction {
            config,
            inputs: widths(inputs),
            tasks,
            target,
            parameters: &mut parameters,
            stream: &mut Stream::new(seed, Purpose::Initialisation, 0),
        };
        let (gate, stages) = match config.method.entry().family {
            Family::Charts => {
                let (gate, stages) = gate::stages(&mut from);
                (Some(gate), stages)
            }
            Family::Process => (None, Vec::new()),
            _ => (None, baseline::stages(&mut from)),
        };
        Self {
            stages,
            gate,
            parameters,
        }
    }

    /// Gives every task its weight in the losses of the last stage; tasks of weight 0 supervise nothing.
    ///
    /// # Panics
    /// If the method has no charts.
    #[track_caller]
    pub(super) fn weigh(&mut self, weights: &[f64]) {
        let gate = self.gate.take().expect("a method with charts");
        let gate = gate.weighted(weights);
        let supervised = weights.iter().map(|&w| w > 0.0).collect();
        self.stages = vec![Stage::new(gate.clone(), supervised)];
        self.gate = Some(gate);
    }

    /// Adds one task, to be trained against the rest: its stage is the only one. `added` counts the
    /// tasks added before.
    ///
    /// # Panics
    /// If the method has no charts.
    #[track_caller]
    pub(super) fn extend(&mut self, task: (&str, &ModelConfig), seed: u64, added: u64) {
        let mut stream = Stream::new(seed, Purpose::Initialisation, 1 + added);
        let gate = self.gate.take().expect("a method with charts");
        let (gate, stage) = gate.extended(&mut self.parameters, task, &mut stream);
        self.stages = vec![stage];
        self.gate = Some(gate);
    }

    /// The method of the last stage.
    pub(super) fn method(&self) -> &dyn Method<T> {
        &*self.stages.last().expect("a network has a stage").method
    }

    /// The vectors x of some rows of the inputs, `[rows, e]`, in double precision.
    pub(super) fn embed(&self, source: Source<'_>, rows: &[usize]) -> Vec<f64> {
        let embedding = self.method().embedding();
        let x = self.evaluate(&InputView::Inputs(source), rows, |pass, features| {
            embedding.forward(pass, features)
        });
        x.as_slice().iter().map(|x| x.to_f64()).collect()
    }

    /// Standardised predictions for some rows of the inputs, `[rows, tasks]`.
    pub(super) fn predict(&self, source: Source<'_>, rows: &[usize]) -> Tensor<T> {
        self.predict_by(self.method(), &InputView::Inputs(source), rows)
    }

    /// Predictions of `method`, that of any stage, for some rows of the view, standardised, `[rows,
    /// tasks]`.
    pub(super) fn predict_by(
        &self,
        method: &dyn Method<T>,
        view: &InputView<'_, T>,
        rows: &[usize],
    ) -> Tensor<T> {
        self.evaluate(view, rows, |pass, features| method.predict(pass, features))
    }

    /// What a stage sees of these rows, which ascend.
    pub(super) fn view<'a>(
        &self,
        stage: usize,
        source: Source<'a>,
        rows: Vec<usize>,
    ) -> InputView<'a, T> {
        let view = InputView::Inputs(source);
        let Some(embedding) = &self.stages[stage].embedded else {
            return view;
        };
        let method = &self.stages[stage].method;
        let x = |pass: &mut Pass<'_, T>, features: &Features<T>| {
            vec![embedding.forward(pass, features)]
        };
        let x = self.evaluate_all(&view, &rows, x).remove(0);
        let view = InputView::Fixed(Fixed::new(rows.clone(), x.clone(), Vec::new()));
        let others = self.evaluate_all(&view, &rows, |pass, features| method.fixed(pass, features));
        InputView::Fixed(Fixed::new(rows, x, others))
    }

    /// What `output` makes of some rows of the inputs, a row each, one chunk of rows after the
    /// other.
    pub(super) fn evaluate(
        &self,
        view: &InputView<'_, T>,
        rows: &[usize],
        output: impl Fn(&mut Pass<'_, T>, &Features<T>) -> Var,
    ) -> Tensor<T> {
        let all = self.evaluate_all(view, rows, |pass, features| vec![output(pass, features)]);
        let one = all.into_iter().next();
        one.unwrap_or_else(|| Tensor::zeros(0, 0))
    }

    /// The matrices that `outputs` makes of some rows of the view, a row each, one chunk of rows
    /// after the other; none where there are no rows.
    fn evaluate_all(
        &self,
        view: &InputView<'_, T>,
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

/// What an embedding reads, in numbers.
fn widths(inputs: &InputKind) -> InputWidths {
    #[cfg(feature = "molecule")]
    let graph = inputs.molecules.then_some(GraphWidths {
        atoms: crate::molecule::ATOM_FEATURES,
        bonds: crate::molecule::BOND_FEATURES,
    });
    #[cfg(not(feature = "molecule"))]
    let graph = None;
    InputWidths {
        graph,
        features: inputs.features.len(),
    }
}

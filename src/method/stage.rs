//! What every way of learning the tasks has in common.

use crate::autograd::{Tape, Var};
use crate::nn::{Embedding, Features, ParameterId, Pass};
use crate::random::Stream;
use crate::tensor::{Real, Tensor};

/// What a label's residual r, in standard deviations, costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum LabelLoss {
    /// r².
    #[default]
    Square,
    /// r² up to |r| = δ, then 2 δ |r| − δ²: a wild label pulls no harder than one at δ.
    Huber {
        /// The threshold δ, above zero.
        delta: f64,
    },
}

/// A shard of a step's molecules with the labels their tasks have.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    /// The inputs, one per row.
    pub features: Features<T>,
    /// Standardised labels, `[rows, tasks]`; anything where there is none.
    pub labels: Tensor<T>,
    /// Weights of the errors, `[rows, tasks]`: one over the step's molecules where there is
    /// a label, zero where there is none.
    pub weights: Tensor<T>,
    /// This shard's share of the step's molecules; the shares of a step add up to one.
    pub share: f64,
    /// What a residual costs.
    pub loss: LabelLoss,
}

impl<T: Real> Batch<T> {
    /// Number of molecules in the shard.
    pub fn rows(&self) -> usize {
        self.labels.rows()
    }

    /// `Σ_i w_i h(p_i − y_i)` over the molecules labelled for task t, with h the [`LabelLoss`]: a step's
    /// shards add up to the error per molecule of the step, so tasks weigh as they occur in the table.
    ///
    /// # Panics
    /// If the prediction is not `[rows, 1]`.
    #[track_caller]
    pub fn error(&self, tape: &mut Tape<T>, prediction: Var, task: usize) -> Var {
        let column = |of: &Tensor<T>| Tensor::from_fn(of.rows(), 1, |i, _| of.row(i)[task]);
        let (labels, weights) = (column(&self.labels), column(&self.weights));
        match self.loss {
            LabelLoss::Square => tape.weighted_square_error(prediction, &labels, &weights),
            LabelLoss::Huber { delta } => {
                tape.weighted_huber_error(prediction, &labels, &weights, delta)
            }
        }
    }
}

/// One named, weighted part of a loss.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Name in histories and messages.
    pub name: &'static str,
    /// Value of the term, 1 × 1, before the weight.
    pub value: Var,
    /// Weight of the term in the total. A term of weight zero is a reading: a shard's part of a
    /// mean over the step that goes into the history but is not trained on.
    pub weight: f64,
}

impl Term {
    /// A number that is recorded only: a shard's part of a mean over the step.
    pub fn reading(name: &'static str, value: Var) -> Self {
        Self {
            name,
            value,
            weight: 0.0,
        }
    }

    /// Is it recorded only?
    pub fn is_reading(&self) -> bool {
        self.weight == 0.0
    }

    /// The total `Σ weight · value` without readings, 1 × 1.
    ///
    /// # Panics
    /// If there are no terms.
    #[track_caller]
    pub fn total<T: Real>(terms: &[Self], tape: &mut Tape<T>) -> Var {
        let weighted: Vec<(Var, T)> = terms
            .iter()
            .filter(|term| !term.is_reading())
            .map(|term| (term.value, T::from_f64(term.weight)))
            .collect();
        tape.combination(&weighted)
    }
}

/// A way to learn the tasks: a loss to train by and a prediction.
pub trait Method<T: Real>: Send + Sync {
    /// The terms of the loss on a shard; `noise` is the shard's own stream for perturbations.
    fn losses(&self, pass: &mut Pass<'_, T>, batch: &Batch<T>, noise: &mut Stream) -> Vec<Term>;

    /// What the losses take from frozen networks and that can be computed once per row, besides the embedding: matrices of
    /// a row each, which come back in [`Features::Fixed`].
    fn fixed(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Vec<Var> {
        let _ = (pass, features);
        Vec::new()
    }

    /// What makes the vector x of a row, which everything else works on.
    fn embedding(&self) -> &Embedding;

    /// Standardised predictions of every task, `[rows, tasks]`.
    fn predict(&self, pass: &mut Pass<'_, T>, features: &Features<T>) -> Var;
}

/// A stage of training: a way to learn, and what it learns from. A network takes its stages one after
/// the other on the same parameters; the last predicts.
pub struct Stage<T> {
    /// The losses, and the prediction.
    pub method: Box<dyn Method<T>>,
    /// Of every task, do its labels supervise the stage?
    pub supervised: Vec<bool>,
    /// Matrices that stay as they are.
    pub frozen: Vec<ParameterId>,
    /// The embedding, where it is among them and what it makes of a molecule is to be computed once, as is what
    /// [`Method::fixed`] makes of that.
    pub embedded: Option<Embedding>,
}

impl<T: Real> Stage<T> {
    /// Labels of the tasks that are `supervised`, nothing frozen.
    pub fn new(method: impl Method<T> + 'static, supervised: Vec<bool>) -> Self {
        Self {
            method: Box::new(method),
            supervised,
            frozen: Vec::new(),
            embedded: None,
        }
    }
}

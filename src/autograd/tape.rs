//! The tape: values in the order they were computed, and the rules that connect them.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use super::pool::BufferPool;
use super::rule::{Forward, Reverse, Rule};
use super::rules::immersion::Breakdown;
use crate::tensor::{Real, Tensor, Write, elementwise};

/// A value on a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(u32);

impl Var {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One value and whether gradients flow to it.
#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) value: Tensor<T>,
    pub(super) wants_gradient: bool,
}

/// One recorded operation.
struct Node<T> {
    rule: Box<dyn Rule<T>>,
    inputs: Vec<Var>,
    outputs: Range<usize>,
}

/// A computation, recorded as it runs.
///
/// [`Tape::clear`] empties it for the next step and keeps the buffers: after the first step of a
/// training run nothing of the size of a batch is allocated. What is [held](Tape::hold) stays.
pub struct Tape<T> {
    slots: Vec<Slot<T>>,
    held: usize,
    nodes: Vec<Node<T>>,
    adjoints: Vec<Option<Tensor<T>>>,
    breakdowns: Vec<Breakdown>,
    pool: BufferPool<T>,
    /// Working memory of operations, one of a kind.
    memory: Vec<Arc<dyn Any + Send + Sync>>,
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self {
            slots: Vec::new(),
            held: 0,
            nodes: Vec::new(),
            adjoints: Vec::new(),
            breakdowns: Vec::new(),
            pool: BufferPool::new(),
            memory: Vec::new(),
        }
    }

    /// Forgets the computation and keeps its buffers, and the leaves that are held.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.breakdowns.clear();
        for slot in self.slots.drain(self.held..) {
            self.pool.give(slot.value);
        }
        for adjoint in self.adjoints.drain(..).flatten() {
            self.pool.give(adjoint);
        }
    }

    /// Keeps the leaves that are on the tape now through every [`Tape::clear`]: weights that are the same, or
    /// nearly all the same, in the next step.
    ///
    /// # Panics
    /// If an operation has been recorded.
    #[track_caller]
    pub fn hold(&mut self) {
        assert!(self.nodes.is_empty(), "hold: only leaves can be held");
        self.held = self.slots.len();
    }

    /// Gives a leaf other entries.
    ///
    /// # Panics
    /// If an operation has been recorded, or the number of entries differs.
    #[track_caller]
    pub fn overwrite(&mut self, leaf: Var, entries: &[T]) {
        assert!(
            self.nodes.is_empty(),
            "overwrite: there are operations on the leaves"
        );
        let value = self.slots[leaf.index()].value.as_mut_slice();
        assert_eq!(value.len(), entries.len(), "overwrite: entries");
        value.copy_from_slice(entries);
    }

    /// Runs a computation whose values are read and then forgotten, as if it had never been: no
    /// gradient flows through it.
    pub fn no_grad<R>(&mut self, compute: impl FnOnce(&mut Self) -> R) -> R {
        let (slots, nodes) = (self.slots.len(), self.nodes.len());
        let breakdowns = self.breakdowns.len();
        let result = compute(self);
        self.nodes.truncate(nodes);
        self.breakdowns.truncate(breakdowns);
        for slot in self.slots.drain(slots..) {
            self.pool.give(slot.value);
        }
        result
    }

    /// For each operation that inverts a metric, in order: at how many points it could not.
    pub fn breakdowns(&self) -> &[Breakdown] {
        &self.breakdowns
    }

    /// Keeps what an operation could not do.
    pub(crate) fn note(&mut self, breakdown: Breakdown) {
        self.breakdowns.push(breakdown);
    }

    /// A value without gradient: data, labels, masks.
    pub fn constant(&mut self, value: &Tensor<T>) -> Var {
        self.leaf(value, false)
    }

    /// A value with gradient: weights, or whatever the derivative is asked for.
    pub fn variable(&mut self, value: &Tensor<T>) -> Var {
        self.leaf(value, true)
    }

    /// A value copied from `rows · cols` entries in row order.
    ///
    /// # Panics
    /// If the number of entries differs.
    #[track_caller]
    pub fn leaf_from_slice(
        &mut self,
        rows: usize,
        cols: usize,
        entries: &[T],
        wants_gradient: bool,
    ) -> Var {
        assert_eq!(
            entries.len(),
            rows * cols,
            "leaf: {} entries for {rows} x {cols}",
            entries.len()
        );
        let mut value = self.pool.take(rows, cols);
        value.as_mut_slice().copy_from_slice(entries);
        self.push(value, wants_gradient)
    }

    fn leaf(&mut self, value: &Tensor<T>, wants_gradient: bool) -> Var {
        self.leaf_from_slice(value.rows(), value.cols(), value.as_slice(), wants_gradient)
    }

    /// The value of a variable.
    pub fn value(&self, var: Var) -> &Tensor<T> {
        &self.slots[var.index()].value
    }

    /// Rows and columns of a variable.
    pub fn shape(&self, var: Var) -> (usize, usize) {
        self.value(var).shape()
    }

    /// The gradient that the last [`Tape::backward`] left at a variable; `None` where the result
    /// does not depend on it or it does not take part.
    pub fn gradient(&self, var: Var) -> Option<&Tensor<T>> {
        self.adjoints.get(var.index()).and_then(Option::as_ref)
    }

    /// A buffer of this shape with arbitrary content, for the value of a new node.
    pub fn buffer(&mut self, rows: usize, cols: usize) -> Tensor<T> {
        self.pool.take(rows, cols)
    }

    /// Takes workspace from [`Tape::buffer`] back.
    pub fn release(&mut self, tensor: Tensor<T>) {
        self.pool.give(tensor);
    }

    /// The working memory of a kind of operation, which stays from step to step as the buffers do.
    pub(crate) fn memory<M: Default + Send + Sync + 'static>(&mut self) -> Arc<M> {
        let known = (self.memory.iter()).find_map(|memory| memory.clone().downcast().ok());
        known.unwrap_or_else(|| {
            let memory = Arc::<M>::default();
            self.memory.push(memory.clone());
            memory
        })
    }

    /// Records an operation: its inputs, the values it computed and the rule of its derivatives.
    /// Returns the first output; the others follow it (see [`Tape::output`]).
    pub fn record(
        &mut self,
        rule: impl Rule<T> + 'static,
        inputs: &[Var],
        outputs: impl IntoIterator<Item = Tensor<T>>,
    ) -> Var {
        let wants_gradient = inputs.iter().any(|&input| self.wants_gradient(input));
        let first = self.slots.len();
        for value in outputs {
            self.push(value, wants_gradient);
        }
        if wants_gradient {
            let outputs = first..self.slots.len();
            self.nodes.push(Node {
                rule: Box::new(rule),
                inputs: inputs.to_vec(),
                outputs,
            });
        }
        Var(first as u32)
    }

    /// Output j of a node whose first output is `first`.
    pub fn output(&self, first: Var, j: usize) -> Var {
        Var(first.0 + j as u32)
    }

    /// Does a gradient flow to this variable?
    pub fn wants_gradient(&self, var: Var) -> bool {
        self.slots[var.index()].wants_gradient
    }

    fn push(&mut self, value: Tensor<T>, wants_gradient: bool) -> Var {
        self.slots.push(Slot {
            value,
            wants_gradient,
        });
        Var((self.slots.len() - 1) as u32)
    }

    /// Reverse mode: the gradient of the 1 × 1 variable `loss` with respect to every variable.
    ///
    /// # Panics
    /// If `loss` is not 1 × 1.
    #[track_caller]
    pub fn backward(&mut self, loss: Var) {
        assert_eq!(
            self.shape(loss),
            (1, 1),
            "backward: the loss has shape {:?}",
            self.shape(loss)
        );
        self.backward_from(&[(loss, Tensor::scalar(T::ONE))]);
    }

    /// Reverse mode from given adjoints: the gradient of `Σ ⟨adjoint, variable⟩`.
    ///
    /// # Panics
    /// If a seed has another shape than its variable.
    #[track_caller]
    pub fn backward_from(&mut self, seeds: &[(Var, Tensor<T>)]) {
        for adjoint in self.adjoints.drain(..).flatten() {
            self.pool.give(adjoint);
        }
        self.adjoints.resize_with(self.slots.len(), || None);
        for (var, seed) in seeds {
            assert_eq!(seed.shape(), self.shape(*var), "backward: shape of a seed");
            let slot = &mut self.adjoints[var.index()];
            let write = if slot.is_some() {
                Write::Add
            } else {
                Write::Replace
            };
            let adjoint = slot.get_or_insert_with(|| self.pool.take(seed.rows(), seed.cols()));
            elementwise::map(adjoint.as_mut_slice(), write, seed.as_slice(), |s| s);
        }
        let mut taken = Vec::new();
        for node in self.nodes.iter().rev() {
            taken.clear();
            taken.extend(node.outputs.clone().map(|k| self.adjoints[k].take()));
            if taken.iter().any(Option::is_some) {
                node.rule.reverse(&mut Reverse {
                    slots: &self.slots,
                    inputs: &node.inputs,
                    outputs: node.outputs.clone(),
                    output_adjoints: &taken,
                    adjoints: &mut self.adjoints,
                    pool: &mut self.pool,
                });
            }
            for (k, adjoint) in node.outputs.clone().zip(taken.drain(..)) {
                self.adjoints[k] = adjoint;
            }
        }
    }

    /// Forward mode: the tangents that `seeds` (tangents of leaves) cause, for `wanted` variables;
    /// zeros where a variable does not depend on them. Several seeds of one leaf add up.
    ///
    /// # Panics
    /// If a seed has another shape than its variable, or its variable is a constant: operations on
    /// constants are not recorded.
    #[track_caller]
    pub fn tangents(&self, seeds: &[(Var, Tensor<T>)], wanted: &[Var]) -> Vec<Tensor<T>> {
        let mut tangents: Vec<Option<Tensor<T>>> = Vec::new();
        tangents.resize_with(self.slots.len(), || None);
        for (var, seed) in seeds {
            assert_eq!(seed.shape(), self.shape(*var), "tangents: shape of a seed");
            assert!(
                self.wants_gradient(*var),
                "tangents: {var:?} is a constant; make it a variable"
            );
            match &mut tangents[var.index()] {
                Some(sum) => {
                    elementwise::add_scaled(sum.as_mut_slice(), T::ONE, seed.as_slice());
                }
                empty => *empty = Some(seed.clone()),
            }
        }
        for node in &self.nodes {
            if node
                .inputs
                .iter()
                .any(|input| tangents[input.index()].is_some())
            {
                node.rule.tangent(&mut Forward {
                    slots: &self.slots,
                    inputs: &node.inputs,
                    outputs: node.outputs.clone(),
                    tangents: &mut tangents,
                });
            }
        }
        wanted
            .iter()
            .map(|&var| {
                let (rows, cols) = self.shape(var);
                tangents[var.index()]
                    .clone()
                    .unwrap_or_else(|| Tensor::zeros(rows, cols))
            })
            .collect()
    }

    /// The names of the recorded operations, in order: those of the types of their rules.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.nodes.iter().map(|node| node.rule.name())
    }
}

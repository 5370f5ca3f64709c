//! What an operation knows about its derivatives, and what it is given to apply it.

use std::ops::Range;

use super::pool::BufferPool;
use super::tape::{Slot, Var};
use crate::tensor::{Real, Tensor, Write};

/// The derivative of one operation `outputs = f(inputs)`, in both directions.
///
/// A node may have several outputs. Outputs that only keep something for the derivative (a mask, a
/// slope) have no adjoint and no tangent.
pub trait Rule<T: Real>: Send {
    /// The name of the rule: that of its type, with where it stands.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Adds `(∂outputs/∂input_i)ᵀ · adjoint(outputs)` to the adjoint of every wanted input i.
    fn reverse(&self, at: &mut Reverse<'_, T>);

    /// Sets the tangents of the outputs to `Σ_i ∂outputs/∂input_i · tangent(input_i)`.
    fn tangent(&self, at: &mut Forward<'_, T>);
}

/// Values, adjoints and buffers a rule works with in reverse mode.
pub struct Reverse<'a, T> {
    pub(super) slots: &'a [Slot<T>],
    pub(super) inputs: &'a [Var],
    pub(super) outputs: Range<usize>,
    pub(super) output_adjoints: &'a [Option<Tensor<T>>],
    pub(super) adjoints: &'a mut [Option<Tensor<T>>],
    pub(super) pool: &'a mut BufferPool<T>,
}

impl<'a, T: Real> Reverse<'a, T> {
    /// Value of input i.
    pub fn value(&self, i: usize) -> &'a Tensor<T> {
        &self.slots[self.inputs[i].index()].value
    }

    /// Value of output j.
    pub fn output(&self, j: usize) -> &'a Tensor<T> {
        &self.slots[self.outputs.start + j].value
    }

    /// Adjoint of output j; `None` where nothing depends on it.
    pub fn adjoint(&self, j: usize) -> Option<&'a Tensor<T>> {
        self.output_adjoints[j].as_ref()
    }

    /// Number of inputs.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// Does input i need an adjoint?
    pub fn wants(&self, i: usize) -> bool {
        self.slots[self.inputs[i].index()].wants_gradient
    }

    /// The adjoint buffer of input i, of the input's shape, and how to write into it: the first
    /// contribution replaces arbitrary content, later ones add.
    pub fn accumulate(&mut self, i: usize) -> (&mut Tensor<T>, Write) {
        let index = self.inputs[i].index();
        let (rows, cols) = self.slots[index].value.shape();
        let slot = &mut self.adjoints[index];
        let write = if slot.is_some() {
            Write::Add
        } else {
            Write::Replace
        };
        (
            slot.get_or_insert_with(|| self.pool.take(rows, cols)),
            write,
        )
    }

    /// Workspace with arbitrary content; give it back with [`Self::give`].
    pub fn take(&mut self, rows: usize, cols: usize) -> Tensor<T> {
        self.pool.take(rows, cols)
    }

    /// Takes workspace back.
    pub fn give(&mut self, tensor: Tensor<T>) {
        self.pool.give(tensor);
    }
}

/// Values and tangents a rule works with in forward mode.
pub struct Forward<'a, T> {
    pub(super) slots: &'a [Slot<T>],
    pub(super) inputs: &'a [Var],
    pub(super) outputs: Range<usize>,
    pub(super) tangents: &'a mut [Option<Tensor<T>>],
}

impl<'a, T: Real> Forward<'a, T> {
    /// Value of input i.
    pub fn value(&self, i: usize) -> &'a Tensor<T> {
        &self.slots[self.inputs[i].index()].value
    }

    /// Value of output j.
    pub fn output(&self, j: usize) -> &'a Tensor<T> {
        &self.slots[self.outputs.start + j].value
    }

    /// Number of inputs.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// Tangent of input i; `None` stands for zero.
    pub fn tangent(&self, i: usize) -> Option<&Tensor<T>> {
        self.tangents[self.inputs[i].index()].as_ref()
    }

    /// Tangent of input i, zeros where it is none.
    pub fn tangent_or_zero(&self, i: usize) -> Tensor<T> {
        let (rows, cols) = self.value(i).shape();
        self.tangent(i)
            .cloned()
            .unwrap_or_else(|| Tensor::zeros(rows, cols))
    }

    /// Sets the tangent of output j.
    pub fn set(&mut self, j: usize, tangent: Tensor<T>) {
        let index = self.outputs.start + j;
        debug_assert_eq!(
            tangent.shape(),
            self.slots[index].value.shape(),
            "tangent's shape"
        );
        self.tangents[index] = Some(tangent);
    }
}

//! Buffers kept from one step to the next.

use crate::tensor::{Real, Tensor};

/// Freed buffers by size class: class c holds buffers whose capacity is at least 2^c.
#[derive(Debug)]
pub(super) struct BufferPool<T> {
    classes: Vec<Vec<Vec<T>>>,
}

impl<T: Real> BufferPool<T> {
    /// No buffers yet.
    pub(super) fn new() -> Self {
        Self {
            classes: Vec::new(),
        }
    }

    /// A matrix of this shape with arbitrary content.
    pub(super) fn take(&mut self, rows: usize, cols: usize) -> Tensor<T> {
        let len = rows * cols;
        let class = len.next_power_of_two().trailing_zeros() as usize;
        let buffer = match self.classes.get_mut(class).and_then(Vec::pop) {
            Some(buffer) => buffer,
            None => Vec::with_capacity(1 << class),
        };
        Tensor::in_buffer(rows, cols, buffer)
    }

    /// Takes a matrix back.
    pub(super) fn give(&mut self, tensor: Tensor<T>) {
        let buffer = tensor.into_buffer();
        if buffer.capacity() == 0 {
            return;
        }
        let class = buffer.capacity().ilog2() as usize;
        if self.classes.len() <= class {
            self.classes.resize_with(class + 1, Vec::new);
        }
        self.classes[class].push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back() {
        let mut pool = BufferPool::<f32>::new();
        let first = pool.take(3, 5);
        let address = first.as_slice().as_ptr();
        pool.give(first);
        let second = pool.take(4, 4);
        assert_eq!(second.as_slice().as_ptr(), address);
        assert_eq!(second.shape(), (4, 4));
        assert_eq!(second, second.clone());
        pool.give(second);
        let third = pool.take(3, 3);
        assert_eq!((third.as_slice().len(), third.into_vec().len()), (9, 9));
    }
}

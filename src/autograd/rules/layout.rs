//! Blocks of rows and columns put together and taken apart.

use crate::autograd::{Forward, Reverse, Rule, Tape, Var};
use crate::tensor::{Real, Tensor, Write, elementwise};

/// `[a ‖ b ‖ …]`.
struct ConcatColumns;
/// `a` over `b` over ….
struct ConcatRows;
/// Rows `from..to`.
struct SliceRows {
    from: usize,
    to: usize,
}

impl<T: Real> Tape<T> {
    /// The matrices side by side.
    ///
    /// # Panics
    /// If their numbers of rows differ.
    #[track_caller]
    pub fn concat_columns(&mut self, parts: &[Var]) -> Var {
        let rows = self.shape(parts[0]).0;
        let cols = parts.iter().map(|&part| self.shape(part).1).sum();
        let mut y = self.buffer(rows, cols);
        let mut from = 0;
        for &part in parts {
            let x = self.value(part);
            assert_eq!(x.rows(), rows, "concat_columns: numbers of rows differ");
            for i in 0..rows {
                y.row_mut(i)[from..from + x.cols()].copy_from_slice(x.row(i));
            }
            from += x.cols();
        }
        self.record(ConcatColumns, parts, [y])
    }

    /// The matrices one over the other.
    ///
    /// # Panics
    /// If their numbers of columns differ.
    #[track_caller]
    pub fn concat_rows(&mut self, parts: &[Var]) -> Var {
        let cols = self.shape(parts[0]).1;
        let rows = parts.iter().map(|&part| self.shape(part).0).sum();
        let mut y = self.buffer(rows, cols);
        let mut from = 0;
        for &part in parts {
            let x = self.value(part);
            assert_eq!(x.cols(), cols, "concat_rows: numbers of columns differ");
            y.as_mut_slice()[from..from + x.as_slice().len()].copy_from_slice(x.as_slice());
            from += x.as_slice().len();
        }
        self.record(ConcatRows, parts, [y])
    }

    /// Rows `from..to`.
    ///
    /// # Panics
    /// If they are not all there.
    #[track_caller]
    pub fn slice_rows(&mut self, x: Var, from: usize, to: usize) -> Var {
        let (rows, cols) = self.shape(x);
        assert!(
            from <= to && to <= rows,
            "slice_rows: {from}..{to} of {rows}"
        );
        let mut y = self.buffer(to - from, cols);
        y.as_mut_slice()
            .copy_from_slice(self.value(x).row_block(from, to));
        self.record(SliceRows { from, to }, &[x], [y])
    }
}

impl<T: Real> Rule<T> for ConcatColumns {
    /// Each part takes its columns of ȳ.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let mut from = 0;
        for i in 0..at.input_count() {
            let cols = at.value(i).cols();
            if at.wants(i) {
                let (out, write) = at.accumulate(i);
                for k in 0..g.rows() {
                    let part = &g.row(k)[from..from + cols];
                    elementwise::map(out.row_mut(k), write, part, |g| g);
                }
            }
            from += cols;
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        let mut dy = Tensor::zeros(at.output(0).rows(), at.output(0).cols());
        let mut from = 0;
        for i in 0..at.input_count() {
            let cols = at.value(i).cols();
            if let Some(dx) = at.tangent(i) {
                for k in 0..dx.rows() {
                    dy.row_mut(k)[from..from + cols].copy_from_slice(dx.row(k));
                }
            }
            from += cols;
        }
        at.set(0, dy);
    }
}

impl<T: Real> Rule<T> for ConcatRows {
    /// Each part takes its rows of ȳ.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        let mut from = 0;
        for i in 0..at.input_count() {
            let to = from + at.value(i).rows();
            if at.wants(i) {
                let (out, write) = at.accumulate(i);
                elementwise::map(out.as_mut_slice(), write, g.row_block(from, to), |g| g);
            }
            from = to;
        }
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        let mut dy = Vec::with_capacity(at.output(0).as_slice().len());
        for i in 0..at.input_count() {
            dy.extend_from_slice(at.tangent_or_zero(i).as_slice());
        }
        at.set(
            0,
            Tensor::from_vec(at.output(0).rows(), at.output(0).cols(), dy),
        );
    }
}

impl<T: Real> Rule<T> for SliceRows {
    /// ȳ goes to its rows; the others get nothing.
    fn reverse(&self, at: &mut Reverse<'_, T>) {
        let Some(g) = at.adjoint(0) else { return };
        if !at.wants(0) {
            return;
        }
        let (out, write) = at.accumulate(0);
        if write == Write::Replace {
            out.as_mut_slice().fill(T::ZERO);
        }
        let cols = out.cols();
        let rows = &mut out.as_mut_slice()[self.from * cols..self.to * cols];
        elementwise::map(rows, Write::Add, g.as_slice(), |g| g);
    }

    fn tangent(&self, at: &mut Forward<'_, T>) {
        if let Some(dx) = at.tangent(0) {
            let rows = dx.row_block(self.from, self.to).to_vec();
            at.set(
                0,
                Tensor::from_vec(self.to - self.from, at.output(0).cols(), rows),
            );
        }
    }
}

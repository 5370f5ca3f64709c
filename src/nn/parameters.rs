//! The numbers of a network: one flat buffer with named matrices in it.

use std::ops::Range;

use crate::autograd::{Tape, Var};
use crate::random::Stream;
use crate::tensor::{Real, Tensor, Write, elementwise};

/// Which matrix of a [`Parameters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterId(usize);

#[derive(Clone, Debug, PartialEq, Eq)]
struct MatrixEntry {
    name: String,
    rows: usize,
    cols: usize,
    offset: usize,
}

/// Named matrices in one flat buffer, in the order they were added.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<T> {
    entries: Vec<MatrixEntry>,
    values: Vec<T>,
}

impl<T: Real> Default for Parameters<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Real> Parameters<T> {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a `[rows, cols]` matrix whose entries are drawn uniformly in ±1/√`fan_in`: variance 1/(3 fan_in).
    ///
    /// # Panics
    /// If the name is taken.
    #[track_caller]
    pub fn add(
        &mut self,
        name: impl Into<String>,
        (rows, cols): (usize, usize),
        fan_in: usize,
        stream: &mut Stream,
    ) -> ParameterId {
        let name = name.into();
        assert!(
            self.entries.iter().all(|e| e.name != name),
            "parameters: `{name}` is there already"
        );
        let offset = self.values.len();
        let bound = (fan_in.max(1) as f64).sqrt();
        let draws = (0..rows * cols).map(|_| T::from_f64((2.0 * stream.uniform() - 1.0) / bound));
        self.values.extend(draws);
        self.entries.push(MatrixEntry {
            name,
            rows,
            cols,
            offset,
        });
        ParameterId(self.entries.len() - 1)
    }

    /// All numbers, matrix after matrix, row after row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// All numbers, to be changed.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Name, rows, columns and entries of every matrix.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize, usize, &[T])> {
        self.entries.iter().map(|e| {
            (
                e.name.as_str(),
                e.rows,
                e.cols,
                &self.values[e.offset..e.offset + e.rows * e.cols],
            )
        })
    }

    /// One matrix.
    pub fn tensor(&self, id: ParameterId) -> Tensor<T> {
        let e = &self.entries[id.0];
        let entries = &self.values[e.offset..e.offset + e.rows * e.cols];
        Tensor::from_vec(e.rows, e.cols, entries.to_vec())
    }

    /// The matrices whose names `chosen` picks.
    pub fn named(&self, chosen: impl Fn(&str) -> bool) -> Vec<ParameterId> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(_, e)| chosen(&e.name))
            .map(|(index, _)| ParameterId(index))
            .collect()
    }

    /// Every matrix but these, in the order they were added.
    pub fn without(&self, left_out: &[ParameterId]) -> Vec<ParameterId> {
        let all = (0..self.entries.len()).map(ParameterId);
        all.filter(|id| !left_out.contains(id)).collect()
    }

    /// What is trained where these matrices are frozen.
    pub fn trained(&self, frozen: &[ParameterId]) -> Trained {
        let matrices = self.without(frozen);
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for range in matrices.iter().map(|&id| self.range(id)) {
            match blocks.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => blocks.push(range),
            }
        }
        Trained { matrices, blocks }
    }

    /// Where the entries of one matrix lie in [`Self::values`].
    pub fn range(&self, id: ParameterId) -> Range<usize> {
        let e = &self.entries[id.0];
        e.offset..e.offset + e.rows * e.cols
    }

    /// Rows and columns of one matrix.
    pub fn shape(&self, id: ParameterId) -> (usize, usize) {
        let e = &self.entries[id.0];
        (e.rows, e.cols)
    }

    /// The entries of one matrix, row after row, to be changed.
    pub fn matrix_mut(&mut self, id: ParameterId) -> &mut [T] {
        let range = self.range(id);
        &mut self.values[range]
    }

    /// Puts every matrix on a tape; with gradient to train, without to predict.
    pub fn bind(&self, tape: &mut Tape<T>, wants_gradient: bool) -> Bound {
        let bind = |(_, rows, cols, entries): (&str, usize, usize, &[T])| {
            tape.leaf_from_slice(rows, cols, entries, wants_gradient)
        };
        Bound {
            vars: self.iter().map(bind).collect(),
        }
    }

    /// Puts every matrix on a tape, with gradient unless it is `frozen`.
    pub fn bind_but(&self, tape: &mut Tape<T>, frozen: &[ParameterId]) -> Bound {
        let mut trains = vec![true; self.entries.len()];
        frozen.iter().for_each(|id| trains[id.0] = false);
        let bind = |((_, rows, cols, entries), trains): ((&str, usize, usize, &[T]), bool)| {
            tape.leaf_from_slice(rows, cols, entries, trains)
        };
        Bound {
            vars: self.iter().zip(trains).map(bind).collect(),
        }
    }

    /// Gives the bound matrices that are `trained` the entries they have now; the tape holds the others.
    ///
    /// # Panics
    /// If an operation on the tape follows its leaves.
    #[track_caller]
    pub fn rebind(&self, bound: &Bound, tape: &mut Tape<T>, trained: &Trained) {
        for &id in &trained.matrices {
            tape.overwrite(bound.var(id), &self.values[self.range(id)]);
        }
    }

    /// The gradients that [`Tape::backward`] left at the bound matrices, into the flat `gradient`; zeros
    /// where there is none.
    ///
    /// # Panics
    /// If `gradient` has not the length of [`Self::values`].
    #[track_caller]
    pub fn gradient_into(&self, bound: &Bound, tape: &Tape<T>, gradient: &mut [T], write: Write) {
        self.trained_gradient_into((bound, &self.trained(&[])), tape, gradient, write);
    }

    /// The gradients that [`Tape::backward`] left at the bound matrices that are `trained`, into
    /// the flat `gradient`, zeros where there is none; nothing is written elsewhere.
    ///
    /// # Panics
    /// If `gradient` has not the length of [`Self::values`].
    #[track_caller]
    pub fn trained_gradient_into(
        &self,
        (bound, trained): (&Bound, &Trained),
        tape: &Tape<T>,
        gradient: &mut [T],
        write: Write,
    ) {
        assert_eq!(gradient.len(), self.values.len(), "gradient: length");
        for &id in &trained.matrices {
            let part = &mut gradient[self.range(id)];
            match (tape.gradient(bound.var(id)), write) {
                (Some(g), _) => elementwise::map(part, write, g.as_slice(), |g| g),
                (None, Write::Replace) => part.fill(T::ZERO),
                (None, Write::Add) => {}
            }
        }
    }
}

/// The matrices of a [`Parameters`] that are trained, the rest being frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    matrices: Vec<ParameterId>,
    blocks: Vec<Range<usize>>,
}

impl Trained {
    /// Where their entries lie in [`Parameters::values`]: ranges that ascend and do not touch.
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    /// Copies these entries of one flat buffer to another.
    ///
    /// # Panics
    /// If a block reaches past one of them.
    #[track_caller]
    pub fn copy<T: Copy>(&self, from: &[T], to: &mut [T]) {
        for block in &self.blocks {
            to[block.clone()].copy_from_slice(&from[block.clone()]);
        }
    }
}

/// The matrices of a [`Parameters`] as variables of a tape.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    vars: Vec<Var>,
}

impl Bound {
    /// The variables standing for a network's matrices, in the order these were added.
    pub fn from_vars(vars: Vec<Var>) -> Self {
        Self { vars }
    }

    /// One matrix.
    pub fn var(&self, id: ParameterId) -> Var {
        self.vars[id.0]
    }
}

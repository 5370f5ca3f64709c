//! Directional derivatives pushed forward with the value, and differentiable in reverse.
//!
//! A jet of `y(x)` along directions `v_1, …, v_D` is the stack
//!
//! ```text
//! [ y ; y_1 ; … ; y_D ; y_ab for chosen pairs (a, b) ],   y_a = ∂y/∂v_a,   y_ab = ∂²y/∂v_a ∂v_b
//! ```
//!
//! as row blocks of one matrix, so a linear layer is one GEMM and an activation one rule. Without
//! pairs the jet is of order 1; the pairs (k, k) are the pure second derivatives; all pairs a ≤ b
//! ([`symmetric_pairs`]) are the full 2-jet. Values, directions and second derivatives may be
//! variables themselves: a jet can start from any curve or surface. What is computed from a jet is
//! an ordinary variable of the tape: a loss of derivatives has its weight gradient by
//! [`Tape::backward`], reverse over forward, without finite differences.

use std::sync::Arc;

use super::rules::pointwise::Pointwise;
use super::tape::{Tape, Var};
use crate::geometry::conventions::index_pairs;
use crate::tensor::{Real, Tensor};

/// Two directions of a jet, by their numbers.
pub type DirectionPair = (usize, usize);

/// The pairs a ≤ b of `directions` directions in the order of
/// [`pair`](crate::geometry::conventions::pair): (0, 0), (0, 1), (1, 1), (0, 2), ….
pub fn symmetric_pairs(directions: usize) -> Vec<DirectionPair> {
    index_pairs(directions).collect()
}

/// A value with its directional derivatives, stacked.
///
/// ```
/// use geogate::autograd::{Tape, jet::Jet};
/// use geogate::nn::activation::Activation;
/// use geogate::tensor::Tensor;
/// let mut tape = Tape::<f64>::new();
/// let x = tape.constant(&Tensor::scalar(0.5));
/// let v = Tensor::scalar(1.0);
/// let y = Jet::seed(&mut tape, x, &[v], 2).pointwise(&mut tape, Activation::Tanh);
/// let (t, slope) = (0.5_f64.tanh(), 1.0 - 0.5_f64.tanh().powi(2));
/// let second = y.second(&mut tape, 0);
/// assert!((tape.value(second).to_scalar() + 2.0 * t * slope).abs() < 1e-15); // σ'' = −2 σ σ'
/// ```
#[derive(Clone, Debug)]
pub struct Jet {
    stack: Var,
    rows: usize,
    directions: usize,
    pairs: Arc<[DirectionPair]>,
}

impl Jet {
    /// The jet of x itself: value x `[n, width]`, first derivatives the directions (each of the
    /// shape of x), second derivatives zero; at order 2 along every direction twice.
    ///
    /// # Panics
    /// If the order is not 1 or 2, or a direction has another shape than x.
    #[track_caller]
    pub fn seed<T: Real>(
        tape: &mut Tape<T>,
        x: Var,
        directions: &[Tensor<T>],
        order: usize,
    ) -> Self {
        assert!(
            order == 1 || order == 2,
            "jet: order {order}, should be 1 or 2"
        );
        let directions: Vec<Var> = directions.iter().map(|v| tape.constant(v)).collect();
        let pure = (0..directions.len()).filter(|_| order == 2);
        let pairs: Vec<DirectionPair> = pure.map(|k| (k, k)).collect();
        Self::along(tape, x, &directions, &pairs)
    }

    /// The jet of x itself along directions that may be variables: second derivatives, asked for
    /// `pairs`, start as zero.
    ///
    /// # Panics
    /// If a direction has another shape than x, or a pair names one that is not there.
    #[track_caller]
    pub fn along<T: Real>(
        tape: &mut Tape<T>,
        x: Var,
        directions: &[Var],
        pairs: &[DirectionPair],
    ) -> Self {
        let (rows, cols) = tape.shape(x);
        let zeros =
            (!pairs.is_empty()).then(|| tape.constant(&Tensor::zeros(rows * pairs.len(), cols)));
        Self::stacked(tape, (x, directions), pairs, zeros)
    }

    /// The jet of a surface `x(s_1, …, s_D)`: its value, first derivatives, and second derivatives
    /// for `pairs`, all `[n, width]`.
    ///
    /// # Panics
    /// If shapes or numbers differ, or a pair names a direction that is not there.
    #[track_caller]
    pub fn of_surface<T: Real>(
        tape: &mut Tape<T>,
        x: Var,
        first: &[Var],
        (pairs, second): (&[DirectionPair], &[Var]),
    ) -> Self {
        assert_eq!(
            pairs.len(),
            second.len(),
            "jet: pairs and second derivatives"
        );
        let second = (!second.is_empty()).then(|| tape.concat_rows(second));
        Self::stacked(tape, (x, first), pairs, second)
    }

    #[track_caller]
    fn stacked<T: Real>(
        tape: &mut Tape<T>,
        (x, first): (Var, &[Var]),
        pairs: &[DirectionPair],
        second: Option<Var>,
    ) -> Self {
        let (rows, cols) = tape.shape(x);
        for &v in first {
            assert_eq!(tape.shape(v), (rows, cols), "jet: shape of a direction");
        }
        let directions = first.len();
        assert_pairs(pairs, directions);
        let parts: Vec<Var> = [&[x], first].concat().into_iter().chain(second).collect();
        let stack = tape.concat_rows(&parts);
        let expected = (rows * (1 + directions + pairs.len()), cols);
        assert_eq!(
            tape.shape(stack),
            expected,
            "jet: shape of a second derivative"
        );
        Self {
            stack,
            rows,
            directions,
            pairs: pairs.into(),
        }
    }

    /// This jet with `count` more directions, whose first derivatives are stacked in `more`, and
    /// second derivatives for `pairs` of the new directions (numbered from 0 among themselves),
    /// which start as zero: derivatives by the coordinates of a space in the middle of a composite.
    ///
    /// # Panics
    /// If `more` is not `[count · n, width]` or a pair names a direction that is not there.
    #[must_use]
    #[track_caller]
    pub fn extended<T: Real>(
        &self,
        tape: &mut Tape<T>,
        (more, count): (Var, usize),
        pairs: &[DirectionPair],
    ) -> Self {
        let cols = tape.shape(self.stack).1;
        assert_eq!(
            tape.shape(more),
            (count * self.rows, cols),
            "jet: more directions"
        );
        assert_pairs(pairs, count);
        let old = self.rows * (1 + self.directions);
        let mut parts = vec![tape.slice_rows(self.stack, 0, old), more];
        if !self.pairs.is_empty() {
            parts.push(self.seconds(tape));
        }
        if !pairs.is_empty() {
            parts.push(tape.constant(&Tensor::zeros(self.rows * pairs.len(), cols)));
        }
        let renumbered = pairs
            .iter()
            .map(|&(a, b)| (self.directions + a, self.directions + b));
        Self {
            stack: tape.concat_rows(&parts),
            rows: self.rows,
            directions: self.directions + count,
            pairs: self.pairs.iter().copied().chain(renumbered).collect(),
        }
    }

    /// `y W + b`: the derivatives are mapped by W alone.
    #[must_use]
    #[track_caller]
    pub fn linear<T: Real>(self, tape: &mut Tape<T>, w: Var, b: Option<Var>) -> Self {
        Self {
            stack: tape.linear_stacked(self.stack, w, b, self.rows),
            ..self
        }
    }

    /// σ(y), with derivatives by the chain rule (Faà di Bruno to order 2).
    #[must_use]
    #[track_caller]
    pub fn pointwise<T: Real>(self, tape: &mut Tape<T>, f: impl Pointwise<T>) -> Self {
        let blocks = (self.rows, self.directions, &self.pairs);
        let stack = tape.pointwise_stacked(self.stack, f, blocks);
        Self { stack, ..self }
    }

    /// `mask ⊙ y` with one mask `[n, width]` for the value and every derivative.
    #[must_use]
    #[track_caller]
    pub fn masked<T: Real>(self, tape: &mut Tape<T>, mask: &Tensor<T>) -> Self {
        let (all_rows, cols) = tape.shape(self.stack);
        assert_eq!(mask.shape(), (self.rows, cols), "jet: shape of a mask");
        let blocks = 1 + self.directions + self.pairs.len();
        let mask = Tensor::from_vec(all_rows, cols, mask.as_slice().repeat(blocks));
        let mask = tape.constant(&mask);
        Self {
            stack: tape.mul(self.stack, mask),
            ..self
        }
    }

    /// Number n of rows of a block.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns of a block.
    pub fn width<T: Real>(&self, tape: &Tape<T>) -> usize {
        tape.shape(self.stack).1
    }

    /// The value, `[n, width]`.
    pub fn value<T: Real>(&self, tape: &mut Tape<T>) -> Var {
        self.blocks(tape, 0, 1)
    }

    /// The first derivative along direction k, `[n, width]`.
    ///
    /// # Panics
    /// If there is no such direction.
    #[track_caller]
    pub fn first<T: Real>(&self, tape: &mut Tape<T>, k: usize) -> Var {
        self.firsts(tape, k, k + 1)
    }

    /// The first derivatives along directions `from..to`, `[(to − from) · n, width]`.
    ///
    /// # Panics
    /// If they are not all there.
    #[track_caller]
    pub fn firsts<T: Real>(&self, tape: &mut Tape<T>, from: usize, to: usize) -> Var {
        assert!(
            from <= to && to <= self.directions,
            "jet: direction {} of {}",
            to.max(1) - 1,
            self.directions
        );
        self.blocks(tape, 1 + from, 1 + to)
    }

    /// The second derivative along direction k, twice, `[n, width]`.
    ///
    /// # Panics
    /// If there is no such direction or the jet does not carry this second derivative.
    #[track_caller]
    pub fn second<T: Real>(&self, tape: &mut Tape<T>, k: usize) -> Var {
        assert!(
            k < self.directions,
            "jet: direction {k} of {}",
            self.directions
        );
        assert!(
            !self.pairs.is_empty(),
            "jet: a second derivative of a jet of order 1"
        );
        self.mixed(tape, k, k)
    }

    /// The second derivative along directions a and b, `[n, width]`.
    ///
    /// # Panics
    /// If the jet does not carry it.
    #[track_caller]
    pub fn mixed<T: Real>(&self, tape: &mut Tape<T>, a: usize, b: usize) -> Var {
        let is = |&(p, q): &DirectionPair| (p, q) == (a, b) || (q, p) == (a, b);
        let at = self.pairs.iter().position(is);
        let at = at.unwrap_or_else(|| panic!("jet: no second derivative along {a} and {b}"));
        let at = 1 + self.directions + at;
        self.blocks(tape, at, at + 1)
    }

    /// Every second derivative in the order of the pairs, `[pairs · n, width]`.
    pub fn seconds<T: Real>(&self, tape: &mut Tape<T>) -> Var {
        let from = 1 + self.directions;
        self.blocks(tape, from, from + self.pairs.len())
    }

    /// The second derivatives number `from` to `to` in the order of the pairs.
    ///
    /// # Panics
    /// If they are not all there.
    #[track_caller]
    pub fn seconds_between<T: Real>(&self, tape: &mut Tape<T>, from: usize, to: usize) -> Var {
        assert!(
            from <= to && to <= self.pairs.len(),
            "jet: pairs {from}..{to}"
        );
        let first = 1 + self.directions;
        self.blocks(tape, first + from, first + to)
    }

    fn blocks<T: Real>(&self, tape: &mut Tape<T>, from: usize, to: usize) -> Var {
        tape.slice_rows(self.stack, from * self.rows, to * self.rows)
    }
}

#[track_caller]
fn assert_pairs(pairs: &[DirectionPair], directions: usize) {
    let there = pairs.iter().all(|&(a, b)| a < directions && b < directions);
    assert!(there, "jet: pairs {pairs:?} of {directions} directions");
}

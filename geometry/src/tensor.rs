//! Tensors on a d-dimensional coordinate space, as owned values: components with every index running over the
//! same d coordinates.

use std::ops::{Index, IndexMut};

/// A tensor of any rank over d coordinates, row-major, indexed by arrays: `gamma[[k, i, j]]`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tensor {
    dim: usize,
    rank: usize,
    components: Vec<f64>,
}

impl Tensor {
    /// The zero tensor.
    pub fn zeros(dim: usize, rank: usize) -> Self {
        Self {
            dim,
            rank,
            components: vec![0.0; power(dim, rank)],
        }
    }

    /// The tensor with the given components, row-major.
    ///
    /// # Panics
    /// If there are not dim^rank of them.
    #[track_caller]
    pub fn from_components(dim: usize, rank: usize, components: Vec<f64>) -> Self {
        assert_eq!(
            components.len(),
            power(dim, rank),
            "components of a rank-{rank} tensor over {dim} coordinates"
        );
        Self {
            dim,
            rank,
            components,
        }
    }

    /// The identity matrix δ.
    pub fn identity(dim: usize) -> Self {
        let mut out = Self::zeros(dim, 2);
        for i in 0..dim {
            out[[i, i]] = 1.0;
        }
        out
    }

    /// Number d of coordinates.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of indices.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// All components, last index fastest.
    pub fn components(&self) -> &[f64] {
        &self.components
    }

    /// All components, to be changed.
    pub fn components_mut(&mut self) -> &mut [f64] {
        &mut self.components
    }

    /// Largest absolute component; NaN if any component is NaN.
    pub fn max_abs(&self) -> f64 {
        max_abs(&self.components)
    }

    #[track_caller]
    #[inline]
    fn position<const R: usize>(&self, index: [usize; R]) -> usize {
        assert_eq!(
            R, self.rank,
            "number of indices of a rank-{} tensor",
            self.rank
        );
        index.iter().fold(0, |at, &i| {
            assert!(
                i < self.dim,
                "index {i} of a tensor over {} coordinates",
                self.dim
            );
            at * self.dim + i
        })
    }
}

/// Largest absolute value; NaN if any is NaN.
pub(crate) fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m: f64, &x| {
        if x.is_nan() || m.is_nan() {
            f64::NAN
        } else {
            m.max(x.abs())
        }
    })
}

impl<const R: usize> Index<[usize; R]> for Tensor {
    type Output = f64;

    #[track_caller]
    fn index(&self, index: [usize; R]) -> &f64 {
        &self.components[self.position(index)]
    }
}

impl<const R: usize> IndexMut<[usize; R]> for Tensor {
    #[track_caller]
    fn index_mut(&mut self, index: [usize; R]) -> &mut f64 {
        let at = self.position(index);
        &mut self.components[at]
    }
}

/// dim^rank, for the few ranks there are.
fn power(dim: usize, rank: usize) -> usize {
    (0..rank).fold(1, |product, _| product * dim)
}

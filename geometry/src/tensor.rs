//! Tensors on a d-dimensional coordinate space: components with every index running over the same d coordinates,
//! owned or borrowed.

use nalgebra::DMatrix;
use std::ops::{Index, IndexMut};

/// A tensor with R indices over d coordinates, read by index: `gamma[[k, i, j]]` is Γ^k_ij.
///
/// Which index stands where, and with which sign, is stated for every quantity in
/// [`conventions`](crate::conventions). The number of indices is part of the type; the components themselves are
/// [`components`](Self::components), row-major. `C` holds them: a vector, or a slice in the borrowed [`TensorRef`].
/// Tensors with two indices convert to the matrices of [`nalgebra`].
///
/// ```
/// use geogate_geometry::nalgebra::DMatrix;
/// use geogate_geometry::{Tensor, charts::PolarPlane, connection, metric};
/// let (rho, x) = (2.0, [2.0, 0.3]);
/// let gamma: Tensor<3> = connection::christoffel(&PolarPlane, &x)?;
/// assert_eq!(gamma[[0, 1, 1]], -rho); // Γ^ρ_φφ
/// assert_eq!(gamma.part(0)[[1, 1]], -rho); // Γ^ρ as a tensor with two indices
///
/// let g: DMatrix<f64> = metric::metric(&PolarPlane, &x)?.to_dmatrix();
/// assert_eq!(g.determinant(), rho * rho);
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Stored<C>"))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored<C>"))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "C: Clone + serde::Serialize",
        deserialize = "C: AsRef<[f64]> + serde::Deserialize<'de>"
    ))
)]
pub struct Tensor<const R: usize, C = Vec<f64>> {
    dim: usize,
    components: C,
}

/// A [`Tensor`] whose components lie elsewhere, as those of [`LocalGeometry`](crate::LocalGeometry) do; no larger
/// than a slice and a number.
pub type TensorRef<'a, const R: usize> = Tensor<R, &'a [f64]>;

impl<const R: usize> Tensor<R> {
    /// The zero tensor.
    pub fn zeros(dim: usize) -> Self {
        Self::over(dim, vec![0.0; dim.pow(R as u32)])
    }

    /// All components, last index fastest, to be changed.
    pub fn components_mut(&mut self) -> &mut [f64] {
        &mut self.components
    }
}

impl Tensor<2> {
    /// The diagonal matrix of `entries`.
    pub fn diagonal(entries: &[f64]) -> Self {
        let mut out = Self::zeros(entries.len());
        for (i, &entry) in entries.iter().enumerate() {
            out[[i, i]] = entry;
        }
        out
    }

    /// λ δ_ij of d dimensions.
    pub fn scaled_identity(d: usize, lambda: f64) -> Self {
        Self::diagonal(&vec![lambda; d])
    }
}

impl<const R: usize, C: AsRef<[f64]>> Tensor<R, C> {
    /// The tensor with the given components, row-major.
    ///
    /// # Panics
    /// If there are not dim^R of them.
    #[track_caller]
    #[inline]
    pub fn from_components(dim: usize, components: C) -> Self {
        assert_eq!(
            components.as_ref().len(),
            dim.pow(R as u32),
            "components of a tensor with {R} indices over {dim} coordinates"
        );
        Self { dim, components }
    }

    /// The tensor of these components, last index fastest, whose number is known to be `dim^R`.
    #[inline(always)]
    pub(crate) fn over(dim: usize, components: C) -> Self {
        debug_assert_eq!(components.as_ref().len(), dim.pow(R as u32));
        Self { dim, components }
    }

    /// Number d of coordinates.
    #[inline]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// All components, last index fastest.
    #[inline]
    pub fn components(&self) -> &[f64] {
        self.components.as_ref()
    }

    /// A tensor that borrows these components.
    #[inline]
    pub fn view(&self) -> TensorRef<'_, R> {
        Tensor::over(self.dim, self.components())
    }

    /// A tensor with a copy of these components.
    pub fn to_owned(&self) -> Tensor<R> {
        Tensor::over(self.dim, self.components().to_vec())
    }

    /// Largest absolute component; NaN if any component is NaN.
    pub fn max_abs(&self) -> f64 {
        max_abs(self.components())
    }

    /// Where the components with the given first index lie.
    #[track_caller]
    #[inline]
    fn block(&self, first: usize) -> &[f64] {
        let size = self.dim.pow(R as u32 - 1);
        assert!(
            first < self.dim,
            "index {first} over {} coordinates",
            self.dim
        );
        &self.components()[first * size..(first + 1) * size]
    }

    #[track_caller]
    #[inline]
    fn position(&self, index: [usize; R]) -> usize {
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

impl<C: AsRef<[f64]>> Tensor<4, C> {
    /// The components with the given first index: `dgamma.part(l)` is ∂_l Γ^k_ij.
    ///
    /// # Panics
    /// If the index is not below d.
    #[track_caller]
    #[inline]
    pub fn part(&self, first: usize) -> TensorRef<'_, 3> {
        Tensor::over(self.dim, self.block(first))
    }
}

impl<C: AsRef<[f64]>> Tensor<3, C> {
    /// The components with the given first index: `gamma.part(k)` is Γ^k_ij.
    ///
    /// # Panics
    /// If the index is not below d.
    #[track_caller]
    #[inline]
    pub fn part(&self, first: usize) -> TensorRef<'_, 2> {
        Tensor::over(self.dim, self.block(first))
    }
}

impl<C: AsRef<[f64]>> Tensor<2, C> {
    /// The matrix with entry (i, j) in row i and column j.
    pub fn to_dmatrix(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(self.dim, self.dim, self.components())
    }
}

impl Tensor<2> {
    /// The identity matrix δ.
    pub fn identity(dim: usize) -> Self {
        let mut out = Self::zeros(dim);
        for i in 0..dim {
            out[[i, i]] = 1.0;
        }
        out
    }
}

impl<C: AsRef<[f64]>> From<&Tensor<2, C>> for DMatrix<f64> {
    fn from(tensor: &Tensor<2, C>) -> Self {
        tensor.to_dmatrix()
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

impl<const R: usize, C: AsRef<[f64]>> Index<[usize; R]> for Tensor<R, C> {
    type Output = f64;

    #[track_caller]
    #[inline]
    fn index(&self, index: [usize; R]) -> &f64 {
        &self.components()[self.position(index)]
    }
}

impl<const R: usize> IndexMut<[usize; R]> for Tensor<R> {
    #[track_caller]
    #[inline]
    fn index_mut(&mut self, index: [usize; R]) -> &mut f64 {
        let at = self.position(index);
        &mut self.components[at]
    }
}

/// Tensors in files, with the number of indices beside the components.
#[cfg(feature = "serde")]
mod stored {
    use super::Tensor;

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Stored<C> {
        dim: usize,
        rank: usize,
        components: C,
    }

    impl<const R: usize, C> From<Tensor<R, C>> for Stored<C> {
        fn from(tensor: Tensor<R, C>) -> Self {
            Self {
                dim: tensor.dim,
                rank: R,
                components: tensor.components,
            }
        }
    }

    impl<const R: usize, C: AsRef<[f64]>> TryFrom<Stored<C>> for Tensor<R, C> {
        type Error = String;

        fn try_from(stored: Stored<C>) -> Result<Self, String> {
            let Stored {
                dim,
                rank,
                components,
            } = stored;
            let found = components.as_ref().len();
            if rank == R && dim.checked_pow(R as u32) == Some(found) {
                Ok(Self { dim, components })
            } else {
                Err(format!(
                    "{found} components with {rank} indices are no tensor with {R} indices over {dim} coordinates; \
                     read the quantity that was written"
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T_ijk = 100 i + 10 j + k, and its parts.
    #[test]
    fn indices_stand_as_they_are_written() {
        let mut tensor = Tensor::<3>::zeros(2);
        for at in 0..8 {
            let [i, j, k] = [at / 4, at / 2 % 2, at % 2];
            tensor[[i, j, k]] = (100 * i + 10 * j + k) as f64;
        }
        let want = [0.0, 1.0, 10.0, 11.0, 100.0, 101.0, 110.0, 111.0];
        assert_eq!(tensor.components(), want);
        assert_eq!(tensor.view().part(1)[[1, 0]], 110.0);
        assert_eq!(tensor.view().to_owned(), tensor);
    }

    /// Row i of the matrix is the first index.
    #[test]
    fn matrices_keep_rows_and_columns() {
        let tensor = Tensor::<2>::from_components(2, vec![1.0, 2.0, 3.0, 4.0]);
        let matrix = DMatrix::from(&tensor);
        assert_eq!((matrix[(0, 1)], matrix[(1, 0)]), (2.0, 3.0));
        assert_eq!(matrix, tensor.to_dmatrix());
    }
}

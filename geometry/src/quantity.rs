//! The quantities that [`LocalGeometry`] computes at a point, singly and in tuples.
//!
//! The values have the shape of the request, so that nothing can be read that was not computed. Index orders and
//! signs are those of [`conventions`](crate::conventions); tensors are borrowed from the workspace.
//!
//! | quantity | value |
//! |---|---|
//! | [`Metric`], [`Inverse`], [`Ricci`] | g_ij, g^ij, Ric_jl as [`TensorRef<2>`](TensorRef) `[[i, j]]` |
//! | [`Frame`] | the orthonormal frame E as [`TensorRef<2>`](TensorRef) `[[i, a]]`, column a the a-th vector |
//! | [`VolumeElement`] | √det g |
//! | [`ChristoffelFirst`], [`Christoffel`] | Γ_{l,ij}, Γ^k_ij as [`TensorRef<3>`](TensorRef) `[[k, i, j]]` |
//! | [`Riemann`] | R_ijkl as [`TensorRef<4>`](TensorRef) `[[i, j, k, l]]` |
//! | [`Sectional`] | [`Planes`], which has K(u, v) of any plane |
//! | [`ScalarCurvature`] | R |
//! | [`SecondForm`], [`Jacobian`] | II_ij and the first jet of a chart; on a metric field an error |
//! | `()` | nothing: whether there is a metric |
//! | `(A, B, …)` | the values of A, B, … |
//!
//! ```
//! use geogate_geometry::{LocalGeometry, quantity, charts::Sphere};
//! let (sphere, x) = (Sphere::new(2, 3.0), [0.5, 0.0]);
//! let mut local = LocalGeometry::new();
//! let (g, riem) = local.at(&sphere, &x, (quantity::Metric, quantity::Riemann))?;
//! let k = riem[[0, 1, 0, 1]] / (g[[0, 0]] * g[[1, 1]]); // positive: the sign of the conventions
//! assert!((k - 1.0 / 9.0).abs() < 1e-14);
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

use crate::curvature::Planes;
use crate::extrinsic::SecondFormRef;
use crate::jet::Jet1;
use crate::local::LocalGeometry;
use crate::tensor::TensorRef;

/// What [`LocalGeometry::at`] can be asked for: a quantity, or a tuple of them; the implementors are listed in
/// [`quantity`](self).
pub trait Quantities: Copy + sealed::Quantity + 'static {}

impl<Q: sealed::Quantity + Copy + 'static> Quantities for Q {}

/// The values of some [`Quantities`], borrowed from the workspace.
pub type Values<'a, Q> = <Q as sealed::Quantity>::Value<'a>;

pub(crate) mod sealed {
    use crate::local::LocalGeometry;

    /// What a quantity needs computed and where its value then lies.
    pub trait Quantity {
        /// The value.
        type Value<'a>;
        /// The quantities to compute.
        const NEEDS: QuantitySet;
        /// Reads the value once they are.
        fn read(local: &LocalGeometry) -> Self::Value<'_>;
    }

    /// A set of quantities, each with what it is made of.
    #[derive(Clone, Copy, Debug)]
    pub struct QuantitySet(pub(super) u16);
}

use sealed::{Quantity, QuantitySet};

impl QuantitySet {
    pub(crate) const METRIC: Self = Self(1);
    pub(crate) const INVERSE: Self = Self(2 | 1);
    pub(crate) const CHRISTOFFEL_FIRST: Self = Self(4 | 1);
    pub(crate) const CHRISTOFFEL: Self = Self(8 | 4 | 2 | 1);
    pub(crate) const SECOND_FORM: Self = Self(16 | 8 | 4 | 2 | 1);
    pub(crate) const RIEMANN: Self = Self(32 | 8 | 4 | 2 | 1);
    pub(crate) const RICCI: Self = Self(64 | 8 | 4 | 2 | 1);
    pub(crate) const SCALAR: Self = Self(128 | 8 | 4 | 2 | 1);
    pub(crate) const FRAME: Self = Self(256 | 1);
    pub(crate) const JACOBIAN: Self = Self(512 | 1);

    /// Whether the quantity itself, not only what it is made of, is in `self`.
    #[inline(always)]
    pub(crate) const fn has(self, other: Self) -> bool {
        let own = 1 << (15 - other.0.leading_zeros());
        self.0 & own != 0
    }
}

/// Generates the quantities, which differ only in what they need and where the value lies.
macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident: $needs:ident, $value:ty, $read:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Quantity for $name {
            type Value<'a> = $value;
            const NEEDS: QuantitySet = QuantitySet::$needs;

            #[inline]
            fn read(local: &LocalGeometry) -> Values<'_, Self> {
                let read: fn(&LocalGeometry) -> Values<'_, Self> = $read;
                read(local)
            }
        }
    )*};
}

quantities! {
    /// g_ij, `[[i, j]]`.
    Metric: METRIC, TensorRef<'a, 2>, LocalGeometry::metric;
    /// g^ij, `[[i, j]]`.
    Inverse: INVERSE, TensorRef<'a, 2>, LocalGeometry::inverse;
    /// The volume element √det g.
    VolumeElement: METRIC, f64, LocalGeometry::volume_element;
    /// The orthonormal frame E = L^{-T} with g = L Lᵀ, `[[i, a]]`: column a is the a-th vector.
    Frame: FRAME, TensorRef<'a, 2>, LocalGeometry::frame;
    /// Γ_{l,ij}, `[[l, i, j]]`.
    ChristoffelFirst: CHRISTOFFEL_FIRST, TensorRef<'a, 3>, LocalGeometry::christoffel_first;
    /// Γ^k_ij, `[[k, i, j]]`.
    Christoffel: CHRISTOFFEL, TensorRef<'a, 3>, LocalGeometry::christoffel;
    /// R_ijkl, all indices down, `[[i, j, k, l]]`.
    Riemann: RIEMANN, TensorRef<'a, 4>, LocalGeometry::riemann;
    /// The sectional curvatures K(u, v) of all planes.
    Sectional: RIEMANN, Planes<'a>, |local| Planes::new(local.metric(), local.riemann());
    /// Ric_jl, `[[j, l]]`.
    Ricci: RICCI, TensorRef<'a, 2>, LocalGeometry::ricci;
    /// The scalar curvature R.
    ScalarCurvature: SCALAR, f64, LocalGeometry::scalar;
    /// The second fundamental form II_ij of a chart; on a metric field an error.
    SecondForm: SECOND_FORM, SecondFormRef<'a>, LocalGeometry::second_form;
    /// The value f and the derivatives J_i = ∂_i f of a chart; on a metric field an error.
    Jacobian: JACOBIAN, &'a Jet1, LocalGeometry::first_jet;
}

impl Quantity for () {
    type Value<'a> = ();
    const NEEDS: QuantitySet = QuantitySet::METRIC;

    #[inline]
    fn read(_: &LocalGeometry) -> Values<'_, Self> {}
}

/// Generates the tuples of quantities.
macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Quantity),*> Quantity for ($($name,)*) {
            type Value<'a> = ($(Values<'a, $name>,)*);
            const NEEDS: QuantitySet = QuantitySet(QuantitySet::METRIC.0 $(| $name::NEEDS.0)*);

            #[inline]
            fn read(local: &LocalGeometry) -> Values<'_, Self> {
                ($($name::read(local),)*)
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

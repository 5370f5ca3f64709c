//! The local geometry at a point, in a workspace that is reused from point to point.

use crate::dense::{self, by_dim};
use crate::error::{Error, ErrorKind, Result};
use crate::jet::{Jet1, Jet2};
use crate::space::{Chart, MetricField, Source, Space};
use crate::{connection, conventions::pairs, curvature, extrinsic, metric};
use std::ops::BitOr;

/// The default of [`LocalGeometry::with_condition_limit`]: beyond it fewer than three digits of g⁻¹ are left.
pub const DEFAULT_CONDITION_LIMIT: f64 = 1e13;

/// A set of quantities to compute at a point; combine with `|`. Each brings along what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask(u8);

impl Ask {
    /// g_ij.
    pub const METRIC: Self = Self(1);
    /// g^ij (with g).
    pub const INVERSE: Self = Self(2 | 1);
    /// Γ_{l,ij} (with g).
    pub const CHRISTOFFEL_FIRST: Self = Self(4 | 1);
    /// Γ^k_ij (with Γ_{l,ij}, g and g⁻¹).
    pub const CHRISTOFFEL: Self = Self(8 | 4 | 2 | 1);
    /// II_ij of an immersion (with Γ). On a metric field it is an error.
    pub const SECOND_FORM: Self = Self(16 | 8 | 4 | 2 | 1);
    /// R_ijkl (with Γ).
    pub const RIEMANN: Self = Self(32 | 8 | 4 | 2 | 1);
    /// Ric_jl (with Γ).
    pub const RICCI: Self = Self(64 | 8 | 4 | 2 | 1);
    /// The scalar curvature R (with Γ).
    pub const SCALAR: Self = Self(128 | 8 | 4 | 2 | 1);

    /// Whether everything in `other` is in `self`.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the quantity itself, not only what it is made of, is in `self`.
    const fn has(self, other: Self) -> bool {
        let own = 1 << (7 - other.0.leading_zeros());
        self.0 & own != 0
    }
}

impl BitOr for Ask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Quantities at a point, and the buffers to compute them in.
///
/// [`LocalGeometry::at`] computes what is [`Ask`]ed for and nothing else, allocates only when it meets a larger
/// dimension than before, and leaves the results readable until the next call. The functions of
/// [`metric`](crate::metric), [`connection`](crate::connection), [`curvature`](crate::curvature) and
/// [`extrinsic`](crate::extrinsic) are the same for a single point, with owned results.
///
/// ```
/// use geogate_geometry::{Ask, LocalGeometry, charts::Sphere};
/// let sphere = Sphere::new(2, 3.0);
/// let mut local = LocalGeometry::new();
/// for theta in [0.5, 1.0, 1.5] {
///     let point = local.at(&sphere, &[theta, 0.0], Ask::CHRISTOFFEL | Ask::SCALAR)?;
///     // Γ^θ_φφ = −sin θ cos θ, stored [k][i][j]
///     assert!((point.christoffel()[3] + theta.sin() * theta.cos()).abs() < 1e-14);
///     assert!((point.scalar() - 2.0 / 9.0).abs() < 1e-14);
/// }
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalGeometry {
    d: usize,
    n: usize,
    have: u8,
    immersed: bool,
    condition_limit: f64,
    jet: Jet2,
    g: Vec<f64>,
    g_inv: Vec<f64>,
    factor: Vec<f64>,
    frame: Vec<f64>,
    gamma_first: Vec<f64>,
    gamma: Vec<f64>,
    second_form: Vec<f64>,
    mixed: Vec<f64>,
    gram: Vec<f64>,
    riem: Vec<f64>,
    ricci: Vec<f64>,
    scalar: f64,
}

impl Default for LocalGeometry {
    fn default() -> Self {
        Self::new()
    }
}

/// Generates the readers of [`LocalGeometry`], which differ only in their names.
macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $field:ident, $ask:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Panics
        #[doc = concat!("If [`Ask::", stringify!($ask), "`] was not asked for at the current point.")]
        #[track_caller]
        #[inline]
        pub fn $name(&self) -> &[f64] {
            self.expect_asked(Ask::$ask, stringify!($name));
            &self.$field
        }
    )*};
}

impl LocalGeometry {
    /// An empty workspace.
    pub fn new() -> Self {
        Self {
            d: 0,
            n: 0,
            have: 0,
            immersed: false,
            condition_limit: DEFAULT_CONDITION_LIMIT,
            jet: Jet2::new(),
            g: Vec::new(),
            g_inv: Vec::new(),
            factor: Vec::new(),
            frame: Vec::new(),
            gamma_first: Vec::new(),
            gamma: Vec::new(),
            second_form: Vec::new(),
            mixed: Vec::new(),
            gram: Vec::new(),
            riem: Vec::new(),
            ricci: Vec::new(),
            scalar: f64::NAN,
        }
    }

    /// Sets the largest ratio of the metric's eigenvalues that is not an error.
    pub fn with_condition_limit(mut self, limit: f64) -> Self {
        self.condition_limit = limit;
        self
    }

    /// Computes what is asked for at x.
    ///
    /// # Errors
    /// Outside the domain, where a value is not finite, and where the metric is not positive definite within
    /// the condition limit.
    ///
    /// # Panics
    /// If x has not [`Space::dim`] coordinates.
    #[track_caller]
    #[inline]
    pub fn at(&mut self, space: &dyn Space, x: &[f64], ask: Ask) -> Result<&Self> {
        let source = space.source();
        match source {
            Source::Immersion(chart) => self.immersion(chart, x, ask),
            Source::Field(field) => self.field(field, x, ask),
        }?;
        Ok(self)
    }

    fn immersion(&mut self, chart: &dyn Chart, x: &[f64], ask: Ask) -> Result<()> {
        self.start(chart.source_dim(), x, true);
        chart.domain(x)?;
        let d = self.d;
        let curved = ask.has(Ask::SECOND_FORM)
            || ask.has(Ask::RIEMANN)
            || ask.has(Ask::RICCI)
            || ask.has(Ask::SCALAR);
        if curved {
            chart.jet2(x, &mut self.jet);
        } else if ask.has(Ask::CHRISTOFFEL_FIRST) {
            self.gamma_first.resize(d * d * d, 0.0);
            self.jet.reshape(d, chart.target_dim());
            chart.christoffel_first_kind(x, &mut self.jet, &mut self.gamma_first);
        } else {
            chart.jet1(x, &mut self.jet.first);
        }
        self.n = chart.target_dim();
        let first = &self.jet.first;
        self.g.resize(d * d, 0.0);
        by_dim!(d => metric::pullback(d, first.jac(), self.n, &mut self.g));
        self.metric_stage(x, ask)?;
        if curved {
            self.gamma_first.resize(d * d * d, 0.0);
            by_dim!(d => connection::first_kind_of_immersion(d, self.n, first_jac(&self.jet), self.jet.hess(), &mut self.gamma_first));
        }
        self.connection_stage(x, ask)?;
        if curved {
            self.second_form.resize(pairs(d) * self.n, 0.0);
            by_dim!(d => extrinsic::normal_part(d, self.n, &self.jet, &self.gamma, &mut self.second_form));
        }
        self.gauss_stage(ask);
        self.have = ask.0;
        Ok(())
    }

    fn gauss_stage(&mut self, ask: Ask) {
        let (d, n) = (self.d, self.n);
        if ask.has(Ask::RIEMANN) {
            self.gram.resize(pairs(d) * pairs(d), 0.0);
            self.riem.resize(d * d * d * d, 0.0);
            by_dim!(d => curvature::gauss(d, n, &self.second_form, &mut self.gram, &mut self.riem));
        }
        if ask.has(Ask::RICCI) || ask.has(Ask::SCALAR) {
            self.mixed.resize(d * d * n, 0.0);
            by_dim!(d => curvature::raise(d, n, &self.g_inv, &self.second_form, &mut self.mixed));
        }
        if ask.has(Ask::RICCI) {
            self.ricci.resize(d * d, 0.0);
            self.gram.resize(self.gram.len().max(n), 0.0);
            by_dim!(d => curvature::ricci_of_immersion(d, n, &self.second_form, &self.mixed, &mut self.gram, &mut self.ricci));
        }
        if ask.has(Ask::SCALAR) {
            self.scalar = by_dim!(d => curvature::scalar_of_immersion(d, n, &self.mixed));
        }
    }

    fn field(&mut self, field: &dyn MetricField, x: &[f64], ask: Ask) -> Result<()> {
        self.start(field.source_dim(), x, false);
        field.domain(x)?;
        if ask.has(Ask::SECOND_FORM) {
            return Err(ErrorKind::NotImmersed {
                quantity: "second fundamental form",
            }
            .into());
        }
        let d = self.d;
        let scalar = ask.has(Ask::SCALAR);
        let ricci = ask.has(Ask::RICCI) || scalar;
        let curved = ask.has(Ask::RIEMANN) || ricci;
        if curved {
            field.jet2(x, &mut self.jet);
        } else {
            field.jet1(x, &mut self.jet.first);
        }
        self.g.resize(d * d, 0.0);
        metric::unpack(d, self.jet.first.value(), &mut self.g);
        self.metric_stage(x, ask)?;
        if ask.has(Ask::CHRISTOFFEL_FIRST) {
            self.gamma_first.resize(d * d * d, 0.0);
            by_dim!(d => connection::first_kind_of_field(d, self.jet.first.jac(), &mut self.gamma_first));
        }
        self.connection_stage(x, ask)?;
        if curved {
            self.riem.resize(d * d * d * d, 0.0);
            by_dim!(d => curvature::riemann_of_field(d, self.jet.hess(), &self.gamma_first, &self.gamma, &mut self.riem));
        }
        if ricci {
            self.ricci.resize(d * d, 0.0);
            by_dim!(d => curvature::contract_first_and_third(d, &self.g_inv, &self.riem, &mut self.ricci));
        }
        if scalar {
            self.scalar = dense::dot(&self.g_inv[..d * d], &self.ricci[..d * d]);
        }
        self.have = ask.0;
        Ok(())
    }

    #[track_caller]
    fn start(&mut self, d: usize, x: &[f64], immersed: bool) {
        assert_eq!(
            x.len(),
            d,
            "a point of a {d}-dimensional space has {d} coordinates"
        );
        (self.d, self.have, self.immersed) = (d, 0, immersed);
    }

    /// Checks g, and inverts it where asked.
    #[inline]
    fn metric_stage(&mut self, x: &[f64], ask: Ask) -> Result<()> {
        let d = self.d;
        for buffer in [&mut self.factor, &mut self.g_inv, &mut self.frame] {
            buffer.resize(d * d, 0.0);
        }
        by_dim!(d => metric::checked_factor(d, &self.g, &mut self.factor, &mut self.frame, self.condition_limit, x))?;
        if ask.has(Ask::INVERSE) {
            by_dim!(d => metric::invert(d, &self.g, &self.factor, &self.frame, &mut self.g_inv));
        }
        Ok(())
    }

    #[inline]
    fn connection_stage(&mut self, x: &[f64], ask: Ask) -> Result<()> {
        let d = self.d;
        if ask.has(Ask::CHRISTOFFEL_FIRST) && !dense::all_finite(&self.gamma_first[..d * d * d]) {
            return Err(Error::not_finite("second derivatives", x));
        }
        if ask.has(Ask::CHRISTOFFEL) {
            self.gamma.resize(d * d * d, 0.0);
            by_dim!(d => connection::raise_first(d, &self.g_inv, &self.gamma_first, &mut self.gamma));
        }
        Ok(())
    }

    #[track_caller]
    #[inline]
    fn expect_asked(&self, ask: Ask, name: &str) {
        assert!(
            Ask(self.have).has(ask),
            "{name} was not asked for at this point"
        );
    }

    readers! {
        /// g_ij, `[i][j]`.
        metric: g, METRIC;
        /// g^ij, `[i][j]`.
        inverse: g_inv, INVERSE;
        /// Γ_{l,ij}, `[l][i][j]`.
        christoffel_first: gamma_first, CHRISTOFFEL_FIRST;
        /// Γ^k_ij, `[k][i][j]`.
        christoffel: gamma, CHRISTOFFEL;
        /// II_ij, `[pair(i, j)][a]`.
        second_form: second_form, SECOND_FORM;
        /// R_ijkl, `[i][j][k][l]`.
        riemann: riem, RIEMANN;
        /// Ric_jl, `[j][l]`.
        ricci: ricci, RICCI;
    }

    /// The scalar curvature R.
    ///
    /// # Panics
    /// If [`Ask::SCALAR`] was not asked for at the current point.
    #[track_caller]
    pub fn scalar(&self) -> f64 {
        self.expect_asked(Ask::SCALAR, "scalar");
        self.scalar
    }

    /// The volume element √det g.
    ///
    /// # Panics
    /// If nothing was asked for at the current point.
    #[track_caller]
    pub fn volume_element(&self) -> f64 {
        self.expect_asked(Ask::METRIC, "volume_element");
        metric::volume_of_factor(self.d, &self.factor)
    }

    /// The orthonormal frame E = L^{-T} with g = L Lᵀ, written to `out` (`[i][a]`, d² numbers).
    ///
    /// # Panics
    /// If nothing was asked for at the current point.
    #[track_caller]
    pub fn frame_into(&self, out: &mut [f64]) {
        self.expect_asked(Ask::METRIC, "frame");
        dense::inverse_transpose(self.d, &self.factor, out);
    }

    /// Number d of coordinates of the space met last.
    pub fn dim(&self) -> usize {
        self.d
    }

    /// The ambient dimension n of the chart met last; zero for a metric field.
    pub fn ambient_dim(&self) -> usize {
        if self.immersed { self.n } else { 0 }
    }

    /// The chart's value f(x), for an immersion.
    pub fn value(&self) -> Option<&[f64]> {
        self.immersed.then(|| self.jet.first.value())
    }

    /// The chart's derivatives at x, as far as what was asked for needed them.
    pub fn jet(&self) -> Option<&Jet1> {
        self.immersed.then_some(&self.jet.first)
    }
}

fn first_jac(jet: &Jet2) -> &[f64] {
    jet.first.jac()
}

//! The local geometry at a point, in a workspace that is reused from point to point.

use crate::dense::{self, by_dim};
use crate::error::{Error, ErrorKind, Result};
use crate::extrinsic::{self, SecondForm, SecondFormRef};
use crate::jet::{Jet1, Jet2};
use crate::quantity::{Quantities, Values, sealed::QuantitySet};
use crate::space::{Chart, MetricField, MetricSource, Space};
use crate::tensor::{Tensor, TensorRef};
use crate::{connection, conventions::pairs, curvature, metric};

/// Quantities at a point, and the buffers to compute them in.
///
/// [`LocalGeometry::at`] computes what is [asked for](mod@crate::quantity) and nothing else, allocates only when it meets
/// a larger dimension than before, and lends the answer until the next call. The functions of
/// [`metric`](mod@crate::metric), [`connection`](crate::connection), [`curvature`](crate::curvature) and
/// [`extrinsic`](crate::extrinsic) are the same for a single point, with owned results.
///
/// ```
/// use geogate_geometry::{LocalGeometry, quantity, charts::Sphere};
/// let sphere = Sphere::new(2, 3.0);
/// let mut local = LocalGeometry::new();
/// for theta in [0.5, 1.0, 1.5] {
///     let (gamma, scalar) = local.at(
///         &sphere,
///         &[theta, 0.0],
///         (quantity::Christoffel, quantity::ScalarCurvature),
///     )?;
///     // Γ^θ_φφ = −sin θ cos θ
///     assert!((gamma[[0, 1, 1]] + theta.sin() * theta.cos()).abs() < 1e-14);
///     assert!((scalar - 2.0 / 9.0).abs() < 1e-14);
/// }
/// # Ok::<(), geogate_geometry::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalGeometry {
    d: usize,
    n: usize,
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

impl LocalGeometry {
    /// An empty workspace.
    pub fn new() -> Self {
        Self {
            d: 0,
            n: 0,
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

    /// The values of `quantities` at x; see [`quantity`](mod@crate::quantity) for what there is.
    ///
    /// # Errors
    /// Outside the domain, where a value is not finite, where the metric is
    /// [degenerate](crate::conventions#where-a-metric-is-degenerate), and for what needs a chart on a metric field.
    ///
    /// # Panics
    /// If x has not [`Space::dim`] coordinates.
    #[track_caller]
    #[inline]
    pub fn at<Q: Quantities>(
        &mut self,
        space: &dyn Space,
        x: &[f64],
        _quantities: Q,
    ) -> Result<Values<'_, Q>> {
        match space.source() {
            MetricSource::Immersion(chart) => self.immersion(chart, x, Q::NEEDS),
            MetricSource::Field(field) => self.field(field, x, Q::NEEDS),
        }?;
        Ok(Q::read(self))
    }

    #[track_caller]
    fn immersion(&mut self, chart: &dyn Chart, x: &[f64], wanted: QuantitySet) -> Result<()> {
        self.start(chart.source_dim(), x);
        chart.domain(x)?;
        let d = self.d;
        let curved = wanted.has(QuantitySet::SECOND_FORM)
            || wanted.has(QuantitySet::RIEMANN)
            || wanted.has(QuantitySet::RICCI)
            || wanted.has(QuantitySet::SCALAR);
        let connected = wanted.has(QuantitySet::CHRISTOFFEL_FIRST);
        if connected {
            chart.jet2(x, &mut self.jet);
        } else {
            chart.jet1(x, &mut self.jet.first);
        }
        self.n = chart.target_dim();
        let first = &self.jet.first;
        self.g.resize(d * d, 0.0);
        by_dim!(d => metric::pullback(d, first.jac(), self.n, &mut self.g));
        self.metric_stage(x, wanted)?;
        if connected {
            self.gamma_first.resize(d * d * d, 0.0);
            by_dim!(d => connection::first_kind_of_immersion(d, self.n, first_jac(&self.jet), self.jet.hess(), &mut self.gamma_first));
        }
        self.connection_stage(x, wanted)?;
        if curved {
            self.second_form.resize(pairs(d) * self.n, 0.0);
            by_dim!(d => extrinsic::normal_part(d, self.n, &self.jet, &self.gamma, &mut self.second_form));
        }
        self.gauss_stage(wanted);
        Ok(())
    }

    fn gauss_stage(&mut self, wanted: QuantitySet) {
        let (d, n) = (self.d, self.n);
        if wanted.has(QuantitySet::RIEMANN) {
            self.gram.resize(pairs(d) * pairs(d), 0.0);
            self.riem.resize(d * d * d * d, 0.0);
            by_dim!(d => curvature::gauss(d, n, &self.second_form, &mut self.gram, &mut self.riem));
        }
        if wanted.has(QuantitySet::RICCI) || wanted.has(QuantitySet::SCALAR) {
            self.mixed.resize(d * d * n, 0.0);
            by_dim!(d => curvature::raise(d, n, &self.g_inv, &self.second_form, &mut self.mixed));
        }
        if wanted.has(QuantitySet::RICCI) {
            self.ricci.resize(d * d, 0.0);
            self.gram.resize(self.gram.len().max(n), 0.0);
            by_dim!(d => curvature::ricci_of_immersion(d, n, &self.second_form, &self.mixed, &mut self.gram, &mut self.ricci));
        }
        if wanted.has(QuantitySet::SCALAR) {
            self.scalar = by_dim!(d => curvature::scalar_of_immersion(d, n, &self.mixed));
        }
    }

    #[track_caller]
    fn field(&mut self, field: &dyn MetricField, x: &[f64], wanted: QuantitySet) -> Result<()> {
        self.start(field.source_dim(), x);
        field.domain(x)?;
        for (needs, quantity) in [
            (QuantitySet::SECOND_FORM, "second fundamental form"),
            (QuantitySet::JACOBIAN, "Jacobian"),
        ] {
            if wanted.has(needs) {
                return Err(ErrorKind::NotImmersed { quantity }.into());
            }
        }
        let d = self.d;
        let scalar = wanted.has(QuantitySet::SCALAR);
        let ricci = wanted.has(QuantitySet::RICCI) || scalar;
        let curved = wanted.has(QuantitySet::RIEMANN) || ricci;
        if curved {
            field.jet2(x, &mut self.jet);
        } else {
            field.jet1(x, &mut self.jet.first);
        }
        self.g.resize(d * d, 0.0);
        metric::unpack(d, self.jet.first.value(), &mut self.g);
        self.metric_stage(x, wanted)?;
        if wanted.has(QuantitySet::CHRISTOFFEL_FIRST) {
            self.gamma_first.resize(d * d * d, 0.0);
            by_dim!(d => connection::first_kind_of_field(d, self.jet.first.jac(), &mut self.gamma_first));
        }
        self.connection_stage(x, wanted)?;
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
        Ok(())
    }

    #[track_caller]
    fn start(&mut self, d: usize, x: &[f64]) {
        assert_eq!(
            x.len(),
            d,
            "a point of a {d}-dimensional space has {d} coordinates"
        );
        self.d = d;
    }

    /// Checks g, and inverts it where asked.
    #[inline]
    fn metric_stage(&mut self, x: &[f64], wanted: QuantitySet) -> Result<()> {
        let d = self.d;
        for buffer in [&mut self.factor, &mut self.g_inv, &mut self.frame] {
            buffer.resize(d * d, 0.0);
        }
        by_dim!(d => metric::checked_factor(d, &self.g, &mut self.factor, &mut self.frame, x))?;
        if wanted.has(QuantitySet::INVERSE) {
            by_dim!(d => metric::invert(d, &self.g, &self.factor, &self.frame, &mut self.g_inv));
        }
        // in other dimensions the check of the condition has left it
        if wanted.has(QuantitySet::FRAME) && d == 2 {
            dense::inverse_transpose(d, &self.factor, &mut self.frame);
        }
        Ok(())
    }

    #[inline]
    fn connection_stage(&mut self, x: &[f64], wanted: QuantitySet) -> Result<()> {
        let d = self.d;
        if wanted.has(QuantitySet::CHRISTOFFEL_FIRST)
            && !dense::all_finite(&self.gamma_first[..d * d * d])
        {
            return Err(Error::not_finite("second derivatives", x));
        }
        if wanted.has(QuantitySet::CHRISTOFFEL) {
            self.gamma.resize(d * d * d, 0.0);
            by_dim!(d => connection::raise_first(d, &self.g_inv, &self.gamma_first, &mut self.gamma));
        }
        Ok(())
    }

    // Readers for `quantity`, which calls none that `at` has not filled.

    #[inline]
    pub(crate) fn metric(&self) -> TensorRef<'_, 2> {
        Tensor::over(self.d, &self.g)
    }

    #[inline]
    pub(crate) fn inverse(&self) -> TensorRef<'_, 2> {
        Tensor::over(self.d, &self.g_inv)
    }

    #[inline]
    pub(crate) fn volume_element(&self) -> f64 {
        metric::volume_of_factor(self.d, &self.factor)
    }

    #[inline]
    pub(crate) fn frame(&self) -> TensorRef<'_, 2> {
        Tensor::over(self.d, &self.frame)
    }

    #[inline]
    pub(crate) fn christoffel_first(&self) -> TensorRef<'_, 3> {
        Tensor::over(self.d, &self.gamma_first)
    }

    #[inline]
    pub(crate) fn christoffel(&self) -> TensorRef<'_, 3> {
        Tensor::over(self.d, &self.gamma)
    }

    #[inline]
    pub(crate) fn riemann(&self) -> TensorRef<'_, 4> {
        Tensor::over(self.d, &self.riem)
    }

    #[inline]
    pub(crate) fn ricci(&self) -> TensorRef<'_, 2> {
        Tensor::over(self.d, &self.ricci)
    }

    #[inline]
    pub(crate) fn scalar(&self) -> f64 {
        self.scalar
    }

    #[inline]
    pub(crate) fn second_form(&self) -> SecondFormRef<'_> {
        SecondForm::from_components(self.d, self.n, &self.second_form)
    }

    #[inline]
    pub(crate) fn first_jet(&self) -> &Jet1 {
        &self.jet.first
    }
}

fn first_jac(jet: &Jet2) -> &[f64] {
    jet.first.jac()
}

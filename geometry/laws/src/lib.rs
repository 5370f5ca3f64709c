//! The identities of Riemannian geometry as checks that any space can be put through, and spaces to put through them.
//! Support of the tests of `geogate-geometry` and `geogate`.
//!
//! A [`Law`] takes a [`Subject`] — a space with what is known of it — and a [`Probe`] — a point and a few vectors —
//! and returns [`Agreement`]: what was compared, the error, and the bound it is held against. [`suite`] lists all laws;
//! [`Law::applies`] says whether a law runs on a subject, or why not. Nothing here draws random numbers: probes
//! are made from the caller's.
//!
//! ```
//! use geogate_geometry::charts::{ClosedForms, Torus};
//! use geogate_laws::{Probe, Subject, suite};
//! let torus = Torus::new(2.0, 0.8);
//! let subject = Subject::stated(&torus);
//! let probe = Probe::new(&torus, &[0.3, 1.1], vec![vec![0.6, -0.2], vec![0.1, 0.9], vec![-0.5, 0.4]], 0.5)?;
//! for law in suite() {
//!     if law.applies(&subject).is_ok() {
//!         let agreement = law.check(&subject, &probe)?;
//!         assert!(agreement.holds(), "{}: {agreement}", law.name);
//!     }
//! }
//! # Ok::<(), geogate_geometry::Error>(())
//! ```

mod agreement;
pub mod charts;
mod curvature;
mod dense;
mod geodesics;
mod inverse;
mod local;
mod maps;
mod pulled_back;
mod symmetry;
mod warp;

pub use agreement::Agreement;
pub use curvature::riemann_by_coordinates;
pub use inverse::{Inverse, Preimage, preimage};
pub use pulled_back::PulledBack;
pub use warp::Warp;

use geogate_geometry::charts::ClosedForms;
use geogate_geometry::{C3Space, Chart, LocalGeometry, MetricSource, Result, Space, Tensor};
use geogate_geometry::{connection, metric, quantity};

/// A space and what is known of it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    space: MetricSource<'a>,
    c3: Option<&'a dyn C3Space>,
    stated: Option<&'a dyn ClosedForms>,
    curvature: Option<f64>,
    einstein: bool,
}

impl<'a> Subject<'a> {
    /// A space of which nothing more is known.
    pub fn new(space: &'a dyn Space) -> Self {
        Self {
            space: space.source(),
            c3: None,
            stated: None,
            curvature: None,
            einstein: false,
        }
    }

    /// A space with one more derivative.
    pub fn c3(space: &'a dyn C3Space) -> Self {
        Self {
            c3: Some(space),
            ..Self::of(space.source())
        }
    }

    /// A space that states its own answers.
    pub fn stated(space: &'a dyn ClosedForms) -> Self {
        Self {
            space: space.source(),
            c3: None,
            stated: Some(space),
            curvature: space.constant_curvature(),
            einstein: space.is_einstein(),
        }
    }

    fn of(space: MetricSource<'a>) -> Self {
        Self {
            space,
            c3: None,
            stated: None,
            curvature: None,
            einstein: false,
        }
    }

    /// The space.
    pub fn space(&self) -> &dyn Space {
        &self.space
    }

    fn dim(&self) -> usize {
        self.space.dim()
    }

    fn chart(&self) -> Option<&'a dyn Chart> {
        match self.space {
            MetricSource::Immersion(chart) => Some(chart),
            MetricSource::Field(_) => None,
        }
    }

    /// Riemann by the coordinate formula, where there are derivatives enough.
    fn riemann_by_coordinates(&self, x: &[f64]) -> Option<Result<Tensor<4>>> {
        let stated = self.stated.map(|space| -> &dyn C3Space { space });
        let space = self.c3.or(stated)?;
        Some(riemann_by_coordinates(space, x))
    }
}

/// Where a law is checked: a point, three vectors, and a length that stays inside the domain.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The point x.
    pub point: Vec<f64>,
    /// Three vectors in coordinates, of lengths up to √d.
    pub vectors: [Vec<f64>; 3],
    /// The length of geodesics to be followed from x.
    pub reach: f64,
    /// The three vectors in the orthonormal frame, also the source of further numbers.
    pub parts: Vec<Vec<f64>>,
}

impl Probe {
    /// A probe at x from three vectors in the orthonormal frame, entries in [−1, 1].
    ///
    /// # Errors
    /// Outside the domain and where the metric is degenerate.
    ///
    /// # Panics
    /// If there are not three vectors.
    #[track_caller]
    pub fn new(space: &dyn Space, x: &[f64], parts: Vec<Vec<f64>>, reach: f64) -> Result<Self> {
        assert_eq!(parts.len(), 3, "three vectors");
        let frame = metric::orthonormal_frame(space, x)?;
        let vectors = [0, 1, 2].map(|k| in_coordinates(&frame, &parts[k]));
        Ok(Self {
            point: x.to_vec(),
            vectors,
            reach,
            parts,
        })
    }

    /// A velocity of length [`reach`](Self::reach) along the first vector (along the first of the frame if that is
    /// nearly zero).
    fn velocity(&self, space: &dyn Space) -> Result<Vec<f64>> {
        let frame = metric::orthonormal_frame(space, &self.point)?;
        let mut part = self.parts[0].clone();
        if dense::norm(&part) < 1e-3 {
            part.fill(0.0);
            part[0] = 1.0;
        }
        let scale = self.reach / dense::norm(&part);
        Ok(in_coordinates(
            &frame,
            &part.iter().map(|p| p * scale).collect::<Vec<_>>(),
        ))
    }

    /// Numbers in [0, 1) that depend on the probe's vectors, for random objects.
    fn draws(&self) -> impl FnMut() -> f64 + use<> {
        let bits = self
            .parts
            .iter()
            .flatten()
            .fold(0u64, |h, p| h.rotate_left(7) ^ p.to_bits());
        crate::charts::Polynomial::draws(bits)
    }
}

/// E p.
fn in_coordinates(frame: &Tensor<2>, part: &[f64]) -> Vec<f64> {
    let d = part.len();
    (0..d)
        .map(|i| dense::dot(&frame.components()[i * d..(i + 1) * d], part))
        .collect()
}

/// An identity.
pub struct Law {
    /// A short name.
    pub name: &'static str,
    /// The identity, as a formula or a sentence.
    pub statement: &'static str,
    /// Whether checking it integrates geodesics, and so takes a hundred times as long.
    pub integrates: bool,
    applies: fn(&Subject<'_>) -> Result<(), &'static str>,
    check: fn(&Subject<'_>, &Probe) -> Result<Agreement>,
}

impl Law {
    /// Whether the law runs on a subject; the error says why not.
    pub fn applies(&self, subject: &Subject<'_>) -> Result<(), &'static str> {
        (self.applies)(subject)
    }

    /// Checks the law at a probe.
    ///
    /// # Errors
    /// Where a quantity does not exist; inside a stated domain that is a failure of the law.
    pub fn check(&self, subject: &Subject<'_>, probe: &Probe) -> Result<Agreement> {
        (self.check)(subject, probe)
    }
}

/// All laws.
pub fn suite() -> impl Iterator<Item = &'static Law> {
    [
        local::LAWS,
        curvature::LAWS,
        symmetry::LAWS,
        maps::LAWS,
        geodesics::LAWS,
    ]
    .into_iter()
    .flatten()
}

/// Which laws run on which subjects: a row per subject, in the order given, of the outcome of
/// [`Law::applies`] for every law of [`suite`].
pub fn applicability(subjects: &[Subject<'_>]) -> Vec<Vec<Result<(), &'static str>>> {
    subjects
        .iter()
        .map(|subject| suite().map(|law| law.applies(subject)).collect())
        .collect()
}

/// Every subject.
fn always(_: &Subject<'_>) -> Result<(), &'static str> {
    Ok(())
}

/// Charts only.
fn immersions(subject: &Subject<'_>) -> Result<(), &'static str> {
    subject.chart().map(|_| ()).ok_or("needs an immersion")
}

/// Dimension 2 and more.
fn curved(subject: &Subject<'_>) -> Result<(), &'static str> {
    if subject.dim() >= 2 {
        Ok(())
    } else {
        Err("a line has no curvature")
    }
}

/// Bound for identities between sums of products: this many units of rounding of the terms.
const ROUNDING: f64 = 1e-10;

/// The sizes of what cancels in curvature, in an orthonormal frame.
struct CurvatureScale {
    /// |II|² for an immersion, |Γ|² and |R| for a metric field.
    curvature: f64,
    /// `curvature` and the square of the tangential part of second derivatives.
    total: f64,
}

impl CurvatureScale {
    /// The bound of a comparison of curvatures at relative accuracy `relative`: the square is what the rounding of a
    /// large tangential part leaves in a small II.
    fn bound(&self, relative: f64) -> f64 {
        relative * self.curvature + relative * relative * self.total
    }

    fn at(subject: &Subject<'_>, x: &[f64]) -> Result<Self> {
        let frame = metric::orthonormal_frame(subject.space(), x)?;
        let first = connection::christoffel_first_kind(subject.space(), x)?;
        let tangential: f64 = in_frame(&first, &frame).iter().map(|c| c * c).sum();
        let mut local = LocalGeometry::new();
        if subject.chart().is_some() {
            let form = geogate_geometry::extrinsic::second_fundamental_form(subject.space(), x)?;
            let normal = form.squared_norm(&local.at(subject.space(), x, quantity::Inverse)?);
            return Ok(Self {
                curvature: normal,
                total: normal + tangential,
            });
        }
        let riem = in_frame(&local.at(subject.space(), x, quantity::Riemann)?, &frame);
        let size = tangential + dense::norm(&riem);
        Ok(Self {
            curvature: size,
            total: size,
        })
    }
}

/// A covariant tensor of any rank in a frame, one index after the other: `T_ab… = T_ij… E^i_a E^j_b …`.
fn in_frame<const R: usize, C: AsRef<[f64]>>(tensor: &Tensor<R, C>, frame: &Tensor<2>) -> Vec<f64> {
    let d = tensor.dim();
    let mut current = tensor.components().to_vec();
    let block = current.len() / d;
    // each pass turns the first index and moves it to the back, so as many passes as indices restore the order
    for _ in 0..R {
        let mut next = vec![0.0; current.len()];
        for (rest, a) in (0..block * d).map(|at| (at / d, at % d)) {
            next[rest * d + a] = (0..d)
                .map(|i| frame[[i, a]] * current[i * block + rest])
                .sum();
        }
        current = next;
    }
    current
}

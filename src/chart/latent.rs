//! Perceptrons that are meant as charts: immersions of a latent space.

use super::perceptron::Perceptron;
use crate::error::{Result, WeightsFault};
use crate::geometry::conventions::{CONDITION_LIMIT, ROUNDOFF, condition_limit, rank};
use crate::geometry::{self, C1Map, C2Map, C3Map, Chart, Jet1, Jet2, Jet3, Map};
use crate::tensor::{Real, View, singular_values};

// a Jacobian of this crate's numbers has full rank where `geometry` accepts the metric
const _: () =
    assert!(f64::ROUNDOFF == ROUNDOFF && condition_limit(f64::ROUNDOFF) == CONDITION_LIMIT);

/// A map z ↦ φ(z) from d latent coordinates into n ≥ d ambient components, meant as an immersion:
/// a chart of [`geometry`](crate::geometry) with the pullback metric `g_ij = ⟨∂_i φ, ∂_j φ⟩`, so
/// curvature, geodesics and normal coordinates apply. With n = d it is flat.
///
/// Training does not force the Jacobian to have rank d. Where it has not, the functions of
/// `geometry` answer with its `DegenerateMetric`; [`LatentChart::immersion`] says the same with the
/// singular values of the Jacobian, which keep twice the digits.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentChart {
    map: Perceptron,
}

impl LatentChart {
    /// The chart of a perceptron.
    ///
    /// # Errors
    /// [`ErrorKind::Weights`](crate::error::ErrorKind::Weights) where there are fewer outputs than inputs.
    pub fn new(map: Perceptron) -> Result<Self> {
        let (inputs, outputs) = (map.inputs(), map.outputs());
        if outputs < inputs {
            return Err(WeightsFault::TooNarrow { inputs, outputs }.into());
        }
        Ok(Self { map })
    }

    /// The perceptron.
    pub fn map(&self) -> &Perceptron {
        &self.map
    }

    /// Singular values of the Jacobian at x, d of them, descending; NaN where it is not finite.
    ///
    /// # Panics
    /// If x has not d coordinates.
    #[track_caller]
    pub fn singular_values(&self, x: &[f64]) -> Vec<f64> {
        let (d, n) = (self.map.inputs(), self.map.outputs());
        assert_eq!(x.len(), d, "a point of the chart has {d} coordinates");
        let mut jet = Jet1::new();
        self.map.jet1(x, &mut jet);
        singular_values(View::new(jet.jac(), d, n))
    }

    /// Checks that the chart is an immersion at x: that the [rank] of its Jacobian is d.
    ///
    /// # Errors
    /// [`Singular`](geometry::ErrorKind::Singular) with point and singular values where the rank is
    /// below d.
    ///
    /// # Panics
    /// As [`Self::singular_values`].
    #[track_caller]
    pub fn immersion(&self, x: &[f64]) -> geometry::Result<()> {
        let singular_values = self.singular_values(x);
        if rank(&singular_values, ROUNDOFF) == x.len() {
            return Ok(());
        }
        Err(geometry::ErrorKind::Singular {
            what: "Jacobian of the latent chart",
            point: x.to_vec(),
            singular_values,
        }
        .into())
    }

    /// An error of a function of `geometry` on this chart, with a degenerate metric restated as the
    /// singular values of the Jacobian at the point named.
    #[must_use]
    pub fn explain(&self, error: geometry::Error) -> geometry::Error {
        match error.kind() {
            geometry::ErrorKind::DegenerateMetric { point, .. } => {
                self.immersion(point).err().unwrap_or(error)
            }
            _ => error,
        }
    }
}

impl Map for LatentChart {
    fn source_dim(&self) -> usize {
        self.map.inputs()
    }

    fn target_dim(&self) -> usize {
        self.map.outputs()
    }

    fn value(&self, x: &[f64], out: &mut [f64]) {
        self.map.value(x, out);
    }

    fn values(&self, points: &[f64], out: &mut [f64]) {
        self.map.values(points, out);
    }
}

impl C1Map for LatentChart {
    fn jet1(&self, x: &[f64], out: &mut Jet1) {
        self.map.jet1(x, out);
    }
}

impl C2Map for LatentChart {
    fn jet2(&self, x: &[f64], out: &mut Jet2) {
        self.map.jet2(x, out);
    }

    fn second_along(&self, x: &[f64], v: &[f64], jet: &mut Jet2, out: &mut [f64]) {
        self.map.second_along(x, v, jet, out);
    }
}

impl C3Map for LatentChart {
    fn jet3(&self, x: &[f64], out: &mut Jet3) {
        self.map.jet3(x, out);
    }
}

impl Chart for LatentChart {}

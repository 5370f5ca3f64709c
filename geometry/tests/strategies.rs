//! Random inputs of the property tests: ordinary, at edges, tiny, equal.

use geogate_geometry::charts::ClosedForms;
use geogate_geometry::laws::Probe;
use proptest::prelude::*;

/// Largest dimension of the reference charts.
pub(crate) const MAX_DIM: usize = 6;

/// A position within a side of a box.
fn fraction() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..1.0f64, 1 => Just(0.0), 1 => Just(1.0), 1 => 0.0..1e-7f64, 1 => Just(0.5)]
}

/// A component of a vector in an orthonormal frame.
fn entry() -> impl Strategy<Value = f64> {
    prop_oneof![8 => -1.0..1.0f64, 1 => Just(0.0), 1 => Just(1.0), 1 => Just(-1.0), 1 => -1e-6..1e-6f64]
}

/// What a probe is made of, for any chart.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    unit: Vec<f64>,
    parts: Vec<Vec<f64>>,
    share: f64,
}

pub(crate) fn draw() -> impl Strategy<Value = Draw> {
    let unit = proptest::collection::vec(fraction(), MAX_DIM);
    let parts = proptest::collection::vec(proptest::collection::vec(entry(), MAX_DIM), 3);
    (unit, parts, 0.05..0.8f64).prop_map(|(unit, parts, share)| Draw { unit, parts, share })
}

impl Draw {
    /// A probe of the space: a point of its region, and a reach within its injectivity radius.
    pub(crate) fn probe(&self, space: &dyn ClosedForms) -> Probe {
        let d = space.dim();
        let x = space.region().point(&self.unit[..d]);
        let radius = space.injectivity_radius(&x).unwrap_or(0.5).min(1.0);
        let parts = self.parts.iter().map(|part| part[..d].to_vec()).collect();
        Probe::new(space, &x, parts, self.share * radius).expect("a point of the region")
    }
}

/// PROPTEST_CASES, or the default, divided.
pub(crate) fn cases(divisor: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig {
        cases: (config.cases / divisor).max(1),
        failure_persistence: None,
        ..config
    }
}

//! Random inputs of the property tests: ordinary, at edges, tiny, equal.

use geogate_geometry::charts::ClosedForms;
use geogate_laws::Probe;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

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

/// Runs a property for PROPTEST_CASES (256 by default) divided by `divisor` cases, the same on every run unless
/// PROPTEST_RNG_SEED says otherwise. Not the `proptest!` macro, which would not divide what the environment asks for.
#[track_caller]
pub(crate) fn for_all<S: Strategy>(
    divisor: u32,
    inputs: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    const SEED: u64 = 20_231_009;
    let config = ProptestConfig::default();
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let cases = (config.cases / divisor).max(1);
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        rng_seed,
        failure_persistence: None,
        ..config
    });
    if let Err(failure) = runner.run(&inputs, property) {
        panic!("{failure}");
    }
}

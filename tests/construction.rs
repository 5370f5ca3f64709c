//! Methods built in tests as training builds them.

use geogate::method::{Construction, GraphWidths, InputWidths, ModelConfig};
use geogate::molecule::{ATOM_FEATURES, BOND_FEATURES};
use geogate::nn::Parameters;
use geogate::random::{Purpose, Stream};
use geogate::tensor::Real;

/// An embedding that reads so many numbers a row.
pub(crate) fn numbers(features: usize) -> InputWidths {
    InputWidths {
        features,
        graph: None,
    }
}

/// An embedding that reads molecular graphs.
pub(crate) fn molecules() -> InputWidths {
    InputWidths {
        features: 0,
        graph: Some(GraphWidths {
            atoms: ATOM_FEATURES,
            bonds: BOND_FEATURES,
        }),
    }
}

/// Tasks called t0, t1, …
pub(crate) fn names(tasks: usize) -> Vec<String> {
    (0..tasks).map(|t| format!("t{t}")).collect()
}

/// What `build` makes of a construction, with its parameters.
pub(crate) fn constructed<T: Real, M>(
    (config, inputs): (&ModelConfig, InputWidths),
    (tasks, target): (&[String], usize),
    seed: u64,
    build: impl FnOnce(&mut Construction<'_, T>) -> M,
) -> (M, Parameters<T>) {
    let mut parameters = Parameters::new();
    let built = build(&mut Construction {
        config,
        inputs,
        tasks,
        target,
        parameters: &mut parameters,
        stream: &mut Stream::new(seed, Purpose::Initialisation, 0),
    });
    (built, parameters)
}

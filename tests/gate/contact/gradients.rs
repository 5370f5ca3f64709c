//! The gradient of every loss: reverse mode against forward mode and differences.

use geogate::autograd::gradcheck;
use geogate::method::{
    CurvatureKind, Distance, Mapping, Method, ModelConfig, Order2Kind, Pairs, Term,
};
use geogate::nn::{Bound, Pass};
use geogate::tensor::Tensor;

use super::scene::{Scene, config, noise};
use crate::closeness::assert_gradient;

/// Step of the extrapolated differences: curvature bends quickly with the weights, at 1e-3 truncation
/// shows.
const STEP: f64 = 2e-4;

fn check(name: &str, config: ModelConfig, tasks: usize) {
    let scene = Scene::new(config, tasks);
    let parameters = scene.parameters.iter();
    let inputs: Vec<Tensor<f64>> = parameters
        .map(|(_, rows, cols, entries)| Tensor::from_vec(rows, cols, entries.to_vec()))
        .collect();
    let found = gradcheck::disagreement(&inputs, STEP, |tape, vars| {
        let weights = Bound::from_vars(vars.to_vec());
        let mut pass = Pass::new(tape, &weights);
        let terms = scene.gate.losses(&mut pass, &scene.batch, &mut noise());
        // the loss in question alone: others would hide its errors behind their size
        let contact: Vec<Term> = terms
            .into_iter()
            .filter(|t| t.name != "regression")
            .collect();
        assert!(
            contact.iter().any(|t| !t.is_reading()),
            "{name}: {contact:?}"
        );
        Term::total(&contact, tape)
    });
    assert_gradient(name, found);
}

#[test]
fn contact_of_order_one() {
    for distance in [Distance::Metric, Distance::Vector] {
        let config = ModelConfig {
            distance,
            delta: 1.3,
            ..config()
        };
        check(&format!("{distance:?}"), config, 2);
    }
}

#[test]
fn contact_of_order_two() {
    for order2_kind in [Order2Kind::Connection, Order2Kind::Full] {
        let config = ModelConfig {
            order2: 0.7,
            order2_kind,
            ..config()
        };
        check(&format!("{order2_kind:?}"), config, 2);
    }
}

#[test]
fn curvature_of_every_kind() {
    for curvature_kind in [
        CurvatureKind::Scalar,
        CurvatureKind::Ricci,
        CurvatureKind::Trace,
    ] {
        for (latent_dim, lf_dim) in [(2, 3), (3, 5)] {
            let config = ModelConfig {
                curvature: 1.1,
                curvature_kind,
                latent_dim,
                lf_dim,
                ..config()
            };
            let name = format!("{curvature_kind:?} in {latent_dim} of {lf_dim}");
            check(&name, config, 2);
        }
    }
}

/// The nodes of the shortest paths are found anew at every difference: the agreement is the envelope
/// theorem.
#[test]
fn geodesic_steps() {
    let config = ModelConfig {
        normal: 1.0,
        perturbations: 1,
        ..config()
    };
    check("normal", config, 2);
}

#[test]
fn defects_of_transitions() {
    let zero = config();
    let isometry = ModelConfig {
        isometry: 1.0,
        ..config()
    };
    check("isometry", isometry, 2);
    let affine = ModelConfig {
        affine: 1.0,
        perturbations: 1,
        ..config()
    };
    check("affine", affine, 2);
    let flat = ModelConfig {
        flat: 1.0,
        ..config()
    };
    check("flat", flat, 2);
    let cocycle = ModelConfig {
        cocycle: 1.0,
        ..zero
    };
    check("cocycle", cocycle, 3);
}

#[test]
fn everything_at_once_for_three_tasks() {
    let config = ModelConfig {
        alpha: 0.3,
        beta: 0.4,
        gamma: 0.5,
        delta: 0.6,
        distance: Distance::Metric,
        order2: 0.2,
        order2_kind: Order2Kind::Full,
        curvature: 0.1,
        normal: 0.1,
        isometry: 0.1,
        affine: 0.1,
        flat: 0.1,
        cocycle: 0.1,
        perturbations: 1,
        pairs: Pairs::Target,
        mapping: Mapping::Target,
        ..config()
    };
    check("everything", config, 3);
    // the paper's distance beside exact losses: its copies pass on their own
    let beside = ModelConfig {
        delta: 0.6,
        order2: 0.2,
        ..super::scene::config()
    };
    check("perturb beside order2", beside, 2);
}

//! Where geometry degenerates: a sensible value or an explained error, never NaN.

use geogate::method::{CurvatureKind, Distance, ModelConfig, Order2Kind};

use super::scene::{Scene, batch, config, rows};

fn everything() -> ModelConfig {
    ModelConfig {
        alpha: 1.0,
        beta: 1.0,
        gamma: 1.0,
        delta: 1.0,
        distance: Distance::Metric,
        order2: 1.0,
        order2_kind: Order2Kind::Full,
        normal: 1.0,
        isometry: 1.0,
        affine: 1.0,
        flat: 1.0,
        cocycle: 1.0,
        ..config()
    }
}

#[track_caller]
fn assert_finite(scene: &Scene) {
    for (name, value) in scene.terms() {
        assert!(value.is_finite() && value >= 0.0, "{name}: {value}");
    }
}

#[test]
fn a_curve_and_a_flat_chart_have_every_loss_but_curvature() {
    for (latent_dim, lf_dim) in [(1, 1), (1, 3), (3, 3)] {
        let config = ModelConfig {
            latent_dim,
            lf_dim,
            ..everything()
        };
        config.validate().unwrap();
        assert_finite(&Scene::new(config, 3));
    }
}

#[test]
fn one_molecule_and_twice_the_same() {
    for curvature_kind in [CurvatureKind::Scalar, CurvatureKind::Ricci] {
        let config = ModelConfig {
            curvature: 1.0,
            curvature_kind,
            ..everything()
        };
        let mut scene = Scene::new(config, 3);
        scene.batch = rows(&batch(4, 3), &[2], 1.0);
        assert_finite(&scene);
        let alone = scene.terms();
        scene.batch = rows(&batch(4, 3), &[2, 2], 1.0);
        let twice = scene.terms();
        for name in ["flat", "cocycle"] {
            assert!(
                (twice[name] - alone[name]).abs() < 1e-13 * alone[name],
                "{name}"
            );
        }
        assert_finite(&scene);
    }
}

/// A chart through one hidden unit has rank one at every molecule.
#[test]
fn a_collapsed_chart_leaves_its_losses_at_zero_and_is_counted() {
    let config = ModelConfig {
        curvature: 1.0,
        hidden: 1,
        ..everything()
    };
    let scene = Scene::new(config, 3);
    assert_finite(&scene);
    let terms = scene.terms();
    for name in ["curvature", "isometry", "affine", "normal"] {
        assert_eq!(terms[name], 0.0, "{name}");
    }
    assert!(
        terms["flat"] > 0.1,
        "the metric is there, its inverse is not"
    );
}

#[cfg(feature = "molecule")]
#[test]
fn training_a_collapsed_chart_is_an_error_with_the_singular_values() {
    use crate::train::situation::{control, corpus, model, partition, training};
    use geogate::error::ErrorKind;
    use geogate::method::MethodName;
    use geogate::train::{Silent, fit};
    use std::sync::atomic::AtomicBool;

    let corpus = corpus();
    let stop = AtomicBool::new(false);
    let run = |hidden: usize| {
        let model = ModelConfig {
            latent_dim: 2,
            lf_dim: 4,
            hidden,
            curvature: 1e-3,
            dropout: 0.0,
            ..model(MethodName::Gate)
        };
        let control = control(&Silent, &stop);
        fit(&corpus, &partition(&corpus), &model, &training(), &control)
    };
    let Err(error) = run(1) else {
        panic!("a chart of rank one has a curvature")
    };
    let ErrorKind::DegenerateChart {
        step,
        points,
        singular_values,
    } = error.kind()
    else {
        panic!("{error}")
    };
    assert!((*step, singular_values.len()) == (1, 2) && *points > 1);
    assert!(singular_values[1] <= 1e-4 * singular_values[0], "{error}");
    assert!(error.to_string().contains("option `latent_dim`"), "{error}");
    let history = run(6).unwrap().history;
    let names: Vec<&str> = history[0]
        .readings
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["scale", "degenerate"]);
    assert!(
        history
            .iter()
            .all(|h| h.readings[0].1 > 0.0 && h.readings[1].1 < 0.5)
    );
}

//! Transforms of labels, as a run chooses, fits and keeps them.

use geogate::data::{LabelScaler, Transform};

#[test]
fn auto_bends_what_is_skewed() {
    let normal: Vec<f64> = (1..200)
        .map(|k| (f64::from(k) / 200.0 - 0.5) * 4.0)
        .collect();
    assert_eq!(Transform::chosen(&normal, false), Transform::None);
    let lognormal: Vec<f64> = normal.iter().map(|x| 7.0 * x.exp()).collect();
    assert_eq!(Transform::chosen(&lognormal, true), Transform::Log);
    let signed: Vec<f64> = lognormal.iter().map(|y| y - 20.0).collect();
    let power = Transform::chosen(&signed, false);
    assert!(matches!(power, Transform::YeoJohnson { lambda, .. } if lambda < 1.0));
    assert_eq!(Transform::chosen(&[3.0; 8], true), Transform::None);
    assert_eq!(Transform::chosen(&[], true), Transform::None);
}

#[test]
fn a_change_of_unit_changes_nothing() {
    let grams: Vec<f64> = (1..60).map(|k| f64::from(k).powi(2)).collect();
    let kilograms: Vec<f64> = grams.iter().map(|y| y / 1024.0).collect();
    let scaler = |labels: &[f64]| {
        let transform = Transform::yeo_johnson(labels).unwrap();
        LabelScaler::fit(labels, transform).unwrap()
    };
    let (one, other) = (scaler(&grams), scaler(&kilograms));
    for (g, kg) in grams.iter().zip(&kilograms) {
        // a unit of 2^10 changes no digit
        assert_eq!(one.standardise(*g), other.standardise(*kg));
    }
}

#[test]
fn scalers_of_older_models_read() {
    let old: LabelScaler = serde_json::from_str(r#"{"mean":2.0,"std":3.0}"#).unwrap();
    assert_eq!((old.standardise(8.0), old.restore(2.0)), (2.0, 8.0));
    let text = serde_json::to_string(&old).unwrap();
    assert_eq!(text, r#"{"mean":2.0,"std":3.0}"#);
}

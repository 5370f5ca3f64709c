//! Scalers of labels and features by hand.

use geogate::data::{FeatureScaler, Inputs, Scaler};

#[test]
fn scaling_by_hand_and_back() {
    let scaler = Scaler::fit(&[1.0, 2.0, 3.0, 6.0]).unwrap();
    // mean 3, squares 4 + 1 + 0 + 9 = 14
    assert_eq!(scaler.mean, 3.0);
    assert_eq!(scaler.std, (14.0_f64 / 4.0).sqrt());
    for y in [-4.0, 0.5, 1e6] {
        let back = scaler.restore(scaler.standardise(y));
        assert!(
            (back - y).abs() <= 4.0 * f64::EPSILON * (y.abs() + 3.0),
            "{back} {y}"
        );
    }
}

#[test]
fn what_cannot_be_scaled_is_none() {
    // 0.1 is no binary fraction: the mean of equal values need not be their value
    assert_eq!(Scaler::fit(&[0.1; 7]), None);
    assert_eq!(Scaler::fit(&[]), None);
    assert_eq!(Scaler::fit(&[3.0]), None);
    assert_eq!(Scaler::fit(&[1e300, -1e300]), None);
    assert_eq!(Scaler::fit(&[1.0, f64::NAN]), None);
}

#[test]
fn a_constant_feature_is_centred_only() {
    let names = vec!["a".to_owned(), "b".to_owned()];
    let inputs = Inputs::of_features(names, vec![1.0, 7.0, 3.0, 7.0, 100.0, 8.0]);
    let scaler = FeatureScaler::fit(&inputs, &[0, 1]);
    assert_eq!(scaler.columns[0].standardise(3.0), 1.0);
    assert_eq!(scaler.columns[1].standardise(8.0), 1.0);
}

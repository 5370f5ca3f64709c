//! Scores of predictions.

use geogate::train::metrics::Scores;

fn assert_close(got: f64, want: f64) {
    // a handful of roundings of numbers of order one
    assert!(
        (got - want).abs() <= 16.0 * f64::EPSILON,
        "got {got}, want {want}"
    );
}

#[test]
fn closed_form() {
    // errors 1, 0, -2, 1: squares sum to 6; truth has mean 2.5 and squares 5 about it
    let scores = Scores::of(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.0, 1.0, 5.0]);
    assert_close(scores.rmse, 1.5_f64.sqrt());
    assert_close(scores.mae, 1.0);
    assert_close(scores.r2, 1.0 - 6.0 / 5.0);
    // cov = (-1.5)(-.5) + (-.5)(-.5) + (.5)(-1.5) + (1.5)(2.5) = 4, prediction squares 9
    assert_close(scores.pearson, 4.0 / 45.0_f64.sqrt());
    // ranks of the prediction 2.5, 2.5, 1, 4: cov = (0.5)(-1.5) + (1.5)(1.5), squares 4.5
    assert_close(scores.spearman, 1.5 / 22.5_f64.sqrt());
    assert_eq!(scores.n, 4);
}

#[test]
fn a_perfect_prediction_and_its_mirror() {
    let truth = [0.1, 0.7, -0.3, 12.0];
    let perfect = Scores::of(&truth, &truth);
    assert_eq!((perfect.rmse, perfect.mae, perfect.r2), (0.0, 0.0, 1.0));
    assert_close(perfect.pearson, 1.0);
    let mirror = truth.map(|y| -y);
    assert_close(Scores::of(&truth, &mirror).pearson, -1.0);
    assert_close(Scores::of(&truth, &mirror).spearman, -1.0);
}

#[test]
fn spearman_sees_order_alone() {
    let truth: Vec<f64> = (0..20).map(f64::from).collect();
    let grown: Vec<f64> = truth.iter().map(|y| y.exp()).collect();
    assert_close(Scores::of(&truth, &grown).spearman, 1.0);
}

#[test]
fn what_the_rows_do_not_define_is_nan() {
    // the computed mean of ten times 0.1 is not 0.1: constancy must not be left to rounding
    let constant = Scores::of(&[0.1; 10], &[0.2; 10]);
    assert_close(constant.rmse, 0.1);
    assert!(constant.r2.is_nan() && constant.pearson.is_nan() && constant.spearman.is_nan());
    let none = Scores::of(&[], &[]);
    assert!(none.rmse.is_nan() && none.n == 0);
    let broken = Scores::of(&[1.0, 2.0], &[1.0, f64::NAN]);
    assert!(broken.rmse.is_nan() && broken.spearman.is_nan());
    let flat = Scores::of(&[1.0, 3.0], &[2.0, 2.0]);
    assert_close(flat.r2, 0.0);
    assert!(flat.pearson.is_nan());
}

#[test]
fn nan_is_null_in_json_and_comes_back() {
    let scores = Scores::of(&[2.0], &[1.0]);
    let text = serde_json::to_string(&scores).unwrap();
    assert_eq!(
        text,
        r#"{"rmse":1.0,"mae":1.0,"r2":null,"pearson":null,"spearman":null,"n":1}"#
    );
    let back: Scores = serde_json::from_str(&text).unwrap();
    assert!(back.rmse == 1.0 && back.r2.is_nan() && back.n == 1);
}

#[test]
#[should_panic(expected = "as many true values as predictions")]
fn lengths_must_agree() {
    let _ = Scores::of(&[1.0], &[]);
}

//! Sums by hand.

use geogate::tensor::reduce::{add_column_sums, sum, sum_of_squares, sum2};

#[test]
fn sums_of_integers_are_exact() {
    let a: Vec<f64> = (1..=100).map(f64::from).collect();
    let b: Vec<f64> = a.iter().map(|x| x + 1.0).collect();
    assert_eq!(sum(&a), 5050.0);
    assert_eq!(sum_of_squares(&a), 338_350.0);
    assert_eq!(sum2(&a, &b, |x, y| x * y), 343_400.0);
    let mut columns = [0.0; 2];
    add_column_sums(&mut columns, &a);
    assert_eq!(columns, [2500.0, 2550.0]);
    assert_eq!(sum::<f64>(&[]), 0.0);
}

#[test]
fn nan_is_not_lost() {
    assert!(sum(&[1.0, f64::NAN, 2.0]).is_nan());
}

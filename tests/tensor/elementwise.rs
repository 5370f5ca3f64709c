//! Loops over elements by hand.

use geogate::tensor::elementwise::{add_row, add_scaled, map, map2, map3};
use geogate::tensor::{Real, Write};

#[test]
fn maps_replace_and_add() {
    let (a, b, c) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]);
    let mut out = [f64::NAN; 3];
    map(&mut out, Write::Replace, &a, |x| 2.0 * x);
    map2(&mut out, Write::Add, &a, &b, |x, y| x * y);
    map3(&mut out, Write::Add, (&a, &b, &c), |x, y, z| x + y + z);
    add_scaled(&mut out, -1.0, &a);
    assert_eq!(
        out,
        [
            2.0 + 4.0 + 12.0 - 1.0,
            4.0 + 10.0 + 15.0 - 2.0,
            6.0 + 18.0 + 18.0 - 3.0
        ]
    );
}

#[test]
fn a_row_is_added_to_every_row() {
    let mut out = [1.0, 2.0, 3.0, 4.0];
    add_row(&mut out, &[10.0, 20.0]);
    assert_eq!(out, [11.0, 22.0, 13.0, 24.0]);
}

#[test]
#[should_panic(expected = "add_row: 3 entries, rows of 2")]
fn half_a_row_is_refused() {
    add_row(&mut [0.0; 3], &[1.0, 2.0]);
}

#[test]
fn vectorised_elementary_functions_equal_their_scalar_forms() {
    let x: Vec<f32> = (0..1003).map(|k| (k as f32 - 500.0) * 0.02).collect();
    let mut out = vec![0.0; x.len()];
    map(&mut out, Write::Replace, &x, |v| {
        v.hyperbolic_tangent() + v.exponential()
    });
    for (o, v) in out.iter().zip(&x) {
        assert_eq!(*o, v.hyperbolic_tangent() + v.exponential());
    }
}

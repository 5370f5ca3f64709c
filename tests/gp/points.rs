//! Distances by hand.

use geogate::gp::{Coordinates, Points, median_distance};
use geogate::random::{Purpose, Stream};

fn vectors(values: &[f64], width: usize, unit: f64) -> Coordinates {
    Coordinates::Vectors {
        values: values.to_vec(),
        width,
        unit,
    }
}

#[test]
fn distances_are_in_the_unit_of_a_view_or_what_is_not_in_common() {
    // min 1 + 2, max 2 + 3 + 2 + 1
    let counts = vec![vec![(0, 2), (1, 3), (5, 2)], vec![(0, 1), (5, 2), (7, 1)]];
    let views = vec![
        vectors(&[0.0, 0.0, 3.0, 4.0], 2, 2.5),
        Coordinates::Counts(counts),
    ];
    let points = Points::new(views);
    assert_eq!((points.len(), points.is_empty()), (2, false));
    assert_eq!(points.distance_between((0, 0), (&points, 0, 1)), 2.0);
    assert_eq!(points.distance_between((0, 1), (&points, 0, 1)), 0.0);
    assert_eq!(
        points.distance_between((1, 0), (&points, 1, 1)),
        1.0 - 3.0 / 8.0
    );
    assert_eq!(points.distance_between((1, 1), (&points, 1, 1)), 0.0);
}

#[test]
fn the_median_distance_is_of_different_points() {
    // 5, 5 and 10
    assert_eq!(median_distance(&[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2), 5.0);
    assert_eq!(median_distance(&[3.0, 4.0], 2), 1.0);
    assert_eq!(median_distance(&[], 2), 1.0);
}

#[test]
fn points_that_are_all_one_have_the_unit_one() {
    let mut stream = Stream::new(1, Purpose::Test, 3);
    for width in [1, 3, 17, 200] {
        for _ in 0..8 {
            // the sum of squares and the product are rounded differently, and their difference is no distance
            let vector: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
            assert_eq!(median_distance(&vector.repeat(5), width), 1.0);
        }
    }
}

#[test]
#[should_panic(expected = "views of different lengths")]
fn views_are_of_one_length() {
    let _ = Points::new(vec![
        vectors(&[0.0, 1.0], 1, 1.0),
        vectors(&[0.0, 1.0], 2, 1.0),
    ]);
}
